"""The plainest catalogue, read side: dictionaries, kept as one JSON file. For tests and small archives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive import serial
from archive.errors import NotFound
from archive.model import Dossier, Fonds, Item, ItemRow
from archive.ports import DossierRow, FondsSummary, KeptPage, PageText
from archive.publishing import handles, projection
from archive.publishing.handles import RegisterKey, RegisterSummary
from archive.rights.access import DossierKey, RecordClass, Scope
from archive.wordset import WordSet

FILE = "catalogue.json"


@dataclass(frozen=True)
class Entry:
    """One dossier, its quarantined items already neutral, with the texts of its pages by item id."""

    dossier: Dossier
    state: str
    pages: dict[str, tuple[PageText, ...]]

    def within(self, scope: Scope) -> Entry:
        """What the scope admits of it."""
        return replace(self, dossier=projection.within(self.dossier, scope))

    def row(self, item: Item) -> ItemRow:
        return projection.item_row(self.dossier, item, self.pages.get(item.id, ()))

    @property
    def summary(self) -> DossierRow:
        dossier, pages = self.dossier, sum(len(item.pages) for item in self.dossier.items)
        return DossierRow(
            dossier.id,
            dossier.code,
            dossier.title,
            dossier.fonds.code,
            sum(item.access == "open" for item in dossier.items),
            pages,
            dossier.start_date,
            dossier.end_date,
        )


def load(folder: Path) -> dict[str, Entry]:
    return serial.loads(dict[str, Entry], (folder / FILE).read_bytes())


class MemoryCatalogueReader:
    def __init__(self, folder: Path) -> None:
        self._entries = load(folder)

    def _in_scope(self, scope: Scope) -> list[Entry]:
        """Every read below starts here."""
        inside = (e for e in self._entries.values() if scope.admits(projection.terms(e.dossier)))
        return [entry.within(scope) for entry in inside]

    def classes(self) -> tuple[RecordClass, ...]:
        dossiers = [entry.dossier for entry in self._entries.values()]
        found = {projection.record_class(dossier) for dossier in dossiers}
        found |= {projection.record_class(dossier, item) for dossier in dossiers for item in dossier.items}
        return tuple(sorted(found))

    def dossier_keys(self, fonds_code: str) -> list[DossierKey]:
        dossiers = [e.dossier for e in self._entries.values() if e.dossier.fonds.code == fonds_code]
        return [projection.dossier_key(dossier) for dossier in dossiers]

    def counts(self) -> dict[str, int]:
        items = [item for entry in self._entries.values() for item in entry.dossier.items]
        return {
            "dossiers": len(self._entries),
            "items": len(items),
            "pages": sum(len(item.pages) for item in items),
            "open_items": sum(item.access == "open" for item in items),
        }

    def states(self) -> dict[str, str]:
        return {dossier_id: entry.state for dossier_id, entry in self._entries.items()}

    def rows(self, item_ids: Sequence[str], scope: Scope) -> dict[str, ItemRow]:
        wanted = set(item_ids)
        return {
            item.id: entry.row(item)
            for entry in self._in_scope(scope)
            for item in entry.dossier.items
            if item.id in wanted
        }

    def _find(self, item_id: str, scope: Scope) -> tuple[Entry, Item]:
        for entry in self._in_scope(scope):
            for item in entry.dossier.items:
                if item.id == item_id:
                    return entry, item
        raise NotFound()

    def item(self, item_id: str, scope: Scope) -> Item:
        return self._find(item_id, scope)[1]

    def page_texts(self, item_ids: Sequence[str], scope: Scope) -> dict[str, Sequence[KeptPage]]:
        return {
            item.id: [_kept_page(page) for page in entry.pages.get(item.id, ())]
            for entry in self._in_scope(scope)
            for item in entry.dossier.items
            if item.id in item_ids
        }

    def _dossier(self, dossier_id: str, scope: Scope) -> Entry:
        for entry in self._in_scope(scope):
            if entry.dossier.id == dossier_id:
                return entry
        raise NotFound()

    def dossier(self, dossier_id: str, scope: Scope) -> Dossier:
        return projection.without_records(self._dossier(dossier_id, scope).dossier)

    def dossier_rows(self, dossier_id: str, scope: Scope) -> list[ItemRow]:
        entry = self._dossier(dossier_id, scope)
        return [entry.row(item) for item in in_order(entry.dossier)]

    def fonds(self, scope: Scope) -> list[FondsSummary]:
        groups: dict[tuple[str, str], list[Entry]] = {}
        for entry in self._in_scope(scope):
            fonds = entry.dossier.fonds
            groups.setdefault((fonds.code, fonds.unit.code), []).append(entry)
        summaries = [_summary(entries) for entries in groups.values()]
        return sorted(summaries, key=lambda s: (s.fonds.title, s.fonds.code, s.fonds.unit.code))

    def dossiers(
        self, fonds_code: str, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[DossierRow]]:
        found = [entry.summary for entry in self._in_scope(scope) if entry.dossier.fonds.code == fonds_code]
        return len(found), sorted(found, key=lambda row: (row.code, row.id))[offset : offset + limit]

    def recent(self, scope: Scope, limit: int = 5) -> list[DossierRow]:
        by_id = sorted(self._in_scope(scope), key=lambda entry: entry.dossier.id)
        newest = sorted(by_id, key=lambda entry: projection.received(entry.dossier), reverse=True)
        return [entry.summary for entry in newest[:limit]]

    # ----------------------------------------------------------------- system records

    def found(self, kind: str, keys: Sequence[str], scope: Scope) -> dict[str, list[str]]:
        met: dict[str, set[str]] = {}
        for entry in self._in_scope(scope):
            for item in entry.dossier.items:
                for each, key in handles.handles(item):
                    if each == kind and key in keys:
                        met.setdefault(key, set()).add(item.id)
        return {key: sorted(ids) for key, ids in met.items()}

    def systems(self, scope: Scope) -> dict[str, str]:
        every = (projection.system_of(entry.dossier) for entry in self._in_scope(scope))
        named = sorted((one["system"], one["system_title"]) for one in every if one["system"])
        return dict(named)

    def registers(self, fonds_code: str, scope: Scope) -> list[RegisterSummary]:
        counted = Counter(key for key, _ in self._registered(scope) if key.fonds == fonds_code)
        return sorted((RegisterSummary(*each) for each in counted.items()), key=handles.newest_first)

    def register(
        self, register: RegisterKey, scope: Scope, offset: int = 0, limit: int = 50
    ) -> tuple[int, list[Item]]:
        inside = [item for key, item in self._registered(scope) if key == register]
        inside.sort(key=lambda item: (handles.place(item.record), item.id))
        return len(inside), inside[offset : offset + limit]

    def _registered(self, scope: Scope) -> Iterator[tuple[RegisterKey, Item]]:
        for entry in self._in_scope(scope):
            for item in entry.dossier.items:
                if key := handles.register_of(entry.dossier.fonds.code, item):
                    yield key, item


def _kept_page(page: PageText) -> KeptPage:
    return KeptPage(WordSet(projection.page_words(page)), lambda: page.text)


def in_order(dossier: Dossier) -> list[Item]:
    return sorted(dossier.items, key=lambda item: (item.ordinal, item.id))


def _summary(entries: list[Entry]) -> FondsSummary:
    fonds: Fonds = entries[-1].dossier.fonds
    rows = [entry.summary for entry in entries]
    spans = [projection.years(entry.dossier) for entry in entries]
    years = [year for span in spans for year in span if year]
    span = (min(years), max(years)) if years else None
    open_items = sum(item.access == "open" for entry in entries for item in entry.dossier.items)
    return FondsSummary(fonds, len(rows), open_items, sum(row.pages for row in rows), span)
