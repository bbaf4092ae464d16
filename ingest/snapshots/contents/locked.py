"""Office files that LibreOffice would only fail on: under a password, or packed to burst."""

from __future__ import annotations

import mmap
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from archive.errors import SourceRefused
from ingest.snapshots.contents.kinds import Kind
from ingest.snapshots.contents.zips import refuse_bomb

_SECTOR = 512
_WORD, _WORD_ENCRYPTED = b"\xec\xa5", 0x0100  # MS-DOC 2.5.1: FibBase, wIdent and fEncrypted
_SHEET, _PASSWORD = (b"\x09\x08\x10\x00", b"\x09\x08\x08\x00"), 0x002F  # MS-XLS 2.4.21 BOF, 2.4.117 FilePass
_SLIDES = b"\xdf\xc4\xd1\xf3"  # MS-PPT 2.3.2: headerToken of an encrypted file
_OPEN_DOCUMENT = b"encryption-data"
_RECORDS = 8


def refuse(path: Path, kind: Kind) -> None:
    """Raises SourceRefused for an office file that cannot be opened without a password, or is a bomb."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            refuse_bomb(package, path.stat().st_size)
            if _OPEN_DOCUMENT in _manifest(package):
                raise SourceRefused("refused.encrypted")
    elif kind.office and _is_locked(path, kind.office.part):
        raise SourceRefused("refused.encrypted")


def _manifest(package: zipfile.ZipFile) -> bytes:
    name = "META-INF/manifest.xml"
    if name not in package.namelist():
        return b""
    try:
        with package.open(name) as entry:
            return entry.read(1 << 20)
    except Exception as error:
        raise SourceRefused("refused.broken", reason=error) from error


def _is_locked(path: Path, part: str) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if part == "writer":
            return any(_word_flags(content, at) & _WORD_ENCRYPTED for at in _sectors(content, (_WORD,)))
        if part == "calc":
            return any(_PASSWORD in _records(content, at) for at in _sectors(content, _SHEET))
        return content.find(_SLIDES) >= 0


def _sectors(content: mmap.mmap, starts: tuple[bytes, ...]) -> Iterator[int]:
    """Where a sector of the file begins with one of these bytes: a stream begins there."""
    for start in starts:
        at = content.find(start)
        while at >= 0:
            if not at % _SECTOR:
                yield at
            at = content.find(start, at + 1)


def _word_flags(content: mmap.mmap, at: int) -> int:
    flags = content[at + 10 : at + 12]
    return int.from_bytes(flags, "little")


def _records(content: mmap.mmap, at: int) -> Iterator[int]:
    """The kinds of the first records of a workbook."""
    for _ in range(_RECORDS):
        head = content[at : at + 4]
        if len(head) < 4:
            return
        kind, size = struct.unpack("<HH", head)
        yield kind
        at += 4 + size
