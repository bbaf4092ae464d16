"""The lines of a hand-over's account: tables, registers, units, years; declared against received and kept. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from archive import text
from archive.messages import say
from archive.processing import DIRECTIONS, TableCount
from ingest.handover.counting import Cell, Counted, Counts
from ingest.handover.declaration import Row, numbers
from ingest.snapshots.checking import tables_read
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.volumes import volume_title


@dataclass(frozen=True)
class TableLine:
    """`role`: its rows are records ("record"), belong to one ("child"), are looked up ("lookup"), or the mapping does not
    name it ("unmapped"). Rows of the last two are kept in the snapshot as they are.

    `declared` is None when nobody stated a number; `refused`: reason (no_id, not_selected, orphan) -> rows, which are
    still kept in the snapshot.
    """

    name: str
    role: str
    declared: int | None
    received: int
    kept: int
    quarantined: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    extra: int = 0

    @property
    def balanced(self) -> bool:
        declared = self.received if self.declared is None else self.declared
        parts = (self.kept, self.quarantined, *self.refused.values(), self.missing)
        return declared + self.extra == sum(parts) and min(parts) >= 0


@dataclass(frozen=True)
class GroupLine:
    """A register, owning unit or year. `declared`: records, when a row of the declaration names just this group."""

    name: str
    counts: Counts
    declared: int | None = None
    missing: int = 0
    extra: int = 0


@dataclass(frozen=True)
class Compared:
    """One declared number: `of` says of what, in the words of the declaration; `what`: records, files or bytes."""

    of: tuple[str, ...]
    what: str
    declared: int
    received: int

    @property
    def missing(self) -> int:
        return max(0, self.declared - self.received)

    @property
    def extra(self) -> int:
        return max(0, self.received - self.declared)


# --------------------------------------------------------------------------- tables


def table_lines(
    tables: Iterable[TableCount], mapping: SystemMapping, counted: Counted, rows: Iterable[Row]
) -> Iterable[TableLine]:
    roles = {
        "record": {one.table for one in mapping.records},
        "child": {child.table for one in mapping.records for child in one.children},
        "lookup": tables_read(mapping),
    }
    stated = {row.table: row.records for row in rows if row.table}
    for table in tables:
        declared = stated.pop(table.name, table.declared)
        role = next((role for role, names in roles.items() if table.name in names), "unmapped")
        line = _line(table, role, counted.by_table[table.name])
        yield _against(line, declared)
    for name, declared in stated.items():
        yield _against(TableLine(name, "unmapped", None, 0, 0), declared)


def _line(table: TableCount, role: str, kept: int) -> TableLine:
    unselected = table.read - table.taken - table.refused
    if role in ("lookup", "unmapped"):
        return TableLine(table.name, role, None, table.read, table.read)
    if role == "child":
        return TableLine(table.name, role, None, table.read, table.taken, 0, _nonzero(orphan=unselected))
    refused = _nonzero(no_id=table.refused, not_selected=unselected)
    return TableLine(table.name, role, None, table.read, kept, table.taken - kept, refused)


def _nonzero(**counts: int) -> dict[str, int]:
    return {name: count for name, count in counts.items() if count}


def _against(line: TableLine, declared: int | None) -> TableLine:
    stated = line.received if declared is None else declared
    return replace(
        line,
        declared=declared,
        missing=max(0, stated - line.received),
        extra=max(0, line.received - stated),
    )


# --------------------------------------------------------------------------- registers, units, years


def register_name(cell: Cell) -> str:
    """As on the register's cover."""
    return volume_title(cell.shelf, 1, 1)


def register_in_fonds(cell: Cell) -> str:
    return f"{register_name(cell)} ({cell.shelf.fonds})"


def unit_name(mapping: SystemMapping, cell: Cell) -> str:
    """ "Xã Hòa Lĩnh (000.11.21.H99)"; the id alone when the mapping does not know it."""
    owner = mapping.owner_of(cell.unit)
    return f"{owner.name} ({cell.unit})" if owner and owner.name else cell.unit


def groups(
    counted: Counted, mapping: SystemMapping, rows: Iterable[Row], name: Callable[[Cell], str]
) -> tuple[GroupLine, ...]:
    members: dict[str, list[Cell]] = defaultdict(list)
    for cell in counted.cells:
        members[name(cell)].append(cell)
    stated = {
        frozenset(_selected(row, counted, mapping)): row.records
        for row in rows
        if not row.table and row.records is not None
    }
    lines = []
    for title, cells in sorted(members.items()):
        counts = sum((counted.cells[cell] for cell in cells), Counts())
        declared = stated.get(frozenset(cells))
        more = 0 if declared is None else declared - counts.records
        lines.append(GroupLine(title, counts, declared, max(0, more), max(0, -more)))
    return tuple(lines)


def _selected(row: Row, counted: Counted, mapping: SystemMapping) -> list[Cell]:
    """The cells that meet everything the row names."""
    return [
        cell
        for cell in counted.cells
        if _says(row.direction, cell.shelf.direction, *_said_direction(cell.shelf.direction))
        and _says(row.register, cell.shelf.register, register_name(cell))
        and _says(row.year, cell.shelf.year)
        and _says(row.unit, cell.unit, unit_name(mapping, cell), *_owner_names(mapping, cell))
    ]


def _says(wanted: str, *names: str) -> bool:
    return not wanted or _plain(wanted) in map(_plain, names)


def _plain(said: str) -> str:
    return " ".join(text.words(text.fold(text.clean(said))))


def _said_direction(direction: str) -> tuple[str, ...]:
    """ "đến", "văn bản đến", "incoming"."""
    if direction not in DIRECTIONS:
        return ()
    long = say(f"system.direction.{direction}", "vi")
    return long, long.removeprefix("Văn bản ")


def _owner_names(mapping: SystemMapping, cell: Cell) -> tuple[str, ...]:
    owner = mapping.owner_of(cell.unit)
    return (owner.name, owner.unit) if owner else ()


def compared(rows: Iterable[Row], counted: Counted, mapping: SystemMapping) -> Iterable[Compared]:
    for row, what, declared in numbers(rows):
        counts = sum((counted.cells[cell] for cell in _selected(row, counted, mapping)), Counts())
        received = {"records": counts.records, "files": counts.received_files, "bytes": counts.bytes}[what]
        yield Compared(row.of, what, declared, received)
