"""Where the members of a SIARD archive stand: in a ZIP or in a folder. Never outside of it, never through a link."""

from __future__ import annotations

import posixpath
import stat
import zipfile
from pathlib import Path
from typing import BinaryIO, Protocol

from archive.errors import SourceRefused
from archive.holdings.locator import Locator

BOMB = (64 << 20, 400)
"""A member larger than this many bytes may not unpack to more than so many times its packed size (deflate ends at
1032; rows of a table stay below 100)."""


NO_ZIP = (OSError, zipfile.BadZipFile, NotImplementedError, ValueError)
"""What a file that is no whole ZIP raises when it is opened as one."""


class Outside(ValueError):
    """The name leads out of the snapshot."""


class Store(Protocol):
    def size(self, name: str) -> int | None:
        """Bytes of the member; None when there is none. Raises Outside."""

    def open(self, name: str) -> BinaryIO:
        """Of a member that has a size. Raises what hardened.UNREADABLE names."""

    def locator(self, name: str) -> Locator:
        """From the snapshot's folder."""

    def is_bomb(self, name: str) -> bool: ...

    def close(self) -> None: ...


def size_of(store: Store, name: str) -> int | None:
    """None also for what is outside."""
    try:
        return store.size(name)
    except Outside:
        return None


class ZipStore:
    """`twice` names members that are there more than once; the last counts, as for every unpacker."""

    def __init__(self, path: Path) -> None:
        """Raises SourceRefused."""
        try:
            self._zip = zipfile.ZipFile(path)
        except NO_ZIP as error:
            raise SourceRefused("refused.siard_zip") from error
        self.path = path
        self._members = self._zip.infolist()
        if sum(member.compress_size for member in self._members) > path.stat().st_size:
            self._zip.close()
            raise SourceRefused("refused.siard_overlap")
        self.twice = _twice(self._members) if len(self._members) > len(self._zip.NameToInfo) else []

    def primary_data(self) -> int | None:
        """Bytes before the first member of header/: the primary data, if nothing of content/ comes later."""
        header = [member.header_offset for member in self._members if member.filename.startswith("header/")]
        content = [member.header_offset for member in self._members if member.filename.startswith("content/")]
        return min(header) if header and content and max(content) < min(header) else None

    def size(self, name: str) -> int | None:
        member = self._zip.NameToInfo.get(name)
        return member.file_size if member and not member.is_dir() else None

    def open(self, name: str) -> BinaryIO:
        if self._zip.NameToInfo[name].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise zipfile.BadZipFile("packed in a way that SIARD does not know")
        try:
            return self._zip.open(name)
        except (RuntimeError, NotImplementedError) as error:  # encrypted; of a later version of ZIP
            raise zipfile.BadZipFile(str(error)) from error

    def locator(self, name: str) -> Locator:
        return Locator(self.path.name).then("zip", name)

    def is_bomb(self, name: str) -> bool:
        member = self._zip.NameToInfo[name]
        return member.file_size > BOMB[0] and member.file_size > BOMB[1] * member.compress_size

    def close(self) -> None:
        self._zip.close()


def _twice(members: list[zipfile.ZipInfo]) -> list[str]:
    seen: set[str] = set()
    found = []
    for member in members:
        if member.filename in seen:
            found.append(member.filename)
        seen.add(member.filename)
    return found


class FolderStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def size(self, name: str) -> int | None:
        try:
            state = self._inside(name).lstat()
        except OSError:  # also a name longer than the disk allows
            return None
        return state.st_size if stat.S_ISREG(state.st_mode) else None

    def open(self, name: str) -> BinaryIO:
        return self._inside(name).open("rb")

    def locator(self, name: str) -> Locator:
        return Locator(name)

    def is_bomb(self, name: str) -> bool:
        return False

    def close(self) -> None: ...

    def _inside(self, name: str) -> Path:
        if posixpath.normpath(name) != name or name.startswith(("/", "..")) or "\\" in name or "\0" in name:
            raise Outside(name)
        path = self.folder
        for part in name.split("/"):
            path = path / part
            if path.is_symlink():
                raise Outside(name)
        return path
