"""Urgent restrictions: a level laid over a fonds, a dossier or a document, in force at once, without a new generation.

One file, `<home>/restrictions/restrictions.json`: {"rows": [...]} in the order they were made; nothing is ever taken
out, and a home has the file from its first day: without it nothing is open. A restriction can only make a record
stricter, so a lifted one leaves the record's own level as it was.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from archive import sealed
from archive.errors import HomeError

FILE = "restrictions.json"


@dataclass(frozen=True)
class Restriction:
    """One row. `record`: fonds code, dossier id or item id. `level` "" lifts what was laid on the record before.

    `until`: the last day it holds, None for no end. `when`: ISO 8601 with zone; `by`: who ordered it.
    """

    record: str
    level: str
    until: date | None = None
    basis: str = ""
    by: str = ""
    when: str = ""

    def holds(self, today: date) -> bool:
        return bool(self.level) and (self.until is None or today <= self.until)


@dataclass(frozen=True)
class Restrictions:
    """All rows; the newest row of a record is the one that counts."""

    rows: tuple[Restriction, ...] = ()

    @cached_property
    def newest(self) -> dict[str, Restriction]:
        return {row.record: row for row in self.rows}

    def holding(self, today: date) -> dict[str, Restriction]:
        """What is in force, by record."""
        return {record: row for record, row in self.newest.items() if row.holds(today)}

    def denied(self, levels: Collection[str], today: date) -> frozenset[str]:
        """The records that somebody who reads only `levels` may not read today."""
        return frozenset(r for r, row in self.holding(today).items() if row.level not in levels)


def load(folder: Path) -> Restrictions:
    """The rows on file. Raises HomeError when the file is damaged or not there: then nothing is served."""
    path = folder / FILE
    try:
        rows = sealed.loads(path.read_bytes())["rows"]
        return Restrictions(tuple(_row(row) for row in rows))
    except FileNotFoundError as error:
        raise HomeError("error.restrictions_missing", file=path.name) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HomeError("error.restrictions_unreadable", file=path.name) from error


def _row(row: dict) -> Restriction:
    return Restriction(**row | {"until": date.fromisoformat(row["until"]) if row["until"] else None})


def to_plain(row: Restriction) -> dict:
    return {
        "record": row.record,
        "level": row.level,
        "until": row.until.isoformat() if row.until else None,
        "basis": row.basis,
        "by": row.by,
        "when": row.when,
    }
