"""Which unit a row's record belongs to, and what follows from that: whether it came in or went out."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.snapshots.mapping import Records, SystemMapping
from ingest.snapshots.staging import Staged
from ingest.snapshots.values import Values

UNNAMED = "(không ghi)"
"""Stands for the unit of a record that should name one and names none: closed until `[units]` has it."""


@dataclass(frozen=True)
class Owning:
    """`unit`: the owner's id in the system. `direction` follows from it, "" where the mapping does not derive it from units.
    `others`: further units of the mapping whose record it is as well."""

    unit: str
    direction: str = ""
    others: tuple[str, ...] = ()


def candidates(values: Values, records: Records, row: Staged) -> list[tuple[str, str]]:
    """(direction, unit's id) of every unit that the row names as one whose record it may be; "" for no direction."""
    if records.unit:
        return [("", unit) for unit in [values.text(records.unit, row)] if unit]
    return [
        (direction, unit)
        for direction, value in records.unit_by_direction.items()
        for unit in values.texts(value, row)
    ]


def owning(values: Values, mapping: SystemMapping, records: Records, row: Staged) -> Owning:
    """The first unit that `[units]` has, in the order of the directions; without one the last direction's first unit.

    Where units own records, one that names none is nobody's: it is not the system owner's for that.
    """
    said = candidates(values, records, row)
    if not records.unit_by_direction:
        unnamed = UNNAMED if records.unit and mapping.units else ""
        return Owning(said[0][1] if said else unnamed)
    own = [one for one in said if mapping.owner_of(one[1])]
    if own:
        (direction, unit), *rest = own
        fonds = mapping.owner_of(unit).fonds
        others = dict.fromkeys(one for _, one in rest if mapping.owner_of(one).fonds != fonds)
        return Owning(unit, direction, tuple(others))
    last = list(records.unit_by_direction)[-1]
    strangers = [unit for direction, unit in said if direction == last] or [unit for _, unit in said]
    return Owning(next(iter(strangers), UNNAMED), last)
