"""Index engines by name (settings.index_engine). An engine is imported only when it is asked for."""

from __future__ import annotations

from importlib import import_module

from archive.errors import UsageError
from archive.ports import IndexEngine

_ENGINES = {
    "tantivy": ("archive.engines.tantivy_index", "TantivyEngine"),
    "whoosh": ("archive.engines.whoosh_index", "WhooshEngine"),
    "memory": ("archive.engines.memory_index", "MemoryEngine"),
}
NAMES = tuple(_ENGINES)


def engine(name: str) -> IndexEngine:
    """Raises UsageError for an unknown name."""
    if name not in _ENGINES:
        raise UsageError("search.index_unknown", name=name, names=", ".join(NAMES))
    module, kind = _ENGINES[name]
    return getattr(import_module(module), kind)()
