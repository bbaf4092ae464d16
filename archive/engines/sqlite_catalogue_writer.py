"""Catalogue in one SQLite file, write side. The file is built aside, so it is synced once, at the seal."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import zlib
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, replace
from pathlib import Path

from archive import dates, durable, serial
from archive.engines.sqlite_catalogue import COUNTED, FILE, SCHEMA, TOTALS, SqliteCatalogueReader
from archive.errors import EngineError, StorageError
from archive.model import Dossier, Item
from archive.ports import PageText
from archive.publishing import handles, projection
from archive.rights.access import RecordClass


class SqliteCatalogueWriter:
    def __init__(self, folder: Path, previous: Path | None = None) -> None:
        """Into the empty `folder`, starting from a copy of the sealed catalogue in `previous`."""
        self._path = folder / FILE
        with _engine_errors(self._path):
            if previous:
                shutil.copyfile(previous / FILE, self._path)
            self._db = sqlite3.connect(self._path, isolation_level=None)
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.execute("PRAGMA synchronous = OFF")
            if not previous:
                self._db.executescript(SCHEMA)
            self._db.execute("BEGIN")

    def states(self) -> dict[str, str]:
        return dict(self._db.execute("SELECT id, state FROM dossier"))

    def item_ids(self, dossier_id: str) -> list[str]:
        found = self._db.execute(
            "SELECT id FROM item WHERE dossier_id = ? ORDER BY ordinal, id", (dossier_id,)
        )
        return [row[0] for row in found]

    def home(self, item_id: str) -> str:
        found = self._db.execute("SELECT dossier_id FROM item WHERE id = ?", (item_id,)).fetchone()
        return found[0] if found else ""

    def put(self, dossier: Dossier, state: str, pages: Mapping[str, Sequence[PageText]]) -> None:
        with _engine_errors(self._path):
            self.remove(dossier.id)
            self._take_out([item.id for item in dossier.items])
            self._put_fonds(dossier)
            self._put_dossier(dossier, state)
            for item in dossier.items:
                self._put_item(dossier, item, pages.get(item.id, ()) if item.access == "open" else ())

    def remove(self, dossier_id: str) -> list[str]:
        removed = self.item_ids(dossier_id)
        with _engine_errors(self._path):
            self._take_out(removed)
            self._db.execute("DELETE FROM dossier WHERE id = ?", (dossier_id,))
        return removed

    def _take_out(self, item_ids: Sequence[str]) -> None:
        gone = [(item_id,) for item_id in item_ids]
        for table, column in (
            ("page", "item_id"),
            ("handle", "item_id"),
            ("registered", "item_id"),
            ("item", "id"),
        ):
            self._db.executemany(f"DELETE FROM {table} WHERE {column} = ?", gone)

    def _put_fonds(self, dossier: Dossier) -> None:
        fonds = dossier.fonds
        self._db.execute(
            "INSERT OR REPLACE INTO fonds (fonds_code, unit_code, title, unit_name, body) VALUES (?, ?, ?, ?, ?)",
            (fonds.code, fonds.unit.code, fonds.title, fonds.unit.name, serial.dumps(fonds).decode()),
        )

    def _cell(self, record: RecordClass) -> int:
        """The number of the record's cell, made when it is the first."""
        values = (record.key, record.unit, record.fonds, record.level, record.embargo)
        self._db.execute(
            "INSERT OR IGNORE INTO cell (key, unit_code, fonds_code, level, embargo) VALUES (?, ?, ?, ?, ?)",
            values,
        )
        return self._db.execute("SELECT id FROM cell WHERE key = ?", (record.key,)).fetchone()[0]

    def _put_dossier(self, dossier: Dossier, state: str) -> None:
        shown = replace(dossier, items=tuple(projection.neutral(item) for item in dossier.items))
        shown = projection.without_records(shown)
        own = projection.spoken_for(dossier)
        first, last = projection.years(replace(own, items=()))
        self._db.execute(
            f"INSERT INTO dossier VALUES ({', '.join('?' * 16)})",
            (
                dossier.id,
                state,
                self._cell(projection.record_class(dossier)),
                dossier.fonds.code,
                dossier.fonds.unit.code,
                dossier.code,
                dossier.title,
                own.start_date,
                own.end_date,
                first,
                last,
                projection.received(dossier),
                *projection.system_of(dossier).values(),
                _packed(serial.dumps(shown)),
            ),
        )

    def _put_item(self, dossier: Dossier, item: Item, pages: Sequence[PageText]) -> None:
        row = projection.item_row(dossier, item, pages)
        cell = self._cell(projection.record_class(dossier, item))
        year = dates.year(row.date) or None
        columns = (
            row.id,
            dossier.id,
            cell,
            row.ordinal,
            row.title,
            row.code,
            row.date,
            year,
            row.issuer,
            row.type_name,
        )
        body = _packed(serial.dumps(projection.neutral(item)))
        self._db.execute(
            f"INSERT INTO item VALUES ({', '.join('?' * 16)})",
            (*columns, row.page_count, row.confidence, row.access, row.number, row.register, body),
        )
        self._db.executemany(
            "INSERT INTO page VALUES (?, ?, ?, ?, ?)",
            [
                (item.id, number, page.confidence, projection.page_words(page), _packed(page.text.encode()))
                for number, page in enumerate(pages, 1)
            ],
        )
        self._put_handles(dossier, item)

    def _put_handles(self, dossier: Dossier, item: Item) -> None:
        rows = [(*handle, item.id) for handle in dict.fromkeys(handles.handles(item))]
        self._db.executemany("INSERT INTO handle VALUES (?, ?, ?)", rows)
        if register := handles.register_of(dossier.fonds.code, item):
            row = (*astuple(register), handles.place(item.record), item.id)
            self._db.execute("INSERT INTO registered VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def seal(self) -> None:
        with _engine_errors(self._path):
            self._sum_up()
            self._db.execute("COMMIT")
            self._db.execute("PRAGMA optimize")
            self._db.close()
        durable.fsync_tree(self._path.parent)

    def _sum_up(self) -> None:
        """Totals of each cell, kept so that an overview costs nothing; fonds and cells without dossiers go."""
        self._db.execute(
            "DELETE FROM fonds WHERE (fonds_code, unit_code) NOT IN (SELECT fonds_code, unit_code FROM dossier)"
        )
        self._db.execute(
            "DELETE FROM cell WHERE id NOT IN (SELECT cell FROM dossier UNION SELECT cell FROM item)"
        )
        counted = COUNTED.format(dossiers="true", items="true")
        self._db.execute(
            f"UPDATE cell SET (dossiers, items, pages, first_year, last_year) = (SELECT {TOTALS} FROM counted"
            " WHERE counted.cell = cell.id)".replace("FROM counted", f"FROM ({counted}) counted")
        )


def _packed(content: bytes) -> bytes:
    return zlib.compress(content, 6)


@contextmanager
def _engine_errors(path: Path):
    try:
        yield
    except (sqlite3.DatabaseError, OSError) as error:
        if (
            getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
            or getattr(error, "errno", 0) == errno.ENOSPC
        ):
            raise StorageError("error.disk_full", path=path) from error
        raise EngineError("error.engine", tool="sqlite", reason=error) from error


class SqliteCatalogueEngine:
    name = "sqlite"

    def open_writer(self, folder: Path, previous: Path | None) -> SqliteCatalogueWriter:
        return SqliteCatalogueWriter(folder, previous)

    def open_reader(self, folder: Path) -> SqliteCatalogueReader:
        return SqliteCatalogueReader(folder)
