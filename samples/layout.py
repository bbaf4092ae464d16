"""Pages as placed words and rules, in points from the top left of an A4 sheet.

One composition serves both the drawn scans and the born-digital PDFs, and yields the true text of a page in
every reading order a careful reader could choose (`Page.orders`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

from samples import fonts

WIDTH, HEIGHT = 595.28, 841.89
LEFT, RIGHT, TOP, BOTTOM = 85.0, WIDTH - 48, 57.0, HEIGHT - 57
"""Margins of Nghị định 30/2020/NĐ-CP, Annex I: 30 mm left, 17 mm right, 20 mm top and bottom."""

Align = Literal["left", "centre", "justify"]
Span = tuple[str, str]
"""(text, style): style is r, b, i or bi."""


@dataclass(frozen=True)
class Piece:
    """One word at its left edge."""

    x: float
    text: str
    style: str


@dataclass(frozen=True)
class Line:
    baseline: float
    size: float
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """Words joined by blanks; a gap left for a pen (no-break spaces) is no word."""
        return " ".join(piece.text for piece in self.pieces if piece.text.strip())


@dataclass(frozen=True)
class Rule:
    """A drawn line, never text."""

    x0: float
    y0: float
    x1: float
    y1: float
    width: float = 0.8
    dashed: bool = False


@dataclass(frozen=True)
class Band:
    """A horizontal stretch of a page: one column of body text, or columns side by side.

    `cut` is a height at which all columns begin a new block (number and date under issuer and state).
    """

    kind: Literal["head", "body", "table", "foot"]
    columns: tuple[tuple[Line, ...], ...]
    cut: float | None = None

    def by_columns(self) -> str:
        return "\n".join(line.text for column in self.columns for line in column)

    def by_blocks(self) -> str:
        """What stands above the cut by columns, then what stands below it."""
        upper, lower = (
            tuple(
                tuple(line for line in column if (line.baseline < self.cut) is above)
                for column in self.columns
            )
            for above in (True, False)
        )
        return "\n".join(text for half in (upper, lower) if (text := Band(self.kind, half).by_columns()))

    def by_rows(self) -> str:
        """Read across: lines of nearly equal height form one row."""
        rows: list[list[Line]] = []
        for line in sorted(
            (line for column in self.columns for line in column), key=lambda line: line.baseline
        ):
            if rows and line.baseline - rows[-1][0].baseline < 0.5 * line.size:
                rows[-1].append(line)
            else:
                rows.append([line])
        ordered = (sorted(row, key=lambda line: line.pieces[0].x) for row in rows)
        return "\n".join(" ".join(line.text for line in row) for row in ordered)


@dataclass
class Page:
    """`spots` names places (x, y) where stamps and strokes go: seal, signature, secrecy, urgency, incoming."""

    face: str
    bands: list[Band] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    spots: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def lines(self) -> Iterable[Line]:
        return (line for band in self.bands for column in band.columns for line in column)

    def orders(self) -> list[str]:
        """The true text in each admissible reading order: every kind of band by columns, rows or blocks."""
        kinds = sorted({band.kind for band in self.bands if len(band.columns) > 1})
        ways = [
            (Band.by_columns, Band.by_rows, Band.by_blocks)
            if self._cut(kind)
            else (Band.by_columns, Band.by_rows)
            for kind in kinds
        ]
        choices = [dict(zip(kinds, choice, strict=True)) for choice in product(*ways)]
        texts = (
            "\n".join(choice.get(band.kind, Band.by_columns)(band) for band in self.bands)
            for choice in choices
        )
        return list(dict.fromkeys(texts))

    def _cut(self, kind: str) -> bool:
        return all(band.cut is not None for band in self.bands if band.kind == kind)


def width(spans: Sequence[Span], face: str, size: float) -> float:
    return sum(fonts.font(face, style).width(text, size) for text, style in spans)


def fit(text: str, style: str, face: str, size: float, room: float) -> float:
    """The size, reduced where needed, at which the text fits into `room`."""
    return size * min(1.0, room / fonts.font(face, style).width(text, size))


def wrap(spans: Sequence[Span], face: str, size: float, room: float, indent: float = 0.0) -> list[list[Span]]:
    """Words of the spans gathered into lines no wider than `room`; the first line starts at `indent`."""
    words = [(word, style) for text, style in spans for word in text.split(" ")]
    space = fonts.font(face).width(" ", size)
    lines: list[list[Span]] = [[]]
    used = indent
    for word in words:
        length = width([word], face, size)
        if lines[-1] and used + length > room:
            lines.append([])
            used = 0.0
        lines[-1].append(word)
        used += length + space
    return lines


def balanced(spans: Sequence[Span], face: str, size: float, room: float) -> list[list[Span]]:
    """Wrapped into as few lines as fit, of as equal a length as can be: how typists break a title."""
    best = wrap(spans, face, size, room)
    while len(closer := wrap(spans, face, size, room := room - size)) == len(best) and room > 4 * size:
        best = closer
    return best


def place(
    words: Sequence[Span], face: str, size: float, baseline: float, left: float, room: float, align: Align
) -> Line:
    """One line of words between `left` and `left + room`."""
    space = fonts.font(face).width(" ", size)
    lengths = [width([word], face, size) for word in words]
    slack = room - sum(lengths) - space * (len(words) - 1)
    if align == "justify" and len(words) > 1:
        space += slack / (len(words) - 1)
    x = left + (slack / 2 if align == "centre" else 0.0)
    pieces = []
    for (text, style), length in zip(words, lengths, strict=True):
        pieces.append(Piece(x, text, style))
        x += length + space
    return Line(baseline, size, tuple(pieces))


class Column:
    """Lines stacked downwards within a strip of the page."""

    def __init__(self, face: str, left: float, room: float, top: float) -> None:
        self.face, self.left, self.room, self.y = face, left, room, top
        self.lines: list[Line] = []
        self.rules: list[Rule] = []

    @property
    def centre(self) -> float:
        return self.left + self.room / 2

    def add(self, spans: Sequence[Span] | str, size: float, align: Align = "centre", *, style: str = "r",
            leading: float = 1.25, indent: float = 0.0, narrow: float = 0.0) -> None:  # fmt: skip
        """A paragraph; the last line of a justified one is set left. `narrow` insets both sides."""
        spans = [(spans, style)] if isinstance(spans, str) else spans
        left, room = self.left + narrow, self.room - 2 * narrow
        wrapped = (
            balanced(spans, self.face, size, room)
            if align == "centre"
            else wrap(spans, self.face, size, room, indent)
        )
        for n, words in enumerate(wrapped):
            self.y += size * leading
            shift = indent if n == 0 else 0.0
            last = align == "justify" and n == len(wrapped) - 1
            how: Align = "left" if last else align
            self.lines.append(place(words, self.face, size, self.y, left + shift, room - shift, how))

    def single(self, text: str, size: float, style: str = "r", leading: float = 1.25) -> None:
        """One centred line that never wraps: the size gives way."""
        size = fit(text, style, self.face, size, self.room)
        self.y += size * leading
        self.lines.append(
            place(
                [(word, style) for word in text.split(" ")],
                self.face,
                size,
                self.y,
                self.left,
                self.room,
                "centre",
            )
        )

    def rule(self, length: float, below: float = 4.0, dashed: bool = False) -> None:
        """A centred line under the text so far."""
        y = self.y + below
        self.rules.append(Rule(self.centre - length / 2, y, self.centre + length / 2, y, dashed=dashed))
