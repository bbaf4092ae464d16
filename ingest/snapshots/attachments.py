"""The attachments of all records: where their bytes are, what they are, their pages read. Each content once."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from archive.errors import SourceRefused
from archive.holdings import locator, renditions
from archive.holdings.locator import Locator
from archive.holdings.renditions_writer import RenditionsWriter
from archive.model import FieldValue, Finding
from archive.ports import Executor, JobFailure
from archive.settings import Settings
from ingest.batch import describe, survey
from ingest.batch.dossier import is_read
from ingest.batch.page import UNREAD_STAMP, PageJob
from ingest.batch.reading import PageReader
from ingest.grading.grades import UNKNOWN, highest, whole_grade
from ingest.progress import Tally
from ingest.recognition import ocr
from ingest.snapshots import contents
from ingest.snapshots.contents import Contained, Looked
from ingest.snapshots.items import Content
from ingest.snapshots.ledger import Ledger
from ingest.snapshots.records import Claim, Draft
from ingest.snapshots.stock import Received

HEAD_LINES = 60
"""Lines of a text among which one that is nothing but a grade of secrecy closes the record."""
MISSING, AMBIGUOUS = "snapshot.attachment_missing", "snapshot.attachment_ambiguous"

Attached = list[tuple[Claim, Content]]
"""The attachments of a record in order, each with what is known of its bytes."""


@dataclass(frozen=True)
class Unread:
    """Bytes that are there, but cannot be read: `code` says why."""

    code: str
    sha256: str
    size: int


def _looked_at(config: Settings, job: Contained) -> Looked | Unread:
    """In a worker. Raises SourceRefused when not even the bytes can be had."""
    try:
        return contents.look(config, job)
    except SourceRefused as refused:
        if not refused.values.get("sha256"):
            raise
        return Unread(refused.code, refused.values["sha256"], int(refused.values["size"]))


def place_of(received: Received, claim: Claim) -> tuple[str, str]:
    """(locator by the names as received, "") or ("", why it is not there)."""
    if claim.blob:
        return claim.blob.locator, ""
    name, several = received.beside.find(claim.path) if claim.path else ("", False)
    if name and "/" not in name and claim.size not in (None, received.size(name)):
        name = ""  # of the same name, but another file
    return (str(Locator(name)), "") if name else ("", AMBIGUOUS if several else MISSING)


class Attachments:
    def __init__(
        self, config: Settings, received: Received, ledger: Ledger, executor: Executor, progress: Tally
    ) -> None:
        self.settings, self.received, self.ledger = config, received, ledger
        self.executor, self.progress = executor, progress
        self.kept, self.recipe = RenditionsWriter(config.renditions), ocr.recipe()
        self.pages_read = 0
        self._paper = lru_cache(maxsize=5000)(self._describe)  # one content hangs on many records

    # ----------------------------------------------------------------- where they are

    def ask(self, block: int, draft: Draft) -> None:
        """The attachments of this record are to be looked at."""
        for claim in draft.claims:
            place, _ = place_of(self.received, claim)
            if place:
                stated = claim.blob.digest if claim.blob else ""
                self.ledger.ask(place, claim.name, block, draft.row, stated)

    def of(self, draft: Draft) -> Attached:
        """The attachments of a record, each followed by what lies in it."""
        found: Attached = []
        for claim in draft.claims:
            place, failure = place_of(self.received, claim)
            found.append(
                (claim, self.ledger.content(place) or Content(place, claim.name, failure=failure or MISSING))
            )
            for inner in self.ledger.inner(place) if place else ():
                content = self.ledger.content(inner) or Content(inner, claim.name, failure=MISSING)
                found.append((Claim(content.name, role="other"), content))
        return found

    # ----------------------------------------------------------------- what they are

    def look(self) -> None:
        """Look at everything asked for, then at what lies in containers, until nothing is left."""
        contents.sweep(self.settings)
        self.ledger.retry()
        while waiting := self.ledger.count_unlooked():
            self.progress.stage("snapshot.stage.contents", waiting)
            jobs = (
                Contained(folder or str(self.received.folder), place, name)
                for folder, place, name in self.ledger.unlooked()
            )
            for job, outcome in self.executor.run(partial(_looked_at, self.settings), jobs):
                self._looked(job, outcome)
                self.progress.step()

    def _looked(self, job: Contained, outcome: Looked | Unread | JobFailure) -> None:
        if isinstance(outcome, JobFailure):
            self.ledger.keep(Content(job.locator, job.name, failure=outcome.code))
            return
        if isinstance(outcome, Unread):
            self.ledger.keep(
                Content(job.locator, job.name, outcome.sha256, outcome.size, failure=outcome.code)
            )
            return
        for inner in outcome.inner:
            elsewhere = "" if inner.folder == str(self.received.folder) else inner.folder
            self.ledger.ask_inner(inner.locator, inner.name, job.locator, elsewhere)
        keys = tuple(renditions.key(self.recipe, outcome.sha256, index) for index in range(outcome.pages))
        text, readable = "", outcome.readable
        if outcome.text.strip() and not keys:
            text = renditions.key(renditions.TEXT, outcome.sha256, 0)
            readable = str(contents.keep_text(self.settings, outcome.sha256, outcome.text))
        self.ledger.keep(
            Content(
                job.locator,
                job.name,
                outcome.sha256,
                outcome.size,
                outcome.media_type,
                keys,
                text,
                readable,
                outcome.readable_type,
                signatures=outcome.signatures,
                findings=(*outcome.findings, *self._differs(job)),
            )
        )

    def _differs(self, job: Contained) -> tuple[Finding, ...]:
        """Are the bytes those whose digest the snapshot states?"""
        algorithm, _, stated = self.ledger.stated(job.locator).partition(":")
        if not stated or algorithm not in hashlib.algorithms_available:
            return ()
        with locator.opened(Path(job.folder), job.locator, self.settings.file_bytes) as stream:
            found = hashlib.file_digest(stream, algorithm).hexdigest()
        if found == stated.lower():
            return ()
        return (
            Finding(
                "snapshot.digest_differs",
                "error",
                values={"name": job.name, "stated": stated, "found": found},
            ),
        )

    # ----------------------------------------------------------------- their pages

    def read_pages(self, secret: Collection[str]) -> None:
        """Those of contents that are known to be `secret` (their digests) are not read.

        Raises SourceRefused when a file changes while it is read.
        """
        self._look_again_where_lost(secret)
        pages = sum(len(content.pages) for content in self._different(secret))
        self.progress.stage("ingest.stage.pages", pages)
        reader = PageReader(self.settings, self.executor, self.progress)
        if changed := reader.read(self._jobs(self._different(secret))):
            raise SourceRefused("refused.snapshot_changing", file=", ".join(sorted(changed)))
        self.pages_read = reader.count
        for one in self._different(secret):
            if self._lacks_text(one):
                self.kept.put_text(one.text, Path(one.readable).read_text(encoding="utf-8"))

    def _different(self, secret: Collection[str]) -> Iterator[Content]:
        return (content for content in self.ledger.different() if content.sha256 not in secret)

    def forget_copies(self) -> None:
        """No copy stays in the work folder once all is kept, least of all a secret one."""
        for content in self.ledger.contents():
            if content.sha256:
                contents.forget(self.settings, content.sha256)

    def _look_again_where_lost(self, secret: Collection[str]) -> None:
        """The files pages are read from lie in the work folder: somebody may have emptied it."""
        lost = False
        for one in self._different(secret):
            lacking = any(self._unread(one)) or self._lacks_text(one)
            if lacking and not Path(one.readable).is_file():
                self.ledger.forget([one.locator])
                lost = True
        if lost:
            self.look()

    def _lacks_text(self, content: Content) -> bool:
        return bool(content.text) and not self.kept.has_text(content.text)

    def _unread(self, content: Content) -> Iterator[tuple[int, str]]:
        return ((index, key) for index, key in enumerate(content.pages) if not is_read(self.kept, key))

    def _jobs(self, different: Iterable[Content]) -> Iterator[PageJob]:
        for content in different:
            unread = list(self._unread(content))
            self.progress.step(len(content.pages) - len(unread))
            if unread:
                state = Path(content.readable).stat()
                found = survey.Found(content.name, content.readable, state.st_size, state.st_mtime_ns)
                yield from (PageJob(found, content.readable_type, index, key) for index, key in unread)

    def fields(self, content: Content) -> Mapping[str, FieldValue]:
        """What the letterhead says."""
        return self._paper(content.pages)[0]

    def paper_grade(self, content: Content) -> str:
        """The grade the pages bear, or a line at the head of a text; "" for none, UNKNOWN when a stamp could not be read."""
        if content.text and self.kept.has_text(content.text):
            head = self.kept.text(content.text).splitlines()[:HEAD_LINES]
            return highest(*map(whole_grade, head))
        return self._paper(content.pages)[1]

    def _describe(self, pages: tuple[str, ...]) -> tuple[Mapping[str, FieldValue], str]:
        readings = [self.kept.reading(key) for key in pages if self.kept.has(key)]
        if not readings:
            return {}, ""
        fields = describe.fields_of(readings)
        unread = any(finding.code == UNREAD_STAMP for reading in readings for finding in reading.findings)
        return fields, describe.secrecy_grade(fields) or (UNKNOWN if unread else "")

    def described(self, attached: Attached) -> Attached:
        """The same with letterheads, and locators into the snapshot's package."""
        return [(claim, self._described(content)) for claim, content in attached]

    def _described(self, content: Content) -> Content:
        if content.unpacked or (content.failure and not content.sha256):
            return content
        place = self.received.kept_locator(content.locator)
        return replace(content, locator=place, fields={} if content.failure else self.fields(content))
