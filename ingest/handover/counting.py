"""Counts what the volumes of a system hold, by register, owning unit and year at once. Reads each volume once."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace

from archive.model import Dossier, Item
from ingest.handover.holding import Held
from ingest.snapshots.counts import Counts, counts_of
from ingest.snapshots.items import INSIDE
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.volumes import Shelf


@dataclass(frozen=True)
class Cell:
    """What is counted together: one register, one owning unit (its id in the system; "" when that is not told)."""

    shelf: Shelf
    unit: str


@dataclass(frozen=True)
class Lost:
    """An attachment of a kept record that is missing or cannot be read; `code` is the message that says why, `stated` where
    the system says it is, "" when it says no more than the name."""

    item: str
    old_id: str
    name: str
    code: str
    stated: str = ""


@dataclass
class Counted:
    """`by_table`: kept records by the table they come from. `secret` are the digests of quarantined contents."""

    cells: dict[Cell, Counts] = field(default_factory=lambda: defaultdict(Counts))
    by_table: Counter[str] = field(default_factory=Counter)
    lost: list[Lost] = field(default_factory=list)
    secret: set[str] = field(default_factory=set)
    contents: dict[str, int] = field(default_factory=dict)
    volumes: int = 0

    @property
    def total(self) -> Counts:
        return sum(self.cells.values(), Counts())


def count(held: Held) -> Counted:
    made, only = Counted(), _only_units(held.mapping)
    for volume in held.volumes():
        made.volumes += 1
        shelf = shelf_of(volume)
        for item in volume.items:
            unit = item.record.unit if item.record else only.get(shelf.fonds, "")
            made.cells[Cell(shelf, unit)] += counts_of(item)
            _note(made, item)
    made.cells = _one_spelling(made.cells)
    return made


def _one_spelling(cells: dict[Cell, Counts]) -> dict[Cell, Counts]:
    """Case does not count in a unit's id (SystemMapping.owner_of): its records are counted as those of one unit."""
    spelled: dict[str, str] = {}
    for unit in sorted({cell.unit for cell in cells}):  # capitals come first
        spelled.setdefault(unit.casefold(), unit)
    made: dict[Cell, Counts] = defaultdict(Counts)
    for cell, counts in cells.items():
        made[replace(cell, unit=spelled[cell.unit.casefold()])] += counts
    return made


def shelf_of(volume: Dossier) -> Shelf:
    extra = (volume.extra.get(name, "") for name in ("direction", "register", "year"))
    return Shelf(volume.fonds.code, volume.kind, *extra)


def table_of(locator: str) -> str:
    """ "qlvb.siard#van_ban/12" -> "van_ban"."""
    return locator.rpartition("#")[2].rpartition("/")[0]


def _note(made: Counted, item: Item) -> None:
    if item.record is None:
        made.secret.update(item.extra.get("sha256", "").split())
        return
    made.by_table[table_of(item.record.locator)] += 1
    made.contents.update((file.sha256, file.size) for file in item.files)
    made.lost += [
        Lost(item.id, item.record.old_id, one.name, one.missing, one.stated)
        for one in item.record.attachments
        if one.missing not in ("", INSIDE)
    ]


def _only_units(mapping: SystemMapping) -> dict[str, str]:
    """Fonds -> the one unit that has it: a control entry does not tell its unit, its fonds may."""
    units = defaultdict(list)
    for unit, owner in mapping.units.items():
        units[owner.fonds].append(unit)
    return {fonds: found[0] for fonds, found in units.items() if len(found) == 1}
