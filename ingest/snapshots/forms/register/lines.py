"""What a sheet gives, whatever its form: lines of cells as text. Types and the rules that make text of a cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

Area = tuple[int, int, int, int]
"""A merged area: first line, last line (from 1), first column, last column (from 0); both ends inclusive."""

MAX_LINES, MAX_COLUMNS = 1 << 20, 400
_FIRST_DAY = date(1899, 12, 30)
_SERIALS = range(18264, 73051)
"""Days from 1950 to 2100 as a spreadsheet counts them."""


@dataclass(frozen=True)
class Line:
    """One line of a sheet. `number` counts from 1 as the sheet shows it; `links` are targets by column.

    `days`: columns whose cell is a real day, not text. `unknown`: columns with a formula that was never computed.
    `problem`: "broken", the line could not be read; "cut", nothing from it on. Such a line has no cells.
    """

    number: int
    cells: tuple[str | None, ...]
    links: Mapping[int, str] = field(default_factory=dict)
    days: frozenset[int] = frozenset()
    unknown: frozenset[int] = frozenset()
    problem: str = ""

    def cell(self, column: int) -> str | None:
        return self.cells[column] if column < len(self.cells) else None

    @property
    def said(self) -> dict[int, str]:
        """The cells that say something, by column."""
        return {column: cell for column, cell in enumerate(self.cells) if cell is not None}


@dataclass(frozen=True)
class Sheet:
    """A sheet whose lines may be read again and again. `file` is relative to the snapshot, with forward slashes."""

    file: str
    name: str
    lines: Callable[[], Iterator[Line]]
    merged: tuple[Area, ...] = ()
    encoding: str = "utf-8"


def plain(cell: object) -> str | None:
    """A cell as text: days as ISO 8601, whole numbers without a fraction; None when it says nothing."""
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    said = unicodedata.normalize("NFC", str(cell)).strip()
    return said or None


def day_of_serial(said: str) -> str:
    """The ISO day that a bare number in a column of days means; "" when it means none."""
    if not re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", said) or int(float(said)) not in _SERIALS:
        return ""
    return (_FIRST_DAY + timedelta(days=int(float(said)))).isoformat()


def day_in_full(said: str) -> str:
    """A typed day with its year in four figures: "2.1.24" -> "2.1.2024"; years after 50 are of the last century."""
    found = re.fullmatch(r"([0-9]{1,2}[/.-][0-9]{1,2}[/.-])([0-9]{2})", said)
    return f"{found[1]}{'19' if int(found[2]) > 50 else '20'}{found[2]}" if found else ""


_LINK = re.compile(
    r'=\s*HYPERLINK\s*\(\s*"((?:[^"]|"")*)"\s*(?:\)|[,;]\s*(?:"((?:[^"]|"")*)")?)', re.IGNORECASE
)


def link_of(formula: str) -> tuple[str, str] | None:
    """(target, text) written out in a HYPERLINK formula; None for another formula or a target to be computed."""
    if not (found := _LINK.match(formula)):
        return None
    return found[1].replace('""', '"'), (found[2] or found[1]).replace('""', '"')
