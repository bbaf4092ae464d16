"""What a change of the register changes, and for whom. Pure: two registers and the accounts in, differences out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from archive.people.accounts import Account
from archive.rights.access import EVERY_UNIT, Grant, held, roles
from archive.units.succession import Assignment, Part, Path, Register, RegisteredUnit, Succession


@dataclass(frozen=True)
class Difference:
    """Rows that came, went, or read otherwise now (before, after)."""

    units_added: tuple[RegisteredUnit, ...] = ()
    units_removed: tuple[RegisteredUnit, ...] = ()
    units_changed: tuple[tuple[RegisteredUnit, RegisteredUnit], ...] = ()
    successions_added: tuple[Succession, ...] = ()
    successions_removed: tuple[Succession, ...] = ()
    successions_changed: tuple[tuple[Succession, Succession], ...] = ()
    assignments_added: tuple[Assignment, ...] = ()
    assignments_removed: tuple[Assignment, ...] = ()
    assignments_changed: tuple[tuple[Assignment, Assignment], ...] = ()

    def __bool__(self) -> bool:
        return self != Difference()


@dataclass(frozen=True)
class Effect:
    """What one account gains and loses on a day: units whose records it reads, fonds handed over to it in whole or part.

    `ended`: units granted to the account that are there no more, so that somebody must grant it their successors.
    """

    account: str
    display_name: str
    gains: tuple[str, ...] = ()
    losses: tuple[str, ...] = ()
    fonds_gained: tuple[str, ...] = ()
    fonds_lost: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


def difference(before: Register, after: Register) -> Difference:
    units = _compared(before.units.values(), after.units.values(), lambda unit: unit.id)
    links = _compared(before.successions, after.successions, lambda row: (row.predecessor, row.successor))
    given = _compared(before.assignments, after.assignments, lambda row: (row.fonds, row.heir, row.part))
    return Difference(*units, *links, *given)


def for_whom(
    before: Register,
    after: Register,
    accounts: Iterable[Account],
    day: date,
    came_from: Mapping[str, str] | None = None,
) -> list[Effect]:
    """The accounts that a change touches on a day, by the grants that hold then; disabled ones left out.

    `came_from`: fonds -> the unit it came from, as far as known. It tells who has a fonds by succession, or as its own
    unit, and loses what is handed over.
    """
    given = _Given(before, after, day, came_from or {})
    effects = [_effect(given, account) for account in accounts if not account.disabled]
    return [effect for effect in effects if effect != Effect(effect.account, effect.display_name)]


@dataclass(frozen=True)
class _Given:
    """What a preview rests on, and every part of a fonds that a hand-over names before or after."""

    before: Register
    after: Register
    day: date
    came_from: Mapping[str, str]

    @cached_property
    def parts(self) -> frozenset[tuple[str, Part]]:
        rows = (row for register in (self.before, self.after) for row in register.in_force(self.day))
        return frozenset((row.fonds, row.part) for row in rows)


def _effect(given: _Given, account: Account) -> Effect:
    grants = [grant for grant in held(account.actor, given.day) if grant.unit != EVERY_UNIT]
    before, after = (
        [(grant, _ways(register, grant, given.day)) for grant in grants]
        for register in (given.before, given.after)
    )
    had, has = ({unit for _, ways in found for unit in ways} for found in (before, after))
    had_parts, has_parts = _parts(given, given.before, before), _parts(given, given.after, after)
    return Effect(
        account.name,
        account.display_name,
        gains=tuple(sorted(has - had)),
        losses=tuple(sorted(had - has)),
        fonds_gained=_fonds(has_parts - had_parts),
        fonds_lost=_fonds(had_parts - has_parts),
        ended=tuple(
            sorted(
                grant.unit
                for grant in set(grants)
                if _there(given.before, grant.unit, given.day)
                and not _there(given.after, grant.unit, given.day)
            )
        ),
    )


def _parts(
    given: _Given, register: Register, found: list[tuple[Grant, dict[str, Path]]]
) -> set[tuple[str, Part]]:
    """The parts of fonds that come to these grants."""
    return {
        (fonds, part)
        for fonds, part in given.parts
        for grant, ways in found
        if not grant.fonds or fonds in grant.fonds
        if _comes(given, register, ways, fonds, part)
    }


def _comes(given: _Given, register: Register, ways: dict[str, Path], fonds: str, part: Part) -> bool:
    """By the hand-over of this part, else of the whole fonds, else by succession (as archive.rights.access decides)."""
    rows = register.assignments_of(fonds, given.day)
    rows = [row for row in rows if row.part == part] or [row for row in rows if row.part.whole]
    if rows:
        return any(row.heir in ways and row.went_along(ways[row.heir]) for row in rows)
    return given.came_from.get(fonds) in ways


def _fonds(parts: set[tuple[str, Part]]) -> tuple[str, ...]:
    return tuple(sorted({fonds for fonds, _ in parts}))


def _ways(register: Register, grant: Grant, day: date) -> dict[str, Path]:
    return register.inherited(grant.unit, day, beneath=roles()[grant.role].beneath)


def _there(register: Register, unit_id: str, day: date) -> bool:
    unit = register.unit(unit_id)
    return unit is None or unit.holds(day)


def _compared(before: Iterable, after: Iterable, key: Callable) -> tuple[tuple, tuple, tuple]:
    old, new = {key(row): row for row in before}, {key(row): row for row in after}
    return (
        tuple(row for name, row in new.items() if name not in old),
        tuple(row for name, row in old.items() if name not in new),
        tuple((old[name], row) for name, row in new.items() if name in old and old[name] != row),
    )
