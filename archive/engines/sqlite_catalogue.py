"""Catalogue in one sealed SQLite file, read side: opened immutable, every write denied by an authorizer."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property, lru_cache, reduce
from itertools import groupby
from operator import itemgetter, or_
from pathlib import Path
from urllib.parse import quote

from archive import serial
from archive.errors import EngineError, IntegrityError, NotFound
from archive.model import Dossier, Fonds, Item, ItemRow
from archive.ports import DossierRow, FondsSummary, KeptPage
from archive.publishing import handles, projection
from archive.publishing.handles import RegisterKey, RegisterSummary
from archive.rights.access import Clause, DossierKey, RecordClass, Scope
from archive.wordset import WordSet

FILE = "catalogue.sqlite"
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_ROW = (
    "i.id, i.dossier_id, i.ordinal, i.title, i.code, i.date, i.issuer, i.type_name, d.fonds_code, f.title,"
    " d.unit_code, f.unit_name, d.title, i.pages, i.confidence, i.access, c.level, c.embargo, i.number, i.register, d.system, d.system_title, d.as_of"
)
_ITEMS = (
    "item i JOIN cell c ON c.id = i.cell JOIN dossier d ON d.id = i.dossier_id"
    " JOIN fonds f ON f.fonds_code = d.fonds_code AND f.unit_code = d.unit_code"
)
_REGISTER = "r.fonds_code, r.direction, r.name, r.year, r.system, r.unit"

SCHEMA = """
CREATE TABLE cell (
  id INTEGER PRIMARY KEY, key TEXT UNIQUE, unit_code TEXT, fonds_code TEXT, level TEXT, embargo TEXT,
  dossiers INTEGER DEFAULT 0, items INTEGER DEFAULT 0, pages INTEGER DEFAULT 0, first_year TEXT, last_year TEXT);
CREATE TABLE fonds (
  fonds_code TEXT, unit_code TEXT, title TEXT, unit_name TEXT, body TEXT,
  PRIMARY KEY (fonds_code, unit_code)) WITHOUT ROWID;
CREATE TABLE dossier (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, cell INTEGER NOT NULL, fonds_code TEXT, unit_code TEXT, code TEXT,
  title TEXT, start_date TEXT, end_date TEXT, first_year TEXT, last_year TEXT, received TEXT,
  system TEXT, system_title TEXT, as_of TEXT, body BLOB) WITHOUT ROWID;
CREATE INDEX dossier_of_fonds ON dossier (fonds_code, unit_code, code);
CREATE INDEX dossier_received ON dossier (received);
CREATE TABLE item (
  id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL, cell INTEGER NOT NULL, ordinal INTEGER, title TEXT, code TEXT,
  date TEXT, year TEXT, issuer TEXT, type_name TEXT, pages INTEGER, confidence REAL, access TEXT NOT NULL,
  number TEXT, register TEXT, body BLOB)
  WITHOUT ROWID;
CREATE INDEX item_of_dossier ON item (dossier_id, ordinal);
CREATE TABLE page (item_id TEXT, number INTEGER, confidence REAL, words BLOB, text BLOB);
CREATE UNIQUE INDEX page_of_item ON page (item_id, number);
CREATE TABLE handle (kind TEXT, key TEXT, item_id TEXT, PRIMARY KEY (kind, key, item_id)) WITHOUT ROWID;
CREATE INDEX handle_of_item ON handle (item_id);
CREATE TABLE registered (
  fonds_code TEXT, direction TEXT, name TEXT, year TEXT, system TEXT, unit TEXT, place TEXT, item_id TEXT,
  PRIMARY KEY (fonds_code, direction, name, year, system, unit, place, item_id)) WITHOUT ROWID;
