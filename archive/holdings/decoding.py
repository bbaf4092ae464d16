"""Bytes decoded on the way, as the steps of a locator need it: read once, forward, in pieces; memory stays within a piece."""

from __future__ import annotations

import binascii
import io
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

CHUNK = 1 << 18


class Forward(io.RawIOBase):
    """A stream that is only read forward, so that a step after it does not seek in it."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return b"".join(iter(lambda: self._next(CHUNK), b""))
        return self._next(size)

    def _next(self, size: int) -> bytes:
        raise NotImplementedError


class Part(Forward):
    """The next `size` bytes. Raises EOFError when there are fewer."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._left = stream, size

    def _next(self, size: int) -> bytes:
        chunk = self._stream.read(min(size, self._left))
        if not chunk and self._left > 0 and size > 0:
            raise EOFError
        self._left -= len(chunk)
        return chunk


class Decoded(Forward):
    """Digits in groups of `group`, decoded; white space between them does not count. Raises ValueError."""

    def __init__(self, stream: BinaryIO, group: int, decode) -> None:
        self._stream, self._group, self._decode = stream, group, decode
        self._digits, self._bytes = b"", b""

    def _next(self, size: int) -> bytes:
        while not self._bytes:
            digits = self._stream.read(CHUNK)
            if not digits:
                digits, self._digits = self._digits, b""
                return self._decode(digits) if digits else b""
            self._digits += b"".join(digits.split())
            whole = len(self._digits) // self._group * self._group
            self._bytes, self._digits = self._decode(self._digits[:whole]), self._digits[whole:]
        chunk, self._bytes = self._bytes[:size], self._bytes[size:]
        return chunk


class Changed(Forward):
    """What `change(chunk, last)` makes of each chunk; the last one is empty."""

    def __init__(self, stream: BinaryIO, change: Callable[[bytes, bool], bytes]) -> None:
        self._stream, self._change = stream, change
        self._bytes, self._ended = b"", False

    def _next(self, size: int) -> bytes:
        while not self._bytes and not self._ended:
            chunk = self._stream.read(CHUNK)
            self._ended = not chunk
            self._bytes = self._change(chunk, self._ended)
        chunk, self._bytes = self._bytes[:size], self._bytes[size:]
        return chunk


class Pieces(Forward):
    """Pieces of any size one after another."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._bytes = pieces, b""

    def _next(self, size: int) -> bytes:
        while not self._bytes and (piece := next(self._pieces, None)) is not None:
            self._bytes = piece
        chunk, self._bytes = self._bytes[:size], self._bytes[size:]
        return chunk


class Quoted:
    """Whole lines at a time; of a line without end all but what may be the beginning of a code."""

    def __init__(self) -> None:
        self._held = b""

    def __call__(self, chunk: bytes, last: bool) -> bytes:
        held = self._held + chunk
        end = len(held) if last else held.rfind(b"\n") + 1
        if not end:
            code = held.rfind(b"=", max(0, len(held) - 3))
            end = code if code >= 0 else len(held)
        self._held = held[end:]
        return binascii.a2b_qp(held[:end])


class Unescaper:
    """`whole` takes as much as cannot go on in the next chunk, `escape` finds what `letters` (else itself) stands for."""

    def __init__(
        self,
        whole: re.Pattern[bytes],
        escape: re.Pattern[bytes],
        letters: dict[bytes, bytes],
        held: bytes = b"",
    ) -> None:
        self._whole, self._escape, self._letters = whole, escape, letters
        self._held = held

    def __call__(self, chunk: bytes, last: bool) -> bytes:
        held = self._held + chunk
        end = len(held) if last else self._whole.match(held).end()
        self._held = held[end:]
        return self._escape.sub(self._plain, held[:end])

    def _plain(self, found: re.Match[bytes]) -> bytes:
        code = found[1]
        if code is None:
            return b"'"
        if (number := found.groupdict().get("octal")) is not None:
            return bytes([int(number, 8) & 255])
        if (number := found.groupdict().get("hex")) is not None:
            return bytes([int(number, 16)])
        return self._letters.get(code, code)


class Written:
    """The literals of lowrite(…), each decoded; one call is held at a time."""

    def __init__(self, rules: str) -> None:
        self._rules, self._held = rules, b""

    def __call__(self, chunk: bytes, last: bool) -> bytes:
        self._held += chunk
        parts, end = [], 0
        for found in _LOWRITE.finditer(self._held):
            parts.append(self._plain(found[1]))
            end = found.end()
        self._held = self._held[end:]
        return b"".join(parts)

    def _plain(self, literal: bytes) -> bytes:
        shown = unescaper(self._rules)(literal, True)
        if shown.startswith(HEX_MARK):
            return binascii.unhexlify(shown[len(HEX_MARK) :])
        return unescaper("bytea")(shown, True)


HEX_MARK = b"\\x"
_LOWRITE = re.compile(
    rb"\blowrite\s*+\(\s*+\d++\s*+,\s*+[eE]?'((?:[^'\\]++|\\.|''|)*+)'\s*+\)", re.DOTALL | re.IGNORECASE
)
_COMMON = {b"b": b"\b", b"n": b"\n", b"r": b"\r", b"t": b"\t"}
_ESCAPES = {
    "mysql": (
        re.compile(rb"(?:[^'\\]++|\\.|''|)*+", re.DOTALL),
        re.compile(rb"\\(.)|''", re.DOTALL),
        {**_COMMON, b"0": b"\0", b"Z": b"\x1a"},
    ),
    "quote": (re.compile(rb"(?:[^']++|''|)*+"), re.compile(rb"()(?!)|''"), {}),
    "copy": (
        re.compile(
            rb"(?:[^\\]++|\\(?:[0-7]{3}|[0-7]{1,2}(?=[^0-7])|x[0-9A-Fa-f]{2}|x[0-9A-Fa-f]?(?=[^0-9A-Fa-f])|[^0-7x])|)*+",
            re.DOTALL,
        ),
        re.compile(rb"\\((?P<octal>[0-7]{1,3})|x(?P<hex>[0-9A-Fa-f]{1,2})|.)", re.DOTALL),
        {**_COMMON, b"f": b"\f", b"v": b"\v"},
    ),
    "bytea": (
        re.compile(rb"(?:[^\\]++|\\(?:[0-7]{3}|[^0-7])|)*+", re.DOTALL),
        re.compile(rb"\\((?P<octal>[0-7]{3})|.)", re.DOTALL),
        {},
    ),
    "json": (
        re.compile(rb"(?:[^\\]++|\\(?:u00[0-9A-Fa-f]{2}|[^u])|)*+", re.DOTALL),
        re.compile(rb"\\(u00(?P<hex>[0-9A-Fa-f]{2})|.)", re.DOTALL),
        {**_COMMON, b"f": b"\f"},
    ),
}
"""What each server writes inside its literals: MySQL 8.4 manual 9.1.1; PostgreSQL manual, COPY, text format; RFC 8259, 7.

The empty alternative in each loop is for Python before 3.11.5: it went on behind a part that had failed (gh-106052)."""


def unescaper(rules: str, held: bytes = b"") -> Unescaper:
    """For these rules (see locator.py); `held` are bytes that were read already."""
    return Unescaper(*_ESCAPES[rules], held=held)
