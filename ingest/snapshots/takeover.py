"""Takes a snapshot over: keep it whole -> stage its rows -> look at its attachments -> keep its records as volumes.

Resumable at any moment: the snapshot's package, the staged rows, what was looked at, the renditions and the volumes kept are
each looked for and not made again. What is secret is known before any record is kept.
"""

from __future__ import annotations

import getpass
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from archive import durable, ids, settings
from archive.errors import UsageError
from archive.holdings.package import NewFile
from archive.holdings.writer import HoldingsWriter, turn
from archive.model import Dossier, Event, Finding, Fonds
from archive.ports import Executor
from archive.processing import Snapshot
from archive.settings import Settings, now
from archive.units import store
from ingest.batch.earlier import Earlier
from ingest.batch.keeping import Keeper
from ingest.grading.grades import SHARED, grade_of_name, highest
from ingest.grading.secrecy import Secrets
from ingest.progress import Tally
from ingest.snapshots import checking, outcome, volumes
from ingest.snapshots import mapping as mappings
from ingest.snapshots.attachments import Attached, Attachments
from ingest.snapshots.counts import Counts, counts_of
from ingest.snapshots.forms.open import opened
from ingest.snapshots.handed import Handed
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.mapping import Records, SystemMapping
from ingest.snapshots.outcome import Outcome
from ingest.snapshots.ownership import Owners, settle
from ingest.snapshots.records import Draft, RecordReader
from ingest.snapshots.staging import ROW, Staged, Staging, same
from ingest.snapshots.stock import Received, take_stock
from ingest.snapshots.volumes import SIZE, Content, Shelf


