"""Composition root of the write side: settings -> publishing, accounts, the access log. Not for the web process."""

from __future__ import annotations

import contextlib
import getpass
import json
from collections.abc import Callable
from pathlib import Path

from archive import home
from archive.audit import journal
from archive.audit.entry import Entry
from archive.errors import KhoError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Finding
from archive.people.accounts import Account, grant_to_plain
from archive.people.accounts_writer import AccountsWriter
from archive.ports import AuditSink
from archive.publishing import publish as publishing
from archive.publishing import rebuild as rebuilding
from archive.publishing import rollback as rolling_back
from archive.publishing.publish import Report
from archive.publishing.rebuild import Rebuilt
from archive.replicas import backup as backing_up
from archive.replicas import repair as repairing
from archive.replicas import restore as restoring
from archive.replicas.backup import Backup
from archive.replicas.repair import Report as Repaired
from archive.replicas.restic import Restic
from archive.replicas.restore import Restored
from archive.rights import declassification_writer
from archive.rights.declassification_writer import Declassified
from archive.settings import Settings
from archive.units.store import Entry as Change
from archive.units.store_writer import RegisterWriter
from archive.wiring_read import Archive


def publish(
    settings: Settings,
    *,
    rebuild: bool = False,
    accept_missing: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Publish what is committed; an ingest may go on meanwhile, its unfinished versions are not seen."""
    home.check(settings)
    return publishing.publish(
        settings,
        Holdings(settings.holdings),
        Renditions(settings.renditions),
        rebuild=rebuild,
        accept_missing=accept_missing,
        progress=progress,
    )


def rebuild(
    settings: Settings, *, progress: Callable[[int, int], None] | None = None, export: Path | None = None
) -> Rebuilt:
    """Build the look-up anew from packages and readings; on record when there is a log to record it in."""
    home.check(settings)
    made = rebuilding.rebuild(settings, progress, export)
    detail = {"generation": made.generation, "digest": made.digest, "before": made.before}
    _tell_log(settings, Entry("rebuild", Archive(settings).operator().name, detail=detail))
    return made


def _tell_log(settings: Settings, entry: Entry) -> None:
    """What was done is done: a log that cannot be written is no reason to undo it. `kho verify` names its damage."""
    with contextlib.suppress(KhoError):
        access_log(settings).record(entry)


def access_log(settings: Settings) -> AuditSink:
    """The access log as commands of this machine write it. Heads are signed by the keeper and `kho audit`."""
    return journal.of_home(settings)


def accounts(settings: Settings) -> AccountsWriter:
    """Accounts as commands of this machine change them: every change is on record before it is made."""
    log, operator = access_log(settings), Archive(settings).operator().name

    def record(account: Account, why: str) -> None:
        grants = [json.dumps(grant_to_plain(grant), ensure_ascii=False) for grant in account.grants]
        log.record(Entry("account", operator, object=account.name, why=why, detail={"grants": grants}))

    return AccountsWriter(settings.accounts, record)


def declassify(settings: Settings, record: str, basis: str) -> Declassified:
    """Lift the grade of a control entry; on record before it is done. Raises as declassification_writer does."""
    home.check(settings)
    log, operator = access_log(settings), Archive(settings).operator().name

    def witness(act: Declassified) -> None:
        detail = {"grade": act.grade, "records": list(act.records)}
        log.record(
            Entry("declassification", operator, record, why=basis.strip(), unit=act.unit, detail=detail)
        )

    return declassification_writer.declassify(settings, record, basis=basis, by=operator, witness=witness)


def repair(settings: Settings, copy: Path, *, dry_run: bool) -> Repaired:
    """Repair what `kho verify` found from a second copy; each package is on record before it is touched."""
    home.check(settings)
    log, operator = access_log(settings), Archive(settings).operator().name

    def witness(told: Finding) -> None:
        detail = {"file": told.file, "from": str(copy), **told.values}
        log.record(Entry("repair", operator, told.values.get("id", ""), why=told.code, detail=detail))

    return repairing.repair(settings, copy, operator, witness, dry_run)


def backup(settings: Settings, restic: Restic, keys: Path | None) -> Backup:
    """Back the home up; on record first, when there is a log to record it in."""
    entry = Entry(
        "backup", Archive(settings).operator().name, restic.repository, detail={"keys": bool(keys) * 1}
    )
    return backing_up.backup(settings, restic, keys=keys, before=lambda: _tell_log(settings, entry))


def restore(
    settings: Settings,
    restic: Restic,
    snapshot: str,
    keys: Path | None,
    progress: Callable[[int, int], None] | None = None,
) -> Restored:
    """A home from a backup, where there is none yet."""
    by = settings.operator or getpass.getuser()
    return restoring.restore(settings, restic, snapshot=snapshot, keys=keys, by=by, progress=progress)


def units(settings: Settings) -> RegisterWriter:
    """The register of units as commands of this machine change it: every change is on record before it is made."""
    log, operator = access_log(settings), Archive(settings).operator().name

    def record(entry: Change) -> None:
        detail = {"number": entry.number, "digest": entry.file.partition(".")[0], "undoes": entry.undoes}
        log.record(
            Entry("units", operator, object=entry.name, why=f"units_change.{entry.action}", detail=detail)
        )

    return RegisterWriter(settings.register, record)


def rollback(settings: Settings) -> Report:
    home.check(settings)
    return rolling_back.rollback(settings, Holdings(settings.holdings))
