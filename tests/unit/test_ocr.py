"""The reading of a page: words, boxes, turns, alarms, limits. Pages are drawn here; Tesseract is real."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from archive.errors import EngineError
from ingest.recognition import cleanup, ocr, tesseract
from tests.bench import damage

LINES = [
    "ỦY BAN NHÂN DÂN",
    "Số: 15/QĐ-UBND",
    "Căn cứ Luật Tổ chức chính quyền địa phương năm 2015;",
    "Xét đề nghị của Trưởng phòng Nội vụ huyện Hương Khê,",
    "Điều 1. Phê duyệt danh mục hồ sơ, tài liệu bàn giao",
    "Điều 2. Quyết định này có hiệu lực kể từ ngày ký.",
]


def font(size: int) -> ImageFont.FreeTypeFont:
    for name in ("Tinos-Regular.ttf", "DejaVuSerif.ttf", "DejaVuSans.ttf"):
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    pytest.skip("no font with Vietnamese letters")


def page(mode: str = "L", dpi: int = 200, lines: list[str] = LINES) -> Image.Image:
    image = Image.new("L", (int(8.27 * dpi), int(11.69 * dpi)), 255)
    draw, face = ImageDraw.Draw(image), font(round(13.5 / 72 * dpi))
    for number, line in enumerate(lines * 3):
        draw.text((dpi, dpi + number * round(0.3 * dpi)), line, fill=0, font=face)
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "RGBA", "P", "CMYK"])
def test_reads_vietnamese_in_any_mode(mode):
    reading, upright = ocr.recognise(page(mode), 200)
    assert "Căn cứ Luật Tổ chức chính quyền địa phương năm 2015;" in reading.text
    assert reading.source == "ocr" and reading.confidence > 85 and reading.turned == 0
    assert upright.mode == mode and not reading.blank


def test_boxes_are_in_pixels_of_the_original():
    reading, _ = ocr.recognise(page(dpi=300), 300)
    assert (reading.width, reading.height) == page(dpi=300).size
    first = next(word for word in reading.words if word.text == "BAN")
    left, top, right, bottom = first.box
    ink = np.asarray(page(dpi=300))[top:bottom, left:right] < 128
    assert ink.mean() > 0.1
    assert abs(top - 305) < 25 and 30 < bottom - top < 70


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_turns_the_page_upright(turned):
    scanned = page().rotate(turned, expand=True)
    reading, upright = ocr.recognise(scanned, 200)
    assert reading.turned == turned
    assert upright.size == page().size == (reading.width, reading.height)
    assert "Quyết định này có hiệu lực" in reading.text
    assert "page.turned" in {finding.code for finding in reading.findings}


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_which_way_up_is_seen_without_asking_tesseract(turned, monkeypatch):
    monkeypatch.setattr(ocr, "orientation", lambda *_: pytest.fail("Tesseract was asked"))
    gray = np.asarray(page().rotate(turned, expand=True))
    look = cleanup.probe(gray)
    assert ocr._quarter_turn(gray, look, 0) == turned
    assert abs(look.heads) > 2 * ocr.HEADS_SURE


def test_a_page_misjudged_by_the_probe_is_turned_after_all(monkeypatch):
    monkeypatch.setattr(ocr, "_quarter_turn", lambda *_: 180)
    reading, _ = ocr.recognise(page(), 200)
    assert reading.turned == 0 and "Quyết định này có hiệu lực" in reading.text


def test_boxes_follow_a_skewed_page():
    reading, _ = ocr.recognise(page().rotate(2.5, fillcolor=255, resample=Image.Resampling.BICUBIC), 200)
    assert abs(abs(reading.skew) - 2.5) < 0.3
    assert "page.skewed" in {finding.code for finding in reading.findings}
    first = next(word for word in reading.words if word.text == "BAN")
    left, top, right, bottom = first.box
    assert (np.asarray(page().rotate(2.5, fillcolor=255))[top:bottom, left:right] < 128).mean() > 0.1


def test_a_blank_page_is_not_sent_to_tesseract(monkeypatch):
    monkeypatch.setattr(tesseract, "words", lambda *_: pytest.fail("Tesseract was asked"))
    reading, _ = ocr.recognise(Image.new("RGB", (1654, 2339), "white"), 200)
    assert reading.blank and reading.words == () and reading.source == "none" and reading.confidence is None
    assert [finding.code for finding in reading.findings] == ["page.blank"]


@pytest.mark.parametrize("size", [(1, 1), (5, 5), (3, 5000), (9000, 20)])
def test_an_image_too_small_for_text_is_blank(size):
    reading, _ = ocr.recognise(Image.new("L", size, 0), 300)
    assert reading.blank and reading.words == ()


def test_a_black_page_is_not_called_blank():
    reading, _ = ocr.recognise(Image.new("L", (1654, 2339), 0), 200)
    assert not reading.blank and "page.low_confidence" in {finding.code for finding in reading.findings}


def test_text_that_was_dropped_raises_an_alarm(monkeypatch):
    kept = tesseract._tokens
    monkeypatch.setattr(tesseract, "_tokens", lambda tsv: kept(tsv)[: len(kept(tsv)) // 2])
    reading, _ = ocr.recognise(page(), 200)
    assert "page.lost_text" in {finding.code for finding in reading.findings}


SEED = 4


def alarms(reading) -> set[str]:
    return {finding.code for finding in reading.findings if finding.severity == "warning"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (damage.washed, "page.lost_text"),
        (damage.blots, "page.covered"),
        (damage.mirrored, "page.unsure_lines"),
        (damage.cut, "page.cut_off"),
    ],
)
def test_a_page_that_lost_text_raises_an_alarm(kind, expected):
    wide = [f"{line} {line}"[:72] for line in LINES]
    damaged = kind(np.asarray(page(lines=wide)), np.random.default_rng(SEED))
    damaged = damaged[0] if kind in damage.HIDING else damaged
    reading, _ = ocr.recognise(Image.fromarray(damaged), 200)
    assert sum(line in reading.text for line in wide) < len(wide)
    assert expected in alarms(reading)


def test_a_faded_page_is_read_and_not_called_blank():
    pale = page().point(lambda value: 240 - (255 - value) * 0.2)
    reading, upright = ocr.recognise(pale, 200)
    assert "Căn cứ Luật Tổ chức chính quyền địa phương năm 2015;" in reading.text
    assert not reading.blank and upright is pale


def test_hooks_that_became_acutes_raise_an_alarm(monkeypatch):
    scanned = page(lines=[f"{line} {line}"[:72] for line in LINES])
    assert "page.blurred_marks" not in alarms(ocr.recognise(scanned, 200)[0])
    kept = tesseract._tokens
    blurred = str.maketrans("ảẢổỦủởỷ", "áÁốÚúớý")
    monkeypatch.setattr(
        tesseract,
        "_tokens",
        lambda tsv: [replace(token, text=token.text.translate(blurred)) for token in kept(tsv)],
    )
    assert "page.blurred_marks" in alarms(ocr.recognise(scanned, 200)[0])


def test_a_good_page_raises_no_alarm():
    assert alarms(ocr.recognise(page("RGB"), 200)[0]) == set()


def test_a_doubtful_second_reading_is_kept_only_when_better(monkeypatch):
    monkeypatch.setattr(ocr, "DOUBTFUL", 101.0)
    runs = []
    read = ocr._read
    monkeypatch.setattr(ocr, "_read", lambda *given, **more: runs.append(read(*given, **more)) or runs[-1])
    reading, _ = ocr.recognise(page(), 200)
    assert len(runs) == 2
    assert reading.confidence == round(max(runs, key=lambda run: run.score).confidence, 1)


def test_time_runs_out_with_a_clear_error():
    with pytest.raises(EngineError) as caught:
        ocr.recognise(page(), 200, seconds=0.05)
    assert caught.value.code == "page.timeout"


def test_recipe_is_short_and_stable():
    assert ocr.recipe() == ocr.recipe()
    assert ocr.recipe().startswith("vie-") and len(ocr.recipe()) == 14
