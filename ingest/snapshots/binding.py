"""Records bound in volumes and committed. A record keeps its id for good, whatever volume it stands in.

Order of a move: the new volume has the record before the old one loses it, so a kill leaves it twice and never nowhere; of
two copies the one that moved there last counts (archive/publishing), and the next run clears the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from archive import ids
from archive.holdings.writer import HoldingsWriter
from archive.model import Dossier, Finding, Fonds, Item
from archive.processing import Snapshot
from archive.rights import declassification, withdrawing
from ingest.progress import Tally
from ingest.review.persons import with_persons_words
from ingest.snapshots import items, volumes
from ingest.snapshots.attachments import Attached, Attachments
from ingest.snapshots.closing import Closing
from ingest.snapshots.counts import Counts, counts_of
from ingest.snapshots.held import HeldRecords
from ingest.snapshots.ledger import Ledger, Place
from ingest.snapshots.records import Draft
from ingest.snapshots.shelving import Shelving
from ingest.snapshots.volumes import Shelf
from ingest.snapshots.whole import Whole


class Binding:
    """Counts in `tally` what became of the records; `volumes` are those they stand in. `fonds` by code."""

    def __init__(
        self, holdings: HoldingsWriter, whole: Whole, shelving: Shelving, held: HeldRecords, attachments: Attachments,
        closing: Closing, fonds: Mapping[str, Fonds], progress: Tally,
    ) -> None:  # fmt: skip
        self.holdings, self.whole, self.shelving, self.held = holdings, whole, shelving, held
        self.attachments, self.closing, self.fonds = attachments, closing, fonds
        self.ledger: Ledger = shelving.ledger
        self.system, self.progress = whole.handed.system, progress
        self.tally, self.volumes = Counts(), []
        self.digests: set[str] = set()
        self.shut = 0
        self.facts: Snapshot | None = None
        self._opened: tuple[str, dict[str, Item]] = ("", {})

    def run(self) -> Iterator[Finding]:
        """Keep every volume, then take out of the old ones what stands elsewhere now. What a person should know of that."""
        self.facts = self.whole.facts()
        shelves = [(shelf, *self._numbered(shelf)) for shelf, _ in self.ledger.shelves()]
        for shelf, shelf_id, count in shelves:
            for number in range(1, count + 1):
                self._keep(shelf, volumes.volume_id(shelf_id, number), (self.system, number, count))
        for dossier_id in self.held.left():
            self._clear(dossier_id)
        if self.shut:
            yield Finding("snapshot.unit_lost", "error", values={"count": str(self.shut)})
        for dossier_id, count in self.ledger.moved():
            yield Finding("snapshot.moved", "warning", values={"volume": dossier_id, "count": str(count)})

    def _numbered(self, shelf: Shelf) -> tuple[str, int]:
        shelf_id = volumes.shelf_id(self.system, shelf)
        return shelf_id, self.ledger.number(shelf, shelf_id, self.held.last_on(shelf_id), volumes.SIZE)

    # ----------------------------------------------------------------- volumes

    def _keep(self, shelf: Shelf, dossier_id: str, place: tuple[str, int, int]) -> None:
        before = self.holdings.dossier(dossier_id) if self.holdings.has(dossier_id) else None
        made = [self._item(dossier_id, one) for one in self.ledger.on(dossier_id)]
        found = made + list(self._carried(before, {item.id for item in made}))
        if found or before:
            self.holdings.commit(self._volume(shelf, place, before, found))
            self.volumes.append(dossier_id)

    def _carried(self, before: Dossier | None, made: set[str]) -> Iterator[Item]:
        """What this snapshot has no more is not lost, and what stands elsewhere now stays until it is there.

        What a withdrawn take-over brought and this one does not stays withdrawn: in the earlier version.
        """
        withdrawn = bool(before) and withdrawing.is_withdrawn(before)
        for item in before.items if before else ():
            if item.id not in made:
                home = self.ledger.knows(item.extra.get(volumes.SPOT, ""))
                if home != before.id and (home or not withdrawn):
                    yield item

    def _volume(
        self, shelf: Shelf, place: tuple[str, int, int], before: Dossier | None, found: list[Item]
    ) -> Dossier:
        dossier_id = volumes.volume_id(volumes.shelf_id(self.system, shelf), place[1])
        event = self.whole.event("accession", about=dossier_id)
        made = volumes.volume(self.fonds[shelf.fonds], shelf, place, found, (event,), self.whole.id)
        last = max([volumes.last_ordinal(before), *(item.ordinal for item in found)])
        return replace(
            made, snapshot=self.facts, extra=made.extra | {volumes.LAST: str(last)} | self._noted(before)
        )

    def _noted(self, before: Dossier | None) -> dict[str, str]:
        """What acts of persons left in the volume: what was declassified; a withdrawal, while records are still to leave."""
        if not before:
            return {}
        leaves = withdrawing.is_withdrawn(before) and before.id in self.held.left()
        names = (declassification.NOTE, *((withdrawing.MARK,) if leaves else ()))
        return {name: before.extra[name] for name in names if name in before.extra}

    def _clear(self, dossier_id: str) -> None:
        """A record that stands in another volume now leaves the one where it stood."""
        held = self.holdings.dossier(dossier_id)
        kept = tuple(
            item
            for item in held.items
            if self.ledger.knows(item.extra.get(volumes.SPOT, "")) in ("", dossier_id)
        )
        extra = held.extra | {"snapshot": self.whole.id}  # the snapshot before it keeps its figures
        left = replace(held, items=kept, extra=extra)
        self.holdings.commit(withdrawing.restored(left) if dossier_id in self.volumes else left)

    # ----------------------------------------------------------------- records

    def _item(self, dossier_id: str, place: Place) -> Item:
        draft, attached = self._draft(place)
        level = "closed" if self.shelving.is_unknown(draft.unit) else "open"
        made = items.item_of(
            place.item or ids.item_id(dossier_id, place.ordinal), place.ordinal, draft,
            self.attachments.described(attached), self.whole.id, self.whole.handed.code, level, place.lifted,
        )  # fmt: skip
        before = self._before(place)
        self.shut += made.level == "closed" and bool(before and before.access == before.level == "open")
        made = with_persons_words(made, before)
        said = {
            volumes.SPOT: place.spot,
            volumes.MOVES: str(place.moves or ""),
            declassification.GRADE: place.lifted,
        }
        self.tally += counts_of(made)
        self.digests.update(file.sha256 for file in made.files)
        self.progress.step()
        return replace(made, extra=made.extra | {name: one for name, one in said.items() if one})

    def _before(self, place: Place) -> Item | None:
        """The record as it is held, in whatever volume; the volume opened last is remembered."""
        home = self.held.volume_of(place.spot) if place.item else ""
        if not home:
            return None
        if self._opened[0] != home:
            self._opened = (home, {item.id: item for item in self.holdings.dossier(home).items})
        return self._opened[1].get(place.item)

    def _draft(self, place: Place) -> tuple[Draft, Attached]:
        """The record, with its attachments as far as they are known to be secret."""
        records = self.shelving.mapping.records[place.block]
        draft = self.shelving.reader.draft(records, self.shelving.staging.row(records.table, place.row))
        attached = self.attachments.of(draft)
        return draft, [(claim, replace(one, grade=self.closing.grade(one.sha256))) for claim, one in attached]
