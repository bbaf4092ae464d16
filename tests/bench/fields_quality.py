"""How many letterhead fields come out right: a table per group of pages with known fields.

    python tests/bench/fields_quality.py PAGES [--dpi 200] [--cache FOLDER] [--misses]

PAGES holds truth.json ({page id: {group, doc, page, rot, fields}}) and <dpi>/<page id>.jpg. Readings are kept in
the cache folder by recipe, so a change of the rules is measured in seconds. A field is right when it equals the
truth; the subject when it is 95 % similar. "wrong" counts wrong fields, "wrong sure" those marked sure.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from PIL import Image
from rapidfuzz.distance import Levenshtein

from archive import text
from archive.holdings.renditions import pack, unpack
from archive.model import FieldValue, PageReading
from ingest.letterhead import describe
from ingest.recognition import ocr

FIELDS = {
    "so": "code",
    "ngay": "issued_date",
    "coquan": "issuer",
    "loai": "type_name",
    "trichyeu": "subject",
    "nguoiky": "signer",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pages", type=Path)
    parser.add_argument("--dpi", type=int, default=200)
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir(), "kho-bench-readings"))
    parser.add_argument("--misses", action="store_true", help="list every wrong or missing field")
    options = parser.parse_args()
    truth = json.loads((options.pages / "truth.json").read_text(encoding="utf-8"))
    tally: dict[str, Counter] = defaultdict(Counter)
    for pages in documents(truth):
        readings = [reading(options, page) for page in pages]
        score(truth[pages[0]], describe(readings), tally, options.misses)
    report(tally)


def documents(truth: dict) -> list[list[str]]:
    """Page ids of each document in order."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for page in sorted(truth, key=lambda page: (truth[page]["doc"], truth[page]["page"])):
        grouped[truth[page]["doc"]].append(page)
    return list(grouped.values())


def reading(options: argparse.Namespace, page: str) -> PageReading:
    kept = options.cache / ocr.recipe() / options.pages.name / str(options.dpi) / f"{page}.json.gz"
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        with Image.open(options.pages / str(options.dpi) / f"{page}.jpg") as image:
            kept.write_bytes(pack(ocr.recognise(image, options.dpi)[0], b""))
    return unpack(kept.read_bytes())


def score(truth: dict, found: dict[str, FieldValue], tally: dict[str, Counter], misses: bool) -> None:
    outcomes = {}
    for short, name in FIELDS.items():
        got = found.get(name)
        outcomes[short] = bool(got) and right(short, got.value, truth["fields"][short])
        if not outcomes[short] and misses:
            mark = "" if got is None else f"{got.confidence:.2f}" + (" SURE" if got.sure else "")
            print(
                truth["doc"], short, repr(got and got.value), mark, "expected", repr(truth["fields"][short])
            )
        for group in (truth["group"], "all"):
            tally[group][short] += outcomes[short]
            tally[group]["given"] += got is not None
            tally[group]["wrong"] += got is not None and not outcomes[short]
            tally[group]["wrong sure"] += got is not None and got.sure and not outcomes[short]
            tally[group]["sure"] += got is not None and got.sure
    for group in (truth["group"], "all"):
        tally[group]["documents"] += 1
        tally[group]["all six"] += all(outcomes.values())


def right(short: str, got: str, wanted: str) -> bool:
    got, wanted = (" ".join(text.exact(text.clean(value)).split()) for value in (got, wanted))
    if short == "trichyeu":
        return Levenshtein.normalized_similarity(got, wanted) >= 0.95
    return got == wanted


def report(tally: dict[str, Counter]) -> None:
    columns = [*FIELDS, "all six"]
    print(
        f"{'group':18s} {'docs':>5s}"
        + "".join(f"{name:>10s}" for name in columns)
        + "  sure  wrong  wrong sure"
    )
    for group in sorted(tally, key=lambda group: (group == "all", group)):
        counts = tally[group]
        number = counts["documents"]
        shares = "".join(f"{100 * counts[name] / number:9.0f}%" for name in columns)
        print(
            f"{group:18s} {number:5d}{shares} {100 * counts['sure'] / (6 * number):4.0f}%"
            f" {counts['wrong']:6d} {counts['wrong sure']:6d}"
        )


if __name__ == "__main__":
    main()
