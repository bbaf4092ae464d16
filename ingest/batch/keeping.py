"""Second phase of a run: dossiers are committed, and what turned out to be secret is closed wherever it lies."""

from __future__ import annotations

from archive.errors import IntegrityError
from archive.holdings.renditions_writer import RenditionsWriter
from archive.holdings.writer import HoldingsWriter
from archive.settings import Settings
from ingest.batch import survey
from ingest.batch.dossier import Making, build, is_complete
from ingest.batch.earlier import Earlier
from ingest.grading.grades import OPEN_QUESTIONS
from ingest.grading.secrecy import Secrets
from ingest.grading.withdrawal import withdrawn


class Keeper:
    """Writes to the holdings and takes out of the renditions. `batch` names the one that closes a document."""

    def __init__(
        self, settings: Settings, holdings: HoldingsWriter, renditions: RenditionsWriter, batch: str
    ) -> None:
        self.settings, self.holdings, self.renditions, self.batch = settings, holdings, renditions, batch

    def keep(self, making: Making) -> set[str]:
        """Commit a dossier. Returns the names of files that changed since they were listed; then nothing is kept."""
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

    def withdraw(self, secrets: Secrets, earlier: Earlier) -> None:
        """Secret documents and sheets that came in as open ones are closed, in whatever fonds they are."""
        certain = {sha256 for sha256, grade in secrets.grades.items() if grade not in OPEN_QUESTIONS}
        for dossier_id in earlier.showing(certain):
            held = self.holdings.dossier(dossier_id)
            closed = withdrawn(held, secrets.grades, self.batch, self.settings)
            if closed is not held:
                self.holdings.commit(closed)

    def forget(self, secrets: Secrets, earlier: Earlier) -> None:
        """No reading and no page image of a secret document stays, not even one made by an earlier run.

        What is only withheld may be open elsewhere, under a reading that could be made there.
        """
        for sha256, grade in secrets.grades.items():
            if grade not in OPEN_QUESTIONS or not earlier.is_open(sha256):
                self.renditions.discard_file(sha256)
