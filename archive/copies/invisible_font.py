"""A TrueType font of two empty glyphs: what invisible text is set in, embedded as PDF/A asks of every font.

OpenType 1.9: head, hhea, hmtx, maxp, loca, glyf, cmap, name, post. Every code of a text is shown by glyph 1, never by
.notdef, which PDF/A forbids to be shown (ISO 19005-2 §6.2.11.8).
"""

from __future__ import annotations

import struct
from functools import cache

UNITS, WIDTH, ASCENT, DESCENT = 1000, 500, 800, -200
GLYPH = b"\0\1" * 0x10000
"""CIDToGIDMap: every code is glyph 1."""


@cache
def font() -> bytes:
    """The font file."""
    tables = {
        b"cmap": struct.pack(">HHHHIHHH", 0, 1, 3, 1, 12, 4, 24, 0)
        + struct.pack(">9H", 2, 2, 0, 0, 0xFFFF, 0, 0xFFFF, 1, 0),
        b"glyf": bytes(4),
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            *(0x10000, 0x10000, 0, 0x5F0F3CF5, 0, UNITS, 0, 0, 0, DESCENT, WIDTH, ASCENT, 0, 8, 2, 0, 0),
        ),
        b"hhea": struct.pack(
            ">IhhhHhhhhhhhhhhhH", 0x10000, ASCENT, DESCENT, 0, WIDTH, *(0,) * 3, 1, *(0,) * 7, 2
        ),
        b"hmtx": struct.pack(">HhHh", WIDTH, 0, WIDTH, 0),
        b"loca": bytes(6),
        b"maxp": struct.pack(">IH13H", 0x10000, 2, *(0,) * 2, *(0,) * 2, 2, *(0,) * 8),
        b"name": struct.pack(">HHH", 0, 0, 6),
        b"post": struct.pack(">IIhhI4I", 0x30000, 0, 0, 0, 1, 0, 0, 0, 0),
    }
    return _file(tables)


def _file(tables: dict[bytes, bytes]) -> bytes:
    offset, directory, body = 12 + 16 * len(tables), b"", b""
    for tag, content in sorted(tables.items()):
        padded = content + bytes(-len(content) % 4)
        directory += struct.pack(">4sIII", tag, _sum(padded), offset + len(body), len(content))
        body += padded
    head = struct.pack(">IHHHH", 0x10000, len(tables), 128, 3, 16 * len(tables) - 128)
    made = head + directory + body
    place = offset + sum(len(c) + -len(c) % 4 for tag, c in sorted(tables.items()) if tag < b"head") + 8
    return made[:place] + struct.pack(">I", 0xB1B0AFBA - _sum(made) & 0xFFFFFFFF) + made[place + 4 :]


def _sum(content: bytes) -> int:
    return sum(struct.unpack(f">{len(content) // 4}I", content)) & 0xFFFFFFFF
