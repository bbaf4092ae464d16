"""What a take-over has decided and looked at so far, beside the staged rows: records on their shelves, contents. Resumable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from archive import ids, serial
from ingest.grading.grades import highest
from ingest.snapshots.items import Content
from ingest.snapshots.staging import Staging
from ingest.snapshots.volumes import Shelf, parted

_SCHEMA = """
CREATE TABLE IF NOT EXISTS _record (
  block INTEGER, row INTEGER, old_id TEXT, unit TEXT, fonds TEXT, kind TEXT, direction TEXT, register TEXT, year TEXT,
  number INTEGER, letters TEXT, grade TEXT, said TEXT, spot TEXT,
  home TEXT, ordinal INTEGER, item TEXT, moves INTEGER DEFAULT 0, PRIMARY KEY (block, row)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _shelves ON _record (fonds, kind, direction, register, year, number, letters, old_id, row);
CREATE INDEX IF NOT EXISTS _old_ids ON _record (old_id, block);
CREATE INDEX IF NOT EXISTS _spots ON _record (spot);
CREATE INDEX IF NOT EXISTS _homes ON _record (home, ordinal);
CREATE TABLE IF NOT EXISTS _content (
  locator TEXT PRIMARY KEY, folder TEXT, name TEXT, parent TEXT, stated TEXT, sha256 TEXT, about TEXT,
  pages INTEGER DEFAULT 0)
  WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _inner ON _content (parent);
CREATE INDEX IF NOT EXISTS _digests ON _content (sha256);
CREATE TABLE IF NOT EXISTS _asked (block INTEGER, row INTEGER, locator TEXT, PRIMARY KEY (block, row, locator)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS _askers ON _asked (locator);
CREATE TABLE IF NOT EXISTS _refused (name TEXT, row INTEGER, PRIMARY KEY (name, row)) WITHOUT ROWID;
"""
"""A record's `home` is the volume where it is to stand, `ordinal` its place there, `item` its id, `moves` how often it moved;
`said` is what tells it from others whatever its id is."""

_SHELF = "fonds, kind, direction, register, year"
_ON_SHELF = " AND ".join(f"{name} = ?" for name in _SHELF.split(", "))
_IN_ORDER = "number, letters, old_id, row"
_AT_ONCE = 1000


def spot_key(table: str, old_id: str, time: int) -> str:
    """What a record is: a table of the old system, an id there, and which of its rows when several have it."""
    return json.dumps([table, old_id, time], ensure_ascii=False)


def _time_of(spot: str, time: int) -> str:
    table, old_id, _ = json.loads(spot)
    return spot_key(table, old_id, time)


@dataclass(frozen=True)
class Place:
    """Where a record is to stand, and what it is: `item` is its id, "" when it gets that of its place; `grade` the one a
    person has lifted from it."""

    ordinal: int
    spot: str
    block: int
    row: int
    item: str
    moves: int
    lifted: str


class Ledger:
    def __init__(self, staging: Staging) -> None:
        self.db = staging.db
        self.db.executescript(_SCHEMA)
        self.db.create_function("kho_time", 2, _time_of, deterministic=True)
        self.db.create_function("kho_dossier", 1, ids.dossier_of, deterministic=True)

    # ----------------------------------------------------------------- records

    def begin_shelving(self) -> None:
        """Shelves follow from rows and mapping: they are made anew by every run."""
        self.db.execute("BEGIN")
        for table in ("_record", "_asked", "_refused"):
            self.db.execute(f"DELETE FROM {table}")

    def shelve(
        self, block: int, row: int, table: str, old_id: str, unit: str, shelf: Shelf, place: tuple[int, str],
        grade: str, said: str,
    ) -> None:  # fmt: skip
        values = (block, row, old_id, unit, *asdict(shelf).values(), *place, grade, said)
        self.db.execute(
            f"INSERT INTO _record VALUES ({', '.join('?' * 13)}, ?, NULL, NULL, NULL, 0)",
            (*values, spot_key(table, old_id, 1)),
        )

    def end_shelving(self) -> None:
        """Rows that share an id are told apart by which of them it is, in the order of the shelves."""
        self.db.execute(
            f"UPDATE _record SET spot = kho_time(r.spot, r.time) FROM (SELECT block, row, spot,"
            f" row_number() OVER (PARTITION BY spot ORDER BY {_SHELF}, {_IN_ORDER}, block) AS time FROM _record"
            " WHERE spot IN (SELECT spot FROM _record GROUP BY spot HAVING count(*) > 1)) r"
            " WHERE _record.block = r.block AND _record.row = r.row AND r.time > 1"
        )
        self.db.execute("COMMIT")

    def shelves(self) -> list[tuple[Shelf, int]]:
        """Every shelf with its number of records."""
        found = self.db.execute(f"SELECT {_SHELF}, count(*) FROM _record GROUP BY {_SHELF} ORDER BY {_SHELF}")
        return [(Shelf(*row[:5]), row[5]) for row in found]

    def number(self, shelf: Shelf, shelf_id: str, last: tuple[int, int], size: int) -> int:
        """Give each record of a shelf its place: the one it has in a volume of this shelf, else the next free one in the
        order of the register, after the `last` (volume, ordinal) ever given. Returns the number of volumes."""
        on_shelf = tuple(asdict(shelf).values())
        self.db.execute(
            f"UPDATE _record SET home = NULL, ordinal = NULL, item = NULL, moves = 0 WHERE {_ON_SHELF}",
            on_shelf,
        )
        self.db.execute(
            "UPDATE _record SET item = s.item, moves = s.moves + (s.shelf != ?), home = iif(s.shelf = ?, s.dossier, NULL),"
            f" ordinal = s.ordinal FROM _standing s WHERE s.spot = _record.spot AND {_ON_SHELF}",
            (shelf_id, shelf_id, *on_shelf),
        )
        volume, ordinal = last if last[1] < size else (last[0] + 1, 0)
        self.db.execute(
            f"UPDATE _record SET home = printf('%s.%02d', ?, ? + (? + p.place) / ?), ordinal = (? + p.place) % ? + 1 FROM"
            f" (SELECT block, row, row_number() OVER (ORDER BY {_IN_ORDER}) - 1 AS place FROM _record"
            f" WHERE home IS NULL AND {_ON_SHELF}) p WHERE _record.block = p.block AND _record.row = p.row",
            (shelf_id, volume, ordinal, size, ordinal, size, *on_shelf),
        )
        homes = self.db.execute(f"SELECT DISTINCT home FROM _record WHERE {_ON_SHELF}", on_shelf)
        return max(last[0], *(parted(home)[1] for (home,) in homes))

    def on(self, home: str) -> list[Place]:
        """The records of a volume."""
        found = self.db.execute(
            "SELECT r.ordinal, r.spot, r.block, r.row, coalesce(r.item, ''), r.moves, coalesce(s.lifted, '')"
            " FROM _record r LEFT JOIN _standing s USING (spot) WHERE home = ? ORDER BY r.ordinal",
            (home,),
        )
        return [Place(*row) for row in found]

    def knows(self, spot: str) -> str:
        """The volume where the record of this spot is to stand, "" when there is none."""
        found = self.db.execute("SELECT home FROM _record WHERE spot = ?", (spot,)).fetchone()
        return found[0] if found else ""

    def count_known(self) -> int:
        """Records that are held already."""
        return self.db.execute("SELECT count(*) FROM _record JOIN _standing USING (spot)").fetchone()[0]

    def groups(self) -> Iterator[tuple[Shelf, str, int, int]]:
        """(shelf, owning unit, records, how many of them the system calls secret)."""
        by = f"{_SHELF}, unit"
        for row in self.db.execute(
            f"SELECT {by}, count(*), sum(grade != '') FROM _record GROUP BY {by} ORDER BY {by}"
        ):
            yield Shelf(*row[:5]), *row[5:]

    def is_graded(self, block: int, row: int) -> bool:
        """Does the system call this record secret?"""
        sql = "SELECT grade != '' FROM _record WHERE block = ? AND row = ?"
        return bool(self.db.execute(sql, (block, row)).fetchone()[0])

    def moved(self) -> Iterator[tuple[str, int]]:
        """(volume, how many) of the volumes that gave records their ids which stand elsewhere."""
        return self.db.execute(
            "SELECT kho_dossier(item) AS own, count(*) FROM _record WHERE item != '' AND own != home GROUP BY own ORDER BY own"
        )

    def count(self) -> int:
        return self.db.execute("SELECT count(*) FROM _record").fetchone()[0]

    def units(self) -> Iterator[tuple[str, int]]:
        """Every owning unit with its number of records, the most first."""
        return self.db.execute("SELECT unit, count(*) FROM _record GROUP BY unit ORDER BY 2 DESC, 1")

    def repeated(self, block: int, most: int) -> tuple[int, int, list[str]]:
        """(how many ids several rows have, how many rows these are, the first such ids)."""
        ids_ = "SELECT old_id, count(*) AS times FROM _record WHERE block = ? GROUP BY old_id HAVING count(*) > 1"
        count, rows = self.db.execute(f"SELECT count(*), sum(times) FROM ({ids_})", (block,)).fetchone()
        first = self.db.execute(f"{ids_} ORDER BY old_id LIMIT ?", (block, most))
        return count, rows or 0, [old_id for old_id, _ in first]

    def taken(self, blocks: Iterable[int]) -> int:
        """Rows of one table that are records; `blocks` are the parts of the mapping that read it."""
        sql = "SELECT count(DISTINCT row) FROM _record WHERE block IN (SELECT value FROM json_each(?))"
        return self.db.execute(sql, (json.dumps(list(blocks)),)).fetchone()[0]

    def refuse(self, table: str, row: int) -> None:
        self.db.execute("INSERT OR IGNORE INTO _refused VALUES (?, ?)", (table, row))

    def refused(self, table: str) -> int:
        return self.db.execute("SELECT count(*) FROM _refused WHERE name = ?", (table,)).fetchone()[0]

    def first_refused(self, table: str, most: int) -> list[int]:
        """The first rows of a table that could not be records."""
        sql = "SELECT row FROM _refused WHERE name = ? ORDER BY row LIMIT ?"
        return [row for (row,) in self.db.execute(sql, (table, most))]

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
            "INSERT OR IGNORE INTO _content VALUES (?, ?, ?, ?, ?, '', '', 0)",
            (locator, folder, name, parent, stated),
        )

    def unlooked(self) -> Iterator[tuple[str, str, str]]:
        """(folder, locator, name) of what is still to be looked at. What is added meanwhile may be among it, or not."""
        return self._through("folder, locator, name", "about = ''", 1)

    def count_unlooked(self) -> int:
        return self.db.execute("SELECT count(*) FROM _content WHERE about = ''").fetchone()[0]

    def _through(self, columns: str, where: str, key: int = 0) -> Iterator[tuple]:
        """Rows of _content in order, some at a time: it may change meanwhile. The locator is column number `key`."""
        sql = (
            f"SELECT {columns} FROM _content WHERE {where} AND locator > ? ORDER BY locator LIMIT {_AT_ONCE}"
        )
        last = ""
        while rows := self.db.execute(sql, (last,)).fetchall():
            yield from rows
            last = rows[-1][key]

    def retry(self) -> None:
        """What could not be read, or not wholly, is looked at again: a program may have been installed meanwhile."""
        self.db.execute(
            "UPDATE _content SET about = '' WHERE about != '' AND"
            " (json_extract(about, '$.failure') IS NOT NULL OR json_extract(about, '$.findings') LIKE '%contents.program_missing%')"
        )

    def keep(self, content: Content) -> None:
        about = serial.dumps(replace(content, name="", locator="", unpacked=False)).decode()
        self.db.execute(
            "UPDATE _content SET sha256 = ?, about = ?, pages = ? WHERE locator = ?",
            (content.sha256, about, len(content.pages) + bool(content.text), content.locator),
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
        """All that was looked at, one at a time."""
        for (locator,) in self._through("locator", "about != ''"):
            if content := self.content(locator):
                yield content

    def different(self) -> Iterator[Content]:
        """Each content that has pages or a text once, wherever it stands first."""
        first = (
            "about != '' AND pages > 0 AND locator = (SELECT min(o.locator) FROM _content o"
            " WHERE o.sha256 = _content.sha256 AND o.about != '' AND o.pages > 0)"
        )
        for (locator,) in self._through("locator", first):
            if content := self.content(locator):
                yield content

    def forget(self, locators: Iterable[str]) -> None:
        """Look at these again."""
        self.db.executemany("UPDATE _content SET about = '' WHERE locator = ?", ((one,) for one in locators))

    # ----------------------------------------------------------------- secrecy

    def graded(self) -> list[tuple[int, int, str]]:
        """(block, row, grade) of the records that the system calls secret, and from which nobody has lifted it."""
        found = self.db.execute(
            "SELECT block, row, grade, coalesce(lifted, '') FROM _record LEFT JOIN _standing USING (spot) WHERE grade != ''"
        )
        return [row[:3] for row in found if not row[3] or highest(*row[2:]) != row[3]]

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
