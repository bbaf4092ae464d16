"""A package somebody hands over, opened for reading: a folder, a ZIP file, or a bag with the package in it.

Nothing in it is trusted: no name leads outside, no link is followed, no XML with a document type or entities is read, and
no file gives more bytes than its METS states.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote

from lxml import etree

from archive.errors import SourceRefused
from archive.packages.profile import schema

METS = "METS.xml"
MOST_XML = 64 << 20
"""Bytes of one XML file of a package at most."""
MOST_PACKED = 200
"""How many times bigger than the ZIP file its content may be, beside MOST_XML: more is a bomb."""
MOST_FILES = 2_000_000


class Container(Protocol):
    """`names`: every file, as a path from the root folder of the package."""

    names: frozenset[str]

    def open(self, name: str) -> BinaryIO: ...


@dataclass(frozen=True)
class Stated:
    """What a METS states of a file. `use` is the group or metadata section it is named in."""

    path: str
    size: int
    sha256: str
    media_type: str
    use: str


@dataclass(frozen=True)
class Opened:
    """A package with what its METS files state. `files` are all but those METS files themselves."""

    container: Container
    kind: str
    id: str
    files: dict[str, Stated]
    described: frozenset[str]

    def content(self, path: str) -> bytes:
        """A small file, checked against what is stated of it. Raises SourceRefused."""
        stated = self.files.get(path)
        if stated is None or stated.size > MOST_XML:
            raise SourceRefused("packages.part_missing", path=path)
        with self.container.open(path) as file:
            content = file.read(stated.size + 1)
        if (len(content), hashlib.sha256(content).hexdigest()) != (stated.size, stated.sha256):
            raise SourceRefused("packages.part_changed", path=path)
        return content


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The package at `path`. Raises SourceRefused when it is none, or one that is not to be trusted."""
    if path.is_dir():
        yield _read(_unbagged(_Folder(path)))
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, ValueError) as error:
        raise SourceRefused("packages.no_package", path=path) from error
    with archive:
        yield _read(_unbagged(_Zip(archive)))


# --------------------------------------------------------------------------- folders and ZIP files


def _safe(name: str, among: str) -> str:
    """`name` if it stays inside. Raises SourceRefused."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\\" in name or "\0" in name or ":" in parts[0]:
        raise SourceRefused("packages.path_outside", path=name, within=among)
    return name


class _Folder:
    def __init__(self, root: Path) -> None:
        self._root = root
        self.names = frozenset(self._files())

    def _files(self) -> Iterator[str]:
        for folder, folders, files in os.walk(self._root):
            for name in (*folders, *files):
                path = Path(folder, name)
                mode = path.lstat().st_mode
                if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                    raise SourceRefused("packages.no_plain_file", path=path.relative_to(self._root))
            yield from (Path(folder, name).relative_to(self._root).as_posix() for name in files)

    def open(self, name: str) -> BinaryIO:
        return (self._root / name).open("rb")


class _Zip:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries = dict(_entries(archive))
        self.names = frozenset(self._entries)

    def open(self, name: str) -> BinaryIO:
        return self._archive.open(self._entries[name])


def _size(archive: zipfile.ZipFile) -> int:
    return archive.fp.seek(0, os.SEEK_END)


def _entries(archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Members below the one root folder; (path from there, member)."""
    seen: set[str] = set()
    roots: set[str] = set()
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise SourceRefused("packages.too_many", count=len(members))
    if sum(member.file_size for member in members) > MOST_XML + MOST_PACKED * _size(archive):
        raise SourceRefused("packages.bomb")
    for member in members:
        name = _safe(member.filename.rstrip("/"), "zip")
        root, slash, rest = name.partition("/")
        roots.add(root)
        if member.is_dir():
            continue
        mode = member.external_attr >> 16
        if member.flag_bits & 1 or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
            raise SourceRefused("packages.no_plain_file", path=name)
        if not slash or len(roots) > 1 or name in seen:
            raise SourceRefused("packages.no_single_root", path=name)
        seen.add(name)
        yield rest, member


