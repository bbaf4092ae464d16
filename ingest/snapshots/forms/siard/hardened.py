"""XML from strangers, streamed: no document types, so no entities; nesting, tokens and trees are bounded.

Expat is used because it tells the byte at which a cell stands, so that content inside it can be read in place.
"""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

CHUNK = 1 << 16
MAX_DEPTH = 64
MAX_TOKEN = 1 << 20
"""Bytes of one tag, comment or instruction; text is not a token."""
MAX_NAMES = 100_000
"""Different names of elements and attributes; the parser remembers each."""
MAX_TREE = (128 << 20, 2_000_000)
"""Bytes and elements of a document that is held whole."""


class Malformed(ValueError):
    """The XML is not what may be read here; the text says why, for the technical detail of a message."""


_ENCODING = re.compile(r"utf-8|utf-16|ascii|iso8859-\d+|cp125\d")
"""What SIARD may be in, and what the parser can read besides."""

UNREADABLE = (
    Malformed,
    expat.ExpatError,
    UnicodeDecodeError,
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
)
"""What damaged XML or a damaged ZIP member raises while it is read."""


def parser() -> expat.XMLParserType:
    made = expat.ParserCreate(intern={})
    made.buffer_text = True
    made.buffer_size = CHUNK
    made.StartDoctypeDeclHandler = _no_doctype
    made.XmlDeclHandler = known_encoding
    return made


def _no_doctype(*_: object) -> None:
    raise Malformed("document type declaration")


def known_encoding(_version: str, encoding: str | None, _standalone: int) -> str:
    """The declared one, else utf-8. Raises Malformed."""
    try:
        name = codecs.lookup(encoding or "utf-8").name
    except LookupError:
        name = ""
    if not _ENCODING.fullmatch(name):
        raise Malformed(f"encoding {encoding}")
    return name


def parsed(reader: expat.XMLParserType, stream: BinaryIO) -> Iterator[int]:
    """Feed the stream, chunk by chunk; gives the bytes read so far. Raises UNREADABLE."""
    read = 0
    while chunk := stream.read(CHUNK):
        reader.Parse(chunk, False)
        read += len(chunk)
        if read - reader.CurrentByteIndex > MAX_TOKEN:
            raise Malformed(f"tag longer than {MAX_TOKEN} bytes")
        if len(reader.intern) > MAX_NAMES:
            raise Malformed(f"more than {MAX_NAMES} different names")
        yield read
    reader.Parse(b"", True)
    yield read


def tree(stream: BinaryIO) -> Element:
    """The whole document, names without prefixes; the root has the attribute "xmlns". Raises UNREADABLE."""
    built = _Tree()
    reader = parser()
    reader.StartElementHandler, reader.EndElementHandler = built.start, built.end
    reader.CharacterDataHandler = built.builder.data
    for read in parsed(reader, stream):
        if read > MAX_TREE[0]:
            raise Malformed(f"more than {MAX_TREE[0]} bytes")
    return built.builder.close()


class _Tree:
    def __init__(self) -> None:
        self.builder, self.depth, self.count = TreeBuilder(), 0, 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > MAX_DEPTH:
            raise Malformed(f"nested deeper than {MAX_DEPTH}")
        if self.count > MAX_TREE[1]:
            raise Malformed(f"more than {MAX_TREE[1]} elements")
        prefix, _, local = name.rpartition(":")
        if self.depth == 1 and prefix:
            attributes = {**attributes, "xmlns": attributes.get(f"xmlns:{prefix}", "")}
        self.builder.start(local, attributes)

    def end(self, name: str) -> None:
        self.depth -= 1
        self.builder.end(local_name(name))


def local_name(name: str) -> str:
    return name.rpartition(":")[2]
