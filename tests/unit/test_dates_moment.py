"""Days and times as systems write them."""

import pytest

from archive import dates


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("05/03/2024 08:11", "2024-03-05T08:11:00"),
        ("2024-03-05 08:11:59.123+07", "2024-03-05T08:11:59"),
        ("2024-03-05T08:11:59Z", "2024-03-05T08:11:59"),
        ("2024-03-05 00:00:00", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("5-3-2024", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("20240305081159", "2024-03-05T08:11:59"),
        ("3/2024", "2024-03"),
        ("2024", "2024"),
        ("31/2/2024", ""),
        ("05/03/24", ""),
        ("hôm qua", ""),
        ("", ""),
        ("05/03/2024 25:99", "2024-03-05"),
    ],
)
def test_a_moment(written, meant):
    assert dates.parse_moment(written) == meant


def test_the_month_first_where_the_mapping_says_so():
    assert dates.parse_moment("03/05/2024", "month") == "2024-03-05"
