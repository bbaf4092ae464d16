"""A file that only grows, line by line; each line begins with digits of its own SHA-256, so that any change is seen.

What a crash left of the last line was never relied on: it is passed over here and overwritten by the next line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

DIGITS = 16


@dataclass
class Lines:
    """The texts of the sound lines, numbers (from 1) of damaged ones, and where the last whole line ends."""

    texts: list[str] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    end: int = 0


def sealed(text: str) -> bytes:
    """The line for a text without line feeds, which may hold bytes of a name that are no UTF-8."""
    content = text.encode("utf-8", "surrogateescape")
    return hashlib.sha256(content).hexdigest()[:DIGITS].encode() + b" " + content + b"\n"


def read(path: Path, start: int = 0) -> Lines:
    """The lines from byte `start` on; none when the file is not there."""
    try:
        with open(path, "rb") as file:
            file.seek(start)
            content = file.read()
    except FileNotFoundError:
        return Lines(end=start)
    whole, _, _ = content.rpartition(b"\n")
    found = Lines(end=start + len(whole) + 1 if whole else start)
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        text = line[DIGITS + 1 :].decode("utf-8", "surrogateescape")
        if sealed(text) == line + b"\n":
            found.texts.append(text)
        else:
            found.damaged.append(number)
    return found
