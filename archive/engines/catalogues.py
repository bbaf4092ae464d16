"""Catalogue readers by engine name. The engines that also write are in catalogue_writers."""

from __future__ import annotations

from pathlib import Path

from archive.engines.memory_catalogue import MemoryCatalogueReader
from archive.engines.sqlite_catalogue import SqliteCatalogueReader
from archive.errors import EngineError
from archive.ports import CatalogueReader

DEFAULT = "sqlite"
READERS = {"sqlite": SqliteCatalogueReader, "memory": MemoryCatalogueReader}


def open_reader(name: str, folder: Path) -> CatalogueReader:
    """Raises EngineError for an unknown name or a catalogue that cannot be opened."""
    if name not in READERS:
        raise EngineError("error.engine", tool=name, reason=", ".join(sorted(READERS)))
    return READERS[name](folder)
