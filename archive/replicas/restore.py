"""`kho restore`: a home from a restic repository on a bare machine: restored aside, checked to the last byte, published,
and only then in its place. Killed at any moment, the same command begins anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from archive import durable, home_identity, space
from archive import settings as configuration
from archive.audit import journal, signer
from archive.audit.entry import Entry
from archive.audit.heads import newest_head
from archive.audit.log import segments
from archive.errors import UsageError
from archive.holdings import recorded_verify
from archive.holdings.fixity import Choice
from archive.holdings.writer import HoldingsWriter
from archive.model import Finding
from archive.publishing.rebuild import rebuild
from archive.replicas import frozen
from archive.replicas.backup import TAG
from archive.replicas.restic import Restic, Snapshot
from archive.settings import Settings

ASIDE = ".restoring"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Restored:
    """`findings` are those of the check and of publishing; `closed_log`: the folder of the log that goes on no more,
    since its key was not at hand; "" when it goes on."""

    snapshot: str
    time: str
    packages: int
    bytes: int
    generation: str
    digest: str
    closed_log: str
    findings: tuple[Finding, ...]


def restore(
    settings: Settings,
    restic: Restic,
    *,
    snapshot: str = "",
    keys: Path | None = None,
    by: str = "",
    progress: Progress | None = None,
) -> Restored:
    """Raises UsageError when something is in the home's place or there is no such snapshot, StorageError without room."""
    home = settings.home
    if home.exists() and any(home.iterdir()):
        raise UsageError("restore.home_there", path=home)
    wanted = _wanted(restic, snapshot)
    space.require(home.parent, restic.size(wanted.id), settings.free_reserve)
    aside = home.with_name(home.name + ASIDE)
    durable.remove_tree(aside)
    durable.make_folder(aside)
    aside.chmod(0o700)
    restic.restore(wanted.id, aside)
    frozen.thaw(aside)
    durable.sync_disk(aside)
    made = _set_up(configuration.load(aside), keys, by, wanted, progress)
    if home.exists():
        home.rmdir()
    aside.chmod(0o750)
    durable.rename(aside, home)
    return made


def _wanted(restic: Restic, snapshot: str) -> Snapshot:
    made = restic.snapshots(TAG)
    homes = {tag for one in made for tag in one.tags if tag.startswith("home-")}
    if not snapshot and len(homes) > 1:
        raise UsageError("restore.several_homes", count=len(homes))
    found = [one for one in made if not snapshot or one.id.startswith(snapshot[: len(one.id)])]
    if not found:
        raise UsageError("restore.no_snapshot", snapshot=snapshot or "–", repository=restic.repository)
    return found[-1]


def _set_up(
    settings: Settings, keys: Path | None, by: str, wanted: Snapshot, progress: Progress | None
) -> Restored:
    """Log, holdings and look-up of a home restored aside."""
    home_identity.check(settings)
    closed = _continue_log(settings, keys)
    detail: dict[str, object] = {"snapshot": wanted.id, "time": wanted.time, "closed_log": closed}
    head = newest_head(settings.home / closed) if closed else None
    detail |= {"head": head.text} if head else {}
    journal.of_home(settings).record(Entry("restore", by, detail=detail))
    HoldingsWriter(settings.holdings, settings.work / "staging", by).recover()
    checked = recorded_verify.verify(settings, progress, Choice(), "restore", by)
    published = rebuild(settings)
    return Restored(
        wanted.id,
        wanted.time,
        checked.objects,
        checked.bytes,
        published.generation,
        checked.digest,
        closed,
        checked.findings + published.findings,
    )


def _continue_log(settings: Settings, keys: Path | None) -> str:
    """With its key the log goes on. Without it, it is closed as it is, and another one begins; returns its folder."""
    if keys:
        content = (keys / signer.KEY_FILE).read_bytes()
        durable.write_file(settings.keys / signer.KEY_FILE, content, 0o600)
        settings.keys.chmod(0o700)
        signer.load(settings.keys)
        return ""
    closed = ""
    if segments(settings.audit):
        number = len(list(settings.home.glob("audit-closed-*"))) + 1
        closed = f"audit-closed-{number}"
        durable.rename(settings.audit, settings.home / closed)
    durable.make_folder(settings.audit)
    signer.make(settings.keys, settings.audit)
    return closed
