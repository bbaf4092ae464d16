"""Where the links of an .xls sheet lead (MS-XLS 2.4.140 HLink, MS-OSHARED 2.3.7): addresses and files."""

from __future__ import annotations

import struct

_ADDRESS = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_FILE = bytes.fromhex("0303000000000000c000000000000046")
_NAMED, _FRAME, _TEXT, _TARGET = 0x10, 0x80, 0x100, 0x1
_CELLS = 4096


def link(record: bytes) -> dict[tuple[int, int], str]:
    """(line from 1, column from 0) -> target, for each cell it stands on; {} for one that leads nowhere else."""
    first, last, left, right = struct.unpack_from("<4H", record)
    flags, at = struct.unpack_from("<I", record, 28)[0], 32
    for flag in (_NAMED, _FRAME):
        if flags & flag:
            at += 4 + 2 * struct.unpack_from("<I", record, at)[0]
    target = _target(record, at, flags) if flags & _TARGET else ""
    if not target or (last - first + 1) * (right - left + 1) > _CELLS:
        return {}
    return {(row + 1, column): target for row in range(first, last + 1) for column in range(left, right + 1)}


def _target(record: bytes, at: int, flags: int) -> str:
    if flags & _TEXT:
        return _wide(record[at + 4 : at + 4 + 2 * struct.unpack_from("<I", record, at)[0]])
    kind, at = record[at : at + 16], at + 16
    if kind == _ADDRESS:
        return _wide(record[at + 4 : at + 4 + struct.unpack_from("<I", record, at)[0]])
    if kind != _FILE:
        return ""
    ups, length = struct.unpack_from("<HI", record, at)
    short, at = record[at + 6 : at + 6 + length], at + 6 + length + 24
    size = struct.unpack_from("<I", record, at)[0]
    name = (
        _wide(record[at + 10 : at + 4 + size]) if size > 6 else short.decode("cp1258", "replace").rstrip("\0")
    )
    return "../" * min(ups, 20) + name


def _wide(raw: bytes) -> str:
    """Up to the first zero; what an address has behind it is nobody's."""
    return raw.decode("utf-16-le", "replace").split("\0")[0]
