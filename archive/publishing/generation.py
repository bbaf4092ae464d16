"""One sealed, numbered generation: the catalogue and index built from the holdings at one moment. Read side.

published/generations/000007/   catalogue/  index/  manifest.json  manifest.json.sha256
published/current               symbolic link to the generation in use
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from archive import serial
from archive.engines import catalogues, indexes
from archive.errors import HomeError, IntegrityError
from archive.holdings import damage
from archive.holdings.damage import Differences, Wrong
from archive.model import Finding
from archive.ports import CatalogueReader, IndexReader
from archive.settings import Settings

FORMAT = "kho-generation/9"
MANIFEST = "manifest.json"
MANIFEST_DIGEST = "manifest.json.sha256"
CURRENT = "current"
KINDS = {"untracked": "extra", "truncated": "changed"}
"""Kinds of damage that have another name in a generation."""
QUICK = 256 * 2**20
"""Bytes of a generation up to which every digest is checked before it is served: a second at most."""


@dataclass(frozen=True)
class FileRecord:
    """A file of the generation, its path relative to the generation's folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a generation consists of. `counts` are those of CatalogueReader.counts."""

    format: str
    number: str
    created: str
    previous: str
    catalogue_engine: str
    index_engine: str
    counts: dict[str, int]
    files: tuple[FileRecord, ...]


@dataclass(frozen=True)
class Generation:
    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def manifest(self) -> Manifest:
        """Raises IntegrityError when it is not what its digest says."""
        path = self.folder / MANIFEST
        try:
            content = path.read_bytes()
            if (self.folder / MANIFEST_DIGEST).read_bytes() != manifest_digest(content):
                raise ValueError(MANIFEST_DIGEST)
            return serial.loads(Manifest, content)
        except (OSError, ValueError, TypeError) as error:
            raise self._damaged([self._finding("changed", MANIFEST)]) from error

    def check(self, digests: bool = True, only: str = "") -> list[Finding]:
        """Every byte (or only every size) against the manifest; nothing more and nothing less than it lists.

        `only`: of the files whose paths begin so.
        """
        try:
            listed = {record.path: record for record in self.manifest.files if record.path.startswith(only)}
        except IntegrityError:
            return [self._finding("changed", MANIFEST)]
        present = {path for path in file_paths(self.folder) if path.startswith(only)}
        present -= {MANIFEST, MANIFEST_DIGEST}
        found = Differences({path: listed[path].sha256 for path in listed.keys() - present})
        for path in present:
            record = listed.get(path)
            if record is None:
                found.extra[path] = _digest(self.folder / path) if found.gone else ""
            elif wrong := _wrong(self.folder / path, record, digests):
                found.wrong[path] = wrong
        return [self._told(one) for one in damage.named(found)]

    def _told(self, one: Finding) -> Finding:
        kind = one.code.removeprefix("fixity.")
        to = {"to": f"{self.name}/{one.values['to']}"} if "to" in one.values else {}
        return replace(self._finding(KINDS.get(kind, kind), one.file or ""), values=to)

    @property
    def readable(self) -> bool:
        """Is it in the form that this version of Kho reads?"""
        return self.manifest.format == FORMAT

    def require_format(self) -> None:
        """Raises HomeError when an earlier or later version of Kho built it: then it is published anew, not read."""
        if not self.readable:
            raise HomeError("storage.generation_format", generation=self.name, format=self.manifest.format)

    def require_sound(self) -> None:
        """The check before anything of it is served. Raises IntegrityError, and HomeError for another format.

        The manifest and every file's presence and size always; the digests too when reading is quick, or when
        opening the index runs code. `check`, as `kho verify` runs it, reads every byte of the others.
        """
        self.require_format()
        quick = sum(record.size for record in self.manifest.files) < QUICK
        whole = quick or self.manifest.index_engine in indexes.PICKLED
        findings = self.check(digests=whole)
        if findings:
            raise self._damaged(findings)

    def _damaged(self, findings: list[Finding]) -> IntegrityError:
        return IntegrityError(
            "storage.generation_damaged", generation=self.name, count=len(findings), file=findings[0].file
        )

    def _finding(self, kind: str, path: str) -> Finding:
        return Finding(f"fixity.generation_{kind}", "error", f"{self.name}/{path}")

    def catalogue(self) -> CatalogueReader:
        return catalogues.open_reader(self.manifest.catalogue_engine, self.folder / "catalogue")

    def index(self) -> IndexReader:
        return indexes.open_reader(self.manifest.index_engine, self.folder / "index")


def manifest_digest(manifest: bytes) -> bytes:
    """What MANIFEST_DIGEST holds."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def file_paths(folder: Path) -> list[str]:
    """Relative paths of all files below a folder."""
    found = []
    for parent, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(parent, name), folder) for name in names]
    return sorted(found)


def _wrong(path: Path, record: FileRecord, digest: bool) -> Wrong | None:
    """How a file differs from what the manifest lists; None when it does not."""
    try:
        size = path.stat().st_size
        if size == record.size and not digest:
            return None
        found = _digest(path) if size == record.size or digest else ""
        return None if found == record.sha256 else Wrong(record.sha256, found, size)
    except OSError:
        return Wrong(record.sha256, "", 0)


def _digest(path: Path) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def generations_folder(settings: Settings) -> Path:
    return settings.published / "generations"


def find(settings: Settings) -> Generation | None:
    """The generation in use, or None before the first publish."""
    try:
        target = os.readlink(settings.published / CURRENT)
    except OSError:
        return None
    return Generation(settings.published / target)


def current(settings: Settings) -> Generation:
    """The generation in use. Raises HomeError before the first publish."""
    found = find(settings)
    if found is None:
        raise HomeError("error.not_published", path=settings.home)
    return found


def newest_sound(settings: Settings, besides: Generation) -> Generation | None:
    """The newest generation but `besides` of which every byte is as it was built."""
    folders = sorted(generations_folder(settings).glob("[0-9]" * 6), reverse=True)
    others = (Generation(folder) for folder in folders if folder.name != besides.name)
    return next((other for other in others if not other.check()), None)
