"""Which form a snapshot has, by content; the one door to the readers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from archive.errors import SourceRefused
from ingest.snapshots.forms import systems
from ingest.snapshots.source import Source

READERS = ("siard", "sqldump", "edxml", "jsonexport", "register")
"""Modules with `takes` and `opened`, the surest sign first."""

_HEAD = 4096
_SHOWN = 12
_CALLED = {"sqldump": "sql", "jsonexport": "json"}

SCANS = (".pdf", ".jpg", ".jpeg", ".tif", ".tiff", ".png")
BACKUPS = (".bak", ".mdf", ".ibd", ".frm", ".dmp", ".mdb", ".accdb", ".db", ".sqlite", ".fdb")
"""Ends of names by which it is told what to do instead; nothing is read by them."""


def opened(path: Path) -> Source:
    """The snapshot at `path`, a file or a folder. Raises SourceRefused: no reader knows its form, or several systems."""
    if path.is_dir() and (found := systems.several(path, form)):
        raise SourceRefused("refused.several_systems", path=path.name, **_listed(path, found))
    name = form(path)
    if not name:
        raise _unknown(path)
    return import_module(f"ingest.snapshots.forms.{name}").opened(path)


def form(path: Path) -> str:
    """The name of the reader that takes the file or folder, "" for none. Raises SourceRefused when it cannot be read."""
    head = _head(path)
    takes = (name for name in READERS if import_module(f"ingest.snapshots.forms.{name}").takes(path, head))
    return next(takes, "")


def _head(path: Path) -> bytes:
    if path.is_dir():
        return b""
    try:
        with path.open("rb") as file:
            return file.read(_HEAD)
    except OSError as error:
        raise SourceRefused("refused.unreadable", reason=error.strerror or error) from error


def _unknown(path: Path) -> SourceRefused:
    """Says what is to be done with what is no snapshot, as far as that can be guessed."""
    if path.is_dir() and (found := systems.beneath(path, form)):
        return SourceRefused("refused.snapshot_beneath", path=path.name, **_listed(path, found))
    names = [each.name.lower() for each in path.iterdir()] if path.is_dir() else [path.name.lower()]
    for code, ends in (("refused.no_snapshot_backup", BACKUPS), ("refused.no_snapshot_scans", SCANS)):
        if any(name.endswith(ends) for name in names):
            return SourceRefused(code, path=path.name)
    return SourceRefused("refused.no_snapshot", path=path.name)


def _listed(path: Path, found: dict[str, str]) -> dict[str, str]:
    said = [f"{name} ({_CALLED.get(form, form)})" for name, form in list(found.items())[:_SHOWN]]
    more = " …" if len(found) > _SHOWN else ""
    return {
        "count": str(len(found)),
        "systems": ", ".join(said) + more,
        "first": str(path / next(iter(found))),
    }
