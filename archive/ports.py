"""Every port: what the core asks of an engine. Readers and writers are different types.

Each port has one contract suite in tests/contracts, run on every engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from archive.audit.entry import Entry
from archive.model import Dossier, Fonds, IndexEntry, IndexHits, Item, ItemRow, SortOrder
from archive.publishing.handles import RegisterKey, RegisterSummary
from archive.queries import Query
from archive.rights.access import DossierKey, RecordClass, Scope
from archive.rights.personal import COVER
from archive.wordset import WordSet

# --------------------------------------------------------------------------- index

Filters = Mapping[str, frozenset[str]]
"""Facet name -> accepted values. Values of one facet are alternatives; facets must all be met."""


class IndexWriter(Protocol):
    """Builds one index folder. Used by publish only; nothing is visible before `commit`."""

    def add(self, entry: IndexEntry) -> None:
        """Add an item, replacing one of the same id."""

    def remove(self, item_id: str) -> None: ...

    def commit(self) -> None:
        """Make everything durable and close."""


class IndexReader(Protocol):
    """Searches one sealed index folder. Safe for use by several threads."""

    def search(
        self,
        query: Query,
        scope: Scope,
        *,
        filters: Filters,
        sort: SortOrder = "relevance",
        offset: int = 0,
        limit: int = 20,
        facets: Sequence[str] = (),
    ) -> IndexHits:
        """Exact total, ids in order, facet counts: all inside `scope`. An empty scope finds nothing."""

    def total(self, query: Query, scope: Scope, *, filters: Filters) -> int:
        """Exact number of entries inside `scope` that meet the query just as typed."""

    def suggest(self, query: Query, scope: Scope, *, filters: Filters, limit: int = 3) -> list[str]:
        """Queries one typo away that find something inside `scope`."""

    def count(self) -> int:
        """Number of entries in the whole index, for checks at publish time."""


class IndexEngine(Protocol):
    name: str

    def open_writer(self, folder: Path, previous: Path | None) -> IndexWriter:
        """A writer into the empty `folder`, starting from the sealed index `previous` without re-indexing."""

    def open_reader(self, folder: Path) -> IndexReader: ...


# --------------------------------------------------------------------------- catalogue


@dataclass(frozen=True)
class PageText:
    """What the catalogue keeps of a page: text in reading order and mean confidence (None: no words)."""

    text: str
    confidence: float | None


@dataclass(frozen=True)
class KeptPage:
    """A page of the catalogue, unpacked when its `text` is asked for.

    `words` are those of the text, and of the text with personal numbers covered; see `projection.page_words`.
    """

    words: WordSet
    unpack: Callable[[], str]

    @property
    def numbered(self) -> bool:
        """False when no personal number was seen in it at publishing. What is shown is looked through again."""
        return self.words.may_hold((COVER,))

    @cached_property
    def text(self) -> str:
        return self.unpack()


@dataclass(frozen=True)
class FondsSummary:
    """A fonds and what can be read of it; quarantined entries are not among its `items`."""

    fonds: Fonds
    dossiers: int
    items: int
    pages: int
    years: tuple[str, str] | None


@dataclass(frozen=True)
class DossierRow:
    """The line of a dossier; quarantined entries are not among its `items`."""

    id: str
    code: str
    title: str
    fonds_code: str
    items: int
    pages: int
    start_date: str
    end_date: str


class CatalogueWriter(Protocol):
    """Builds one catalogue file. Used by publish only."""

    def states(self) -> dict[str, str]:
        """Dossier id -> package state (inventory digest) already in the catalogue."""

    def put(self, dossier: Dossier, state: str, pages: Mapping[str, Sequence[PageText]]) -> None:
        """Add or replace a dossier with all its items; `pages` maps item id to its pages' texts, then those of its files
        without pages. An item that stood in another dossier leaves that one."""

    def remove(self, dossier_id: str) -> list[str]:
        """Remove a dossier; returns the ids of the items that went with it."""

    def item_ids(self, dossier_id: str) -> list[str]: ...

    def seal(self) -> None:
        """Make durable and close, in a form that can be opened immutable on read-only media."""


class CatalogueReader(Protocol):
    """Reads one sealed catalogue. Every method stays inside `scope`; hidden is the same as missing."""

    def counts(self) -> dict[str, int]:
        """dossiers, items, pages, open_items of the whole catalogue, for checks at publish time."""

    def states(self) -> dict[str, str]:
        """Dossier id -> package state of the whole catalogue, for publish and verify."""

    def classes(self) -> tuple[RecordClass, ...]:
        """The classes of all records, for the access rule to decide."""

    def dossier_keys(self, fonds_code: str) -> list[DossierKey]:
        """All dossiers of a fonds, for the access rule where the fonds was assigned in parts."""

    def rows(self, item_ids: Sequence[str], scope: Scope) -> dict[str, ItemRow]:
        """Rows of those of `item_ids` that are in scope."""

    def item(self, item_id: str, scope: Scope) -> Item:
        """Raises NotFound."""

    def dossier(self, dossier_id: str, scope: Scope) -> Dossier:
        """Raises NotFound. Its items come without what their systems knew of them: `item` has that."""

    def dossier_rows(self, dossier_id: str, scope: Scope) -> list[ItemRow]:
        """Register lines of a dossier in order. Raises NotFound."""

    def page_texts(self, item_ids: Sequence[str], scope: Scope) -> dict[str, Sequence[KeptPage]]:
        """The pages, in order, of those of `item_ids` that are in scope, then the texts of their files without pages.

        A quarantined item has none."""

    def fonds(self, scope: Scope) -> list[FondsSummary]:
        """The fonds in scope, by title."""

    def dossiers(
        self, fonds_code: str, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[DossierRow]]:
        """(total, one slice) of a fonds' dossiers by code."""

    def recent(self, scope: Scope, limit: int = 5) -> list[DossierRow]:
        """The newest accessions' dossiers."""

    def found(self, kind: str, keys: Sequence[str], scope: Scope) -> dict[str, list[str]]:
        """Ids, in order, of the items that have each of these handles; keys that nothing in scope has are left out."""

    def systems(self, scope: Scope) -> dict[str, str]:
        """The closed systems of the dossiers in scope: code -> name."""

    def registers(self, fonds_code: str, scope: Scope) -> list[RegisterSummary]:
        """The registers of closed systems in a fonds, the newest year first."""

    def register(
        self, register: RegisterKey, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[Item]]:
        """(total, one slice) of a register's entries, in the order of its numbers."""


class CatalogueEngine(Protocol):
    name: str

    def open_writer(self, folder: Path, previous: Path | None) -> CatalogueWriter: ...

    def open_reader(self, folder: Path) -> CatalogueReader: ...


# --------------------------------------------------------------------------- executor


@dataclass(frozen=True)
class JobFailure:
    """A job that could not be done: `code` is a message code, e.g. `page.timeout`, `page.crashed`."""

    code: str
    detail: str = ""


class Executor(Protocol):
    """Runs picklable jobs, a bounded number in flight; a job that kills its worker fails alone."""

    def run(self, function: Callable, jobs: Iterable[object]) -> Iterator[tuple[object, object]]:
        """Yields (job, result or JobFailure) as they finish."""

    def close(self) -> None: ...


# --------------------------------------------------------------------------- access log


class AuditSink(Protocol):
    """Takes what must be on record before content leaves. Safe for use by several threads."""

    def record(self, *entries: Entry) -> int:
        """The number of the last entry, returned once all are durable. Raises AuditUnavailable; then none counts."""
