"""Machine reading of one page image: look, clean, recognise, arrange, and say what may have gone wrong.

A page is recognised once; words, boxes and confidences all come from that one run. A second run is made only
where the first is doubtful, and kept only when it reads more and surer.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from archive.errors import EngineError
from archive.model import Box, Finding, PageReading, Word
from ingest.recognition import cleanup, syllables, tesseract
from ingest.recognition.cleanup import Probe
from ingest.recognition.reading_order import Token, arrange, tidy

cv2.setNumThreads(1)  # each worker has one core
with contextlib.suppress(AttributeError):  # to ask for each page's memory anew costs a seventh of our time
    _TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
    ctypes.CDLL(None).mallopt(_TRIM_THRESHOLD, 256 * 2**20)
    ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, 32 * 2**20)

PIPELINE = "4"
"""Raise when anything that changes the words of a page is changed: readings are kept by recipe."""

DOUBTFUL, DOUBTFUL_COVER = 90.0, 0.98
"""A reading below either gets a second attempt: mean confidence, share of the page's letters inside words."""
HEADS_SURE = 0.1
"""Which way up: the probe's opinion counts from here on; on 120 open pages it was right from 0.15."""
UNREADABLE = 70.0
"""Below this a page may stand on its head."""
ALARM, ALARM_COVER = 93.0, 0.98
"""A kept reading below either is a Finding."""
ALARM_LINE, LINE = 65.0, 20
"""So is a line below this confidence, if it has so many letters: one lost line hardly moves the page's mean."""
ALARM_CUT, ALARM_SOLID = 5, 0.002
"""So are so many letters cut by a side of the image, and this share of the page under dark patches."""
ALARM_HOOKS = 0.17
"""So is a page with so few hooks among its hooks and acutes: a blurred hook is surely read as an acute."""


@dataclass(frozen=True)
class Attempt:
    """One recognition of a page. Boxes are in the pixels of `cleaned.image`."""

    cleaned: cleanup.Cleaned
    lines: list[list[Token]]
    confidence: float
    characters: int
    covered: float

    @property
    def score(self) -> float:
        """Characters times confidence: sees dropped text, which confidence alone cannot."""
        return self.characters * self.confidence

    @property
    def unsure_lines(self) -> int:
        """Number of lines that were read with little confidence."""
        return sum(_confidence(line) < ALARM_LINE and _characters(line) >= LINE for line in self.lines)

    @property
    def doubtful(self) -> bool:
        return self.confidence < DOUBTFUL or self.covered < DOUBTFUL_COVER


def recognise(image: Image.Image, dpi: int, *, seconds: float = 90) -> tuple[PageReading, Image.Image]:
    """Read a page as scanned, of any mode. Returns the reading and the page turned upright by quarter turns.

    Boxes are in pixels of the upright page at its full resolution. Raises EngineError: `page.timeout` when all
    attempts together take longer than `seconds`, `page.engine` when Tesseract fails; ToolMissing.
    """
    deadline = time.monotonic() + seconds
    gray, colour = cleanup.gray_of(_pixels(image))
    gray = cleanup.resized(gray, dpi)
    if min(gray.shape) < cleanup.SMALLEST:
        return _blank(image, dpi), image
    look = cleanup.probe(gray, colour)
    if look.blank:
        faded = cleanup.deepened(gray)
        if faded is None:
            return _blank(image, dpi), image
        gray, look = faded, cleanup.probe(faded, colour)
    turned = _quarter_turn(gray, look, deadline)
    attempt = _read(gray, turned, look, deadline)
    if attempt.doubtful:
        attempt, turned = _second(attempt, gray, turned, look, deadline)
    upright = _turn_image(image, turned)
    return _reading(attempt, upright, dpi, turned, look), upright


def _quarter_turn(gray: np.ndarray, look: Probe, deadline: float) -> int:
    """Clockwise turn in degrees that makes the page upright: by the probe, or Tesseract's opinion, which is dear."""
    if abs(look.heads) < HEADS_SURE:
        return orientation(gray, deadline) if look.sideways else 0
    return ((270 if look.sideways else 0) + (180 if look.heads < 0 else 0)) % 360


def _second(
    first: Attempt, gray: np.ndarray, turned: int, look: Probe, deadline: float
) -> tuple[Attempt, int]:
    """The better of a doubtful reading and another try: turned, with dropped text forced in, or without specks."""
    if first.confidence < UNREADABLE and (other := orientation(gray, deadline)) != turned:
        again = _read(gray, other, look, deadline)
        return (again, other) if again.score > first.score else (first, turned)
    if first.covered < DOUBTFUL_COVER:
        again = _read(gray, turned, look, deadline, tesseract.ONE_BLOCK)
    else:
        again = _read(gray, turned, look, deadline, median="median" not in first.cleaned.steps)
    return (again if again.score > first.score else first), turned


