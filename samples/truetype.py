"""Just enough of the TrueType format to measure text and to embed fonts in the sample PDFs.

Reads a font's tables, maps characters to glyphs, and cuts a font down to the glyphs in use.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path


class TrueType:
    """One TrueType file. Widths are in units of the em square (`units`)."""

    def __init__(self, path: Path) -> None:
        self.data = path.read_bytes()
        count = struct.unpack(">H", self.data[4:6])[0]
        records = (struct.unpack(">4sLLL", self.data[12 + 16 * n : 28 + 16 * n]) for n in range(count))
        self._tables = {tag.decode(): (offset, length) for tag, _, offset, length in records}
        self.units = self._number("head", 18, "H")
        self.box = struct.unpack(">4h", self.table("head")[36:44])
        self.ascent, self.descent = self._number("hhea", 4, "h"), self._number("hhea", 6, "h")

    def table(self, tag: str) -> bytes:
        offset, length = self._tables[tag]
        return self.data[offset : offset + length]

    def _number(self, tag: str, offset: int, kind: str) -> int:
        return struct.unpack_from(f">{kind}", self.table(tag), offset)[0]

    @cached_property
    def glyphs(self) -> dict[int, int]:
        """Unicode code point -> glyph number, from the Windows Unicode table (format 4)."""
        cmap = self.table("cmap")
        for n in range(struct.unpack(">H", cmap[2:4])[0]):
            platform, encoding, offset = struct.unpack_from(">HHL", cmap, 4 + 8 * n)
            if (platform, encoding) == (3, 1):
                return _read_format_4(cmap[offset:])
        raise ValueError("the font has no Windows Unicode table")

    @cached_property
    def _advances(self) -> list[int]:
        count = self._number("hhea", 34, "H")
        return [pair[0] for pair in struct.iter_unpack(">HH", self.table("hmtx")[: 4 * count])]

    def advance(self, glyph: int) -> int:
        return self._advances[min(glyph, len(self._advances) - 1)]

    def width(self, text: str, size: float) -> float:
        """Width of an NFC text at a size; in the unit of `size`."""
        return sum(self.advance(self.glyphs.get(ord(char), 0)) for char in text) * size / self.units

    def missing(self, letters: Iterable[str]) -> list[str]:
        return [letter for letter in letters if ord(letter) not in self.glyphs]

    def subset(self, keep: Iterable[int], code_map: Mapping[int, int] | None = None) -> bytes:
        """A font file with only the outlines of the glyphs in `keep`; glyph numbers stay as they are.

        `code_map` (code point -> glyph) becomes the font's character table; without it there is none.
        """
        tables = {
            tag: self.table(tag)
            for tag in ("head", "hhea", "maxp", "hmtx", "cvt ", "fpgm", "prep")
            if tag in self._tables
        }
        tables["glyf"], tables["loca"] = self._outlines(set(keep) | {0})
        tables["head"] = tables["head"][:50] + struct.pack(">h", 1) + tables["head"][52:]
        if code_map is not None:
            tables["cmap"] = struct.pack(">HHHHL", 0, 1, 3, 1, 12) + _write_format_4(code_map)
        return _assemble(tables)

    def _outlines(self, keep: set[int]) -> tuple[bytes, bytes]:
        starts, glyf = self._locations, self.table("glyf")
        todo = list(keep)
        while todo:
            parts = set(_components(glyf[starts[g := todo.pop()] : starts[g + 1]])) - keep
            keep |= parts
            todo += parts
        out, offsets = bytearray(), [0]
        for glyph in range(len(starts) - 1):
            if glyph in keep:
                out += glyf[starts[glyph] : starts[glyph + 1]]
                out += b"\0" * (-len(out) % 4)
            offsets.append(len(out))
        return bytes(out), struct.pack(f">{len(offsets)}L", *offsets)

    @cached_property
    def _locations(self) -> list[int]:
        loca, count = self.table("loca"), self._number("maxp", 4, "H") + 1
        if self._number("head", 50, "h"):
            return list(struct.unpack(f">{count}L", loca[: 4 * count]))
        return [2 * value for value in struct.unpack(f">{count}H", loca[: 2 * count])]


def _read_format_4(table: bytes) -> dict[int, int]:
    units = struct.unpack(f">{len(table) // 2}H", table[: len(table) // 2 * 2])
    count = units[3] // 2
    ends, starts = units[7 : 7 + count], units[8 + count : 8 + 2 * count]
    deltas, ranges = units[8 + 2 * count : 8 + 3 * count], 8 + 3 * count
    found = {}
    for n in range(count):
        offset = units[ranges + n]
        for code in range(starts[n], min(ends[n], 0xFFFE) + 1):
            glyph = units[ranges + n + offset // 2 + code - starts[n]] if offset else code
            if glyph:
                found[code] = (glyph + deltas[n]) & 0xFFFF
    return found


def _write_format_4(code_map: Mapping[int, int]) -> bytes:
    """One segment per character: long, but simple and valid."""
    codes = [*sorted(code_map), 0xFFFF]
    deltas = [(code_map.get(code, 0) - code) & 0xFFFF for code in codes]
    count = len(codes)
    power = 1 << (count.bit_length() - 1)
    search = struct.pack(">HHHH", 2 * count, 2 * power, power.bit_length() - 1, 2 * (count - power))
    column = f">{count}H"
    body = search + struct.pack(column, *codes) + b"\0\0" + struct.pack(column, *codes)
    body += struct.pack(column, *deltas) + bytes(2 * count)
    return struct.pack(">HHH", 4, len(body) + 6, 0) + body


def _components(outline: bytes) -> list[int]:
    """Glyph numbers a composite outline is built of."""
    if len(outline) < 10 or struct.unpack(">h", outline[:2])[0] >= 0:
        return []
    found, at, more = [], 10, True
    while more:
        flags, glyph = struct.unpack_from(">HH", outline, at)
        found.append(glyph)
        at += (
            4
            + (4 if flags & 1 else 2)
            + (2 if flags & 8 else 4 if flags & 0x40 else 8 if flags & 0x80 else 0)
        )
        more = bool(flags & 0x20)
    return found


def _assemble(tables: dict[str, bytes]) -> bytes:
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    head = struct.pack(">LHHHH", 0x10000, count, 16 * power, power.bit_length() - 1, 16 * (count - power))
    records, body, at = b"", b"", 12 + 16 * count
    for tag, data in sorted(tables.items()):
        padded = data + b"\0" * (-len(data) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}L", padded)) & 0xFFFFFFFF
        records += struct.pack(">4sLLL", tag.encode(), total, at + len(body), len(data))
        body += padded
    return head + records + body
