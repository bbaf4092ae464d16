"""The sheets of an .xls workbook (BIFF8, MS-XLS) as lines. Formulas give the value kept beside them.

The older forms before Excel 97 and locked workbooks are refused. Offsets and counts in the file are not trusted: what leads
beyond it makes the workbook, or the rest of a sheet, unreadable, which is told.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from archive.errors import SourceRefused
from archive.holdings.compound import Compound
from ingest.snapshots.forms.register import old_links
from ingest.snapshots.forms.register.lines import MAX_COLUMNS, Area, Line, Sheet, plain

LARGEST = 128 << 20
"""Bytes of a workbook's stream at most; it is held in memory. 65,536 lines of a register take a fifth of it."""

_BOF, _EOF, _CONTINUE, _FILEPASS, _SHEET, _STRINGS = 0x809, 0x0A, 0x3C, 0x2F, 0x85, 0xFC
_FORMAT, _XF, _DATEMODE, _MERGED, _LINK = 0x41E, 0xE0, 0x22, 0xE5, 0x1B8
_NUMBER, _RK, _MULRK, _SHARED, _LABEL, _RICH, _BOOL, _FORMULA, _STRING = (
    0x203, 0x27E, 0xBD, 0xFD, 0x204, 0xD6, 0x205, 0x06, 0x207,
)  # fmt: skip
_CELLS = (_NUMBER, _RK, _MULRK, _SHARED, _LABEL, _RICH, _BOOL, _FORMULA)
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_DAMAGE = (struct.error, ValueError, IndexError, KeyError, OSError)


def sheets(path: Path, file: str) -> list[Sheet]:
    """Raises SourceRefused: locked, of an older form, damaged, too large."""
    try:
        state = path.stat()
        book = _book(path, state.st_size, state.st_mtime_ns)
        return [
            Sheet(file, name, partial(_lines, path, at), tuple(book.merged(at))) for name, at in book.sheets
        ]
    except SourceRefused:
        raise
    except _DAMAGE as error:
        raise SourceRefused("refused.register_broken", file=file) from error


@lru_cache(maxsize=2)
def _book(path: Path, _size: int, _changed: int) -> Book:
    with path.open("rb") as file:
        held = Compound(file)
        if "EncryptedPackage" in held.streams:
            raise SourceRefused("refused.register_locked")
        if "Workbook" not in held.streams:
            raise SourceRefused("refused.register_old")
        if held.streams["Workbook"].size > LARGEST:
            raise SourceRefused("refused.register_too_large")
        return Book(b"".join(held.read("Workbook")))


def _lines(path: Path, at: int) -> Iterator[Line]:
    number = 0
    try:
        state = path.stat()
        for line in _book(path, state.st_size, state.st_mtime_ns).lines(at):
            number = line.number
            yield line
    except (SourceRefused, *_DAMAGE):
        yield Line(number + 1, (), problem="cut")


