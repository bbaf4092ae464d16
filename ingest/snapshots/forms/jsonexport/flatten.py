"""A record -> rows: nested objects with dots, lists as rows of tables of their own. Pure; bounded in every direction."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ingest.snapshots.source import Cell

ROW, PARENT, PARENT_ID, OTHER, VALUE = "@row", "@parent", "@parent_id", "@other", "value"
MAX_COLUMNS, MAX_TABLES = 1_000, 300
_IDS = ("id", "_id", "uuid", "guid", "ma", "code", "documentid", "key")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass
class Schema:
    """Tables and their columns as met so far, in that order; what is too much goes into @other as JSON."""

    tables: dict[str, dict[str, None]] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def table(self, name: str, child: bool) -> bool:
        """Is there room for this table?"""
        if name not in self.tables:
            if len(self.tables) >= MAX_TABLES:
                return False
            self.tables[name] = dict.fromkeys((ROW, PARENT, PARENT_ID) if child else (ROW,))
        return True

    def column(self, table: str, name: str) -> str:
        """The column for a value of this name; OTHER when there are too many."""
        columns = self.tables[table]
        if name not in columns and len(columns) >= MAX_COLUMNS:
            self.notes["many_columns"] += 1
            name = OTHER
        columns.setdefault(name)
        return name


@dataclass(frozen=True)
class Flat:
    """One row; `number` counts from 1 in its table."""

    table: str
    number: int
    cells: dict[str, Cell]


@dataclass
class Flattener:
    """`blob` says what stands for a text that is a marker, None when it is none."""

    schema: Schema
    blob: Callable[[str], Cell]
    numbers: Counter[str] = field(default_factory=Counter)

    def rows(self, table: str, data: Any, parent: tuple[str, str] | None = None) -> Iterator[Flat]:
        """The row of this record, then those of its lists."""
        if not self.schema.table(table, parent is not None):
            self.schema.notes["many_tables"] += 1
            return
        self.numbers[table] += 1
        number = self.numbers[table]
        cells: dict[str, Cell] = {ROW: str(number)}
        if parent:
            cells |= {PARENT: parent[0], PARENT_ID: parent[1] or None}
        lists = list(self._fill(table, data, cells))
        yield Flat(table, number, cells)
        own = (str(number), _id_of(cells))
        for name, items in lists:
            for item in items:
                yield from self.rows(name, item, own)

    def _fill(self, table: str, data: Any, cells: dict[str, Cell]) -> Iterator[tuple[str, list]]:
        """Put the values of a record into its cells; its lists are given back as (table, items)."""
        waiting: list[tuple[str, Any]] = [("", data)]
        while waiting:
            name, value = waiting.pop()
            if isinstance(value, dict) and value:
                inner = ((f"{name}.{key}" if name else self._shown(key), each) for key, each in value.items())
                waiting += reversed(list(inner))
            elif isinstance(value, list):
                child = f"{table}.{self._shown(name) or 'list'}"
                if value and self.schema.table(child, True):
                    yield child, value
                elif value:
                    self._put(table, name, json.dumps(value, ensure_ascii=False), cells)
                    self.schema.notes["many_tables"] += 1
            else:
                self._put(table, name, self._cell(value), cells)

    def _put(self, table: str, name: str, cell: Cell, cells: dict[str, Cell]) -> None:
        name = self._shown(name) or VALUE
        column = self.schema.column(table, f"{name} (2)" if name.startswith("@") else name)
        if column != OTHER:
            cells[column] = cell
        elif isinstance(cell, str):
            cells[OTHER] = "\n".join(filter(None, (cells.get(OTHER), f"{name}={cell}")))

    def _cell(self, value: Any) -> Cell:
        if isinstance(value, bool):
            return "true" if value else "false"
        if not isinstance(value, str):
            return None
        return self._shown(value) if (found := self.blob(value)) is None else found

    def _shown(self, said: str) -> str:
        """Half a character pair cannot be kept as UTF-8: it becomes the sign for what is unknown."""
        if not _SURROGATE.search(said):
            return said
        self.schema.notes["surrogates"] += 1
        return _SURROGATE.sub("\ufffd", said)


def id_name(columns: Iterable[str]) -> str:
    """The column that holds a record's own id, by the usual names; "" when none does."""
    named = {name.casefold(): name for name in columns}
    return next((named[name] for name in _IDS if name in named), "")


def _id_of(cells: dict[str, Cell]) -> str:
    found = cells.get(id_name(cells))
    return found if isinstance(found, str) else ""
