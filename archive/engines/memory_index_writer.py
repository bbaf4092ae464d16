"""Building the naive index: all entries in one file. Used by publish and by tests."""

from __future__ import annotations

from pathlib import Path

from archive import durable, serial
from archive.engines.memory_index import FILE, MemoryReader, load
from archive.model import IndexEntry


class MemoryWriter:
    def __init__(self, folder: Path, previous: Path | None) -> None:
        self._folder = folder
        self._entries = {entry.id: entry for entry in load(previous)} if previous else {}

    def add(self, entry: IndexEntry) -> None:
        self.remove(entry.id)
        self._entries[entry.id] = entry

    def remove(self, item_id: str) -> None:
        self._entries.pop(item_id, None)

    def commit(self) -> None:
        durable.write_file(self._folder / FILE, serial.dumps(list(self._entries.values())))


class MemoryEngine:
    name = "memory"

    def open_writer(self, folder: Path, previous: Path | None) -> MemoryWriter:
        return MemoryWriter(folder, previous)

    def open_reader(self, folder: Path) -> MemoryReader:
        return MemoryReader(folder)
