"""What a change of the register changes, and for whom. Pure: two registers and the accounts in, differences out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

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


def for_whom(before: Register, after: Register, accounts: Iterable[Account], day: date) -> list[Effect]:
    """The accounts that a change touches on a day, by the grants that hold then; disabled ones left out."""
    effects = [_effect(before, after, account, day) for account in accounts if not account.disabled]
    return [effect for effect in effects if effect != Effect(effect.account, effect.display_name)]


def _effect(before: Register, after: Register, account: Account, day: date) -> Effect:
    grants = [grant for grant in held(account.actor, day) if grant.unit != EVERY_UNIT]
    had, has = (_reached(register, grants, day) for register in (before, after))
    was_handed, is_handed = (_handed(register, grants, day) for register in (before, after))
    ended = {
        grant.unit
        for grant in grants
        if _there(before, grant.unit, day) and not _there(after, grant.unit, day)
    }
    return Effect(
        account.name,
        account.display_name,
        gains=tuple(sorted(has - had)),
        losses=tuple(sorted(had - has)),
        fonds_gained=_fonds(is_handed - was_handed),
        fonds_lost=_fonds(was_handed - is_handed),
        ended=tuple(sorted(ended)),
    )


def _reached(register: Register, grants: list[Grant], day: date) -> set[str]:
    reached: set[str] = set()
    for grant in grants:
        reached |= _ways(register, grant, day).keys()
    return reached


def _handed(register: Register, grants: list[Grant], day: date) -> set[tuple[str, Part]]:
    found: set[tuple[str, Part]] = set()
    for ways in (_ways(register, grant, day) for grant in grants):
        reached = (row for row in register.in_force(day) if row.heir in ways)
        found |= {(row.fonds, row.part) for row in reached if row.went_along(ways[row.heir])}
    return found


def _fonds(handed: set[tuple[str, Part]]) -> tuple[str, ...]:
    return tuple(sorted({fonds for fonds, _ in handed}))


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
