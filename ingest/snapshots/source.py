"""What every snapshot reader gives: tables with rows, whatever the form. The take-over knows nothing else of a form.

A reader never changes, never writes and never follows anything out of the snapshot. It streams: memory does not grow
with the number of rows. What is wrong with a row, a table or the whole becomes a Finding; only a snapshot that cannot
be read at all raises SourceRefused("refused.…").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from archive.model import Finding


@dataclass(frozen=True)
class Column:
    """`type` as the source has it ("VARCHAR(200)"), "" when it has none; `note` its description there."""

    name: str
    type: str = ""
    note: str = ""


@dataclass(frozen=True)
class Table:
    """`name` is unique in the snapshot. `declared` is the number of rows the source itself states; None when none.

    `key` names the columns of the primary key, `foreign` maps a column to (table, column) it refers to.
    """

    name: str
    columns: tuple[Column, ...]
    declared: int | None = None
    note: str = ""
    key: tuple[str, ...] = ()
    foreign: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Blob:
    """Bytes inside the snapshot, not read yet. `locator` as of archive/holdings/locator.py, from the snapshot's folder.

    `size` in bytes when the source states it; `name`, `media_type` and `digest` ("md5:9e10…") likewise: whoever reads
    the bytes compares.
    """

    locator: str
    size: int | None = None
    name: str = ""
    media_type: str = ""
    digest: str = ""


Cell = str | Blob | None
"""Text exactly as the source shows it (numbers, days and truth values too), bytes, or None for NULL / an empty cell."""


@dataclass(frozen=True)
class Row:
    """`number` counts from 1 within the table, in stored order. `cells` has every column of the table.

    `locator` says where the row stands: "<file>#<table>/<number>".
    """

    table: str
    number: int
    cells: Mapping[str, Cell]
    locator: str


class Source(Protocol):
    """One opened snapshot. A context manager: closing frees what it holds open."""

    kind: str
    """siard, siard-dk, sql-postgresql, sql-mysql, sql-sqlserver, register, csv, edxml, json."""

    def tables(self) -> tuple[Table, ...]:
        """All tables, also empty ones. May read the whole once (a dump); cheap from then on."""

    def rows(self) -> Iterator[Row]:
        """Every row of every table, rows of one table in stored order. May be called again."""

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with it, as far as it was read by now."""

    def encodings(self) -> tuple[str, ...]:
        """The encodings its texts are in, as far as known by now: "utf-8", "cp1258", "tcvn3" …"""

    def __enter__(self) -> Source: ...

    def __exit__(self, *_: object) -> None: ...


class Opener(Protocol):
    """Each reader module has `takes(path, head)` and `opened(path)`."""

    def takes(self, path: Path, head: bytes) -> bool:
        """Is `path` (file or folder) of this form? `head`: its first 4096 bytes, b"" for a folder. By content, not name."""

    def opened(self, path: Path) -> Source:
        """Raises SourceRefused."""
