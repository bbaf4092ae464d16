"""Writes entries into the bag's ZIP: each is measured first, so that nothing damaged ever begins to leave.

`Content` can be read again and again. What is small is read once; what is larger is read twice, and what differs the
second time ends the stream. Entries of a partial file are kept as long as they are what would be written now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from archive.errors import IntegrityError
from archive.export.pile import Pile
from archive.export.zipping import Entry, Scan, ZipStream, crc32, even

HELD = 8 << 20
"""Bytes of one entry that are kept in memory between measuring and writing."""

Content = Callable[[], Iterable[bytes]]


@dataclass(frozen=True)
class Measured:
    size: int
    sha256: str
    crc: int
    held: bytes | None
    content: Content

    def chunks(self) -> Iterator[bytes]:
        """The bytes, once more. Raises IntegrityError when they are not what was measured."""
        if self.held is not None:
            yield self.held
            return
        digest = hashlib.sha256()
        for chunk in self.content():
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self.sha256:
            raise IntegrityError("export.changed_meanwhile")


def measured(content: Content) -> Measured:
    digest, crc, size, held = hashlib.sha256(), 0, 0, bytearray()
    for chunk in content():
        digest.update(chunk)
        crc, size = crc32(chunk, crc), size + len(chunk)
        if size <= HELD:
            held += chunk
        else:
            held = bytearray()
    return Measured(size, digest.hexdigest(), crc, bytes(held) if size <= HELD else None, content)


class Kept:
    """The complete entries of a partial file, in order; `end` is where what is kept of it ends."""

    def __init__(self, scan: Scan) -> None:
        self._scan = scan
        self._entries: Iterator[Entry] = scan.entries()
        self.end = 0

    def take(self, name: str, when: datetime, sha256: str = "") -> Measured | None:
        """The next entry when it is this one of this time and its bytes are whole: by their digest, else by their CRC.

        After the first that is not, nothing is kept any more.
        """
        entry = next(self._entries, None)
        same = entry and (entry.name, entry.when) == (name, even(when)) and not self._scan.strange
        found = self._checked(entry) if same else None
        if found and (not sha256 or found.sha256 == sha256):
            self.end = entry.end
            return found
        self._entries = iter(())
        return None

    def _checked(self, entry: Entry) -> Measured | None:
        digest, crc = hashlib.sha256(), 0
        for chunk in self._scan.content(entry):
            digest.update(chunk)
            crc = crc32(chunk, crc)
        if crc != entry.crc:
            return None
        return Measured(entry.size, digest.hexdigest(), crc, b"", lambda: ())


@dataclass
class BagWriter:
    """Gives the bytes of a bag's ZIP and remembers the digest of every entry. `base` is the bag's folder in it."""

    base: str
    when: datetime
    kept: Kept | None = None
    payload: Pile = field(default_factory=Pile)
    """(name, SHA-256, size) of every entry below data/."""
    tags: dict[str, str] = field(default_factory=dict)
    bytes: int = 0
    """Of the payload."""

    def __post_init__(self) -> None:
        self._zip = ZipStream(self.when)

    def resumed(self, name: str, sha256: str = "") -> Measured | None:
        """The entry as the partial file has it: then it is not written again."""
        found = self.kept.take(f"{self.base}/{name}", self.when, sha256) if self.kept else None
        if found:
            self._note(name, found)
        else:
            self.kept = None
        return found

    def put(self, name: str, found: Measured) -> Iterator[bytes]:
        self.kept = None
        yield self._note(name, found)
        yield from found.chunks()

    def put_known(self, name: str, content: bytes) -> Iterator[bytes]:
        """A small entry whose bytes are at hand."""
        found = measured(lambda: (content,))
        if not self.resumed(name, found.sha256):
            yield from self.put(name, found)

    def _note(self, name: str, found: Measured) -> bytes:
        if name.startswith("data/"):
            self.payload.add((name, found.sha256, found.size))
            self.bytes += found.size
        else:
            self.tags[name] = found.sha256
        return self._zip.entry(f"{self.base}/{name}", found.size, found.crc)

    def end(self) -> bytes:
        return self._zip.end()
