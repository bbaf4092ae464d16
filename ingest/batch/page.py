"""The page job: open one page, read it, keep the reading and the page image. Runs in a worker."""

from __future__ import annotations

import contextlib
import io
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from archive.errors import EngineError
from archive.holdings.renditions_writer import RenditionsWriter
from archive.model import Finding, PageReading
from archive.ports import JobFailure
from archive.settings import Settings
from ingest.batch import survey
from ingest.files import sources
from ingest.recognition import ocr, stamps

IMAGE_QUALITY = 60
"""JPEG quality of page images: text stays clean, a colour page at 300 dpi takes about one megabyte."""

PLACEHOLDER = (1240, 1754, 150)
"""Width, height, dpi of the empty A4 page that stands for one nobody could open."""

UNREAD_STAMP = "refused.unread_stamp"
"""A page that could not be read bears a stamp, or is black and white: its document is withheld, it may be secret."""

UNSEEN = "page.unseen"
"""A page that could not even be opened: a person must look on the paper whether it bears a secrecy stamp."""


@dataclass(frozen=True)
class PageJob:
    """Page `index` (from 0) of a received file, to be kept under the key `rendition`."""

    found: survey.Found
    media_type: str
    index: int
    rendition: str


@dataclass(frozen=True)
class PageDone:
    """What the parent needs at once; the reading itself is on disk."""

    confidence: float | None


def read_page(settings: Settings, job: PageJob) -> PageDone:
    """Raises EngineError when the page cannot be read, StorageError when it cannot be kept."""
    page = _open(settings, job)
    if page.layer:
        reading, upright = page.layer, page.image
    else:
        reading, upright = ocr.recognise(page.image, page.dpi, seconds=settings.page_seconds)
    reading = replace(reading, stamps=stamps.stamped_words(upright, page.dpi, ocr.read_patch))
    return _keep(settings, job, reading, upright, page.findings)


def keep_unread(settings: Settings, failed: tuple[PageJob, JobFailure]) -> PageDone:
    """Keep the image of a page whose reading failed; no text, a finding instead, and one for an unread stamp."""
    job, failure = failed
    page = _open(settings, job)
    width, height = page.image.size
    reading = PageReading(width, height, page.dpi, 0, "none", (), None)
    findings = (*page.findings, _finding(job, failure))
    if stamps.may_have_stamp(page.image, page.dpi):
        findings += (Finding(UNREAD_STAMP, "error"),)
    return _keep(settings, job, reading, page.image, findings, failed=True)


def keep_placeholder(settings: Settings, job: PageJob, failure: JobFailure) -> None:
    """Keep an empty page for one that cannot even be opened, so that the page count stays right."""
    width, height, dpi = PLACEHOLDER
    reading = PageReading(width, height, dpi, 0, "none", (), None)
    empty = Image.new("L", (width, height), 255)
    findings = (_finding(job, failure), Finding(UNSEEN, "error"))
    _keep(settings, job, reading, empty, findings, failed=True)


def _finding(job: PageJob, failure: JobFailure) -> Finding:
    return Finding(
        failure.code, "error", values={"page": str(job.index + 1), "reason": failure.detail or "-"}
    )


def _open(settings: Settings, job: PageJob) -> sources.PageInput:
    """The page, surely from the bytes that were hashed: the rendition is named after them."""
    if survey.changed(job.found):
        raise EngineError("refused.changing")
    page = sources.open_page(Path(job.found.path), job.media_type, job.index, settings)
    if survey.changed(job.found):
        raise EngineError("refused.changing")
    return page


def _keep(
    settings: Settings,
    job: PageJob,
    reading: PageReading,
    image: Image.Image,
    findings: tuple[Finding, ...],
    failed: bool = False,
) -> PageDone:
    reading = replace(reading, findings=(*findings, *reading.findings))
    RenditionsWriter(settings.renditions).put(job.rendition, reading, jpeg(image), failed)
    return PageDone(reading.confidence)


def jpeg(image: Image.Image) -> bytes:
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode in ("1", "I;16", "I", "LA") else "RGB")
    target = io.BytesIO()
    image.save(target, "JPEG", quality=IMAGE_QUALITY)
    return target.getvalue()


def sweep(settings: Settings) -> None:
    """Remove page files that workers killed earlier left in the memory file system."""
    oldest = time.time() - 4 * settings.page_seconds
    for folder in Path("/dev/shm").glob("kho-page-*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder)
