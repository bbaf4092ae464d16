"""Use of the archive, counted from the access log: per day, unit, person and action. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from archive.audit.entry import OWN_ACTIONS, Recorded

BY = ("day", "unit", "actor", "action")


@dataclass
class Row:
    """Counts of one day, unit, person or action: entries, refusals, different people, different objects."""

    count: int = 0
    refused: int = 0
    people: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)

    def add(self, recorded: Recorded) -> None:
        entry = recorded.entry
        self.count += 1
        self.refused += entry.outcome != "allowed"
        self.people.add(entry.actor)
        if entry.object:
            self.objects.add(entry.object)

    def plain(self) -> dict[str, int]:
        return {
            "count": self.count,
            "refused": self.refused,
            "people": len(self.people),
            "objects": len(self.objects),
        }


@dataclass
class Usage:
    """`tables[by][name]` for each of BY; `first` and `last` are the days met."""

    total: Row = field(default_factory=Row)
    tables: dict[str, dict[str, Row]] = field(default_factory=lambda: {by: {} for by in BY})
    first: str = ""
    last: str = ""

    def add(self, recorded: Recorded) -> None:
        entry, day = recorded.entry, recorded.entry.when[:10]
        self.first, self.last = min(self.first or day, day), max(self.last, day)
        self.total.add(recorded)
        for by, name in (
            ("day", day),
            ("unit", entry.unit),
            ("actor", entry.actor),
            ("action", entry.action),
        ):
            self.tables[by].setdefault(name, Row()).add(recorded)

    def rows(self, by: str) -> list[tuple[str, Row]]:
        """Days in order, everything else by count."""
        found = self.tables[by].items()
        return sorted(found, key=lambda one: one[0] if by == "day" else (-one[1].count, one[0]))

    def plain(self) -> dict:
        tables = {f"by_{by}": {name: row.plain() for name, row in self.rows(by)} for by in BY}
        return {"first": self.first, "last": self.last, "total": self.total.plain(), **tables}


def count(entries: Iterable[Recorded]) -> Usage:
    """The use that `entries` tell of; what the log says about itself is no use."""
    usage = Usage()
    for recorded in entries:
        if recorded.entry.action not in OWN_ACTIONS:
            usage.add(recorded)
    return usage
