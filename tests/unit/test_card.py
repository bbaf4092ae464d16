"""`kho show` without --json: a card a person can read, in both languages."""

import dataclasses

import pytest

from archive import console
from archive.commands import card
from archive.lookup.views import DossierView, ItemView
from archive.model import (
    Dossier,
    Event,
    FieldValue,
    Finding,
    Fonds,
    Item,
    ItemRow,
    Notice,
    PageReading,
    SourceFile,
    Unit,
    Word,
)
from archive.rights.access import RecordClass
from archive.rights.explanation import Explanation
from archive.units.succession import Register

EVENTS = (
    Event("accession", "2025-07-01T08:00:00+07:00", "Trần Văn Kho", detail="đợt 1"),
    Event("fixity check", "2026-01-02T09:30:00+07:00", "kho", "failure", "sha512=…"),
)
ITEM = Item(
    id="H1:D1:001",
    ordinal=1,
    title="Giao đất",
    fields={
        "code": FieldValue("15/QĐ-UBND", 1.0, "catalogue"),
        "issued_date": FieldValue("2019-03-12", 1.0, "catalogue"),
        "signer": FieldValue("Hồ Quang Lộc", 0.61, "letterhead", 2, (1, 2, 3, 4)),
        "place": FieldValue("Phú Mỹ", 0.96, "letterhead", 1, (1, 2, 3, 4)),
    },
    files=(SourceFile("original/a.pdf", "Quyết định.pdf", 9, "0" * 64, "application/pdf"),),
    pages=(),
    findings=(
        Finding(
            "catalogue.differs",
            page=1,
            values={"field": "issued_date", "sheet": "2019-03-12", "paper": "2019-03-13"},
        ),
        Finding("page.blank", page=2),
    ),
)
WITHHELD = Item("H1:D1:002", 2, "", {}, (), (), access="quarantined")
READINGS = (PageReading(9, 9, 300, 0, "ocr", (Word("Điều", (0, 0, 5, 5), 88.0),), 88.0),)


def row(item: Item) -> ItemRow:
    shown = item.access == "open"
    written = ("Giao đất", "15/QĐ-UBND", "2019-03-12", "", "Quyết định") if shown else ("", "", "", "", "")
    rest = ("H1", "UBND xã", "U1", "Xã An Bình", "Hồ sơ đất", int(shown), None, item.access)
    return ItemRow(item.id, "H1:D1", item.ordinal, *written, *rest)


ROWS = (row(ITEM), row(WITHHELD))
DOSSIER = Dossier(
    "H1:D1", "D1", "Hồ sơ đất", Fonds("H1", "UBND xã", Unit("U1", "Xã An Bình")), (ITEM, WITHHELD), EVENTS
)
ALLOWED = Explanation(True, Notice("access.every_unit"), (), RecordClass("U1", "H1"), ())


@pytest.fixture(autouse=True)
def vietnamese():
    console.remember_language("vi")
    yield
    console.remember_language("vi")


def printed(capsys, item: Item, readings=READINGS) -> str:
    card.print_item(ItemView(item, row(item), DOSSIER, ROWS, ALLOWED), readings, Register())
    return capsys.readouterr().out


def line(text: str, start: str) -> int:
    return next(number for number, said in enumerate(text.splitlines()) if said.strip().startswith(start))


def test_every_value_says_where_it_comes_from_and_how_sure_it_is(capsys):
    said = printed(capsys, ITEM)
    assert "15/QĐ-UBND  [theo mục lục]" in said
    assert "Phú Mỹ  [đọc trên văn bản, trang 1, chắc 96 %]" in said
    assert "Hồ Quang Lộc  [đọc trên văn bản, trang 2, CHƯA CHẮC 61 %]" in said


def test_what_the_paper_says_otherwise_stands_right_under_the_value(capsys):
    said = printed(capsys, ITEM)
    assert "12/03/2019" in said.splitlines()[line(said, "Ngày ban hành")]
    assert line(said, "! trên giấy: 13/03/2019") == line(said, "Ngày ban hành") + 1


def test_findings_events_and_pages_are_said_in_words(capsys):
    said = printed(capsys, ITEM)
    assert "- tr. 2: Trang trắng." in said and said.count("trên giấy") == 1
    assert "01/07/2025 08:00  Tiếp nhận vào kho · Trần Văn Kho · đợt 1" in said
    assert "Kiểm tra toàn vẹn · không đạt · kho" in said and "sha512" not in said
    assert "Trang 1 / 1 · độ chắc chắn 88 %" in said and said.rstrip().endswith("Điều")


def test_a_withheld_document_says_what_it_is_and_why_nothing_is_shown(capsys):
    said = printed(capsys, WITHHELD, ())
    assert "Văn bản số thứ tự 2 (không phục vụ tra cứu tại đây)" in said
    assert "mục kiểm soát" in said and "liên hệ lưu trữ cơ quan" in said
    assert "Thông tin văn bản" not in said and "Lịch sử" not in said


def test_a_dossier_is_its_register(capsys):
    lost = Finding("catalogue.no_row", file="a.pdf")
    card.print_dossier(DossierView(dataclasses.replace(DOSSIER, findings=(lost,)), ROWS, ALLOWED), Register())
    said = capsys.readouterr().out
    assert "1  15/QĐ-UBND         12/03/2019  Quyết định: Giao đất  (1 trang)" in said
    assert "2  —" in said and "không phục vụ" in said and "- a.pdf: " in said


def test_the_card_is_complete_in_english(capsys):
    console.remember_language("en")
    said = printed(capsys, ITEM)
    assert "! on paper: 13/03/2019" in said and "NOT SURE 61%" in said
    assert not {"Ngày", "giấy", "Trang", "mục lục"} & set(said.replace(":", " ").split())
