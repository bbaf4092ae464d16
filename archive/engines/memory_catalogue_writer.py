"""The plainest catalogue, write side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from archive import durable, serial
from archive.engines.memory_catalogue import FILE, Entry, MemoryCatalogueReader, in_order, load
from archive.model import Dossier
from archive.ports import PageText
from archive.publishing import projection


class MemoryCatalogueWriter:
    def __init__(self, folder: Path, previous: Path | None = None) -> None:
        self._path = folder / FILE
        self._entries = load(previous) if previous else {}

    def states(self) -> dict[str, str]:
        return {dossier_id: entry.state for dossier_id, entry in self._entries.items()}

    def item_ids(self, dossier_id: str) -> list[str]:
        entry = self._entries.get(dossier_id)
        return [item.id for item in in_order(entry.dossier)] if entry else []

    def home(self, item_id: str) -> str:
        found = (
            one for one, entry in self._entries.items() for item in entry.dossier.items if item.id == item_id
        )
        return next(found, "")

    def put(self, dossier: Dossier, state: str, pages: Mapping[str, Sequence[PageText]]) -> None:
        shown = replace(dossier, items=tuple(projection.neutral(item) for item in dossier.items))
        texts = {item.id: tuple(pages.get(item.id, ())) for item in shown.items if item.access == "open"}
        self._take_out({item.id for item in shown.items} - set(self.item_ids(dossier.id)))
        self._entries[dossier.id] = Entry(shown, state, texts)

    def _take_out(self, item_ids: set[str]) -> None:
        for dossier_id, entry in self._entries.items():
            kept = tuple(item for item in entry.dossier.items if item.id not in item_ids)
            if len(kept) < len(entry.dossier.items):
                self._entries[dossier_id] = replace(entry, dossier=replace(entry.dossier, items=kept))

    def remove(self, dossier_id: str) -> list[str]:
        removed = self.item_ids(dossier_id)
        self._entries.pop(dossier_id, None)
        return removed

    def seal(self) -> None:
        durable.write_file(self._path, serial.dumps(self._entries))


class MemoryCatalogueEngine:
    name = "memory"

    def open_writer(self, folder: Path, previous: Path | None) -> MemoryCatalogueWriter:
        return MemoryCatalogueWriter(folder, previous)

    def open_reader(self, folder: Path) -> MemoryCatalogueReader:
        return MemoryCatalogueReader(folder)
