"""A message without its payload: streamed bytes -> small XML, and where each piece of base64 stands in the bytes.

No parser is needed for that, so garbage before the XML, unbound prefixes and broken ends do no harm, and memory does
not grow with the attachments.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

_CHUNK = 1 << 18
MAX_TEXT, MAX_TAG, MAX_XML = 1 << 20, 1 << 16, 1 << 25
_LONG = 1 << 16
"""Base64 longer than this is payload wherever it stands."""
PAYLOAD = {b"contenttransferencoded", b"content", b"base64", b"filecontent", b"data"}
"""Local names of elements whose text may be payload however short (QCVN 102:2016; Content in the LGSP dialect)."""
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n"
_NAME = re.compile(rb"(?:[^\s/>:]*:)?([^\s/>:]+)")


@dataclass(frozen=True)
class Held:
    """Base64 from `start` (inclusive) to `end` (exclusive); `text` when it is short enough to be something else."""

    start: int
    end: int
    text: str | None = None


@dataclass
class Skeleton:
    """`xml` has a marker where something is held. `garbage`: bytes before the XML; `cut`: a text was too long."""

    xml: bytes = b""
    held: dict[str, Held] = field(default_factory=dict)
    garbage: int = 0
    declares: bool = False
    cut: bool = False
    too_large: bool = False

    def restored(self, said: str) -> str:
        """A text with what was taken for payload put back."""
        for marker, held in self.held.items() if "\ue000" in said else ():
            said = said.replace(marker, held.text or "")
        return said

    def held_in(self, said: str | None) -> Held | None:
        return self.held.get((said or "").strip())


def read(stream: BinaryIO) -> Skeleton:
    """The stream is read once, forward. A DTD or entity declaration sets `declares`, and reading stops there."""
    found, scan, token = Skeleton(), _Scan(stream), secrets.token_hex(8)
    before = b"".join(_bounded(scan.until(b"<"), MAX_TEXT)).removeprefix(b"\xef\xbb\xbf")
    found.garbage = len(before.strip())
    out, name = bytearray(), b""
    while not scan.ended and not found.declares:
        if scan.skip(b"![CDATA["):
            out += b"<![CDATA[" + _text(scan, b"]]>", name, found, token) + b"]]>"
        elif scan.skip(b"!--"):
            list(_bounded(scan.until(b"-->"), 0))
        else:
            tag = b"".join(_bounded(scan.until(b">"), MAX_TAG))
            found.declares = tag.startswith(b"!")
            out += b"<" + tag + b">" if not scan.ended else b""
            name = _local(tag)
        if not scan.ended:
            out += _text(scan, b"<", name, found, token)
        if len(out) > MAX_XML:
            found.too_large = True
            break
    found.xml = bytes(out)
    return found


def _local(tag: bytes) -> bytes:
    """The lower-case local name of a start tag; b"" for an end tag or what is no element."""
    match = _NAME.match(tag)
    return match[1].lower() if match and tag[:1] not in (b"/", b"?", b"!") and tag[-1:] != b"/" else b""


def _text(scan: _Scan, until: bytes, name: bytes, found: Skeleton, token: str) -> bytes:
    """The text up to a mark, or a marker in its place when it is payload."""
    start, size, kept, clean = scan.at, 0, bytearray(), True
    for piece in scan.until(until):
        size += len(piece)
        kept += piece[: max(MAX_TEXT - len(kept), 0)]
        clean = clean and not piece.translate(None, _BASE64)
    if clean and kept.strip() and (name in PAYLOAD or size > _LONG):
        marker = f"\ue000{token}-{len(found.held)}\ue000"
        found.held[marker] = Held(start, start + size, kept.decode() if size <= MAX_TEXT else None)
        return marker.encode()
    found.cut = found.cut or size > MAX_TEXT
    return bytes(kept)


def _bounded(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """All pieces are read, the first `limit` bytes handed on."""
    for piece in pieces:
        yield piece[:limit]
        limit = max(limit - len(piece), 0)


class _Scan:
    """Reads forward up to marks. `at` is the place of the next byte."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._held, self._next, self.at, self.ended = stream, b"", 0, 0, False

    def until(self, mark: bytes) -> Iterator[bytes]:
        """The bytes before the mark, which is passed over. `ended` is set when there is no mark any more."""
        while (found := self._held.find(mark, self._next)) < 0:
            yield self._take(max(len(self._held) - len(mark) + 1, self._next))
            if not self._more():
                self.ended = True
                yield self._take(len(self._held))
                return
        yield self._take(found)
        self._take(found + len(mark))

    def skip(self, word: bytes) -> bool:
        """Is this word next? Then it is passed over."""
        while len(self._held) - self._next < len(word) and self._more():
            pass
        if not self._held.startswith(word, self._next):
            return False
        self._take(self._next + len(word))
        return True

    def _take(self, end: int) -> bytes:
        piece = self._held[self._next : end]
        self._next = end
        self.at += len(piece)
        return piece

    def _more(self) -> bool:
        chunk = self._stream.read(_CHUNK)
        self._held, self._next = self._held[self._next :] + chunk, 0
        return bool(chunk)
