"""The text a PDF page carries: its words with boxes, and whether they may stand for the page's picture.

Scanned pages often carry only a typed signature block, or the output of an unknown reading program; such
text must not replace our own reading. Decided per page, from the words, the picture and the fonts.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from archive import text
from archive.model import Box, Finding, PageReading, Word
from ingest import legacy, syllables
from ingest.syllables import Judgement

MAX_CHARACTERS = 100_000
"""More on one page is no document; the page is read from its picture instead."""

INVISIBLE = (raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP)
"""Ways of drawing text that leave no mark on the page."""

_LINE_END_HYPHENS = (0x02, 0xFFFE)  # pdfium joins two lines with one of these instead of a line break
_FEW_WORDS = 10
_SHORT_ADDITION = 3
_SAMPLE_CHARACTERS = 200
_DARK = 128
_SAMPLE_WIDTH = 600  # pixels: enough to see ink, cheap to count

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


# --------------------------------------------------------------------------- may it be trusted


def reading(
    found: list[LayerWord], boxes: list[Box], image: Image.Image, dpi: int, cover: float
) -> tuple[PageReading | None, tuple[Finding, ...]]:
    """The layer as a finished reading when it may stand for the page, else None and the reason as a Finding.

    `boxes` are the words' boxes in pixels of `image`; `cover` is the share of the page under pictures, 0..1.
    """
    if not found:
        return None, ()
    judged = syllables.judge(" ".join(word.text for word in found))
    ink = ink_inside(image, boxes)
    unseen = cover > 0.5 or sum(word.hidden for word in found) > len(found) / 2
    values = {"share": f"{judged.share:.0%}", "ink": f"{ink:.0%}"}
    if not _complete(judged, ink, cover):
        return None, (Finding("page.layer_partial", "info", values=values),)
    if not _plausible(judged, unseen):
        return None, (Finding("page.layer_garbage", "info", values=values),)
    rules = sorted({word.rule for word in found if word.rule})
    notes = (Finding("page.legacy_font", "info", values={"rule": ", ".join(rules)}),) if rules else ()
    kept = tuple(
        Word(word.text, box, 100.0, line)
        for (word, box), line in zip(zip(found, boxes, strict=True), _lines(found), strict=True)
    )
    return PageReading(*image.size, dpi, 0, "text-layer", kept, 100.0, round(ink, 4)), notes


def _plausible(judged: Judgement, unseen: bool) -> bool:
    """Vietnamese in Unicode. Text nobody sees, or over a scan, was made by a program: it must pass more."""
    if judged.odd > 0.02:
        return False
    if judged.words < _FEW_WORDS:
        return not unseen and judged.single <= 2 * _FEW_WORDS and (not judged.words or judged.share >= 0.5)
    if unseen:
        return judged.share >= 0.97 and judged.marked_share >= 0.6
    return judged.share >= 0.8 and judged.marked_share >= 0.4


def _complete(judged: Judgement, ink: float, cover: float) -> bool:
    """The page's ink lies under its words. Pictures on the page and scarce words raise suspicion."""
    if cover > 0.5:
        return judged.words >= _FEW_WORDS and ink >= 0.6
    return ink >= (0.25 if judged.words >= 60 else 0.5)


def _lines(found: list[LayerWord]) -> Iterator[int]:
    """Line numbers without gaps."""
    number, last = -1, None
    for word in found:
        if word.line != last:
            number, last = number + 1, word.line
        yield number


def ink_inside(image: Image.Image, boxes: list[Box]) -> float:
    """Share of the dark pixels of a page that lie inside the boxes, 0..1; 1 for an empty page."""
    step = max(1, image.width // _SAMPLE_WIDTH)
    dark = np.asarray(image.convert("L").reduce(step)) < _DARK
    total = int(dark.sum())
    if not total:
        return 1.0
    inside = np.zeros_like(dark)
    for left, top, right, bottom in boxes:
        inside[top // step : -(-bottom // step) + 1, left // step : -(-right // step) + 1] = True
    return int((dark & inside).sum()) / total
