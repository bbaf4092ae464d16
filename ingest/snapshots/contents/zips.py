"""The files in a ZIP file as places in the snapshot: nothing is unpacked, and no name in it becomes a path."""

from __future__ import annotations

import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from archive import text
from archive.errors import SourceRefused
from archive.holdings import locator
from archive.model import Finding
from ingest.batch.folder import is_system_file, is_system_folder
from ingest.snapshots.contents.keeping import Kept
from ingest.snapshots.contents.types import Contained

MAX_DEPTH = 3
"""Containers in containers that are opened."""

MAX_MEMBERS = 10_000
MAX_RATIO, RATIO_FROM = 200, 64 * 2**20
"""More than so many times its own size, from this unpacked size on, no set of documents is: it is a bomb."""

_DIRECTORY_BYTES = 16 * 2**20
_SHOWN = 5
_END, _END_SIZE, _UTF_8 = b"PK\x05\x06", 22, 0x800


def members(kept: Kept, contained: Contained) -> tuple[tuple[Contained, ...], tuple[Finding, ...]]:
    """Raises SourceRefused for a damaged file or a bomb."""
    if depth(contained) >= MAX_DEPTH:
        return (), (Finding("contents.too_deep", values={"limit": str(MAX_DEPTH)}),)
    _refuse_long_directory(kept.path)
    try:
        with zipfile.ZipFile(kept.path) as archive:
            refuse_bomb(archive, kept.size)
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise SourceRefused("refused.broken", reason=error) from error
    files = {info.filename: info for info in infos if not _is_link(info) and not _is_noise(info)}
    inner = tuple(_member(contained, info) for info in files.values())
    return inner, tuple(_findings(infos, files))


def depth(contained: Contained) -> int:
    """How many containers these bytes stand in."""
    return sum(name == "zip" for name, _ in locator.parse(contained.locator).steps)


def refuse_bomb(archive: zipfile.ZipFile, size: int) -> None:
    """Raises SourceRefused when what a ZIP file of `size` bytes unpacks to is out of all proportion."""
    infos = archive.infolist()
    unpacked = sum(info.file_size for info in infos)
    if len(infos) > MAX_MEMBERS or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * size):
        raise SourceRefused("refused.bomb", count=len(infos), gib=f"{unpacked / 2**30:.1f}")


def shown_name(name: str) -> str:
    """A member's name to be shown: without ways out of the container, drive letters and control characters."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    kept = [part for part in parts if part not in ("/", "//", ".", "..") and not part.endswith(":")]
    return text.visible(text.clean("/".join(kept))) or "?"


def _refuse_long_directory(path: Path) -> None:
    """Reading a directory takes memory in proportion: its size is looked up first."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 0xFFFF - _END_SIZE))
        tail = file.read()
    end = tail[tail.rfind(_END) :][:_END_SIZE]
    if len(end) == _END_SIZE and struct.unpack_from("<I", end, 12)[0] > _DIRECTORY_BYTES:
        raise SourceRefused("refused.bomb", count=f"> {MAX_MEMBERS}", gib="?")


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _is_noise(info: zipfile.ZipInfo) -> bool:
    """Left by an operating system; no part of what was sent."""
    parts = [part for part in info.filename.split("/") if part.strip(".")]
    return any(map(is_system_file, parts[-1:])) or any(map(is_system_folder, parts[:-1]))


def _member(contained: Contained, info: zipfile.ZipInfo) -> Contained:
    place = locator.parse(contained.locator).then("zip", info.filename)
    return Contained(contained.folder, str(place), shown_name(_decoded(info)))


def _decoded(info: zipfile.ZipInfo) -> str:
    """Many programs write UTF-8 without saying so."""
    if info.flag_bits & _UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _findings(infos: list[zipfile.ZipInfo], files: dict[str, zipfile.ZipInfo]) -> Iterator[Finding]:
    """What is not taken out of the container, and names that mean mischief."""
    counts = Counter(info.filename for info in infos)
    for code, severity, names in (
        ("contents.links", "warning", [info.filename for info in infos if _is_link(info)]),
        ("contents.left_out", "info", [info.filename for info in infos if _is_noise(info)]),
        ("contents.same_names", "error", [name for name, count in counts.items() if count > 1]),
        ("contents.odd_names", "warning", [name for name in files if _is_odd(name)]),
    ):
        if names:
            shown = ", ".join(map(shown_name, names[:_SHOWN])) + (" …" if len(names) > _SHOWN else "")
            yield Finding(code, severity, values={"count": str(len(names)), "names": shown})


def _is_odd(name: str) -> bool:
    plain = text.clean(name.replace("\\", "/"))
    return plain != shown_name(name)
