"""Counts what the volumes of a system hold, by register, owning unit and year at once. Reads each volume once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields

from archive.model import Dossier, Item, SourceFile
from archive.processing import Attachment
from ingest.handover.holding import Held
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.volumes import INSIDE, Shelf


@dataclass(frozen=True)
class Counts:
    """Of records: `kept` open to their rights, `quarantined` as control entries. Of attachments that kept records name:
    `files` that are there and can be read, `missing` ones, `unreadable` ones (kept, but cannot be read); `inside` are those
    found in containers, which no record names. `closed_files` are contents of quarantined records. `bytes` of all that is
    there and was named, `pages` of kept records."""

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
    def named(self) -> int:
        """Attachments that kept records name, whether they are there or not."""
        return self.files + self.unreadable + self.missing

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
    return made


def shelf_of(volume: Dossier) -> Shelf:
    extra = (volume.extra.get(name, "") for name in ("direction", "register", "year"))
    return Shelf(volume.fonds.code, volume.kind, *extra)


def counts_of(item: Item) -> Counts:
    if item.record is None:
        return Counts(quarantined=1, closed_files=len(item.extra.get("sha256", "").split()))
    inner = {file.path for file, within in zip(item.files, _inside(item.files), strict=True) if within}
    found = Counter(_what(one, inner) for one in item.record.attachments)
    return Counts(
        kept=1,
        unfinished=int(item.record.unfinished),
        **found,
        pages=len(item.pages),
        bytes=sum(file.size for file in item.files if file.path not in inner),
    )


def _what(attachment: Attachment, inner: Collection[str]) -> str:
    """Which of the counts it belongs to. `inner`: paths of files in containers."""
    if attachment.missing == INSIDE or attachment.path in inner:
        return "inside"
    if not attachment.missing:
        return "files"
    return "missing" if attachment.missing.startswith("snapshot.") else "unreadable"


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
