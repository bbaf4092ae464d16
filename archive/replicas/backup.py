"""`kho backup`: the home into a restic repository, consistent while ingest and look-up go on.

Twice: first everything while nothing waits, which moves nearly all bytes; then, while commits wait, what changes at all
is frozen and the rest looked over again. Only the second snapshot counts. The key that signs the access log is not in
it: who can read the repository must not be able to forge the log; it is kept apart (`--keys`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive import durable, home_identity, space
from archive.audit.signer import KEY_FILE
from archive.errors import UsageError
from archive.holdings.store import Holdings
from archive.replicas import frozen
from archive.replicas.repair import ASIDE
from archive.replicas.restic import Restic, Saved
from archive.settings import Settings

TAG, FIRST_PASS = "kho", "kho-first-pass"
"""Tags of snapshots to restore from, and of those that were only the way there."""


@dataclass(frozen=True)
class Backup:
    """`waited`: seconds for which commits had to wait. `added`: bytes new in the repository."""

    snapshot: str
    files: int
    bytes: int
    added: int
    waited: float


def backup(
    settings: Settings,
    restic: Restic,
    *,
    keys: Path | None = None,
    before: Callable[[], object] = lambda: None,
) -> Backup:
    """Raises UsageError for a repository that is none or lies inside the home, StorageError without room.

    `before` is called when everything is checked and nothing was saved yet: the access log.
    """
    identity = home_identity.check(settings)
    _require_outside(settings, restic.folder, keys)
    restic.require()
    _require_room(settings, restic)
    if keys:
        _save_key(settings, keys)
    before()
    names = [
        name for name in ("kho-home.json", "holdings", "renditions", ASIDE) if (settings.home / name).exists()
    ]
    first = restic.backup(settings.home, names, [FIRST_PASS], most_of_it=True)
    with durable.lock(Holdings(settings.holdings).commit_lock, wait=True):
        begun = time.monotonic()
        saved = _second(settings, restic, names, identity)
        waited = time.monotonic() - begun
    restic.forget(first.snapshot)
    return Backup(saved.snapshot, saved.files, saved.bytes, first.added + saved.added, round(waited, 3))


def _second(settings: Settings, restic: Restic, names: list[str], identity: str) -> Saved:
    folder = frozen.freeze(settings)
    try:
        return restic.backup(settings.home, [*names, frozen.FOLDER], [TAG, f"home-{identity}"])
    finally:
        durable.remove_tree(folder)


def _require_outside(settings: Settings, *places: Path | None) -> None:
    home = settings.home.resolve()
    for place in places:
        if place and (place.resolve() == home or home in place.resolve().parents):
            raise UsageError("backup.inside", path=place)


def _require_room(settings: Settings, restic: Restic) -> None:
    """A repository on a disk of this machine has to hold what is new since the last backup; restic packs it tighter."""
    if restic.folder:
        made = restic.snapshots(TAG)
        since = datetime.fromisoformat(_seconds(made[-1].time)).timestamp() if made else 0.0
        new = sum(_new(root, since) for root in (settings.holdings, settings.renditions))
        space.require(restic.folder, new, settings.free_reserve)
    space.require(settings.home, space.size_of(settings.audit) // 8, settings.free_reserve)


def _seconds(time_of_restic: str) -> str:
    """Without the nanoseconds, which Python before 3.11 cannot read: 2026-01-31T08:00:00+07:00."""
    return f"{time_of_restic[:19]}{time_of_restic[-6:] if time_of_restic[-6] in '+-' else '+00:00'}"


def _new(root: Path, since: float) -> int:
    """Bytes of the files below `root` that came or changed since."""
    size = 0
    for parent, _, names in os.walk(root):
        for name in names:
            status = os.lstat(os.path.join(parent, name))
            size += status.st_size if status.st_ctime >= since else 0
    return size


def _save_key(settings: Settings, folder: Path) -> None:
    path = settings.keys / KEY_FILE
    if path.is_file():
        durable.write_file(folder / KEY_FILE, path.read_bytes(), 0o600)
