"""Which form a snapshot has, by content; the one door to the readers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from archive.errors import SourceRefused
from ingest.snapshots.source import Source

READERS = ("siard", "sqldump", "edxml", "jsonexport", "register")
"""Modules with `takes` and `opened`, the surest sign first."""

_HEAD = 4096


def opened(path: Path) -> Source:
    """The snapshot at `path`, a file or a folder. Raises SourceRefused when no reader knows its form."""
    head = _head(path)
    for name in READERS:
        reader = import_module(f"ingest.snapshots.forms.{name}")
        if reader.takes(path, head):
            return reader.opened(path)
    raise SourceRefused("refused.no_snapshot", path=path.name)


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise SourceRefused("refused.unreadable", reason=error.strerror or error) from error
