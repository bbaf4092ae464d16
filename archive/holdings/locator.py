"""Where bytes stand inside something kept whole: "<path>!<step>!<step>", read in place and streamed.

Steps, applied from left to right to the file at <path> (relative to the folder the locator is of):
  zip=<member>          a member of a ZIP file; stored and deflated ones
  range=<from>-<to>     bytes from (inclusive) to (exclusive)
  hex                   pairs of hexadecimal digits, white space ignored
  base64                base64 (RFC 4648), white space ignored
  gz                    a gzip stream
  utf16=<le|be>         UTF-16 without a byte order mark, as UTF-8
  unescape=<rules>      the inside of an SQL literal: `mysql` (backslashes), `copy` (a field of PostgreSQL's COPY) or
                        `quote` (doubled quotes only); `json`, the inside of a JSON string of ASCII signs
  bytea                 bytes as PostgreSQL shows them: "\\x" and hexadecimal digits, or the older form with escapes
  quoted                quoted-printable (RFC 2045)
  cfb=<storage/stream>  a stream of a compound file (MS-CFB), as of a mail saved as .msg
  lowrite=<rules>       bytes that the calls of lowrite(…) in a PostgreSQL dump write one after another; rules as above
"!" and "%" in names are written %21 and %25. A locator never leads out of its folder. A limit counts what is
handed out; a ZIP inside something else has one of its own (CONTAINER) and beyond HELD lies in an unnamed file meanwhile.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import io
import os
import re
import struct
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, BinaryIO

from archive.errors import IntegrityError
from archive.holdings.compound import Compound
from archive.holdings.decoding import (
    CHUNK,
    HEX_MARK,
    Changed,
    Decoded,
    Forward,
    Part,
    Pieces,
    Quoted,
    Written,
    unescaper,
)

CONTAINER = 2**31
"""Bytes of a ZIP inside something else at most."""
HELD = 16 << 20
"""Bytes of it that are held in memory."""
_RANGE = re.compile(r"(\d+)-(\d+)")
_BROKEN = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    zlib.error,
    zipfile.BadZipFile,
    NotImplementedError,
    struct.error,
)
"""What damaged or vanished bytes make the decoders raise; a password-protected member raises RuntimeError."""


@dataclass(frozen=True)
class Locator:
    """`path` with forward slashes; `steps` are (name, argument)."""

    path: str
    steps: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        steps = (f"{name}={_escaped(value)}" if value else name for name, value in self.steps)
        return "!".join([_escaped(self.path), *steps])

    def then(self, name: str, value: str = "") -> Locator:
        return Locator(self.path, (*self.steps, (name, value)))


def parse(locator: str) -> Locator:
    """The inverse of str(Locator)."""
    path, *steps = locator.split("!")
    named = (step.partition("=") for step in steps)
    return Locator(_plain(path), tuple((name, _plain(value)) for name, _, value in named))


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("!", "%21")


def _plain(value: str) -> str:
    return value.replace("%21", "!").replace("%25", "%")


def opened(folder: Path, locator: str, limit: int) -> AbstractContextManager[BinaryIO]:
    """The bytes as a stream that can be read once, forward. Raises IntegrityError when they cannot be reached as the
    locator says, or, while they are read, when they are damaged or more than `limit`."""
    found = parse(locator)
    return opened_in(_inside(folder, found.path), found.steps, limit)


@contextmanager
def opened_in(path: Path, steps: Sequence[tuple[str, str]], limit: int) -> Iterator[BinaryIO]:
    """The same for a file that is known to be the one the locator means."""
    with ExitStack() as stack:
        with _damage(path):
            stream: BinaryIO = stack.enter_context(path.open("rb"))
            for name, value in steps:
                stream = stack.enter_context(_STEPS[name](stream, value))
        yield io.BufferedReader(_Limited(stream, limit, path), CHUNK)


def content(folder: Path, locator: str, limit: int) -> bytes:
    """All the bytes. Raises IntegrityError."""
    with opened(folder, locator, limit) as stream:
        return stream.read()


@contextmanager
def _damage(path: Path) -> Iterator[None]:
    try:
        yield
    except (*_BROKEN, RuntimeError) as error:
        raise IntegrityError("error.integrity", path=path) from error


def _inside(folder: Path, path: str) -> Path:
    parts = path.split("/")
    if not path or path.startswith("/") or any(part in ("", ".", "..") for part in parts) or "\\" in path:
        raise IntegrityError("error.integrity", path=path)
    return folder.joinpath(*parts)


class _Limited(io.RawIOBase):
    """Passes bytes on and stops at the limit: what unpacks to more than was expected is not handed out."""

    def __init__(self, stream: BinaryIO, limit: int, path: Path) -> None:
        self._stream, self._left, self._path = stream, limit, path

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        with _damage(self._path):
            chunk = self._stream.read(min(len(buffer), CHUNK))
        self._left -= len(chunk)
        if self._left < 0:
            raise IntegrityError("error.integrity", path=self._path)
        buffer[: len(chunk)] = chunk
        return len(chunk)


# --------------------------------------------------------------------------- steps


@contextmanager
def _zip(stream: BinaryIO, member: str) -> Iterator[BinaryIO]:
    if not isinstance(stream, io.BufferedReader):
        with tempfile.SpooledTemporaryFile(HELD) as held:
            _copy(stream, held)
            with zipfile.ZipFile(held) as container, container.open(member) as found:
                yield found
        return
    state = os.fstat(stream.fileno())
    container = _directory(stream.name, state.st_size, state.st_mtime_ns)
    found = _Member(container, member)
    yield found
    _left_open.last = (container, member, found.stream)


_left_open = threading.local()
"""The member each thread read last, with its stream."""


@lru_cache(maxsize=2)
def _directory(path: Path, _size: int, _changed: int) -> zipfile.ZipFile:
    """A big container's directory takes long to read: it is kept for the next member."""
    return zipfile.ZipFile(path)


