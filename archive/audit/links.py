"""Follows the log line by line: every number one more than the last, every link the digest of the line before."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import sha256

from archive.audit.entry import NO_DIGEST, TIME_LENGTH, starts

BEGINNING = re.compile(rb'\[([1-9][0-9]{0,14}),"[0-9a-f]{64}","')


class Links:
    """Where the chain is: `number` lines were met, the last with the digest `previous`.

    What is wrong goes to `find(code, first, last, **values)`, what is only strange to `note`. `broken_at` is the first
    entry that is not as it was; from there on no head can be compared.
    """

    def __init__(self, find: Callable[..., None], note: Callable[..., None]) -> None:
        self.find, self.note = find, note
        self.number, self.previous, self.when = 0, NO_DIGEST, b""
        self.known = True
        self.broken_at: int | None = None

    def follow(self, lines: list[bytes], file: str) -> list[bytes]:
        """The digest of every line in its place. This loop decides how fast a million lines are checked."""
        leaves: list[bytes] = []
        number, previous, when = self.number, self.previous, self.when
        for line in lines:
            number += 1
            start = starts(number, previous)
            if not line.startswith(start):
                number, taken = self._astray(line, number, file)
                if not taken:
                    continue
            else:
                self.known = True
            digest = sha256(b"\0" + line).digest()
            leaves.append(digest)
            previous = digest.hex()
            moment = line[len(start) : len(start) + TIME_LENGTH]
            if moment < when:
                self.note("audit.note.clock_back", number)
            when = moment
        self.number, self.previous, self.when = number, previous, when
        return leaves

    def skip(self, first: int, leaves: list[bytes]) -> None:
        """Go on after a closed segment, of which only digests are left."""
        if first > self.number + 1:
            self._missing(self.number + 1, first - 1)
        self.number = first - 1 + len(leaves)
        self.previous, self.known = leaves[-1].hex() if leaves else "", bool(leaves)

    def _astray(self, line: bytes, number: int, file: str) -> tuple[int, bool]:
        """Say what is wrong with a line that is not the one awaited. Returns the number to go on from; is it taken?"""
        match = BEGINNING.match(line)
        found = int(match[1]) if match else 0
        if not match:
            self.find("audit.line_damaged", number, file=file)
            self._broken(number)
            self.known = False  # nobody can say what the next line's link should be
            return number, True
        if found < number:
            self.find("audit.out_of_order", found, file=file)
            self._broken(found)
            return number - 1, False
        if found > number:
            self._missing(number, found - 1)
        elif self.known:
            self.find("audit.changed", max(1, number - 1))
            self._broken(max(1, number - 1))
        self.known = True
        return found, True

    def _missing(self, first: int, last: int) -> None:
        self.find("audit.missing", first, last)
        self._broken(first)

    def _broken(self, number: int) -> None:
        self.broken_at = min(number, self.broken_at or number)