class Book:
    """`sheets`: (name, where its records begin)."""

    def __init__(self, data: bytes) -> None:
        self.data, self.sheets = data, []
        self._formats: dict[int, str] = {}
        self._styles: list[int] = []
        self._strings: list[str] = []
        self._epoch = CALENDAR_WINDOWS_1900
        for kind, at, size in self._records(0):
            self._global(kind, at, size)

    def _records(self, at: int) -> Iterator[tuple[int, int, int]]:
        """(kind, where its content begins, how long it is) up to the end of this part; parts inside are passed over."""
        depth = 0
        while at + 4 <= len(self.data):
            kind, size = struct.unpack_from("<HH", self.data, at)
            depth += (kind == _BOF) - (kind == _EOF)
            if depth <= 0:
                return
            if depth == 1:
                yield kind, at + 4, size
            at += 4 + size
        raise ValueError("no end")

    def _global(self, kind: int, at: int, size: int) -> None:
        data = self.data
        if kind == _FILEPASS:
            raise SourceRefused("refused.register_locked")
        if kind == _DATEMODE and struct.unpack_from("<H", data, at)[0]:
            self._epoch = CALENDAR_MAC_1904
        elif kind == _FORMAT:
            self._formats[struct.unpack_from("<H", data, at)[0]] = _text(data, at + 2)
        elif kind == _XF:
            self._styles.append(struct.unpack_from("<H", data, at + 2)[0])
        elif kind == _SHEET and data[at + 5] == 0:
            start = struct.unpack_from("<I", data, at)[0]
            self.sheets.append((_chars(data, at + 8, data[at + 6], data[at + 7] & 1), start))
        elif kind == _STRINGS:
            self._strings = list(_Strings(data, at, size).all())

    def merged(self, at: int) -> Iterator[Area]:
        for kind, place, _ in self._records(at):
            if kind == _MERGED:
                count = struct.unpack_from("<H", self.data, place)[0]
                for first, last, left, right in struct.iter_unpack(
                    "<4H", self.data[place + 2 : place + 2 + 8 * count]
                ):
                    yield first + 1, last + 1, left, right

    # ----------------------------------------------------------------- lines

    def lines(self, at: int) -> Iterator[Line]:
        """The lines in order, empty ones between them too, whatever the order of the records."""
        places, links = array("Q"), {}
        for kind, place, size in self._records(at):
            if kind in _CELLS:
                row = struct.unpack_from("<H", self.data, place)[0]
                places.append(row << 40 | (place - 4))
            elif kind == _LINK:
                links |= old_links.link(self.data[place : place + size])
        number, cells = 0, {}
        for one in sorted(places):
            row = (one >> 40) + 1
            while number < row:
                if number:
                    yield self._line(number, cells, links)
                number, cells = number + 1, {}
            cells |= self._cells(one & (1 << 40) - 1)
        if number:
            yield self._line(number, cells, links)

    def _line(self, number: int, cells: dict[int, object], links: dict[tuple[int, int], str]) -> Line:
        width = min(max(cells, default=-1), MAX_COLUMNS) + 1
        held = [cells.get(column) for column in range(width)]
        mine = {column: links[number, column] for column in range(width) if (number, column) in links}
        days = frozenset(column for column, cell in enumerate(held) if hasattr(cell, "isoformat"))
        return Line(number, tuple(map(plain, held)), mine, days)

    def _cells(self, at: int) -> dict[int, object]:
        kind, size = struct.unpack_from("<HH", self.data, at)
        at += 4
        _, column, style = struct.unpack_from("<HHH", self.data, at)
        if kind == _MULRK:
            values = struct.iter_unpack("<HI", self.data[at + 4 : at + 4 + (size - 6) // 6 * 6])
            return {column + place: self._number(_rk(rk), style) for place, (style, rk) in enumerate(values)}
        return {column: self._value(kind, at, size, style)}

    def _value(self, kind: int, at: int, size: int, style: int) -> object:
        data = self.data
        if kind == _SHARED:
            return self._strings[struct.unpack_from("<I", data, at + 6)[0]]
        if kind in (_LABEL, _RICH):
            return _text(data, at + 6)
        if kind == _NUMBER:
            return self._number(struct.unpack_from("<d", data, at + 6)[0], style)
        if kind == _RK:
            return self._number(_rk(struct.unpack_from("<I", data, at + 6)[0]), style)
        if kind == _BOOL:
            return _ERRORS.get(data[at + 6], "#?") if data[at + 7] else bool(data[at + 6])
        return self._result(at, size, style)

    def _result(self, at: int, size: int, style: int) -> object:
        """The value kept beside a formula; a text stands in the record behind it."""
        data = self.data
        if data[at + 12 : at + 14] != b"\xff\xff":
            return self._number(struct.unpack_from("<d", data, at + 6)[0], style)
        if data[at + 6] == 0:
            kind, _ = struct.unpack_from("<HH", data, at + size)
            return _text(data, at + size + 4) if kind == _STRING else None
        if data[at + 6] == 1:
            return bool(data[at + 8])
        return _ERRORS.get(data[at + 8], "#?") if data[at + 6] == 2 else None

    def _number(self, value: float, style: int) -> object:
        number = self._styles[style] if style < len(self._styles) else 0
        shown = self._formats.get(number) or BUILTIN_FORMATS.get(number, "")
        if not shown or not is_date_format(shown):
            return value
        try:
            return from_excel(value, self._epoch)
        except (ValueError, OverflowError, TypeError):
            return value


def _rk(rk: int) -> float:
    """A number of 30 bits: an integer, or the upper half of a float; in hundredths or whole (MS-XLS 2.5.218)."""
    value = float((rk - (1 << 32) if rk >> 31 else rk) >> 2) if rk & 2 else struct.unpack("<d", struct.pack("<Q", (rk & ~3) << 32))[0]  # fmt: skip
    return value / 100 if rk & 1 else value


def _text(data: bytes, at: int) -> str:
    count, flags = struct.unpack_from("<HB", data, at)
    at += 3 + (2 if flags & 8 else 0) + (4 if flags & 4 else 0)
    return _chars(data, at, count, flags & 1)


def _chars(data: bytes, at: int, count: int, wide: int) -> str:
    if wide:
        return data[at : at + 2 * count].decode("utf-16-le", "replace")
    return data[at : at + count].decode("latin-1")


class _Strings:
    """The table of shared strings, which goes on in records behind it: a text cut there has a new flag."""

    def __init__(self, data: bytes, at: int, size: int) -> None:
        self._data, self._at, self._end = data, at, at + size

    def all(self) -> Iterator[str]:
        _, count = struct.unpack("<II", self._raw(8))
        for _ in range(min(count, LARGEST // 3)):
            yield self._one()

    def _one(self) -> str:
        length, flags = struct.unpack("<HB", self._raw(3))
        runs = struct.unpack("<H", self._raw(2))[0] if flags & 8 else 0
        more = struct.unpack("<I", self._raw(4))[0] if flags & 4 else 0
        parts, wide = [], flags & 1
        while length:
            if self._at >= self._end:
                self._go_on()
                wide = self._raw(1)[0] & 1
            some = min(length, (self._end - self._at) // (1 + wide))
            if not some:
                raise ValueError("half a letter")
            parts.append(_chars(self._data, self._at, some, wide))
            self._at += some * (1 + wide)
            length -= some
        self._raw(4 * runs + more)
        return "".join(parts)

    def _raw(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            if self._at >= self._end:
                self._go_on()
            some = self._data[self._at : min(self._end, self._at + size - len(found))]
            self._at += len(some)
            found += some
        return found

    def _go_on(self) -> None:
        kind, size = struct.unpack_from("<HH", self._data, self._end)
        if kind != _CONTINUE or not size or self._end + 4 + size > len(self._data):
            raise ValueError("strings end too soon")
        self._at, self._end = self._end + 4, self._end + 4 + size
