"""A batch: take stock -> plan -> read pages -> commit dossiers -> report. Resumable at any moment.

The truth is in the renditions (pages read) and the holdings (dossiers kept): a run looks what is there and
does the rest. Nothing else is remembered between runs.
"""

from __future__ import annotations

import shutil
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from archive import durable, ids, renditions
from archive.errors import IntegrityError, StorageError
from archive.home import check as check_home
from archive.model import Fonds, Item
from archive.ports import Executor, JobFailure
from archive.renditions_writer import RenditionsWriter
from archive.settings import Settings
from archive.writer import HoldingsWriter
from ingest import catalogue_sheet, ocr, page, survey
from ingest.accounting import Account, account
from ingest.assemble import Draft, digests_of, drafts
from ingest.catalogue_sheet import Match
from ingest.dossier import Making, build, fingerprint, is_complete, is_read, sheets_of
from ingest.folder import PlannedDossier
from ingest.page import PageJob
from ingest.progress import Tally
from ingest.stock import stop_if_hopeless, take_stock
from ingest.survey import Refusal, Surveyed

RENDITION_BYTES = 1_000_000
"""What a page's image and reading take on disk, for the check of free space (a 300 dpi colour page)."""


@dataclass
class _Open:
    """A dossier in work; `missing` counts the pages still to be read."""

    planned: PlannedDossier
    making: Making
    missing: int = 0


