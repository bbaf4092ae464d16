"""Where the access log ends on the disk, read before anything is added; what a crash cut short is set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from archive import durable
from archive.audit import chain
from archive.audit.entry import NO_DIGEST, decode, starts
from archive.audit.heads import Head
from archive.audit.log import segments
from archive.errors import IntegrityError

MODE = 0o640
"""Of every file of the log: its group may read, e.g. the auditor's screen."""
ASIDE, UNTOLD = "set-aside", ".new"
"""Folder of unfinished bytes, and the ending of those that no entry tells of yet."""


@dataclass
class Tail:
    """Where the log ends: the newest segment with its length in bytes, and the tree of all lines."""

    path: Path
    first: int = 1
    month: str = ""
    log: str = ""
    end: int = 0
    last: str = NO_DIGEST
    tree: chain.Tree = field(default_factory=chain.Tree)
    told: str = ""
    """Digest of the newest head that an entry tells of."""

    def take(self, written: bytes) -> None:
        """Move on by one line found on the disk. Raises IntegrityError when it is not the next one."""
        if not written.startswith(starts(self.tree.size + 1, self.last)):
            raise IntegrityError("audit.line_unreadable", line=written[:80].decode("utf-8", "replace"))
        entry = decode(written).entry
        if not self.end:
            self.month, self.log = entry.when[:7], str(entry.detail.get("log", ""))
        if entry.action == "head":
            self.told = str(entry.detail.get("head", ""))
        self.move(written)

    def move(self, written: bytes) -> None:
        digest = chain.leaf(written)
        self.tree.append(digest)
        self.last = digest.hex()
        self.end += len(written) + 1


def open_newest(folder: Path, head: Head | None) -> Tail | None:
    """The tail of the newest segment; one that never got its first line is set aside. None: the log has not begun."""
    for segment in reversed(segments(folder)):
        tail = read_on(_beginning(segment.path, segment.first), head)
        if tail.end:
            return tail
        durable.remove_tree(segment.path)
    return None


def read_on(tail: Tail, head: Head | None) -> Tail:
    """Take the lines after `tail.end`; unfinished bytes after them are set aside.

    Raises IntegrityError when the newest signed `head` says that these bytes were sound once.
    """
    with tail.path.open("rb") as file:
        file.seek(tail.end)
        content = file.read()
    start = tail.end
    for line in content.split(b"\n")[:-1]:
        try:
            tail.take(line)
        except IntegrityError:
            break
        if head and tail.tree.size == head.size and tail.last != head.last:
            raise IntegrityError("audit.not_as_signed", size=head.size)
    if torn := content[tail.end - start :]:
        if head and tail.tree.size < head.size:
            raise IntegrityError("audit.not_as_signed", size=head.size)
        _set_aside(tail, torn)
    return tail


def _set_aside(tail: Tail, torn: bytes) -> None:
    name = f"{tail.path.stem}-{tail.end}-{sha256(torn).hexdigest()[:8]}.bin{UNTOLD}"
    durable.write_file(tail.path.parent / ASIDE / name, torn, MODE)
    durable.cut(tail.path, tail.end)


def untold(folder: Path) -> list[Path]:
    """Unfinished bytes that no entry tells of yet."""
    return sorted((folder / ASIDE).glob(f"*{UNTOLD}"))


def _beginning(path: Path, first: int) -> Tail:
    """The tail before the first line of a segment, from what that line says of the tree before it."""
    tail = Tail(path, first)
    try:
        with path.open("rb") as file:
            opening = decode(file.readline())
        peaks = [bytes.fromhex(peak) for peak in opening.entry.detail["peaks"]]
    except (IntegrityError, KeyError, ValueError, TypeError):
        tail.tree = chain.Tree(first - 1)
        return tail
    tail.tree, tail.last = chain.Tree(first - 1, peaks), opening.previous
    return tail
