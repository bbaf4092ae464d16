"""Counts what the volumes of a system hold, by register, owning unit and year at once. Reads each volume once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from archive.model import Dossier, Item, SourceFile
from archive.processing import Attachment
from ingest.handover.holding import Held
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.volumes import Shelf


@dataclass(frozen=True)
class Counts:
    """Of records: `kept` open to their rights, `quarantined` as control entries. Of attachments of kept records: `files`
    that are there, `missing` ones, `unreadable` ones (kept, but cannot be read); `inside` are found in containers.
    `closed_files` are contents of quarantined records. `bytes` of `files`, `pages` of kept records."""

    kept: int = 0
    quarantined: int = 0
    unfinished: int = 0
    files: int = 0
    missing: int = 0
    unreadable: int = 0
    inside: int = 0
    closed_files: int = 0
    pages: int = 0
    bytes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts)))

    @property
    def records(self) -> int:
        return self.kept + self.quarantined

    @property
    def received_files(self) -> int:
        return self.files + self.unreadable + self.closed_files


@dataclass(frozen=True)
class Cell:
    """What is counted together: one register, one owning unit (its id in the system; "" when that is not told)."""

    shelf: Shelf
    unit: str


@dataclass(frozen=True)
class Lost:
    """An attachment of a kept record that is missing or cannot be read; `code` is the message that says why."""

    item: str
    old_id: str
    name: str
    code: str


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
    return made


def shelf_of(volume: Dossier) -> Shelf:
    extra = (volume.extra.get(name, "") for name in ("direction", "register", "year"))
    return Shelf(volume.fonds.code, volume.kind, *extra)


def counts_of(item: Item) -> Counts:
    if item.record is None:
        return Counts(quarantined=1, closed_files=len(item.extra.get("sha256", "").split()))
    gone = sum(map(is_missing, item.record.attachments))
    unreadable = sum(bool(one.missing) for one in item.record.attachments) - gone
    inside = [file for file, within in zip(item.files, _inside(item.files), strict=True) if within]
    return Counts(
        kept=1,
        unfinished=int(item.record.unfinished),
        files=len(item.files) - len(inside),
        missing=gone,
        unreadable=unreadable,
        inside=len(inside),
        pages=len(item.pages),
        bytes=sum(file.size for file in item.files) - sum(file.size for file in inside),
    )


def is_missing(attachment: Attachment) -> bool:
    """Not in the snapshot at all, as against there but not readable."""
    return attachment.missing.startswith("snapshot.")


def table_of(locator: str) -> str:
    """ "qlvb.siard#van_ban/12" -> "van_ban"."""
    return locator.rpartition("#")[2].rpartition("/")[0]


def _inside(files: tuple[SourceFile, ...]) -> Iterator[bool]:
    """Which files lie in another file of the record."""
    places = {file.locator for file in files}
    return (any(file.locator.startswith(f"{place}!") for place in places) for file in files)


def _note(made: Counted, item: Item) -> None:
    if item.record is None:
        made.secret.update(item.extra.get("sha256", "").split())
        return
    made.by_table[table_of(item.record.locator)] += 1
    made.contents.update((file.sha256, file.size) for file in item.files)
    made.lost += [
        Lost(item.id, item.record.old_id, one.name, one.missing)
        for one in item.record.attachments
        if one.missing
    ]


def _only_units(mapping: SystemMapping) -> dict[str, str]:
    """Fonds -> the one unit that has it: a control entry does not tell its unit, its fonds may."""
    units = defaultdict(list)
    for unit, owner in mapping.units.items():
        units[owner.fonds].append(unit)
    return {fonds: found[0] for fonds, found in units.items() if len(found) == 1}
