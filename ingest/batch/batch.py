"""A batch: take stock -> plan -> read pages -> decide what is secret -> keep dossiers -> report.

Resumable at any moment: the truth is in the renditions (pages read) and the holdings (dossiers kept). A run looks
what is there and does the rest; nothing else is remembered between runs. No dossier is kept before every page of
the batch is read, so that all that is secret is known, whatever the order of the dossiers and the number of runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

from archive import durable, ids
from archive.errors import StorageError, UsageError
from archive.holdings import renditions
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter, turn
from archive.home import check as check_home
from archive.messages import say
from archive.model import Fonds
from archive.ports import Executor
from archive.settings import Settings
from ingest.batch import page, reading
from ingest.batch.assemble import drafts
from ingest.batch.dossier import Making, fingerprint, is_read
from ingest.batch.earlier import Earlier
from ingest.batch.folder import PlannedDossier, is_sheet
from ingest.batch.keeping import Keeper
from ingest.batch.origin import settled
from ingest.batch.reading import PageReader
from ingest.batch.stock import SECRET_SHEET, SHEET_ALONE, heeding, take_stock, without
from ingest.batch.survey import Surveyed
from ingest.catalogue.kept_sheets import sheets_of
from ingest.grading.secrecy import Secrets
from ingest.progress import Tally
from ingest.recognition import ocr
from ingest.reports.accounting import Account, account

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
        self.name = f"{fonds.code}:{accession}"
        self.holdings = HoldingsWriter(
            settings.holdings, settings.work / "staging" / fonds.code, settings.operator
        )
        self.renditions = RenditionsWriter(settings.renditions)
        self.trial = settings.work / "trial" / fonds.code
        self.recipe = ocr.recipe()
        self.earlier, self.secrets = Earlier(self.holdings), Secrets()
        self.reader = PageReader(settings, executor, progress)
        self.keeper = Keeper(settings, self.holdings, self.renditions, self.name)

    # ------------------------------------------------------------------ the run

    def prepare(self) -> None:
        """Take stock and plan; nothing is written. Raises UsageError when a catalogue sheet cannot be used."""
        check_home(self.settings)
        self.stock = take_stock(self.settings, self.folder, self.executor, self.progress, self._owner)
        if not self.without_catalogue:
            self._check_catalogue()
        self.earlier.learn(self.fonds.code)
        self.secrets.lifted = self.earlier.lifted()
        self.stock = heeding(self.stock, self.secrets.lifted)
        self.secrets.mark_stated(self.stock, self.folder.name, self.earlier)
        self._mark_known()
        self.known_fonds = self.earlier.described(self.fonds.code)
        self.fonds = settled(self.fonds, self.known_fonds)

    def run(self) -> Account:
        """Read every page, keep every dossier. Raises StorageError when the disk cannot take it all."""
        page.sweep(self.settings)
        self.forget_trial()
        self.holdings.recover()
        self._check_space()
        while changed := self._read_pages() or self._decide_and_keep():
            self._refuse(changed, "refused.changing")
            self._tell_refused()
        return self.account()

    def _read_pages(self) -> set[str]:
        """Returns the names of files that changed meanwhile."""
        self.progress.stage("ingest.stage.pages", self.page_count)
        return self.reader.read(reading.jobs(self._makings(), self.renditions, self.progress))

    def _lacks_readings(self) -> bool:
        """Has a run in another fonds meanwhile forgotten pages that were read here, too (Keeper.forget)?"""
        refs = (
            ref
            for making in self._makings()
            for draft in making.drafts
            for _, ref in making.pages(draft, self.renditions)
        )
        return not all(self.renditions.has(ref.rendition) for ref in refs)

    def _decide_and_keep(self) -> set[str]:
        """Returns the names of files that changed meanwhile; the rest waits for another go."""
        with turn(self.settings):
            self._learn_from_holdings()
            if self._lacks_readings() and (changed := self._read_pages()):
                return changed
            self.secrets.mark_papers(self._makings(), self.renditions)
            self._hold_back_secrets()
            self.progress.stage("ingest.stage.commit", len(self.stock.plan.dossiers))
            for making in self._makings():
                if changed := self.keeper.keep(making):
                    return changed
                self.progress.step()
            self.earlier.learn(self.fonds.code)
            self.keeper.withdraw(self.secrets, self.earlier)
            self.earlier.learn(self.fonds.code)
            self.keeper.forget(self.secrets, self.earlier)
        return set()

    def forget_trial(self) -> None:
        """Remove what a trial run has read (estimate.py), also one that was killed."""
        if self.trial.is_dir():
            durable.remove_tree(self.trial)

    def account(self) -> Account:
        digests = {name: file.sha256 for name, file in self.stock.files.items()}
        brought = self.earlier.brought(self.fonds.code, self.accession)
        return account(self.stock.plan, digests, self.stock.refusals, brought, self.secrets.grades)

    # ------------------------------------------------------------------ what is planned

    def dossier_id(self, planned: PlannedDossier) -> str:
        return ids.dossier_id(self.fonds.code, planned.code)

    @property
    def pages_read(self) -> int:
        return self.reader.count

    @property
    def withdrawn(self) -> set[str]:
        """Ids of the dossiers in which this batch closed what another one had brought."""
        return self.earlier.withdrawn_by(self.name)

    @property
    def page_count(self) -> int:
        """Pages to be read or found already read: those of all different, not secret files."""
        different = {file.sha256: file.pages for file in self.stock.files.values()}
        return sum(pages for sha256, pages in different.items() if sha256 not in self.secrets.grades)

    def page_keys(self, file: Surveyed) -> list[str]:
        return [renditions.key(self.recipe, file.sha256, index) for index in range(file.pages)]

    def _owner(self, code: str) -> str | None:
        """The name of the folder from which the held dossier of this code was made; None without one."""
        dossier_id = ids.dossier_id(self.fonds.code, code)
        if not self.holdings.has(dossier_id):
            return None
        held = self.holdings.dossier(dossier_id)
        return held.extra.get("folder", held.title)

    def _makings(self) -> Iterator[Making]:
        return map(self._making, self.stock.plan.dossiers)

    def _making(self, planned: PlannedDossier) -> Making:
        """The dossier with its items to be, by all that is known now."""
        dossier_id, matched, files = self.dossier_id(planned), self.stock.match(planned), self.stock.files
        held = self.holdings.dossier(dossier_id) if self.holdings.has(dossier_id) else None
        found = drafts(dossier_id, planned, files, held, matched, self.secrets.grades)
        sheets = sheets_of(planned, self.stock.plan, self.stock.rows, files)
        making = Making(
            dossier_id, self.fonds, self.accession, self.recipe, planned, found, matched, held, sheets
        )
        return replace(making, mark=fingerprint(making, files, self.renditions))

    # ------------------------------------------------------------------ what is not taken in

    def _check_catalogue(self) -> None:
        """A sheet that cannot be read may be the one that says what is secret."""
        for refusal in self.stock.refusals:
            if is_sheet(refusal.file) and refusal.code != SHEET_ALONE:
                reason = say(refusal.code, self.settings.language, **refusal.values)
                raise UsageError("ingest.bad_catalogue", sheet=refusal.file, reason=reason)

    def _check_space(self) -> None:
        """Raises StorageError unless everything fits with the reserve left over."""
        kept = [file for file in self.stock.files.values() if file.sha256 not in self.secrets.grades]
        unread = sum(not is_read(self.renditions, key) for file in kept for key in self.page_keys(file))
        unheld = sum(file.found.size for file in kept) if unread else 0
        needed = unheld + unread * RENDITION_BYTES + self.settings.free_reserve
        free = shutil.disk_usage(self.settings.home).free
        if unread and free < needed:
            values = {"needed": f"{needed / 2**30:.1f}", "free": f"{free / 2**30:.1f}"}
            raise StorageError("ingest.no_space", path=self.settings.home, **values)

    def _learn_from_holdings(self) -> None:
        """What other batches and other runs have closed meanwhile is secret here, too."""
        self.earlier.learn(self.fonds.code)
        self._mark_known()

    def _mark_known(self) -> None:
        for sha256, grade in self.earlier.secret().items():
            self.secrets.mark([sha256], grade)
        self._hold_back_secrets()

    def _hold_back_secrets(self) -> None:
        """Follow what is secret to all that shares its bytes, and refuse the sheets that describe it."""
        self.secrets.spread(self.stock, list(self.earlier.documents()))
        self._refuse(self.secrets.mark_sheets(self.stock, self.folder.name), SECRET_SHEET)
        self._tell_refused()

    def _refuse(self, names: Collection[str], code: str) -> None:
        self.stock = without(self.stock, names, code)

    def _tell_refused(self) -> None:
        self.progress.refused(self.account().counts["refused"] - self.progress.refusals)


def lock_of(settings: Settings, fonds: Fonds):
    """Held during an ingest: two runs never write to one fonds."""
    return durable.lock(settings.work / "locks" / f"ingest-{fonds.code}.lock")
