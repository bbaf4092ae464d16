"""One record and one dossier as the actor may see them, why, and the stated purpose that uncovers personal numbers."""

from __future__ import annotations

from dataclasses import replace

from archive.errors import UsageError, Withheld
from archive.lookup.ties import TiesLookup
from archive.lookup.views import DossierView, ItemView
from archive.model import ItemRow
from archive.publishing import projection
from archive.rights import covering
from archive.rights.access import Actor, Scope
from archive.text import clean

SHORTEST_PURPOSE = 5


class RecordLookup(TiesLookup):
    """The part of the reader that opens records and dossiers."""

    def item(self, actor: Actor | None, item_id: str) -> ItemView:
        seen, scope = self._see(actor, item_id), self._required_scope(actor)
        dossier = replace(self._catalogue.dossier(seen.row.dossier_id, scope), items=())
        siblings = tuple(
            self._shown_row(row, scope) for row in self._catalogue.dossier_rows(dossier.id, scope)
        )
        item, row = seen.item, replace(seen.row, title=clean(seen.item.title))
        if seen.sight.covered:
            item, row, dossier = covering.item(item), covering.row(seen.row), covering.dossier(dossier)
        ties = self._ties(actor, seen, scope)
        others = tuple(sorted({act.item for act in ties.line} - {item_id})) if ties else ()
        self._record_look(actor, "view", seen, shown=others)
        return ItemView(item, row, dossier, siblings, self._why(actor, row, item_id), seen.sight, ties)

    def _shown_row(self, row: ItemRow, scope: Scope) -> ItemRow:
        """A register line: in lists personal numbers are covered even where they may be seen on purpose."""
        return row if scope.personal(projection.row_terms(row)) == "clear" else covering.row(row)

    def dossier(self, actor: Actor | None, dossier_id: str) -> DossierView:
        with self._refused(actor, dossier_id):
            scope = self._required_scope(actor)
            dossier = self._catalogue.dossier(dossier_id, scope)
        rows = tuple(self._shown_row(row, scope) for row in self._catalogue.dossier_rows(dossier_id, scope))
        why = self._explained(actor, projection.record_class(dossier), dossier_id, "")
        self._record(actor, "dossier", dossier_id, why=why.reason.code, unit=dossier.fonds.unit.code)
        if scope.personal(projection.terms(dossier)) != "clear":
            dossier = covering.dossier(dossier)
        return DossierView(dossier, rows, why)

    def reveal(self, actor: Actor | None, item_id: str, purpose: str) -> None:
        """Put on record that the actor is shown an item's personal numbers, and what for.

        Raises NotFound, UsageError without a purpose, Withheld when the actor's role never sees them.
        """
        seen = self._see(actor, item_id)
        if not seen.sight.on_purpose:
            raise Withheld("access.personal", item=item_id)
        if len(purpose.split()) < 2 or len(purpose.strip()) < SHORTEST_PURPOSE:
            raise UsageError("access.purpose_missing")
        self._record_item(actor, "reveal", seen.row, purpose=purpose.strip())
