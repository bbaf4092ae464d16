"""A searchable PDF/A-2b of scanned pages: each JPEG byte for byte, its words as invisible text above it.

The text is set in a font of empty glyphs (ISO 32000-1 §9.7, §9.10): a code is a UTF-16 unit, every glyph half as wide
as it is high, and each word is stretched to its box. So every Vietnamese letter is found and copied as written.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from PIL import Image

from archive.copies import invisible_font, stamp
from archive.copies.invisible_font import WIDTH
from archive.copies.pdf_stream import PAGES, PdfStream
from archive.errors import IntegrityError
from archive.model import PageReading, Word

STAMP_MARGIN = 12
"""Points from the right edge to the stamp."""

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


def searchable_pdf(pages: Iterable[tuple[bytes, PageReading]], stamped: str = "") -> bytes:
    """One PDF of (JPEG of the upright page, its reading). Raises IntegrityError when an image is no JPEG."""
    return b"".join(pdf_chunks(pages, stamped))


def pdf_chunks(pages: Iterable[tuple[bytes, PageReading]], stamped: str = "") -> Iterator[bytes]:
    """The same page by page; `stamped`: a line above each page. The same pages give the same bytes."""
    pdf = PdfStream()
    yield pdf.begin()
    font = pdf.number()
    yield from _font(pdf, font)
    strip = _Strip.begun(pdf, stamped) if stamped else None
    if strip:
        yield strip.image
    numbers: list[int] = []
    for jpeg, reading in pages:
        numbers.append(pdf.number())
        yield from _page(pdf, numbers[-1], font, jpeg, reading, strip)
    yield pdf.end(numbers)


@dataclass(frozen=True)
class _Strip:
    """The stamp: its image object, number and size in points, and its text."""

    image: bytes
    number: int
    width: float
    text: str

    @classmethod
    def begun(cls, pdf: PdfStream, text: str) -> _Strip:
        made, number = stamp.strip(text), pdf.number()
        entries = f"/Type /XObject /Subtype /Image /Width {made.width} /Height {made.height}"
        entries += " /ColorSpace /DeviceGray /BitsPerComponent 8"
        return cls(pdf.add_stream(number, made.tobytes(), entries), number, made.width * 72 / stamp.DPI, text)

    def content(self, width: float, bottom: float) -> str:
        """Drawn above the page, at the right; narrowed where the page is narrow; its text is found too."""
        shown = min(self.width, max(1.0, width - 2 * STAMP_MARGIN))
        left = width - STAMP_MARGIN - shown
        codes = _codes(self.text)
        stretch = 100 * shown / (len(codes) // 4 * stamp.POINTS * WIDTH / 1000)
        return (
            f"q {shown:.2f} 0 0 {stamp.HEIGHT} {left:.2f} {bottom:.2f} cm /St Do Q\nBT 3 Tr /F {stamp.POINTS} Tf"
            f" {stretch:.1f} Tz 1 0 0 1 {left:.2f} {bottom + 6:.2f} Tm <{codes}> Tj ET"
        )


def _page(
    pdf: PdfStream, number: int, font: int, jpeg: bytes, reading: PageReading, strip: _Strip | None
) -> Iterator[bytes]:
    scale = 72 / reading.dpi
    width, height = reading.width * scale, reading.height * scale
    image, content = pdf.number(), pdf.number()
    yield _image(pdf, image, jpeg)
    drawn = [_content(reading, scale, width, height)]
    drawn += [strip.content(width, height)] if strip else []
    yield pdf.add_stream(content, "\n".join(drawn).encode("ascii"))
    top = height + stamp.HEIGHT if strip else height
    stamped = f" /St {strip.number} 0 R" if strip else ""
    yield pdf.add(
        number,
        f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {width:.2f} {top:.2f}] /Contents {content} 0 R"
        f" /Resources << /XObject << /Im {image} 0 R{stamped} >> /Font << /F {font} 0 R >> >> >>",
    )


def _image(pdf: PdfStream, number: int, jpeg: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(jpeg)) as image:
            if image.format != "JPEG":
                raise IntegrityError("error.damaged_page")
            if (
                image.mode not in _COLOURS
            ):  # PDF/A-2 allows one device colour space beside grey: that of its profile
                jpeg, image = _as_rgb(image)
            size, colours = image.size, _COLOURS[image.mode]
    except OSError as error:
        raise IntegrityError("error.damaged_page") from error
    entries = f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} /BitsPerComponent 8"
    return pdf.add_stream(number, jpeg, f"{entries} /ColorSpace {colours} /Filter /DCTDecode", packed=False)


_COLOURS = {"L": "/DeviceGray", "RGB": "/DeviceRGB"}


def _as_rgb(image: Image.Image) -> tuple[bytes, Image.Image]:
    target, changed = io.BytesIO(), image.convert("RGB")
    changed.save(target, "JPEG", quality=90)
    return target.getvalue(), changed


def _content(reading: PageReading, scale: float, width: float, height: float) -> str:
    parts = [f"q {width:.2f} 0 0 {height:.2f} 0 0 cm /Im Do Q", "BT 3 Tr"]
    last = len(reading.words) - 1
    for place, word in enumerate(reading.words):
        ends_line = place == last or reading.words[place + 1].line != word.line
        parts.append(_shown(word, scale, height, "" if ends_line else " "))
    return "\n".join([*parts, "ET"])


def _shown(word: Word, scale: float, height: float, after: str) -> str:
    """A word stretched over its box; the space that follows it stands outside the box."""
    left, _, right, bottom = word.box
    size = max(1.0, (word.box[3] - word.box[1]) * scale)
    codes = _codes(word.text)
    natural = len(codes) // 4 * size * WIDTH / 1000
    stretch = 100 * (right - left) * scale / natural
    space = after.encode("utf-16-be").hex()
    return f"/F {size:.2f} Tf {stretch:.1f} Tz 1 0 0 1 {left * scale:.2f} {height - bottom * scale:.2f} Tm <{codes}{space}> Tj"


def _codes(text: str) -> str:
    """UTF-16 units as hex; one code is one character."""
    shown = "".join(char if ord(char) < 0x10000 else "\ufffd" for char in text)
    return shown.encode("utf-16-be", "replace").hex().upper()


def _font(pdf: PdfStream, number: int) -> Iterator[bytes]:
    descendant, descriptor, program, places, unicode = (pdf.number() for _ in range(5))
    yield pdf.add(
        number,
        "<< /Type /Font /Subtype /Type0 /BaseFont /KhoInvisible /Encoding /Identity-H"
        f" /DescendantFonts [{descendant} 0 R] /ToUnicode {unicode} 0 R >>",
    )
    yield pdf.add(
        descendant,
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /KhoInvisible /CIDSystemInfo << /Registry (Adobe)"
        f" /Ordering (Identity) /Supplement 0 >> /FontDescriptor {descriptor} 0 R /DW {WIDTH}"
        f" /CIDToGIDMap {places} 0 R >>",
    )
    yield pdf.add(
        descriptor,
        "<< /Type /FontDescriptor /FontName /KhoInvisible /Flags 4"
        f" /FontBBox [0 {invisible_font.DESCENT} {WIDTH} {invisible_font.ASCENT}] /ItalicAngle 0"
        f" /Ascent {invisible_font.ASCENT} /Descent {invisible_font.DESCENT} /CapHeight {invisible_font.ASCENT}"
        f" /StemV 80 /FontFile2 {program} 0 R >>",
    )
    made = invisible_font.font()
    yield pdf.add_stream(program, made, f"/Length1 {len(made)}")
    yield pdf.add_stream(places, invisible_font.GLYPH)
    yield pdf.add_stream(unicode, _to_unicode())


def _to_unicode() -> bytes:
    """Every code is its own UTF-16 unit; a range may only vary in its last byte (9.10.3)."""
    return CMAP_HEAD + b"".join(_ranges()) + CMAP_FOOT


def _ranges() -> Iterator[bytes]:
    """256 ranges, at most 100 to a block (Adobe technical note 5014)."""
    for start in range(0, 256, 100):
        block = range(start, min(256, start + 100))
        lines = "\n".join(f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in block)
        yield f"{len(block)} beginbfrange\n{lines}\nendbfrange\n".encode()
