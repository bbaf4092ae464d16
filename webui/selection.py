"""What the address of a search says: query, chosen facets, order, page. The address is the query. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from archive.model import FACETS, SortOrder

SORTS: tuple[SortOrder, ...] = ("relevance", "newest", "oldest", "code")
LAST_PAGE = 500
ANY_YEARS = (1, 9999)
_SPAN = re.compile(r"(\d{4})-(\d{4})\Z")


class Arguments(Protocol):
    """The part of a query string this module needs (werkzeug's MultiDict has it)."""

    def get(self, key: str, default: str) -> str: ...

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True)
class Selection:
    """`filters` maps a facet to its chosen values; a year may be a span such as "2010-2014"."""

    text: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: SortOrder = "relevance"
    page: int = 1

    def with_text(self, text: str) -> Selection:
        return replace(self, text=text, page=1)

    def with_page(self, page: int) -> Selection:
        return replace(self, page=page)

    def with_sort(self, sort: SortOrder) -> Selection:
        return replace(self, sort=sort, page=1)

    def plus(self, facet: str, value: str) -> Selection:
        return self._changed(facet, (*self.filters.get(facet, ()), value))

    def minus(self, facet: str, value: str) -> Selection:
        return self._changed(facet, tuple(kept for kept in self.filters.get(facet, ()) if kept != value))

    def only(self, facet: str, value: str) -> Selection:
        """The facet narrowed to one value."""
        return self._changed(facet, (value,))

    def without_filters(self) -> Selection:
        return replace(self, filters={}, page=1)

    def _changed(self, facet: str, values: tuple[str, ...]) -> Selection:
        filters = {name: chosen for name, chosen in {**self.filters, facet: values}.items() if chosen}
        return replace(self, filters=filters, page=1)

    @property
    def parameters(self) -> dict[str, object]:
        """Query-string parameters, defaults left out."""
        extra = {"sort": self.sort} if self.sort != "relevance" else {}
        page = {"page": self.page} if self.page > 1 else {}
        return {
            "q": self.text,
            **{name: list(values) for name, values in self.filters.items()},
            **extra,
            **page,
        }

    def reader_filters(self, known: tuple[int, int]) -> dict[str, list[str]]:
        """The filters as the reader takes them: every span of years spelled out within the `known` ones."""
        filters = {name: list(values) for name, values in self.filters.items()}
        if "year" in filters:
            filters["year"] = [year for value in filters["year"] for year in spelled_out(value, known)]
        return filters


def read(arguments: Arguments) -> Selection:
    """The selection of a query string. Unknown parameters and values out of range are ignored."""
    chosen = {name: tuple(dict.fromkeys(arguments.getlist(name)))[:50] for name in FACETS}
    sort = arguments.get("sort", "relevance")
    return Selection(
        text=arguments.get("q", "").strip(),
        filters={name: values for name, values in chosen.items() if any(values)},
        sort=sort if sort in SORTS else "relevance",
        page=page_number(arguments, LAST_PAGE),
    )


def page_number(arguments: Arguments, last: int) -> int:
    """The page asked for, within 1 and `last`; 1 when it is no number."""
    page = arguments.get("page", "1")
    return min(max(int(page[:9]), 1), last) if page.isascii() and page.isdigit() else 1


def spelled_out(value: str, known: tuple[int, int] = ANY_YEARS) -> list[str]:
    """The single years of "2010-2014", ends in either order, that lie in `known` (first, last).

    Any other value stays as it is, and so does a span without a known year: it narrows the search to nothing.
    """
    match = _SPAN.match(value)
    if not match:
        return [value]
    first, last = sorted((int(match[1]), int(match[2])))
    return [f"{year:04d}" for year in range(max(first, known[0]), min(last, known[1]) + 1)] or [value]


@dataclass(frozen=True)
class Bar:
    """One bar of the year chart: years `first` to `last`, its height in twentieths of the tallest."""

    first: int
    last: int
    count: int
    level: int

    @property
    def value(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


def bars(counts: Mapping[str, int], chosen: Sequence[str] = (), at_most: int = 9) -> list[Bar]:
    """The year facet as at most `at_most` bars of equal spans (1, 2, 5, 10, ... years).

    With years chosen, the chart shows those only, so that a click on a span opens it up.
    """
    wanted = {year for value in chosen for year in spelled_out(value)}
    years = {int(y): n for y, n in counts.items() if y.isdigit() and n and (not wanted or y in wanted)}
    if not years:
        return []
    low, high = min(years), max(years)
    width = next(w for w in (1, 2, 5, 10, 20, 50, 100, 10_000) if high // w - low // w < at_most)
    sums = [
        (start, sum(n for y, n in years.items() if start <= y < start + width))
        for start in range(low // width * width, high + 1, width)
    ]
    top = max(count for _, count in sums)
    return [Bar(start, start + width - 1, n, -(-n * 20 // top)) for start, n in sums]