@dataclass(frozen=True)
class _Inside:
    """A part of a container: what lies below `base`."""

    container: Container
    base: str
    names: frozenset[str]

    def open(self, name: str) -> BinaryIO:
        return self.container.open(self.base + name)


def _unbagged(container: Container) -> Container:
    """The payload of a bag: the one folder in `data`."""
    if "bagit.txt" not in container.names or METS in container.names:
        return container
    payload = [name.removeprefix("data/") for name in container.names if name.startswith("data/")]
    roots = {name.partition("/")[0] for name in payload}
    if len(roots) != 1:
        raise SourceRefused("packages.no_single_root", path="data")
    base = f"data/{roots.pop()}/"
    return _Inside(
        container, base, frozenset(n.removeprefix(base) for n in container.names if n.startswith(base))
    )


# --------------------------------------------------------------------------- METS


def _read(container: Container) -> Opened:
    """What the METS of the package and those of its representations state."""
    if METS not in container.names:
        raise SourceRefused("packages.no_package", path=METS)
    root = parsed(container, METS)
    header = root.find(schema("mets").tag("metsHdr"))
    kind = header.get(schema("csip").tag("OAISPACKAGETYPE"), "") if header is not None else ""
    files, described = dict(_stated(root, "")), {METS}
    for path in [path for path, each in files.items() if each.use.startswith("Representations/")]:
        described.add(path)
        _require(container, files.pop(path))
        files |= _stated(parsed(container, path), path.rpartition("/")[0])
    return Opened(container, kind, root.get("OBJID", ""), files, frozenset(described))


def _require(container: Container, stated: Stated) -> None:
    """A METS of a representation is what that of the package states."""
    Opened(container, "", "", {stated.path: stated}, frozenset()).content(stated.path)


def parsed(container: Container, path: str) -> etree._Element:
    """An XML file of the package. Raises SourceRefused when it is not sound, too big, or declares entities."""
    if path not in container.names:
        raise SourceRefused("packages.part_missing", path=path)
    with container.open(path) as file:
        content = file.read(MOST_XML + 1)
    if len(content) > MOST_XML:
        raise SourceRefused("packages.too_big", path=path)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        plain = content.decode("utf-8")
        if "<!DOCTYPE" in plain or "<!ENTITY" in plain:
            raise SourceRefused("packages.entities", path=path)
        return etree.fromstring(content, parser)
    except (ValueError, etree.XMLSyntaxError) as error:
        raise SourceRefused("packages.xml_unreadable", path=path, reason=type(error).__name__) from error


def _stated(root: etree._Element, base: str) -> Iterator[tuple[str, Stated]]:
    """Every file that one METS names: (path from the root of the package, what it states)."""
    mets = schema("mets")
    for section in ("dmdSec", "digiprovMD", "rightsMD"):
        for held in root.iter(mets.tag(section)):
            for reference in held.iter(mets.tag("mdRef")):
                yield _one(reference, reference, base, section)
    for group in root.iter(mets.tag("fileGrp")):
        for file in group.findall(mets.tag("file")):
            place = file.find(mets.tag("FLocat"))
            if place is None:
                raise SourceRefused("packages.mets_unsound", reason="FLocat")
            yield _one(file, place, base, group.get("USE", ""))


def _one(about: etree._Element, place: etree._Element, base: str, use: str) -> tuple[str, Stated]:
    href = unquote(place.get(schema("xlink").tag("href"), ""))
    path = _safe(f"{base}/{href}" if base else href, METS)
    try:
        size = int(about.get("SIZE", ""))
        sha256 = about.get("CHECKSUM", "").lower()
        if size < 0 or about.get("CHECKSUMTYPE") != "SHA-256" or len(sha256) != 64:
            raise ValueError("CHECKSUM")
    except ValueError as error:
        raise SourceRefused("packages.mets_unsound", reason=f"{path}: SIZE, CHECKSUM") from error
    return path, Stated(path, size, sha256, about.get("MIMETYPE", ""), use)
