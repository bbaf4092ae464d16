"""What was ever committed, remembered outside the packages: a package put back to an older state, or gone, is known by it.

`<home>/fixity/heads`, a sealed line for each version: JSON [dossier id, version, state, time of the commit]. Version 0
says that somebody accepted that the package is gone. Read side.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from archive.holdings import sealed_lines

FOLDER, FILE = "fixity", "heads"


@dataclass(frozen=True)
class Head:
    """The newest version committed of a dossier, the digest of its inventory, and when (ISO 8601)."""

    version: int
    state: str
    when: str = ""


class Heads:
    """The newest head of each dossier that is not given up; `refresh` reads what was added since."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.newest: dict[str, Head] = {}
        self.damaged: list[int] = []
        self.end = 0
        self._lines = 0

    def refresh(self) -> Heads:
        found = sealed_lines.read(self.path, self.end)
        self.damaged += [self._lines + number for number in found.damaged]
        self._lines += len(found.texts) + len(found.damaged)
        self.end = found.end
        for text in found.texts:
            dossier_id, version, state, when = json.loads(text)
            self.newest.pop(dossier_id, None)
            if version:
                self.newest[dossier_id] = Head(version, state, when)
        return self

    def is_behind(self, dossier_id: str, version: int, state: str) -> bool:
        """Is a package in this state older than, or another than, what was committed last?"""
        known = self.newest.get(dossier_id)
        return known is not None and state != known.state and version <= known.version


def of(holdings: Path) -> Heads:
    """What is remembered of the packages below the storage root `holdings`."""
    return Heads(holdings.with_name(FOLDER) / FILE).refresh()
