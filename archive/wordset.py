"""A small set of a text's words that says "surely not here" without reading the text (a Bloom filter). Pure.

Kept with each page of the catalogue, so that a search unpacks only the pages that may show what was asked.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable
from functools import lru_cache

BITS, PLACES = 8, 3
"""Bits kept for a word and places marked for each: 3 of 100 words that are not there seem to be."""
SMALLEST = 32


def of(words: Collection[str]) -> bytes:
    """The set of these words: as many bytes as they need, a power of two."""
    size = max(SMALLEST, 1 << (len(words) * BITS // 8 - 1).bit_length() if words else 0)
    marked = 0
    for word in words:
        marked |= _mark(word, size)
    return marked.to_bytes(size, "little")


class WordSet:
    """A kept set, ready to be asked."""

    def __init__(self, kept: bytes) -> None:
        self._size, self._marked = len(kept), int.from_bytes(kept, "little")

    @property
    def empty(self) -> bool:
        """Is there no word at all?"""
        return not self._marked

    def may_hold(self, words: Iterable[str]) -> bool:
        """False only when one of the words is surely not there."""
        for word in words:
            mark = _mark(word, self._size)
            if self._marked & mark != mark:
                return False
        return True


@lru_cache(maxsize=50_000)
def _mark(word: str, size: int) -> int:
    """The word's places among 8 * size bits."""
    found = zlib.crc32(word.encode("utf-8", "surrogatepass"))
    step = found >> 16 | 1
    mark = 0
    for place in range(PLACES):
        mark |= 1 << (found + place * step) % (8 * size)
    return mark
