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

    def put(self, dossier: Dossier, state: str, pages: Mapping[str, Sequence[PageText]]) -> None:
        shown = replace(dossier, items=tuple(projection.neutral(item) for item in dossier.items))
        texts = {item.id: tuple(pages.get(item.id, ())) for item in shown.items if item.access == "open"}
        self._entries[dossier.id] = Entry(shown, state, texts)

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
