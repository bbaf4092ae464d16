"""How what was found is shown: a hit with its snippet, personal numbers covered, and notices about the whole. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archive import queries
from archive.lookup import highlight
from archive.model import Hit, IndexHits, ItemRow, Notice, Snippet
from archive.ports import KeptPage
from archive.publishing import projection
from archive.queries import Query
from archive.rights import covering
from archive.rights.access import Scope
from archive.rights.personal import covered


def hit(row: ItemRow, score: float, pages: Sequence[KeptPage], query: Query, scope: Scope) -> Hit:
    """A hit with its snippet, personal numbers covered except for those who always see them."""
    if scope.personal(projection.row_terms(row)) == "clear":
        return Hit(row, score, *_snippets(pages, row.page_count, query, str))
    return Hit(covering.row(row), score, *_snippets(pages, row.page_count, query, covered))


def _snippets(
    pages: Sequence[KeptPage], count: int, query: Query, shown: Callable[[str], str]
) -> tuple[tuple[Snippet, ...], tuple[int, ...]]:
    """The best page's snippet, and its number if anything is marked there; after the `count` pages come texts of files."""
    place = highlight.best(pages, query, shown)
    if place is None:
        return (), ()
    spans, page = place.found.spans, place.page if place.page <= count else 0
    return (highlight.cut(place.text, spans, page=page),), ((page,) if spans and page else ())


def notices(query: Query, found: IndexHits) -> tuple[Notice, ...]:
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
