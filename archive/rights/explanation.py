"""Why an account may or may not read a record, grant by grant, in words. Says the same as the scope. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from archive.model import Notice
from archive.rights.access import (
    EVERY_UNIT,
    PERSONAL,
    Actor,
    DossierKey,
    Grant,
    Grounds,
    Personal,
    RecordClass,
    Right,
    concerning,
    held,
    rights,
    roles,
)
from archive.rights.restrictions import Restriction
from archive.units.succession import Assignment, Path, Succession


@dataclass(frozen=True)
class Verdict:
    """What one grant says of a record. `way` leads from the grant's unit to the one the records came from."""

    grant: Grant
    allowed: bool
    reason: Notice
    way: Path = ()


@dataclass(frozen=True)
class Explanation:
    """`reason` is the one that counts: of the first grant that allows, else of the one that came nearest.

    `restrictions` are those in force on the record, its dossier and its fonds.
    """

    allowed: bool
    reason: Notice
    verdicts: tuple[Verdict, ...]
    record: RecordClass
    restrictions: tuple[Restriction, ...]

    @property
    def personal(self) -> Personal:
        """How personal numbers of the record are shown: the most open way of the grants that allow it."""
        ways = [roles()[verdict.grant.role].personal for verdict in self.verdicts if verdict.allowed]
        return max(ways, key=PERSONAL.index, default="masked")


_NEARNESS = (
    "access.no_grant", "access.unknown_role", "access.grant_ended", "access.no_records", "access.no_unit",
    "access.other_unit", "access.other_fonds", "access.assigned_elsewhere", "access.not_yet", "access.level", "access.embargo",
    "access.restricted",
)  # fmt: skip
"""Reasons for a no, from the farthest from a yes to the nearest."""


def explain(
    actor: Actor | None,
    today: date,
    grounds: Grounds,
    record: RecordClass,
    dossier: DossierKey,
    item_id: str = "",
) -> Explanation:
    """The decision about an item (or, without `item_id`, a dossier) and what each grant says of it."""
    grants = actor.grants if actor else ()
    holding = dict(zip(held(actor, today), rights(actor, today, grounds.register), strict=True))
    verdicts = tuple(
        _verdict(holding[grant], grounds, record, dossier, item_id)
        if grant in holding
        else Verdict(grant, False, _not_held(grant, today))
        for grant in grants
    )
    laid = tuple(_restrictions(grounds, today, (record.fonds, dossier.id, item_id)))
    allowing = [verdict.reason for verdict in verdicts if verdict.allowed]
    refusing = [verdict.reason for verdict in verdicts] or [Notice("access.no_grant")]
    counts = allowing[0] if allowing else max(refusing, key=lambda reason: _NEARNESS.index(reason.code))
    return Explanation(bool(allowing), counts, verdicts, record, laid)


def _not_held(grant: Grant, today: date) -> Notice:
    if grant.role not in roles() or not grant.unit:
        return Notice("access.unknown_role", {"role": grant.role})
    return Notice("access.grant_ended", {"first": _day(grant.valid_from), "last": _day(grant.valid_to)})


def _verdict(
    right: Right, grounds: Grounds, record: RecordClass, dossier: DossierKey, item_id: str
) -> Verdict:
    """In the order in which the scope is made: right, class, hand-over or succession, restriction."""
    if not right.role.levels:
        return Verdict(right.grant, False, Notice("access.no_records", {"role": right.role.name}))
    if code := right.barred(record):
        return Verdict(right.grant, False, Notice(code, {"level": record.level, "until": record.embargo}))
    assignments = concerning(right.assignments(record.fonds), dossier)
    if not right.inherits(record.unit, assignments):
        return Verdict(right.grant, False, _later(right, record, dossier) or _elsewhere(assignments))
    for row in _restrictions(grounds, right.today, (record.fonds, dossier.id, item_id)):
        if row.level not in right.role.levels:
            values = {"level": row.level, "until": _day(row.until), "basis": row.basis}
            return Verdict(right.grant, False, Notice("access.restricted", values))
    return Verdict(right.grant, True, *_yes(right, record, assignments))


def _later(right: Right, record: RecordClass, dossier: DossierKey) -> Notice | None:
    """From which day on the records come to the grant, when that is after the day asked about."""
    one = Actor("", grants=(replace(right.grant, valid_from=None, valid_to=None),))
    (later,) = rights(one, date.max, right.register)
    assignments = concerning(later.assignments(record.fonds), dossier)
    if not later.inherits(record.unit, assignments):
        return None
    heir = later.heir(record.unit, assignments)
    days = [step.day for step in (later.units or {})[heir] if isinstance(step, Succession)]
    days += [row.day for row in assignments if row.heir == heir]
    return Notice("access.not_yet", {"day": _day(max(days))}) if days and max(days) > right.today else None


def _elsewhere(assignments: Sequence[Assignment]) -> Notice:
    if not assignments:
        return Notice("access.other_unit")
    heirs = ", ".join(dict.fromkeys(row.heir for row in assignments))
    return Notice("access.assigned_elsewhere", {"heirs": heirs, "basis": assignments[0].basis})


def _restrictions(grounds: Grounds, today: date, records: Sequence[str]) -> list[Restriction]:
    rows = (grounds.restrictions.newest.get(record) for record in records)
    return [row for row in rows if row and row.holds(today)]


def _yes(right: Right, record: RecordClass, assignments: Sequence[Assignment]) -> tuple[Notice, Path]:
    if right.grant.unit == EVERY_UNIT:
        return Notice("access.every_unit"), ()
    heir = right.heir(record.unit, assignments)
    way = (right.units or {})[heir]
    if assignments:
        row = next(row for row in assignments if row.heir == heir)
        return Notice("access.assigned", {"heir": heir, "day": _day(row.day), "basis": row.basis}), way
    return (Notice("access.inherited", {"unit": record.unit}) if way else Notice("access.unit_granted")), way


def _day(day: date | None) -> str:
    return day.isoformat() if day and day > date.min else ""
