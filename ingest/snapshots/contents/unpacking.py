"""7z and RAR files, unpacked by bsdtar (libarchive), a program of its own that need not be installed.

It hands the members over as a tar stream, which is read here: it writes no file, and no name becomes a path.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import BinaryIO

from archive import durable
from archive.errors import SourceRefused, ToolMissing
from archive.holdings.locator import Locator
from archive.model import Finding
from archive.settings import Settings
from ingest.snapshots.contents.confined import said, started
from ingest.snapshots.contents.keeping import Kept, keep_stream
from ingest.snapshots.contents.types import Contained
from ingest.snapshots.contents.zips import MAX_MEMBERS, MAX_RATIO, RATIO_FROM, shown_name

_SEVEN_Z_AES, _TAIL = b"\x06\xf1\x07\x01", 1 << 16
_LOCKED = (b"encrypt", b"Passphrase", b"passphrase")


def members(
    settings: Settings, kept: Kept, contained: Contained
) -> tuple[tuple[Contained, ...], tuple[Finding, ...]]:
    """The members as files in the work folder. Raises ToolMissing, SourceRefused."""
    home = settings.work / "contents"
    if Path(contained.folder) == home:  # out of such a container itself
        return (), (Finding("contents.too_deep", values={"limit": "1"}),)
    program = shutil.which("bsdtar")
    if not program:
        raise ToolMissing("error.tool_missing", tool="bsdtar", command="apt-get install libarchive-tools")
    durable.make_folder(home)
    command = [program, "-c", "-f", "-", "--format", "pax", f"@{kept.path.absolute()}"]
    limits = {
        "seconds": settings.page_seconds,
        "memory": settings.page_memory,
        "file_bytes": settings.file_bytes,
    }
    with tempfile.TemporaryDirectory(prefix=".unpack-", dir=home) as folder:
        with started(command, Path(folder), stdout=subprocess.PIPE, **limits) as process:
            found = _taken(settings, kept, process.stdout)
            code = process.wait()
        if code:
            _refuse(kept.path, said(Path(folder)))
    return found


def _taken(
    settings: Settings, kept: Kept, stream: BinaryIO
) -> tuple[tuple[Contained, ...], tuple[Finding, ...]]:
    """Every file of the stream, kept under its digest; links and devices are counted."""
    inner, odd, count, total = [], [], 0, 0
    with contextlib.suppress(tarfile.TarError, EOFError), tarfile.open(fileobj=stream, mode="r|") as members:
        for member in members:  # an end too soon shows in how the program ended
            count, total = count + 1, total + member.size
            if count > MAX_MEMBERS or (total > RATIO_FROM and total > MAX_RATIO * kept.size):
                raise SourceRefused("refused.bomb", count=count, gib=f"{total / 2**30:.1f}")
            if member.isreg():
                file = keep_stream(settings, members.extractfile(member))
                inner.append(_member(settings, file, member.name))
            elif not member.isdir():
                odd.append(shown_name(member.name))
    links = {"count": str(len(odd)), "names": ", ".join(odd[:5])}
    return tuple(inner), (Finding("contents.links", values=links),) if odd else ()


def _member(settings: Settings, file: Kept, name: str) -> Contained:
    home = settings.work / "contents"
    return Contained(str(home), str(Locator(file.path.relative_to(home).as_posix())), shown_name(name))


def _refuse(path: Path, reason: bytes) -> None:
    """Why the program failed. An encrypted directory it does not name: 7z says so at its end, in plain bytes."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        locked = _SEVEN_Z_AES in file.read()
    if locked or any(word in reason for word in _LOCKED):
        raise SourceRefused("refused.encrypted")
    raise SourceRefused("refused.broken", reason=reason.decode("utf-8", "replace").strip()[:200])
