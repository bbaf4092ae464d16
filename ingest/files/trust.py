"""May the text a PDF page carries stand for its picture? Decided per page, from words, fonts and ink.

Scanned pages often carry only a typed signature block, or the output of an unknown reading program; such text
must not replace our own reading.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from archive.model import Box, Finding, PageReading, Word
from ingest.files.layer import LayerWord
from ingest.recognition import syllables
from ingest.recognition.syllables import Judgement

_FEW_WORDS = 10
_DARK = 128
_SAMPLE_WIDTH = 600  # pixels: enough to see ink, cheap to count


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
