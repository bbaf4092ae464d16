"""Catalogue engines by name, with their writers. Used by publish only."""

from __future__ import annotations

from archive.engines.memory_catalogue_writer import MemoryCatalogueEngine
from archive.engines.sqlite_catalogue_writer import SqliteCatalogueEngine
from archive.errors import EngineError
from archive.ports import CatalogueEngine

ENGINES: dict[str, CatalogueEngine] = {
    engine.name: engine for engine in (SqliteCatalogueEngine(), MemoryCatalogueEngine())
}


def engine(name: str) -> CatalogueEngine:
    """Raises EngineError for an unknown name."""
    if name not in ENGINES:
        raise EngineError("error.engine", tool=name, reason=", ".join(sorted(ENGINES)))
    return ENGINES[name]
