"""HoldingsReader: everything a user may look at. Every method takes an Actor.

Hidden and missing are the same NotFound. An actor whose scope is empty finds nothing and no engine is asked. What is
shown is on record first: a method that gives content away records who got what and why, or raises AuditUnavailable.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache

from archive import ids, queries
from archive.errors import IntegrityError, KhoError, NotFound, UsageError, Withheld
from archive.holdings import originals
from archive.holdings.originals import Original
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.lookup import highlight, hits
from archive.lookup.gate import Rules, Seen
from archive.lookup.legacy import LegacyLookup
from archive.lookup.page_image import PageImage
from archive.lookup.views import (
    DossierView,
    FondsView,
    Heir,
    Inheritance,
    ItemView,
    Meant,
    Overview,
    PageView,
    UnitView,
)
from archive.model import (
    FACETS,
    Fonds,
    Hit,
    Item,
    ItemRow,
    PageReading,
    ResultPage,
    SortOrder,
)
from archive.ports import AuditSink, CatalogueReader, FondsSummary, IndexReader
from archive.publishing import projection
from archive.publishing.searchable import searchable_pdf
from archive.queries import Query
from archive.rights import covering, heirs
from archive.rights.access import Actor, Scope, rights
from archive.rights.personal import covered, covered_words
from archive.text import clean
from archive.units import unit_search
from archive.units.succession import Assignment, Register

MAX_PAGE_SIZE = 100
SHORTEST_PURPOSE = 5
SAMPLED = 3
"""Newest dossiers, and documents of each, that queries to try are made from."""
LAST_TOLD = 10**9
"""Number of a page of results beyond which the access log no longer tells pages apart."""


_UNREADABLE = (KhoError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zlib.error)


@contextlib.contextmanager
def _sound(code: str, **values: object) -> Iterator[None]:
    """Where access is granted, whatever cannot be read is damage: IntegrityError, never NotFound."""
    try:
        yield
    except _UNREADABLE as error:
        raise IntegrityError(code, **values) from error


class HoldingsReader(LegacyLookup):
    """Reads one sealed generation together with the holdings and renditions it was made from."""

    def __init__(
        self,
        catalogue: CatalogueReader,
        index: IndexReader,
        renditions: Renditions,
        holdings: Holdings,
        today: Callable[[], date],
        rules: Callable[[], Rules],
        log: AuditSink,
        generation: str = "",
    ) -> None:
        super().__init__(catalogue, today, rules, log, generation)
        self._index = index
        self._renditions = renditions
        self._holdings = holdings
        self._units = frozenset(record.unit for record in self._classes)
        self._fonds = lru_cache(maxsize=100)(catalogue.fonds)
        self._recent = lru_cache(maxsize=100)(catalogue.recent)
        self._samples = lru_cache(maxsize=100)(self._some_items)
        self._registers = lru_cache(maxsize=500)(catalogue.registers)
        self._heirs = lru_cache(maxsize=2000)(heirs.heirs)

    # ----------------------------------------------------------------- search

    def search(
        self,
        actor: Actor | None,
        text: str,
        *,
        filters: Mapping[str, Sequence[str]] | None = None,
        sort: SortOrder = "relevance",
        page: int = 1,
        size: int = 20,
    ) -> ResultPage:
        """One page of results. An empty query lists everything in scope. Raises QueryError."""
        query = self._parsed(text)
        size = max(1, min(size, MAX_PAGE_SIZE))
        page = max(1, page)
        scope = self._scope(actor)
        if not scope:
            if actor:
                self._record(actor, "search", text)
            return ResultPage(0, page, size, (), {})
        chosen = {
            name: frozenset(values) for name, values in (filters or {}).items() if name in FACETS and values
        }
        found = self._index.search(
            query, scope, filters=chosen, sort=sort, offset=(page - 1) * size, limit=size, facets=FACETS
        )
        suggestions = tuple(text for field in query.unknown for text in field.mended)
        if (found.relaxed or not found.total) and not (query.is_empty or query.unknown):
            suggestions = tuple(self._index.suggest(query, scope, filters=chosen))
        shown = self._hits(found.hits, query, scope)
        self._record(
            actor,
            "search",
            text,
            filters=[f"{name}={value}" for name in sorted(chosen) for value in sorted(chosen[name])],
            total=found.total,
            page=min(page, LAST_TOLD),
            shown=[hit.row.id for hit in shown],
        )
        together = self._together(query, scope, chosen) if page == 1 and found.total > 1 else 0
        some = 0 < together < found.total
        return ResultPage(
            found.total,
            page,
            size,
            shown,
            found.facets,
            suggestions,
            hits.notices(query, found),
            query.as_phrase if some else "",
            together if some else 0,
        )

    def _together(self, query: Query, scope: Scope, filters: Mapping[str, frozenset[str]]) -> int:
        """How many documents hold the words of a plain query side by side."""
        if not query.as_phrase:
            return 0
        found = self._index.search(queries.parse(query.as_phrase), scope, filters=filters, limit=0)
        return 0 if found.relaxed else found.total

    def _parsed(self, text: str) -> Query:
        """The query, with the units it names known by the register."""
        rules, today = self._rules(), self._today()
        return unit_search.resolved(
            queries.parse(text), rules.register, lambda grants: self._scopes(grants, today, rules)
        )

    def units_meant(self, actor: Actor | None, text: str, most: int = 3) -> tuple[Meant, ...]:
        """The units whose name is all that was typed, those only that left or inherited something in scope."""
        name, scope = unit_search.whole_name(queries.parse(text)), self._scope(actor)
        if not (name and scope):
            return ()
        found = []
        for unit in unit_search.named(self.register, name):
            asked = unit_search.asked_for(self.register, unit)
            query = self._parsed(asked)
            held = any(clause.terms or self._units.intersection(clause.units) for clause in query.clauses)
            total = self._index.search(query, scope, filters={}, limit=0).total if held else 0
            found += [Meant(unit, asked, total)] if total else []
            if len(found) == most:
                break
        return tuple(found)

    def _hits(self, scored: Sequence[tuple[str, float]], query: Query, scope: Scope) -> tuple[Hit, ...]:
        """Hits with rows and snippets; each is decided again by the catalogue's own scope clause."""
        item_ids = [item_id for item_id, _ in scored]
        rows, pages = self._catalogue.rows(item_ids, scope), self._catalogue.page_texts(item_ids, scope)
        found = (
            hits.hit(rows[item_id], score, pages[item_id], query, scope)
            for item_id, score in scored
            if item_id in rows
        )
        return tuple(self._or_in_record(hit, query, scope) for hit in found)

    def hit_pages(self, actor: Actor | None, item_id: str, text: str) -> list[int]:
        """Numbers of the item's pages that hold words of the query."""
        query, seen = self._parsed(text), self._see(actor, item_id)
        pages = self._catalogue.page_texts([item_id], self._required_scope(actor))[item_id]
        shown = (covered(page.text) if seen.sight.covered else page.text for page in pages)
        return [number for number, page in enumerate(shown, 1) if highlight.marks(page, query)]

    # ----------------------------------------------------------------- records

    def item(self, actor: Actor | None, item_id: str) -> ItemView:
        seen, scope = self._see(actor, item_id), self._required_scope(actor)
        dossier = replace(self._catalogue.dossier(ids.dossier_of(item_id), scope), items=())
        siblings = tuple(
            self._shown_row(row, scope) for row in self._catalogue.dossier_rows(dossier.id, scope)
        )
        item, row = seen.item, replace(seen.row, title=clean(seen.item.title))
        if seen.sight.covered:
            item, row, dossier = covering.item(item), covering.row(seen.row), covering.dossier(dossier)
        self._record_look(actor, "view", seen)
        ties = self._ties(actor, seen, scope)
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

    def page(self, actor: Actor | None, item_id: str, number: int, text: str = "") -> PageView:
        """Page `number` (from 1) with the boxes of the query's words. Raises IntegrityError when damaged."""
        seen = self._see(actor, item_id)
        reading = self._reading(seen, number)
        query = self._parsed(text)
        sought = () if query.is_empty else highlight.matching_words(reading.words, query)
        self._record_look(actor, "page", seen, page=number)
        return PageView(number, reading, tuple(reading.words[index].box for index in sought))

    def _reading(self, seen: Seen, number: int) -> PageReading:
        """The reading as the actor may see it."""
        rendition = _rendition(seen.item, number)
        with _sound("error.damaged_page", item=seen.item.id, page=number):
            reading = self._renditions.reading(rendition)
        return covering.reading(reading, covering.known(seen.item)) if seen.sight.covered else reading

    def page_image(self, actor: Actor | None, item_id: str, number: int) -> PageImage:
        """The upright page. Raises IntegrityError when it is missing or damaged."""
        seen = self._see(actor, item_id)
        image = self._image(seen, number)
        self._record_look(actor, "image", seen, page=number)
        return image

    def _image(self, seen: Seen, number: int) -> PageImage:
        rendition = _rendition(seen.item, number)
        with _sound("error.damaged_page", item=seen.item.id, page=number):
            path = self._renditions.image_path(rendition)
            reading = self._renditions.reading(rendition) if seen.sight.covered else None
        known = covering.known(seen.item)
        texts = (reading.words, reading.stamps) if reading else ()
        return PageImage(path, tuple(box for words in texts for box in covered_words(words, known)[1]))

    def original(self, actor: Actor | None, item_id: str, index: int) -> Original:
        """Original file `index` (from 0) of an item. Raises IntegrityError rather than serve damaged bytes.

        Raises Withheld where it would show personal numbers that are covered for the actor.
        """
        seen = self._see(actor, item_id)
        if not 0 <= index < len(seen.item.files):
            raise NotFound()
        if seen.sight.keeps_files_back or (seen.sight.covered and self._stamped(seen.item)):
            raise Withheld("access.on_purpose" if seen.sight.on_purpose else "access.personal", item=item_id)
        file = seen.item.files[index]
        with _sound("error.damaged_original", item=item_id):
            found = originals.original(self._holdings, ids.dossier_of(item_id), file)
            found.require_sound()
        self._record_item(actor, "original", seen.row, file=file.name, sha256=file.sha256)
        return found

    def _stamped(self, item: Item) -> bool:
        """Is there a personal number in a stamp? Stamps are in no text of the catalogue."""
        with _sound("error.damaged_original", item=item.id):
            return any(
                covered_words(self._renditions.reading(page.rendition).stamps)[1] for page in item.pages
            )

    def searchable_pdf(self, actor: Actor | None, item_id: str) -> bytes:
        """Access copy of a document: its page images with the words as invisible text. NotFound without pages."""
        seen = self._see(actor, item_id)
        if not seen.item.pages:
            raise NotFound()
        numbers = range(1, len(seen.item.pages) + 1)
        self._record_item(actor, "pdf", seen.row)
        return searchable_pdf(
            (self._image(seen, number).jpeg(), self._reading(seen, number)) for number in numbers
        )

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

    # ----------------------------------------------------------------- collections

    def _summaries(self, actor: Actor | None) -> list[FondsSummary]:
        scope = self._scope(actor)
        return list(self._fonds(scope)) if scope else []

    def fonds(self, actor: Actor | None) -> list[FondsSummary]:
        """The fonds that the actor may read something of."""
        found = self._summaries(actor)
        if found:
            self._record(actor, "list", "")
        return found

    def fonds_page(self, actor: Actor | None, code: str, page: int = 1, size: int = 50) -> FondsView:
        scope = self._required_scope(actor)
        summaries = tuple(entry for entry in self._fonds(scope) if entry.fonds.code == code)
        if not summaries:
            raise NotFound()
        total, rows = self._catalogue.dossiers(code, scope, (max(1, page) - 1) * size, size)
        self._record(actor, "list", code, unit=summaries[0].fonds.unit.code, page=page)
        registers = tuple(self._registers(code, scope))
        return FondsView(summaries, total, tuple(map(covering.dossier_row, rows)), registers)

    def overview(self, actor: Actor | None) -> Overview:
        scope = self._scope(actor)
        if not scope:
            return Overview((), ())
        recent = tuple(map(covering.dossier_row, self._recent(scope)))
        samples = tuple(self._samples(scope))
        self._record(actor, "overview", "", shown=[row.id for row in (*recent, *samples)])
        return Overview(tuple(self._fonds(scope)), recent, samples)

    def _some_items(self, scope: Scope) -> list[Item]:
        """A few documents of the newest dossiers, with every personal number covered."""
        dossiers = [self._catalogue.dossier(row.id, scope) for row in self._recent(scope)[:SAMPLED]]
        return [
            item
            for dossier in dossiers
            for item in [item for item in covering.dossier(dossier).items if item.access == "open"][:SAMPLED]
        ]

    def years(self, actor: Actor | None) -> tuple[str, str] | None:
        """The first and the last year of what the actor may read; None when nothing is dated."""
        return Overview(tuple(self._summaries(actor)), ()).years

    def labels(self, actor: Actor | None) -> dict[str, dict[str, str]]:
        """Names for the codes that facets carry: {"fonds": {code: title}, "unit": {code: name}}."""
        summaries = self._summaries(actor)
        return {
            "fonds": {entry.fonds.code: entry.fonds.title for entry in summaries},
            "unit": {entry.fonds.unit.code: entry.fonds.unit.name for entry in summaries},
        }

    # ----------------------------------------------------------------- units

    @property
    def register(self) -> Register:
        """Units and what became of them: public facts, without any record."""
        return self._rules().register

    def heirs(self, fonds_code: str, unit_code: str, dossier_id: str = "") -> tuple[Heir, ...]:
        """Who has the records of a unit's fonds (or of one dossier of it) now: by hand-over, else by succession.

        None while nothing was handed over and the unit goes on itself.
        """
        register, today = self.register, self._today()
        key = None
        if dossier_id and any(not row.part.whole for row in register.assignments_of(fonds_code, today)):
            key = next((key for key in self._dossier_keys(fonds_code) if key.id == dossier_id), None)
        return self._heirs(register, fonds_code, unit_code, today, key)

    def unit(self, actor: Actor | None, code: str) -> UnitView:
        """A unit with what the actor may read of it. NotFound when neither the register nor the scope knows it."""
        every = self._summaries(actor)
        own = tuple(entry for entry in every if entry.fonds.unit.code == code)
        registered = self.register.unit(code) if actor else None
        if not own and registered is None:
            raise NotFound()
        inherited = tuple(entry for entry in every if entry not in own and self._went_to(entry.fonds, code))
        if own or inherited:
            self._record(actor, "unit", code, unit=code)
        return UnitView(code, registered, own, inherited, self.handed_over(actor, code))

    def handed_over(self, actor: Actor | None, code: str) -> tuple[Assignment, ...]:
        """The hand-overs that hold today of those fonds of a unit that the actor may read something of."""
        codes = dict.fromkeys(one.fonds.code for one in self._summaries(actor) if one.fonds.unit.code == code)
        return tuple(row for fonds in codes for row in self.register.assignments_of(fonds, self._today()))

    def _went_to(self, fonds: Fonds, unit: str) -> bool:
        return any(heir.unit.id == unit for heir in self.heirs(fonds.code, fonds.unit.code))

    def inheritance(self, actor: Actor | None) -> list[Inheritance]:
        """For each grant that holds today: the units whose records come to it, how, and what can be read of them."""
        by_unit: dict[str, list[FondsSummary]] = {}
        for summary in self._summaries(actor):
            by_unit.setdefault(summary.fonds.unit.code, []).append(summary)
        found = [
            inherited
            for right in rights(actor, self._today(), self.register)
            for inherited in heirs.inherited(right, by_unit, self.register)
        ]
        if by_unit:
            self._record(actor, "inheritance", "")
        return found


def _rendition(item: Item, number: int) -> str:
    if not 1 <= number <= len(item.pages):
        raise NotFound()
    return item.pages[number - 1].rendition
