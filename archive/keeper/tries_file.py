"""The file in which counted sign-ins survive a restart: a JSON array a line, each a step that changes the counters.

["=", place, tries in a row, [times]]      how a place stood when the file was last written anew
["+", time, account's place, address]      a try, on the disk before it is judged
["-", account's place, address]            it was right; written with the next try, since losing it only slows down
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from archive import durable
from archive.errors import StorageError

MOST_STEPS = 2000
"""After so many steps the file is written anew."""
_MODE = 0o600


class TriesFile:
    """Appends steps; not thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._steps = 0
        self._end = -1
        """How long the sound file is; -1: it has to be written anew."""
        self._late: list[list] = []

    def read(self) -> Iterator[list]:
        """The steps on file; of a damaged file those before the damage, rather than letting nobody in."""
        try:
            content = self.path.read_bytes()
        except OSError:
            return
        for line in content.split(b"\n")[:-1]:
            try:
                yield json.loads(line)
            except ValueError:
                return
            self._steps += 1
        if content.endswith(b"\n"):
            self._end = len(content)

    def late(self, step: list) -> None:
        """Keep a step that need not be durable: it goes with the next one that must be."""
        self._late.append(step)

    def add(self, step: list, anew: Iterable[list]) -> None:
        """Make a step durable; `anew` are the steps that say the same as the whole file and this one."""
        try:
            if self._end < 0 or self._steps >= MOST_STEPS:
                content = _lines(anew)
                durable.write_file(self.path, content, _MODE)
                self._steps, self._end = 0, len(content)
            else:
                content = _lines([*self._late, step])
                durable.append(self.path, content, self._end, _MODE)
                self._steps += len(self._late) + 1
                self._end += len(content)
        except StorageError:
            self._end = -1
            raise
        self._late = []


def _lines(steps: Iterable[list]) -> bytes:
    return b"".join(json.dumps(step).encode() + b"\n" for step in steps)
