"""Words of a page into lines and reading order, from their boxes. Pure.

A Vietnamese administrative page (Nghị định 30/2020/NĐ-CP, Annex I) is one column of text between a two-column
heading (issuer | national title) and a two-column foot (recipients | signature). Columns are read one after the
other, left first; ruled tables cell by cell, row by row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median
from typing import Literal

from archive import text
from archive.model import Box


@dataclass(frozen=True)
class Token:
    """A word as recognised, in pixels of the levelled page. `line` is the recogniser's own line, any key."""

    text: str
    box: Box
    confidence: float
    line: tuple[int, ...] = ()

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


Line = list[Token]
Row = list[Token]
"""Words side by side on the page, whatever column they belong to."""

Block = tuple[int, list[Line]]
"""The top of a part of the page and its lines in order."""

GUTTER, WIDE, TITLE = 1.2, 3.0, 0.5
"""Gaps between columns in heights of a middling word: every row has the first, one row at least the second.

Justified lines, typewritten ones above all, have gaps near the first here and there. Beside a title (below) the
third is enough.
"""

TITLES = ("cong hoa", "dang cong")
"""The national and the Party's title, folded: they stand at the head of a right column."""


STRAY = r"""|¦‖~_`´¬¡‡†¤®©°•■□▪<>{}[]\⁄"""
"""Marks that no administrative text uses, and that rules, specks and stamp strokes are read as."""


def tidy(tokens: Iterable[Token]) -> list[Token]:
    """Words without what is clearly no text: stray marks alone or clinging to a word, tall strokes, wild guesses."""
    kept = [replace(token, text=token.text.strip(STRAY)) for token in tokens]
    kept = [token for token in kept if token.text]
    size = median(token.height for token in kept) if kept else 0
    return [token for token in kept if not _wild(token, size)]


def _wild(token: Token, size: float) -> bool:
    spoken = any(char.isalnum() for char in token.text)
    tall = token.height > 3.5 * size and len(token.text) < 4
    return tall or (not spoken and (token.confidence < 30 or token.text in "'\",;:.^"))


def arrange(tokens: Iterable[Token], tables: Sequence[Sequence[Box]] = ()) -> list[Line]:
    """Lines of words in reading order. `tables` are the cells of each ruled table, row by row."""
    rest = list(tokens)
    blocks: list[Block] = []
    for cells in tables:
        inside, rest = _split(rest, cells)
        content = [line for cell in inside for line in lines(cell)]
        if content:
            blocks.append((min(cell[1] for cell in cells), content))
    blocks += _free_blocks(rest)
    return [line for _, block in sorted(blocks, key=lambda block: block[0]) for line in block]


def _split(tokens: list[Token], cells: Sequence[Box]) -> tuple[list[list[Token]], list[Token]]:
    """Words by the cell their middle lies in, and those outside all cells."""
    inside: list[list[Token]] = [[] for _ in cells]
    outside = []
    for token in tokens:
        x = (token.box[0] + token.box[2]) / 2
        home = (n for n, (l, t, r, b) in enumerate(cells) if l <= x < r and t <= token.middle < b)  # noqa: E741
        number = next(home, None)
        (outside if number is None else inside[number]).append(token)
    return inside, outside


def _free_blocks(tokens: list[Token]) -> list[Block]:
    """Words outside tables: two-column zones are one block each, left column before right."""
    if not tokens:
        return []
    size = median(token.height for token in tokens)
    blocks: list[Block] = []
    for gutter, zone in _zones(rows(tokens), size):
        words = [token for row in zone for token in row]
        columns = [words] if gutter is None else [_left(words, gutter), _right(words, gutter)]
        blocks.append(
            (min(word.box[1] for word in words), [line for part in columns for line in lines(part)])
        )
    return blocks


def rows(tokens: Iterable[Token]) -> list[Row]:
    """Words grouped by overlapping height, top to bottom. Heights are trimmed so that close lines stay apart."""
    found: list[Row] = []
    bottom = float("-inf")
    for token in sorted(tokens, key=lambda token: token.box[1] + token.height * 0.3):
        if token.box[1] + token.height * 0.3 >= bottom:
            found.append([])
            bottom = float("-inf")
        found[-1].append(token)
        bottom = max(bottom, token.box[3] - token.height * 0.3)
    return found


def lines(tokens: Iterable[Token]) -> list[Line]:
    """Lines of one column, top to bottom: the recogniser's lines, joined where they stand side by side."""
    parts = [list(part) for _, part in groupby(sorted(tokens, key=lambda t: t.line), key=lambda t: t.line)]
    parts.sort(key=lambda part: median(token.middle for token in part))
    joined: list[Line] = []
    for part in parts:
        if joined and _side_by_side(joined[-1], part):
            joined[-1] += part
        else:
            joined.append(part)
    return [sorted(line, key=lambda token: token.box[0]) for line in joined]


def _side_by_side(one: Line, other: Line) -> bool:
    height = min(median(t.height for t in one), median(t.height for t in other))
    apart = abs(median(t.middle for t in one) - median(t.middle for t in other))
    overlapping = any(a.box[0] < b.box[2] - 3 and b.box[0] < a.box[2] - 3 for a in one for b in other)
    return apart < height * 0.4 and not overlapping


