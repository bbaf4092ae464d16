"""Catalogue in one sealed SQLite file, read side: opened immutable, every write denied by an authorizer."""

from __future__ import annotations

import json
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from urllib.parse import quote

from archive import serial
from archive.access import Scope
from archive.errors import EngineError, IntegrityError, NotFound
from archive.model import Dossier, Fonds, Item, ItemRow
from archive.ports import DossierRow, FondsSummary, PageText

FILE = "catalogue.sqlite"
_READS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_ROW = (
    "i.id, i.dossier_id, i.ordinal, i.title, i.code, i.date, i.issuer, i.type_name, d.fonds_code, f.title,"
    " d.unit_code, f.unit_name, d.title, i.pages, i.confidence, i.access"
)
_ITEMS = "item i JOIN dossier d ON d.id = i.dossier_id JOIN fonds f USING (fonds_code, unit_code)"
_DOSSIER_ROW = "d.id, d.code, d.title, d.fonds_code, d.items, d.pages, d.start_date, d.end_date"

SCHEMA = """
CREATE TABLE unit_term (term TEXT, unit_code TEXT, PRIMARY KEY (term, unit_code)) WITHOUT ROWID;
CREATE TABLE fonds (
  fonds_code TEXT, unit_code TEXT, title TEXT, unit_name TEXT, body TEXT,
  dossiers INTEGER DEFAULT 0, items INTEGER DEFAULT 0, pages INTEGER DEFAULT 0, first_year TEXT, last_year TEXT,
  PRIMARY KEY (fonds_code, unit_code)) WITHOUT ROWID;
CREATE TABLE dossier (
  id TEXT PRIMARY KEY, state TEXT NOT NULL, fonds_code TEXT, unit_code TEXT, code TEXT, title TEXT,
  start_date TEXT, end_date TEXT, items INTEGER, pages INTEGER, first_year TEXT, last_year TEXT,
  received TEXT, body BLOB) WITHOUT ROWID;
CREATE INDEX dossier_of_fonds ON dossier (fonds_code, unit_code, code);
CREATE INDEX dossier_received ON dossier (received);
CREATE TABLE item (
  id TEXT PRIMARY KEY, dossier_id TEXT NOT NULL, ordinal INTEGER, title TEXT, code TEXT, date TEXT, issuer TEXT,
  type_name TEXT, pages INTEGER, confidence REAL, access TEXT NOT NULL, body BLOB) WITHOUT ROWID;
CREATE INDEX item_of_dossier ON item (dossier_id, ordinal);
CREATE TABLE page (
  item_id TEXT, number INTEGER, confidence REAL, text BLOB, PRIMARY KEY (item_id, number)) WITHOUT ROWID;
"""
"""Texts and bodies are zlib-compressed UTF-8. Years are text, NULL when unknown."""


@lru_cache(maxsize=1000)
def scope_clause(scope: Scope, unit_column: str) -> tuple[str, str]:
    """(SQL condition, its one parameter): the only place where a scope becomes SQL."""
    return (
        f"{unit_column} IN (SELECT unit_code FROM unit_term WHERE term IN (SELECT value FROM json_each(?)))",
        json.dumps(sorted(scope.terms)),
    )


