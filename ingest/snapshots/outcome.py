"""The account of a take-over: every row, record and attachment has become something, with a reason where it has not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from archive.model import Finding, Item
from archive.processing import Snapshot, TableCount
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.staging import Staging
from ingest.snapshots.volumes import INSIDE


@dataclass(frozen=True)
class Tallied:
    """`missing`: the bytes are not in the snapshot. `refused`: they are kept there, but cannot be read."""

    kept: int = 0
    quarantined: int = 0
    unfinished: int = 0
    attachments: int = 0
    missing: int = 0
    refused: int = 0

    def __add__(self, item: Item) -> Tallied:
        if item.access == "quarantined" or item.record is None:
            return replace(self, quarantined=self.quarantined + 1)
        failures = [one.missing for one in item.record.attachments if one.missing not in ("", INSIDE)]
        gone = sum(failure.startswith("snapshot.") for failure in failures)
        return Tallied(
            self.kept + 1,
            self.quarantined,
            self.unfinished + item.record.unfinished,
            self.attachments + len(item.record.attachments) - len(failures),
            self.missing + gone,
            self.refused + len(failures) - gone,
        )


@dataclass(frozen=True)
class Outcome:
    """`package`: dossier id of the snapshot. `left_out`: rows of record tables not taken, by reason."""

    package: str
    snapshot: Snapshot
    records: int
    tally: Tallied
    left_out: Mapping[str, int]
    volumes: tuple[str, ...]
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
            or self.tally.refused
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