CREATE INDEX registered_item ON registered (item_id);
"""
"""Texts and bodies are zlib-compressed UTF-8; the words of a page are a set as of wordset.py. Pages
have row numbers: without them SQLite would give each of more than 1,000 bytes 4 KiB of its own. Years are text, NULL when unknown. A cell is one class of records
(access.py) with the totals of what is in it. Dates and years of a dossier are those that its documents do not say."""

COUNTED = (
    "SELECT d.cell, d.fonds_code, d.unit_code, 1 AS dossiers, 0 AS items, 0 AS pages, d.first_year, d.last_year"
    " FROM dossier d WHERE {dossiers}"
    " UNION ALL SELECT i.cell, d.fonds_code, d.unit_code, 0, i.access = 'open', i.pages, i.year, i.year"
    " FROM item i JOIN dossier d ON d.id = i.dossier_id WHERE {items}"
)
"""What dossiers and items add to the totals of their cell and fonds, one row each."""
_IN_CELLS = (
    "SELECT c.id AS cell, c.fonds_code, c.unit_code, c.dossiers, c.items, c.pages, c.first_year, c.last_year"
    " FROM cell c WHERE {cells}"
)
TOTALS = "sum(dossiers), sum(items), sum(pages), min(first_year), max(last_year)"


@dataclass(frozen=True)
class Condition:
    """A condition in SQL and the values of its parameters in order."""

    sql: str
    values: tuple[str | bytes, ...]

    def __and__(self, other: Condition) -> Condition:
        return Condition(f"({self.sql} AND {other.sql})", (*self.values, *other.values))

    def __or__(self, other: Condition) -> Condition:
        return Condition(f"({self.sql} OR {other.sql})", (*self.values, *other.values))


_LISTED = "SELECT value FROM json_each(?)"


def _one_of(value: str, terms: Iterable[str], negated: str = "") -> Condition:
    return Condition(f"{value} {negated} IN ({_LISTED})", (json.dumps(sorted(terms)),))


def _among(cell: str, cells: Collection[int]) -> Condition:
    """Is the number of the cell one of these? Looked up in a map of a byte each, not searched for in a list."""
    mapped = bytes(number in cells for number in range(1, max(cells, default=0) + 1))
    return Condition(f"substr(?, {cell}, 1) = x'01'", (mapped,))


def _admitted_by(clause: Clause, row: str, cells: Mapping[str, int]) -> Condition:
    dossier, record = ("i.dossier_id", "i.id") if row == "i" else (f"{row}.id", f"{row}.id")
    inside = _among(f"{row}.cell", {cells[term] for term in clause.allowed if term in cells})
    if parted := [term for term in clause.allowed if "@" in term]:
        inside |= _one_of(f"(SELECT key FROM cell WHERE id = {row}.cell) || '@' || {dossier}", parted)
    if clause.denied:
        inside &= _one_of(dossier, clause.denied, "NOT") & _one_of(record, clause.denied, "NOT")
    return inside


class SqliteCatalogueReader:
    def __init__(self, folder: Path) -> None:
        self._uri = f"file:{quote(str((folder / FILE).absolute()))}?mode=ro&immutable=1"
        self._local = threading.local()
        self._admitted = lru_cache(maxsize=1000)(self._made_admitted)
        self._whole_dossier = lru_cache(maxsize=16)(self._load_dossier)
        if not (folder / FILE).is_file():
            raise EngineError("error.engine", tool="sqlite", reason=folder / FILE)

    def _all(self, sql: str, *values: object) -> list[tuple]:
        try:
            return self._connection().execute(sql, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise EngineError("error.engine", tool="sqlite", reason=error) from error

    def _connection(self) -> sqlite3.Connection:
        """This thread's own connection."""
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._uri, uri=True)
            connection.execute("PRAGMA query_only = ON")
            # json_each declares its table at first use, which the authorizer would take for a write
            connection.execute("SELECT value FROM json_each('[]')").fetchall()
            connection.set_authorizer(_only_reads)
            self._local.connection = connection
        return connection

    # ----------------------------------------------------------------- scope

    @cached_property
    def _cells(self) -> dict[str, int]:
        return dict(self._all("SELECT key, id FROM cell"))

    def _made_admitted(self, scope: Scope, row: str) -> Condition:
        """Which rows of the table called `row` ("i": items, "d": dossiers) a scope admits: where a scope becomes SQL."""
        parts = [_admitted_by(clause, row, self._cells) for clause in scope.clauses]
        return reduce(or_, parts, Condition("0", ()))

    # ----------------------------------------------------------------- whole catalogue

    def counts(self) -> dict[str, int]:
        dossiers = self._all("SELECT count(*) FROM dossier")[0][0]
        items, pages, open_items = self._all(
            "SELECT count(*), coalesce(sum(pages), 0), coalesce(sum(access = 'open'), 0) FROM item"
        )[0]
        return {"dossiers": dossiers, "items": items, "pages": pages, "open_items": open_items}

    def classes(self) -> tuple[RecordClass, ...]:
        return tuple(RecordClass.of(key) for (key,) in self._all("SELECT key FROM cell ORDER BY key"))

    def dossier_keys(self, fonds_code: str) -> list[DossierKey]:
        found = self._all(
            "SELECT d.id, d.code, min(coalesce(d.first_year, i.year), coalesce(min(i.year), d.first_year)),"
            " max(coalesce(d.last_year, i.year), coalesce(max(i.year), d.last_year))"
            " FROM dossier d LEFT JOIN item i ON i.dossier_id = d.id WHERE d.fonds_code = ? GROUP BY d.id",
            fonds_code,
        )
        return [DossierKey(*row[:2], (int(row[2]), int(row[3])) if row[2] else None) for row in found]

    def states(self) -> dict[str, str]:
        return dict(self._all("SELECT id, state FROM dossier"))

    # ----------------------------------------------------------------- records

    def rows(self, item_ids: Sequence[str], scope: Scope) -> dict[str, ItemRow]:
        if not scope or not item_ids:
            return {}
        inside = self._admitted(scope, "i")
        found = self._all(
            f"SELECT {_ROW} FROM {_ITEMS} WHERE i.id IN ({_LISTED}) AND {inside.sql}",
            json.dumps(list(item_ids)),
            *inside.values,
        )
        return {row[0]: ItemRow(*row) for row in found}

    def item(self, item_id: str, scope: Scope) -> Item:
        return _loaded(Item, _unpacked(self._one_item("i.body", item_id, scope)))

    def page_texts(self, item_ids: Sequence[str], scope: Scope) -> dict[str, Sequence[KeptPage]]:
        if not scope or not item_ids:
            return {}
        inside = self._admitted(scope, "i")
        found = self._all(
            "SELECT i.id, p.words, p.text FROM item i LEFT JOIN page p ON p.item_id = i.id"
            f" WHERE i.id IN ({_LISTED}) AND {inside.sql} ORDER BY i.id, p.number",
            json.dumps(list(item_ids)),
            *inside.values,
        )
        return {
            item_id: [_kept_page(words, packed) for _, words, packed in pages if packed is not None]
            for item_id, pages in groupby(found, key=itemgetter(0))
        }

    def _one_item(self, column: str, item_id: str, scope: Scope):
        if not scope:
            raise NotFound()
        inside = self._admitted(scope, "i")
        found = self._all(
            f"SELECT {column} FROM item i WHERE i.id = ? AND {inside.sql}", item_id, *inside.values
        )
        if not found:
            raise NotFound()
        return found[0][0]

    def dossier(self, dossier_id: str, scope: Scope) -> Dossier:
        self._require_dossier(dossier_id, scope)
        return projection.within(self._whole_dossier(dossier_id), scope)

    def _require_dossier(self, dossier_id: str, scope: Scope) -> None:
        if not scope:
            raise NotFound()
        inside = self._admitted(scope, "d")
        if not self._all(
            f"SELECT 1 FROM dossier d WHERE d.id = ? AND {inside.sql}", dossier_id, *inside.values
        ):
            raise NotFound()

    def _load_dossier(self, dossier_id: str) -> Dossier:
        """Kept for a while (`_whole_dossier`): a register's volume has a thousand items, and is read item by item."""
        body = self._all("SELECT body FROM dossier WHERE id = ?", dossier_id)[0][0]
        return _loaded(Dossier, _unpacked(body))

    def dossier_rows(self, dossier_id: str, scope: Scope) -> list[ItemRow]:
        self._require_dossier(dossier_id, scope)
        inside = self._admitted(scope, "i")
        found = self._all(
            f"SELECT {_ROW} FROM {_ITEMS} WHERE i.dossier_id = ? AND {inside.sql} ORDER BY i.ordinal, i.id",
            dossier_id,
            *inside.values,
        )
        return [ItemRow(*row) for row in found]

    # ----------------------------------------------------------------- collections

    def fonds(self, scope: Scope) -> list[FondsSummary]:
        if not scope:
            return []
        counted = self._counted(scope)
        found = self._all(
            f"SELECT f.body, {TOTALS} FROM ({counted.sql}) JOIN fonds f USING (fonds_code, unit_code)"
            " GROUP BY f.fonds_code, f.unit_code ORDER BY f.title, f.fonds_code, f.unit_code",
            *counted.values,
        )
        return [
            FondsSummary(_fonds(body), dossiers, items, pages, (first, last) if first else None)
            for body, dossiers, items, pages, first, last in found
        ]

    def _counted(self, scope: Scope) -> Condition:
        """A query for what is in scope: kept totals of the cells that are in it whole, the others counted row by row."""
        reached = {self._cells.get(term.partition("@")[0]) for each in scope.clauses for term in each.allowed}
        whole = {cell for clause in scope.clauses for cell in self._whole(clause)}
        totals = _among("c.id", whole)
        rest = sorted(key for key, cell in self._cells.items() if cell in reached - whole)
        if not rest:
            return Condition(_IN_CELLS.format(cells=totals.sql), totals.values)
        inside = _one_of("d.fonds_code", {RecordClass.of(key).fonds for key in rest})
        cells = {self._cells[key] for key in rest}
        dossiers = inside & _among("d.cell", cells) & self._admitted(scope, "d")
        items = inside & _among("i.cell", cells) & self._admitted(scope, "i")
        sql = f"{_IN_CELLS.format(cells=totals.sql)} UNION ALL {COUNTED.format(dossiers=dossiers.sql, items=items.sql)}"
        return Condition(sql, (*totals.values, *dossiers.values, *items.values))

    def _whole(self, clause: Clause) -> set[int]:
        """The cells that a clause admits with all that is in them."""
        cells = {self._cells[term] for term in clause.allowed if term in self._cells}
        if not clause.denied:
            return cells
        denied = json.dumps(sorted(clause.denied))
        touched = self._all(
            f"SELECT cell FROM dossier WHERE id IN ({_LISTED}) UNION SELECT cell FROM item WHERE id IN ({_LISTED})"
            f" UNION SELECT cell FROM item WHERE dossier_id IN ({_LISTED})",
            *[denied] * 3,
        )
        return cells - {cell for (cell,) in touched}

    def dossiers(
        self, fonds_code: str, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[DossierRow]]:
        if not scope:
            return 0, []
        inside = self._admitted(scope, "d")
        where = f"FROM dossier d WHERE d.fonds_code = ? AND {inside.sql}"
        total = self._all(f"SELECT count(*) {where}", fonds_code, *inside.values)[0][0]
        values = (fonds_code, *inside.values, limit, offset)
        return total, self._dossier_rows(f"{where} ORDER BY d.code, d.id LIMIT ? OFFSET ?", scope, values)

    def recent(self, scope: Scope, limit: int = 5) -> list[DossierRow]:
        if not scope:
            return []
        inside = self._admitted(scope, "d")
        where = f"FROM dossier d WHERE {inside.sql} ORDER BY d.received DESC, d.id LIMIT ?"
        return self._dossier_rows(where, scope, (*inside.values, limit))

    # ----------------------------------------------------------------- system records

    def found(self, kind: str, keys: Sequence[str], scope: Scope) -> dict[str, list[str]]:
        if not scope or not keys:
            return {}
        inside = self._admitted(scope, "i")
        rows = self._all(
            f"SELECT DISTINCT h.key, i.id FROM handle h JOIN item i ON i.id = h.item_id"
            f" WHERE h.kind = ? AND h.key IN ({_LISTED}) AND {inside.sql} ORDER BY h.key, i.id",
            kind,
            json.dumps(list(keys)),
            *inside.values,
        )
        return {key: [item_id for _, item_id in each] for key, each in groupby(rows, key=itemgetter(0))}

    def systems(self, scope: Scope) -> dict[str, str]:
        if not scope:
            return {}
        inside = self._admitted(scope, "d")
        sql = f"SELECT d.system, max(d.system_title) FROM dossier d WHERE d.system != '' AND {inside.sql} GROUP BY d.system"
        return dict(self._all(sql, *inside.values))

    def registers(self, fonds_code: str, scope: Scope) -> list[RegisterSummary]:
        if not scope:
            return []
        inside = self._admitted(scope, "i")
        rows = self._all(
            f"SELECT {_REGISTER}, count(*) FROM registered r JOIN item i ON i.id = r.item_id"
            f" WHERE r.fonds_code = ? AND {inside.sql} GROUP BY {_REGISTER}",
            fonds_code,
            *inside.values,
        )
        summaries = (RegisterSummary(RegisterKey(*key), items) for *key, items in rows)
        return sorted(summaries, key=handles.newest_first)

    def register(
        self, register: RegisterKey, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[Item]]:
        if not scope:
            return 0, []
        inside = self._admitted(scope, "i")
        where = (
            "FROM registered r JOIN item i ON i.id = r.item_id"
            f" WHERE ({_REGISTER}) = (?, ?, ?, ?, ?, ?) AND {inside.sql}"
        )
        values = astuple(register)
        total = self._all(f"SELECT count(*) {where}", *values, *inside.values)[0][0]
        rows = self._all(
            f"SELECT i.body {where} ORDER BY r.place, i.id LIMIT ? OFFSET ?",
            *values,
            *inside.values,
            limit,
            offset,
        )
        return total, [_loaded(Item, _unpacked(body)) for (body,) in rows]

    # ----------------------------------------------------------------- lines

    def _dossier_rows(self, where: str, scope: Scope, values: Sequence[object]) -> list[DossierRow]:
        """Dossier lines, what is in each counted within the scope."""
        found = self._all(
            f"SELECT d.id, d.code, d.title, d.fonds_code, d.start_date, d.end_date {where}", *values
        )
        inside = self._admitted(scope, "i")
        counted = self._all(
            "SELECT i.dossier_id, sum(i.access = 'open'), sum(i.pages), min(nullif(i.date, '')), max(nullif(i.date, '')) FROM item i"
            f" WHERE i.dossier_id IN ({_LISTED}) AND {inside.sql} GROUP BY i.dossier_id",
            json.dumps([row[0] for row in found]),
            *inside.values,
        )
        inner = {dossier_id: counts for dossier_id, *counts in counted}
        return [_dossier_row(row, *inner.get(row[0], (0, 0, None, None))) for row in found]


@lru_cache(maxsize=5000)
def _fonds(body: str) -> Fonds:
    return _loaded(Fonds, body)


def _dossier_row(row: tuple, items: int, pages: int, first: str | None, last: str | None) -> DossierRow:
    """The line of a dossier; without dates of its own it has those of its documents in scope."""
    *named, start, end = row
    dates = (start, end) if start or end else (first or "", last or "")
    return DossierRow(*named, items, pages, *dates)


def _kept_page(words: bytes, packed: bytes) -> KeptPage:
    return KeptPage(WordSet(words), lambda: _unpacked(packed).decode())


def _unpacked(packed: bytes) -> bytes:
    """Raises IntegrityError; the stream ends with a checksum, so what it gives is whole."""
    try:
        return zlib.decompress(packed)
    except (zlib.error, TypeError) as error:
        raise IntegrityError("error.damaged_catalogue") from error


def _loaded(kind: type, content: bytes):
    """A model value. Raises IntegrityError."""
    try:
        return serial.loads(kind, content)
    except (ValueError, TypeError, AttributeError) as error:
        raise IntegrityError("error.damaged_catalogue") from error


def _only_reads(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READS else sqlite3.SQLITE_DENY
