"""The bytes of an attachment as a file: read in place where it is one, else streamed into work/contents by digest.

What lies there may be deleted at any time and is made again; nothing half-written is ever found under its name.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import resource
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from archive import durable
from archive.errors import IntegrityError, SourceRefused, StorageError
from archive.holdings import locator
from archive.settings import Settings
from ingest.snapshots.contents.types import Contained

_BLOCK = 1 << 20
TEXT_SUFFIX = ".text"


@dataclass(frozen=True)
class Kept:
    """Bytes that can be read from `path`."""

    path: Path
    sha256: str
    size: int


def place(settings: Settings, sha256: str, suffix: str = "") -> Path:
    """Where what has this digest, or is made of it (`suffix`), lies in the work folder."""
    return settings.work / "contents" / sha256[:2] / f"{sha256}{suffix}"


def keep_text(settings: Settings, sha256: str, text: str) -> Path:
    """The text of a content until it is known whether it may be kept."""
    path = place(settings, sha256, TEXT_SUFFIX)
    durable.write_file(path, text.encode("utf-8", "replace"))
    return path


def forget(settings: Settings, sha256: str) -> None:
    """Remove what was kept or made for a content whose pages and text have been read."""
    for suffix in ("", ".pdf", ".encodings", TEXT_SUFFIX):
        place(settings, sha256, suffix).unlink(missing_ok=True)


def sweep(settings: Settings) -> None:
    """Remove what workers that were killed left half-done; for when no other is at work."""
    for left in (settings.work / "contents").glob("**/.*"):
        durable.remove_tree(left)


def keep(settings: Settings, contained: Contained) -> Kept:
    """Raises SourceRefused when the bytes cannot be reached, are none, too many, damaged or locked."""
    with _refusals(contained):
        kept = _kept(settings, contained)
    if not kept.size:
        raise SourceRefused("refused.empty")
    return kept


def _kept(settings: Settings, contained: Contained) -> Kept:
    found = locator.parse(contained.locator)
    path, steps = _nearest(settings, contained.folder, found)
    if not steps:
        return _in_place(settings, path)
    with locator.opened_in(path, steps, _limit(settings) + 2 * _BLOCK) as stream:  # _copied notices first
        return keep_stream(settings, stream)


def require_room(settings: Settings) -> None:
    """Raise StorageError when less than the reserve is free: what fails from then on is not the fault of a file."""
    home = settings.work / "contents"
    durable.make_folder(home)
    if shutil.disk_usage(home).free < settings.free_reserve:
        raise StorageError("error.disk_full", path=home)


def keep_stream(settings: Settings, stream: BinaryIO) -> Kept:
    """All bytes of a stream under their digest. Raises SourceRefused, StorageError."""
    temp = settings.work / "contents" / f"{durable.TEMP_PREFIX}{uuid.uuid4().hex}"
    require_room(settings)
    try:
        with durable.storage_errors(temp), temp.open("xb") as file:
            sha256, size = _copied(settings, stream, file.write)
        target = place(settings, sha256)
        durable.make_folder(target.parent)
        with durable.storage_errors(target):
            os.replace(temp, target)
    finally:
        temp.unlink(missing_ok=True)
    return Kept(target, sha256, size)


def _nearest(settings: Settings, folder: str, found: locator.Locator) -> tuple[Path, tuple]:
    """The file to open and the steps left in it. A zip inside something else is kept as a file first: a reader of zip
    files jumps to and fro in it, and would hold it in memory."""
    zips = [at for at, (name, _) in enumerate(found.steps) if name == "zip" and at]
    if zips:
        container = locator.Locator(found.path, found.steps[: zips[-1]])
        return _container(settings, folder, str(container)), found.steps[zips[-1] :]
    return _regular(Path(folder), found.path), found.steps


@lru_cache(maxsize=16)
def _container(settings: Settings, folder: str, place: str) -> Path:
    return keep(settings, Contained(folder, place, "")).path


def _regular(folder: Path, path: str) -> Path:
    """The file, surely a regular one inside the folder."""
    real = Path(os.path.realpath(folder / path))
    if os.path.realpath(folder) not in map(str, real.parents):
        raise SourceRefused("refused.symlink")
    if not real.exists():
        raise SourceRefused("refused.unreadable", reason="not there")
    if not real.is_file():
        raise SourceRefused("refused.not_a_file")
    return real


def _in_place(settings: Settings, path: Path) -> Kept:
    with path.open("rb") as stream:
        sha256, size = _copied(settings, stream, len)
    return Kept(path, sha256, size)


def _limit(settings: Settings) -> int:
    """The largest file: as configured, or as much as this worker may write."""
    may_write = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    return settings.file_bytes if may_write < 0 else min(settings.file_bytes, may_write)


def _copied(settings: Settings, stream: BinaryIO, write) -> tuple[str, int]:
    digest, size, limit = hashlib.sha256(), 0, _limit(settings)
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > limit:
            gib = f"{limit / 2**30:.1f}"
            raise SourceRefused("refused.too_large", size=f"> {gib}", limit=gib)
        digest.update(block)
        write(block)
    return digest.hexdigest(), size


@contextmanager
def _refusals(contained: Contained) -> Iterator[None]:
    """What cannot be reached or unpacked becomes a refusal of this one file."""
    try:
        yield
    except IntegrityError as error:
        cause = error.__cause__
        if type(cause) is RuntimeError:  # how zipfile says that a member has a password
            raise SourceRefused("refused.encrypted") from error
        if cause is None or (
            isinstance(cause, OSError | KeyError) and not isinstance(cause, gzip.BadGzipFile)
        ):
            raise SourceRefused("refused.unreadable", reason=cause or contained.locator) from error
        raise SourceRefused("refused.broken", reason=cause) from error
    except (OSError, ValueError) as error:
        raise SourceRefused("refused.unreadable", reason=error) from error
