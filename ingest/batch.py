"""A batch: take stock -> plan -> read pages -> decide what is secret -> keep dossiers -> report.

Resumable at any moment: the truth is in the renditions (pages read) and the holdings (dossiers kept). A run looks
what is there and does the rest; nothing else is remembered between runs. No dossier is kept before every page of
the batch is read, so that all that is secret is known, whatever the order of the dossiers and the number of runs.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from archive import durable, ids, renditions
from archive.errors import IntegrityError, StorageError, UsageError
from archive.home import check as check_home
from archive.messages import say
from archive.model import Fonds, Item
from archive.ports import Executor, JobFailure
from archive.renditions_writer import RenditionsWriter
from archive.settings import Settings
from archive.writer import HoldingsWriter
from ingest import catalogue_match, ocr, page, survey
from ingest.accounting import Account, account
from ingest.assemble import digests_of, drafts
from ingest.catalogue_match import Match
from ingest.catalogue_sheet import Row
from ingest.dossier import (
    Making,
    build,
    fingerprint,
    is_complete,
    is_read,
    paper_grade,
    sheets_of,
    withdrawn,
)
from ingest.folder import PlannedDossier, PlannedItem, is_sheet
from ingest.grades import UNKNOWN, grade_of_name, highest
from ingest.page import PageJob
from ingest.progress import Tally
from ingest.stock import SECRET_SHEET, SHEET_ALONE, stop_if_hopeless, take_stock, without
from ingest.survey import Surveyed

RENDITION_BYTES = 1_000_000
"""What a page's image and reading take on disk, for the check of free space (a 300 dpi colour page)."""


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
        without_catalogue: bool = False,
    ) -> None:
        self.settings, self.folder, self.fonds, self.accession = settings, folder, fonds, accession
        self.executor, self.progress, self.without_catalogue = executor, progress, without_catalogue
        self.holdings = HoldingsWriter(
            settings.holdings, settings.work / "staging" / fonds.code, settings.operator
        )
        self.renditions = RenditionsWriter(settings.renditions)
        self.recipe = ocr.recipe()
        self.earlier: dict[str, str] = {}
        self.secret: dict[str, str] = {}
        self.held_open: dict[str, set[str]] = defaultdict(set)
        self.withdrawn: set[str] = set()
        self.pages_read = 0

    # ------------------------------------------------------------------ the run

    def prepare(self) -> None:
        """Take stock and plan; nothing is written. Raises UsageError when a catalogue sheet cannot be used."""
        check_home(self.settings)
        self.stock = take_stock(self.settings, self.folder, self.executor, self.progress, self._owner)
        if not self.without_catalogue:
            self._check_catalogue()
        self._learn_from_holdings()
        self._mark_stated()
        self._tell_refused()

    def run(self) -> Account:
        """Read every page, keep every dossier. Raises StorageError when the disk cannot take it all."""
        page.sweep(self.settings)
        self.holdings.recover()
        self._check_space()
        while changed := self._read_pages() or self._keep_dossiers():
            self._refuse(changed, "refused.changing")
            self._tell_refused()
        self._withdraw()
        self._forget_secret()
        return self.account()

    def account(self) -> Account:
        digests = {name: file.sha256 for name, file in self.stock.files.items()}
        return account(self.stock.plan, digests, self.stock.refusals, self.earlier, self.secret)

    def dossier_id(self, planned: PlannedDossier) -> str:
        return ids.dossier_id(self.fonds.code, planned.code)

    @property
    def page_count(self) -> int:
        """Pages to be read or found already read: those of all different, not secret files."""
        different = {file.sha256: file.pages for file in self.stock.files.values()}
        return sum(pages for sha256, pages in different.items() if sha256 not in self.secret)

    # ------------------------------------------------------------------ what is known before

    def _check_catalogue(self) -> None:
        """A sheet that cannot be read may be the one that says what is secret."""
        for refusal in self.stock.refusals:
            if is_sheet(refusal.file) and refusal.code not in (SECRET_SHEET, SHEET_ALONE):
                reason = say(refusal.code, self.settings.language, **refusal.values)
                raise UsageError("ingest.bad_catalogue", sheet=refusal.file, reason=reason)

    def _learn_from_holdings(self) -> None:
        """What earlier batches of the fonds brought, and which contents are known to be secret."""
        for dossier_id in self.holdings.dossiers():
            if ids.fonds_of(dossier_id) == self.fonds.code:
                for item in self.holdings.dossier(dossier_id).items:
                    self._learn(dossier_id, item)

    def _learn(self, dossier_id: str, item: Item) -> None:
        if item.access == "quarantined":
            if item.extra.get("grade") != UNKNOWN:  # one withheld for an unread stamp is read again
                self._mark(digests_of(item), item.extra.get("grade", ""))
            if item.extra.get("withdrawn") == self.accession:
                self.withdrawn.add(dossier_id)
            return
        for file in item.files:
            self.held_open[file.sha256].add(dossier_id)
            if item.extra.get("accession") != self.accession:
                self.earlier[file.sha256] = f"{dossier_id}/{file.name}"

    def _owner(self, code: str) -> str | None:
        """The name of the folder from which the held dossier of this code was made; None without one."""
        dossier_id = ids.dossier_id(self.fonds.code, code)
        if not self.holdings.has(dossier_id):
            return None
        held = self.holdings.dossier(dossier_id)
        return held.extra.get("folder", held.title)

    def _making(self, planned: PlannedDossier) -> Making:
        """The dossier with its items to be, by all that is known now."""
        dossier_id, matched, files = self.dossier_id(planned), self._match(planned), self.stock.files
        held = self.holdings.dossier(dossier_id) if self.holdings.has(dossier_id) else None
        found = drafts(dossier_id, planned, files, held, matched, self.secret)
        sheets = sheets_of(planned, self.stock.plan, self.stock.rows, files)
        making = Making(
            dossier_id, self.fonds, self.accession, self.recipe, planned, found, matched, held, sheets
        )
        return replace(making, mark=fingerprint(making, files, self.renditions))

    def _match(self, planned: PlannedDossier) -> Match:
        absent = [refusal.file for refusal in self.stock.refusals]
        return catalogue_match.match(self.stock.rows.get(planned.code, []), planned, absent)

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

    def _refuse(self, names: Collection[str], code: str) -> None:
        self.stock = without(self.stock, names, code)

    def _tell_refused(self) -> None:
        self.progress.refused(self.account().counts["refused"] - self.progress.refusals)

    # ------------------------------------------------------------------ pages

    def page_keys(self, file: Surveyed) -> list[str]:
        return [renditions.key(self.recipe, file.sha256, index) for index in range(file.pages)]

    def _read_pages(self) -> set[str]:
        """Read every page that has no reading yet. Returns the names of files that changed meanwhile.

        A page that cannot be read is kept as an image without text, or as an empty page: none is lost.
        """
        self.progress.stage("ingest.stage.pages", self.page_count)
        changed, unread = self._worked(page.read_page, self._jobs())
        more, unseen = self._worked(page.keep_unread, unread)
        for (job, _), failure in unseen:
            page.keep_placeholder(self.settings, job, failure)
            self._page_done(None)
        return changed | more

    def _worked(self, work: Callable, jobs: Iterable) -> tuple[set[str], list[tuple]]:
        """(names of files that changed, jobs that failed with their failure); the others are done."""
        changed, failed = set(), []
        for job, outcome in self.executor.run(partial(work, self.settings), jobs):
            if not isinstance(outcome, JobFailure):
                self._page_done(outcome.confidence)
                continue
            stop_if_hopeless(outcome)
            found = (job if isinstance(job, PageJob) else job[0]).found
            if outcome.code == "refused.changing" or survey.changed(found):
                changed.add(found.name)
            else:
                failed.append((job, outcome))
        return changed, failed

    def _page_done(self, confidence: float | None) -> None:
        self.pages_read += 1
        self.progress.step(1, confidence)

    def _jobs(self) -> Iterator[PageJob]:
        """Jobs for all pages not yet read, each content once."""
        seen: set[str] = set()
        for planned in self.stock.plan.dossiers:
            making, known = self._making(planned), len(seen)
            for draft in making.drafts:
                for file, ref in making.pages(draft, self.renditions):
                    if ref.rendition not in seen and not is_read(self.renditions, ref.rendition):
                        yield PageJob(file.found, file.media_type, ref.index, ref.rendition)
                        known += 1
                    seen.add(ref.rendition)
            self.progress.step(len(seen) - known)

    # ------------------------------------------------------------------ secrecy

    def _mark_stated(self) -> None:
        """What names and the catalogue call secret is known before anything of it is read."""
        graded = {name: grade_of_name(f"{self.folder.name}/{name}") for name in self.stock.files}
        self._refuse([name for name, grade in graded.items() if grade and is_sheet(name)], SECRET_SHEET)
        for name, file in self.stock.files.items():
            self._mark([file.sha256], graded[name])
        for planned in self.stock.plan.dossiers:
            matched = self._match(planned)
            for position, item in enumerate(planned.items):
                self._mark(self._digests(item), matched.grade_of(position))
        self._spread()

    def _mark_papers(self) -> None:
        """What bears a secrecy mark on its pages, once these are read."""
        for planned in self.stock.plan.dossiers:
            making = self._making(planned)
            if not is_complete(making, self.renditions):
                for draft in making.drafts:
                    self._mark(draft.digests, paper_grade(making, draft, self.renditions))
        self._spread()

    def _mark(self, digests: Iterable[str], grade: str) -> None:
        if grade:
            self.secret |= {digest: highest(grade, self.secret.get(digest, "")) for digest in digests}

    def _spread(self) -> None:
        """Secret bytes are secret wherever they come, and so is all of a document that has some.

        A sheet with a row about such a document is not kept.
        """
        known: dict[str, str] = {}
        while known != self.secret:
            known = dict(self.secret)
            for item in (item for planned in self.stock.plan.dossiers for item in planned.items):
                self._mark(self._digests(item), self._grade(item))
        sheets = {row.sheet for planned in self.stock.plan.dossiers for row in self._rows_of_secret(planned)}
        if held_back := sheets & self.stock.files.keys():
            self._refuse(held_back, SECRET_SHEET)

    def _rows_of_secret(self, planned: PlannedDossier) -> Iterator[Row]:
        about = self._match(planned).about
        for position, item in enumerate(planned.items):
            if self._grade(item):
                yield from about.get(position, ())

    def _grade(self, item: PlannedItem) -> str:
        return highest(*(self.secret.get(digest, "") for digest in self._digests(item)))

    def _digests(self, item: PlannedItem) -> list[str]:
        return [self.stock.files[name].sha256 for name in item.files]

    # ------------------------------------------------------------------ dossiers

    def _keep_dossiers(self) -> set[str]:
        """Describe and commit. Returns the names of files that changed meanwhile; the rest waits for another go."""
        self._mark_papers()
        self._tell_refused()
        self.progress.stage("ingest.stage.commit", len(self.stock.plan.dossiers))
        for planned in self.stock.plan.dossiers:
            if changed := self._keep(planned):
                return changed
            self.progress.step()
        return set()

    def _keep(self, planned: PlannedDossier) -> set[str]:
        making = self._making(planned)
        if is_complete(making, self.renditions):
            return set()
        watched = [kept.file.found for draft in making.drafts for kept in draft.files]
        watched += [sheet.found for sheet in making.sheets]
        if changed := {found.name for found in watched if survey.changed(found)}:
            return changed
        try:
            self.holdings.commit(*build(making, self.renditions, self.settings))
        except IntegrityError as error:
            changed = {found.name for found in watched if found.path == error.values.get("path")}
            if error.code != "storage.source_changed" or not changed:
                raise
        return changed

    def _withdraw(self) -> None:
        """Secret documents that came in as open ones earlier become control entries, wherever they are."""
        for dossier_id in sorted({one for digest in self.secret for one in self.held_open.get(digest, ())}):
            held = self.holdings.dossier(dossier_id)
            closed = withdrawn(held, self.secret, self.accession, self.settings)
            if closed is not held:
                self.holdings.commit(closed)
                self.withdrawn.add(dossier_id)

    def _forget_secret(self) -> None:
        """No reading and no page image of a secret document stays, not even one made by an earlier run."""
        for sha256 in self.secret:
            self.renditions.discard_file(sha256)


def lock_of(settings: Settings, fonds: Fonds):
    """Held during an ingest: two runs never write to one fonds."""
    return durable.lock(settings.work / "locks" / f"ingest-{fonds.code}.lock")
