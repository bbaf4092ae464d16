"""Who may read what: one rule, from which the decision, its words and the engines' filter all come.

Everything about a record that decides access is its class: unit, fonds, level, embargo. A generation has a few
hundred classes. The rule decides classes; a Scope holds what it admits as terms, and engines filter by terms.
Nothing granted means nothing found: an absent actor, an ended grant or an empty scope is *nothing*.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from archive.rights.restrictions import Restrictions
from archive.units.succession import Assignment, Register
from archive.units.succession import Path as Way

EVERY_UNIT = "*"
"""Grant target that stands for every unit."""

LEVELS = ("open", "conditional", "closed")
"""Access levels, the more restrictive the further right (Luật Lưu trữ 33/2024/QH15: open, or with conditions)."""

Personal = Literal["masked", "on-purpose", "clear"]
PERSONAL: tuple[Personal, ...] = ("masked", "on-purpose", "clear")
"""How personal numbers are shown, the more open the further right."""

# --------------------------------------------------------------------------- who


@dataclass(frozen=True)
class Role:
    """What a role may do with the records its grants reach; see roles.toml."""

    name: str
    levels: frozenset[str]
    personal: Personal
    embargoed: bool = False
    beneath: bool = False
    export: bool = False
    accounts: bool = False
    log: bool = False
    integrity: bool = False


@cache
def roles() -> dict[str, Role]:
    plain = tomllib.loads(Path(__file__).with_name("roles.toml").read_text(encoding="utf-8"))
    return {name: Role(name, **row | {"levels": frozenset(row["levels"])}) for name, row in plain.items()}


OPERATOR = "operator"
ROLES = tuple(name for name in roles() if name != OPERATOR)
"""What may be granted to accounts; the operator is known by the machine's login alone."""


@dataclass(frozen=True)
class Grant:
    """The right of a role to what a unit left and inherited (or every unit's), perhaps between two days inclusive.

    `fonds`: only these fonds of it; none named means all.
    """

    unit: str
    role: str = "official"
    valid_from: date | None = None
    valid_to: date | None = None
    fonds: tuple[str, ...] = ()
    purpose: str = ""
    basis: str = ""

    def holds(self, today: date) -> bool:
        return (self.valid_from is None or self.valid_from <= today) and (
            self.valid_to is None or today <= self.valid_to
        )


@dataclass(frozen=True)
class Actor:
    """Who asks. `name` is the account; `grants` are all on record, ended ones included.

    `revealed` are the items whose personal numbers the actor may see for now, after stating a purpose.
    `session` (a short digest of it) and `address` go into the access log, as does who looks `by` this account's rights.
    """

    name: str
    display_name: str = ""
    grants: tuple[Grant, ...] = ()
    revealed: frozenset[str] = frozenset()
    session: str = ""
    address: str = ""
    by: str = ""

    def may(self, what: Literal["export", "accounts", "log", "integrity"], today: date) -> bool:
        """Does a grant that holds today carry this right? Log and integrity tell of every unit: they take a grant for
        every unit."""
        whole = what in ("log", "integrity")
        grants = (grant for grant in held(self, today) if not whole or grant.unit == EVERY_UNIT)
        return any(getattr(roles()[grant.role], what) for grant in grants)

    def only_manages(self, today: date) -> bool:
        """Do the grants that hold today manage accounts and read nothing?"""
        given = [roles()[grant.role] for grant in held(self, today)]
        return any(role.accounts for role in given) and not any(role.levels for role in given)

    def audits(self, today: date) -> bool:
        """Does a grant that holds today make the actor an auditor of the records it reaches?"""
        return any(roles()[grant.role].log for grant in held(self, today))


def held(actor: Actor | None, today: date) -> tuple[Grant, ...]:
    """The grants that hold today and name a unit and a known role."""
    if actor is None:
        return ()
    return tuple(g for g in actor.grants if g.unit and g.role in roles() and g.holds(today))


# --------------------------------------------------------------------------- what


@dataclass(frozen=True, order=True)
class RecordClass:
    """All that decides who may read a record. `embargo`: ISO date before which it is closed, "" for none."""

    unit: str
    fonds: str
    level: str = "open"
    embargo: str = ""

    @property
    def key(self) -> str:
        return "|".join((self.unit, self.fonds, self.level, self.embargo))

    @property
    def kind(self) -> RecordClass:
        """What it has in common with classes of other units and fonds: level and embargo."""
        return RecordClass("", "", self.level, self.embargo)

    @classmethod
    def of(cls, key: str) -> RecordClass:
        return cls(*key.split("|"))


@dataclass(frozen=True)
class DossierKey:
    """What decides which part of a fonds a dossier belongs to. `years`: first and last, None when unknown."""

    id: str
    code: str
    years: tuple[int, int] | None = None


def stricter(*levels: str) -> str:
    """The most restrictive of several levels; an unknown one is as good as closed."""
    return max((level if level in LEVELS else LEVELS[-1] for level in levels), key=LEVELS.index)


def record_terms(record: RecordClass, dossier_id: str, item_id: str = "") -> frozenset[str]:
    """The terms an item (or, without `item_id`, a dossier) is indexed with. Without a unit it meets no scope."""
    if not record.unit:
        return frozenset()
    return frozenset({record.key, _in_dossier(record, dossier_id), dossier_id, item_id or dossier_id})


def classes_among(terms: Iterable[str]) -> Iterator[RecordClass]:
    """The classes that stand among scope terms; a record has one."""
    return (RecordClass.of(term) for term in terms if term.count("|") == 3 and "@" not in term)


def _in_dossier(record: RecordClass, dossier_id: str) -> str:
    return f"{record.key}@{dossier_id}"


# --------------------------------------------------------------------------- scope


