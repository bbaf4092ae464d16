"""Character error and cost of our page reading against bare Tesseract, per group of pages.

    python -m tests.bench.ocr_quality [PAGES] [--dpi 300] [--limit N]

PAGES holds truth.json ({page id: {group, orders}}) and <dpi>/<page id>.jpg; without it our own samples are made.
CER is the sum of edit distances over the sum of truth lengths, each page against the nearest of its admissible
reading orders; spaces, quotes, dashes and tone placement are unified, case and punctuation count. "worse" counts
pages more than half a point worse than bare Tesseract. "alarm" tells how many pages with a word error over 7 %
carry a Finding, and how many good ones do. CPU is user and system time of the process and its children.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import pypdfium2
from PIL import Image
from rapidfuzz.distance import Levenshtein

from archive import text
from ingest.recognition import kept, ocr
from samples.generate import generate
from tests.bench.measure import print_table

ALARMS = {
    "page.low_confidence",
    "page.lost_text",
    "page.unsure_lines",
    "page.blurred_marks",
    "page.cut_off",
    "page.covered",
}
SAME = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "..."})


@dataclass(frozen=True)
class Page:
    group: str
    orders: list[str]
    dpi: int
    image: Path
    index: int = 0


@dataclass(frozen=True)
class Result:
    """Edit distances and CPU seconds of one page."""

    length: int
    raw: int
    ours: int
    raw_cpu: float
    tesseract_cpu: float
    own_cpu: float
    bad: bool
    alarmed: bool

    @property
    def worse(self) -> bool:
        return self.ours - self.raw > 0.005 * self.length


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="?")
    parser.add_argument("--dpi", type=int, default=300)
    parser.add_argument("--limit", type=int, default=0, help="at most so many pages a group")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as temp:
        pages = prepared(options.pages, options.dpi) if options.pages else sampled(Path(temp))
        report(measured(limited(pages, options.limit), Path(temp)))


# --------------------------------------------------------------------------- pages


def prepared(folder: Path, dpi: int) -> Iterator[Page]:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    for name, page in truth.items():
        yield Page(page["group"], page["orders"], dpi, folder / str(dpi) / f"{name}.jpg")


def sampled(folder: Path) -> Iterator[Page]:
    """The scanned pages of our own samples that hold text."""
    truth = generate(folder / "samples", small=True)
    scans = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf"}
    for document in truth["documents"].values():
        for page in document["pages"]:
            path = folder / "samples" / page["file"]
            if (
                page["orders"]
                and page.get("dpi")
                and path.suffix.lower() in scans
                and document["access"] == "open"
            ):
                yield Page(page["group"], page["orders"], page["dpi"], path, page["index"])


def limited(pages: Iterable[Page], limit: int) -> Iterator[Page]:
    seen: dict[str, int] = defaultdict(int)
    for page in pages:
        seen[page.group] += 1
        if page.image.is_file() and (not limit or seen[page.group] <= limit):
            yield page


def opened(page: Page) -> Image.Image:
    if page.image.suffix.lower() == ".pdf":
        with pypdfium2.PdfDocument(page.image) as pdf:
            return pdf[page.index].render(scale=page.dpi / 72).to_pil()
    image = Image.open(page.image)
    image.seek(page.index)
    return image


# --------------------------------------------------------------------------- measuring


def measured(pages: Iterable[Page], temp: Path) -> dict[str, list[Result]]:
    results: dict[str, list[Result]] = defaultdict(list)
    for page in pages:
        results[page.group].append(one(page, temp))
    return results


def one(page: Page, temp: Path) -> Result:
    raw_text, raw_cpu = bare(page, temp)
    own, others = cpu(resource.RUSAGE_SELF), tesseract_cpu()
    reading, _ = ocr.recognise(opened(page), page.dpi)
    own, others = cpu(resource.RUSAGE_SELF) - own, tesseract_cpu() - others
    raw, _, _ = distance(page.orders, raw_text)
    ours, length, words_wrong = distance(page.orders, reading.text)
    alarmed = any(finding.code in ALARMS for finding in reading.findings)
    return Result(length, raw, ours, raw_cpu, others, own, words_wrong > 0.07, alarmed)


def bare(page: Page, temp: Path) -> tuple[str, float]:
    """What plain `tesseract page out -l vie` reads, and its CPU seconds."""
    source = page.image
    if source.suffix.lower() not in (".jpg", ".jpeg"):
        source = temp / "bare.png"
        opened(page).save(source, dpi=(page.dpi, page.dpi))
    before = cpu(resource.RUSAGE_CHILDREN)
    command = ["tesseract", source, temp / "bare", "-l", "vie", "txt"]
    subprocess.run(
        command, check=True, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_THREAD_LIMIT": "1"}
    )
    return (temp / "bare.txt").read_text(encoding="utf-8"), cpu(resource.RUSAGE_CHILDREN) - before


def cpu(who: int) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def tesseract_cpu() -> float:
    """CPU seconds of all that has ended and of the Tesseract that is kept running."""
    ticks = 0
    if (process := kept.running()) is not None:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[11]) + int(fields[12])
    return cpu(resource.RUSAGE_CHILDREN) + ticks / os.sysconf("SC_CLK_TCK")


def distance(orders: list[str], read: str) -> tuple[int, int, float]:
    """Edit distance to the nearest order, that order's length, and its word error."""
    found = unified(read)
    wrong, truth = min((Levenshtein.distance(order, found), order) for order in map(unified, orders))
    words = truth.split()
    return wrong, len(truth), Levenshtein.distance(words, found.split()) / max(1, len(words))


def unified(value: str) -> str:
    """Spaces, quotes, dashes and tone placement made alike; case kept."""
    value = re.sub(r"\s+", " ", text.clean(value).translate(SAME)).strip()
    placed = text.exact(value)
    return "".join(new.upper() if old.isupper() else new for old, new in zip(value, placed, strict=True))


# --------------------------------------------------------------------------- report


def report(results: dict[str, list[Result]]) -> None:
    groups = sorted(results.items())
    groups.append(("all", [result for group in results.values() for result in group]))
    headings = (
        "group",
        "pages",
        "raw CER %",
        "CER %",
        "worse",
        "raw CPU s",
        "CPU s",
        "ratio",
        "not tesseract %",
    )
    print_table("Page reading against bare Tesseract", headings, [row(name, group) for name, group in groups])
    every = groups[-1][1]
    bad, good = [r for r in every if r.bad], [r for r in every if not r.bad]
    caught, false = sum(r.alarmed for r in bad), sum(r.alarmed for r in good)
    print(f"\nalarm: {caught} of {len(bad)} bad pages caught, {false} of {len(good)} good pages flagged")


def row(name: str, group: list[Result]) -> tuple:
    length, count = sum(r.length for r in group), len(group)
    raw_cpu = sum(r.raw_cpu for r in group)
    own = sum(r.own_cpu for r in group)
    total = own + sum(r.tesseract_cpu for r in group)
    return (
        name,
        count,
        100 * sum(r.raw for r in group) / length,
        100 * sum(r.ours for r in group) / length,
        sum(r.worse for r in group),
        raw_cpu / count,
        total / count,
        total / raw_cpu,
        100 * own / total,
    )


if __name__ == "__main__":
    main()
