"""The access log, read side: its segments, its lines in order, search. Opens files read-only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive.audit import chain
from archive.audit.entry import TIME_LENGTH, Recorded, decode

PREFIX, LINES, LEAVES = "log-", ".jsonl", ".leaves"
DIGEST = 32


@dataclass(frozen=True)
class Segment:
    """One file of the log, from entry `first` on. A closed one holds only the digests of its lines."""

    path: Path
    first: int

    @property
    def closed(self) -> bool:
        return self.path.suffix == LEAVES

    def lines(self) -> list[bytes]:
        """Its whole lines without line feeds; none when closed. What a crash cut short is not among them."""
        return [] if self.closed else self.path.read_bytes().split(b"\n")[:-1]

    def leaves(self) -> list[bytes]:
        """The digest of each line."""
        if not self.closed:
            return [chain.leaf(line) for line in self.lines()]
        content = self.path.read_bytes()
        return [content[place : place + DIGEST] for place in range(0, len(content), DIGEST)]


def segment_path(folder: Path, first: int) -> Path:
    return folder / f"{PREFIX}{first:012d}{LINES}"


def segments(folder: Path) -> list[Segment]:
    """All segments in order; of one that is being closed the full one."""
    found: dict[int, Segment] = {}
    for path in sorted(folder.glob(f"{PREFIX}*")):
        number = path.stem.removeprefix(PREFIX)
        if path.suffix in (LINES, LEAVES) and number.isdecimal():
            found.setdefault(int(number), Segment(path, int(number)))
    return [found[first] for first in sorted(found)]


def leaves(folder: Path) -> list[bytes]:
    """The digest of every line, as the proofs need them."""
    return [digest for segment in segments(folder) for digest in segment.leaves()]


SAME = ("actor", "action", "outcome", "session")
"""Fields that must be just what is wanted."""


@dataclass(frozen=True)
class Wanted:
    """What to look for; an empty field asks nothing. `first` and `last` are days (2026-12-31), both included.

    An `object` is met by itself and by what is inside it: a dossier by its documents, a fonds by both. Of several
    `units` any.
    """

    actor: str = ""
    units: tuple[str, ...] = ()
    action: str = ""
    object: str = ""
    outcome: str = ""
    session: str = ""
    first: str = ""
    last: str = ""

    def needles(self) -> list[bytes]:
        """Bytes that every line with these fields contains: lines are canonical, so this saves parsing the others."""
        asked = {name: getattr(self, name) for name in ("object", *SAME)}
        asked["unit"] = self.units[0] if len(self.units) == 1 else ""
        written = {name: json.dumps(value, ensure_ascii=False) for name, value in asked.items() if value}
        if "object" in written:
            written["object"] = written["object"].removesuffix('"')
        return [f'"{name}":{value}'.encode("utf-8", "backslashreplace") for name, value in written.items()]

    def meets(self, recorded: Recorded) -> bool:
        entry, day = recorded.entry, recorded.entry.when[:10]
        same = all(not (value := getattr(self, name)) or getattr(entry, name) == value for name in SAME)
        same = same and (not self.units or entry.unit in self.units)
        inside = not self.object or f"{entry.object}:".startswith(f"{self.object}:")
        return (
            same and inside and (not self.first or self.first <= day) and (not self.last or day <= self.last)
        )


class AuditLog:
    """The log in the folder `<home>/audit`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entries(self, wanted: Wanted | None = None, newest_first: bool = False) -> Iterator[Recorded]:
        """The entries that meet `wanted`, oldest or newest first. Raises IntegrityError at an unreadable line."""
        wanted = wanted or Wanted()
        needles = wanted.needles()
        parts = segments(self.folder)
        for segment in reversed(parts) if newest_first else parts:
            lines = segment.lines()
            for line in reversed(lines) if newest_first else lines:
                if _in_days(line, wanted) and all(needle in line for needle in needles):
                    recorded = decode(line)
                    if wanted.meets(recorded):
                        yield recorded

    def entry(self, number: int) -> Recorded | None:
        """One entry by its number; None when there is none, or it is of a closed segment."""
        segment = max(
            (one for one in segments(self.folder) if one.first <= number),
            key=lambda one: one.first,
            default=None,
        )
        lines = segment.lines() if segment else []
        place = number - segment.first if segment else 0
        return decode(lines[place]) if place < len(lines) else None

    def size(self) -> int:
        """The number of the newest entry."""
        parts = segments(self.folder)
        if not parts:
            return 0
        newest = parts[-1]
        if newest.closed:
            return newest.first - 1 + newest.path.stat().st_size // DIGEST
        return newest.first - 1 + newest.path.read_bytes().count(b"\n")


def _in_days(line: bytes, wanted: Wanted) -> bool:
    """Is the line's day among the wanted ones? Its place follows from the fixed beginning of a line."""
    if not (wanted.first or wanted.last):
        return True
    start = line.find(b'","') + 3
    day = line[start : start + TIME_LENGTH][:10].decode("ascii", "replace")
    return (not wanted.first or wanted.first <= day) and (not wanted.last or day <= wanted.last)
