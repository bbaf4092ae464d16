"""SIARD-DK (Danish National Archives): folders AVID.<archive>.<number>.<part> side by side, in one folder.

The first part has Indices/tableIndex.xml; tables stand in any part as Tables/<folder>/<folder>.xml. Text has no escapes.
Documents are listed in Indices/docIndex.xml: it is given as a table of its own, with one row for each file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element

from archive.errors import SourceRefused
from archive.model import Finding
from ingest.snapshots.forms.siard import metadata
from ingest.snapshots.forms.siard.hardened import UNREADABLE, tree
from ingest.snapshots.forms.siard.layout import Field, Layout, Stored
from ingest.snapshots.forms.siard.metadata import Listed, Types, laid, raw
from ingest.snapshots.forms.siard.notes import Notes
from ingest.snapshots.forms.siard.reader import Siard, digest_of
from ingest.snapshots.forms.siard.store import FolderStore, Outside, size_of
from ingest.snapshots.source import Blob, Column, Row, Table

INDEX, FILES, DOCUMENTS = "Indices/tableIndex.xml", "Indices/fileIndex.xml", "Indices/docIndex.xml"
DOCUMENT = "document"
"""Column of the document table that holds the file."""
_PART = re.compile(r"(AVID\.[A-Za-z]+\.\d+)\.(\d+)", re.ASCII)
_ID = re.compile(r"[0-9]{1,12}")
_DOCUMENT_ID = "Dokumentidentifikation"
_DOCUMENT_COLUMNS = {
    "dID": "INTEGER", "pID": "INTEGER", "mID": "INTEGER", "dCf": "", "oFn": "", "aFt": "", "gmlXsd": "",
}  # fmt: skip


def takes(folder: Path) -> bool:
    found = (path for path in folder.iterdir() if _PART.fullmatch(path.name))
    return (folder / INDEX).is_file() or any((part / INDEX).is_file() for part in found)


def parts(folder: Path) -> dict[int, str]:
    """Names of the parts in the folder by number; "." for a folder that is itself a part. Raises SourceRefused."""
    if (folder / INDEX).is_file():
        return {1: "."}
    found = [match for path in sorted(folder.iterdir()) if (match := _PART.fullmatch(path.name))]
    if len({match[1] for match in found}) > 1:
        raise SourceRefused("refused.siard_several", first=found[0][1], second=found[-1][1])
    return dict(sorted((int(match[2]), match[0]) for match in found))


def opened(folder: Path) -> Siard:
    """Raises SourceRefused."""
    store, held = FolderStore(folder), parts(folder)
    try:
        with store.open(_find(store, held, INDEX)) as stream:
            root = tree(stream)
    except (*UNREADABLE, Outside) as error:
        raise SourceRefused("refused.siard_metadata") from error
    version = metadata.dk_version(root)
    if not version:
        raise SourceRefused("refused.siard_version", version=root.get("xmlns", "")[:100])
    listed = [
        Listed("", table, _table_folder(store, held, raw(table, "folder")))
        for table in root.iterfind("tables/table")
    ]
    layout = replace(laid(listed, Types(root), ()), version=version)
    return SiardDk(store, folder, _with_documents(layout, root, _find(store, held, DOCUMENTS)), held)


def _find(store: FolderStore, held: dict[int, str], name: str) -> str:
    """Where the file stands; in the first part when it stands nowhere."""
    places = [_in(part, name) for part in held.values()]
    return next((place for place in places if size_of(store, place) is not None), places[0])


def _table_folder(store: FolderStore, held: dict[int, str], folder: str) -> str:
    return _find(store, held, f"Tables/{folder}/{folder}.xml").removesuffix(f"/{folder}.xml")


def _in(part: str, name: str) -> str:
    return name if part == "." else f"{part}/{name}"


def _with_documents(layout: Layout, root: Element, member: str) -> Layout:
    """The document table, and the columns that refer to it; only when there are any."""
    places = [_document_columns(table) for table in root.iterfind("tables/table")]
    if not any(places):
        return layout
    name = "docIndex~2" if any(stored.table.name == "docIndex" for stored in layout.tables) else "docIndex"
    columns = tuple(Column(column, kind) for column, kind in {**_DOCUMENT_COLUMNS, DOCUMENT: "BLOB"}.items())
    documents = Stored(Table(name, columns), member, _plain_cells(_DOCUMENT_COLUMNS), ("docIndex", "doc"))
    tables = [
        replace(
            stored,
            table=replace(
                stored.table, foreign={**stored.table.foreign, **dict.fromkeys(own, (name, "dID"))}
            ),
        )
        for stored, own in zip(layout.tables, places, strict=True)
    ]
    return replace(layout, tables=(*tables, documents))


def _document_columns(table: Element) -> list[str]:
    return [
        raw(column, "name")
        for column in table.iterfind("columns/column")
        if any((said.text or "").strip() == _DOCUMENT_ID for said in column.iterfind("functionalDescription"))
    ]


def _plain_cells(names: Iterable[str]) -> dict[str, Field]:
    return {name: Field(name, name) for name in names}


class SiardDk(Siard):
    kind = "siard-dk"
    _plain = staticmethod(str)

    def __init__(self, store: FolderStore, folder: Path, layout: Layout, held: dict[int, str]) -> None:
        self._folder, self._parts = folder, held
        super().__init__(store, folder, layout, "", True)

    def rows_of(self, stored: Stored) -> Iterator[Row]:
        if not stored.member.endswith(DOCUMENTS):
            yield from super().rows_of(stored)
            return
        notes, number = Notes(stored.table.name), 0
        for row in super().rows_of(stored):
            files = self._files(row)
            if not files:
                notes.add("snapshot.siard_lob_missing", DOCUMENT, row.number, row.cells["dID"] or "")
            for blob in files or [None]:
                number += 1
                cells = {**row.cells, DOCUMENT: blob}
                yield replace(row, number=number, cells=cells)
        self._found[DOCUMENTS] = tuple(notes.findings())

    def _files(self, row: Row) -> list[Blob]:
        """A document's files are numbered from 1 in a folder of its own, on the part (medium) the index names."""
        part, collection, number = (row.cells[name] or "" for name in ("mID", "dCf", "dID"))
        if not (re.fullmatch(r"\w+", collection) and _ID.fullmatch(number) and _ID.fullmatch(part)):
            return []
        place = _in(self._parts.get(int(part), self._parts.get(1, ".")), f"Documents/{collection}/{number}")
        try:
            found = [
                match
                for path in (self._folder / place).iterdir()
                if (match := re.fullmatch(r"(\d+)\.\w+", path.name))
            ]
        except OSError:
            return []
        names = [f"{place}/{match[0]}" for match in sorted(found, key=lambda match: int(match[1]))]
        sizes = ((name, size_of(self._store, name)) for name in names)
        return [Blob(name, size, row.cells["oFn"] or "") for name, size in sizes if size is not None]

    def _altered(self) -> Iterator[Finding]:
        """Are all files the index lists there, and are tables and indices what their digests say?"""
        columns = ("foN", "fiN", "md5")
        listed = Table("fileIndex", tuple(map(Column, columns)))
        member, notes = _find(self._store, self._parts, FILES), Notes(listed.name)
        for row in super().rows_of(Stored(listed, member, _plain_cells(columns), ("fileIndex", "f"))):
            folder, name, digest = (row.cells[column] or "" for column in columns)
            place = self._place(folder, name)
            size = size_of(self._store, place)
            if size is None:
                notes.add("snapshot.siard_files_missing", "", row.number, place)
            elif re.search(r"(^|/)(Tables|Indices)/", place) and self._digest(place, size) != digest.lower():
                notes.add("snapshot.siard_files_altered", "", row.number, place)
        yield from notes.findings()

    def _place(self, folder: str, name: str) -> str:
        place = f"{folder}/{name}".replace("\\", "/")
        return place.partition("/")[2] if "." in self._parts.values() else place

    def _digest(self, place: str, size: int) -> str:
        return digest_of(self._folder / place, size, "md5")
