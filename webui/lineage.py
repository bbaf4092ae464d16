"""What became of a unit, drawn as a small tree: what came before above it, what came after beneath it. Pure.

Places and sizes are in units of the drawing, WIDTH wide: about the pixels of a telephone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from archive.units.succession import Register, Succession

WIDTH = 340
INDENT = 26
GAP = 10
NAME_LINE, NOTE_LINE, PADDING = 18, 16, 8
NAME_LETTER, NOTE_LETTER = 7.4, 6.3
"""Width of an average letter of a name and of a note."""
DEEPEST = 3
MOST = 30
"""Units drawn on either side; the lists beside the drawing have all."""

How = Callable[[Succession], str]
"""A succession in words: kind, extent, day."""


@dataclass(frozen=True)
class Branch:
    """A unit one succession away, and those further away behind it."""

    unit: str
    row: Succession
    behind: tuple[Branch, ...] = ()


@dataclass(frozen=True)
class Box:
    """A unit in the drawing. `sure`: the succession that leads there is followed."""

    unit: str
    name: tuple[str, ...]
    note: tuple[str, ...]
    x: int
    y: int
    sure: bool = True
    current: bool = False

    @property
    def width(self) -> int:
        return WIDTH - self.x - 2

    @property
    def height(self) -> int:
        return 2 * PADDING + NAME_LINE * len(self.name) + NOTE_LINE * len(self.note)

    @property
    def lines(self) -> list[tuple[str, int, str]]:
        """(name or note, y of its base line, words) of each line of text."""
        kinds = [("name", NAME_LINE, words) for words in self.name]
        kinds += [("note", NOTE_LINE, words) for words in self.note]
        y, found = self.y + PADDING - 4, []
        for kind, height, words in kinds:
            y += height
            found.append((kind, y, words))
        return found

    @property
    def middle(self) -> int:
        return self.y + self.height // 2


@dataclass
class Drawing:
    """Boxes and the paths (SVG path data) of the arrows between them."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[str] = field(default_factory=list)
    height: int = 2
    width: int = WIDTH

    def put(self, unit: str, name: str, note: str, depth: int, **more: bool) -> Box:
        x = 1 + depth * INDENT
        room = WIDTH - x - 2 * PADDING
        box = Box(
            unit,
            tuple(textwrap.wrap(name, int(room / NAME_LETTER)) or [unit]),
            tuple(textwrap.wrap(note, int(room / NOTE_LETTER))),
            x,
            self.height,
            **more,
        )
        self.boxes.append(box)
        self.height += box.height + GAP
        return box


def drawn(register: Register, unit_id: str, how: How, handed: Mapping[str, str] | None = None) -> Drawing:
    """The drawing of a unit of the register; `handed`: who took over records of it, and how, beside any succession."""
    drawing = Drawing()
    before = list(_placed(drawing, register, branches(register, unit_id, back=True), how, back=True))
    own = drawing.put(unit_id, _name(register, unit_id), "", 0, current=True)
    drawing.arrows += [_down_to(box, own) for box in before]
    following = branches(register, unit_id, back=False)
    after = list(_placed(drawing, register, following, how, back=False))
    after += [
        drawing.put(heir, _name(register, heir), note, 1)
        for heir, note in (handed or {}).items()
        if heir not in {unit_id, *(branch.unit for branch in following)}
    ]
    drawing.arrows += [_down_from(own, box) for box in after]
    return drawing


def branches(register: Register, unit_id: str, *, back: bool) -> tuple[Branch, ...]:
    """The units before (or after) this one, each with those behind it. No unit comes twice."""
    met, left = {unit_id}, MOST

    def grown(here: str, depth: int) -> tuple[Branch, ...]:
        nonlocal left
        rows = register.predecessors(here) if back else register.successors(here)
        found = []
        for row in rows:
            there = row.predecessor if back else row.successor
            if there and there not in met and left and depth <= DEEPEST:
                met.add(there)
                left -= 1
                found.append((there, row))
        return tuple(Branch(there, row, grown(there, depth + 1)) for there, row in found)

    return grown(unit_id, 1)


def _placed(
    drawing: Drawing, register: Register, found: Sequence[Branch], how: How, back: bool, depth: int = 1
) -> Iterator[Box]:
    """Put branches into the drawing; what is further away stands further from the unit. Yields their boxes."""
    for branch in found:
        further: list[Box] = []
        if back:
            further = list(_placed(drawing, register, branch.behind, how, back, depth + 1))
        name = _name(register, branch.unit)
        box = drawing.put(branch.unit, name, how(branch.row), depth, sure=branch.row.followed)
        if not back:
            further = list(_placed(drawing, register, branch.behind, how, back, depth + 1))
        drawing.arrows += [_down_to(one, box) if back else _down_from(box, one) for one in further]
        yield box


def _name(register: Register, unit_id: str) -> str:
    unit = register.unit(unit_id)
    return unit.name if unit else unit_id


def _down_to(box: Box, heir: Box) -> str:
    return f"M{box.x} {box.middle}H{heir.x + INDENT // 2}V{heir.y - 2}"


def _down_from(box: Box, heir: Box) -> str:
    return f"M{box.x + INDENT // 2} {box.y + box.height}V{heir.middle}H{heir.x - 2}"