class Batch:
    """One folder on its way into one fonds. `accession` names the batch; by default its folder's name."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        fonds: Fonds,
        accession: str,
        executor: Executor,
        progress: Tally,
    ) -> None:
        self.settings, self.folder, self.fonds, self.accession = settings, folder, fonds, accession
        self.executor, self.progress = executor, progress
        self.holdings = HoldingsWriter(
            settings.holdings, settings.work / "staging" / fonds.code, settings.operator
        )
        self.renditions = RenditionsWriter(settings.renditions)
        self.recipe = ocr.recipe()
        self.earlier: dict[str, str] = {}
        self.secret: dict[str, str] = {}
        self.pages_read = 0
        self._queue: deque[PlannedDossier] = deque()
        self._waiting: dict[str, list[_Open]] = defaultdict(list)
        self._failed: list[tuple[PageJob, JobFailure]] = []
        self._changing: set[str] = set()

    # ------------------------------------------------------------------ the run

    def prepare(self) -> None:
        """Take stock and plan; nothing is written."""
        check_home(self.settings)
        self.stock = take_stock(self.settings, self.folder, self.executor, self.progress, self._owner)
        self._learn_from_holdings()
        self._mark_secret_rows()
        self.progress.refused(self.account().counts["refused"])

    def run(self) -> Account:
        """Read every page, keep every dossier. Raises StorageError when the disk cannot take it all."""
        page.sweep(self.settings)
        self.holdings.recover()
        self._check_space()
        self.progress.stage("ingest.stage.pages", self.page_count)
        self._queue.extend(self.stock.plan.dossiers)
        while self._queue:
            for job, outcome in self.executor.run(partial(page.read_page, self.settings), self._jobs()):
                self._page_done(job, outcome)
            self._keep_failed()
        return self.account()

    def account(self) -> Account:
        digests = {name: file.sha256 for name, file in self.stock.files.items()}
        return account(self.stock.plan, digests, self.stock.refusals, self.earlier, self.secret)

    def dossier_id(self, planned: PlannedDossier) -> str:
        return ids.dossier_id(self.fonds.code, planned.code)

    @property
    def page_count(self) -> int:
        """Pages to be read or found already read: those of each dossier's different, not secret files."""
        files = self.stock.files
        return sum(
            file.pages
            for planned in self.stock.plan.dossiers
            for file in {
                files[name].sha256: files[name] for item in planned.items for name in item.files
            }.values()
            if file.sha256 not in self.secret
        )

    # ------------------------------------------------------------------ what is known before

    def _owner(self, code: str) -> str | None:
        """The name of the folder from which the held dossier of this code was made; None without one."""
        dossier_id = ids.dossier_id(self.fonds.code, code)
        if not self.holdings.has(dossier_id):
            return None
        held = self.holdings.dossier(dossier_id)
        return held.extra.get("folder", held.title)

    def _learn_from_holdings(self) -> None:
        """What earlier batches of the fonds brought, and which contents are known to be secret."""
        for dossier_id in self.holdings.dossiers():
            if ids.fonds_of(dossier_id) == self.fonds.code:
                for item in self.holdings.dossier(dossier_id).items:
                    self._learn(dossier_id, item)

    def _learn(self, dossier_id: str, item: Item) -> None:
        if item.access == "quarantined":
            self.secret |= dict.fromkeys(digests_of(item), item.extra.get("grade", ""))
        elif item.extra.get("accession") != self.accession:
            self.earlier |= {file.sha256: f"{dossier_id}/{file.name}" for file in item.files}

    def _mark_secret_rows(self) -> None:
        """What the catalogue calls secret is quarantined before anything of it is read."""
        for planned in self.stock.plan.dossiers:
            for position, row in self._match(planned).rows.items():
                if row.grade:
                    names = planned.items[position].files
                    self.secret |= {self.stock.files[name].sha256: row.grade for name in names}

    def _match(self, planned: PlannedDossier) -> Match:
        absent = [refusal.file for refusal in self.stock.refusals]
        return catalogue_sheet.match(self.stock.rows.get(planned.code, []), planned, absent)

    def _check_space(self) -> None:
        """Raises StorageError unless everything fits with the reserve left over."""
        kept = [file for file in self.stock.files.values() if file.sha256 not in self.secret]
        unread = sum(not is_read(self.renditions, key) for file in kept for key in self.page_keys(file))
        unheld = sum(file.found.size for file in kept) if unread else 0
        needed = unheld + unread * RENDITION_BYTES + self.settings.free_reserve
        free = shutil.disk_usage(self.settings.home).free
        if unread and free < needed:
            values = {"needed": f"{needed / 2**30:.1f}", "free": f"{free / 2**30:.1f}"}
            raise StorageError("ingest.no_space", path=self.settings.home, **values)

    # ------------------------------------------------------------------ pages

    def page_keys(self, file: Surveyed) -> list[str]:
        return [renditions.key(self.recipe, file.sha256, index) for index in range(file.pages)]

    def _jobs(self) -> Iterator[PageJob]:
        """Jobs for all pages not yet read, dossier by dossier; a dossier without any is finished at once."""
        while self._queue:
            opened = self._opened(self._queue.popleft())
            if opened is None:
                continue
            fresh, wanted = [], {}
            for draft in opened.making.drafts:
                wanted |= {job.rendition: job for job in self._page_jobs(opened.making, draft)}
            for rendition, job in wanted.items():
                if rendition not in self._waiting:
                    fresh.append(job)
                self._waiting[rendition].append(opened)
            opened.missing = len(wanted)
            self.progress.step(opened.making.page_count - len(wanted))
            yield from fresh
            if not wanted:
                self._finish(opened)

    def _opened(self, planned: PlannedDossier) -> _Open | None:
        """The dossier with its items to be; None when an earlier run has finished it."""
        dossier_id, matched = self.dossier_id(planned), self._match(planned)
        held = self.holdings.dossier(dossier_id) if self.holdings.has(dossier_id) else None
        found = drafts(dossier_id, planned, self.stock.files, held, matched, self.secret)
        mark = fingerprint(planned, self.stock.files, matched, self.fonds)
        making = Making(
            dossier_id, self.fonds, self.accession, self.recipe, planned, found, matched, held, mark
        )
        if is_complete(making, self.renditions):
            self._forget_secret(making, {})
            self.progress.step(making.page_count)
            return None
        return _Open(planned, making)

    def _page_jobs(self, making: Making, draft: Draft) -> Iterator[PageJob]:
        for file, ref in making.pages(draft, self.renditions):
            if not is_read(self.renditions, ref.rendition):
                yield PageJob(file.found, file.media_type, ref.index, ref.rendition)

    def _page_done(self, job: PageJob, outcome: object) -> None:
        if isinstance(outcome, JobFailure):
            stop_if_hopeless(outcome)
            if outcome.code != "refused.changing" and not survey.changed(job.found):
                self._failed.append((job, outcome))
                return
            self._changing.add(job.found.name)
            outcome = page.PageDone(None)
        self.pages_read += 1
        waiting = self._waiting.pop(job.rendition, [])
        self.progress.step(len(waiting), outcome.confidence)
        for opened in waiting:
            opened.missing -= 1
            if not opened.missing:
                self._finish(opened)

    def _keep_failed(self) -> None:
        """Pages that could not be read are kept as images without text, or as empty pages: none is lost."""
        failed, self._failed = dict(self._failed), []
        keep = partial(page.keep_unread, self.settings)
        for (job, failure), outcome in self.executor.run(keep, list(failed.items())):
            if isinstance(outcome, JobFailure):
                stop_if_hopeless(outcome)
                if not survey.changed(job.found):
                    page.keep_placeholder(self.settings, job, failure)
                    outcome = page.PageDone(None)
            self._page_done(job, outcome)

    # ------------------------------------------------------------------ dossiers

    def _finish(self, opened: _Open) -> None:
        """All pages are there: describe and commit. Files that changed meanwhile are refused, the rest goes on."""
        names = {kept.file.found.name for draft in opened.making.drafts for kept in draft.files}
        gone = {
            name for name in names if name in self._changing or survey.changed(self.stock.files[name].found)
        }
        if gone:
            self._refuse_changing(opened.planned, gone)
            return
        sheets = sheets_of(opened.planned, self.stock.plan, self.stock.rows, self.stock.files)
        dossier, files, secret = build(opened.making, self.renditions, sheets, self.settings)
        try:
            self.holdings.commit(dossier, files)
        except IntegrityError as error:
            if error.code != "storage.source_changed":
                raise
            changed = {name for name in names if self.stock.files[name].found.path == error.values["path"]}
            self._refuse_changing(opened.planned, changed)
            return
        self._forget_secret(opened.making, secret)

    def _refuse_changing(self, planned: PlannedDossier, names: set[str]) -> None:
        """Take changing files out of stock and plan, and line the dossier up again without them."""
        for name in sorted(names):
            del self.stock.files[name]
            self.stock.refusals.append(Refusal(name, "refused.changing"))
        self.progress.refused(len(names))
        left = [
            replace(item, files=tuple(name for name in item.files if name not in names))
            for item in planned.items
        ]
        revised = replace(planned, items=tuple(item for item in left if item.files))
        kept = [revised if dossier is planned else dossier for dossier in self.stock.plan.dossiers]
        left = tuple(dossier for dossier in kept if dossier.items or dossier.sheets)
        self.stock = replace(self.stock, plan=replace(self.stock.plan, dossiers=left))
        if revised in left:
            self._queue.append(revised)

    def _forget_secret(self, making: Making, secret: dict[str, str]) -> None:
        """No reading and no page image of a secret document stays, not even one made by an earlier run."""
        self.progress.refused(len(secret.keys() - self.secret.keys()))
        self.secret |= secret
        for draft in making.drafts:
            if any(digest in self.secret for digest in draft.digests):
                for kept in draft.files:
                    for key in self.page_keys(kept.file):
                        self.renditions.discard(key)


def lock_of(settings: Settings, fonds: Fonds):
    """Held during an ingest: two runs never write to one fonds."""
    return durable.lock(settings.work / "locks" / f"ingest-{fonds.code}.lock")
