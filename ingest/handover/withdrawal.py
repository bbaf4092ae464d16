"""The act of withdrawing a take-over that was wrong: its volumes and its snapshot stay, and are published no more.

A volume that an earlier take-over had kept stands again as that left it (setting_back). On record first, then written, the snapshot's package last; cut short, the same call finishes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive.errors import UsageError
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Finding
from archive.rights.withdrawing import MARK, is_withdrawn, on_record, withdrawn
from archive.settings import Settings, now
from ingest.handover import holding
from ingest.handover.holding import Held
from ingest.handover.setting_back import SettingBack

STAGING = ".withdraw"


@dataclass(frozen=True)
class Withdrawal:
    """`volumes` are those that were published until now; `restored` of these stand again, with `records`, as an earlier
    take-over left them. `unit` is the code of the system's owner."""

    system: str
    package: str
    as_of: str
    unit: str
    volumes: tuple[str, ...]
    restored: tuple[str, ...] = ()
    records: int = 0


Witness = Callable[[Withdrawal], object]
"""Told of the act before anything is written: the access log. What it raises stops the act."""


def withdraw(
    config: Settings, name: str, as_of: str, *, reason: str, by: str, witness: Witness
) -> Withdrawal:
    """`name` as of `holding.held`, `as_of` "" for the newest. Raises UsageError without a reason, or when there is none."""
    if not reason.strip():
        raise UsageError("withdraw.no_reason")
    writer = HoldingsWriter(config.holdings, config.work / "staging" / STAGING, by)
    writer.recover()
    with turn(config):
        held = _standing(writer, name, as_of)
        back, whole = SettingBack(config, writer, held), held.snapshot
        volumes = tuple(_still_of(writer, held))
        restored = {one: len(found.items) for one in volumes if (found := back.before(one))}
        act = Withdrawal(
            held.system, whole.id, whole.snapshot.as_of, whole.fonds.unit.code, volumes, tuple(restored),
            sum(restored.values()),
        )  # fmt: skip
        witness(act)
        said = (reason.strip(), by, now().isoformat())
        for dossier_id in (*volumes, whole.id):
            version = writer.inventory(dossier_id).head
            if dossier_id in restored:
                again = back.again(dossier_id, back.before(dossier_id))
                writer.commit(on_record(again, version, *said))
            else:
                writer.commit(withdrawn(writer.dossier(dossier_id), version, *said))
    return act


def _standing(holdings: Holdings, name: str, as_of: str) -> Held:
    """The newest take-over of the system that stands. One that was withdrawn in part only still does."""
    known = [one for one in holding.snapshots(holdings) if name in (one.id, one.snapshot.system)]
    fitting = [one for one in known if as_of in ("", one.snapshot.as_of)]
    if known and not fitting:
        days = ", ".join(one.snapshot.as_of or one.id for one in known)
        raise UsageError("withdraw.no_such_day", name=name, as_of=as_of, days=days)
    standing = [one for one in fitting if not is_withdrawn(one)]
    if fitting and not standing:
        raise UsageError("withdraw.done_before", name=name, said=fitting[-1].extra[MARK])
    return holding.of(holdings, standing[-1]) if standing else holding.held(holdings, name)


def _still_of(holdings: Holdings, held: Held) -> Iterator[str]:
    """The volumes that it was the last to keep, and that are not withdrawn yet."""
    for dossier_id in held.volume_ids:
        volume = holdings.dossier(dossier_id)
        if volume.extra.get("snapshot") == held.snapshot.id and not is_withdrawn(volume):
            yield dossier_id


def findings(held: Held) -> list[Finding]:
    """What a report of a withdrawn take-over says first."""
    said = held.snapshot.extra.get(MARK)
    return [Finding("handover.withdrawn", "error", values={"said": said})] if said else []
