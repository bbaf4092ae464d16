"""Every durable step of the product passes through here, so that each can be made to fail by name.

Order of every write: temp in the same folder -> write -> fsync file -> rename -> fsync folder -> acknowledge.
Fault points are switched on by tests only: KHO_FAULT="<point>:<n>[:kill|enospc|eio]" acts at the n-th pass
of <point> ("*" for any point).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import signal
import stat
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import HomeError, StorageError

POINTS = ("mkdir", "write", "fsync", "rename", "fsync-folder", "link", "remove", "cut")
"""Names of all durable steps."""

TEMP_PREFIX = ".tmp-"
LOCK_MODE = 0o600

_passes: dict[str, int] = {}


def reached(point: str) -> None:
    """Count a durable step; act when a test asked for a fault here."""
    wanted = os.environ.get("KHO_FAULT")
    if not wanted:
        return
    name, _, rest = wanted.partition(":")
    number, _, kind = rest.partition(":")
    key = point if name == point else "*" if name == "*" else ""
    if not key:
        return
    _passes[key] = _passes.get(key, 0) + 1
    if _passes[key] != int(number or 1):
        return
    if kind in ("enospc", "eio"):
        raise OSError(getattr(errno, kind.upper()), os.strerror(getattr(errno, kind.upper())))
    os.kill(os.getpid(), signal.SIGKILL)


@contextlib.contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """What the operating system refuses inside becomes a StorageError naming `path`."""
    codes = {
        errno.ENOSPC: "error.disk_full",
        errno.EDQUOT: "error.disk_full",
        errno.EROFS: "error.read_only",
        errno.EACCES: "error.no_permission",
        errno.EPERM: "error.no_permission",
    }
    try:
        yield
    except OSError as error:
        raise StorageError(codes.get(error.errno or 0, "error.storage"), path=path, reason=error) from error


def make_folder(path: Path) -> None:
    """Create a folder and its parents, each made durable in its parent."""
    if path.is_dir():
        return
    make_folder(path.parent)
    with storage_errors(path):
        reached("mkdir")
        path.mkdir(exist_ok=True)
    fsync_folder(path.parent)


def write_file(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write a whole file durably; readers see the old content or the new, never a part."""
    with new_file(path, mode) as file:
        file.write(content)


