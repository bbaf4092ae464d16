"""How many documents of a batch to look at, and how many may be wrong: ISO 2859-1, single sampling, normal inspection. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.data import table

LEVELS = ("I", "II", "III")


def aqls() -> tuple[str, ...]:
    """The acceptance quality limits that have plans, in percent wrong."""
    return tuple(table("sampling")["plans"])


@dataclass(frozen=True)
class Plan:
    """Look at `size` of `lot`; take the lot with at most `accept` wrong ones, refuse it from `reject` on.

    `letter` is that of the plan used: an arrow of the table may lead to another than the lot's own.
    """

    lot: int
    level: str
    aql: str
    letter: str
    size: int
    accept: int

    @property
    def reject(self) -> int:
        return self.accept + 1

    @property
    def whole(self) -> bool:
        """Is every document of the lot looked at?"""
        return self.size == self.lot


def plan(lot: int, level: str, aql: str) -> Plan:
    """`lot` >= 1. A sample as large as the lot or larger is the whole lot."""
    facts = table("sampling")
    letter = code_letter(lot, level)
    accepts = facts["plans"][aql].split()
    place = facts["letters"].index(letter)
    step = {"v": 1, "^": -1}.get(accepts[place], 0)
    while not accepts[place].isdigit():
        place += step
    return Plan(
        lot, level, aql, facts["letters"][place], min(facts["sizes"][place], lot), int(accepts[place])
    )


def code_letter(lot: int, level: str) -> str:
    row = next(row for row in table("sampling")["lots"] if lot <= row[0] or row[0] == 0)
    return row[1 + LEVELS.index(level)]
