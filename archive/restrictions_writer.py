"""Lays and lifts urgent restrictions. Used by the `kho` command only, never by the web process."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from archive import durable
from archive.access import LEVELS
from archive.errors import UsageError
from archive.restrictions import FILE, Restriction, load, to_plain
from archive.settings import now

_LOCK = ".lock"


def restrict(
    folder: Path, record: str, level: str, *, until: date | None, basis: str, by: str
) -> Restriction:
    """Lay `level` over a record from now on. Raises UsageError for an unknown level or one that restricts nothing."""
    if level not in LEVELS[1:]:
        raise UsageError("error.restriction_level", level=level, levels=", ".join(LEVELS[1:]))
    return _append(folder, Restriction(record, level, until, basis, by, now().isoformat()))


def lift(folder: Path, record: str, *, basis: str, by: str) -> Restriction:
    """End the restriction of a record. Raises UsageError when none is in force."""
    if record not in load(folder).holding(now().date()):
        raise UsageError("error.restriction_absent", record=record)
    return _append(folder, Restriction(record, "", None, basis, by, now().isoformat()))


def _append(folder: Path, row: Restriction) -> Restriction:
    durable.make_folder(folder)
    with durable.lock(folder / _LOCK):
        rows = (*load(folder).rows, row)
        content = json.dumps({"rows": [to_plain(each) for each in rows]}, ensure_ascii=False, indent=1) + "\n"
        durable.write_file(folder / FILE, content.encode(), 0o640)
    return row
