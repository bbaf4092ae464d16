"""Does the page alarm notice pages that were read badly? Pages are damaged in many ways, seeded.

    python -m tests.bench.alarm_quality [PAGES] [--dpi 200] [--seed 1] [--rounds 10] [--readings FOLDER]

PAGES as for ocr_quality. Each round damages one page in each way; then every page is read as it is. Odd seeds take
one half of the pages and even ones the other, so one can be tuned on and the other held out. What counts is what
the reading lost: the share of the text's letters that stand in words it does not have. A page is bad from 10 %,
good below 5 %; between, either answer will do. Words that a damage hid are not on the image any more: a page bad
only by these is "hidden", and counts apart. FOLDER keeps what Tesseract answered, for quick further runs.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from archive.model import Box, PageReading
from ingest.recognition import ocr, tesseract
from ingest.recognition.reading_order import Token
from tests.bench import ocr_quality
from tests.bench.damage import HIDING, KINDS, Chance, Pixels
from tests.bench.measure import print_table
from tests.bench.ocr_quality import ALARMS, Page

BAD, GOOD = 0.10, 0.05


@dataclass(frozen=True)
class Result:
    """`lost`: share of the letters in words the reading lacks; `hidden`: in words the damage hid."""

    name: str
    lost: float
    hidden: float
    alarms: frozenset[str]

    @property
    def verdict(self) -> str:
        if self.lost < GOOD:
            return "good"
        if self.lost < BAD:
            return "between"
        return "bad" if self.lost - self.hidden >= BAD else "hidden"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path, nargs="?")
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--readings", type=Path)
    options = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    if options.readings:
        remember(options.readings)
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as temp:
        pages = ocr_quality.prepared(options.pages, options.dpi) if options.pages else _sampled(Path(temp))
        report(measured([page for page in pages if page.image.is_file()], options.seed, options.rounds))


def _sampled(folder: Path) -> Iterator[Page]:
    return (page for page in ocr_quality.sampled(folder) if page.image.suffix.lower() != ".pdf")


def remember(folder: Path) -> None:
    """Ask Tesseract only once for the words of the same pixels."""
    folder.mkdir(parents=True, exist_ok=True)
    ask = tesseract.words

    def remembered(gray: Pixels, deadline: float, layout: int = tesseract.AUTOMATIC) -> list[Token]:
        kept = folder / hashlib.sha256(f"{gray.shape} {layout}".encode() + gray.tobytes()).hexdigest()
        if not kept.exists():
            kept.write_bytes(pickle.dumps(ask(gray, deadline, layout)))
        return pickle.loads(kept.read_bytes())

    tesseract.words = remembered


# --------------------------------------------------------------------------- pages


def measured(pages: Sequence[Page], seed: int, rounds: int) -> dict[str, list[Result]]:
    """Results by kind of damage."""
    order = np.random.default_rng(seed).permutation(len(pages[seed % 2 :: 2])) * 2 + seed % 2
    results: dict[str, list[Result]] = defaultdict(list)
    for place in range(rounds * len(KINDS)):
        damage, page = KINDS[place % len(KINDS)], pages[order[place % len(order)]]
        results[damage.__name__].append(damaged(page, damage, np.random.default_rng([seed, place])))
    results["as it is"] = [result(page, as_it_is(page)) for page in pages[seed % 2 :: 2]]
    return results


def as_it_is(page: Page) -> PageReading:
    return ocr.recognise(Image.fromarray(_pixels(page)), page.dpi)[0]


def damaged(page: Page, damage: Callable, chance: Chance) -> Result:
    pixels = _pixels(page)
    spoilt, hidden = damage(pixels, chance) if damage in HIDING else (damage(pixels, chance), None)
    reading, _ = ocr.recognise(Image.fromarray(spoilt), page.dpi)
    return result(page, reading, hidden)


def _pixels(page: Page) -> Pixels:
    image = ocr_quality.opened(page)
    return np.asarray(image if image.mode in ("L", "RGB") else image.convert("L"))


# --------------------------------------------------------------------------- truth


def result(page: Page, reading: PageReading, hidden: np.ndarray | None = None) -> Result:
    alarms = frozenset(finding.code for finding in reading.findings) & ALARMS
    return Result(page.image.stem, lost(page, reading.text), _hidden(page, hidden), alarms)


def lost(page: Page, read: str) -> float:
    """Share of the page's letters in words that the reading does not have, wherever they stand."""
    truth = ocr_quality.unified(page.orders[0])
    missing = Counter(truth.split()) - Counter(ocr_quality.unified(read).split())
    return _letters(missing) / _letters(Counter(truth.split()))


def _letters(words: Counter[str]) -> int:
    return sum(len(word) * count for word, count in words.items())


def _hidden(page: Page, hidden: np.ndarray | None) -> float:
    """Share of the letters of the undamaged page in words whose box is hidden by a third and more."""
    if hidden is None or not hidden.any():
        return 0.0
    reading = as_it_is(page)
    upright = np.rot90(hidden, -reading.turned // 90)
    sizes = [len(word.text) for word in reading.words]
    away = [_share(upright, word.box) > 1 / 3 for word in reading.words]
    return sum(size for size, gone in zip(sizes, away, strict=True) if gone) / max(1, sum(sizes))


def _share(mask: np.ndarray, box: Box) -> float:
    left, top, right, bottom = box
    return float(mask[top:bottom, left:right].mean())


# --------------------------------------------------------------------------- report


def report(results: dict[str, list[Result]]) -> None:
    kinds = [*results.items(), ("all", [result for kind in results.values() for result in kind])]
    print_table(
        f"Page alarm: bad from {BAD:.0%} of letters in words lost, good below {GOOD:.0%}; noticed of how many",
        ("damage", "pages", "bad", "hidden", "between", "good"),
        [(name, len(kind), *(counted(kind, verdict) for verdict in VERDICTS)) for name, kind in kinds],
    )


VERDICTS = ("bad", "hidden", "between", "good")


def counted(kind: Sequence[Result], verdict: str) -> str:
    """Pages with an alarm, of those with this verdict."""
    found = [bool(result.alarms) for result in kind if result.verdict == verdict]
    return f"{sum(found)} of {len(found)}" if found else "-"


if __name__ == "__main__":
    main()
