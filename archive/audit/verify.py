"""Checks the access log: links, order, signed heads, heads held outside; names every edit, cut, rewrite or rollback.

Without a head from outside, a log whose end was cut together with its heads looks like an older log.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from archive.audit.chain import Tree
from archive.audit.entry import NO_DIGEST, TIME_LENGTH, Recorded, decode, starts
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
from archive.audit.log import Segment, segments
from archive.errors import IntegrityError
from archive.model import Finding

BEGINNING = re.compile(rb'\[([1-9]\d*),"([0-9a-f]{64})","')
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
    """One run; `number`, `previous` and `tree` tell where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ring = Keyring()
        self.tree, self.number, self.previous = Tree(), 0, NO_DIGEST
        self.log = ""
        self.when = b""
        self.link_known = True
        self.broken_at: int | None = None
        self.heads: list[Head] = []
        self.outside: list[Head] = []
        self.pending: list[Head] = []
        self.covered = 0
        self.told: list[Recorded] = []
        self.closed: list[tuple[int, int]] = []
        self.findings: list[Finding] = []
        self.notes: list[Finding] = []

    def find(self, code: str, first: int = 0, last: int = 0, **values: object) -> None:
        numbers = {"first": first, "last": last or first, **values}
        self.findings.append(
            Finding(code, "error", values={name: str(value) for name, value in numbers.items()})
        )

    def note(self, code: str, first: int = 0, last: int = 0, **values: object) -> None:
        numbers = {"first": first, "last": last or first, **values}
        self.notes.append(Finding(code, "info", values={name: str(value) for name, value in numbers.items()}))

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
        leaves = self._read_closed(segment) if segment.closed else self._read_lines(segment)
        self._grow(leaves)

    def _read_closed(self, segment: Segment) -> list[bytes]:
        leaves = segment.leaves()
        if segment.first != self.number + 1:
            self._astray(b'[%d,"%s","' % (segment.first, b"0" * 64), self.number + 1, segment)
        self.number = segment.first - 1 + len(leaves)
        self.closed.append((segment.first, self.number))
        self.previous = leaves[-1].hex() if leaves else self.previous
        return leaves

    def _read_lines(self, segment: Segment) -> list[bytes]:
        content = segment.path.read_bytes()
        lines = content.split(b"\n")
        if unfinished := lines.pop():
            self.note("audit.note.unfinished", bytes=len(unfinished))
        if lines:
            self._check_opening(lines[0], segment)
        leaves = self._follow(lines, segment)
        self._listen(content)
        return leaves

    def _follow(self, lines: list[bytes], segment: Segment) -> list[bytes]:
        """The digest of every line in its place. The loop that decides how fast a million lines are checked."""
        leaves: list[bytes] = []
        number, previous, when, known = self.number, self.previous, self.when, self.link_known
        for line in lines:
            number += 1
            start = starts(number, previous)
            if not line.startswith(start):
                self.link_known = known
                place = self._astray(line, number, segment)
                if place is None:
                    number -= 1
                    continue
                number, known = place, self.link_known
            else:
                known = True
            digest = sha256(b"\0" + line).digest()
            leaves.append(digest)
            previous = digest.hex()
            moment = line[len(start) : len(start) + TIME_LENGTH]
            if moment < when:
                self.note("audit.note.clock_back", number)
            when = moment
        self.number, self.previous, self.when, self.link_known = number, previous, when, known
        return leaves

    def _astray(self, line: bytes, number: int, segment: Segment) -> int | None:
        """Say what is wrong with a line that is not number `number` after the one before.

        Returns the number to go on from, None to pass over the line.
        """
        match = BEGINNING.match(line)
        found = int(match[1]) if match else 0
        if not match:
            self.find("audit.line_damaged", number, file=segment.path.name)
            self.link_known = False
        elif found > number:
            self.find("audit.missing", number, found - 1)
        elif found < number:
            self.find("audit.out_of_order", found, file=segment.path.name)
        elif self.link_known:
            self.find("audit.changed", max(1, number - 1))
        if match:
            self.link_known = True
        wrong = min(found, number) if match else number
        self.broken_at = min(wrong - 1, number - 1) if self.broken_at is None else self.broken_at
        if not match:
            return number
        return found if found >= number else None

    def _check_opening(self, line: bytes, segment: Segment) -> None:
        """The first line of a segment says which log it is of and what the tree was before it."""
        try:
            entry = decode(line).entry
        except IntegrityError:
            return  # the line is named by _follow
        self.log = self.log or str(entry.detail.get("log", ""))
        peaks = [peak.hex() for peak in self.tree.peaks]
        sound = entry.action == "segment" and entry.detail.get("log") == self.log
        if not sound or (self.broken_at is None and entry.detail.get("peaks") != peaks):
            self.find("audit.other_log", self.number + 1, file=segment.path.name)

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
        if self.broken_at is not None and head.size >= self.broken_at:
            return  # a finding has named the place already
        self.log = self.log or head.log  # its first line may be closed: the signed head knows
        if head.size != self.tree.size or head.root != self.tree.root().hex() or head.log != self.log:
            self.find("audit.rewritten", self.covered + 1, head.size, time=head.time)
            self.broken_at = self.covered + 1
        else:
            self.covered = head.size

    def compare_the_end(self) -> None:
        ahead = [head for head in self.pending if head.size > self.number]
        if ahead:
            self.find("audit.cut", self.number + 1, ahead[-1].size, time=ahead[-1].time)
        self._compare_told()
        for first, last in self.closed:
            if not any(_numbers(one) == (first, last) for one in self._said("log-pruned")):
                self.find("audit.closed_unrecorded", first, last)
            else:
                self.note("audit.note.closed", first, last)
        uncovered = self.number - self.covered
        if uncovered > MOST_UNCOVERED and self.broken_at is None:
            self.find("audit.heads_stopped", self.covered + 1, self.number)
        elif uncovered and self.broken_at is None:
            self.note("audit.note.uncovered", self.covered + 1, self.number)

    def _compare_told(self) -> None:
        """Every head that the log tells of is on file. Read anew: a log in use goes on while it is checked."""
        kept = {sha256(line.encode()).hexdigest() for line in whole_lines(self.folder / HEADS_FILE)}
        for recorded in self._said("head"):
            if recorded.entry.detail.get("head") not in kept:
                self.find("audit.head_lost", last=int(recorded.entry.object))
        for recorded in self._said("log-recovered"):
            detail = recorded.entry.detail
            self.note(
                "audit.note.recovered", recorded.number, bytes=detail.get("bytes"), file=detail.get("file")
            )

    def _said(self, action: str) -> list[Recorded]:
        return [one for one in self.told if one.entry.action == action and one.entry.actor == "kho"]

    def result(self) -> Result:
        return Result(
            self.number, len(self.heads), len(self.outside), self.covered,
            tuple(self.findings), tuple(self.notes),
        )  # fmt: skip


def _numbers(recorded: Recorded) -> tuple[object, object]:
    return recorded.entry.detail.get("first"), recorded.entry.detail.get("last")
