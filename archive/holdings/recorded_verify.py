"""A check that is remembered: when each part was looked at, what was found, how the run ended. One run at a time.

Write side, used by `kho verify`. What a whole run found sound and nobody had remembered yet is remembered from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from archive import durable, home_check, ids
from archive import settings as clock
from archive.errors import IntegrityError
from archive.holdings import fixity, heads, heads_writer, ledger, package, places
from archive.holdings.fixity import Choice, Progress, Report
from archive.holdings.ledger import Run
from archive.holdings.ledger_writer import LedgerWriter
from archive.holdings.store import Holdings
from archive.settings import Settings


def stopped(settings: Settings) -> Run | None:
    """The newest run when it was stopped before its end."""
    runs = ledger.load(settings.home / heads.FOLDER).runs
    return runs[-1] if runs and not runs[-1].ended else None


def verify(
    settings: Settings, progress: Progress | None, choice: Choice, said: str = "", by: str = ""
) -> Report:
    """Check and remember. `said` is the choice in words. Raises HomeError when another run goes on."""
    folder = settings.home / heads.FOLDER
    keeping = LedgerWriter(folder)
    with durable.lock(keeping.lock):
        run = Run(choice.since or clock.now().isoformat(), said, by=by)
        keeping.begin(run)
        try:
            report = fixity.verify(settings, progress, choice, keeping.note)
        finally:
            keeping.flush()
        _forget(settings, keeping)
        if report.whole:
            _learn(settings)
        keeping.end(_ended(run, report, settings))
    return report


def _ended(run: Run, report: Report, settings: Settings) -> Run:
    return replace(
        run,
        ended=clock.now().isoformat(),
        parts=report.parts,
        bytes=report.bytes,
        seconds=report.seconds,
        findings=len(report.findings),
        whole=report.whole,
        digest=report.digest,
        settings=home_check.config_digest(settings),
    )


def _forget(settings: Settings, keeping: LedgerWriter) -> None:
    """Damage at a place where nothing lies any more, and nothing should, is no damage any more."""
    holdings, known = Holdings(settings.holdings), heads.of(settings.holdings)
    due = {ledger.part_of(dossier_id) for dossier_id in known.newest}
    due |= {ledger.PUBLISHED, ledger.HOME, ledger.ROOT}
    for part, check in ledger.load(keeping.folder).checks.items():
        if check.findings and part not in due and not (holdings.root / part).exists():
            keeping.note(replace(check, findings=()))


def _learn(settings: Settings) -> None:
    """Remember the heads of sound packages that a kill, an earlier version of Kho or damage left out of the memory."""
    holdings, kept = Holdings(settings.holdings), ledger.load(settings.home / heads.FOLDER)
    with durable.lock(holdings.commit_lock, wait=True):
        known = heads.of(settings.holdings)
        if known.damaged:
            _write_anew(known)
            known = heads.of(settings.holdings)
        for dossier_id, version, state in _unknown(holdings, known, kept):
            heads_writer.remember(known, dossier_id, version, state)


def _unknown(holdings: Holdings, known: heads.Heads, kept: ledger.Ledger) -> Iterator[tuple[str, int, str]]:
    states = {head.state for head in known.newest.values()}
    for root in holdings.object_roots():
        check = kept.checks.get(places.name(holdings, root))
        try:
            if check is None or check.findings or package.read_state(root) in states:
                continue
            inventory, state = package.read_inventory(root)
        except (IntegrityError, OSError):
            continue
        yield ids.dossier_of_object(inventory.id), inventory.head, state


def _write_anew(known: heads.Heads) -> None:
    rows = [heads_writer.row(dossier_id, head) for dossier_id, head in known.newest.items()]
    path: Path = known.path
    durable.write_file(path, heads_writer.lines(rows), 0o640)
