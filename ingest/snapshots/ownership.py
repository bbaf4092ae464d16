"""Whose records a take-over makes: each fonds with its one unit, settled before a row is read.

A fonds that is held keeps its unit: who reads its records was decided by it. A mapping that says another is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from archive import ids
from archive.errors import UsageError
from archive.holdings.store import Holdings
from archive.model import Finding, Fonds, Unit
from archive.rights.withdrawing import is_withdrawn
from archive.units.succession import Register
from ingest.batch.origin import settled, to_mend
from ingest.snapshots.mapping import Owner, SystemMapping

Held = Callable[[str], Iterable[Fonds]]
"""A fonds as its dossiers that are held state it, by its code."""

_NEAR = 3


@dataclass(frozen=True)
class Owners:
    """`fonds`: by code, also the system owner's own. `findings`: what is still to be said of them."""

    fonds: Mapping[str, Fonds]
    findings: tuple[Finding, ...]


def settle(main: Fonds, mapping: SystemMapping, held: Held, register: Register, day: date) -> Owners:
    """`main` is the fonds of the system's owner. Raises UsageError for a fonds of two units."""
    if found := contradictions(mapping, held, main):
        raise UsageError(found[0].code, **found[0].values)
    fonds = {code: _fonds(code, main, mapping, held) for code in dict.fromkeys((main.code, *_codes(mapping)))}
    own = to_mend(fonds[main.code], register, day)
    return Owners(fonds, (*own, *unknown_units(mapping, held, register, day, but=main.code)))


def contradictions(mapping: SystemMapping, held: Held, main: Fonds | None = None) -> list[Finding]:
    """Fonds that two units would have: by two lines of the mapping, or by the mapping and what is held."""
    found = []
    for code in dict.fromkeys((*([main.code] if main else []), *_codes(mapping))):
        stated, before = _stated(code, main, mapping), {one.unit.code: one.unit for one in held(code)}
        if len(stated) > 1:
            values = {"fonds": code, "units": ", ".join(stated)}
            found.append(Finding("ownership.two_units", "error", values=values))
        elif stated and (others := before.keys() - {*stated, code}):
            other = before[min(others)]
            values = {"fonds": code, "unit": stated[0], "held": other.code, "held_name": other.name}
            found.append(Finding("ownership.other_unit", "error", values=values))
    return found


def unknown_units(
    mapping: SystemMapping, held: Held, register: Register, day: date, but: str = ""
) -> list[Finding]:
    """Fonds of the mapping whose records come to nobody, as the register does not know their unit."""
    found = []
    for code in dict.fromkeys(_codes(mapping)):
        fonds = _fonds(code, None, mapping, held)
        if code != but and register.strange(code, fonds.unit.code, day):
            near = ", ".join(f"{one.id} ({one.name})" for one in register.named(fonds.unit.name)[:_NEAR])
            values = {"fonds": code, "unit": fonds.unit.code, "near": near or "–"}
            found.append(Finding("ownership.unit_unknown", "warning", values=values))
    return found


def _codes(mapping: SystemMapping) -> list[str]:
    return [owner.fonds for owner in mapping.units.values()]


def _owners(code: str, mapping: SystemMapping) -> list[Owner]:
    return [owner for owner in mapping.units.values() if owner.fonds == code]


def _stated(code: str, main: Fonds | None, mapping: SystemMapping) -> list[str]:
    """The units that somebody says outright the fonds has."""
    said = [main.unit.code] if main and main.code == code and main.unit.code != code else []
    said += [owner.unit for owner in _owners(code, mapping) if owner.unit and owner.unit != code]
    return list(dict.fromkeys(said))


def _fonds(code: str, main: Fonds | None, mapping: SystemMapping, held: Held) -> Fonds:
    """As the person and the mapping say, and what they leave unsaid as it is held."""
    said = main if main and main.code == code else Fonds(code, code, Unit(code, code, "other"))
    for owner in _owners(code, mapping):
        said = _filled(said, owner)
    found = settled(said, held(code))
    if found.title == code and found.unit.name != code:
        return replace(found, title=f"Phông {found.unit.name}")
    return found


def _filled(said: Fonds, owner: Owner) -> Fonds:
    """What is not said yet as a line of the mapping says it."""
    unit, code = said.unit, said.code
    name = (owner.name or unit.name) if unit.name in (code, said.title) else unit.name
    level = (owner.level or unit.level) if unit.level == "other" else unit.level
    unit = Unit((owner.unit or unit.code) if unit.code == code else unit.code, name, level)
    title = (owner.title or said.title) if said.title == code else said.title
    return Fonds(ids.fonds_code(code), title, unit)


def held_fonds(holdings: Holdings, code: str) -> frozenset[Fonds]:
    """A fonds as its dossiers state it, whole as it is held; what was withdrawn says nothing of it."""
    mine = (holdings.dossier(one) for one in holdings.dossiers() if ids.fonds_of(one) == code)
    return frozenset(one.fonds for one in mine if not is_withdrawn(one))
