"""Searching: a query's page of results inside the actor's scope, the units it may mean, the pages that hold its words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from archive import queries
from archive.lookup import highlight, hits
from archive.lookup.gate import Gate
from archive.lookup.views import Meant
from archive.model import FACETS, Hit, ResultPage, SortOrder
from archive.ports import IndexReader
from archive.publishing import projection, searched
from archive.queries import Query
from archive.rights import covering
from archive.rights.access import Actor, Scope
from archive.rights.personal import covered
from archive.units import unit_search

MAX_PAGE_SIZE = 100
LAST_TOLD = 10**9
"""Number of a page of results beyond which the access log no longer tells pages apart."""


class SearchLookup(Gate):
    """The part of the reader that searches. `_index` and `_units` (ids of all units with records) are the reader's."""

    _index: IndexReader
    _units: frozenset[str]

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
        some = page == 1 and 0 < found.together < found.total
        return ResultPage(
            found.total,
            page,
            size,
            shown,
            found.facets,
            suggestions,
            hits.notices(query, found),
            query.as_phrase if some else "",
            found.together if some else 0,
        )

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
            total = self._index.total(query, scope, filters={}) if held else 0
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
        pages = pages[: len(seen.item.pages)]
        shown = (covered(page.text) if seen.sight.covered else page.text for page in pages)
        return [number for number, page in enumerate(shown, 1) if highlight.marks(page, query)]

    def _or_in_record(self, hit: Hit, query: Query, scope: Scope) -> Hit:
        """The hit; where none of its pages shows a word of the query, with what its system knew that does."""
        marked = any(snippet.marks for snippet in hit.snippets)
        if marked or hit.row.access != "open" or not query.highlights:
            return hit
        item = self._catalogue.item(hit.row.id, scope)
        said = searched.words(item.record).replace("\n", " · ")
        if scope.personal(projection.row_terms(hit.row)) != "clear":
            said = covered(said, covering.known(item))
        spans = highlight.marks(said, query)
        return replace(hit, snippets=(highlight.cut(said, spans, page=0),)) if spans else hit
