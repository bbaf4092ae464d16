"""What an account may take out of the archive in bulk: whole records with their bytes, on record before the first one leaves.

Only grants of roles that may export count (roles.toml). Hidden documents are not there, quarantined ones are their neutral
line without any event, and a document whose personal numbers are covered for the account is left out and named: nothing leaves in part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from archive.copies.searchable import pdf_chunks
from archive.errors import Withheld
from archive.export.lookup import ExportLookup
from archive.holdings.originals import Original
from archive.holdings.renditions import pack_text
from archive.lookup.gate import Seen
from archive.lookup.pages import sound
from archive.lookup.records import RecordLookup
from archive.model import Dossier, Item, PageReading, SourceFile
from archive.processing import Link
from archive.publishing import projection
from archive.rights import covering
from archive.rights.access import Actor, Scope

STAYS = ("sheets", "declassified", "withdrawn", "planned.", "last_ordinal")
"""Beginnings of what an archive notes in a dossier's `extra` for its own bookkeeping; catalogue sheets tell of other
documents too, the last ordinal ever given of those that are hidden. It means nothing elsewhere."""


@dataclass(frozen=True)
class Takeable:
    """What of a dossier may leave: its items are whole. `withheld` are ids of documents left behind for their numbers."""

    actor: Actor
    dossier: Dossier
    withheld: tuple[str, ...] = ()


class TakingLookup(ExportLookup, RecordLookup):
    """The part of the reader that lets whole records out. Every byte is checked before it leaves, every right asked again."""

    def takeable(self, actor: Actor | None, dossier_id: str, purpose: str = "") -> Takeable:
        """What the actor may take of a dossier; with a `purpose`, also what may be seen for one: that is put on record.

        Raises NotFound, and Withheld when nothing may be taken or the dossier is a snapshot, which holds secret records too.
        """
        actor = self.as_exporter(actor)
        with self._refused(actor, dossier_id):
            scope = self._required_scope(actor)
            dossier = self._catalogue.dossier(dossier_id, scope)
        if dossier.kind == "snapshot":
            raise Withheld("taking.snapshot", id=dossier_id)
        why = self._explained(actor, projection.record_class(dossier), dossier_id, "")
        self._record(actor, "dossier", dossier_id, why=why.reason.code, unit=dossier.fonds.unit.code)
        whole: list[Item] = []
        withheld: list[Item] = []
        for item in dossier.items:
            actor, found = self._whole(actor, item, purpose)
            if found:
                whole.append(self._tied(found, scope))
            else:
                withheld.append(item)
        closed = [item for item in dossier.items if item.access != "open"]
        about = replace(projection.without(dossier, [*withheld, *closed]), items=())
        about = replace(about, extra=without_notes(about.extra))
        clear = scope.personal(projection.terms(dossier)) == "clear"
        about = about if clear else covering.dossier(about)
        return Takeable(actor, replace(about, items=tuple(whole)), tuple(item.id for item in withheld))

    def _whole(self, actor: Actor, item: Item, purpose: str) -> tuple[Actor, Item | None]:
        """The item with all that is known of it; None when it could only leave covered."""
        if item.access != "open":
            return actor, projection.neutral(item)
        seen = self._see(actor, item.id)
        if self._numbered(seen):
            if not (seen.sight.on_purpose and purpose):
                return actor, None
            self.reveal(actor, item.id, purpose)
            actor = replace(actor, revealed=actor.revealed | {item.id})
        return actor, seen.item

    def _tied(self, item: Item, scope: Scope) -> Item:
        """The item with links that lead where its taker may look; of the others stays what they say, as on the screen."""
        record = item.record
        if record is None or not record.links:
            return item
        targets = {link: self._target(link, record, scope) for link in record.links}
        rows = self._catalogue.rows([*filter(None, targets.values())], scope)
        links = tuple(link if targets[link] in rows else _untied(link) for link in record.links)
        return replace(item, record=replace(record, links=links))

    def _numbered(self, seen: Seen) -> bool:
        """Has it personal numbers that are covered for who looks?"""
        return seen.sight.covered and (seen.sight.present or self._stamped(seen.item))

    def take(self, takeable: Takeable, **detail: object) -> Taken:
        """Put on record that it leaves, and what of it; only then its bytes can be had."""
        dossier = takeable.dossier
        why = self._explained(takeable.actor, projection.record_class(dossier), dossier.id, "").reason.code
        shown = [item.id for item in dossier.items]
        unit = dossier.fonds.unit.code
        self._record(takeable.actor, "export", dossier.id, why=why, unit=unit, shown=shown, **detail)
        return Taken(lambda item_id: self._seen_whole(takeable.actor, item_id), self)

    def _seen_whole(self, actor: Actor, item_id: str) -> Seen:
        """The item, if nothing of it is to be covered now. Raises NotFound, Withheld."""
        seen = self._see(actor, item_id)
        if self._numbered(seen):
            raise Withheld("access.personal", item=item_id)
        return seen


def without_notes(extra: dict[str, str]) -> dict[str, str]:
    return {name: said for name, said in extra.items() if not name.startswith(STAYS)}


def _untied(link: Link) -> Link:
    return replace(link, item="", target="" if link.text else link.target)


class Taken:
    """The bytes of what is on record as taken. What was closed meanwhile is NotFound or Withheld from then on."""

    def __init__(self, seen: Callable[[str], Seen], reader: TakingLookup) -> None:
        self._seen, self._reader = seen, reader

    def original(self, item_id: str, file: SourceFile) -> Original:
        """A file of the item, every byte checked. Raises IntegrityError."""
        return self._reader._sound_original(self._seen(item_id), file)

    def page(self, item_id: str, number: int) -> tuple[PageReading, bytes]:
        """The reading and the upright image (JPEG) of page `number`, from 1. Raises IntegrityError."""
        seen = self._seen(item_id)
        with sound("error.damaged_page", item=item_id, page=number):
            return self._reader._reading(seen, number), self._reader._image(seen, number).jpeg()

    def text(self, item_id: str, rendition: str) -> bytes:
        """The text of one of its files without pages, packed. Raises IntegrityError."""
        self._seen(item_id)
        with sound("error.damaged_original", item=item_id):
            return pack_text(self._reader._renditions.text(rendition))

    def copy(self, item_id: str) -> Iterator[bytes]:
        """The access copy of a document with pages: PDF/A-2b. Raises IntegrityError."""
        return pdf_chunks(self._reader._copied_pages(self._seen(item_id)))
