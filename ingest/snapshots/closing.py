"""What of a take-over is secret, by the digests of its attachments: said by the system, names, holdings and the pages."""

from __future__ import annotations

from archive.holdings.writer import HoldingsWriter
from archive.settings import Settings
from ingest.batch.earlier import Earlier
from ingest.batch.keeping import Keeper
from ingest.grading.grades import SHARED, grade_of_name, highest
from ingest.grading.secrecy import Secrets
from ingest.snapshots.attachments import Attachments
from ingest.snapshots.items import Content
from ingest.snapshots.ledger import Ledger


class Closing:
    """`borne`: digest -> grade that bytes bear themselves; `secrets` has those too that are secret with others."""

    def __init__(self, ledger: Ledger, attachments: Attachments, earlier: Earlier) -> None:
        self.ledger, self.attachments, self.earlier = ledger, attachments, earlier
        self.secrets = Secrets()
        self.borne: dict[str, str] = {}

    def know_stated(self) -> None:
        """What is secret by what the system and the files' names say, or because it is held as secret: not to be read."""
        self.secrets.lifted = self.earlier.lifted()
        for sha256, grade in self.earlier.secret().items():
            self.secrets.mark([sha256], grade)
        for content in self.ledger.contents():
            self._bears(content, highest(*map(grade_of_name, (content.name, *content.locator.split("!")))))
        for block, row, grade in self.ledger.graded():
            self.secrets.mark(self.ledger.digests_of(block, row), grade)

    def know_papers(self) -> None:
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

    def grade(self, sha256: str) -> str:
        return self.borne.get(sha256) or (SHARED if sha256 in self.secrets.grades else "")

    def close_elsewhere(self, config: Settings, holdings: HoldingsWriter, fonds: str, batch: str) -> None:
        """What turned out to be secret here is closed in whatever dossier it came in as open."""
        self.earlier.learn(fonds)
        keeper = Keeper(config, holdings, self.attachments.kept, batch)
        keeper.withdraw(self.secrets, self.earlier)
        self.earlier.learn(fonds)
        keeper.forget(self.secrets, self.earlier)
