"""Items as volumes: a register (sổ) or the procedure dossiers of one year, in parts of a thousand. Pure.

A volume is one package: small enough to be read and changed as a whole, as paper registers are bound in volumes (quyển).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archive import dates, ids
from archive.model import Dossier, Event, Fonds, Item
from archive.processing import SystemRecord
from ingest.batch import describe

SIZE = 1000
"""Records in a volume at most."""

SPOT, LAST, MOVES = "spot", "last_ordinal", "moves"
"""Kept with an item: what it is the record of (table, id in the old system), and how often it moved to another volume
since it got its id; with a volume: the last ordinal it ever gave."""


@dataclass(frozen=True)
class Shelf:
    """What stands together: the records of one fonds, direction, register and year."""

    fonds: str
    kind: str
    direction: str
    register: str
    year: str


def shelf_of(record: SystemRecord, fonds: str) -> Shelf:
    """Where a record stands. The direction as the system wrote it when the mapping does not say."""
    direction = record.direction.value or record.direction.raw
    year = record.register_year
    if record.procedure:
        year = year or dates.year(record.procedure.received)
        return Shelf(fonds, "procedures", "", record.register, year)
    return Shelf(fonds, "register", direction, record.register, year)


_NUMBER = re.compile(r"(\d+)\s*(.*)", re.DOTALL)


def place_in_register(record: SystemRecord) -> tuple[int, str]:
    """ "12" < "12a" < "13"; a record without a number comes after those with one."""
    match = _NUMBER.match(record.number.strip())
    return (int(match[1][:15]), match[2].casefold()) if match else (10**15, record.number.casefold())


DIRECTION_CODES = {"incoming": "den", "outgoing": "di", "internal": "noi-bo", "draft": "du-thao", "": "khac"}
_TITLES = {
    "incoming": "Sổ văn bản đến",
    "outgoing": "Sổ văn bản đi",
    "internal": "Sổ văn bản nội bộ",
    "draft": "Văn bản dự thảo",
}


def shelf_id(system: str, shelf: Shelf) -> str:
    """What the ids of all volumes of a shelf begin with; the same shelf gives the same."""
    kind = (
        "thu-tuc"
        if shelf.kind == "procedures"
        else DIRECTION_CODES.get(shelf.direction) or _slug(shelf.direction)
    )
    parts = [system, kind, shelf.year or "0000", _slug(shelf.register) if shelf.register else ""]
    return ids.dossier_id(shelf.fonds, ".".join(filter(None, parts)))


def volume_id(shelf: str, number: int) -> str:
    """Dossier id of a volume; `shelf` as of `shelf_id`."""
    return f"{shelf}.{number:02d}"


def parted(dossier_id: str) -> tuple[str, int]:
    """The inverse of `volume_id`; number 0 for what is no volume."""
    shelf, _, number = dossier_id.rpartition(".")
    return (shelf, int(number)) if number.isdecimal() else (dossier_id, 0)


def _slug(name: str) -> str:
    """The name as a part of a code; with a digest where it had to be altered: two names never give one code."""
    slug = ids.dossier_code(name)
    return (
        slug
        if slug == name and len(name) < 40
        else f"{slug[:32]}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
    )


def volume_title(shelf: Shelf, number: int, of: int) -> str:
    """As the register's cover has it."""
    name = (
        "Hồ sơ thủ tục hành chính"
        if shelf.kind == "procedures"
        else _TITLES.get(shelf.direction, "Sổ văn bản")
    )
    if shelf.register and shelf.register.casefold() != name.casefold():
        name = f"{name} – {shelf.register}"
    year = f" năm {shelf.year}" if shelf.year else ""
    return f"{name}{year}" + (f", quyển {number}" if of > 1 else "")


def last_ordinal(held: Dossier | None) -> int:
    return int(held.extra.get(LAST, "0")) if held else 0


def volume(
    fonds: Fonds,
    shelf: Shelf,
    place: tuple[str, int, int],
    items: Sequence[Item],
    events: Sequence[Event],
    package: str,
) -> Dossier:
    """`place`: the system, the number of the volume, of how many; `package`: the dossier id of the snapshot."""
    system, number, count = place
    dossier_id = volume_id(shelf_id(system, shelf), number)
    extra = {
        "register": shelf.register,
        "direction": shelf.direction,
        "year": shelf.year,
        "snapshot": package,
    }
    made = Dossier(
        id=dossier_id,
        code=ids.code_of(dossier_id),
        title=volume_title(shelf, number, count),
        fonds=fonds,
        items=tuple(sorted(items, key=lambda item: item.ordinal)),
        events=tuple(events),
        accession=package,
        kind="procedures" if shelf.kind == "procedures" else "register",
        extra={name: value for name, value in extra.items() if value},
    )
    return describe.with_dates(made)
