"""Index readers by engine name (settings.index_engine). The engines that also write are in index_writers.

An engine is imported only when it is asked for.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from archive.errors import UsageError
from archive.ports import IndexReader

_READERS = {
    "tantivy": ("archive.engines.tantivy_index", "TantivyReader"),
    "whoosh": ("archive.engines.whoosh_index", "WhooshReader"),
    "memory": ("archive.engines.memory_index", "MemoryReader"),
}
NAMES = tuple(_READERS)
PICKLED = frozenset({"whoosh"})
"""Engines whose files are code once opened: never to be opened unverified."""


def open_reader(name: str, folder: Path) -> IndexReader:
    """Raises UsageError for an unknown name, EngineError for an index that cannot be opened."""
    known(name)
    module, reader = _READERS[name]
    return getattr(import_module(module), reader)(folder)


def known(name: str) -> str:
    """`name` if there is such an engine, else UsageError."""
    if name not in NAMES:
        raise UsageError("search.index_unknown", name=name, names=", ".join(NAMES))
    return name