def _copy(stream: BinaryIO, held: IO[bytes]) -> None:
    """A container that is read to and fro. Raises ValueError when it is beyond all measure."""
    while chunk := stream.read(CHUNK):
        held.write(chunk)
        if held.tell() > CONTAINER:
            raise ValueError(CONTAINER)


@contextmanager
def _range(stream: BinaryIO, value: str) -> Iterator[BinaryIO]:
    first, last = map(int, _RANGE.fullmatch(value).groups())
    if stream.seekable():
        stream.seek(first)
    else:
        _skip(stream, first)
    yield Part(stream, last - first)


def _skip(stream: BinaryIO, count: int) -> None:
    while count > 0:
        passed = len(stream.read(min(count, CHUNK)))
        if not passed:
            raise EOFError
        count -= passed


@contextmanager
def _hex(stream: BinaryIO, _: str) -> Iterator[BinaryIO]:
    yield Decoded(stream, 2, binascii.unhexlify)


@contextmanager
def _base64(stream: BinaryIO, _: str) -> Iterator[BinaryIO]:
    yield Decoded(stream, 4, lambda digits: base64.b64decode(digits, validate=True))


@contextmanager
def _gz(stream: BinaryIO, _: str) -> Iterator[BinaryIO]:
    with gzip.GzipFile(fileobj=stream) as plain:
        yield plain


@contextmanager
def _utf16(stream: BinaryIO, order: str) -> Iterator[BinaryIO]:
    decoder = {"le": _Utf16Le, "be": _Utf16Be}[order]()
    yield Changed(stream, lambda chunk, last: decoder.decode(chunk, last).encode())


@contextmanager
def _unescape(stream: BinaryIO, rules: str) -> Iterator[BinaryIO]:
    yield Changed(stream, unescaper(rules))


@contextmanager
def _cfb(stream: BinaryIO, path: str) -> Iterator[BinaryIO]:
    if isinstance(stream, io.BufferedReader):
        yield Pieces(Compound(stream).read(path))
        return
    with tempfile.SpooledTemporaryFile(HELD) as held:
        _copy(stream, held)
        yield Pieces(Compound(held).read(path))


@contextmanager
def _quoted(stream: BinaryIO, _: str) -> Iterator[BinaryIO]:
    yield Changed(stream, Quoted())


@contextmanager
def _bytea(stream: BinaryIO, _: str) -> Iterator[BinaryIO]:
    head = b""
    while len(head) < len(HEX_MARK) and (more := stream.read(len(HEX_MARK) - len(head))):
        head += more
    if head == HEX_MARK:
        yield Decoded(stream, 2, binascii.unhexlify)
    else:
        yield Changed(stream, unescaper("bytea", head))


@contextmanager
def _lowrite(stream: BinaryIO, rules: str) -> Iterator[BinaryIO]:
    yield Changed(stream, Written(rules))


class _Member(Forward):
    """A member of a ZIP. Of many ranges of one member, read in order, each goes on where the one before it ended:
    unpacking from the beginning each time would take hours for a large one."""

    def __init__(self, container: zipfile.ZipFile, member: str) -> None:
        *last, stream = getattr(_left_open, "last", (None, None, None))
        _left_open.last = (None, None, None)
        self.stream = stream if last == [container, member] else container.open(member)
        self._start: int | None = 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._start = offset
        return offset

    def _next(self, size: int) -> bytes:
        if self._start is not None:
            self.stream.seek(self._start)
            self._start = None
        return self.stream.read(size)


_Utf16Le, _Utf16Be = map(codecs.getincrementaldecoder, ("utf-16-le", "utf-16-be"))
_STEPS = {
    "zip": _zip, "range": _range, "hex": _hex, "base64": _base64, "gz": _gz, "utf16": _utf16, "unescape": _unescape,
    "bytea": _bytea, "lowrite": _lowrite, "cfb": _cfb, "quoted": _quoted,
}  # fmt: skip
