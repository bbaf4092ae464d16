"""The text a PDF page carries: its words in Unicode with their places. Whether to believe them: trust.py."""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from archive import text
from ingest.files import legacy

MAX_CHARACTERS = 100_000
"""More on one page is no document; the page is read from its picture instead."""

INVISIBLE = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
"""Ways of drawing text that leave no mark on the page."""

_LINE_END_HYPHENS = (0x02, 0xFFFE)  # pdfium joins two lines with one of these instead of a line break
_SHORT_ADDITION = 3
_SAMPLE_CHARACTERS = 200

Rectangle = tuple[float, float, float, float]
"""left, bottom, right, top in PDF units."""


@dataclass(frozen=True)
class Glyph:
    """One character: what the font says it is, the font, and its place on the page."""

    char: str
    font: str
    hidden: bool
    place: Rectangle


@dataclass(frozen=True)
class LayerWord:
    """A word of the text layer, already in Unicode."""

    text: str
    place: Rectangle
    line: int
    hidden: bool
    rule: str | None


def words(page: pdfium.PdfPage) -> list[LayerWord]:
    """The words of the layer in the order of the page's content; legacy fonts converted run by run."""
    found = []
    for line, glyphs in _glyph_words(page):
        runs = [(font, list(run)) for font, run in groupby(glyphs, key=lambda glyph: glyph.font)]
        parts = [legacy.convert("".join(glyph.char for glyph in run), font) for font, run in runs]
        value = text.clean("".join(part for part, _ in parts))
        if value.strip():
            rule = next((name for _, name in parts if name), None)
            hidden = all(glyph.hidden for glyph in glyphs)
            found.append(LayerWord(value, _around([glyph.place for glyph in glyphs]), line, hidden, rule))
    return found


def direction(page: pdfium.PdfPage) -> int | None:
    """Counter-clockwise quarter turns (0..3) at which the visible text is written; None without a clear one."""
    layer = page.get_textpage()
    fonts: dict[int, tuple[str, bool]] = {}
    try:
        count = layer.count_chars()
        sample = range(0, count, max(1, count // _SAMPLE_CHARACTERS))
        seen = [index for index in sample if not _font(layer, index, fonts)[1]]
        angles = [raw.FPDFText_GetCharAngle(layer.raw, index) for index in seen]
    finally:
        layer.close()
    turns = Counter(round(-angle / (math.pi / 2)) % 4 for angle in angles)  # pdfium counts clockwise
    turn, agreeing = turns.most_common(1)[0] if turns else (0, 0)
    return turn if agreeing > 0.8 * len(angles) else None


def _glyph_words(page: pdfium.PdfPage) -> Iterator[tuple[int, list[Glyph]]]:
    """(line number, glyphs of one word), split at white space."""
    line = 0
    pending: list[Glyph] = []
    for glyph in _glyphs(page):
        if not glyph.char.isspace():
            pending.append(glyph)
            continue
        if pending:
            yield line, pending
            pending = []
        line += glyph.char == "\n"
    if pending:
        yield line, pending


def _glyphs(page: pdfium.PdfPage) -> Iterator[Glyph]:
    layer = page.get_textpage()
    fonts: dict[int, tuple[str, bool]] = {}
    sides = [ctypes.c_double() for _ in range(4)]
    left, right, bottom, top = map(ctypes.byref, sides)
    try:
        count = layer.count_chars()
        for index in range(count if count <= MAX_CHARACTERS else 0):
            code = raw.FPDFText_GetUnicode(layer.raw, index)
            font, hidden = _font(layer, index, fonts)
            raw.FPDFText_GetCharBox(layer.raw, index, left, right, bottom, top)
            place = (sides[0].value, sides[2].value, sides[1].value, sides[3].value)
            yield Glyph(_character(code), font, hidden, place)
            if code in _LINE_END_HYPHENS:
                yield Glyph("\n", font, hidden, place)
    finally:
        layer.close()


def _character(code: int) -> str:
    if code in _LINE_END_HYPHENS:
        return "-"
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\ufffd"
    return chr(code)


def _font(layer: pdfium.PdfTextPage, index: int, known: dict[int, tuple[str, bool]]) -> tuple[str, bool]:
    """(font name, invisible) of a character; generated spaces have no text object."""
    handle = raw.FPDFText_GetTextObject(layer.raw, index)
    key = ctypes.cast(handle, ctypes.c_void_p).value or 0
    if key not in known:
        known[key] = _font_of_object(handle) if key else ("", True)
    return known[key]


def _font_of_object(handle: object) -> tuple[str, bool]:
    font = raw.FPDFTextObj_GetFont(handle)
    buffer = ctypes.create_string_buffer(256)
    length = raw.FPDFFont_GetBaseFontName(font, buffer, 256) if font else 0
    name = buffer.value.decode("utf-8", "replace") if 0 < length <= 256 else ""
    return name, raw.FPDFTextObj_GetTextRenderMode(handle) in INVISIBLE


def _around(places: list[Rectangle]) -> Rectangle:
    lefts, bottoms, rights, tops = zip(*places, strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def merged(own: list[LayerWord], added: list[LayerWord]) -> list[LayerWord]:
    """Put words set on top of a page (an issue number, a date) into the lines they stand on.

    Longer lines, as in the box a signing program draws, stay lines of their own at the end.
    """
    result = list(own)
    last = max((word.line for word in own), default=-1) + 1
    lengths = Counter(word.line for word in added)
    for word in added:
        level = [index for index, other in enumerate(result) if other.line < last and _same_line(word, other)]
        if not level or lengths[word.line] > _SHORT_ADDITION:
            result.append(replace(word, line=last + word.line))
            continue
        before = [index for index in level if result[index].place[0] <= word.place[0]]
        neighbour = before[-1] if before else level[0]
        result.insert(neighbour + bool(before), replace(word, line=result[neighbour].line))
    return result


def _same_line(word: LayerWord, other: LayerWord) -> bool:
    middle = (word.place[1] + word.place[3]) / 2
    return other.place[1] - 2 <= middle <= other.place[3] + 2
