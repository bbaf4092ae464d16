"""When a later take-over is withdrawn, its volumes stand again as the newest snapshot that was not withdrawn left them.

What came to be secret since then stays closed, what persons said stays said, and no place is given twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

from archive.holdings.store import Holdings
from archive.model import Dossier, Item
from archive.rights import declassification
from archive.rights.withdrawing import is_withdrawn
from archive.settings import Settings
from ingest.batch.earlier import Earlier
from ingest.grading.withdrawal import HELD, withdrawn
from ingest.handover import holding
from ingest.handover.holding import Held
from ingest.review.persons import with_persons_words
from ingest.snapshots.volumes import LAST, MOVES, last_ordinal


class SettingBack:
    """`held` is the take-over that is withdrawn."""

    def __init__(self, config: Settings, holdings: Holdings, held: Held) -> None:
        self.settings, self.holdings, self.held = config, holdings, held

    def before(self, dossier_id: str) -> Dossier | None:
        """The volume as the newest other snapshot that stands left it; None when there is none, or that was withdrawn."""
        history = self.holdings.history(dossier_id)
        found = next((one for one in history if one.extra.get("snapshot") in self._standing), None)
        return None if found is None or is_withdrawn(found) else found

    def again(self, dossier_id: str, before: Dossier) -> Dossier:
        """The volume that is to stand again."""
        now = self.holdings.dossier(dossier_id)
        names = (declassification.NOTE,)
        extra = before.extra | {name: now.extra[name] for name in names if name in now.extra}
        found = replace(
            before,
            items=tuple(map(self._item, before.items)),
            findings=(*before.findings, *(one for one in now.findings if one in HELD)),
            extra=extra | {LAST: str(max(last_ordinal(now), last_ordinal(before)))},
        )
        return withdrawn(found, self._secret, self.held.snapshot.id, self.settings)

    @cached_property
    def _standing(self) -> frozenset[str]:
        gone = self.held.snapshot.id
        known = holding.snapshots(self.holdings)
        return frozenset(one.id for one in known if one.id != gone and not is_withdrawn(one))

    @cached_property
    def _secret(self) -> Mapping[str, str]:
        earlier = Earlier(self.holdings)
        earlier.learn(self.held.snapshot.fonds.code)
        return earlier.secret()

    @cached_property
    def _since(self) -> dict[str, Item]:
        """What the withdrawn take-over, and persons after it, made of each record that they closed or spoke of.

        By its versions: a withdrawal broken off has set back some volumes already.
        """
        found: dict[str, Item] = {}
        for dossier_id in self.held.volume_ids:
            history = self.holdings.history(dossier_id)
            last = next((one for one in history if one.extra.get("snapshot") == self.held.snapshot.id), None)
            for item in last.items if last else ():
                if item.access == "quarantined" or (item.id not in found and _is_spoken_of(item)):
                    found[item.id] = item
        return found

    def _item(self, item: Item) -> Item:
        since = self._since.get(item.id)
        if since is None or item.access == "quarantined":
            return item
        if since.access != "quarantined":
            return with_persons_words(item, since)
        moves = {MOVES: item.extra[MOVES]} if MOVES in item.extra else {}
        kept = {name: said for name, said in since.extra.items() if name != MOVES}
        accession = {"accession": item.extra["accession"]} if "accession" in item.extra else {}
        return replace(since, ordinal=item.ordinal, extra=kept | moves | accession)


def _is_spoken_of(item: Item) -> bool:
    return with_persons_words(replace(item, fields={}, extra={}), item) != replace(item, fields={}, extra={})
