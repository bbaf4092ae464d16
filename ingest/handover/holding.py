"""A closed system as it is held: the package of its snapshot, the mapping it was read by, the volumes of its records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from archive.errors import IntegrityError, UsageError
from archive.holdings.store import Holdings
from archive.model import Dossier, Item
from archive.rights.withdrawing import is_withdrawn
from ingest.snapshots import mapping as mappings
from ingest.snapshots.mapping import SystemMapping

_MAPPING = "mapping/"
"""Only the package of a snapshot holds a file there."""


@dataclass(frozen=True)
class Held:
    """`mapping` has its patterns resolved to the tables of the snapshot; `volume_ids` are dossier ids."""

    holdings: Holdings
    snapshot: Dossier
    mapping: SystemMapping
    volume_ids: tuple[str, ...]

    @property
    def system(self) -> str:
        return self.snapshot.snapshot.system

    def volumes(self) -> Iterator[Dossier]:
        """One at a time: memory does not grow with the number of records. Each as this snapshot's take-over left it, with
        the records that it took: a later snapshot of the system goes on in the same volumes."""
        for dossier_id in self.volume_ids:
            versions = self.holdings.history(dossier_id)
            newest = next(versions)
            volume = next((one for one in chain([newest], versions) if self._is_of(one)), None)
            if volume:
                yield replace(volume, items=tuple(self._taken(volume, newest)))

    def _is_of(self, volume: Dossier) -> bool:
        return volume.extra.get("snapshot") == self.snapshot.id

    def _taken(self, volume: Dossier, newest: Dossier) -> Iterator[Item]:
        """What was closed since then is closed here, too."""
        closed = {item.id: item for item in newest.items if item.access == "quarantined"}
        for item in volume.items:
            if item.extra.get("accession") == self.snapshot.accession:
                yield closed.get(item.id, item)


def snapshots(holdings: Holdings) -> list[Dossier]:
    """The packages of all snapshots that are held, by system and as-of day."""
    found = [dossier_id for dossier_id in holdings.dossiers() if _is_snapshot(holdings, dossier_id)]
    held = (holdings.dossier(dossier_id) for dossier_id in found)
    return sorted(held, key=lambda one: (one.snapshot.system, one.snapshot.as_of, one.id))


def held(holdings: Holdings, name: str) -> Held:
    """By the id of the snapshot's package, or by the system's code: its newest that stands. Raises UsageError."""
    known = snapshots(holdings)
    fitting = [one for one in known if name in (one.id, one.snapshot.system)]
    if not fitting:
        systems = ", ".join(dict.fromkeys(one.snapshot.system for one in known)) or "–"
        raise UsageError("handover.no_system", name=name, systems=systems)
    return of(holdings, newest(fitting))


def newest(found: Sequence[Dossier]) -> Dossier:
    """Of snapshots in the order of their days the last that stands; the last when all were withdrawn."""
    return next((one for one in reversed(found) if not is_withdrawn(one)), found[-1])


def of(holdings: Holdings, snapshot: Dossier) -> Held:
    start = f"{snapshot.snapshot.system}."
    volumes = (one for one in holdings.dossiers() if one.partition(":")[2].startswith(start))
    return Held(
        holdings,
        snapshot,
        _mapping(holdings, snapshot),
        tuple(sorted(one for one in volumes if one != snapshot.id)),
    )


def _is_snapshot(holdings: Holdings, dossier_id: str) -> bool:
    return any(path.startswith(_MAPPING) for path in holdings.inventory(dossier_id).state)


def _mapping(holdings: Holdings, snapshot: Dossier) -> SystemMapping:
    """As kept with the snapshot. A pattern of tables meets those whose rows became records."""
    path = holdings.file_path(snapshot.id, f"{_MAPPING}{snapshot.snapshot.mapping[:12]}.toml")
    try:
        read = mappings.load(path)
    except UsageError as error:
        raise IntegrityError("error.integrity", path=path) from error
    columns = {name for records in read.records for name in records.id}
    named = {child.table for records in read.records for child in records.children}
    rows = (table for table in snapshot.snapshot.tables if table.taken or table.refused)
    return mappings.resolved(read, {table.name: columns for table in rows if table.name not in named})
