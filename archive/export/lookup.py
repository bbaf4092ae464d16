"""Taking documents out in bulk: the part of the reader that plans an export and gives its pieces.

Only grants whose role may export count (roles.toml). Every document is decided anew when its turn comes, so that a
restriction works at once. `begin_export` puts on record what leaves, to whom and why, before anything does; the
pieces are to be had from what it returns alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from archive import ids, wording
from archive.audit.entry import Entry
from archive.copies.searchable import pdf_chunks
from archive.errors import IntegrityError, NotFound, UsageError, Withheld
from archive.export.plan import Plan, Planned, Refusal
from archive.export.selection import Selection, in_order
from archive.holdings.originals import Original
from archive.lookup.gate import Seen
from archive.lookup.pages import PageLookup
from archive.model import FACETS, Dossier, Item, ItemRow, SourceFile
from archive.publishing import projection
from archive.rights import covering
from archive.rights.access import Actor, held, roles

AT_ONCE = 500
"""Entries of the access log, dossiers of a fonds, asked for or written at a time."""


@dataclass(frozen=True)
class Given:
    """A document as the actor may take it: `files` in order, each with what gives its bytes or why it is kept back."""

    item: Item
    row: ItemRow
    files: tuple[tuple[SourceFile, Original | str], ...]
    copy: Callable[[str], Iterator[bytes]] | None
    """The access copy, stamped with a line of text where one is given; None for a document without pages."""


@dataclass(frozen=True)
class Leaving:
    """An export that is on record as entry `number` of the log: what it gives may leave."""

    number: int
    generation: str
    dossier: Callable[[str], Dossier]
    """A dossier as the actor may see it, whole. Raises NotFound."""
    document: Callable[[str], Given]
    """Raises NotFound, also for what was closed meanwhile."""


class ExportLookup(PageLookup):
    """The part of the reader that plans exports and gives what they hold."""

    def as_exporter(self, actor: Actor | None) -> Actor:
        """The actor with those grants only by which documents may be taken out. Raises Withheld without any."""
        grants = tuple(one for one in held(actor, self._today()) if roles()[one.role].export)
        if not grants:
            raise Withheld("export.no_right")
        return replace(actor, grants=grants)

    # ----------------------------------------------------------------- the plan

    def plan_export(
        self,
        actor: Actor | None,
        asked: Selection,
        most: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> Plan:
        """What an export of this would hold; on record. Raises Withheld, NotFound when there is nothing to be had,
        UsageError for more than `most` documents (0: any number)."""
        actor = self.as_exporter(actor)
        chosen, missing = self._chosen(actor, asked)
        if not chosen:
            raise NotFound("export.nothing")
        if most and len(chosen) > most:
            raise UsageError("export.too_many", count=len(chosen), most=most)
        documents, refusals = [], list(missing)
        for done, item_id in enumerate(chosen):
            planned, refused = self._planned(actor, item_id)
            documents += [planned] if planned else []
            refusals += refused
            if progress:
                progress(done + 1, len(chosen))
        documents.sort(key=lambda one: one.dossier)
        plan = Plan(asked, tuple(documents), tuple(refusals))
        self._record(actor, "export-plan", asked.value, kind=asked.kind, **plan.counts)
        return plan

    def _chosen(self, actor: Actor, asked: Selection) -> tuple[list[str], list[Refusal]]:
        """(ids of documents in scope, what a list names in vain)."""
        scope = self._scope(actor)
        if not scope:
            return [], []
        if asked.kind == "query":
            return self._results(actor, asked), []
        if asked.kind == "fonds":
            return in_order(
                [one for dossier in self._dossiers(actor, asked.value) for one in self._rows(actor, dossier)]
            ), []
        named = asked.ids if asked.kind == "list" else (asked.value,)
        found: list[str] = []
        missing: list[Refusal] = []
        for one in named:
            met = self._named(actor, one)
            found += met
            missing += [] if met else [Refusal(one, "document", "export.refused.missing")]
        return in_order(found), missing if asked.kind == "list" else []

    def _results(self, actor: Actor, asked: Selection) -> list[str]:
        """Ids of all documents that meet the query as typed; none where only something close is met."""
        query, scope = self._parsed(asked.value), self._scope(actor)
        filters = {name: frozenset(values) for name, values in asked.filters if name in FACETS}
        total = self._index.search(query, scope, filters=filters, limit=1)
        if total.relaxed or not total.total:
            return []
        met = self._index.search(query, scope, filters=filters, limit=total.total)
        rows = self._catalogue.rows([item_id for item_id, _ in met.hits], scope)
        return in_order(list(rows))

    def _dossiers(self, actor: Actor, code: str) -> Iterator[str]:
        scope, offset = self._scope(actor), 0
        while rows := self._catalogue.dossiers(code, scope, offset, AT_ONCE)[1]:
            yield from (row.id for row in rows)
            offset += len(rows)

    def _rows(self, actor: Actor, dossier_id: str) -> list[str]:
        try:
            return [row.id for row in self._catalogue.dossier_rows(dossier_id, self._scope(actor))]
        except NotFound:
            return []

    def _named(self, actor: Actor, name: str) -> list[str]:
        if not ids.is_item_id(name):
            return self._rows(actor, name)
        return list(self._catalogue.rows([name], self._scope(actor)))

    def _planned(self, actor: Actor, item_id: str) -> tuple[Planned | None, list[Refusal]]:
        given = self._given(actor, item_id)
        if given.row.access != "open":
            return None, [Refusal(item_id, "document", "export.refused.quarantined")]
        kept = tuple(file for file, found in given.files if not isinstance(found, str))
        refused = [
            Refusal(item_id, "original", why, file.name) for file, why in given.files if isinstance(why, str)
        ]
        size = sum(self._renditions.image_size(page.rendition) for page in given.item.pages)
        title = " · ".join(filter(None, [given.row.code, wording.full_title(given.row)]))
        return Planned(item_id, kept, size if given.copy else None, title, given.row.dossier_id), refused

    # ----------------------------------------------------------------- what leaves

    def begin_export(self, actor: Actor | None, plan: Plan, name: str) -> Leaving:
        """Put on record what leaves: the export by its `name`, and every document of it with why it may.

        Raises Withheld, AuditUnavailable: then nothing leaves.
        """
        actor = self.as_exporter(actor)
        about = {"export": name, "kind": plan.selection.kind, **plan.counts}
        whole = self._export_entry(actor, plan.selection.value, "access.role_exports", "", about)
        each = (entry for record in plan.records if (entry := self._leaving(actor, record, name)))
        number = self._log.record(whole)
        batch: list[Entry] = []
        for entry in each:
            batch.append(entry)
            if len(batch) == AT_ONCE:
                self._log.record(*batch)
                batch = []
        if batch:
            self._log.record(*batch)
        return Leaving(
            number,
            self.generation,
            lambda dossier_id: self._given_dossier(actor, dossier_id),
            lambda item_id: self._given(actor, item_id),
        )

    def _leaving(self, actor: Actor, item_id: str, name: str) -> Entry | None:
        row = self._catalogue.rows([item_id], self._scope(actor)).get(item_id)
        if row is None:  # closed since it was planned: it will not leave
            return None
        why = self._why(actor, row, item_id).reason.code
        return self._export_entry(actor, item_id, why, row.unit_code, {"export": name})

    def _export_entry(
        self, actor: Actor, record: str, why: str, unit: str, detail: dict[str, object]
    ) -> Entry:
        who = {"session": actor.session, "address": actor.address, "generation": self.generation}
        account = {"account": actor.name} if actor.by else {}
        return Entry(
            "export", actor.by or actor.name, record, why=why, unit=unit, detail=detail | account, **who
        )

    def _given(self, actor: Actor, item_id: str) -> Given:
        seen = self._see(actor, item_id)
        shown = covering.item(seen.item) if seen.sight.covered else seen.item
        row = covering.row(seen.row) if seen.sight.covered else seen.row
        files = tuple(
            (file, self._giving(seen, original))
            for file, original in zip(shown.files, seen.item.files, strict=True)
        )
        copy = (lambda stamped: pdf_chunks(self._copied_pages(seen), stamped)) if seen.item.pages else None
        return Given(shown, row, files, copy)

    def _giving(self, seen: Seen, file: SourceFile) -> Original | str:
        """What gives a file's bytes, or the reason why it is kept back. Its bytes are not read yet."""
        try:
            if self._keeps_files_back(seen):
                return "export.refused.personal"
            return self._found_original(seen, file)
        except (IntegrityError, NotFound):
            return "export.refused.damaged"

    def _given_dossier(self, actor: Actor, dossier_id: str) -> Dossier:
        scope = self._required_scope(actor)
        dossier = self._catalogue.dossier(dossier_id, scope)
        if scope.personal(projection.terms(dossier)) == "clear":
            return dossier
        return covering.dossier(dossier)
