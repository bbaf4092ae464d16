"""The account of a take-over: every row, record and attachment has become something, with a reason where it has not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from archive.model import Finding
from archive.processing import Snapshot, TableCount
from ingest.snapshots.counts import Counts
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.staging import Staging


@dataclass(frozen=True)
class Outcome:
    """`package`: dossier id of the snapshot. `left_out`: rows of record tables not taken, by reason. `contents`: different ones of
    kept records."""

    package: str
    snapshot: Snapshot
    records: int
    tally: Counts
    left_out: Mapping[str, int]
    volumes: tuple[str, ...]
    contents: int
    pages_read: int
    findings: tuple[Finding, ...]

    @property
    def balanced(self) -> bool:
        """Is every record kept, open or closed?"""
        return self.records == self.tally.kept + self.tally.quarantined

    @property
    def serious(self) -> bool:
        return bool(
            self.tally.missing
            or self.tally.unreadable
            or any(finding.severity == "error" for finding in self.findings)
        )


def counted(staging: Staging, ledger: Ledger, mapping: SystemMapping) -> tuple[TableCount, ...]:
    """Each table with how many of its rows are records, or belong to one."""
    return tuple(
        replace(
            table,
            taken=_taken(staging, ledger, mapping, table.name),
            refused=ledger.refused(table.name),
        )
        for table in staging.counts()
    )


def left_out(tables: Iterable[TableCount], mapping: SystemMapping) -> dict[str, int]:
    """Rows of tables of records that are in none, by reason."""
    named = {records.table for records in mapping.records}
    own = [table for table in tables if table.name in named]
    counts = {
        "no_id": sum(table.refused for table in own),
        "not_selected": sum(max(0, table.read - table.taken - table.refused) for table in own),
    }
    return {reason: count for reason, count in counts.items() if count}


def _taken(staging: Staging, ledger: Ledger, mapping: SystemMapping, table: str) -> int:
    own = [block for block, records in enumerate(mapping.records) if records.table == table]
    if own:
        return ledger.taken(own)
    parents = {
        (block, child.parent)
        for block, records in enumerate(mapping.records)
        for child in records.children
        if child.table == table
    }
    return _belonging(staging, table, parents) if parents else 0


def _belonging(staging: Staging, table: str, parents: Iterable[tuple[int, tuple[str, ...]]]) -> int:
    """Rows that name a record taken over."""
    tests = []
    for block, columns in sorted(parents):
        tests.append(
            f"{staging.sql_key(table, columns)} IN (SELECT old_id FROM _record WHERE block = {block})"
        )
    sql = f"SELECT count(*) FROM {staging.sql_table(table)} WHERE {' OR '.join(tests)}"
    return staging.db.execute(sql).fetchone()[0]
