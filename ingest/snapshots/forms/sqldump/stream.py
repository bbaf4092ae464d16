"""The bytes of a dump as a sliding window: plain, gzip'd or UTF-16, with the places they have in the raw file.

The lexer sees bytes in which ASCII is ASCII: UTF-16 is turned into UTF-8 on the way. Memory stays within the window.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from pathlib import Path
from typing import BinaryIO

from archive.holdings.locator import Locator

CHUNK = 1 << 20
LITERAL = 8 << 20
"""Bytes of one literal that are held as text; longer ones are left in the file and located."""

GZIP = b"\x1f\x8b"
_BOMS = ((codecs.BOM_UTF16_LE, "le"), (codecs.BOM_UTF16_BE, "be"), (codecs.BOM_UTF8, ""))
_DAMAGE = (OSError, EOFError, zlib.error)
_NOT_A_CHARACTER_START = bytes(range(0x80, 0xC0))
_NOT_A_PAIR_START = bytes(code for code in range(256) if code not in range(0xF0, 0xF8))


class Bytes:
    """The bytes of one file. `wide` is "le" or "be" for UTF-16, `marked` when it begins with a byte order mark."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.packed = self._file.read(2) == GZIP
        self._file.seek(0)
        self._plain: BinaryIO = gzip.GzipFile(fileobj=self._file) if self.packed else self._file
        self.damage = ""
        self._first = self._raw(4)
        mark, self.wide = next((row for row in _BOMS if self._first.startswith(row[0])), (b"", ""))
        self.marked, self.offset = bool(mark), len(mark)
        self._first = self._first[len(mark) :]
        self._decoder = codecs.getincrementaldecoder(f"utf-16-{self.wide}")("replace") if self.wide else None

    def _raw(self, size: int) -> bytes:
        """As many bytes as there are before the end or the damage."""
        parts = [b""]
        try:
            while size > 0 and (part := self._plain.read1(size)):
                parts.append(part)
                size -= len(part)
        except _DAMAGE as error:
            self.damage = str(error) or type(error).__name__
        return b"".join(parts)

    def read(self, size: int) -> bytes:
        """The next bytes, b"" at the end; whole characters of UTF-16."""
        chunk, self._first = self._first + self._raw(size), b""
        if self._decoder is None:
            return chunk
        found = self._decoder.decode(chunk, final=not chunk).encode()
        return found if found or not chunk else self.read(size)

    def raw_size(self, part: bytes) -> int:
        """How many bytes of the (unpacked) file a part of what was read takes."""
        if not self.wide:
            return len(part)
        characters = len(part.translate(None, _NOT_A_CHARACTER_START))
        return 2 * (characters + len(part.translate(None, _NOT_A_PAIR_START)))

    def located(self, locator: Locator, first: int, last: int) -> Locator:
        """Raw bytes `first`..`last`, as characters."""
        found = locator.then("gz") if self.packed else locator
        found = found.then("range", f"{first}-{last}")
        return found.then("utf16", self.wide) if self.wide else found

    def close(self) -> None:
        self._plain.close()
        self._file.close()


class Window:
    """What is held of a stream. `data[pos:]` is next; the byte before `pos` is kept too, for a look back."""

    def __init__(self, stream: Bytes) -> None:
        self._stream = stream
        self.data, self.pos, self.ended = b"", 0, False
        self._line, self._line_at = 1, 0
        self._mark, self._mark_raw = 0, stream.offset
        self.more()

    def more(self) -> bool:
        """Read on, twice as much each time while `pos` stays; what stands before it is let go. False at the end."""
        if self.ended:
            return False
        chunk = self._stream.read(max(CHUNK, len(self.data) - self.pos))
        if not chunk:
            self.ended = True
            return False
        gone = max(0, self.pos - 1)
        self.line()
        self.raw(gone)
        self._mark -= gone
        self._line_at -= gone
        self.data = self.data[gone:] + chunk
        self.pos -= gone
        return True

    @property
    def left(self) -> int:
        return len(self.data) - self.pos

    def line(self) -> int:
        """The line number of `pos`, from 1."""
        self._line += self.data.count(b"\n", self._line_at, self.pos)
        self._line_at = self.pos
        return self._line

    def raw(self, at: int) -> int:
        """The offset in the (unpacked) raw file of a place in the window. Places are asked for in rising order."""
        if at < self._mark:
            return self._mark_raw - self._stream.raw_size(self.data[at : self._mark])
        self._mark_raw += self._stream.raw_size(self.data[self._mark : at])
        self._mark = at
        return self._mark_raw

    def find(self, pattern: re.Pattern[bytes], overlap: int) -> re.Match[bytes] | None:
        """Go on to the next match, holding no more than a chunk; `pos` is then at its start, or at the end.

        A match is not longer than `overlap` bytes.
        """
        while True:
            found = pattern.search(self.data, self.pos)
            if found and (found.end() < len(self.data) or self.ended):
                self.pos = found.start()
                return found
            self.pos = max(self.pos, found.start() if found else len(self.data) - overlap)
            if not self.more():
                if not found:
                    self.pos = len(self.data)
                return found

    def pass_over(self, pattern: re.Pattern[bytes]) -> bool:
        """Go to the first byte that `pattern` (a run that matches always) does not take; False at the end."""
        while True:
            self.pos = pattern.match(self.data, self.pos).end()
            if self.left > 1 or (self.ended and self.left):
                return True
            if not self.more() and not self.left:
                return False
