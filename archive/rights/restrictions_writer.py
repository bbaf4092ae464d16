"""Lays and lifts urgent restrictions. Used by the `kho` command only, never by the web process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from archive import dates, durable, sealed
from archive.errors import UsageError
from archive.rights.access import LEVELS
from archive.rights.restrictions import FILE, Restriction, load, to_plain
from archive.settings import now

_LOCK = ".lock"

Witness = Callable[[Restriction], object]
"""Told of a row before it is written: the access log. What it raises stops the change."""


def _nobody(row: Restriction) -> None:
    pass


def begin(folder: Path) -> None:
    """An empty list in a new home; one that is there is kept."""
    if not (folder / FILE).exists():
        _write(folder, ())


def restrict(
    folder: Path,
    record: str,
    level: str,
    *,
    until: date | None,
    basis: str,
    by: str,
    witness: Witness = _nobody,
) -> Restriction:
    """Lay `level` over a record from now on.

    Raises UsageError for an unknown level, one that restricts nothing, a day that is past, a missing basis.
    """
    if level not in LEVELS[1:]:
        raise UsageError("error.restriction_level", level=level, levels=", ".join(LEVELS[1:]))
    if until and until < now().date():
        raise UsageError("error.restriction_past", until=dates.shown(until.isoformat()))
    return _append(folder, Restriction(record, level, until, basis, by, now().isoformat()), witness)


def lift(folder: Path, record: str, *, basis: str, by: str, witness: Witness = _nobody) -> Restriction:
    """End the restriction of a record. Raises UsageError when none is in force, or without a basis."""
    if record not in load(folder).holding(now().date()):
        raise UsageError("error.restriction_absent", record=record)
    return _append(folder, Restriction(record, "", None, basis, by, now().isoformat()), witness)


def _append(folder: Path, row: Restriction, witness: Witness) -> Restriction:
    if not row.basis.strip():
        raise UsageError("error.restriction_basis")
    with durable.lock(folder / _LOCK):
        rows = (*load(folder).rows, row)
        witness(row)
        _write(folder, rows)
    return row


def _write(folder: Path, rows: Sequence[Restriction]) -> None:
    content = sealed.dumps({"rows": [to_plain(row) for row in rows]})
    durable.write_file(folder / FILE, content, 0o640)