# --------------------------------------------------------------------------- two-column zones

Side = Literal["left", "right", "wide", "narrow", "cross"]


def _left(words: Iterable[Token], gutter: float) -> list[Token]:
    return [word for word in words if word.box[0] < gutter]


def _right(words: Iterable[Token], gutter: float) -> list[Token]:
    return [word for word in words if word.box[0] >= gutter]


def _zones(found: list[Row], size: float) -> Iterator[tuple[float | None, list[Row]]]:
    """All rows, top to bottom, in runs with the gutter they share, or one by one without a gutter."""
    best = max(_candidates(found, size), default=None)
    if best is None:
        yield from ((None, [row]) for row in found)
        return
    _, gutter, start, end = best
    yield from _zones(found[:start], size)
    yield gutter, found[start:end]
    yield from _zones(found[end:], size)


def _candidates(found: list[Row], size: float) -> Iterator[tuple[int, float, int, int]]:
    """Two-column runs of rows: letters on the weaker side, gutter, first row, row after the last."""
    if not found:
        return
    left = min(token.box[0] for row in found for token in row)
    width = max(token.box[2] for row in found for token in row) - left
    spans = [(row, _spans(row, TITLE * size)) for row in found]
    for gutter in range(int(left + 0.2 * width), int(left + 0.8 * width), max(4, int(size / 2))):
        sides = [_side(row, gutter, size) if _open_at(span, gutter) else "cross" for row, span in spans]
        for start, end in _runs(found, sides, size):
            words = [token for row in found[start:end] for token in row]
            weaker = min(
                sum(len(word.text) for word in part) for part in (_left(words, gutter), _right(words, gutter))
            )
            yield weaker, gutter, start, end


def _spans(row: Row, gap: float) -> list[tuple[int, int]]:
    """Stretches of a row without a gap wide enough for a gutter: what makes most rows cheap to look at."""
    spans: list[tuple[int, int]] = []
    for left, _, right, _ in sorted(word.box for word in row):
        if spans and left - spans[-1][1] < gap:
            spans[-1] = (spans[-1][0], max(spans[-1][1], right))
        else:
            spans.append((left, right))
    return spans


def _open_at(spans: list[tuple[int, int]], gutter: float) -> bool:
    return not any(left < gutter < right for left, right in spans)


def _side(row: Row, gutter: float, size: float) -> Side:
    """Where a row's words stand, or how wide its gap at the gutter is."""
    left, right = _left(row, gutter), _right(row, gutter)
    if left and max(word.box[2] for word in left) > gutter:
        return "cross"
    if not left or not right:
        return "left" if left else "right"
    gap = (min(word.box[0] for word in right) - max(word.box[2] for word in left)) / size
    if gap >= WIDE or (gap >= TITLE and _titled(right)):
        return "wide"
    return "narrow" if gap >= max(GUTTER, 2 * _word_gap(row) / size) else "cross"


def _word_gap(row: Row) -> float:
    """The middling gap between neighbours of a row: wide in typewriting and in stretched lines."""
    ordered = sorted(row, key=lambda word: word.box[0])
    return median([max(0, b.box[0] - a.box[2]) for a, b in pairwise(ordered)])


def _titled(right: list[Token]) -> bool:
    start = " ".join(word.text for word in sorted(right, key=lambda word: word.box[0])[:2])
    return text.fold(start).startswith(TITLES)


def _runs(found: list[Row], sides: list[Side], size: float) -> Iterator[tuple[int, int]]:
    """Ranges of rows without a crossing one, from the first two-sided row to the last, with what clings to them."""
    for crosses, group in groupby(range(len(sides)), key=lambda place: sides[place] == "cross"):
        places = list(group)
        if crosses:
            continue
        paired = {
            p
            for a, b in pairwise(places)
            if _staggered(found[a], found[b], sides[a], sides[b], size)
            for p in (a, b)
        }
        both = [place for place in places if sides[place] in ("wide", "narrow") or place in paired]
        if not paired and not any(sides[place] == "wide" for place in both):
            continue
        start, end = both[0], both[-1] + 1
        while (
            start > places[0] and sides[start - 1] == "right" and _close(found[start - 1], found[start], size)
        ):
            start -= 1  # a signature that begins above the recipients
        while end <= places[-1] and (sides[end] == "right" or _close(found[end - 1], found[end], size)):
            end += 1  # a subject that goes on below the number
        yield start, end


def _staggered(upper: Row, lower: Row, above: Side, below: Side, size: float) -> bool:
    """A line on the left and one on the right that overlap in height, though not enough for one row."""
    if {above, below} != {"left", "right"} or min(w.box[1] for w in lower) >= max(w.box[3] for w in upper):
        return False
    left, right = (upper, lower) if above == "left" else (lower, upper)
    return min(word.box[0] for word in right) - max(word.box[2] for word in left) >= WIDE * size


def _close(upper: Row, lower: Row, size: float) -> bool:
    return min(word.box[1] for word in lower) - max(word.box[3] for word in upper) < size
