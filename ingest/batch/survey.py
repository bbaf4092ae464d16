"""Taking stock of a batch folder: what lies there, and for each file its digest, kind and number of pages."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archive.errors import SourceRefused
from archive.model import Finding
from archive.settings import Settings
from ingest.batch.folder import is_sheet, is_system_file, is_system_folder, natural
from ingest.files import sources

SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LOOK_SECONDS = 900
"""Limit for hashing and inspecting one file; large ones on slow disks take minutes."""


@dataclass(frozen=True)
class Refusal:
    """A received file that is not taken in: message code `refused.*` (remedy: `<code>.remedy`) and its values."""

    file: str
    code: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A file as listed. `name` is relative to the batch folder, exactly as received, with `/`."""

    name: str
    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Surveyed:
    """A file that can be taken in."""

    found: Found
    sha256: str
    media_type: str
    pages: int
    signed: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Listing:
    found: tuple[Found, ...]
    refused: tuple[Refusal, ...]
    ignored: tuple[str, ...]


def list_folder(root: Path) -> Listing:
    """Everything below `root` in natural order. Symbolic links and special files are refused, never followed."""
    found: list[Found] = []
    refused: list[Refusal] = []
    ignored: list[str] = []
    for entry in _walk(root, "", refused, ignored):
        name = os.path.relpath(entry.path, root)
        status = entry.stat(follow_symlinks=False)
        if stat.S_ISLNK(status.st_mode):
            refused.append(Refusal(name, "refused.symlink"))
        elif not stat.S_ISREG(status.st_mode):
            refused.append(Refusal(name, "refused.not_a_file"))
        else:
            found.append(Found(name, entry.path, status.st_size, status.st_mtime_ns))
    found.sort(key=lambda file: natural(file.name))
    return Listing(tuple(found), tuple(refused), tuple(sorted(ignored)))


def _walk(folder: Path, prefix: str, refused: list[Refusal], ignored: list[str]) -> Iterator[os.DirEntry]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        refused.append(Refusal(prefix or ".", "refused.folder_unreadable", {"reason": error.strerror or ""}))
        return
    for entry in entries:
        name = f"{prefix}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if is_system_folder(entry.name):
                ignored.append(name + "/")
            else:
                yield from _walk(Path(entry.path), name + "/", refused, ignored)
        elif is_system_file(entry.name):
            ignored.append(name)
        else:
            yield entry


def look(settings: Settings, found: Found) -> Surveyed | Refusal:
    """Digest and kind of one file; run in a worker, since a hostile file may crash its reader."""
    path = Path(found.path)
    try:
        info = sources.SourceInfo(SHEET_TYPE, 0) if is_sheet(found.name) else sources.inspect(path, settings)
        digest = _sha256(path)
        if changed(found):
            return Refusal(found.name, "refused.changing")
    except SourceRefused as refusal:
        return Refusal(found.name, refusal.code, refusal.values)
    except OSError as error:
        return Refusal(found.name, "refused.unreadable", {"reason": error.strerror or ""})
    return Surveyed(found, digest, info.media_type, info.pages, info.signed, info.findings)


def changed(found: Found) -> bool:
    """Is the file no longer the one that was listed?"""
    try:
        status = os.stat(found.path, follow_symlinks=False)
    except OSError:
        return True
    return (status.st_size, status.st_mtime_ns) != (found.size, found.mtime_ns)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
