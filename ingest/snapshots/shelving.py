"""Staged rows + mapping -> for each row that is a record, on which shelf it stands; what is wrong with the others.

Nothing is kept here: a take-over and its rehearsal (--dry-run) ask the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from archive.errors import UsageError
from archive.model import Finding
from ingest.progress import Tally
from ingest.snapshots import checking, items, volumes
from ingest.snapshots import mapping as mappings
from ingest.snapshots.handed import Handed
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.mapping import Records, SystemMapping
from ingest.snapshots.records import Draft, RecordReader
from ingest.snapshots.staging import ROW, Staged, Staging, same

EXAMPLES = 5
"""Of what is wrong alike in many rows, so many are named."""

UNITS_TOLD = 50


def fitted(mapping: SystemMapping, staging: Staging) -> SystemMapping:
    """The mapping with its patterns resolved to the tables that are there. Raises UsageError when it does not fit."""
    mapping = mappings.resolved(mapping, staging.columns())
    if not any(staging.table(records.table) for records in mapping.records):
        there = ", ".join(table.name for table in staging.tables()[:12])
        raise UsageError("mapping.no_records", tables=there)
    for absent in checking.absences(mapping, staging):
        if absent.needed and absent.column:
            raise UsageError("mapping.unfit", place=absent.place, table=absent.table, column=absent.column)
    return mapping


class Shelving:
    """`fonds` is the code of the system's owner's: records of units that the mapping does not know stand there."""

    def __init__(
        self, staging: Staging, ledger: Ledger, mapping: SystemMapping, handed: Handed, fonds: str, progress: Tally
    ) -> None:  # fmt: skip
        self.staging, self.ledger, self.mapping, self.fonds = staging, ledger, mapping, fonds
        self.reader = RecordReader(staging, mapping, handed.system, handed.as_of)
        self.progress = progress
        self.shared: Counter[str] = Counter()

    def run(self, ask: Callable[[int, Draft], object]) -> None:
        """`ask` is told of each record: the number of its block in the mapping, and its draft."""
        self.shared.clear()
        self.ledger.begin_shelving()
        read = {table.name: table.read for table in self.staging.counts()}
        known = [
            (block, records) for block, records in enumerate(self.mapping.records) if records.table in read
        ]
        self.progress.stage("snapshot.stage.records", sum(read[records.table] for _, records in known))
        for block, records in known:
            self._table(block, records, ask)
        self.ledger.end_shelving()

    def _table(self, block: int, records: Records, ask: Callable[[int, Draft], object]) -> None:
        for row in self.staging.rows(records.table):
            self.progress.step()
            if not _wanted(records, row):
                continue
            if not self.reader.values.key(records.id, row):
                self.ledger.refuse(records.table, int(row[ROW]))
            else:
                draft = self.reader.draft(records, row)
                self.shared.update(draft.others)
                self._place(block, records.table, draft)
                ask(block, draft)

    def _place(self, block: int, table: str, draft: Draft) -> None:
        owner, record = self.mapping.owner_of(draft.unit), draft.record
        self.ledger.shelve(
            block, draft.row, table, record.old_id, draft.unit,
            volumes.shelf_of(record, owner.fonds if owner else self.fonds),
            volumes.place_in_register(record), items.stated_grade(draft), items.said_of(draft.fields, record),
        )  # fmt: skip

    def is_unknown(self, unit: str) -> bool:
        """A record of a unit that the mapping gives no fonds is closed until it does: whose it is, is not known."""
        return bool(unit) and self.mapping.owner_of(unit) is None

    # ----------------------------------------------------------------- what is to be told

    def findings(self) -> Iterator[Finding]:
        """One for each kind of trouble in a table, however many rows have it."""
        for block, records in enumerate(self.mapping.records):
            if not self.staging.table(records.table):
                yield Finding("snapshot.no_table", "error", values={"table": records.table})
                continue
            yield from self._of_ids(block, records.table)
        yield from self._of_units()
        for unit, count in sorted(self.shared.items()):
            yield Finding("snapshot.unit_shares", values={"unit": unit, "count": str(count)})
        for table, keys in sorted(self.reader.values.dangling.items()):
            first = ", ".join(sorted(keys)[:EXAMPLES])
            values = {"table": table, "count": str(len(keys)), "keys": first}
            yield Finding("snapshot.key_unknown", values=values)

    def _of_ids(self, block: int, table: str) -> Iterator[Finding]:
        first = next(number for number, one in enumerate(self.mapping.records) if one.table == table)
        if block == first and (refused := self.ledger.refused(table)):
            rows = ", ".join(map(str, self.ledger.first_refused(table, EXAMPLES)))
            yield Finding(
                "snapshot.no_id", "error", values={"table": table, "count": str(refused), "rows": rows}
            )
        count, rows, ids = self.ledger.repeated(block, EXAMPLES)
        if count:
            values = {"table": table, "count": str(count), "rows": str(rows), "ids": ", ".join(ids)}
            yield Finding("snapshot.id_repeated", "error", values=values)

    def _of_units(self) -> Iterator[Finding]:
        more = Counter()
        for unit, count in self.ledger.units():
            if not self.is_unknown(unit):
                continue
            more["units"] += 1
            if more["units"] <= UNITS_TOLD:
                values = {"unit": unit, "count": str(count), "fonds": self.fonds}
                yield Finding("snapshot.unit_unknown", values=values)
            else:
                more["records"] += count
        if more["records"]:
            values = {"count": str(more["units"] - UNITS_TOLD), "records": str(more["records"])}
            yield Finding("snapshot.units_unknown", values=values | {"fonds": self.fonds})


def _wanted(records: Records, row: Staged) -> bool:
    return all(same(row.get(column), wanted) for column, wanted in records.only.items())
