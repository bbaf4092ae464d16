"""SIARD (eCH-0165, versions 1.0, 2.0, 2.1, 2.2; also unpacked) and SIARD-DK: archived relational databases.

`takes` and `opened` as of ingest/snapshots/source.py. An archive is a .siard file, a folder with one .siard file and
the large objects beside it, an unpacked archive, or a folder of SIARD-DK parts (AVID.<archive>.<number>.<part>).
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from archive.errors import SourceRefused
from ingest.snapshots.forms.siard import dk, metadata
from ingest.snapshots.forms.siard.hardened import UNREADABLE, tree
from ingest.snapshots.forms.siard.reader import Siard
from ingest.snapshots.forms.siard.store import NO_ZIP, FolderStore, Store, ZipStore, size_of

METADATA = "header/metadata.xml"
_FIRST = (b"header/", b"content/")
"""What the first member of a SIARD file's ZIP is called: a cut-off file is known by it."""


def takes(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return _unpacked(path) or dk.takes(path) or _only_file(path) is not None
    return _is_siard(path, head)


def opened(path: Path) -> Siard:
    """Raises SourceRefused."""
    if path.is_dir() and dk.takes(path):
        return dk.opened(path)
    if path.is_dir() and _unpacked(path):
        return _read(FolderStore(path), path, "", True)
    file = _only_file(path) if path.is_dir() else path
    if file is None:
        raise SourceRefused("refused.siard_metadata")
    return _read(ZipStore(file), file.parent, file.name, path.is_dir())


def _read(store: Store, folder: Path, archive: str, whole_folder: bool) -> Siard:
    try:
        if size_of(store, METADATA) is None or store.is_bomb(METADATA):
            raise SourceRefused("refused.siard_metadata")
        with store.open(METADATA) as stream:
            root = tree(stream)
        if not metadata.version(root):
            raise SourceRefused("refused.siard_version", version=root.get("xmlns", "")[:100])
        return Siard(store, folder, metadata.layout(root), archive, whole_folder)
    except UNREADABLE as error:
        store.close()
        raise SourceRefused("refused.siard_metadata") from error
    except SourceRefused:
        store.close()
        raise


def _is_siard(path: Path, head: bytes) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(path) as container:
            return METADATA in container.NameToInfo
    except NO_ZIP:
        return _begins(head)


def _begins(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and head[30:].startswith(_FIRST)


def _unpacked(path: Path) -> bool:
    return (path / METADATA).is_file() and (path / "content").is_dir()


def _only_file(folder: Path) -> Path | None:
    """The one SIARD file in a folder; its ZIP files of other kinds are not opened."""
    files = (file for file in sorted(folder.iterdir()) if file.is_file() and _begins(_head(file)))
    found = [file for file in files if _is_siard(file, _head(file))]
    return found[0] if len(found) == 1 else None


def _head(file: Path) -> bytes:
    with file.open("rb") as stream:
        return stream.read(64)
