"""Are a register's numbers whole? Numbers given twice and numbers nobody has, by register, year and series. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from archive import dates
from archive.model import Finding

MAX_ROWS = 300_000
"""Larger tables are not checked, and it is said: what is known of numbers must fit into memory."""
_SHOWN = 20
_NUMBER = re.compile(r"0*(\d{1,9})\s*([a-zđ]{0,2}|bis)(?![a-zđ])", re.IGNORECASE)
Series = tuple[str, str, str]
"""Register, year, and for outgoing documents the notation: each counts on its own."""


@dataclass
class Numbering:
    """Takes the rows of one table; `findings` tells what is wrong with their numbers."""

    table: str
    year: str
    _rows: dict[Series, dict[str, list[int]]] = field(default_factory=lambda: defaultdict(dict))
    _count: int = 0

    def add(self, row: int, cells: Mapping[str, str]) -> None:
        """`cells` by key of the column (data/register_columns.toml)."""
        self._count += 1
        if self._count > MAX_ROWS:
            self._rows.clear()
        elif found := self._numbered(cells):
            series, number = found
            self._rows[series].setdefault(number, []).append(row)

    def _numbered(self, cells: Mapping[str, str]) -> tuple[Series, str] | None:
        day = dates.parse(cells.get("arrival_date") or cells.get("issued_date") or "")
        year, register = dates.year(day) or self.year, cells.get("register", "")
        if said := cells.get("arrival_number") or cells.get("register_number"):
            notation = ""
        elif "arrival_date" in cells or not (said := cells.get("code") or cells.get("code_number", "")):
            return None
        else:
            notation = cells.get("code_notation") or said.partition("/")[2]
        number = _NUMBER.match(said)
        return ((register, year, notation), number[1] + number[2].lower()) if number else None

    def findings(self, file: str) -> Iterator[Finding]:
        if self._count > MAX_ROWS:
            yield Finding("snapshot.register_unchecked", "info", file, values={"table": self.table})
        for series, numbers in sorted(self._rows.items()):
            values = {"table": self.table, "series": " ".join(filter(None, series))}
            if twice := {number: rows for number, rows in numbers.items() if len(rows) > 1}:
                shown = "; ".join(f"{number}: {', '.join(map(str, rows))}" for number, rows in _first(twice))
                yield Finding(
                    "snapshot.register_twice",
                    file=file,
                    values=values | {"count": str(len(twice)), "rows": shown},
                )
            if gaps := _gaps(numbers):
                count = sum(last - first + 1 for first, last in gaps)
                shown = ", ".join(
                    f"{first}–{last}" if last > first else str(first) for first, last in gaps[:_SHOWN]
                )
                yield Finding(
                    "snapshot.register_gaps",
                    file=file,
                    values=values
                    | {"count": str(count), "numbers": shown + (" …" if len(gaps) > _SHOWN else "")},
                )


def _first(twice: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    return sorted(twice.items(), key=lambda each: each[1])[:_SHOWN]


def _gaps(numbers: Mapping[str, object]) -> list[tuple[int, int]]:
    """Ranges between the least and the greatest number that nobody has; none for a series of one or two."""
    found = sorted({int(re.match(r"\d+", number)[0]) for number in numbers})
    if len(found) < 3:
        return []
    return [(one + 1, other - 1) for one, other in pairwise(found) if other > one + 1]
