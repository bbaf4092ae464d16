"""The work list of a home: the open entries of every dossier held, read from the descriptions alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archive import ids
from archive.errors import IntegrityError
from archive.holdings.store import Holdings
from archive.model import Dossier
from archive.review.entries import Entry, entries, most_gain_first


@dataclass(frozen=True)
class Wanted:
    """Which entries are asked for; "" asks for all. `notes`: also what is told for information only."""

    fonds: str = ""
    kind: str = ""
    batch: str = ""
    notes: bool = False

    def takes(self, entry: Entry) -> bool:
        return (
            self.kind in ("", entry.kind)
            and self.batch in ("", entry.batch)
            and (self.notes or entry.why.severity != "info")
        )


@dataclass(frozen=True)
class Queue:
    """`entries` in the order in which a person gains most; `damaged` are packages that could not be asked."""

    entries: list[Entry] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for entry in self.entries:
            counts[entry.kind] = counts.get(entry.kind, 0) + 1
        return counts


def queue(holdings: Holdings, wanted: Wanted) -> Queue:
    damaged: list[str] = []
    found = [
        entry
        for dossier in dossiers(holdings, wanted.fonds, damaged)
        for entry in entries(dossier)
        if wanted.takes(entry)
    ]
    return Queue(most_gain_first(found), damaged)


def dossiers(holdings: Holdings, fonds: str, damaged: list[str]) -> Iterator[Dossier]:
    """All dossiers of a fonds (all fonds: "") that can be read; the others are added to `damaged`."""
    survey = holdings.survey()
    damaged += survey.damaged
    for dossier_id in sorted(survey.states):
        if fonds in ("", ids.fonds_of(dossier_id)):
            try:
                yield holdings.dossier(dossier_id)
            except IntegrityError:
                damaged.append(dossier_id)
