"""Accounts for a whole list of officials at once: the sheet read, every row judged, names proposed. Pure.

Words and headings are in issue.toml. Nothing is issued while one row has a problem.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

from archive import dates, text
from archive.errors import UsageError
from archive.ids import fonds_code
from archive.model import Finding
from archive.people import issue_sheet
from archive.people.accounts import Account, valid_name
from archive.rights.access import EVERY_UNIT, ROLES, Grant
from archive.units.succession import Register
from archive.units.tables import Table, heading
from archive.units.unit_search import told_apart

T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """One account to issue. `row` is the line of the sheet; `unit` the unit's name as a person reads it."""

    row: int
    name: str
    full_name: str
    position: str
    unit: str
    grant: Grant


@dataclass
class Plan:
    """What a sheet would issue; only without problems may it be carried out.

    `known` tells of rows whose person has an account already: nothing is issued for them, perhaps something is to be
    changed by another command. `namesakes` tells of people who would get one although somebody of their name has one.
    """

    people: list[Person] = field(default_factory=list)
    known: list[Finding] = field(default_factory=list)
    namesakes: list[Finding] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)


def plan(tables: Iterable[Table], register: Register, existing: Collection[Account]) -> Plan:
    """Judge every row of every table that has our headings."""
    made = Plan()
    rows = issue_sheet.rows(tables)
    if rows is None:
        made.problems.append(Finding("issue.no_headings", "error"))
    for number, values in rows or ():
        try:
            _take(made, number, values, register, existing)
        except _Bad as bad:
            made.problems += [
                Finding(each.code, "error", values.get("full_name", ""), number, each.values)
                for each in (bad, *bad.also)
            ]
    if not (made.people or made.known or made.problems):
        made.problems.append(Finding("issue.empty", "error"))
    return made


def _take(
    made: Plan, number: int, values: Mapping[str, str], register: Register, existing: Collection[Account]
) -> None:
    faults = [] if values.get("full_name") else [_Bad("issue.no_name")]
    unit, unit_name = _tried(faults, _unit, values.get("unit", ""), register) or ("", "")
    grant = _grant(unit, values, faults)
    if faults:
        faults[0].also = tuple(faults[1:])
        raise faults[0]
    alike = [one for one in existing if _key(one.display_name) == _key(values["full_name"])]
    if account := _own(alike, values, unit):
        made.known.append(_told(*_standing(account, grant, values), number=number, row=values))
        return
    person = _person(number, values, unit_name, grant, made, existing)
    if alike and not values.get("account"):
        told = {"name": alike[0].name, "units": _units(alike[0]), "command": command(alike[0].name, grant)}
        made.namesakes.append(_told("issue.namesake", told, number=number, row=values))
    made.people.append(person)


def propose(full_name: str, taken: Collection[str]) -> str:
    """`lan.tt` for Trần Thị Lan: the given name and the initials of the others; `lan.tt2` when that is taken."""
    words = re.findall(r"[a-z0-9]+", text.fold(text.clean(full_name)))
    if not words:
        return ""
    base = ".".join(filter(None, (words[-1][:30], "".join(word[0] for word in words[:-1])[:10])))
    numbered = (f"{base}{number}" for number in range(2, len(taken) + 3))
    return next(name for name in (base, *numbered) if name not in taken)


# --------------------------------------------------------------------------- one row


class _Bad(Exception):
    """A fault of a row, and what else is wrong with it."""

    also: tuple[_Bad, ...] = ()

    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = {name: str(value) for name, value in values.items()}


def _tried(faults: list[_Bad], read: Callable[..., T], *written: object) -> T | None:
    """What was read; None where it is wrong, with the fault put to the others."""
    try:
        return read(*written)
    except _Bad as bad:
        faults.append(bad)
        return None


def _told(code: str, said: Mapping[str, str], number: int, row: Mapping[str, str]) -> Finding:
    return Finding(code, "info", row.get("full_name", ""), number, dict(said))


def _own(alike: Collection[Account], values: Mapping[str, str], unit: str) -> Account | None:
    """The account this person has: the one the row names, else the one of this name at this unit."""
    named = (account for account in alike if account.name == values.get("account", "").lower())
    there = (account for account in alike if unit in {grant.unit for grant in account.grants})
    return next(named, None) or next(there, None)


