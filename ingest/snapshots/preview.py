"""What a take-over would keep, without keeping anything (--dry-run): the same rows, mapping and shelves, in a scratch file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive import durable, ids
from archive.holdings.store import Holdings
from archive.model import Finding, Fonds
from archive.ports import Executor
from archive.processing import TableCount
from archive.settings import Settings, now
from archive.units import store
from ingest.batch.earlier import Earlier
from ingest.progress import Tally
from ingest.snapshots import attachments, inspection, outcome, volumes
from ingest.snapshots.forms.open import opened
from ingest.snapshots.handed import Handed
from ingest.snapshots.held import HeldRecords
from ingest.snapshots.inspection import Estimate
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.mapping import SystemMapping
from ingest.snapshots.ownership import settle
from ingest.snapshots.records import Draft
from ingest.snapshots.shelving import EXAMPLES, Shelving, fitted
from ingest.snapshots.staging import Staging
from ingest.snapshots.stock import Received, take_stock


@dataclass(frozen=True)
class Group:
    """Records of one register, owning unit (its id in the system) and year. `secret` are those the system calls so."""

    fonds: str
    register: str
    unit: str
    year: str
    records: int
    secret: int


@dataclass(frozen=True)
class Preview:
    """`known`: records that are held already and keep their ids. `left_out`: rows of record tables not taken, by reason;
    their tables say how many could not be. `contents`: different places that attachments lie in. `lost`: first missing."""

    system: str
    package: str
    kind: str
    tables: tuple[TableCount, ...]
    records: int
    known: int
    groups: tuple[Group, ...]
    left_out: Mapping[str, int]
    attachments: int
    missing: int
    contents: int
    lost: tuple[str, ...]
    findings: tuple[Finding, ...]
    estimate: Estimate

    @property
    def serious(self) -> bool:
        return bool(self.missing or any(finding.severity == "error" for finding in self.findings))


def preview(
    config: Settings, path: Path, handed: Handed, fonds: Fonds, mapping: SystemMapping, executor: Executor,
    progress: Tally, same_system: bool = False,
) -> Preview:  # fmt: skip
    """Raises what a take-over would: SourceRefused, UsageError. Writes into the work folder only, and clears it."""
    holdings = Holdings(config.holdings)
    earlier = Earlier(holdings)
    earlier.learn(fonds.code)
    owners = settle(fonds, mapping, earlier.described, store.load(config.register), now().date())
    fonds = owners.fonds[fonds.code]
    received = take_stock(path.resolve(), executor, progress)
    findings = [*owners.findings, *received.findings]
    clear(config, fonds.code)
    staging = Staging(_scratch(config, fonds.code) / "rows.sqlite")
    try:
        rehearsal = _Rehearsal(staging, received, handed, fonds, progress)
        return rehearsal.run(path.resolve(), mapping, holdings, earlier, same_system, findings)
    finally:
        staging.close()
        clear(config, fonds.code)


def clear(config: Settings, fonds: str) -> None:
    """Remove the rows of a rehearsal, also of one that was killed: there are secret ones among them."""
    durable.remove_tree(_scratch(config, fonds))


def _scratch(config: Settings, fonds: str) -> Path:
    """One for each fonds: whoever takes over into a fonds is alone there."""
    return config.work / "dry-run" / fonds


class _Rehearsal:
    def __init__(
        self, staging: Staging, received: Received, handed: Handed, fonds: Fonds, progress: Tally
    ) -> None:
        self.staging, self.received, self.handed, self.fonds = staging, received, handed, fonds
        self.progress = progress
        self.claims: Counter[bool] = Counter()
        self.lost: list[str] = []

    def run(
        self, path: Path, mapping: SystemMapping, holdings: Holdings, earlier: Earlier, same: bool,
        findings: list[Finding],
    ) -> Preview:  # fmt: skip
        begun = time.process_time()
        with opened(path) as source:
            self.staging.load(source, self.received.mark, self.progress)
        seconds = time.process_time() - begun
        mapping = fitted(mapping, self.staging)
        package = ids.dossier_id(self.fonds.code, self.handed.code)
        same = same or (holdings.has(package) and holdings.dossier(package).files == self.received.files)
        held = HeldRecords(self.staging, holdings, self.handed.system, self.fonds.code, same)
        held.learn(earlier.known())
        self.ledger = Ledger(self.staging)
        shelving = Shelving(self.staging, self.ledger, mapping, self.handed, self.fonds.code, self.progress)
        shelving.run(self._ask)
        held.require_same_system()
        tables, contents = outcome.counted(self.staging, self.ledger, mapping), self.ledger.count_unlooked()
        size = sum(file.size for file in self.received.files)
        return Preview(
            self.handed.system, package, self.staging.state("kind"), tables, self.ledger.count(),
            self.ledger.count_known(), self._groups(), outcome.left_out(tables, mapping), self.claims[True], self.claims[False],
            contents, tuple(self.lost), (*self.staging.findings(), *findings, *shelving.findings()),
            inspection.estimate(sum(table.read for table in tables), seconds, contents, size),
        )  # fmt: skip

    def _ask(self, block: int, draft: Draft) -> None:
        for claim in draft.claims:
            place, failure = attachments.place_of(self.received, claim)
            self.claims[not failure] += 1
            if place:
                self.ledger.ask(place, claim.name, block, draft.row)
            elif len(self.lost) < EXAMPLES and not self.ledger.is_graded(block, draft.row):
                self.lost.append(claim.name or claim.path)

    def _groups(self) -> tuple[Group, ...]:
        return tuple(
            Group(shelf.fonds, volumes.volume_title(shelf, 1, 1), unit, shelf.year, records, secret)
            for shelf, unit, records, secret in self.ledger.groups()
        )
