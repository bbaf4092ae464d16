"""The act of declassifying, by digests: equal documents of all dossiers and fonds are released with the one named.

Used by the `kho` command only. On record first, then written; cut short, the same call finishes it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive import ids
from archive.errors import IntegrityError, NotFound, UsageError
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Dossier, Item
from archive.rights.declassification import LIFTED, digests_of, is_secret, lifted
from archive.settings import Settings, now

STAGING = ".declassify"


@dataclass(frozen=True)
class Declassified:
    """`records`: item ids released, the one asked for last. `grade` and `unit` are those of that one.

    `still` are secret documents that share some of its bytes but have others too: they keep it closed until they are
    declassified themselves. `damaged` are packages that could not be asked. `system` is the closed one it comes from.
    """

    records: tuple[str, ...]
    grade: str
    unit: str
    still: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    system: str = ""


Witness = Callable[[Declassified], object]
"""Told of the act before anything is written: the access log. What it raises stops the act."""


def declassify(settings: Settings, record: str, *, basis: str, by: str, witness: Witness) -> Declassified:
    """Lift the grade of a control entry and of its equals.

    Raises UsageError without a basis or when the record is not closed as secret, NotFound, IntegrityError.
    """
    if not basis.strip():
        raise UsageError("declassify.no_basis")
    holdings = HoldingsWriter(settings.holdings, settings.work / "staging" / STAGING, by)
    holdings.recover()
    with turn(settings):
        act, places = _plan(holdings, record)
        witness(act)
        for dossier_id in dict.fromkeys(place for item in act.records for place in places[item]):
            dossier = holdings.dossier(dossier_id)
            holdings.commit(lifted(dossier, act.records, basis.strip(), by, now().isoformat()))
    return act


def _plan(holdings: HoldingsWriter, record: str) -> tuple[Declassified, dict[str, list[str]]]:
    """The act, and the dossiers of each record that it releases: a take-over that was killed may leave it in two."""
    damaged: list[str] = []
    home = _home(holdings, record)
    entry = _secret_entry(home, record)
    wanted, places, still = set(digests_of(entry)), defaultdict(list), []
    for other in _dossiers(holdings, damaged):
        for item in filter(is_secret, other.items):
            digests = set(digests_of(item))
            if item.id == record or (digests and digests <= wanted):
                places[item.id].append(other.id)
            elif digests & wanted:
                still.append(item.id)
    others = sorted((one for one in places if one != record), key=lambda one: home.id in places[one])
    system = home.snapshot.system if home.snapshot else ""
    act = Declassified(
        (*others, record), entry.extra["grade"], home.fonds.unit.code, tuple(still), tuple(damaged), system
    )
    return act, places


def _home(holdings: HoldingsWriter, record: str) -> Dossier:
    """The dossier that has the record: that of its id, unless it has moved since. Raises NotFound, IntegrityError."""
    first = ids.dossier_of(record)
    if holdings.has(first):
        dossier = holdings.dossier(first)
        if any(item.id == record for item in dossier.items):
            return dossier
    for dossier in _dossiers(holdings, []):
        if any(item.id == record for item in dossier.items):
            return dossier
    raise NotFound()


def _secret_entry(dossier: Dossier, record: str) -> Item:
    entry = next(item for item in dossier.items if item.id == record)
    if entry.extra.get("grade") == LIFTED:
        raise UsageError("declassify.done_before", record=record)
    if entry.access == "quarantined" and not is_secret(entry):
        raise UsageError("declassify.only_withheld", record=record)
    if not is_secret(entry):
        raise UsageError("declassify.not_secret", record=record)
    return entry


def _dossiers(holdings: HoldingsWriter, damaged: list[str]) -> Iterator[Dossier]:
    """All dossiers that can be read; the others are added to `damaged`."""
    found = holdings.survey()
    damaged += found.damaged
    for dossier_id in sorted(found.states):
        try:
            yield holdings.dossier(dossier_id)
        except IntegrityError:
            damaged.append(dossier_id)
