"""A SIARD archive as a Source: its tables from the metadata, its rows from the XML of each table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from archive.model import Finding
from ingest.snapshots.forms.siard.hardened import UNREADABLE
from ingest.snapshots.forms.siard.layout import Layout, Stored
from ingest.snapshots.forms.siard.lobs import Lobs, algorithm_of
from ingest.snapshots.forms.siard.notes import Notes
from ingest.snapshots.forms.siard.rows import Cells, TableReader
from ingest.snapshots.forms.siard.store import FolderStore, Store, ZipStore, size_of
from ingest.snapshots.forms.siard.text import plain
from ingest.snapshots.source import Row, Table

_CHUNK = 1 << 20
MANY = 100
"""Findings of one kind about the whole."""


class Siard:
    """`folder` is the snapshot's: locators are from it. `archive` is the SIARD file in it, "" without; `whole_folder` says
    that all of the folder is the snapshot."""

    kind = "siard"

    def __init__(self, store: Store, folder: Path, layout: Layout, archive: str, whole_folder: bool) -> None:
        self.layout = layout
        self._store, self._archive = store, archive
        self._lobs = Lobs(store, FolderStore(folder), archive, whole_folder)
        self._known = tuple(self._of_the_whole())
        self._found: dict[str, tuple[Finding, ...]] = {}
        self._encodings: set[str] = set()

    def __enter__(self) -> Siard:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def tables(self) -> tuple[Table, ...]:
        return tuple(stored.table for stored in self.layout.tables)

    def rows(self) -> Iterator[Row]:
        for stored in self.layout.tables:
            yield from self.rows_of(stored)
        self._found[""] = tuple(self._altered())

    def findings(self) -> tuple[Finding, ...]:
        return self._known + tuple(finding for found in self._found.values() for finding in found)

    def encodings(self) -> tuple[str, ...]:
        return tuple(sorted(self._encodings))

    # ----------------------------------------------------------------- one table

    def rows_of(self, stored: Stored) -> Iterator[Row]:
        table, notes, number = stored.table, Notes(stored.table.name), 0
        reader = TableReader(self._cells(stored), notes)
        blank = dict.fromkeys(column.name for column in table.columns)
        place = f"{self._store.locator(stored.member).path}#{table.name}/"
        broken: list[Finding] = []
        for _ in self._chunks(stored, reader, broken):
            for cells in reader.rows:
                number += 1
                yield Row(table.name, number, {**blank, **cells}, f"{place}{number}")
            reader.rows.clear()
        self._encodings.add(reader.encoding)
        self._found[table.name] = (*broken, *_miscounted(table, number), *notes.findings())

    def _chunks(self, stored: Stored, reader: TableReader, broken: list[Finding]) -> Iterator[None]:
        """Also a step for the rows read before the damage."""
        values = {"table": stored.table.name, "file": stored.member}
        if size_of(self._store, stored.member) is None:
            broken.append(Finding("snapshot.siard_table_missing", "error", stored.member, values=values))
            return
        if self._store.is_bomb(stored.member):
            broken.append(Finding("snapshot.siard_bomb", "error", stored.member, values=values))
            return
        try:
            with self._store.open(stored.member) as stream:
                yield from reader.read(stream)
        except UNREADABLE as error:
            values |= {"reason": str(error)[:200]}
            broken.append(Finding("snapshot.siard_table_broken", "error", stored.member, values=values))
            yield

    def _cells(self, stored: Stored) -> Cells:
        table_xml, folder = self._store.locator(stored.member), stored.member.rpartition("/")[0]
        return Cells(
            names=stored.names,
            fields=stored.cells,
            plain=self._plain,
            lob=lambda field, attributes: self._lobs.read(field, folder, attributes),
            inline=lambda begin, end: str(table_xml.then("range", f"{begin}-{end}").then("hex")),
        )

    _plain = staticmethod(plain)

    # ----------------------------------------------------------------- the whole

    def _of_the_whole(self) -> Iterator[Finding]:
        for name in self.layout.repaired:
            yield Finding("snapshot.siard_named_twice", values={"name": name})
        if isinstance(self._store, ZipStore):
            for name in self._store.twice[:MANY]:
                yield Finding("snapshot.siard_member_twice", "error", name, values={"file": name})

    def _altered(self) -> Iterator[Finding]:
        """Do the primary data have the digest the archive states? Reads the file once."""
        algorithm, stated = algorithm_of(self.layout.digest[0]), self.layout.digest[1]
        end = self._store.primary_data() if isinstance(self._store, ZipStore) else None
        if (
            algorithm
            and stated
            and end is not None
            and digest_of(self._store.path, end, algorithm) != stated.lower()
        ):
            yield Finding(
                "snapshot.siard_altered", "error", self._archive, values={"digest": f"{algorithm} {stated}"}
            )


def _miscounted(table: Table, read: int) -> Iterator[Finding]:
    if table.declared is not None and table.declared != read:
        values = {"table": table.name, "declared": str(table.declared), "read": str(read)}
        yield Finding("snapshot.siard_rows_differ", "error", values=values)


def digest_of(path: Path, end: int, algorithm: str) -> str:
    """Of the first `end` bytes, hexadecimal."""
    digest = hashlib.new(algorithm, usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(min(end, _CHUNK)):
            digest.update(chunk)
            end -= len(chunk)
    return digest.hexdigest()
