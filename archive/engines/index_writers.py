"""Index engines by name, with their writers. Used by publish only."""

from __future__ import annotations

from importlib import import_module

from archive.engines import indexes
from archive.ports import IndexEngine

_ENGINES = {
    "tantivy": ("archive.engines.tantivy_index_writer", "TantivyEngine"),
    "whoosh": ("archive.engines.whoosh_index_writer", "WhooshEngine"),
    "memory": ("archive.engines.memory_index_writer", "MemoryEngine"),
}


def engine(name: str) -> IndexEngine:
    """Raises UsageError for an unknown name."""
    module, kind = _ENGINES[indexes.known(name)]
    return getattr(import_module(module), kind)()
