"""What a mapping makes of a staged row: texts, days, coded values, bytes. Follows keys into other tables."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache

from archive import dates
from archive.processing import Coded
from ingest.snapshots.mapping import SystemMapping, Value
from ingest.snapshots.source import Blob
from ingest.snapshots.staging import Staged, Staging, key, plain

_DANGLING = 100_000
"""Keys that lead nowhere, remembered for each table at most."""

_KEPT = 20_000
"""Rows of other tables held for the next record: users, units and registers come again and again."""


class Values:
    def __init__(self, staging: Staging, mapping: SystemMapping) -> None:
        self.staging, self.mapping = staging, mapping
        self.dangling: dict[str, set[str]] = defaultdict(set)
        """Keys that rows name and another table does not have: accounts, units that were deleted."""
        self._follow = lru_cache(maxsize=_KEPT)(self._found)

    def text(self, value: Value | None, row: Staged) -> str:
        """The value in the form texts are kept: NFC, no space around; "" for none."""
        if value is None:
            return ""
        if not value.columns:
            return value.const
        cells = [plain(row.get(column)) for column in value.columns]
        if value.table:
            cells = [
                self.text(value.take, found) if (found := self._target(value, cell)) else "" for cell in cells
            ]
        joined = value.join.join(filter(None, cells))
        return self._first_group(value, joined)

    def texts(self, value: Value, row: Staged) -> list[str]:
        """Every text that the value leads to: of a key that several rows of another table have, the text of each."""
        if not value.table or len(value.columns) != 1:
            return self.parts(value, row)
        rows = self._rows(value.table, value.key, plain(row.get(value.columns[0])))
        return [said for found in rows for said in self.texts(value.take, found)]

    def parts(self, value: Value | None, row: Staged) -> list[str]:
        """The value cut where it holds several."""
        said = self.text(value, row)
        parts = said.split(value.split) if value and value.split else [said]
        return [part.strip() for part in parts if part.strip()]

    def coded(self, value: Value | None, row: Staged) -> Coded:
        if value is None:
            return Coded()
        raw = self.text(value, row)
        if not value.columns:
            return Coded("", raw)
        known = self.mapping.value_of(value.values, raw) if value.values and raw else None
        return Coded(raw, value.default if known is None else known)

    def mapped(self, value: Value | None, row: Staged) -> str:
        """The value through its code list, as it is where it has none or the list does not say."""
        raw = self.text(value, row)
        found = self.mapping.value_of(value.values, raw) if value and value.values else None
        return raw if found is None else found

    def when(self, value: Value | None, row: Staged) -> str:
        return dates.parse_moment(self.text(value, row), self.mapping.first)

    def blob(self, value: Value | None, row: Staged) -> Blob | None:
        """Bytes in the row itself, or in the row of another table that its key leads to."""
        found = row.get(value.columns[0]) if value and value.columns else None
        if isinstance(found, str) and value.table:
            target = self._target(value, found)
            return self.blob(value.take, target) if target else None
        return found if isinstance(found, Blob) else None

    def key(self, columns: tuple[str, ...], row: Staged) -> str:
        """A key of one or several columns as one text; "" when a part is missing."""
        return key(*(row.get(column) for column in columns))

    # ----------------------------------------------------------------- inside

    @staticmethod
    def _first_group(value: Value, said: str) -> str:
        if not value.pattern or not said:
            return said
        match = value.pattern.search(said)
        return (match[1] if match.groups() else match[0]).strip() if match and match[0] else ""

    def _target(self, value: Value, cell: str) -> Staged | None:
        return self._follow(value.table, value.key, cell) if cell else None

    def _found(self, table: str, key: str, cell: str) -> Staged | None:
        """The row of another table whose key is this; of several the first."""
        if not self._column(table, key):
            return None
        found = next(iter(self._rows(table, key, cell)), None)
        if found is None and len(self.dangling[table]) < _DANGLING:
            self.dangling[table].add(cell)
        return found

    def _rows(self, table: str, key: str, cell: str) -> list[Staged]:
        """The rows of another table whose key is this."""
        column = self._column(table, key)
        if not column or not cell:
            return []
        self.staging.index(table, [column])
        return self.staging.where(table, (column,), cell)

    def _column(self, table: str, key: str) -> str:
        """The column in which a table is looked up, "" when it is not there."""
        about = self.staging.table(table)
        column = key or (about.key[0] if about and about.key else "id")
        return column if about and column in {one.name for one in about.columns} else ""
