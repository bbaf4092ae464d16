"""A searchable PDF of scanned pages: each JPEG byte for byte, its words as invisible text above it.

The text is set in a font without glyphs (PDF 1.7, 9.7 and 9.10): a code is a UTF-16 unit, every glyph half as wide
as it is high, and each word is stretched to its box. So every Vietnamese letter is found and copied as written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

from archive.errors import IntegrityError
from archive.model import PageReading, Word

WIDTH = 500
"""Width of every glyph, in thousandths of the font size."""

CMAP_HEAD = b"""/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
CMAP_FOOT = b"""endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""


def searchable_pdf(pages: Iterable[tuple[bytes, PageReading]]) -> bytes:
    """One PDF of (JPEG of the upright page, its reading). Raises IntegrityError when an image is no JPEG."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(_font(pdf))
    for jpeg, reading in pages:
        _add_page(pdf, font, jpeg, reading)
    target = io.BytesIO()
    pdf.save(
        target,
        compress_streams=True,
        object_stream_mode=pikepdf.ObjectStreamMode.generate,
        deterministic_id=True,
    )
    return target.getvalue()


def _add_page(pdf: pikepdf.Pdf, font: pikepdf.Object, jpeg: bytes, reading: PageReading) -> None:
    scale = 72 / reading.dpi
    width, height = reading.width * scale, reading.height * scale
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, round(width, 2), round(height, 2)]),
        Resources=Dictionary(XObject=Dictionary(Im=_image(pdf, jpeg)), Font=Dictionary(F=font)),
        Contents=Stream(pdf, _content(reading, scale, width, height)),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def _image(pdf: pikepdf.Pdf, jpeg: bytes) -> Stream:
    try:
        with Image.open(io.BytesIO(jpeg)) as header:
            if header.format != "JPEG":
                raise IntegrityError("error.damaged_page")
            size, mode = header.size, header.mode
    except OSError as error:
        raise IntegrityError("error.damaged_page") from error
    colours = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}
    image = Stream(pdf, jpeg)
    image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.DCTDecode
    image.Width, image.Height, image.BitsPerComponent = *size, 8
    image.ColorSpace = colours[mode]
    if mode == "CMYK":  # Adobe's JPEGs hold it inverted
        image.Decode = Array([1, 0] * 4)
    return image


def _content(reading: PageReading, scale: float, width: float, height: float) -> bytes:
    parts = [f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im Do Q", "BT 3 Tr"]
    last = len(reading.words) - 1
    for place, word in enumerate(reading.words):
        ends_line = place == last or reading.words[place + 1].line != word.line
        parts.append(_shown(word, scale, height, "" if ends_line else " "))
    return "\n".join([*parts, "ET"]).encode("ascii")


def _shown(word: Word, scale: float, height: float, after: str) -> str:
    """A word stretched over its box; the space that follows it stands outside the box."""
    left, _, right, bottom = word.box
    size = max(1.0, (word.box[3] - word.box[1]) * scale)
    shown = "".join(
        char if ord(char) < 0x10000 else "\ufffd" for char in word.text
    )  # one code is one character
    codes = shown.encode("utf-16-be", "replace").hex().upper()
    natural = len(codes) // 4 * size * WIDTH / 1000
    stretch = 100 * (right - left) * scale / natural
    space = after.encode("utf-16-be").hex()
    return f"/F {size:.2f} Tf {stretch:.1f} Tz 1 0 0 1 {left * scale:.2f} {height - bottom * scale:.2f} Tm <{codes}{space}> Tj"


def _font(pdf: pikepdf.Pdf) -> Dictionary:
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/KhoInvisible"),
        Flags=4,
        FontBBox=Array([0, -200, WIDTH, 800]),
        ItalicAngle=0,
        Ascent=800,
        Descent=-200,
        CapHeight=800,
        StemV=80,
    )
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name("/KhoInvisible"),
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=pdf.make_indirect(descriptor),
        DW=WIDTH,
        CIDToGIDMap=Name.Identity,
    )
    return Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name("/KhoInvisible"),
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=Stream(pdf, _to_unicode()),
    )


def _to_unicode() -> bytes:
    """Every code is its own UTF-16 unit; a range may only vary in its last byte (9.10.3)."""
    return CMAP_HEAD + b"".join(_ranges()) + CMAP_FOOT


def _ranges() -> Iterator[bytes]:
    """256 ranges, at most 100 to a block (Adobe technical note 5014)."""
    for start in range(0, 256, 100):
        block = range(start, min(256, start + 100))
        lines = "\n".join(f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in block)
        yield f"{len(block)} beginbfrange\n{lines}\nendbfrange\n".encode()
