"""What the access rule costs: an official with few or many inherited fonds beside an auditor of every unit.

An archive of 400 units with a fonds each, in more than 1,000 classes of records; the officials reach theirs through
successions. Everybody asks for the same things, all of which all of them may read. CPU milliseconds of whole reader
calls, record in the log included; the aim is at most 1.3 times the auditor's.

    python -m tests.bench.scope_speed --pages 100000
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from archive import ids
from archive.holdings import renditions
from archive.holdings.renditions_writer import RenditionsWriter
from archive.lookup.gate import Rules
from archive.lookup.reader import HoldingsReader
from archive.model import PageReading, Word
from archive.rights.access import EVERY_UNIT, Actor, Grant
from archive.rights.restrictions import Restriction, Restrictions
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession
from tests.audits import journal
from tests.bench.corpus import Corpus, Document, fonds_code, unit_code
from tests.bench.lookup_speed import at, build_archive, cpu, open_archive
from tests.bench.measure import print_table
from tests.bench.search_speed import query_classes
from tests.sinks import MemorySink

UNITS = 400
LEVELS = (
    *[("open", "")] * 7,
    ("conditional", ""),
    ("closed", ""),
    ("open", (date.today() + timedelta(days=3650)).isoformat()),
)
REACHES = (1, 10, 300)
IN_PARTS, RESTRICTED = 10, 50
ASKED = 25
AIM = 1.3

Call = Callable[[HoldingsReader, Actor], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as folder:
        measure(Path(folder), options.pages)


def measure(folder: Path, pages: int, asked: int = ASKED) -> None:
    documents = list(Corpus(units=UNITS, levels=LEVELS).documents(pages))
    build_archive(folder, documents)
    shared = [
        each for each in documents if each.record.unit == own_unit() and each.record.key.endswith("|open|")
    ]
    _pages(folder / "renditions", shared)
    calls = _calls(shared, asked)
    classes = len({each.record for each in documents})
    for name, log in (("memory", MemorySink()), ("journal on this disk", journal(folder / "log"))):
        reader = open_archive(folder, Rules(register(), restrictions(documents)), log)
        title = f"{pages} pages, {len(documents)} documents, {classes} classes, log: {name}; CPU ms, warm"
        _print(title, {label: _times(reader, actor, calls) for label, actor in actors().items()})
        _print_scopes(reader)


# --------------------------------------------------------------------------- who, and what became of the units


def own_unit() -> str:
    """The unit whose records all may read: one of middling size."""
    return unit_code(UNITS // 10)


def register() -> Register:
    """Each official's unit came out of 1, 10 or 300 old ones; the last one's has fonds handed over in parts too."""
    merged = [
        Succession(unit, f"H{reach}", "merged", "whole", date(2025, 7, 1))
        for reach in REACHES
        for unit in _left(reach)
    ]
    merged += [Succession(unit, "HP", "merged", "whole", date(2025, 7, 1)) for unit in _left(REACHES[-1])]
    new = [
        RegisteredUnit(f"H{reach}", f"H{reach}", f"Phường {reach}", "commune") for reach in (*REACHES, "P")
    ]
    halves = (Part(years=(0, 2009)), "HP"), (Part(years=(2010, 9999)), "Z")
    parts = [
        Assignment(fonds_code(unit), heir, part, date(2025, 7, 1))
        for unit in _left(REACHES[-1])[1:][-IN_PARTS:]
        for part, heir in halves
    ]
    return Register(new, merged, parts)


def _left(reach: int) -> list[str]:
    """As many units, the common one first, the others of all sizes."""
    others = [unit_code(number) for number in range(UNITS) if unit_code(number) != own_unit()]
    return [own_unit(), *random.Random(reach).sample(others, reach - 1)]


def actors() -> dict[str, Actor]:
    names = {f"official, {reach} fonds": Grant(f"H{reach}") for reach in REACHES}
    names |= {f"official, {REACHES[-1]} fonds, {IN_PARTS} in parts": Grant("HP")}
    names |= {"auditor, every unit": Grant(EVERY_UNIT, "auditor")}
    return {label: Actor(label, grants=(grant,)) for label, grant in names.items()}


def restrictions(documents: Sequence[Document]) -> Restrictions:
    """Urgent restrictions on documents here and there, none on those asked for."""
    others = [each.entry.id for each in documents if each.record.unit != own_unit()]
    drawn = random.Random(2).sample(others, min(RESTRICTED, len(others)))
    return Restrictions(tuple(Restriction(item_id, "closed") for item_id in drawn))


# --------------------------------------------------------------------------- what they do


def _calls(shared: Sequence[Document], asked: int) -> dict[str, list[Call]]:
    queries = query_classes(shared, asked)
    calls: dict[str, list[Call]] = {
        f"search: {label}": [lambda r, a, q=query: r.search(a, q, size=10) for query in found]
        for label, found in queries.items()
    }
    drawn = [shared[number % len(shared)].entry.id for number in range(asked)]
    calls["home"] = [lambda r, a: r.overview(a)] * asked
    calls["fonds"] = [lambda r, a: r.fonds_page(a, fonds_code(own_unit()))] * asked
    calls["dossier"] = [lambda r, a, i=each: r.dossier(a, ids.dossier_of(i)) for each in drawn]
    calls["document"] = [lambda r, a, i=each: r.item(a, i) for each in drawn]
    calls["page"] = [lambda r, a, i=each: r.page(a, i, 1) for each in drawn]
    calls["image"] = [lambda r, a, i=each: r.page_image(a, i, 1) for each in drawn]
    return calls


def _pages(folder: Path, shared: Sequence[Document]) -> None:
    """The first page of each: all have the same, as all have one digest here."""
    words = shared[0].entry.body.split()[:390]
    boxes = [(20, 20 * line, 90, 20 * line + 15) for line in range(len(words))]
    spoken = tuple(
        Word(text, box, 90.0, at // 10) for at, (text, box) in enumerate(zip(words, boxes, strict=True))
    )
    reading = PageReading(1654, 2339, 200, 0, "ocr", spoken, 90.0)
    image = b"\xff\xd8" + random.Random(4).randbytes(200_000) + b"\xff\xd9"
    RenditionsWriter(folder).put(renditions.key("bench", "0" * 64, 0), reading, image)


def _times(
    reader: HoldingsReader, actor: Actor, calls: Mapping[str, Sequence[Call]]
) -> dict[str, list[float]]:
    reader.search(actor, "")  # the rule is applied once for all the calls
    return {label: [cpu(lambda c=call: c(reader, actor)) for call in made] for label, made in calls.items()}


def _print(title: str, times: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
    """One line for a kind of call: p50 and p95 of each actor and, against the last one, the ratio of the p95."""
    *_, last = times.values()
    rows = [[label, *_cells([times[actor][label] for actor in times])] for label in last]
    searches = [
        [t for label, made in each.items() if label.startswith("search") for t in made]
        for each in times.values()
    ]
    rows.append(["all searches", *_cells(searches)])
    print_table(title, ["call", *(f"{who} p50 / p95 / ratio" for who in times)], rows)


def _cells(times: Sequence[Sequence[float]]) -> list[str]:
    base = times[-1]
    return [
        f"{statistics.median(each):.2f} / {at(each, 95):.2f} / {at(each, 95) / at(base, 95):.2f}"
        for each in times
    ]


def _print_scopes(reader: HoldingsReader) -> None:
    """What the first call of an actor costs more: the rule applied to every class."""
    rows = []
    for label, actor in actors().items():
        reader._scopes.cache_clear()
        rows.append(
            [
                label,
                cpu(lambda a=actor: reader._scope(a)),
                sum(len(c.allowed) for c in reader._scope(actor).clauses),
            ]
        )
    print_table("the scope made anew", ["actor", "CPU ms", "terms"], rows)


if __name__ == "__main__":
    main()
