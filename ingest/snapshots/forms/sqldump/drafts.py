"""Tables while they are gathered, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.snapshots.forms.sqldump.dialects import Dialect
from ingest.snapshots.source import Column, Table


@dataclass
class Draft:
    """A table while it is gathered. `declared`: the dump has its CREATE TABLE."""

    name: str
    columns: dict[str, Column] = field(default_factory=dict)
    note: str = ""
    key: tuple[str, ...] = ()
    foreign: dict[str, tuple[str, str]] = field(default_factory=dict)
    declared: bool = True

    def finished(self) -> Table:
        return Table(self.name, tuple(self.columns.values()), None, self.note, self.key, self.foreign)


class Names:
    """Names of tables. The schema everybody uses (public, dbo) and the first database of a dump are left out."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._first = self.database = ""
        self.schema = dialect.home

    def use(self, database: str) -> None:
        self._first = self._first or database
        self.database = database

    def table(self, parts: Sequence[str]) -> str:
        """The name of a table from its parts as written, outermost first."""
        if self._dialect.name == "mysql":
            schema = parts[-2] if len(parts) > 1 else self.database
            return parts[-1] if schema == self._first else f"{schema}.{parts[-1]}"
        schema = parts[-2] if len(parts) > 1 else self.schema
        database = parts[-3] if len(parts) > 2 else self.database
        outer = [database] if database != self._first else []
        return ".".join([*outer, *([schema] if schema not in (self._dialect.home, "") else []), parts[-1]])
