"""Names of administrative units: their kind, the name without it, and finding them as people write them. Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from archive import text

_SHORTEST_PIECE = 3
"""Letters a text must have before names that merely contain it are offered."""


def kind_of(name: str) -> str:
    """The kind in front of a full name, "" when there is none: "Phường Ba Đình" -> "phường"."""
    lowered = text.lower(text.clean(name))
    return next((kind for kind in _kinds() if lowered.startswith(kind + " ")), "")


def bare(name: str) -> str:
    """The name without its kind: "TP. Vinh" -> "Vinh". A number stays with its kind: "Phường 5", "Quận 1"."""
    match = _prefix().match(text.lower(text.clean(name)))
    rest = name[match.end() :].strip() if match else ""
    return rest if any(map(str.isalpha, rest)) else name


def key(name: str) -> str:
    """What names are compared by: letters and digits only, without case and marks."""
    return re.sub(r"[\W_]+", "", text.fold(text.clean(name)))


class Names:
    """Finds the ids that go by a name. Takes (id, full name, aliases) in the order equals should come in."""

    def __init__(self, rows: Iterable[tuple[str, str, tuple[str, ...]]]) -> None:
        self._entries: dict[str, list[tuple[int, str, str]]] = {}
        for unit_id, name, aliases in rows:
            self._add(0, name, unit_id)
            self._add(1, bare(name), unit_id)
            for alias in aliases:
                self._add(2, alias, unit_id)

    def find(self, wanted: str) -> list[str]:
        """Like `equal`; where nothing is named so, ids whose names contain it."""
        piece = key(wanted)
        if (found := self.equal(wanted)) or len(piece) < _SHORTEST_PIECE:
            return found
        return _ranked([e for known, rows in self._entries.items() if piece in known for e in rows], wanted)

    def equal(self, wanted: str) -> list[str]:
        """Ids of just this name, best first: the name with the same marks, the full name, the bare name, an alias."""
        return _ranked(self._entries.get(key(wanted)) or self._entries.get(key(bare(wanted)), []), wanted)

    def _add(self, rank: int, name: str, unit_id: str) -> None:
        self._entries.setdefault(key(name), []).append((rank, name, unit_id))


def _ranked(found: list[tuple[int, str, str]], wanted: str) -> list[str]:
    marked = {_marked(wanted), _marked(bare(wanted))}
    ranked = sorted(found, key=lambda entry: (_marked(entry[1]) not in marked, entry[0]))
    return list(dict.fromkeys(unit_id for _, _, unit_id in ranked))


def _marked(name: str) -> str:
    return re.sub(r"[\W_]+", " ", text.exact(text.clean(name))).strip()


@cache
def _kinds() -> dict[str, list[str]]:
    return tomllib.loads(Path(__file__).with_name("kinds.toml").read_text(encoding="utf-8"))


@cache
def _prefix() -> re.Pattern[str]:
    shortened = [re.escape(form) for forms in _kinds().values() for form in forms]
    return re.compile(rf"(?:(?:{'|'.join(_kinds())})\s+|(?:{'|'.join(shortened)})(?:\.\s*|\s+))")
