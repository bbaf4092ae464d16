"""A ZIP written forward and never gone back in: every entry stored as it is, its size and CRC known before it begins.

So anything can read it in one pass, a partial file can be continued, and every byte that is no content follows from the
names, sizes and CRCs alone (`Scan` compares each). Sizes and places beyond 4 GiB as in ZIP64 (APPNOTE.TXT 6.3.10, 4.3, 4.5.3).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_UTF8 = 1 << 11
_UNIX_FILE = 0o100644 << 16
_HEAD = struct.Struct("<4s5H3I2H")
_CHUNK = 1 << 20


class ZipStream:
    """Gives the bytes between contents; holds some 100 bytes for each entry. All entries have one time."""

    def __init__(self, when: datetime) -> None:
        date = (when.year - 1980) << 9 | when.month << 5 | when.day
        self._time = (when.hour << 11 | when.minute << 5 | when.second // 2, date)
        self._central = bytearray()
        self._count = 0
        self.size = 0

    def entry(self, name: str, size: int, crc: int) -> bytes:
        """What stands before the content of the next entry."""
        encoded, place = name.encode(), self.size
        header = local_header(encoded, size, crc, self._time)
        self._central += _central(encoded, size, crc, place, self._time)
        self._count += 1
        self.size += len(header) + size
        return header

    def end(self) -> bytes:
        """The central directory and what closes it."""
        count, size, place = self._count, len(self._central), self.size
        wide = count >= _FULL16 or max(size, place) >= _FULL32
        tail = b""
        if wide:
            tail = struct.pack("<4sQ2H2I4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, place)
            tail += struct.pack("<4sIQI", b"PK\x06\x07", 0, place + size, 1)
        few = min(count, _FULL16)
        tail += struct.pack(
            "<4s4H2IH", b"PK\x05\x06", 0, 0, few, few, min(size, _FULL32), min(place, _FULL32), 0
        )
        return bytes(self._central) + tail


def local_header(name: bytes, size: int, crc: int, time: tuple[int, int]) -> bytes:
    extra = struct.pack("<2H2Q", 1, 16, size, size) if size >= _FULL32 else b""
    need, shown = (45, _FULL32) if extra else (20, size)
    return _HEAD.pack(LOCAL, need, _UTF8, 0, *time, crc, shown, shown, len(name), len(extra)) + name + extra


def _central(name: bytes, size: int, crc: int, place: int, time: tuple[int, int]) -> bytes:
    wide = [size, size] if size >= _FULL32 else []
    wide += [place] if place >= _FULL32 else []
    extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
    need, shown = (45 if wide else 20), min(size, _FULL32)
    made = 3 << 8 | need
    about = (made, need, _UTF8, 0, *time, crc, shown, shown, len(name), len(extra), 0, 0, 0, _UNIX_FILE)
    return struct.pack("<4s6H3I5H2I", CENTRAL, *about, min(place, _FULL32)) + name + extra


# --------------------------------------------------------------------------- reading


@dataclass(frozen=True)
class Entry:
    """An entry where it stands: `place` is that of its content."""

    name: str
    size: int
    crc: int
    place: int
    when: datetime | None

    @property
    def end(self) -> int:
        return self.place + self.size


class Scan:
    """Reads such a ZIP from its beginning. `strange` are places where its frame is not what this program writes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.strange: list[int] = []
        self.ended = False

    def entries(self) -> Iterator[Entry]:
        """Every entry that can be made out, in order; what is no header is passed over until the next one."""
        place, lost = 0, False
        while True:
            self.file.seek(place)
            head = self.file.read(4)
            if head == CENTRAL or not head:
                break
            found = self._entry(place) if head == LOCAL else None
            if found:
                lost = False
                yield found
                place = found.end
                continue
            self.strange += [] if lost else [place]
            lost, place = True, self._next(place + 1)
        self.place = place

    def _entry(self, place: int) -> Entry | None:
        """The entry whose header stands here; None when it is none of ours."""
        self.file.seek(place)
        head = self.file.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return None
        _, _, _, _, time, date, crc, size, _, length, more = _HEAD.unpack(head)
        name, extra = self.file.read(length), self.file.read(more)
        if size == _FULL32 and len(extra) == 20:
            size = struct.unpack("<Q", extra[4:12])[0]
        begins = place + _HEAD.size + length + more
        if head + name + extra != local_header(name, size, crc, (time, date)) or not _fits(
            self.file, begins + size
        ):
            return None
        try:
            return Entry(name.decode(), size, crc, begins, _moment(time, date))
        except UnicodeDecodeError:
            return None

    def _next(self, place: int) -> int:
        """Where the next header or the central directory seems to begin; the end of the file when nowhere."""
        self.file.seek(place)
        held = b""
        while chunk := self.file.read(_CHUNK):
            held = held[-3:] + chunk
            met = [at for at in (held.find(LOCAL), held.find(CENTRAL)) if at >= 0]
            if met:
                return self.file.tell() - len(held) + min(met)
        return self.file.tell()

    def content(self, entry: Entry) -> Iterator[bytes]:
        self.file.seek(entry.place)
        left = entry.size
        while left and (chunk := self.file.read(min(left, _CHUNK))):
            left -= len(chunk)
            yield chunk

    def rest(self) -> Iterator[bytes]:
        """Everything after the last entry."""
        self.file.seek(self.place)
        while chunk := self.file.read(_CHUNK):
            yield chunk


def _fits(file: BinaryIO, end: int) -> bool:
    here = file.tell()
    size = file.seek(0, 2)
    file.seek(here)
    return end <= size


def _moment(time: int, date: int) -> datetime | None:
    try:
        return datetime(
            1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, time % 32 * 2
        )
    except ValueError:
        return None


def even(when: datetime) -> datetime:
    """The time as a ZIP holds it: to two seconds, without a zone."""
    return when.replace(second=when.second // 2 * 2, microsecond=0, tzinfo=None)


def crc32(content: bytes, crc: int = 0) -> int:
    return zlib.crc32(content, crc)
