"""Who has the records of a former unit now, and what came to whom: by hand-over, else by succession. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from archive.lookup.views import Heir, Inheritance
from archive.ports import FondsSummary
from archive.rights.access import DossierKey, Right, concerning
from archive.units.succession import Assignment, Path, Register, Succession


def inherited(
    right: Right, by_unit: Mapping[str, Sequence[FondsSummary]], register: Register
) -> Iterator[Inheritance]:
    """Every unit whose records come to a right, with those of its fonds in `by_unit` that do."""
    ways = {unit: () for unit in by_unit} if right.units is None else right.units
    for unit in dict.fromkeys((*ways, *by_unit)):
        rows = [
            (fonds, row) for fonds in by_unit.get(unit, ()) for row in right.assignments(fonds.fonds.code)
        ]
        handed = [(fonds, row) for fonds, row in rows if row.heir in ways and row.went_along(ways[row.heir])]
        if unit in ways or handed:
            way = ways[unit] if unit in ways else ways[handed[0][1].heir]
            shown = by_unit.get(unit, ()) if unit in ways else dict.fromkeys(fonds for fonds, _ in handed)
            by = handed[0][1] if handed else None
            yield Inheritance(right.grant, unit, register.unit(unit), way, tuple(shown), by)


def heirs(
    register: Register, fonds_code: str, unit_code: str, today: date, dossier: DossierKey | None
) -> tuple[Heir, ...]:
    """Who has the records of a unit's fonds, or of one dossier of it, on a day; see HoldingsReader.heirs."""
    handed = register.assignments_of(fonds_code, today)
    deciding = concerning(handed, dossier) if dossier else handed
    found: dict[str, Heir] = {}
    for row in deciding:
        for heir in _handed_to(register, row, today):
            found.setdefault(heir.unit.id, heir)
    own = register.unit(unit_code)
    rest = not deciding or (dossier is None and all(not row.part.whole for row in deciding))
    if rest and not (own and own.holds(today)):
        for code, way in register.heirs(unit_code, today).items():
            found.setdefault(code, _by_succession(register, code, way))
    return tuple(found.values())


def _handed_to(register: Register, row: Assignment, today: date) -> Iterator[Heir]:
    """The heir named in a hand-over, or those that followed it since."""
    heir = register.unit(row.heir)
    if heir and heir.holds(today):
        yield Heir(heir, row.day, row.basis, assigned=True)
        return
    for code, way in register.heirs(row.heir, today).items():
        if row.went_along(way):
            yield _by_succession(register, code, way)


def _by_succession(register: Register, code: str, way: Path) -> Heir:
    steps = [step for step in way if isinstance(step, Succession)]
    return Heir(register.units[code], steps[-1].day if steps else None, steps[-1].basis if steps else "")