def _pixels(image: Image.Image) -> np.ndarray:
    """Gray or RGB pixels of an image of any mode."""
    if image.mode in ("1", "L"):
        return np.asarray(image if image.mode == "L" else image.convert("L"))
    if image.mode in ("I;16", "I"):
        return (np.asarray(image, np.float32) / 257).clip(0, 255).astype(np.uint8)
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _turn(pixels: np.ndarray, degrees: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(pixels, -degrees // 90)) if degrees else pixels


def _turn_image(image: Image.Image, degrees: int) -> Image.Image:
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(turns[degrees]) if degrees else image


def _read(
    gray: np.ndarray,
    turned: int,
    look: Probe,
    deadline: float,
    layout: int = tesseract.AUTOMATIC,
    median: bool | None = None,
) -> Attempt:
    upright = _turn(gray, turned)
    if turned % 180:
        look = cleanup.probe(upright, look.colour)
    cleaned = cleanup.clean(upright, look, median)
    lines = arrange(tidy(tesseract.words(cleaned.image, deadline, layout)), cleaned.tables)
    words = [token for line in lines for token in line]
    covered = cleanup.letters_covered(cleaned.pale, [token.box for token in words])
    return Attempt(cleaned, lines, _confidence(words), _characters(words), covered)


def _characters(words: list[Token]) -> int:
    return sum(len(word.text) for word in words)


def _confidence(words: list[Token]) -> float:
    """Mean over the characters, 0 without any."""
    return sum(len(word.text) * word.confidence for word in words) / max(1, _characters(words))


def read_patch(gray: np.ndarray, *, seconds: float = 20) -> list[Token]:
    """Words of a small piece of a page, one block of text; nothing when it cannot be made out."""
    try:
        return tesseract.words(gray, time.monotonic() + seconds, tesseract.ONE_BLOCK)
    except EngineError:
        return []


def orientation(gray: np.ndarray, deadline: float) -> int:
    """Clockwise quarter turn in degrees that makes the page upright; 0 when it cannot be told."""
    return tesseract.orientation(cleanup.flatten_paper(gray), deadline)


@functools.cache
def recipe() -> str:
    """Short name of how pages are read: changes with the program, its model and our steps."""
    steps = (Path(__file__).with_name(name).read_bytes() for name in ("cleanup.py", "reading_order.py"))
    content = f"{tesseract.identity()}\n{PIPELINE}".encode() + b"".join(steps)
    return f"{tesseract.LANGUAGE}-{hashlib.sha256(content).hexdigest()[:10]}"


# --------------------------------------------------------------------------- result


def _blank(image: Image.Image, dpi: int) -> PageReading:
    finding = Finding("page.blank", "info")
    return PageReading(image.width, image.height, dpi, 0, "none", (), None, blank=True, findings=(finding,))


def _reading(attempt: Attempt, upright: Image.Image, dpi: int, turned: int, look: Probe) -> PageReading:
    words = tuple(
        Word(token.text, box, round(token.confidence, 1), number)
        for number, line in enumerate(attempt.lines)
        for token in line
        for box in [_original_box(token.box, attempt.cleaned, upright.size)]
    )
    if not words and attempt.covered == 1 and not look.dark:  # marks, but nothing of the size of a letter
        return _blank(upright, dpi)
    reading = PageReading(
        width=upright.width,
        height=upright.height,
        dpi=dpi,
        turned=turned,
        source="ocr" if words else "none",
        words=words,
        confidence=round(attempt.confidence, 1) if words else None,
        ink=round(attempt.covered, 3),
        skew=round(attempt.cleaned.angle, 1),
        steps=attempt.cleaned.steps,
    )
    return replace(reading, findings=(*_findings(reading), *_missing_text(attempt, look)))


def _original_box(box: Box, cleaned: cleanup.Cleaned, size: tuple[int, int]) -> Box:
    """A box of the cleaned image in pixels of the upright original of this size."""
    height, width = cleaned.image.shape
    left, top, right, bottom = cleanup.unlevel(box, cleaned.angle, width, height)
    across, down = size[0] / width, size[1] / height
    return (
        max(0, min(size[0] - 1, int(left * across))),
        max(0, min(size[1] - 1, int(top * down))),
        max(1, min(size[0], int(np.ceil(right * across)))),
        max(1, min(size[1], int(np.ceil(bottom * down)))),
    )


def _findings(reading: PageReading) -> Iterator[Finding]:
    if reading.turned:
        yield Finding("page.turned", "info", values={"degrees": str(reading.turned)})
    if abs(reading.skew) >= 2:
        yield Finding("page.skewed", "info", values={"degrees": f"{reading.skew:.1f}"})
    if reading.confidence is None or reading.confidence < ALARM:
        yield Finding("page.low_confidence", values={"confidence": f"{reading.confidence or 0:.0f}"})
    if reading.ink is not None and reading.ink < ALARM_COVER:
        yield Finding("page.lost_text", values={"percent": f"{100 * (1 - reading.ink):.0f}"})
    if syllables.hook_share(reading.text) < ALARM_HOOKS:
        yield Finding("page.blurred_marks")


def _missing_text(attempt: Attempt, look: Probe) -> Iterator[Finding]:
    """Signs of text that was not read, or never reached the image."""
    if lines := attempt.unsure_lines:
        yield Finding("page.unsure_lines", values={"count": str(lines)})
    if look.cut >= ALARM_CUT:
        yield Finding("page.cut_off")
    if look.solid >= ALARM_SOLID:
        yield Finding("page.covered", values={"percent": f"{100 * look.solid:.1f}"})