class SqliteCatalogueReader:
    def __init__(self, folder: Path) -> None:
        self._uri = f"file:{quote(str((folder / FILE).absolute()))}?mode=ro&immutable=1"
        self._local = threading.local()
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

    # ----------------------------------------------------------------- whole catalogue

    def counts(self) -> dict[str, int]:
        totals = self._all("SELECT count(*), coalesce(sum(items), 0), coalesce(sum(pages), 0) FROM dossier")[
            0
        ]
        open_items = self._all("SELECT count(*) FROM item WHERE access = 'open'")[0][0]
        return {"dossiers": totals[0], "items": totals[1], "pages": totals[2], "open_items": open_items}

    def states(self) -> dict[str, str]:
        return dict(self._all("SELECT id, state FROM dossier"))

    # ----------------------------------------------------------------- records

    def rows(self, item_ids: Sequence[str], scope: Scope) -> dict[str, ItemRow]:
        if not scope or not item_ids:
            return {}
        condition, terms = scope_clause(scope, "d.unit_code")
        wanted = json.dumps(list(item_ids))
        found = self._all(
            f"SELECT {_ROW} FROM {_ITEMS} WHERE i.id IN (SELECT value FROM json_each(?)) AND {condition}",
            wanted,
            terms,
        )
        return {row[0]: ItemRow(*row) for row in found}

    def item(self, item_id: str, scope: Scope) -> Item:
        return _loaded(Item, _unpacked(self._one_item("i.body", item_id, scope)))

    def page_texts(self, item_ids: Sequence[str], scope: Scope) -> dict[str, Iterator[PageText]]:
        if not scope or not item_ids:
            return {}
        condition, terms = scope_clause(scope, "d.unit_code")
        found = self._all(
            "SELECT i.id, p.text, p.confidence FROM item i JOIN dossier d ON d.id = i.dossier_id"
            " LEFT JOIN page p ON p.item_id = i.id"
            f" WHERE i.id IN (SELECT value FROM json_each(?)) AND {condition} ORDER BY i.id, p.number",
            json.dumps(list(item_ids)),
            terms,
        )
        return {
            item_id: _texts([(packed, confidence) for _, packed, confidence in pages if packed is not None])
            for item_id, pages in groupby(found, key=itemgetter(0))
        }

    def _one_item(self, column: str, item_id: str, scope: Scope):
        if not scope:
            raise NotFound()
        condition, terms = scope_clause(scope, "d.unit_code")
        found = self._all(
            f"SELECT {column} FROM item i JOIN dossier d ON d.id = i.dossier_id WHERE i.id = ? AND {condition}",
            item_id,
            terms,
        )
        if not found:
            raise NotFound()
        return found[0][0]

    def dossier(self, dossier_id: str, scope: Scope) -> Dossier:
        if not scope:
            raise NotFound()
        condition, terms = scope_clause(scope, "unit_code")
        found = self._all(f"SELECT body FROM dossier WHERE id = ? AND {condition}", dossier_id, terms)
        if not found:
            raise NotFound()
        return _loaded(Dossier, _unpacked(found[0][0]))

    def dossier_rows(self, dossier_id: str, scope: Scope) -> list[ItemRow]:
        self.dossier(dossier_id, scope)
        found = self._all(
            f"SELECT {_ROW} FROM {_ITEMS} WHERE i.dossier_id = ? ORDER BY i.ordinal, i.id", dossier_id
        )
        return [ItemRow(*row) for row in found]

    # ----------------------------------------------------------------- collections

    def fonds(self, scope: Scope) -> list[FondsSummary]:
        if not scope:
            return []
        condition, terms = scope_clause(scope, "unit_code")
        found = self._all(
            "SELECT body, dossiers, items, pages, first_year, last_year FROM fonds"
            f" WHERE {condition} ORDER BY title, fonds_code, unit_code",
            terms,
        )
        return [
            FondsSummary(_loaded(Fonds, body), dossiers, items, pages, (first, last) if first else None)
            for body, dossiers, items, pages, first, last in found
        ]

    def dossiers(
        self, fonds_code: str, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[DossierRow]]:
        if not scope:
            return 0, []
        condition, terms = scope_clause(scope, "d.unit_code")
        where = f"FROM dossier d WHERE d.fonds_code = ? AND {condition}"
        total = self._all(f"SELECT count(*) {where}", fonds_code, terms)[0][0]
        found = self._all(
            f"SELECT {_DOSSIER_ROW} {where} ORDER BY d.code, d.id LIMIT ? OFFSET ?",
            fonds_code,
            terms,
            limit,
            offset,
        )
        return total, [DossierRow(*row) for row in found]

    def recent(self, scope: Scope, limit: int = 5) -> list[DossierRow]:
        if not scope:
            return []
        condition, terms = scope_clause(scope, "d.unit_code")
        found = self._all(
            f"SELECT {_DOSSIER_ROW} FROM dossier d WHERE {condition} ORDER BY d.received DESC, d.id LIMIT ?",
            terms,
            limit,
        )
        return [DossierRow(*row) for row in found]


def _texts(pages: list[tuple[bytes, float | None]]) -> Iterator[PageText]:
    return (PageText(_unpacked(packed).decode(), confidence) for packed, confidence in pages)


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