class TakeOver:
    """`fonds` is the one of the system's owner: the snapshot's package is there, and records of units not mapped."""

    def __init__(
        self, config: Settings, path: Path, handed: Handed, fonds: Fonds, mapping: SystemMapping,
        executor: Executor, progress: Tally,
    ) -> None:  # fmt: skip
        self.settings, self.path, self.handed, self.fonds, self.mapping = (
            config,
            path.resolve(),
            handed,
            fonds,
            mapping,
        )
        self.executor, self.progress = executor, progress
        self.package = ids.dossier_id(fonds.code, handed.code)
        self.holdings = HoldingsWriter(config.holdings, config.work / "staging" / fonds.code, config.operator)
        self.earlier, self.secrets = Earlier(self.holdings), Secrets()
        self.borne: dict[str, str] = {}
        self.shared: Counter[str] = Counter()
        self.findings: list[Finding] = []

    def run(self) -> Outcome:
        """Raises SourceRefused when the snapshot cannot be read, StorageError when the disk cannot take it."""
        self.fonds = self.owners.fonds[self.fonds.code]
        self.findings += self.owners.findings
        received = take_stock(self.path, self.executor, self.progress)
        self.findings += received.findings
        self.staging = Staging(self.settings.work / "snapshots" / f"{self.package.replace(':', '+')}.sqlite")
        try:
            self._stage(received)
            self._keep_snapshot(received)
            self.ledger = Ledger(self.staging)
            self.attachments = Attachments(self.settings, received, self.ledger, self.executor, self.progress)
            self.reader = RecordReader(self.staging, self.mapping, self.handed.system, self.handed.as_of)
            self._shelve()
            self.attachments.look()
            self._know_stated()
            self.attachments.read_pages(self.secrets.grades)
            return self._keep()
        finally:
            self.staging.close()

    @cached_property
    def owners(self) -> Owners:
        """Whose records these are, settled before anything is read. Raises UsageError."""
        self.holdings.recover()
        self.earlier.learn(self.fonds.code)
        register = store.load(self.settings.register)
        return settle(self.fonds, self.mapping, self.earlier.described, register, now().date())

    # ------------------------------------------------------------------ the snapshot itself

    def _stage(self, received: Received) -> None:
        if not self.staging.is_loaded(received.mark):
            with opened(self.path) as source:
                self.staging.load(source, received.mark, self.progress)
                self.staging.remember(kind=source.kind)
        self.mapping = mappings.resolved(self.mapping, self.staging.columns())
        if not any(self.staging.table(name) for name in self._tables):
            raise UsageError(
                "mapping.no_records", tables=", ".join(table.name for table in self.staging.tables()[:12])
            )
        for absent in checking.absences(self.mapping, self.staging):
            if absent.needed and absent.column:
                raise UsageError(
                    "mapping.unfit", place=absent.place, table=absent.table, column=absent.column
                )

    def _keep_snapshot(self, received: Received) -> None:
        """One package that holds the snapshot whole and unchanged, and the mapping it is read by."""
        content = self.mapping.text.encode()
        digest, mapping = (
            hashlib.sha256(content).hexdigest(),
            self.settings.work / "snapshots" / f"{self.handed.code}.toml",
        )
        durable.write_file(mapping, content)
        about = Snapshot(
            self.handed.system, self.staging.state("kind"), self.handed.title or self.mapping.title, self.handed.as_of,
            self.handed.method, self.handed.decision, self.handed.closed, digest, self.staging.counts(),
        )  # fmt: skip
        dossier = Dossier(
            id=self.package,
            code=self.handed.code,
            title=f"Bản chụp hệ thống {about.title or about.system}",
            fonds=self.fonds,
            items=(),
            events=(self._event("accession"), self._event("message digest calculation", "SHA-256, SHA-512")),
            accession=self.handed.code,
            findings=self.staging.findings(),
            kind="snapshot",
            snapshot=about,
            files=received.files,
        )
        with turn(self.settings):
            if not self._is_kept(dossier):
                self.holdings.commit(
                    dossier, [*received.new_files, NewFile(f"mapping/{digest[:12]}.toml", mapping, digest)]
                )

    def _is_kept(self, dossier: Dossier) -> bool:
        """Is just this snapshot held, with the account of an earlier run?"""
        if not self.holdings.has(dossier.id):
            return False
        held = self.holdings.dossier(dossier.id)
        same = (held.files, held.title, held.fonds) == (dossier.files, dossier.title, dossier.fonds)
        return same and _facts(held.snapshot) == _facts(dossier.snapshot)

    def _keep_account(self) -> Snapshot:
        """What became of its rows stays with the snapshot: whoever hands over and takes over can count again."""
        held, tally = self.holdings.dossier(self.package), self.tally
        about = replace(
            held.snapshot,
            tables=outcome.counted(self.staging, self.ledger, self.mapping),
            attachments=tally.named,
            missing=tally.missing,
        )
        findings = (*self.staging.findings(), *self.findings)
        self.holdings.commit(replace(held, snapshot=about, findings=findings))
        return about

    def _event(self, kind: str, detail: str = "", about: str = "") -> Event:
        agent = (self.settings.operator or getpass.getuser()) if kind == "accession" else "kho"
        return Event(
            kind,
            settings.now().isoformat(),
            agent,
            detail=detail or self.handed.code,
            objects=(about or self.package,),
        )

    # ------------------------------------------------------------------ records on their shelves

    def _shelve(self) -> None:
        """Decide for each row that is a record where it stands, and ask for its attachments."""
        self.ledger.begin_shelving()
        read = {table.name: table.read for table in self.staging.counts()}
        self.progress.stage(
            "snapshot.stage.records", sum(read.get(records.table, 0) for records in self.mapping.records)
        )
        unknown: Counter[str] = Counter()
        for block, records in enumerate(self.mapping.records):
            if records.table in read:
                self._shelve_table(block, records, unknown)
            else:
                self._find("snapshot.no_table", "error", table=records.table)
        self.ledger.end_shelving()
        for unit, count in sorted(unknown.items()):
            self._find("snapshot.unit_unknown", unit=unit, count=str(count), fonds=self.fonds.code)
        for unit, count in sorted(self.shared.items()):
            self._find("snapshot.unit_shares", unit=unit, count=str(count))
        for table, keys in sorted(self.reader.values.dangling.items()):
            first = ", ".join(sorted(keys)[:5])
            self._find("snapshot.key_unknown", table=table, count=str(len(keys)), keys=first)
        for block, old_id, times in self.ledger.repeated():
            self._find(
                "snapshot.id_repeated",
                "error",
                table=self.mapping.records[block].table,
                id=old_id,
                count=str(times),
            )

    def _shelve_table(self, block: int, records: Records, unknown: Counter[str]) -> None:
        for row in self.staging.rows(records.table):
            self.progress.step()
            if not _wanted(records, row):
                continue
            if not self.reader.values.key(records.id, row):
                self.ledger.refuse(records.table, int(row[ROW]))
                self._find("snapshot.no_id", "error", table=records.table, row=str(row[ROW]))
            else:
                self._place(block, self.reader.draft(records, row), unknown)

    def _place(self, block: int, draft: Draft, unknown: Counter[str]) -> None:
        self.shared.update(draft.others)
        owner = self.mapping.owner_of(draft.unit)
        if self._is_unknown(draft.unit):
            unknown[draft.unit] += 1
        shelf = volumes.shelf_of(draft.record, owner.fonds if owner else self.fonds.code)
        place = volumes.place_in_register(draft.record)
        grade = volumes.stated_grade(draft)
        self.ledger.shelve(block, draft.row, draft.record.old_id, draft.unit, shelf, place, grade)
        self.attachments.ask(block, draft)

    def _is_unknown(self, unit: str) -> bool:
        """A record of a unit that the mapping gives no fonds is closed until it does: whose it is, is not known."""
        return bool(unit) and self.mapping.owner_of(unit) is None

    @property
    def _tables(self) -> list[str]:
        return [records.table for records in self.mapping.records]

    # ------------------------------------------------------------------ keeping

    def _keep(self) -> Outcome:
        with turn(self.settings):
            self.earlier.learn(self.fonds.code)
            self._know_stated()
            self._know_papers()
            self.progress.stage("ingest.stage.commit", self.ledger.count())
            self.tally, self.digests, kept = Counts(), set(), []
            for shelf, _ in self.ledger.shelves():
                kept += self._keep_shelf(shelf)
            self._clear_stale(set(kept))
            self._close_elsewhere()
            self.attachments.forget_copies()
            about = self._keep_account()
        return Outcome(
            self.package, about, self.ledger.count(), self.tally, outcome.left_out(about.tables, self.mapping),
            tuple(kept), len(self.digests), self.attachments.pages_read, (*self.staging.findings(), *self.findings),
        )  # fmt: skip

    def _keep_shelf(self, shelf: Shelf) -> Iterator[str]:
        """Keep the volumes of a shelf. A record taken over before keeps its place, and so its id, for good."""
        fonds = self.owners.fonds[shelf.fonds]
        held = list(self._held(fonds, shelf))
        count = self.ledger.number(shelf, self._tables, *volumes.spots(held), SIZE)
        for number in range(1, count + 1):
            before = held[number - 1] if number <= len(held) else None
            made = self._volume(fonds, shelf, number, count, before)
            self.holdings.commit(made)
            yield made.id

    def _held(self, fonds: Fonds, shelf: Shelf) -> Iterator[Dossier]:
        number = 1
        while self.holdings.has(dossier_id := self._volume_id(fonds, shelf, number)):
            held = self.holdings.dossier(dossier_id)
            if not self._is_ours(held):
                raise UsageError("snapshot.other_system", system=self.handed.system, volume=dossier_id)
            yield held
            number += 1

    def _clear_stale(self, kept: set[str]) -> None:
        """A record that stands on another shelf now leaves the one where it stood; what it was found by moves with it."""
        for dossier_id in sorted(self.earlier.known() - kept):
            if not ids.code_of(dossier_id).startswith(f"{self.handed.system}."):
                continue
            held = self.holdings.dossier(dossier_id)
            if held.kind not in ("register", "procedures") or not self._is_ours(held):
                continue
            left = tuple(
                item
                for item in held.items
                if not self.ledger.knows(item.extra.get(volumes.SPOT, ""), self._tables)
            )
            if len(left) < len(held.items):
                moved = len(held.items) - len(left)
                self._find("snapshot.moved", "warning", volume=dossier_id, count=str(moved))
                extra = held.extra | {"snapshot": self.package}  # the snapshot before it keeps its figures
                self.holdings.commit(replace(held, items=left, extra=extra))

    def _is_ours(self, held: Dossier) -> bool:
        """Was the volume made from a snapshot of the same owner's system?"""
        return ids.fonds_of(held.extra.get("snapshot", "")) == self.fonds.code

    def _volume_id(self, fonds: Fonds, shelf: Shelf, number: int) -> str:
        return ids.dossier_id(fonds.code, volumes.volume_code(self.handed.system, shelf, number))

    def _volume(self, fonds: Fonds, shelf: Shelf, number: int, count: int, held: Dossier | None) -> Dossier:
        dossier_id = self._volume_id(fonds, shelf, number)
        items = {}
        for ordinal, spot, draft, attached in self._on(shelf, number):
            described = self.attachments.described(attached)
            item_id = ids.item_id(dossier_id, ordinal)
            level = "closed" if self._is_unknown(draft.unit) else "open"
            item = volumes.item_of(item_id, ordinal, draft, described, self.package, self.handed.code, level)
            items[item_id] = replace(item, extra=item.extra | {volumes.SPOT: spot})
            self.tally += counts_of(item)
            self.digests.update(file.sha256 for file in item.files)
            self.progress.step()
        for item in held.items if held else ():  # what this snapshot has no more is not lost
            if item.id not in items and not self.ledger.knows(item.extra.get(volumes.SPOT, ""), self._tables):
                items[item.id] = item
        made = volumes.volume(
            fonds, shelf, (self.handed.system, number, count), list(items.values()),
            (self._event("accession", about=dossier_id),), self.package,
        )  # fmt: skip
        last = max([volumes.last_ordinal(held), *(item.ordinal for item in items.values())])
        facts = _facts(self.holdings.dossier(self.package).snapshot)
        return replace(made, snapshot=facts, extra=made.extra | {volumes.LAST: str(last)})

    def _on(self, shelf: Shelf, number: int) -> Iterator[tuple[int, str, Draft, Attached]]:
        """The records of a volume, with their attachments as far as they are known to be secret."""
        for ordinal, spot, block, row in self.ledger.on(shelf, number):
            records = self.mapping.records[block]
            draft = self.reader.draft(records, self.staging.row(records.table, row))
            attached = self.attachments.of(draft)
            graded = [(claim, replace(one, grade=self._grade(one.sha256))) for claim, one in attached]
            yield ordinal, spot, draft, graded

    def _grade(self, sha256: str) -> str:
        return self.borne.get(sha256) or (SHARED if sha256 in self.secrets.grades else "")

    # ------------------------------------------------------------------ secrecy

    def _know_stated(self) -> None:
        """What is secret by what the system and the files' names say, or because it is held as secret: not to be read."""
        self.secrets.lifted = self.earlier.lifted()
        for sha256, grade in self.earlier.secret().items():
            self.secrets.mark([sha256], grade)
        for content in self.ledger.contents():
            self._bears(content, highest(*map(grade_of_name, (content.name, *content.locator.split("!")))))
        for block, row, grade in self.ledger.graded():
            self.secrets.mark(self.ledger.digests_of(block, row), grade)

    def _know_papers(self) -> None:
        """What bears a secrecy mark on its pages; all files of a record with one are secret with it."""
        for content in self.ledger.contents():
            if content.sha256 not in self.secrets.grades:
                self._bears(content, self.attachments.paper_grade(content))
        for record in self.ledger.records_with(self.borne):
            digests = self.ledger.digests_of(*record)
            self.secrets.mark(digests, highest(*(self.borne.get(sha256, "") for sha256 in digests)))

    def _bears(self, content: Content, grade: str) -> None:
        if grade and content.sha256 and content.sha256 not in self.secrets.lifted:
            self.borne[content.sha256] = highest(grade, self.borne.get(content.sha256, ""))
            self.secrets.mark([content.sha256], grade)

    def _close_elsewhere(self) -> None:
        """What turned out to be secret here is closed in whatever dossier it came in as open."""
        self.earlier.learn(self.fonds.code)
        keeper = Keeper(
            self.settings, self.holdings, self.attachments.kept, f"{self.fonds.code}:{self.handed.code}"
        )
        keeper.withdraw(self.secrets, self.earlier)
        self.earlier.learn(self.fonds.code)
        keeper.forget(self.secrets, self.earlier)

    def _find(self, code: str, severity: str = "warning", **values: str) -> None:
        self.findings.append(Finding(code, severity, values=values))


def _facts(snapshot: Snapshot) -> Snapshot:
    """What it is, without the account of what became of it."""
    return replace(snapshot, tables=(), attachments=0, missing=0)


def _wanted(records: Records, row: Staged) -> bool:
    return all(same(row.get(column), wanted) for column, wanted in records.only.items())
