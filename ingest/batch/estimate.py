"""What a batch will cost, before it starts: pages, hours, gigabytes, from a few of its pages really read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from archive.holdings import renditions
from archive.holdings.renditions import Renditions
from ingest.batch import page
from ingest.batch.batch import Batch
from ingest.batch.page import PageJob

SAMPLE = 8
"""Pages read for the estimate, in a place of their own: what of them is secret is not yet known."""


@dataclass(frozen=True)
class Estimate:
    """`hours` for the pages still to be read; `gigabytes` for originals and page images together."""

    pages: int
    pages_left: int
    sample: int
    pages_per_second: float | None
    hours: float | None
    gigabytes: float
    free_gigabytes: float


def estimate(batch: Batch, free_bytes: int) -> Estimate:
    """Reads up to SAMPLE pages spread over the batch and takes the time."""
    jobs = list(unread(batch))
    sample = jobs[:: max(1, len(jobs) // SAMPLE)][:SAMPLE]
    batch.progress.stage("ingest.stage.sample", len(sample))
    try:
        sizes, seconds = _read(batch, sample)
    finally:
        batch.forget_trial()
    rate = len(sizes) / seconds if sizes else None
    each = sum(sizes) / len(sizes) if sizes else 0
    originals = sum(file.found.size for file in batch.stock.files.values())
    left = len(jobs)
    return Estimate(
        pages=batch.page_count,
        pages_left=left,
        sample=len(sizes),
        pages_per_second=round(rate, 2) if rate else None,
        hours=round(left / rate / 3600, 3) if rate else (0.0 if not jobs else None),
        gigabytes=round((originals + len(jobs) * each) / 2**30, 3),
        free_gigabytes=round(free_bytes / 2**30, 1),
    )


def _read(batch: Batch, sample: list[PageJob]) -> tuple[list[int], float]:
    """(bytes that each page read takes, seconds for all)."""
    begun, sizes, trial = time.monotonic(), [], replace(batch.settings, home=batch.trial)
    for job, outcome in batch.executor.run(partial(page.read_page, trial), sample):
        batch.progress.step()
        if isinstance(outcome, page.PageDone):
            image = Renditions(trial.renditions).image_path(job.rendition)
            sizes.append(sum(path.stat().st_size for path in image.parent.glob(f"{image.stem}.*")))
    return sizes, time.monotonic() - begun


def unread(batch: Batch) -> Iterator[PageJob]:
    """A job for every page that has no reading yet, each content once."""
    seen: set[str] = set()
    for file in batch.stock.files.values():
        if file.sha256 in seen or file.sha256 in batch.secrets.grades:
            continue
        seen.add(file.sha256)
        for index in range(file.pages):
            key = renditions.key(batch.recipe, file.sha256, index)
            if not batch.renditions.has(key):
                yield PageJob(file.found, file.media_type, index, key)
