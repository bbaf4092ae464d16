"""The chain of page directories in a TIFF (TIFF 6.0 section 2, and BigTIFF), walked without decoding anything.

Pillow ends quietly where the chain breaks; a file cut short must be told from one that simply ends.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

_ORDERS = {b"II": "<", b"MM": ">"}
_BIG = 43


def directories(path: Path, limit: int) -> tuple[int, bool]:
    """(number of whole directories, does the chain reach its end). Stops at `limit` and at a loop."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(16)
        order = _ORDERS.get(header[:2])
        if order is None or len(header) < 8:
            return 0, False
        big = struct.unpack_from(order + "H", header, 2)[0] == _BIG
        offset = struct.unpack_from(order + ("Q" if big else "I"), header.ljust(16, b"\0"), 8 if big else 4)[
            0
        ]
        seen: set[int] = set()
        while offset and len(seen) < limit:
            following = None if offset in seen else _next(file, order, big, offset, size)
            if following is None:
                return len(seen), False
            seen.add(offset)
            offset = following
        return len(seen), True


def _next(file: BinaryIO, order: str, big: bool, offset: int, size: int) -> int | None:
    """Where the directory after the one at `offset` starts (0: none); None when this one is not whole."""
    count_format, entry, pointer = ("Q", 20, "Q") if big else ("H", 12, "I")
    count_size = struct.calcsize(count_format)
    file.seek(min(offset, size))
    raw = file.read(count_size)
    if len(raw) < count_size:
        return None
    end = offset + count_size + entry * struct.unpack(order + count_format, raw)[0]
    file.seek(min(end, size))
    raw = file.read(struct.calcsize(pointer))
    return struct.unpack(order + pointer, raw)[0] if len(raw) == struct.calcsize(pointer) else None
