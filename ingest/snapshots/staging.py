"""All rows of a snapshot in one SQLite file in the work folder: joins cost no memory, a killed run goes on.

Disposable: made anew whenever it is not the complete load of just this snapshot, gone once a take-over ended well. Text
cells are kept as they are, bytes by where they stand (Blob).
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from archive import durable, text
from archive.errors import SourceRefused, StorageError
from archive.model import Finding
from archive.processing import TableCount
from ingest.progress import Tally
from ingest.snapshots.source import Blob, Cell, Column, Source, Table

ROW, AT = "_row", "_at"
"""What every staged row has beside its columns: its number, and where it stands in the snapshot."""

Staged = Mapping[str, Cell]

VERSION = "2"
"""Raise it when a reader reads the same bytes otherwise, or tables here change: what was staged before is then read anew."""

_SCHEMA = """
CREATE TABLE _tables (name TEXT PRIMARY KEY, place INTEGER, about TEXT, read INTEGER DEFAULT 0);
CREATE TABLE _state (key TEXT PRIMARY KEY, value TEXT);
"""
_CHUNK = 1000

_SPACE = ("temp_store = FILE", "cache_size = -64000")
_FAST = ("synchronous = OFF", "journal_mode = MEMORY", *_SPACE)
"""For a file that counts only once it is whole and has its name."""
_SAFE = ("synchronous = NORMAL", "journal_mode = WAL", *_SPACE)
"""A kill or a power cut may cost the newest changes, never the file."""


def plain(cell: Cell) -> str:
    """The form in which cells are compared and shown: NFC, no space around (a CHAR(n) is padded); "" for no text."""
    return text.clean(cell).strip() if isinstance(cell, str) else ""


def same(cell: Cell, wanted: Iterable[str]) -> bool:
    """Is the cell one of the wanted values, whatever space is around?"""
    return plain(cell) in map(plain, wanted)


def key(*cells: Cell) -> str:
    """A key of one or several columns as one text, distinct for distinct keys; "" when a part is missing."""
    parts = [plain(cell) for cell in cells]
    if len(parts) > 1:
        parts = [part and part.replace("\\", "\\\\").replace("|", "\\|") for part in parts]
    return "|".join(parts) if all(parts) else ""


class Staging:
    def __init__(self, path: Path) -> None:
        """The file holds rows of secret records: it is its owner's only from its first moment."""
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600))
        path.chmod(0o600)
        self.path = path
        self._names: dict[str, dict[str, str]] = {}
        self._open(path, _SAFE)
        if self._has("_tables"):
            self._know()

    def _open(self, path: Path, pragmas: Sequence[str]) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in pragmas:
            self.db.execute(f"PRAGMA {pragma}")
        self.db.create_function("kho_key", -1, key, deterministic=True)

    def close(self) -> None:
        self.db.close()

    def discard(self) -> None:
        """Once all is kept nothing of the rows stays in the work folder."""
        self.close()
        _remove(self.path)

    # ----------------------------------------------------------------- loading

    def is_loaded(self, mark: str) -> bool:
        """Is every row of just this snapshot here, read as our readers read now?"""
        return self.state("loaded") == mark and self.state("version") == VERSION

    def load(self, source: Source, mark: str, progress: Tally) -> None:
        """Read every row of the source, unless it was all read before under the same `mark`.

        Raises SourceRefused for a table with more columns than a row can have here.
        """
        if self.is_loaded(mark):
            return
        aside = self.path.with_name(f"{self.path.name}.loading")
        self._renew(aside, _FAST)
        self._fill(source, mark, progress)
        self.db.close()
        durable.fsync_file(aside)
        _remove(self.path)
        durable.rename(aside, self.path)
        self._open(self.path, _SAFE)

    def _renew(self, path: Path, pragmas: Sequence[str]) -> None:
        self.db.close()
        _remove(path)
        path.touch(0o600)
        self._open(path, pragmas)
        self.db.executescript(_SCHEMA)

    def _fill(self, source: Source, mark: str, progress: Tally) -> None:
        for table in source.tables():
            self._create(table)
        self._know()
        progress.stage("snapshot.stage.rows", sum(table.declared or 0 for table in source.tables()))
        self.db.execute("BEGIN")
        for rows in _chunks(source.rows()):
            for name, same in rows.items():
                self._insert(name, same)
            progress.step(sum(map(len, rows.values())))
        for name in self._names:
            self.db.execute(
                f"UPDATE _tables SET read = (SELECT count(*) FROM {self._table(name)}) WHERE name = ?",
                (name,),
            )
        said = [asdict(finding) for finding in source.findings()]
        self.remember(findings=json.dumps(said), encodings=json.dumps(source.encodings()), kind=source.kind)
        self.remember(loaded=mark, version=VERSION)
        self.db.execute("COMMIT")

    def _create(self, table: Table) -> None:
        count, most = len(table.columns), self.db.getlimit(sqlite3.SQLITE_LIMIT_COLUMN) - len((ROW, AT))
        if count > most:
            raise SourceRefused("refused.too_many_columns", table=table.name, count=count, most=most)
        place = self.db.execute("SELECT count(*) FROM _tables").fetchone()[0]
        columns = "".join(f", c{number}" for number, _ in enumerate(table.columns))
        self.db.execute(f"CREATE TABLE t{place} ({ROW} INTEGER PRIMARY KEY, {AT} TEXT{columns})")
        about = json.dumps({**asdict(table), "foreign": dict(table.foreign)}, ensure_ascii=False)
        self.db.execute(
            "INSERT INTO _tables (name, place, about) VALUES (?, ?, ?)", (table.name, place, about)
        )

    def _insert(self, name: str, rows: Sequence) -> None:
        columns = [column.name for column in self._tables[name].columns]
        marks = ", ".join("?" * (len(columns) + 2))
        values = (
            (row.number, row.locator, *(_kept(row.cells.get(column)) for column in columns)) for row in rows
        )
        self.db.executemany(f"INSERT INTO {self._table(name)} VALUES ({marks})", values)

    def _know(self) -> None:
        self._tables: dict[str, Table] = {}
        self._places: dict[str, int] = {}
        self._names, self._aliases = {}, {}
        for name, place, about in self.db.execute("SELECT name, place, about FROM _tables ORDER BY place"):
            plain = json.loads(about)
            columns = tuple(Column(**column) for column in plain["columns"])
            foreign = {column: tuple(target) for column, target in plain["foreign"].items()}
            plain |= {"columns": columns, "key": tuple(plain["key"]), "foreign": foreign}
            self._tables[name], self._places[name] = Table(**plain), place
            own = {column.name: f"c{number}" for number, column in enumerate(columns)}
            self._names[name] = {ROW: ROW, AT: AT, **own}
            self._aliases[name] = _aliases(columns)

    def _has(self, table: str) -> bool:
        return bool(self.db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone())

    # ----------------------------------------------------------------- what is there

    def state(self, key: str) -> str:
        if not self._has("_state"):
            return ""
        found = self.db.execute("SELECT value FROM _state WHERE key = ?", (key,)).fetchone()
        return found[0] if found else ""

    def remember(self, **values: str) -> None:
        self.db.executemany("INSERT OR REPLACE INTO _state VALUES (?, ?)", values.items())

    def tables(self) -> tuple[Table, ...]:
        return tuple(self._tables.values())

    def table(self, name: str) -> Table | None:
        return self._tables.get(name)

    def columns(self) -> dict[str, set[str]]:
        """Every table with the names its columns may be called by."""
        return {name: {*names, *self._aliases[name]} - {ROW, AT} for name, names in self._names.items()}

    def counts(self) -> tuple[TableCount, ...]:
        read = dict(self.db.execute("SELECT name, read FROM _tables"))
        return tuple(TableCount(table.name, table.declared, read[table.name]) for table in self.tables())

    def findings(self) -> tuple[Finding, ...]:
        return tuple(Finding(**plain) for plain in json.loads(self.state("findings") or "[]"))

    def encodings(self) -> tuple[str, ...]:
        return tuple(json.loads(self.state("encodings") or "[]"))

    # ----------------------------------------------------------------- reading

    def sql(self, table: str, column: str) -> str:
        """The column as SQL names it. Raises KeyError when the table or the column is not there."""
        return self._names[table][self._aliases[table].get(column, column)]

    def _table(self, name: str) -> str:
        return f"t{self._places[name]}"

    def sql_table(self, name: str) -> str:
        return self._table(name)

    def index(self, table: str, columns: Iterable[str]) -> None:
        """Make looking up rows by the key in these columns quick."""
        columns = tuple(columns)
        label = "_".join(("key", self._table(table), *(self.sql(table, column) for column in columns)))
        on = f"{self._table(table)} ({self.sql_key(table, columns)})"
        self.db.execute(f"CREATE INDEX IF NOT EXISTS {label} ON {on}")

    def sql_key(self, table: str, columns: Iterable[str]) -> str:
        """The `key` of these columns as SQL; an index made for just them serves it."""
        return f"kho_key({', '.join(self.sql(table, column) for column in columns)})"

    def row(self, table: str, number: int) -> Staged:
        found = self.db.execute(f"SELECT * FROM {self._table(table)} WHERE {ROW} = ?", (number,)).fetchone()
        return self._row(table, found)

    def rows(self, table: str) -> Iterator[Staged]:
        """Every row in stored order."""
        for found in self.db.execute(f"SELECT * FROM {self._table(table)} ORDER BY {ROW}"):
            yield self._row(table, found)

    def where(
        self, table: str, columns: Sequence[str], wanted: str, order: Sequence[str] = ()
    ) -> list[Staged]:
        """The rows whose columns hold this `key`, by `order` (numbers as numbers), then as stored."""
        test = f"{self.sql_key(table, columns)} = ?"
        by = [one for column in order for one in _numeric(self.sql(table, column))]
        sql = f"SELECT * FROM {self._table(table)} WHERE {test} ORDER BY {', '.join([*by, ROW])}"
        return [self._row(table, found) for found in self.db.execute(sql, (wanted,))]

    def _row(self, table: str, found: Sequence) -> Staged:
        row = dict(zip(self._names[table], map(_cell, found), strict=True))
        for alias, name in self._aliases[table].items():
            row[alias] = row[name]
        return row

    def own_names(self, table: str, columns: Iterable[str]) -> set[str]:
        """The columns as the source calls them."""
        return {self._aliases[table].get(column, column) for column in columns}


