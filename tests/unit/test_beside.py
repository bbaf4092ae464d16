"""A file beside the data is found by the path an old server knew it under, and only when no other fits as well."""

import unicodedata

import pytest

from ingest.snapshots.beside import Beside

BESIDE = Beside(["tep/2024/CV 12.pdf", "tep/2023/CV 12.pdf", "tep/Quyết định.PDF", "la/x.doc"])


@pytest.mark.parametrize(
    ("stated", "found"),
    [
        ("2024/CV 12.pdf", "tep/2024/CV 12.pdf"),
        ("D:\\QLVB\\tep\\2023\\cv 12.PDF", "tep/2023/CV 12.pdf"),
        ("https://vb.example/tai-ve/tep/2024/CV%2012.pdf?id=3", "tep/2024/CV 12.pdf"),
        (unicodedata.normalize("NFD", "Quyết định.pdf"), "tep/Quyết định.PDF"),
        ("x.doc", "la/x.doc"),
        ("../../la/x.doc", "la/x.doc"),
        ("khac/y.doc", ""),
        ("D:/upload/2022/CV 12.pdf", ""),
        ("D:/upload/2023/CV 12.pdf", ""),
        ("khac/x.doc", ""),
        ("", ""),
        ("/", ""),
    ],
)
def test_the_longest_end_that_one_file_has(stated, found):
    assert BESIDE.find(stated) == (found, False)


def test_two_that_fit_as_well_are_not_chosen_between():
    assert BESIDE.find("CV 12.pdf") == ("", True)