@dataclass(frozen=True)
class Clause:
    """Records that carry one of `allowed` and none of `denied`, and how their personal numbers are shown."""

    allowed: frozenset[str]
    denied: frozenset[str] = frozenset()
    personal: Personal = "masked"

    def admits(self, terms: Iterable[str]) -> bool:
        terms = frozenset(terms)
        return not self.allowed.isdisjoint(terms) and self.denied.isdisjoint(terms)


@dataclass(frozen=True)
class Scope:
    """What an actor may read today: records that at least one clause admits."""

    clauses: tuple[Clause, ...] = ()

    @classmethod
    def of(cls, *terms: str) -> Scope:
        return cls((Clause(frozenset(terms)),)) if terms else cls()

    def __bool__(self) -> bool:
        return bool(self.clauses)

    def admits(self, terms: Iterable[str]) -> bool:
        """The decision for one record, on the same terms the engines filter by."""
        terms = frozenset(terms)
        return any(clause.admits(terms) for clause in self.clauses)

    def personal(self, terms: Iterable[str]) -> Personal:
        """How personal numbers of this record are shown: the most open way of the clauses that admit it."""
        terms = frozenset(terms)
        ways = [clause.personal for clause in self.clauses if clause.admits(terms)]
        return max(ways, key=PERSONAL.index, default="masked")

    @property
    def unmasked(self) -> Scope:
        """The part of the scope whose personal numbers may be searched for."""
        return Scope(tuple(clause for clause in self.clauses if clause.personal != "masked"))


NOTHING = Scope()


def everything(classes: Iterable[RecordClass]) -> Scope:
    """Every record of these classes: for publish and verify, never for an actor."""
    return Scope.of(*(record.key for record in classes if record.unit))


@dataclass(frozen=True)
class Grounds:
    """What a decision rests on beside the actor and the day.

    `dossiers` gives the dossiers of a fonds; it is asked only for fonds that were assigned in parts.
    """

    register: Register = field(default_factory=Register)
    restrictions: Restrictions = field(default_factory=Restrictions)
    classes: tuple[RecordClass, ...] = ()
    dossiers: Callable[[str], Sequence[DossierKey]] = lambda fonds: ()


def scope_of(actor: Actor | None, today: date, grounds: Grounds) -> Scope:
    """What the actor may read on this day."""
    found: dict[tuple[frozenset[str], Personal], set[str]] = {}
    for right in rights(actor, today, grounds.register):
        denied = grounds.restrictions.denied(right.role.levels, today)
        allowed = {term for record in grounds.classes for term in _admitted(right, record, grounds, denied)}
        found.setdefault((denied, right.role.personal), set()).update(allowed)
    return Scope(
        tuple(
            Clause(frozenset(allowed), denied, personal)
            for (denied, personal), allowed in found.items()
            if allowed
        )
    )


def _admitted(right: Right, record: RecordClass, grounds: Grounds, denied: frozenset[str]) -> Iterator[str]:
    """The terms by which records of this class are admitted."""
    if record.fonds in denied or right.barred(record):
        return
    assignments = right.assignments(record.fonds)
    if right.everywhere or not any(not a.part.whole for a in assignments):
        if right.inherits(record.unit, assignments):
            yield record.key
        return
    for dossier in grounds.dossiers(record.fonds):
        if right.inherits(record.unit, concerning(assignments, dossier)):
            yield _in_dossier(record, dossier.id)


def concerning(assignments: Sequence[Assignment], dossier: DossierKey) -> tuple[Assignment, ...]:
    """The assignments that decide about this dossier: those of a part that holds it, else those of the whole fonds."""
    parts = tuple(a for a in assignments if not a.part.whole and a.part.holds(dossier.code, dossier.years))
    return parts or tuple(a for a in assignments if a.part.whole)


# --------------------------------------------------------------------------- rights


@dataclass(frozen=True)
class Right:
    """One grant that holds today, with every unit it reaches and the way there. `units` None: every unit."""

    grant: Grant
    role: Role
    today: date
    register: Register
    units: Mapping[str, Way] | None

    @property
    def everywhere(self) -> bool:
        return self.units is None

    def barred(self, record: RecordClass) -> str:
        """Why a record of this class stays shut to the grant wherever it comes from (`access.*`); "" when it does not."""
        if not record.unit:
            return "access.no_unit"
        if self.grant.fonds and record.fonds not in self.grant.fonds:
            return "access.other_fonds"
        if record.level not in self.role.levels:
            return "access.level"
        if record.embargo > self.today.isoformat() and not self.role.embargoed:
            return "access.embargo"
        return ""

    def assignments(self, fonds: str) -> tuple[Assignment, ...]:
        return self.register.assignments_of(fonds, self.today)

    def inherits(self, unit: str, assignments: Sequence[Assignment]) -> bool:
        """Do this unit's records come to the grant: by assignment where there is one, else by succession?"""
        return self.units is None or self.heir(unit, assignments) is not None

    def heir(self, unit: str, assignments: Sequence[Assignment]) -> str | None:
        """The unit by which they come, a key of `units`: the assigned heir, else the records' own unit."""
        units = self.units or {}
        if not assignments:
            return unit if unit in units else None
        return next(
            (row.heir for row in assignments if row.heir in units and row.went_along(units[row.heir])), None
        )


def rights(actor: Actor | None, today: date, register: Register) -> list[Right]:
    return [
        Right(grant, roles()[grant.role], today, register, _reached(grant, today, register))
        for grant in held(actor, today)
    ]


@lru_cache(maxsize=1000)
def _reached(grant: Grant, today: date, register: Register) -> Mapping[str, Way] | None:
    if grant.unit == EVERY_UNIT:
        return None
    return register.inherited(grant.unit, today, beneath=roles()[grant.role].beneath)
