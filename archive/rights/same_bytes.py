"""The same bytes under different access levels: whoever may not read the one record reads them in the other. Pure.

Nothing is changed for it: which of the levels is meant, a person must say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from archive.model import Dossier
from archive.rights.access import LEVELS, stricter
from archive.rights.restrictions import Restriction


@dataclass(frozen=True, slots=True)
class Standing:
    """Some bytes as they stand in one document: `embargo` as in model.Item."""

    digest: str
    item: str
    level: str
    embargo: str = ""

    @property
    def strictness(self) -> tuple[int, str]:
        return LEVELS.index(self.level), self.embargo


@dataclass(frozen=True)
class Twin:
    """Bytes that `item` has under a stricter level or a later embargo than `other`."""

    item: Standing
    other: Standing


def standings(dossier: Dossier, laid: Mapping[str, Restriction] | None = None) -> Iterator[Standing]:
    """Every file of the dossier's open documents, under its own level and the restrictions `laid` and in force."""
    for item in dossier.items:
        over = [
            laid[name].level for name in (dossier.fonds.code, dossier.id, item.id) if name in (laid or {})
        ]
        level = stricter(dossier.level, item.level, *over)
        if item.access == "open":
            for file in item.files:
                yield Standing(file.sha256, item.id, level, max(dossier.embargo, item.embargo))


def differing(found: Iterable[Standing]) -> list[Twin]:
    """Of each digest that stands differently: the strictest standing with each one that is less strict."""
    by_digest: dict[str, list[Standing]] = defaultdict(list)
    for one in found:
        by_digest[one.digest].append(one)
    strictest = {digest: max(same, key=lambda one: one.strictness) for digest, same in by_digest.items()}
    return [
        Twin(strictest[digest], other)
        for digest, same in by_digest.items()
        for other in same
        if other.strictness != strictest[digest].strictness
    ]
