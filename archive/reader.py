"""HoldingsReader: everything a user may look at. Every method takes an Actor.

Hidden and missing are the same NotFound. An actor whose scope is empty finds nothing and no engine is asked.
"""

from __future__ import annotations

import contextlib
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from archive import highlight, ids, queries
from archive.access import NOTHING, Actor, Decision, Scope, decide, scope_of
from archive.errors import IntegrityError, KhoError, NotFound
from archive.holdings import Holdings
from archive.model import (
    FACETS,
    Box,
    Dossier,
    Hit,
    IndexHits,
    Item,
    ItemRow,
    Notice,
    PageReading,
    ResultPage,
    Snippet,
    SortOrder,
    SourceFile,
    Unit,
)
from archive.ports import CatalogueReader, DossierRow, FondsSummary, IndexReader, PageText
from archive.queries import Query
from archive.renditions import Renditions
from archive.searchable import searchable_pdf

MAX_PAGE_SIZE = 100


@dataclass(frozen=True)
class Overview:
    """What an account may search, for one plain sentence."""

    fonds: tuple[FondsSummary, ...]
    recent: tuple[DossierRow, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple({summary.fonds.unit.code: summary.fonds.unit for summary in self.fonds}.values())

    @property
    def items(self) -> int:
        return sum(summary.items for summary in self.fonds)

    @property
    def pages(self) -> int:
        return sum(summary.pages for summary in self.fonds)

    @property
    def years(self) -> tuple[str, str] | None:
        spans = [summary.years for summary in self.fonds if summary.years]
        return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


@dataclass(frozen=True)
class ItemView:
    """One document with its place in the dossier. `siblings` are the dossier's register lines."""

    item: Item
    row: ItemRow
    dossier: Dossier
    siblings: tuple[ItemRow, ...]
    decision: Decision

    @property
    def position(self) -> int:
        """Place in the dossier, from 1."""
        return [row.id for row in self.siblings].index(self.item.id) + 1

    @property
    def previous(self) -> ItemRow | None:
        return self.siblings[self.position - 2] if self.position > 1 else None

    @property
    def next(self) -> ItemRow | None:
        return self.siblings[self.position] if self.position < len(self.siblings) else None


@dataclass(frozen=True)
class PageView:
    """One page: its reading and the boxes of the query's words, in page pixels."""

    number: int
    reading: PageReading
    hits: tuple[Box, ...]


@dataclass(frozen=True)
class DossierView:
    dossier: Dossier
    rows: tuple[ItemRow, ...]
    decision: Decision


@dataclass(frozen=True)
class FondsView:
    """A fonds code; several units may share it. `summaries`: one for each unit that may be seen, at least one."""

    summaries: tuple[FondsSummary, ...]
    total: int
    dossiers: tuple[DossierRow, ...]

    @property
    def whole(self) -> Overview:
        """The counts of all its units together."""
        return Overview(self.summaries, ())


@dataclass(frozen=True)
class UnitView:
    unit: Unit
    fonds: tuple[FondsSummary, ...]


_UNREADABLE = (KhoError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zlib.error)


@contextlib.contextmanager
def _sound(code: str, **values: object) -> Iterator[None]:
    """Where access is granted, whatever cannot be read is damage: IntegrityError, never NotFound."""
    try:
        yield
    except _UNREADABLE as error:
        raise IntegrityError(code, **values) from error


class HoldingsReader:
    """Reads one sealed generation together with the holdings and renditions it was made from."""

    def __init__(
        self,
        catalogue: CatalogueReader,
        index: IndexReader,
        renditions: Renditions,
        holdings: Holdings,
        today: Callable[[], date],
        generation: str = "",
    ) -> None:
        self._catalogue = catalogue
        self._index = index
        self._renditions = renditions
        self._holdings = holdings
        self._today = today
        self.generation = generation

    def _scope(self, actor: Actor | None) -> Scope:
        return scope_of(actor, self._today())

    def _required_scope(self, actor: Actor | None) -> Scope:
        """The actor's scope; NotFound when it is empty, so that nobody learns what exists."""
        scope = self._scope(actor)
        if not scope:
            raise NotFound()
        return scope

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
        query = queries.parse(text)
        size = max(1, min(size, MAX_PAGE_SIZE))
        page = max(1, page)
        scope = self._scope(actor)
        if not scope:
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
        hits = self._hits(found.hits, query, scope)
        return ResultPage(found.total, page, size, hits, found.facets, suggestions, _notices(query, found))

    def _hits(self, scored: Sequence[tuple[str, float]], query: Query, scope: Scope) -> tuple[Hit, ...]:
        """Hits with rows and snippets; each is decided again by the catalogue's own scope clause."""
        item_ids = [item_id for item_id, _ in scored]
        rows, texts = self._catalogue.rows(item_ids, scope), self._catalogue.page_texts(item_ids, scope)
        return tuple(
            Hit(rows[item_id], score, *_snippets(texts[item_id], query))
            for item_id, score in scored
            if item_id in rows
        )

    def hit_pages(self, actor: Actor | None, item_id: str, text: str) -> list[int]:
        """Numbers of the item's pages that hold words of the query."""
        query = queries.parse(text)
        texts = self._catalogue.page_texts([item_id], self._required_scope(actor))
        if item_id not in texts:
            raise NotFound()
        return [number for number, page in enumerate(texts[item_id], 1) if highlight.marks(page.text, query)]

    # ----------------------------------------------------------------- records

    def item(self, actor: Actor | None, item_id: str) -> ItemView:
        scope = self._required_scope(actor)
        item = self._catalogue.item(item_id, scope)
        dossier = self._catalogue.dossier(ids.dossier_of(item_id), scope)
        siblings = tuple(self._catalogue.dossier_rows(dossier.id, scope))
        row = next(row for row in siblings if row.id == item_id)
        return ItemView(item, row, dossier, siblings, decide(scope, dossier.fonds.unit.code))

    def dossier(self, actor: Actor | None, dossier_id: str) -> DossierView:
        scope = self._required_scope(actor)
        dossier = self._catalogue.dossier(dossier_id, scope)
        rows = tuple(self._catalogue.dossier_rows(dossier_id, scope))
        return DossierView(dossier, rows, decide(scope, dossier.fonds.unit.code))

    def page(self, actor: Actor | None, item_id: str, number: int, text: str = "") -> PageView:
        """Page `number` (from 1) with the boxes of the query's words. Raises IntegrityError when damaged."""
        rendition = self._rendition(actor, item_id, number)
        with _sound("error.damaged_page", item=item_id, page=number):
            reading = self._renditions.reading(rendition)
        query = queries.parse(text)
        hits = (
            ()
            if query.is_empty
            else tuple(reading.words[index].box for index in highlight.matching_words(reading.words, query))
        )
        return PageView(number, reading, hits)

    def page_image(self, actor: Actor | None, item_id: str, number: int) -> Path:
        """JPEG of the upright page. Raises IntegrityError when it is missing or damaged."""
        rendition = self._rendition(actor, item_id, number)
        with _sound("error.damaged_page", item=item_id, page=number):
            return self._renditions.image_path(rendition)

    def _rendition(self, actor: Actor | None, item_id: str, number: int) -> str:
        pages = self._catalogue.item(item_id, self._required_scope(actor)).pages
        if not 1 <= number <= len(pages):
            raise NotFound()
        return pages[number - 1].rendition

    def original(self, actor: Actor | None, item_id: str, index: int) -> tuple[SourceFile, Path]:
        """Original file `index` (from 0) of an item. Raises IntegrityError rather than serve damaged bytes."""
        files = self._catalogue.item(item_id, self._required_scope(actor)).files
        if not 0 <= index < len(files):
            raise NotFound()
        file = files[index]
        with _sound("error.damaged_original", item=item_id):
            path = self._holdings.file_path(ids.dossier_of(item_id), file.path)
            with open(path, "rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != file.sha256:
                    raise ValueError(path)
        return file, path

    def searchable_pdf(self, actor: Actor | None, item_id: str) -> bytes:
        """Access copy of a document: its page images with the words as invisible text. NotFound without pages."""
        pages = self._catalogue.item(item_id, self._required_scope(actor)).pages
        if not pages:
            raise NotFound()
        numbers = range(1, len(pages) + 1)
        return searchable_pdf(
            (self.page_image(actor, item_id, number).read_bytes(), self.page(actor, item_id, number).reading)
            for number in numbers
        )

    # ----------------------------------------------------------------- collections

    def fonds(self, actor: Actor | None) -> list[FondsSummary]:
        scope = self._scope(actor)
        return self._catalogue.fonds(scope) if scope else []

    def fonds_page(self, actor: Actor | None, code: str, page: int = 1, size: int = 50) -> FondsView:
        scope = self._required_scope(actor)
        summaries = tuple(entry for entry in self._catalogue.fonds(scope) if entry.fonds.code == code)
        if not summaries:
            raise NotFound()
        total, rows = self._catalogue.dossiers(code, scope, (max(1, page) - 1) * size, size)
        return FondsView(summaries, total, tuple(rows))

    def unit(self, actor: Actor | None, code: str) -> UnitView:
        summaries = tuple(entry for entry in self.fonds(actor) if entry.fonds.unit.code == code)
        if not summaries:
            raise NotFound()
        return UnitView(summaries[0].fonds.unit, summaries)

    def overview(self, actor: Actor | None) -> Overview:
        scope = self._scope(actor)
        if scope == NOTHING:
            return Overview((), ())
        return Overview(tuple(self._catalogue.fonds(scope)), tuple(self._catalogue.recent(scope)))

    def labels(self, actor: Actor | None) -> dict[str, dict[str, str]]:
        """Names for the codes that facets carry: {"fonds": {code: title}, "unit": {code: name}}."""
        summaries = self.fonds(actor)
        return {
            "fonds": {entry.fonds.code: entry.fonds.title for entry in summaries},
            "unit": {entry.fonds.unit.code: entry.fonds.unit.name for entry in summaries},
        }


def _snippets(pages: Iterable[PageText], query: Query) -> tuple[tuple[Snippet, ...], tuple[int, ...]]:
    """The best page's snippet, and its number if anything is marked there."""
    place = highlight.best((page.text for page in pages), query)
    if place is None:
        return (), ()
    spans = place.found.spans
    return (highlight.cut(place.text, spans, page=place.page),), ((place.page,) if spans else ())


def _notices(query: Query, found: IndexHits) -> tuple[Notice, ...]:
    """Why an answer is not what the words alone would lead one to expect."""
    if query.unreadable:
        return tuple(Notice("search.bad_date", {"value": value}) for value in query.unreadable)
    if query.unknown:
        return tuple(map(_unknown_field, query.unknown))
    if query.meets_nothing:
        return (Notice("search.no_words"),)
    return (Notice("search.relaxed"),) if found.relaxed else ()


def _unknown_field(field: queries.UnknownField) -> Notice:
    known = field.nearest or tuple(names[0] for names in queries.FIELDS.values())
    return Notice("search.unknown_field", {"field": field.name, "known": ", ".join(known)})
