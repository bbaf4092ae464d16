"""What a take-over has decided and looked at so far, beside the staged rows: records on their shelves, contents. Resumable."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace

from archive import serial
from ingest.snapshots.staging import Staging
from ingest.snapshots.volumes import Content, Shelf

_SCHEMA = """
CREATE TABLE IF NOT EXISTS _record (
  block INTEGER, row INTEGER, old_id TEXT, unit TEXT, fonds TEXT, kind TEXT, direction TEXT, register TEXT, year TEXT,
  number INTEGER, letters TEXT, grade TEXT, spot TEXT, volume INTEGER, ordinal INTEGER,
  PRIMARY KEY (block, row)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _shelves ON _record (fonds, kind, direction, register, year, number, letters, old_id, row);
CREATE INDEX IF NOT EXISTS _old_ids ON _record (old_id, block);
CREATE TABLE IF NOT EXISTS _content (
  locator TEXT PRIMARY KEY, folder TEXT, name TEXT, parent TEXT, stated TEXT, sha256 TEXT, about TEXT)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _inner ON _content (parent);
CREATE INDEX IF NOT EXISTS _digests ON _content (sha256);
CREATE TABLE IF NOT EXISTS _asked (block INTEGER, row INTEGER, locator TEXT, PRIMARY KEY (block, row, locator)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _askers ON _asked (locator);
CREATE TABLE IF NOT EXISTS _refused (name TEXT, row INTEGER, PRIMARY KEY (name, row)) WITHOUT ROWID;
"""
_SHELF = "fonds, kind, direction, register, year"
_ON_SHELF = " AND ".join(f"{name} = ?" for name in _SHELF.split(", "))

Spot = tuple[int, int]
"""Number of the volume, ordinal in it; both from 1."""


def spot_key(table: str, old_id: str, time: int) -> str:
    """What a spot belongs to: a table of the old system, an id there, and which of its rows when several have it."""
    return json.dumps([table, old_id, time], ensure_ascii=False)


class Ledger:
    def __init__(self, staging: Staging) -> None:
        self.db = staging.db
        self.db.executescript(_SCHEMA)

    # ----------------------------------------------------------------- records

    def begin_shelving(self) -> None:
        """Shelves follow from rows and mapping: they are made anew by every run."""
        self.db.execute("BEGIN")
        self.db.execute("DELETE FROM _record")
        self.db.execute("DELETE FROM _asked")
        self.db.execute("DELETE FROM _refused")

    def shelve(
        self, block: int, row: int, old_id: str, unit: str, shelf: Shelf, place: tuple[int, str], grade: str
    ) -> None:
        values = (block, row, old_id, unit, *asdict(shelf).values(), *place, grade)
        self.db.execute(f"INSERT INTO _record VALUES ({', '.join('?' * 12)}, NULL, NULL, NULL)", values)

    def end_shelving(self) -> None:
        self.db.execute("COMMIT")

    def shelves(self) -> list[tuple[Shelf, int]]:
        """Every shelf with its number of records."""
        found = self.db.execute(f"SELECT {_SHELF}, count(*) FROM _record GROUP BY {_SHELF} ORDER BY {_SHELF}")
        return [(Shelf(*row[:5]), row[5]) for row in found]

    def number(
        self, shelf: Shelf, tables: Sequence[str], held: Mapping[str, Spot], last: Spot, size: int
    ) -> int:
        """Give each record of a shelf its spot: the one its old id has in the volumes held, else the next free one in the
        order of the register, after the `last` ever given. `tables` are those of the blocks. Returns the number of volumes."""
        taken = dict(held)
        seen: Counter[tuple[str, str]] = Counter()
        for block, row, old_id in self._in_order(shelf):
            table = tables[block]
            seen[table, old_id] += 1
            key = spot_key(table, old_id, seen[table, old_id])
            if key not in taken:
                last = (last[0], last[1] + 1) if last[1] < size else (last[0] + 1, 1)
                taken[key] = last
            values = (key, *taken[key], block, row)
            sql = "UPDATE _record SET spot = ?, volume = ?, ordinal = ? WHERE block = ? AND row = ?"
            self.db.execute(sql, values)
        return max(last[0], *(volume for volume, _ in taken.values()))

    def _in_order(self, shelf: Shelf) -> list[tuple[int, int, str]]:
        sql = (
            f"SELECT block, row, old_id FROM _record WHERE {_ON_SHELF} ORDER BY number, letters, old_id, row"
        )
        return self.db.execute(sql, tuple(asdict(shelf).values())).fetchall()

    def on(self, shelf: Shelf, volume: int) -> list[tuple[int, str, int, int]]:
        """(ordinal, what its spot belongs to, block, row) of the records of a volume."""
        sql = (
            f"SELECT ordinal, spot, block, row FROM _record WHERE {_ON_SHELF} AND volume = ? ORDER BY ordinal"
        )
        return list(self.db.execute(sql, (*asdict(shelf).values(), volume)))

    def knows(self, spot: str, tables: Sequence[str]) -> bool:
        """Is there a record whose spot this would be, on whatever shelf?"""
        if not spot:
            return False
        table, old_id, _ = json.loads(spot)
        blocks = json.dumps([block for block, name in enumerate(tables) if name == table])
        sql = "SELECT 1 FROM _record WHERE old_id = ? AND block IN (SELECT value FROM json_each(?)) LIMIT 1"
        return bool(self.db.execute(sql, (old_id, blocks)).fetchone())

    def count(self) -> int:
        return self.db.execute("SELECT count(*) FROM _record").fetchone()[0]

    def repeated(self) -> list[tuple[int, str, int]]:
        """(block, old id, how often) of ids that several rows of one table have."""
        return list(
            self.db.execute(
                "SELECT block, old_id, count(*) FROM _record GROUP BY block, old_id HAVING count(*) > 1"
            )
        )

    def taken(self, blocks: Iterable[int]) -> int:
        """Rows of one table that are records; `blocks` are the parts of the mapping that read it."""
        sql = "SELECT count(DISTINCT row) FROM _record WHERE block IN (SELECT value FROM json_each(?))"
        return self.db.execute(sql, (json.dumps(list(blocks)),)).fetchone()[0]

    def refuse(self, table: str, row: int) -> None:
        self.db.execute("INSERT OR IGNORE INTO _refused VALUES (?, ?)", (table, row))

    def refused(self, table: str) -> int:
        return self.db.execute("SELECT count(*) FROM _refused WHERE name = ?", (table,)).fetchone()[0]

    # ----------------------------------------------------------------- contents

    def ask(self, locator: str, name: str, block: int, row: int, stated: str = "") -> None:
        """These bytes of a record are to be looked at; `stated` is the digest the snapshot states ("md5:…")."""
        self._add(locator, "", name, "", stated)
        self.db.execute("INSERT OR IGNORE INTO _asked VALUES (?, ?, ?)", (block, row, locator))

    def ask_inner(self, locator: str, name: str, container: str, folder: str = "") -> None:
        """These bytes in a container are to be looked at; `folder` has them unpacked, "" when they are read in place."""
        self._add(locator, folder, name, container, "")

    def stated(self, locator: str) -> str:
        """The digest that the snapshot states of these bytes, "" for none."""
        found = self.db.execute("SELECT stated FROM _content WHERE locator = ?", (locator,)).fetchone()
        return found[0] if found else ""

    def _add(self, locator: str, folder: str, name: str, parent: str, stated: str) -> None:
        self.db.execute(
            "INSERT OR IGNORE INTO _content VALUES (?, ?, ?, ?, ?, '', '')",
            (locator, folder, name, parent, stated),
        )

    def unlooked(self) -> list[tuple[str, str, str]]:
        """(folder, locator, name) of what is still to be looked at."""
        return list(
            self.db.execute("SELECT folder, locator, name FROM _content WHERE about = '' ORDER BY locator")
        )

    def retry(self) -> None:
        """What could not be read, or not wholly, is looked at again: a program may have been installed meanwhile."""
        self.db.execute(
            "UPDATE _content SET about = '' WHERE about != '' AND"
            " (json_extract(about, '$.failure') IS NOT NULL OR json_extract(about, '$.findings') LIKE '%contents.program_missing%')"
        )

    def keep(self, content: Content) -> None:
        about = serial.dumps(replace(content, name="", locator="", unpacked=False)).decode()
        self.db.execute(
            "UPDATE _content SET sha256 = ?, about = ? WHERE locator = ?",
            (content.sha256, about, content.locator),
        )

    def content(self, locator: str) -> Content | None:
        found = self.db.execute("SELECT name, about FROM _content WHERE locator = ?", (locator,)).fetchone()
        if not found or not found[1]:
            return None
        return serial.from_plain(Content, {**json.loads(found[1]), "locator": locator, "name": found[0]})

    def inner(self, locator: str) -> list[str]:
        """Locators of what lies in a container, each with what lies in it."""
        found = self.db.execute("SELECT locator FROM _content WHERE parent = ? ORDER BY locator", (locator,))
        return [deep for (own,) in found.fetchall() for deep in (own, *self.inner(own))]

    def contents(self) -> Iterator[Content]:
        """All that was looked at."""
        for (locator,) in self.db.execute(
            "SELECT locator FROM _content WHERE about != '' ORDER BY locator"
        ).fetchall():
            if content := self.content(locator):
                yield content

    def forget(self, locators: Iterable[str]) -> None:
        """Look at these again."""
        self.db.executemany("UPDATE _content SET about = '' WHERE locator = ?", ((one,) for one in locators))

    # ----------------------------------------------------------------- secrecy

    def graded(self) -> list[tuple[int, int, str]]:
        """(block, row, grade) of the records that the system calls secret."""
        return list(self.db.execute("SELECT block, row, grade FROM _record WHERE grade != ''"))

    def records_with(self, sha256s: Iterable[str]) -> set[tuple[int, int]]:
        """(block, row) of the records that have one of these contents, be it in a container."""
        found = self.db.execute(
            "WITH RECURSIVE up (locator) AS ("
            " SELECT locator FROM _content WHERE sha256 IN (SELECT value FROM json_each(?)) UNION"
            " SELECT c.parent FROM _content c JOIN up ON c.locator = up.locator WHERE c.parent != '')"
            " SELECT block, row FROM _asked JOIN up USING (locator)",
            (json.dumps(sorted(sha256s)),),
        )
        return set(found)

    def digests_of(self, block: int, row: int) -> set[str]:
        """The digests of all contents of a record."""
        found = self.db.execute(
            "WITH RECURSIVE down (locator) AS ("
            " SELECT locator FROM _asked WHERE block = ? AND row = ? UNION"
            " SELECT c.locator FROM _content c JOIN down ON c.parent = down.locator)"
            " SELECT sha256 FROM _content JOIN down USING (locator) WHERE sha256 != ''",
            (block, row),
        )
        return {sha256 for (sha256,) in found}
