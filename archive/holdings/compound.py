"""Compound files (MS-CFB): the container of .msg, .doc and .xls files. Reads streams by their path, trusts no number in it.

Raises ValueError for what is damaged; what a chain says is bounded by the size of the file.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENTRY, _ROOT, _STREAM, _STORAGE = 128, 5, 2, 1
_NONE, _LARGEST = 0xFFFFFFFF, 0xFFFFFFFA
_HEADER_DIFAT, _ENTRIES = 109, 20_000


@dataclass(frozen=True)
class Entry:
    """A stream: where its chain begins and how long it is."""

    start: int
    size: int


class Compound:
    """`streams`: path ("storage/stream") -> entry. `file` is read to and fro."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._length = file.seek(0, io.SEEK_END)
        header = self._at(0, 512)
        if header[:8] != MAGIC:
            raise ValueError("no compound file")
        shift, self._mini_shift = struct.unpack_from("<HH", header, 30)
        if shift not in (9, 12) or self._mini_shift != 6:
            raise ValueError(f"sector shift {shift}, {self._mini_shift}")
        self._size = 1 << shift
        first_entry, _, self._cutoff, first_mini = struct.unpack_from("<4I", header, 48)
        self._fat = self._table(self._fat_sectors(header))
        self._mini_fat = self._table(self._chain(first_mini, self._fat)) if first_mini < _LARGEST else ()
        self.streams = self._tree(b"".join(map(self._sector, self._chain(first_entry, self._fat))))

    def read(self, path: str) -> Iterator[bytes]:
        """The bytes of a stream in pieces. Raises KeyError for one that is not there."""
        entry = self.streams[path]
        small = entry.size < self._cutoff
        piece = self._mini_sector if small else self._sector
        left = entry.size
        for number in self._chain(entry.start, self._mini_fat if small else self._fat):
            if left <= 0:
                return
            yield piece(number)[:left]
            left -= 1 << self._mini_shift if small else self._size
        if left > 0:
            raise ValueError("a chain ends too soon")

    def content(self, path: str, limit: int) -> bytes:
        """The beginning of a stream, b"" for one that is not there."""
        found = bytearray()
        for piece in self.read(path) if path in self.streams else ():
            found += piece
            if len(found) >= limit:
                break
        return bytes(found[:limit])

    # ----------------------------------------------------------------- sectors

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        found = self._file.read(size)
        if len(found) < size and place + size > self._length + self._size_or_one():
            raise ValueError("beyond the end")
        return found.ljust(size, b"\0")

    def _size_or_one(self) -> int:
        """The last sector may be cut short."""
        return getattr(self, "_size", 1)

    def _sector(self, number: int) -> bytes:
        return self._at((number + 1) * self._size, self._size)

    def _mini_sector(self, number: int) -> bytes:
        per = self._size >> self._mini_shift
        try:
            sector = self._mini_stream[number // per]
        except IndexError as error:
            raise ValueError("beyond the small streams") from error
        return self._at((sector + 1) * self._size + (number % per << self._mini_shift), 1 << self._mini_shift)

    def _table(self, sectors: Iterator[int]) -> list[int]:
        found: list[int] = []
        for number in sectors:
            found += struct.unpack(f"<{self._size // 4}I", self._sector(number))
            if len(found) > (self._length >> self._mini_shift) + self._size:
                raise ValueError("more sectors than bytes")
        return found

    def _fat_sectors(self, header: bytes) -> Iterator[int]:
        yield from (one for one in struct.unpack_from(f"<{_HEADER_DIFAT}I", header, 76) if one < _LARGEST)
        more, seen = struct.unpack_from("<I", header, 68)[0], set()
        while more < _LARGEST and more not in seen:
            seen.add(more)
            *numbers, more = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            yield from (one for one in numbers if one < _LARGEST)

    def _chain(self, number: int, table: list[int]) -> Iterator[int]:
        seen = 0
        while number < _LARGEST:
            yield number
            seen += 1
            if number >= len(table) or seen > len(table):
                raise ValueError("a chain leads nowhere")
            number = table[number]

    # ----------------------------------------------------------------- directory

    def _tree(self, raw: bytes) -> dict[str, Entry]:
        """Walks the tree of each storage; what is met twice is not followed."""
        entries = [raw[at : at + _ENTRY] for at in range(0, len(raw), _ENTRY)][:_ENTRIES]
        if not entries or entries[0][66] != _ROOT:
            raise ValueError("no root")
        start, _ = struct.unpack_from("<II", entries[0], 116)
        self._mini_stream = list(self._chain(start, self._fat)) if start < _LARGEST else []
        found, seen = {}, set()
        waiting = [(struct.unpack_from("<I", entries[0], 76)[0], "")]
        while waiting:
            number, above = waiting.pop()
            if number >= len(entries) or number in seen:
                continue
            seen.add(number)
            entry = entries[number]
            left, right, child = struct.unpack_from("<3I", entry, 68)
            path = f"{above}{_name(entry)}"
            waiting += [(left, above), (right, above)]
            if entry[66] == _STORAGE:
                waiting.append((child, f"{path}/"))
            elif entry[66] == _STREAM:
                begins, size = struct.unpack_from("<IQ", entry, 116)
                found[path] = Entry(begins, size if self._size > 512 else size & 0xFFFFFFFF)
        return found


def _name(entry: bytes) -> str:
    length = max(0, min(64, struct.unpack_from("<H", entry, 64)[0]) - 2)
    return entry[:length].decode("utf-16-le", "replace").replace("/", "_")
