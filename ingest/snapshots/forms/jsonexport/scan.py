"""JSON cut into values without parsing it: bytes in, one value after the other out; memory is one value at most.

Base64 of a known kind of file is not kept: a marker stands for it, and where it stands in the bytes is remembered.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ingest.files.sources import formats

MAX_VALUE, MAX_DEPTH = 1 << 24, 64
_CHUNK, _LEAST, _HEAD = 1 << 18, 64, 2048
_SPACE = b" \t\r\n"
_SIGNS = re.compile(rb'["{}\[\],:]')
_PLAIN = re.compile(rb'(?:[^"{}\[\]]+|"[^"\\]{0,63}"){0,4096}')
"""What needs no look inside an object or array: short strings and what stands between them."""
_QUOTE = re.compile(rb'["\\]')
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_DATA_URL = re.compile(rb"data:([\w.+/-]+);base64,")


@dataclass(frozen=True)
class Held:
    """Base64 of a file, from `start` to `end` in the bytes; `escaped`: it has backslashes."""

    start: int
    end: int
    escaped: bool
    media_type: str


@dataclass
class Value:
    """One value as it stands there, with markers for what is held. `problem`: "", "deep", "large" or "truncated"."""

    at: int
    raw: bytes = b""
    held: dict[str, Held] = field(default_factory=dict)
    problem: str = ""


class Scan:
    """Reads forward. `at` is the place of the next byte."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._bytes, self._next, self.at = stream, b"", 0, 0
        self._token = secrets.token_hex(8)
        if self.head(3) == b"\xef\xbb\xbf":
            self.take(3)

    def head(self, size: int) -> bytes:
        """The next bytes, not taken; fewer at the end."""
        while len(self._bytes) - self._next < size and self._more():
            pass
        return self._bytes[self._next : self._next + size]

    def take(self, size: int) -> bytes:
        piece = self._bytes[self._next : self._next + size]
        self._next += len(piece)
        self.at += len(piece)
        return piece

    def sign(self) -> bytes:
        """The next byte that is no space, not taken; b"" at the end."""
        while sign := self.head(1):
            if sign not in _SPACE:
                break
            self.take(1)
        return sign

    def elements(self) -> Iterator[Value]:
        """The values of an array whose bracket was taken, up to the end of the array or of the bytes."""
        while (sign := self.sign()) not in (b"]", b""):
            if sign in b",}:":
                self.take(1)
            else:
                yield self.value()
        if not self.take(1):
            yield Value(self.at, problem="truncated")

    def value(self) -> Value:
        """The next value, whatever it is. A stray bracket is taken, so that this always goes forward."""
        found, out, depth = Value(self.at), bytearray(), 0
        while True:
            if depth:
                _add(out, self.take(_PLAIN.match(self._bytes, self._next).end() - self._next), found)
            for piece in self._until(_SIGNS):
                _add(out, piece, found)
            sign = self.head(1)
            if not sign:
                found.problem = found.problem or ("truncated" if depth else "")
                break
            if not depth and sign in b",:]}" and out.strip():
                break
            self.take(1)
            _add(out, sign, found)
            if sign == b'"':
                self._string(out, found)
            depth += (sign in b"{[") - (sign in b"}]")
            found.problem = found.problem or ("deep" if depth > MAX_DEPTH else "")
            if depth <= 0 and sign not in b",:":
                break
        found.raw = bytes(out)
        return found

    # ----------------------------------------------------------------- strings

    def _string(self, out: bytearray, found: Value) -> None:
        """The rest of a string whose quote was taken."""
        prefix, media_type = self._payload()
        if media_type:
            _add(out, self.take(prefix), found)
            start, escaped = self.at, False
            for piece in self._string_pieces():
                escaped = escaped or b"\\" in piece
            marker = f"\ue000{self._token}-{len(found.held)}\ue000"
            found.held[marker] = Held(start, self.at - 1, escaped, media_type)
            out += marker.encode() + b'"'
            return
        for piece in self._string_pieces():
            _add(out, piece, found)
        _add(out, b'"', found)

    def _string_pieces(self) -> Iterator[bytes]:
        """The inside of a string; its closing quote is taken, too."""
        while True:
            yield from self._until(_QUOTE)
            sign = self.take(1)
            if sign != b"\\":
                return
            yield sign + (self.take(1) if self.head(1) else b"")

    def _payload(self) -> tuple[int, str]:
        """(length of what stands before the base64, media type) when a file's base64 comes next; else (0, "")."""
        if b'"' in self.head(_LEAST):
            return 0, ""
        head = self.head(_HEAD)
        url = _DATA_URL.match(head)
        digits = head[url.end() if url else 0 :].partition(b'"')[0]
        plain = re.sub(rb"\\u00([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), digits)
        plain = plain.replace(b"\\/", b"/").replace(b"\\r", b"").replace(b"\\n", b"").replace(b"\\", b"")
        plain = b"".join(plain.split())
        if len(plain) < _LEAST or plain.translate(None, _DIGITS):
            return 0, ""
        try:
            decoded = base64.b64decode(plain[: len(plain) // 4 * 4], validate=True)
        except (binascii.Error, ValueError):
            return 0, ""
        known = next((each.type for each in formats() if len(each.magic) > 2 and each.matches(decoded)), "")
        known = known or ("application/zip" if decoded.startswith(b"PK\x03\x04") else "")
        return (url.end() if url else 0), known

    def _until(self, sign: re.Pattern[bytes]) -> Iterator[bytes]:
        """The bytes before the next sign, which stays."""
        while not (found := sign.search(self._bytes, self._next)):
            yield self.take(len(self._bytes) - self._next)
            if not self._more():
                return
        yield self.take(found.start() - self._next)

    def _more(self) -> bool:
        chunk = self._stream.read(_CHUNK)
        self._bytes, self._next = self._bytes[self._next :] + chunk, 0
        return bool(chunk)


def _add(out: bytearray, piece: bytes, found: Value) -> None:
    if not found.problem and len(out) + len(piece) > MAX_VALUE:
        found.problem = "large"
    if not found.problem:
        out += piece
