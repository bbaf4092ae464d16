"""Takes a snapshot over: keep it whole -> stage its rows -> look at its attachments -> keep its records as volumes.

Resumable at any moment: the snapshot's package, the staged rows, what was looked at, the renditions and the volumes kept are
each looked for and not made again. What is secret is known before any record is kept.
"""

from __future__ import annotations

from contextlib import closing
from functools import cached_property
from pathlib import Path

from archive import ids, space
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Finding, Fonds
from archive.ports import Executor
from archive.settings import Settings, now
from archive.units import store
from ingest.batch.earlier import Earlier
from ingest.progress import Tally
from ingest.snapshots import outcome
from ingest.snapshots.attachments import Attachments
from ingest.snapshots.binding import Binding
from ingest.snapshots.closing import Closing
from ingest.snapshots.forms.open import opened
from ingest.snapshots.handed import Handed
from ingest.snapshots.held import HeldRecords
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.outcome import Outcome
from ingest.snapshots.ownership import Owners, settle
from ingest.snapshots.shelving import Shelving, fitted
from ingest.snapshots.staging import Staging, disk_errors
from ingest.snapshots.stock import Received, take_stock
from ingest.snapshots.whole import Whole


class TakeOver:
    """`fonds` is the one of the system's owner: the snapshot's package is there, and records of units not mapped.

    `same_system`: a person says that it is the system held under this code, whatever it looks like.
    """

    def __init__(
        self, config: Settings, path: Path, handed: Handed, fonds: Fonds, mapping: SystemMapping,
        executor: Executor, progress: Tally, same_system: bool = False,
    ) -> None:  # fmt: skip
        self.settings, self.path, self.handed, self.fonds = config, path.resolve(), handed, fonds
        self.mapping, self.executor, self.progress = mapping, executor, progress
        self.same_system = same_system
        self.package = ids.dossier_id(fonds.code, handed.code)
        self.holdings = HoldingsWriter(config.holdings, config.work / "staging" / fonds.code, config.operator)
        self.earlier = Earlier(self.holdings)
        self.findings: list[Finding] = []

    def run(self) -> Outcome:
        """Raises SourceRefused when the snapshot cannot be read, StorageError when the disk cannot take it, UsageError
        when the mapping does not fit or another system is held under its code."""
        self.fonds = self.owners.fonds[self.fonds.code]
        self.findings += self.owners.findings
        received = take_stock(self.path, self.executor, self.progress)
        self.findings += received.findings
        self._require_room(received)
        path = self.settings.work / "snapshots" / f"{self.package.replace(':', '+')}.sqlite"
        with disk_errors(path), closing(Staging(path)) as self.staging:
            self._stage(received)
            self._shelve(received)
            whole = Whole(self.settings, self.holdings, self.package, self.handed, self.fonds)
            whole.keep(received, self.staging, self.mapping)
            self.attachments.look()
            self.closing.know_stated()
            self.attachments.read_pages(self.closing.secrets.grades)
            made = self._keep(whole)
            self.staging.discard()
            return made

    def _require_room(self, received: Received) -> None:
        """The snapshot is kept whole, and its rows are staged: that takes at most about as much again."""
        size = sum(file.size for file in received.files)
        space.require(
            self.settings.home, size if self._is_held(received) else 2 * size, self.settings.free_reserve
        )

    @cached_property
    def owners(self) -> Owners:
        """Whose records these are, settled before anything is read. Raises UsageError."""
        self.holdings.recover()
        self.earlier.learn(self.fonds.code)
        register = store.load(self.settings.register)
        return settle(self.fonds, self.mapping, self.earlier.described, register, now().date())

    def _stage(self, received: Received) -> None:
        if not self.staging.is_loaded(received.mark):
            with opened(self.path) as source:
                self.staging.load(source, received.mark, self.progress)
        self.mapping = fitted(self.mapping, self.staging)

    def _shelve(self, received: Received) -> None:
        """Decide for each row that is a record where it stands, and ask for its attachments."""
        same = self.same_system or self._is_held(received)
        self.held = HeldRecords(self.staging, self.holdings, self.handed.system, self.fonds.code, same)
        self.held.learn(self.earlier.known())
        self.ledger = Ledger(self.staging)
        self.attachments = Attachments(self.settings, received, self.ledger, self.executor, self.progress)
        self.shelving = Shelving(
            self.staging, self.ledger, self.mapping, self.handed, self.fonds.code, self.progress
        )
        self.shelving.run(self.attachments.ask)
        self.held.require_same_system()
        self.closing = Closing(self.ledger, self.attachments, self.earlier)
        self.findings += self.shelving.findings()

    def _is_held(self, received: Received) -> bool:
        """Just these files are held as this system: it is the same, whatever another mapping makes of it."""
        return self.holdings.has(self.package) and self.holdings.dossier(self.package).files == received.files

    def _keep(self, whole: Whole) -> Outcome:
        with turn(self.settings):
            self.earlier.learn(self.fonds.code)
            self.held.learn(self.earlier.known())
            self.closing.know_stated()
            self.closing.know_papers()
            self.progress.stage("ingest.stage.commit", self.ledger.count())
            binding = Binding(
                self.holdings, whole, self.shelving, self.held, self.attachments, self.closing,
                self.owners.fonds, self.progress,
            )  # fmt: skip
            self.findings += binding.run()
            batch = f"{self.fonds.code}:{self.handed.code}"
            self.closing.close_elsewhere(self.settings, self.holdings, self.fonds.code, batch)
            self.attachments.forget_copies()
            findings = (*self.staging.findings(), *self.findings)
            tables = outcome.counted(self.staging, self.ledger, self.mapping)
            about = whole.keep_account(tables, binding.tally, findings)
        return Outcome(
            self.package, about, self.ledger.count(), binding.tally, outcome.left_out(about.tables, self.mapping),
            tuple(binding.volumes), len(binding.digests), self.attachments.pages_read, findings,
        )  # fmt: skip
