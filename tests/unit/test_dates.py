"""Partial dates and the forms documents write them in."""

import pytest

from archive import dates


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("31/5/2019", "2019-05-31"),
        ("05-01-2020", "2020-01-05"),
        ("5/2019", "2019-05"),
        ("2019", "2019"),
        ("2019-05-31", "2019-05-31"),
        ("ngày 05 tháng 01 năm 2020", "2020-01-05"),
        ("Hà Tĩnh, ngày 12 tháng 6 năm 2025", "2025-06-12"),
        ("tháng 4 năm 2025", "2025-04"),
        ("31/2/2019", ""),
        ("ngày mai", ""),
        ("", ""),
    ],
)
def test_written_forms(written, iso):
    assert dates.parse(written) == iso


def test_shown_the_way_officials_write():
    assert dates.shown("2019-05-31") == "31/05/2019"
    assert dates.shown("2019-05") == "05/2019"
    assert dates.shown("") == ""


def test_partial_dates_span_their_period():
    assert (dates.first_day("2019"), dates.last_day("2019")) == ("2019-01-01", "2019-12-31")
    assert dates.first_day("2019-02") == "2019-02-01"
    assert dates.last_day("2019-02") >= "2019-02-29"
