"""Words of a page as straight rows: geometry only, no knowledge of what the rows say. Pure.

A scan may lean by a few degrees and an engine may read two columns as one line. So words are first placed on
a levelled page, then gathered anew into runs of neighbours. Distances are measured in `em`, the usual height
of a word on the page.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from archive import text
from archive.model import Box, PageReading, Word

_SLASHES = str.maketrans({"⁄": "/", "∕": "/", "／": "/"})
"""Engines read the slash of "51/2025" as the stroke of a fraction."""


@dataclass(frozen=True)
class Placed:
    """A word on the levelled page. `word.box` is still where it stands on the page itself."""

    word: Word
    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Run:
    """Neighbouring words on one height, left to right. Never empty."""

    words: tuple[Placed, ...]

    @cached_property
    def text(self) -> str:
        return " ".join(placed.word.text for placed in self.words)

    @cached_property
    def key(self) -> str:
        """Folded text for comparison: lower case, no marks."""
        return text.fold(self.text)

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return self.words[-1].right

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    @cached_property
    def top(self) -> float:
        return statistics.median(placed.top for placed in self.words)

    @cached_property
    def bottom(self) -> float:
        return statistics.median(placed.bottom for placed in self.words)

    @cached_property
    def middle(self) -> float:
        return statistics.median(placed.middle for placed in self.words)

    @property
    def upper(self) -> bool:
        """Written in capitals, give or take a misread letter."""
        letters = [char for char in self.text if char.isalpha()]
        return bool(letters) and sum(char.isupper() for char in letters) >= 0.8 * len(letters)

    def core(self) -> Run | None:
        """Without the specks, rules and shreds of stamps at both ends; None when nothing else is there."""
        kept = [i for i, placed in enumerate(self.words) if _is_sound(placed.word)]
        return self.part(kept[0], kept[-1] + 1) if kept else None

    def spanning(self, start: int, end: int) -> tuple[Placed, ...]:
        """The words that characters start..end of `text` touch."""
        found, at = [], 0
        for placed in self.words:
            stop = at + len(placed.word.text)
            if at < end and stop > start:
                found.append(placed)
            at = stop + 1
        return tuple(found)

    def part(self, start: int, end: int | None = None) -> Run | None:
        """Words start..end as a run; None when there are none."""
        words = self.words[start:end]
        return Run(words) if words else None

    def cut_at(self, x: float) -> tuple[Run | None, Run | None]:
        """The words left of `x` and the rest, by their middle."""
        count = sum((placed.left + placed.right) / 2 < x for placed in self.words)
        return self.part(0, count), self.part(count)


def _is_sound(word: Word) -> bool:
    return any(map(str.isalnum, word.text)) and word.confidence >= 30


@dataclass(frozen=True)
class Sheet:
    """One page: its number from 1, its size and its runs from top to bottom."""

    number: int
    width: float
    height: float
    em: float
    runs: tuple[Run, ...]

    def between(self, top: float, bottom: float) -> list[Run]:
        """Runs whose middle lies between two heights."""
        return [run for run in self.runs if top <= run.middle < bottom]


def sheet(reading: PageReading, number: int) -> Sheet:
    """The levelled page of a reading; `number` counts from 1."""
    words = [
        replace(word, text=text.clean(word.text).translate(_SLASHES))
        for word in reading.words
        if word.text.strip()
    ]
    em = statistics.median(word.box[3] - word.box[1] for word in words) if words else 1.0
    level = _leveller(reading)
    lines: dict[int, list[Placed]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(level(word))
    pieces = [piece for line in lines.values() for piece in _pieces(line, em)]
    runs = sorted(_joined(pieces, em), key=lambda run: (run.middle, run.left))
    return Sheet(number, reading.width, reading.height, max(em, 1.0), tuple(runs))


def _leveller(reading: PageReading) -> Callable[[Word], Placed]:
    """A function that places a word on the page turned level about its centre."""
    slope = _slope(reading)
    centre_x, centre_y = reading.width / 2, reading.height / 2

    def level(word: Word) -> Placed:
        left, top, right, bottom = word.box
        fall = slope * ((left + right) / 2 - centre_x)
        shift = slope * ((top + bottom) / 2 - centre_y)
        return Placed(word, left + shift, top - fall, right + shift, bottom - fall)

    return level


def _slope(reading: PageReading) -> float:
    """How far lines fall per pixel to the right: median over the long lines, 0 when there are too few."""
    lines: dict[int, list[Word]] = {}
    for word in reading.words:
        lines.setdefault(word.line, []).append(word)
    slopes = []
    for line in lines.values():
        line = sorted(line, key=lambda word: word.box[0])
        if len(line) < 5 or line[-1].box[0] - line[0].box[0] < 0.3 * reading.width:
            continue
        third = max(2, len(line) // 3)
        (x1, y1), (x2, y2) = _mean_place(line[:third]), _mean_place(line[-third:])
        slopes.append((y2 - y1) / max(1.0, x2 - x1))
    slope = statistics.median(slopes) if len(slopes) >= 3 else 0.0
    return slope if abs(slope) < 0.12 else 0.0


def _mean_place(words: Sequence[Word]) -> tuple[float, float]:
    return (
        statistics.mean((word.box[0] + word.box[2]) / 2 for word in words),
        statistics.median((word.box[1] + word.box[3]) / 2 for word in words),
    )


def _pieces(line: Iterable[Placed], em: float) -> list[Run]:
    """An engine line cut where the words stand wide apart or on different heights."""
    pieces: list[list[Placed]] = []
    for placed in sorted(line, key=lambda placed: placed.left):
        last = pieces[-1][-1] if pieces else None
        if last and placed.left - last.right < 2.5 * em and _same_height(last, placed, em):
            pieces[-1].append(placed)
        else:
            pieces.append([placed])
    return [Run(tuple(piece)) for piece in pieces]


def _joined(pieces: list[Run], em: float) -> list[Run]:
    """Pieces that continue each other on one height, which an engine had put on separate lines, made one."""
    rows: list[Run] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        for index, row in enumerate(rows):
            gap = piece.left - row.right
            if -0.5 * em < gap < 1.2 * em and _same_height(row.words[-1], piece.words[0], em):
                rows[index] = Run(row.words + piece.words)
                break
        else:
            rows.append(piece)
    return rows


def _same_height(one: Placed, other: Placed, em: float) -> bool:
    overlap = min(one.bottom, other.bottom) - max(one.top, other.top)
    return overlap > 0.5 * min(one.bottom - one.top, other.bottom - other.top) or (
        abs(one.middle - other.middle) < 0.3 * em
    )


def box_of(words: Iterable[Placed]) -> Box:
    """The box around words in page pixels."""
    boxes = [placed.word.box for placed in words]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def words_of(runs: Iterable[Run]) -> list[Placed]:
    return [placed for run in runs for placed in run.words]


def trust(words: Iterable[Placed]) -> float:
    """How far a value made of these words may be believed, 0..1: as far as the weakest of them."""
    weakest = min((placed.word.confidence for placed in words), default=0.0)
    if weakest >= 80:
        return 0.95
    return 0.4 + 0.4 * weakest / 80 if weakest < 60 else 0.7 + 0.25 * (weakest - 60) / 20
