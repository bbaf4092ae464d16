"""Accounts for a whole list of officials at once: the sheet read, every row judged, names proposed. Pure.

Words and headings are in issue.toml. Nothing is issued while one row has a problem.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

from archive import dates, text
from archive.errors import UsageError
from archive.ids import fonds_code
from archive.model import Finding
from archive.people.accounts import Account, valid_name
from archive.rights.access import EVERY_UNIT, ROLES, Grant
from archive.units.succession import Register
from archive.units.tables import Table, heading

NEEDED = ("full_name", "unit")


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
    """What a sheet would issue; only without problems may it be carried out."""

    people: list[Person] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)


def plan(tables: Iterable[Table], register: Register, existing: Collection[Account]) -> Plan:
    """Judge every row of every table that has our headings."""
    made = Plan()
    taken = {account.name for account in existing}
    holders = {
        (_key(account.display_name), grant.unit): account.name
        for account in existing
        for grant in account.grants
    }
    for number, values in _rows(tables, made):
        try:
            person = _person(number, values, register, taken)
            key = (_key(person.full_name), person.grant.unit)
            if key in holders:
                raise _Bad("issue.has_account", name=holders[key])
        except _Bad as bad:
            made.problems.append(Finding(bad.code, "error", values.get("full_name", ""), number, bad.values))
            continue
        taken.add(person.name)
        holders[key] = person.name
        made.people.append(person)
    if not made.people and not made.problems:
        made.problems.append(Finding("issue.empty", "error"))
    return made


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
    def __init__(self, code: str, **values: object) -> None:
        self.code = code
        self.values = {name: str(value) for name, value in values.items()}


def _person(number: int, values: Mapping[str, str], register: Register, taken: Collection[str]) -> Person:
    full_name = values.get("full_name", "")
    if not full_name:
        raise _Bad("issue.no_name")
    unit, unit_name = _unit(values.get("unit", ""), register)
    return Person(
        number,
        _account_name(values.get("account", "").lower(), full_name, taken),
        full_name,
        values.get("position", ""),
        unit_name,
        _grant(unit, values),
    )


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
    if heading(written) in _words("every_unit")["words"] or written == EVERY_UNIT:
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
        several = "; ".join(f"{unit.name} ({unit.id})" for unit in (living or found)[:4])
        raise _Bad("issue.several_units", unit=written, found=several)
    return living[0].id, living[0].name


def _grant(unit: str, values: Mapping[str, str]) -> Grant:
    first, last = (_day(values.get(key, "")) for key in ("valid_from", "valid_to"))
    if first and last and last < first:
        raise _Bad("issue.days", first=values["valid_from"], last=values["valid_to"])
    basis = {"basis": values["basis"]} if values.get("basis") else {}
    return Grant(unit, _role(values.get("role", "")), valid_from=first, valid_to=last, **basis)


def _role(written: str) -> str:
    if not written:
        return "official"
    role = next((role for role, words in _words("roles").items() if heading(written) in words), "")
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


# --------------------------------------------------------------------------- the sheet


def _rows(tables: Iterable[Table], made: Plan) -> Iterator[tuple[int, dict[str, str]]]:
    """(row number, column -> cell) below the headings of each table."""
    headed = False
    for table in tables:
        head = next((place for place, (_, cells) in enumerate(table.rows) if _is_head(cells)), None)
        if head is None:
            continue
        headed = True
        columns = _columns(table.rows[head][1])
        for number, cells in table.rows[head + 1 :]:
            values = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
            if values.keys() & {"full_name", "account", "unit"}:  # else a signature or a note below the list
                yield number, values
    if not headed:
        made.problems.append(Finding("issue.no_headings", "error"))


def _is_head(cells: Sequence[str]) -> bool:
    return set(NEEDED) <= set(_columns(cells))


def _columns(cells: Sequence[str]) -> list[str]:
    named = {word: column for column, words in _words("headings").items() for word in words}
    return [named.get(heading(cell), "") for cell in cells]


@cache
def _words(table: str) -> dict[str, tuple[str, ...]]:
    spec = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))[table]
    return {name: tuple(heading(word) for word in words) for name, words in spec.items()}
