"""The lines under a heading -> rows: merged cells filled, lines between rows passed over, days written as days. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.catalogue.columns import heading
from ingest.snapshots.forms.register.layout import BETWEEN_LEVELS, Layout, data_once
from ingest.snapshots.forms.register.lines import Area, Line, day_in_full, day_of_serial


@dataclass
class Seen:
    """What was met on the way: how often, and for broken lines and unknown formulas also where first."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[int]] = field(default_factory=dict)

    def note(self, what: str, line: int) -> None:
        self.counts[what] += 1
        if len(places := self.lines.setdefault(what, [])) < 10:
            places.append(line)


@dataclass(frozen=True)
class Entry:
    """One row of the register: the line it stands in, its cells by column, links by column, the sub-heading above."""

    line: int
    cells: Mapping[int, str]
    links: Mapping[int, str]
    section: str
    days: frozenset[int]


def entries(lines: Iterable[Line], layout: Layout, merged: Sequence[Area], seen: Seen) -> Iterator[Entry]:
    """The rows in order; what was no row is counted in `seen`."""
    areas = _Areas(layout, merged)
    headings = {heading(part) for field in layout.fields for part in field.name.split(BETWEEN_LEVELS)}
    section = ""
    for line in lines:
        if line.number <= layout.last:
            continue
        if line.problem:
            seen.note(line.problem, line.number)
        elif not line.said:
            continue
        elif _repeats(line.said, headings):
            seen.note("repeated", line.number)
        elif (found := _between(line, layout, areas)) is not None:
            seen.note("between", line.number)
            section = found
        else:
            yield _entry(line, areas.filled(line), layout, section, seen)


def _entry(line: Line, cells: dict[int, str], layout: Layout, section: str, seen: Seen) -> Entry:
    for _ in line.unknown:
        seen.note("unknown", line.number)
    days = data_once()["days"]["keys"]
    for each in layout.fields:
        said = cells.get(each.index, "")
        if each.key in days and (day := day_of_serial(said)):
            cells[each.index] = day
            seen.note("serial", line.number)
        elif each.key in days and (day := day_in_full(said)):
            cells[each.index] = day
            seen.note("short_year", line.number)
    if any("\ufffd" in said for said in cells.values()):
        seen.note("undecodable", line.number)
    return Entry(line.number, cells, line.links, section, line.days)


def _repeats(said: Mapping[int, str], headings: set[str]) -> bool:
    """The heading once more on a new page, or the line that numbers the columns: (1), (2), (3) …"""
    values = list(said.values())
    if len(values) > 2 and all(heading(value) in headings for value in values):
        return True
    numbers = [re.fullmatch(r"\(?(\d{1,2})\)?", value) for value in values]
    return (
        len(values) > 2
        and all(numbers)
        and [int(each[1]) for each in numbers] == [*range(1, len(values) + 1)]
    )


class _Areas:
    """The merged areas beneath the heading: a cell over several lines says the same for each of them."""

    def __init__(self, layout: Layout, merged: Sequence[Area]) -> None:
        below = [area for area in merged if area[0] > layout.last]
        self._bottoms = {(top, left): bottom for top, bottom, left, _ in below if bottom > top}
        self.wide = {(top, left) for top, _, left, right in below if right > left}
        self._held: dict[int, tuple[int, str]] = {}

    def filled(self, line: Line) -> dict[int, str]:
        said = line.said
        kept = {column: held for column, held in self._held.items() if held[0] >= line.number}
        self._held = kept | {
            column: (self._bottoms[line.number, column], value)
            for column, value in said.items()
            if (line.number, column) in self._bottoms
        }
        return {column: value for column, (_, value) in kept.items()} | said


def _between(line: Line, layout: Layout, areas: _Areas) -> str | None:
    """What a line says that stands between rows ("Tháng 3"; "" for a sum, "Tổng cộng: 12"); None for a row."""
    (column, first), *others = line.said.items()
    if len(others) > 1:
        return None
    words, rules = heading(first), data_once()["between"]
    if any(f"{words} ".startswith(f"{heading(word)} ") for word in rules["sums"]):
        return "" if not others or re.fullmatch(r"[\d.,]+", others[0][1]) else None
    if others or re.match(r"\d", first):
        return None
    named = any(f"{words} ".startswith(f"{heading(word)} ") for word in rules["words"])
    placed = (line.number, column) in areas.wide or column == layout.fields[0].index
    return first if placed or (named and len(words.split()) <= 4) else None
