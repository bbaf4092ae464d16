"""Does the page alarm notice pages that were read badly? Good pages are damaged in eleven ways, seeded.

    python -m tests.bench.alarm_quality [PAGES] [--dpi 200] [--seed 1] [--rounds 2]

PAGES as for ocr_quality. Each round damages one page in each way, and reads one page as it is. A page is bad from
5 % of character error, against the text of the undamaged page: what a damage has taken away counts as lost. It is
good below 2 %; between, either answer will do.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ingest import ocr
from tests.bench import ocr_quality
from tests.bench.damage import KINDS, Chance, Pixels
from tests.bench.measure import print_table
from tests.bench.ocr_quality import ALARMS, Page

BAD, GOOD = 0.05, 0.02


@dataclass(frozen=True)
class Result:
    """Character error of a damaged page as a share, and whether it was flagged."""

    error: float
    alarmed: bool


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="?")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as temp:
        pages = ocr_quality.prepared(options.pages, options.dpi) if options.pages else _sampled(Path(temp))
        report(measured([page for page in pages if page.image.is_file()], options.seed, options.rounds))


def _sampled(folder: Path) -> Iterator[Page]:
    return (page for page in ocr_quality.sampled(folder) if page.image.suffix.lower() != ".pdf")


def measured(pages: Sequence[Page], seed: int, rounds: int) -> dict[str, list[Result]]:
    """Results by kind of damage. Other seeds damage other pages in other ways."""
    order = np.random.default_rng(seed).permutation(len(pages))
    results: dict[str, list[Result]] = defaultdict(list)
    for place in range(rounds * (len(KINDS) + 1)):
        damage = (untouched, *KINDS)[place % (len(KINDS) + 1)]
        page = pages[order[place % len(pages)]]
        results[damage.__name__].append(one(page, damage, np.random.default_rng([seed, place])))
    return results


def untouched(pixels: Pixels, chance: Chance) -> Pixels:
    return pixels


def one(page: Page, damage, chance: Chance) -> Result:
    image = ocr_quality.opened(page)
    pixels = np.asarray(image if image.mode in ("L", "RGB") else image.convert("L"))
    reading, _ = ocr.recognise(Image.fromarray(damage(pixels, chance)), page.dpi)
    wrong, length, _ = ocr_quality.distance(page.orders, reading.text)
    return Result(wrong / length, any(finding.code in ALARMS for finding in reading.findings))


def report(results: dict[str, list[Result]]) -> None:
    kinds = [*results.items(), ("all", [result for kind in results.values() for result in kind])]
    print_table(
        f"Page alarm: bad from {BAD:.0%} of character error, good below {GOOD:.0%}",
        ("damage", "pages", "bad", "caught", "good", "flagged"),
        [(name, *counts(kind)) for name, kind in kinds],
    )


def counts(kind: Sequence[Result]) -> tuple[int, int, int, int, int]:
    bad = [result for result in kind if result.error >= BAD]
    good = [result for result in kind if result.error < GOOD]
    return len(kind), len(bad), sum(r.alarmed for r in bad), len(good), sum(r.alarmed for r in good)


if __name__ == "__main__":
    main()
