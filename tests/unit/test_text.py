"""The one Vietnamese text rule."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import text


@pytest.mark.parametrize(
    ("written", "exact", "folded"),
    [
        ("Đường", "đường", "duong"),
        ("ĐƯỜNG", "đường", "duong"),
        ("hoà", "hòa", "hoa"),
        ("HOÀ", "hòa", "hoa"),
        ("thuỷ", "thủy", "thuy"),
        ("khoẻ", "khỏe", "khoe"),
        ("quý", "quý", "quy"),
        ("quỳ", "quỳ", "quy"),
        ("hoàn", "hoàn", "hoan"),
        ("toàn", "toàn", "toan"),
        ("thuý", "thúy", "thuy"),
        ("Ðất", "đất", "dat"),
        ("Ỷ", "ỷ", "y"),
    ],
)
def test_forms(written, exact, folded):
    for form in ("NFC", "NFD"):
        cleaned = text.clean(unicodedata.normalize(form, written))
        assert text.exact(cleaned) == exact
        assert text.fold(cleaned) == folded


def test_every_vietnamese_letter_folds_to_a_base_letter():
    for base in "aăâeêioôơuưy":
        for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"):
            letter = unicodedata.normalize("NFC", base + tone)
            folded = text.fold(letter)
            assert folded in "aeiouy"
            assert text.fold(letter.upper()) == folded


@given(st.text(max_size=200))
def test_length_is_kept_so_that_offsets_agree(value):
    cleaned = text.clean(value)
    assert len(text.fold(cleaned)) == len(cleaned) == len(text.exact(cleaned)) == len(text.lower(cleaned))


@given(st.text(alphabet="aàoòuùyýqđ Đh", max_size=60))
def test_cleaning_and_exact_form_are_stable(value):
    cleaned = text.clean(value)
    assert text.clean(cleaned) == cleaned
    assert text.exact(text.exact(cleaned)) == text.exact(cleaned)


@given(st.text(alphabet="aàoòuùyýqđ Đh-/1_.", max_size=60))
def test_a_word_alone_has_the_same_form_as_in_its_text(value):
    cleaned = text.clean(value)
    assert [text.exact(word) for word in text.words(cleaned)] == text.words(text.exact(cleaned))


def test_invisible_and_look_alike_characters():
    assert text.clean("a\u200bb\u00a0c\ufeff\u2011d") == "ab c-d"


def test_words_and_pairs():
    assert text.words("ở, y/15-QĐ.") == ["ở", "y", "15", "QĐ"]
    assert text.pairs(["uy", "ban", "nhan"]) == ["uy_ban", "ban_nhan"]
    assert text.pairs(["uy"]) == text.pairs([]) == []


@pytest.mark.parametrize(
    ("written", "codes"),
    [
        ("Số: 15/QĐ-UBND ngày", ["15/qd-ubnd"]),
        ("Số: 05 / QĐ-UBND;", ["5/qd-ubnd"]),
        ("Nghị định số 30/2020/NĐ-CP ngày 5/3/2020", ["30/2020/nd-cp"]),
        ("851/BNV-CVT&LTNN, 12a/BC-UBND.", ["851/bnv-cvt&ltnn", "12a/bc-ubnd"]),
        ("14748-CV/VPTW", ["14748-cv/vptw"]),
        ("15/QĐ-UBND và 15/QĐ-UBND", ["15/qd-ubnd"]),
        ("ngày 15/10/2019, 2/3 số hộ", []),
    ],
)
def test_document_numbers(written, codes):
    assert text.codes(written) == codes


def test_other_strokes_in_a_number_are_slashes():
    assert text.codes("Số: 51⁄2025/TT-BCA, 12∕QĐ-UBND") == ["51/2025/tt-bca", "12/qd-ubnd"]


@given(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=60))
def test_long_texts_fold_like_short_ones(value):
    long = value + "x" * 300
    assert text.fold(long) == text.fold(value) + "x" * 300