@contextlib.contextmanager
def new_file(path: Path, mode: int = 0o644, part: str = "") -> Iterator[BinaryIO]:
    """A file written in pieces: whole, synced and in its place once the block ends, not there when it fails.

    `part` names it until then, so that what a killed run left there is begun anew by the next one.
    """
    make_folder(path.parent)
    with storage_errors(path):
        temp = _temp(path, part)
        try:
            reached("write")
            with open(os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                yield file
                file.flush()
                reached("fsync")
                os.fsync(file.fileno())
            rename(temp, path)
        except BaseException:
            with contextlib.suppress(OSError):  # what went wrong first is to be told
                temp.unlink(missing_ok=True)
            raise


ABANDONED = 24 * 3600
"""Seconds after which a temporary file has no writer any more."""


def _temp(path: Path, part: str = "") -> Path:
    """A new temporary name beside `path`; what writers killed long ago left there is removed, and any other `part`."""
    with os.scandir(path.parent) as entries:
        left = [entry for entry in entries if entry.name.startswith(TEMP_PREFIX)]
    for entry in left:
        with contextlib.suppress(OSError):
            abandoned = entry.stat(follow_symlinks=False).st_mtime < time.time() - ABANDONED
            if abandoned or entry.name == TEMP_PREFIX + part:
                os.unlink(entry.path)
    return path.parent / (TEMP_PREFIX + (part or uuid.uuid4().hex))


def write_parts(path: Path, parts: Iterable[bytes], mode: int = 0o644) -> None:
    """As `write_file`, of content that need not fit into memory."""
    with new_file(path, mode) as file:
        file.writelines(parts)


def write_synced(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Create `path` with `content` and fsync it; the folder is not yet synced."""
    with storage_errors(path):
        reached("write")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
            file.flush()
            reached("fsync")
            os.fsync(file.fileno())


def append(path: Path, content: bytes, at: int, mode: int = 0o644) -> None:
    """Add to the end of a file that is `at` bytes long (absent: 0) and fsync it; on failure it is cut back to `at`."""
    with storage_errors(path):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, mode)
        try:
            _append(file, content, at)
        finally:
            os.close(file)
    if at == 0:
        fsync_folder(path.parent)


def _append(file: int, content: bytes, at: int) -> None:
    try:
        reached("write")
        view = memoryview(content)
        while view:
            written = os.pwrite(file, view, at + len(content) - len(view))
            view = view[written:]
        reached("fsync")
        os.fdatasync(file)  # the new size is data's way back: fdatasync carries it
    except OSError:
        with contextlib.suppress(OSError):  # what cannot be cut now, the next reader has to set aside
            os.ftruncate(file, at)
        raise


SYNCED = 64 << 20
"""Bytes of a growing file between two syncs: what a power cut may cost at most."""


@contextlib.contextmanager
def growing(path: Path, at: int, mode: int = 0o600) -> Iterator[Callable[[bytes], None]]:
    """Write on from byte `at` of a large file, which is cut there first; fsynced now and then, and at the end."""
    with storage_errors(path):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, mode)
        try:
            os.ftruncate(file, at)
            os.lseek(file, at, os.SEEK_SET)
            grown = _Growing(file)
            yield grown.write
            grown.sync()
        finally:
            os.close(file)
    fsync_folder(path.parent)


class _Growing:
    def __init__(self, file: int) -> None:
        self._file, self._unsynced = file, 0

    def write(self, content: bytes) -> None:
        reached("write")
        view = memoryview(content)
        while view:
            view = view[os.write(self._file, view) :]
        self._unsynced += len(content)
        if self._unsynced >= SYNCED:
            self.sync()

    def sync(self) -> None:
        reached("fsync")
        os.fsync(self._file)
        self._unsynced = 0


def cut(path: Path, size: int) -> None:
    """Shorten a file to `size` bytes, durably."""
    with storage_errors(path):
        reached("cut")
        with open(path, "r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())


@dataclass(frozen=True)
class Copied:
    """What really went through a copy: lower-case hex digests and size in bytes."""

    sha256: str
    sha512: str
    size: int


def _opened(path: Path) -> BinaryIO:
    with storage_errors(path):
        return open(path, "rb")


def copy_file(source: Path, target: Path, mode: int = 0o644) -> Copied:
    """Copy bytes into the new file `target`, hashing what passes, and fsync it; the folder is not yet synced."""
    with _opened(source) as incoming:
        return copy_chunks(iter(lambda: incoming.read(1 << 20), b""), target, mode)


def copy_chunks(chunks: Iterable[bytes], target: Path, mode: int = 0o644) -> Copied:
    """The same for bytes that come in pieces."""
    sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
    with storage_errors(target):
        reached("write")
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            for block in chunks:
                sha256.update(block)
                sha512.update(block)
                size += file.write(block)
            file.flush()
            reached("fsync")
            os.fsync(file.fileno())
    return Copied(sha256.hexdigest(), sha512.hexdigest(), size)


def share_file(source: Path, target: Path) -> None:
    """Give a file that never changes a second name on the same disk; the folder is not yet synced."""
    with storage_errors(target):
        reached("link")
        os.link(source, target, follow_symlinks=False)


def rename(source: Path, target: Path) -> None:
    """Rename within one file system and make it durable."""
    with storage_errors(target):
        reached("rename")
        os.rename(source, target)
    fsync_folder(target.parent)
    if source.parent != target.parent:
        fsync_folder(source.parent)


def fsync_folder(path: Path) -> None:
    with storage_errors(path):
        reached("fsync-folder")
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def point_link(link: Path, target: str) -> None:
    """Make the symbolic link `link` point at `target` in one step: readers see the old target or the new."""
    with storage_errors(link):
        temp = _temp(link)
        reached("link")
        os.symlink(target, temp)
    rename(temp, link)


def remove_tree(path: Path) -> None:
    """Remove a file or a whole folder; a folder that is not there is no error."""
    with storage_errors(path):
        reached("remove")
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if path.parent.is_dir():
        fsync_folder(path.parent)


def remove_empty(path: Path) -> bool:
    """Remove an empty folder; one that is not there is no error. False when something is in it."""
    with storage_errors(path):
        reached("remove")
        try:
            path.rmdir()
        except FileNotFoundError:
            return True
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            return False
    fsync_folder(path.parent)
    return True


def fsync_file(path: Path) -> None:
    with storage_errors(path):
        reached("fsync")
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def fsync_tree(path: Path) -> None:
    """fsync every file and folder below `path`, deepest first, then `path` itself."""
    for folder, _, names in os.walk(path, topdown=False):
        for name in names:
            fsync_file(Path(folder, name))
        fsync_folder(Path(folder))


def sync_disk(path: Path) -> None:
    """Make everything written below `path` so far durable at once: cheaper than file by file for very many."""
    with storage_errors(path):
        reached("fsync")
        os.sync()


@contextlib.contextmanager
def lock(path: Path, wait: bool = False) -> Iterator[None]:
    """Hold an exclusive lock owned by this process; it ends with the process, never left behind.

    Who can open a file can hold a lock on it, also for reading only: so nobody but its owner can open this one.
    Raises HomeError when another process holds it, unless told to `wait`.
    """
    make_folder(path.parent)
    with storage_errors(path):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, LOCK_MODE)
        if stat.S_IMODE(os.fstat(file).st_mode) != LOCK_MODE:  # of an older version
            with contextlib.suppress(PermissionError):
                os.fchmod(file, LOCK_MODE)
    try:
        _take(file, path, wait)
        yield
    finally:
        os.close(file)


@contextlib.contextmanager
def held_off(path: Path) -> Iterator[None]:
    """Hold off whoever takes `lock(path)`, without writing anything; where nobody ever took it there is nobody."""
    if not path.exists():
        yield
        return
    with storage_errors(path):
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield
    finally:
        os.close(file)


def _take(file: int, path: Path, wait: bool) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError as error:
        raise HomeError("error.home_locked", path=path) from error
