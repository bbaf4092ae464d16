"""The account of a hand-over: declared against received against kept, for each table, register, unit, year and file.

It always adds up: declared + extra = kept + quarantined + refused (by reason) + missing. Computed from the holdings alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archive.model import Finding
from archive.processing import Snapshot
from ingest.handover import differences, lines, withdrawal
from ingest.handover.counting import Counted, Counts, Lost
from ingest.handover.declaration import Declaration, Parties
from ingest.handover.holding import Held
from ingest.handover.lines import Compared, GroupLine, TableLine
from ingest.snapshots.stock import mark_of

FORMAT = "kho-handover/1"


@dataclass(frozen=True)
class FileLine:
    """A file of the snapshot as received; the name of one that secret records have is withheld ("")."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Report:
    """`mark`: one digest of all names and contents of the snapshot's files. `declared_in` names the declaration."""

    format: str
    package: str
    about: Snapshot
    fonds: str
    fonds_title: str
    unit: str
    made: str
    mark: str
    declared_in: str
    parties: Parties
    total: Counts
    volumes: int
    contents: int
    content_bytes: int
    tables: tuple[TableLine, ...]
    registers: tuple[GroupLine, ...]
    units: tuple[GroupLine, ...]
    years: tuple[GroupLine, ...]
    compared: tuple[Compared, ...]
    lost: tuple[Lost, ...]
    files: tuple[FileLine, ...]
    findings: tuple[Finding, ...]
    balanced: bool

    @property
    def differs(self) -> bool:
        return not self.balanced or any(finding.severity != "info" for finding in self.findings)


def make(held: Held, counted: Counted, declared: Declaration, made: str) -> Report:
    """`made` is the moment, ISO 8601."""
    whole, mapping = held.snapshot, held.mapping
    tables = tuple(lines.table_lines(whole.snapshot.tables, mapping, counted, declared.rows))
    compared = tuple(lines.compared(declared.rows, counted, mapping))
    closed = sum(line.quarantined for line in tables)
    return Report(
        format=FORMAT,
        package=whole.id,
        about=whole.snapshot,
        fonds=whole.fonds.code,
        fonds_title=whole.fonds.title,
        unit=whole.fonds.unit.name,
        made=made,
        mark=mark_of(whole.files),
        declared_in=declared.name,
        parties=declared.parties,
        total=counted.total,
        volumes=counted.volumes,
        contents=len(counted.contents),
        content_bytes=sum(counted.contents.values()),
        tables=tables,
        registers=lines.groups(counted, mapping, declared.rows, lines.register_in_fonds),
        units=lines.groups(counted, mapping, declared.rows, lambda cell: lines.unit_name(mapping, cell)),
        years=lines.groups(counted, mapping, declared.rows, lambda cell: cell.shelf.year),
        compared=compared,
        lost=tuple(counted.lost),
        files=tuple(_files(held, counted.secret)),
        findings=(
            *withdrawal.findings(held),
            *differences.of_balance(tables, closed, counted.total),
            *differences.of_tables(tables, whole.snapshot.tables),
            *differences.of_compared(compared),
            *differences.of_files(whole.files, declared),
            *differences.of_attachments(counted.total),
            *whole.findings,
        ),
        balanced=all(line.balanced for line in tables) and closed == counted.total.quarantined,
    )


def _files(held: Held, secret: set[str]) -> Iterable[FileLine]:
    for file in held.snapshot.files:
        yield FileLine("" if file.sha256 in secret else file.name, file.size, file.sha256)
