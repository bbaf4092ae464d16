"""First phase of a run: every page of the batch gets its reading. What is secret is judged by these afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from archive.holdings.renditions import Renditions
from archive.ports import Executor, JobFailure
from archive.settings import Settings
from ingest.batch import page, survey
from ingest.batch.dossier import Making, is_read
from ingest.batch.page import PageJob
from ingest.batch.stock import stop_if_hopeless
from ingest.progress import Tally


class PageReader:
    """Reads pages in workers; `count` tells how many so far."""

    def __init__(self, settings: Settings, executor: Executor, progress: Tally) -> None:
        self.settings, self.executor, self.progress = settings, executor, progress
        self.count = 0

    def read(self, jobs: Iterable[PageJob]) -> set[str]:
        """Returns the names of files that changed meanwhile.

        A page that cannot be read is kept as an image without text, or as an empty page: none is lost.
        """
        changed, unread = self._worked(page.read_page, jobs)
        more, unseen = self._worked(page.keep_unread, unread)
        for (job, _), failure in unseen:
            page.keep_placeholder(self.settings, job, failure)
            self._done(None)
        return changed | more

    def _worked(self, work: Callable, jobs: Iterable) -> tuple[set[str], list[tuple]]:
        """(names of files that changed, jobs that failed with their failure); the others are done."""
        changed, failed = set(), []
        for job, outcome in self.executor.run(partial(work, self.settings), jobs):
            if not isinstance(outcome, JobFailure):
                self._done(outcome.confidence)
                continue
            stop_if_hopeless(outcome)
            found = (job if isinstance(job, PageJob) else job[0]).found
            if outcome.code == "refused.changing" or survey.changed(found):
                changed.add(found.name)
            else:
                failed.append((job, outcome))
        return changed, failed

    def _done(self, confidence: float | None) -> None:
        self.count += 1
        self.progress.step(1, confidence)


def jobs(makings: Iterable[Making], kept: Renditions, progress: Tally) -> Iterator[PageJob]:
    """Jobs for all pages not yet read, each content once."""
    seen: set[str] = set()
    for making in makings:
        known = len(seen)
        for draft in making.drafts:
            for file, ref in making.pages(draft, kept):
                if ref.rendition not in seen and not is_read(kept, ref.rendition):
                    yield PageJob(file.found, file.media_type, ref.index, ref.rendition)
                    known += 1
                seen.add(ref.rendition)
        progress.step(len(seen) - known)
