"""Whatever is shown of a record to somebody who may not see personal numbers holds none of them."""

import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from archive import serial
from archive.lookup.page_image import COVER, PageImage
from archive.model import Event, FieldValue, Finding, SourceFile, Word
from archive.processing import Procedure, SystemRecord
from archive.rights import covering
from tests import dossiers

NUMBER = "038193004512"


def told(value) -> str:
    return json.dumps(serial.to_plain(value), ensure_ascii=False)


def test_every_text_of_a_dossier_is_covered_and_its_ids_are_kept():
    plain = dossiers.sample()
    note = Finding("x", file=f"{NUMBER}.pdf", values={"a": NUMBER})
    item = replace(
        plain.items[0],
        title=f"CCCD {NUMBER}",
        fields={"subject": FieldValue(f"ông A, {NUMBER}", 1.0, "catalogue")},
        files=(SourceFile(f"files/{NUMBER} .pdf", f"{NUMBER}.pdf", 1, "0" * 64, "application/pdf"),),
        findings=(note,),
        also_received_as=(f"bản sao {NUMBER}",),
        extra={"note": NUMBER},
    )
    dossier = replace(
        plain,
        title=f"Hồ sơ {NUMBER}",
        items=(item, *plain.items[1:]),
        events=(
            Event("received", "2025-07-01", "lan", detail=f"từ ông A {NUMBER}", objects=(f"a {NUMBER}",)),
        ),
        findings=(note,),
        extra={"note": NUMBER},
    )
    assert NUMBER in told(dossier)
    shown = covering.dossier(dossier)
    assert NUMBER not in told(shown)
    assert [each.id for each in shown.items] == [each.id for each in dossier.items]
    assert covering.dossier(shown) == shown


def test_cells_no_mapping_has_a_place_for_are_covered_and_tell_nothing_of_the_files():
    record = SystemRecord("s", "1", "", unmapped={"cot": "Nguyễn Văn An, thôn Gò Mây"})
    item = replace(dossiers.sample().items[0], record=record)
    assert covering.item(item).record.unmapped == {"cot": "••••"} and not covering.told_in_texts(item)
    assert covering.told_in_texts(replace(item, record=replace(record, unmapped={"cot": NUMBER})))
    assert covering.told_in_texts(replace(item, record=replace(record, procedure=Procedure("x"))))


def test_a_reading_is_covered_word_by_word():
    words = tuple(
        Word(text, (10 * at, 0, 10 * at + 9, 9), 90.0)
        for at, text in enumerate(["số", NUMBER[:6], NUMBER[6:]])
    )
    shown = covering.reading(
        replace(dossiers.reading("x"), words=words, stamps=(Word(NUMBER, (0, 0, 9, 9), 90.0),))
    )
    assert [word.text for word in shown.words] == ["số", "••••••", "••••••"]
    assert shown.stamps[0].text == "•" * 12


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.jpg"
    Image.new("RGB", (1000, 500), "white").save(path, "JPEG")
    return path


@pytest.mark.parametrize("width", [None, 2200, 900, 160])
def test_covered_boxes_are_painted_at_every_size(page, width):
    image = Image.open(io.BytesIO(PageImage(page, ((100, 100, 300, 140),)).jpeg(width))).convert("RGB")
    scale = image.width / 1000
    assert image.width == min(width or 1000, 1000)
    assert all(
        abs(a - b) < 30
        for a, b in zip(image.getpixel((int(200 * scale), int(120 * scale))), COVER, strict=True)
    )
    assert image.getpixel((int(600 * scale), int(300 * scale)))[0] > 240


def test_a_page_with_nothing_to_cover_is_served_as_it_is(page):
    assert PageImage(page).jpeg() == PageImage(page).jpeg(2200) == page.read_bytes()


def test_a_kept_thumbnail_of_an_uncovered_page_is_never_given_for_a_covered_one(page):
    assert PageImage(page).jpeg(160) != PageImage(page, ((100, 100, 300, 140),)).jpeg(160)