def _standing(account: Account, grant: Grant, values: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """(message code, its values): how what the row says stands to what its person has; what it leaves blank is as it is."""
    told = {"name": account.name, "units": _units(account)}
    held = next((one for one in account.grants if one.unit == grant.unit), None)
    if account.disabled:
        return "issue.known_disabled", told
    if held is None:
        return "issue.other_unit", told | {"command": command(account.name, grant)}
    stated = {name: getattr(grant, name) for name in _STATED if values.get(name)}
    if (wanted := replace(held, **stated)) == held:
        return "issue.known", told
    return "issue.other_grant", told | {"command": command(account.name, wanted)}


_STATED = ("role", "valid_from", "valid_to", "fonds", "purpose", "basis")


def _units(account: Account) -> str:
    return ", ".join(grant.unit for grant in account.grants) or "—"


def command(name: str, grant: Grant) -> str:
    """The command that gives an account this grant, ready to be typed."""
    unit = ["--every-unit"] if grant.unit == EVERY_UNIT else ["--unit", grant.unit]
    days = {"--from": grant.valid_from, "--to": grant.valid_to}
    more = [("--fonds", code) for code in grant.fonds]
    more += [(option, dates.shown(day.isoformat())) for option, day in days.items() if day]
    more += [
        (option, value) for option, value in (("--purpose", grant.purpose), ("--basis", grant.basis)) if value
    ]
    return shlex.join(["kho", "user", "grant", name, *unit, "--role", grant.role, *sum(more, ())])


def _person(
    number: int,
    values: Mapping[str, str],
    unit_name: str,
    grant: Grant,
    made: Plan,
    existing: Collection[Account],
) -> Person:
    full_name = values["full_name"]
    for person in made.people:
        if (_key(person.full_name), person.grant.unit) == (_key(full_name), grant.unit):
            raise _Bad("issue.twice", row=person.row)
    taken = {account.name for account in existing} | {person.name for person in made.people}
    name = _account_name(values.get("account", "").lower(), full_name, taken)
    return Person(number, name, full_name, values.get("position", ""), unit_name, grant)


def _account_name(wanted: str, full_name: str, taken: Collection[str]) -> str:
    name = wanted or propose(full_name, taken)
    if not valid_name(name):
        raise _Bad("issue.bad_account", name=name)
    if name in taken:
        raise _Bad("issue.taken", name=name)
    return name


def _unit(written: str, register: Register) -> tuple[str, str]:
    """(unit id, name to show). Where a register is kept, only its units; else any code."""
    if not written:
        raise _Bad("issue.no_unit")
    if heading(written) in issue_sheet.words("every_unit")["words"] or written == EVERY_UNIT:
        return EVERY_UNIT, written
    if not register.units:
        try:
            return fonds_code(written), written
        except UsageError:
            raise _Bad("issue.strange_unit", unit=written) from None
    found = register.find(written)
    if exact := register.unit(written):
        return exact.id, exact.name
    if not found:
        raise _Bad("issue.strange_unit", unit=written)
    living = [unit for unit in found if unit.valid_to is None]
    if len(living) != 1:
        raise _Bad("issue.several_units", unit=written, found=told_apart(register, living or found))
    return living[0].id, living[0].name


def _grant(unit: str, values: Mapping[str, str], faults: list[_Bad]) -> Grant:
    first, last = (_tried(faults, _day, values.get(key, "")) for key in ("valid_from", "valid_to"))
    if first and last and last < first:
        faults.append(_Bad("issue.days", first=values["valid_from"], last=values["valid_to"]))
    said = {name: values[name] for name in ("purpose", "basis") if values.get(name)}
    fonds = _tried(faults, _fonds, values.get("fonds", "")) or ()
    role = _tried(faults, _role, values.get("role", "")) or ""
    return Grant(unit, role, valid_from=first, valid_to=last, fonds=fonds, **said)


def _fonds(written: str) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(map(fonds_code, filter(None, re.split(r"[;,\s]+", written)))))
    except UsageError:
        raise _Bad("issue.fonds", fonds=written) from None


def _role(written: str) -> str:
    if not written:
        return "official"
    role = next((role for role, words in issue_sheet.words("roles").items() if heading(written) in words), "")
    if role not in ROLES:
        raise _Bad("issue.role", role=written, roles=", ".join(ROLES))
    return role


def _day(written: str) -> date | None:
    if not written:
        return None
    iso = dates.parse(written)
    if len(iso) != len("2026-12-31"):
        raise _Bad("issue.day", written=written)
    return date.fromisoformat(iso)


def _key(full_name: str) -> str:
    return " ".join(text.exact(text.clean(full_name)).split())