@contextlib.contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """What SQLite says of the disk becomes a StorageError; a damaged file is removed, for the next run to make anew."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if kind in _DAMAGED:
            _remove(path)
        if kind not in _DISK:
            raise
        raise StorageError(_DISK[kind], path=path, reason=error) from error


_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_DISK = dict.fromkeys((*_DAMAGED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN), "error.storage") | {
    sqlite3.SQLITE_FULL: "error.disk_full",
    sqlite3.SQLITE_READONLY: "error.read_only",
}


def _remove(path: Path) -> None:
    """A database with what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        durable.remove_tree(path.with_name(path.name + ending))


def _aliases(columns: Sequence[Column]) -> dict[str, str]:
    """Standard name -> the source's own: a register's column is known by its note, whatever its heading says."""
    names = {column.name for column in columns}
    notes = Counter(column.note for column in columns if column.note)
    return {one.note: one.name for one in columns if notes[one.note] == 1 and one.note not in names}


def _numeric(column: str) -> tuple[str, str]:
    """How a column of texts sorts when it holds numbers or ISO days: 2 before 10."""
    return f"CAST({column} AS REAL)", column


def _kept(cell: Cell) -> str | bytes | None:
    return json.dumps(asdict(cell), ensure_ascii=False).encode() if isinstance(cell, Blob) else cell


def _cell(kept: object) -> Cell:
    return Blob(**json.loads(kept)) if isinstance(kept, bytes) else kept


def _chunks(rows: Iterable) -> Iterator[dict[str, list]]:
    """Some rows at a time, by table."""
    chunk: dict[str, list] = {}
    count = 0
    for row in rows:
        chunk.setdefault(row.table, []).append(row)
        count += 1
        if count == _CHUNK:
            yield chunk
            chunk, count = {}, 0
    if count:
        yield chunk
