"""Checks the access log: links, order, signed heads, heads held outside; names every edit, cut, rewrite or rollback.

Without a head from outside, a log whose end was cut together with its heads looks like an older log.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from archive.audit.chain import Tree
from archive.audit.entry import LOG_ACTOR, Recorded, decode
from archive.audit.heads import (
    HEAD_ENTRIES,
    HEADS_FILE,
    KEYS_FILE,
    Head,
    Keyring,
    PublicKey,
    parse_head,
    parse_key,
    whole_lines,
)
from archive.audit.links import Links
from archive.audit.log import Segment, segments
from archive.errors import IntegrityError
from archive.model import Finding

OWN = (b'",{"action":"head"', b'",{"action":"log-pruned"', b'",{"action":"log-recovered"')
MOST_UNCOVERED = 10 * HEAD_ENTRIES
"""More entries than this without a head is no delay any more: signing has stopped or heads were removed."""


@dataclass(frozen=True)
class Result:
    """What was checked and found. `covered` is the size of the newest head that holds; `outside` heads were given."""

    entries: int
    heads: int
    outside: int
    covered: int
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        return not self.findings


def verify(folder: Path, outside: Iterable[Head] = (), keys: Iterable[str] = ()) -> Result:
    """Check the log in `folder` against itself, against heads and against ids of keys held `outside`."""
    check = _Check(folder)
    check.read_keys(keys)
    check.read_heads()
    check.read_outside(outside)
    for segment in segments(folder):
        check.read_segment(segment)
    check.compare_the_end()
    return check.result()


class _Check:
    """One run: `links` and `tree` tell where it is, `pending` are the heads still to be met."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ring = Keyring()
        self.tree, self.links = Tree(), Links(self.find, self.note)
        self.log = ""
        self.heads: list[Head] = []
        self.outside: list[Head] = []
        self.pending: list[Head] = []
        self.covered = 0
        self.told: list[Recorded] = []
        self.closed: list[tuple[int, int]] = []
        self.findings: list[Finding] = []
        self.notes: list[Finding] = []

    def find(self, code: str, first: object = 0, last: object = 0, **values: object) -> None:
        self.findings.append(_finding(code, "error", first, last, values))

    def note(self, code: str, first: object = 0, last: object = 0, **values: object) -> None:
        self.notes.append(_finding(code, "info", first, last, values))

    # ------------------------------------------------------------------ keys and heads

    def read_keys(self, held: Iterable[str]) -> None:
        self.ring = Keyring(self._parsed(KEYS_FILE, parse_key))
        strange = {key.id for key in self.ring.doubtful} | {key for key in held if key not in self.ring.keys}
        for key in sorted(strange):
            self.find("audit.key_not_vouched", key=key)

    def read_heads(self) -> None:
        for head in self._parsed(HEADS_FILE, parse_head):
            if not self.ring.signed(head):
                self.find("audit.head_not_signed", last=head.size)
            elif self.heads and head.size <= self.heads[-1].size:
                self.find("audit.head_order", last=head.size)
            else:
                self.heads.append(head)
        self.pending = list(self.heads)

    def read_outside(self, heads: Iterable[Head]) -> None:
        kept = {head.digest for head in self.heads}
        for head in heads:
            self.outside.append(head)
            if not self.ring.signed(head):
                self.find("audit.head_not_signed", last=head.size)
            elif head.digest not in kept:
                self.find("audit.head_lost", last=head.size)
                self.pending.append(head)
        self.pending.sort(key=lambda head: head.size)

    def _parsed(self, name: str, parse) -> list:
        found: list[Head | PublicKey] = []
        for place, line in enumerate(whole_lines(self.folder / name), start=1):
            try:
                found.append(parse(line))
            except IntegrityError:
                self.find("audit.head_damaged", place, file=name)
        return found

    # ------------------------------------------------------------------ lines

    def read_segment(self, segment: Segment) -> None:
        """Follow the links through one file, then let the tree grow by it."""
        if segment.closed:
            leaves = segment.leaves()
            self.links.skip(segment.first, leaves)
            self.closed.append((segment.first, self.links.number))
        else:
            leaves = self._read_lines(segment)
        self._grow(leaves)

    def _read_lines(self, segment: Segment) -> list[bytes]:
        content = segment.path.read_bytes()
        lines = content.split(b"\n")
        if unfinished := lines.pop():
            self.note("audit.note.unfinished", bytes=len(unfinished))
        if lines:
            self._check_opening(lines[0], segment.path.name)
        self._listen(content)
        return self.links.follow(lines, segment.path.name)

    def _check_opening(self, line: bytes, file: str) -> None:
        """The first line of a segment says which log it is of and what the tree was before it."""
        try:
            entry = decode(line).entry
        except IntegrityError:
            return  # named when the links are followed
        self.log = self.log or str(entry.detail.get("log", ""))
        peaks = [peak.hex() for peak in self.tree.peaks]
        sound = entry.action == "segment" and entry.detail.get("log") == self.log
        if not sound or (self.links.broken_at is None and entry.detail.get("peaks") != peaks):
            self.find("audit.other_log", self.links.number + 1, file=file)

    def _listen(self, content: bytes) -> None:
        """Remember what the log says about itself."""
        for needle in OWN:
            place = content.find(needle)
            while place >= 0:
                end = content.find(b"\n", place)
                line = content[content.rfind(b"\n", 0, place) + 1 : end if end >= 0 else len(content)]
                with contextlib.suppress(IntegrityError):  # a damaged or unfinished line, named elsewhere
                    self.told.append(decode(line))
                place = content.find(needle, place + 1)

    # ------------------------------------------------------------------ the tree against the heads

    def _grow(self, leaves: list[bytes]) -> None:
        place = 0
        while place < len(leaves):
            ahead = self.pending[0].size - self.tree.size if self.pending else len(leaves)
            stop = min(len(leaves), place + max(1, ahead))
            self.tree.extend(leaves[place:stop])
            place = stop
            while self.pending and self.pending[0].size <= self.tree.size:
                self._compare(self.pending.pop(0))

    def _compare(self, head: Head) -> None:
        if self.links.broken_at is not None and head.size >= self.links.broken_at:
            return  # a finding has named the place already
        self.log = self.log or head.log  # its first line may be closed: the signed head knows
        if head.size != self.tree.size or head.root != self.tree.root().hex() or head.log != self.log:
            first = self.covered + 1 if self.covered < head.size else 1  # else two heads of one size: a fork
            self.find("audit.rewritten", first, head.size, time=head.time)
            self.links.broken_at = first
        else:
            self.covered = head.size

    def compare_the_end(self) -> None:
        ahead = [head for head in self.pending if head.size > self.links.number]
        if ahead:
            self.find("audit.cut", self.links.number + 1, ahead[-1].size, time=ahead[-1].time)
        self._compare_told()
        for first, last in self.closed:
            if not any(_numbers(one) == (first, last) for one in self._said("log-pruned")):
                self.find("audit.closed_unrecorded", first, last)
            else:
                self.note("audit.note.closed", first, last)
        uncovered = self.links.number - self.covered
        if uncovered > MOST_UNCOVERED and self.links.broken_at is None:
            self.find("audit.heads_stopped", self.covered + 1, self.links.number)
        elif uncovered and self.links.broken_at is None:
            self.note("audit.note.uncovered", self.covered + 1, self.links.number)

    def _compare_told(self) -> None:
        """Every head that the log tells of is on file. Read anew: a log in use goes on while it is checked."""
        kept = {sha256(line.encode()).hexdigest() for line in whole_lines(self.folder / HEADS_FILE)}
        for recorded in self._said("head"):
            if recorded.entry.detail.get("head") not in kept:
                self.find("audit.head_lost", last=recorded.entry.detail.get("size", 0))
        for recorded in self._said("log-recovered"):
            detail = recorded.entry.detail
            self.note(
                "audit.note.recovered", recorded.number, bytes=detail.get("bytes"), file=detail.get("file")
            )

    def _said(self, action: str) -> list[Recorded]:
        return [one for one in self.told if one.entry.action == action and one.entry.actor == LOG_ACTOR]

    def result(self) -> Result:
        found = tuple(self.findings), tuple(self.notes)
        return Result(self.links.number, len(self.heads), len(self.outside), self.covered, *found)


def _finding(code: str, severity: str, first: object, last: object, values: dict[str, object]) -> Finding:
    """`first` and `last` are the entries it is about."""
    filled = {"first": first, "last": last or first, **values}
    return Finding(code, severity, values={name: str(value) for name, value in filled.items()})


def _numbers(recorded: Recorded) -> tuple[object, object]:
    return recorded.entry.detail.get("first"), recorded.entry.detail.get("last")
