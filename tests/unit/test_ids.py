"""Identifiers are made and parsed in one place, and always safe."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import ids
from archive.errors import UsageError


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a b", "../x", "đ", "a:b", "x" * 200])
def test_bad_fonds_codes_are_refused(bad):
    with pytest.raises(UsageError):
        ids.fonds_code(bad)


def test_received_code_is_kept():
    assert ids.dossier_code("K4.01.02") == "K4.01.02"


def test_folder_name_becomes_readable_slug():
    assert ids.dossier_code("Hồ sơ 12 - Đất đai") == "ho-so-12-dat-dai"


def test_composed_and_decomposed_names_give_the_same_code():
    name = "Giấy chứng nhận – Xã Đồng Lộc"
    assert ids.dossier_code(unicodedata.normalize("NFD", name)) == ids.dossier_code(name)


@given(st.text(min_size=1, max_size=60))
def test_any_name_gives_a_safe_code(name):
    code = ids.dossier_code(name)
    assert ids.fonds_code(code) == code


def test_item_id_leads_back_to_dossier_and_fonds():
    item = ids.item_id(ids.dossier_id("H30.81", "K4.01"), 7)
    assert item == "H30.81:K4.01:007"
    assert ids.is_item_id(item)
    assert ids.dossier_of(item) == "H30.81:K4.01"
    assert ids.fonds_of(item) == "H30.81"
    assert ids.dossier_of_object(ids.object_id("H30.81:K4.01")) == "H30.81:K4.01"


def test_document_name_of_circular_02_2019():
    assert ids.parse_document_name("001.03.08.H30.81.2024.K4.01.02.090") == (
        "001.03.08.H30.81.2024.K4.01.02",
        90,
    )
    assert ids.parse_document_name("scan 001") is None
    assert ids.parse_document_name("bao cao.12") is None


@given(st.text(min_size=1, max_size=300))
def test_safe_names_are_short_and_flat(name):
    safe = ids.safe_name(name)
    assert safe and "/" not in safe and "\x00" not in safe and len(safe.encode()) <= 180
    assert safe not in {".", ".."}
