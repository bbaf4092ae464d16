"""Coloured stamps are found by colour and shape and read apart from the page."""

import pytest
from PIL import Image, ImageDraw, ImageFont

from archive.model import PageReading, Word
from ingest.letterhead import describe
from ingest.recognition import ocr, stamps

RED, BLUE, BLACK = (200, 30, 40), (40, 50, 190), (20, 20, 20)
DPI = 200


def page(text: str, colour=RED, at=(300, 500), angle: float = 0.0, frame: bool = True) -> Image.Image:
    """An A4 page at 200 dpi with one framed stamp on faintly yellow paper."""
    image = Image.new("RGB", (1654, 2339), (250, 247, 238))
    font = ImageFont.truetype("LiberationSans-Bold.ttf", 42)
    width = int(font.getlength(text))
    stamp = Image.new("RGBA", (width + 60, 90), (0, 0, 0, 0))
    draw = ImageDraw.Draw(stamp)
    draw.text((30, 45), text, font=font, fill=(*colour, 255), anchor="lm")
    if frame:
        draw.rectangle((3, 3, width + 56, 86), outline=(*colour, 255), width=4)
    stamp = stamp.rotate(angle, expand=True, resample=Image.Resampling.BICUBIC)
    image.paste(stamp, at, stamp)
    return image


def said(image: Image.Image) -> str:
    return " ".join(word.text for word in stamps.stamped_words(image, DPI, ocr.read_patch))


@pytest.mark.parametrize("text", ["MẬT", "TỐI MẬT", "TUYỆT MẬT", "HỎA TỐC"])
@pytest.mark.parametrize("angle", [0, 4, -5])
def test_framed_stamps_are_read(text, angle):
    assert said(page(text, angle=angle)) == text


def test_blue_and_unframed_stamps_are_read():
    assert said(page("KHẨN", colour=BLUE)) == "KHẨN"
    assert said(page("MẬT", frame=False)) == "MẬT"


def test_black_print_is_no_stamp():
    assert said(page("MẬT", colour=BLACK)) == ""


def test_gray_page_has_no_coloured_stamp():
    assert stamps.stamped_words(page("MẬT").convert("L"), DPI, ocr.read_patch) == ()


def test_round_seal_is_not_read():
    image = Image.new("RGB", (1654, 2339), "white")
    ImageDraw.Draw(image).ellipse((600, 400, 880, 680), outline=RED, width=6)
    assert said(image) == ""


def test_boxes_are_in_page_pixels():
    (word,) = stamps.stamped_words(page("MẬT", at=(300, 500)), DPI, ocr.read_patch)
    left, top, right, bottom = word.box
    assert 320 <= left <= 345 and 505 <= top <= 540 and right <= 470 and bottom <= 580


def reading(*lines: str) -> PageReading:
    words = tuple(
        Word(text, (0, 0, 9, 9), 90, number) for number, line in enumerate(lines) for text in line.split()
    )
    return PageReading(1654, 2339, DPI, 0, "ocr", (), None, stamps=words)


@pytest.mark.parametrize(
    ("lines", "secrecy"),
    [
        (["MẬT"], "Mật"),
        (["TỐI MẬT"], "Tối mật"),
        (["TUYỆT", "MẬT"], "Mật"),
        (["TUYỆI MẬT"], "Tuyệt mật"),
        (["CÔNG VĂN ĐẾN", "Số: 12"], ""),
        (["MAI"], ""),
    ],
)
def test_grade_of_secrecy_from_stamp_lines(lines, secrecy):
    fields = describe([reading(*lines)])
    assert (fields["secrecy"].value if "secrecy" in fields else "") == secrecy


def test_a_page_without_colours_may_have_a_stamp_wherever_there_is_ink():
    assert stamps.may_have_stamp(page("MẬT"), DPI) and not stamps.may_have_stamp(page("x", colour=BLACK), DPI)
    for mode in ("L", "1"):
        assert stamps.may_have_stamp(page("MẬT").convert("L").convert(mode), DPI)
        assert not stamps.may_have_stamp(Image.new(mode, (1654, 2339), 255), DPI)
