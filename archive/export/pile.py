"""Rows kept packed in memory until they are written: an export of any size holds only these and digests. Pure."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator

_BLOCK = 1 << 16


class Pile:
    """Rows of plain values, added once and read in order any number of times; some tenth of their size."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._open: list[str] = []
        self._held = 0
        self.count = 0

    def add(self, row: object) -> None:
        written = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        self._open.append(written)
        self._held += len(written)
        self.count += 1
        if self._held > _BLOCK:
            self._blocks.append(zlib.compress("\n".join(self._open).encode("utf-8", "backslashreplace"), 6))
            self._open, self._held = [], 0

    def __iter__(self) -> Iterator[object]:
        for block in self._blocks:
            yield from map(json.loads, zlib.decompress(block).decode().split("\n"))
        yield from map(json.loads, list(self._open))

    def __len__(self) -> int:
        return self.count
