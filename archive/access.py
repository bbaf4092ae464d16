"""Who may read what. One rule gives the decision, its reason and the engine's filter.

An actor sees the records of the units granted to the account and nothing else. Nothing granted means
nothing found: an absent actor, an expired grant or an empty scope is *nothing*, never *everything*.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

EVERY_UNIT = "*"
"""Grant target and scope term that stands for every unit; each record carries it beside its own unit."""

ROLES = ("official", "leader", "archivist", "auditor", "operator")


@dataclass(frozen=True)
class Grant:
    """The right to read one unit's records (or every unit's), optionally between two days inclusive."""

    unit: str
    role: str = "official"
    valid_from: date | None = None
    valid_to: date | None = None

    def holds(self, today: date) -> bool:
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_to is None or today <= self.valid_to
        )


@dataclass(frozen=True)
class Actor:
    """Who asks. `name` is the account; `grants` are all grants on record, ended ones included."""

    name: str
    display_name: str = ""
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True)
class Scope:
    """What an actor may read today, as the set of terms a record must meet at least one of."""

    terms: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.terms)

    def admits(self, record_terms: Iterable[str]) -> bool:
        """The decision for one record, on the same terms the engines filter by."""
        return not self.terms.isdisjoint(record_terms)


NOTHING = Scope()


@dataclass(frozen=True)
class Decision:
    """Yes or no with its reason as a message code (archive/messages `access.*`)."""

    allowed: bool
    reason: str


def scope_of(actor: Actor | None, today: date) -> Scope:
    """The scope of an actor on a day. No actor, no valid grant: NOTHING."""
    if actor is None:
        return NOTHING
    return Scope(frozenset(grant.unit for grant in actor.grants if grant.unit and grant.holds(today)))


def record_terms(unit_code: str) -> frozenset[str]:
    """The scope terms a record of this unit is indexed with. A record without a unit meets no scope."""
    return frozenset({unit_code, EVERY_UNIT}) if unit_code else frozenset()


def decide(scope: Scope, unit_code: str) -> Decision:
    """May a record of `unit_code` be read in `scope`?"""
    if not scope:
        return Decision(False, "access.no_grant")
    if not scope.admits(record_terms(unit_code)):
        return Decision(False, "access.other_unit")
    return Decision(True, "access.every_unit" if EVERY_UNIT in scope.terms else "access.unit_granted")
