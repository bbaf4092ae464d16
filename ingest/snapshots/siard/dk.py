"""SIARD-DK (Danish National Archives): folders AVID.<archive>.<number>.<part> side by side, in one folder.

The first part has Indices/tableIndex.xml; tables stand in any part as Tables/<folder>/<folder>.xml. Text has no escapes.
Documents are listed in Indices/docIndex.xml: it becomes a table of its own, whose last column holds the document.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from archive.errors import SourceRefused
from ingest.snapshots.siard import metadata
from ingest.snapshots.siard.hardened import UNREADABLE, tree
from ingest.snapshots.siard.layout import Layout
from ingest.snapshots.siard.metadata import Listed, laid, raw
from ingest.snapshots.siard.reader import Siard
from ingest.snapshots.siard.store import FolderStore

_PART = re.compile(r"AVID\.[A-Za-z]+\.\d+\.(\d+)", re.ASCII)
INDEX = "Indices/tableIndex.xml"


def takes(folder: Path) -> bool:
    return any((folder / part / INDEX).is_file() for part in parts(folder))


def parts(folder: Path) -> list[str]:
    """Names of the parts in the folder, by number; "." for a folder that is itself a part."""
    if (folder / INDEX).is_file():
        return ["."]
    found = ((match, path.name) for path in folder.iterdir() if (match := _PART.fullmatch(path.name)))
    return [name for _, name in sorted((int(match[1]), name) for match, name in found)]


def opened(folder: Path) -> Siard:
    """Raises SourceRefused."""
    store, held = FolderStore(folder), parts(folder)
    index = next(_in(part, INDEX) for part in held if (folder / part / INDEX).is_file())
    try:
        with store.open(index) as stream:
            root = tree(stream)
    except (*UNREADABLE, ValueError) as error:
        raise SourceRefused("refused.siard_metadata") from error
    if not metadata.dk_version(root):
        raise SourceRefused("refused.siard_version", version=root.get("xmlns", "")[:100])
    listed = [
        Listed("", table, _folder(folder, held, raw(table, "folder")))
        for table in root.iterfind("tables/table")
    ]
    return SiardDk(store, folder, replace(laid(listed, {}, ()), version=metadata.dk_version(root)), held)


def _in(part: str, name: str) -> str:
    return name if part == "." else f"{part}/{name}"


def _folder(folder: Path, held: list[str], table: str) -> str:
    """Where the table stands; in the first part when it stands nowhere."""
    name = f"Tables/{table}"
    places = (part for part in held if (folder / part / name / f"{table}.xml").is_file())
    return _in(next(places, held[0]), name)


class SiardDk(Siard):
    kind = "siard-dk"
    _plain = staticmethod(str)

    def __init__(self, store: FolderStore, folder: Path, layout: Layout, held: list[str]) -> None:
        self._folder, self._parts = folder, held
        super().__init__(store, folder, layout, "")
