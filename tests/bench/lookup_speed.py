"""The whole look-up call as a user waits for it: parse, scope, search, facets, rows, page texts, snippets, record.

Compared, in CPU milliseconds of one run, with bare Tantivy answering the same words in the same scope; the goal
is p95 at most 3 times bare plus 2 ms at 100,000 pages. Also: what adding 1,000 pages to a published archive costs.

    python -m tests.bench.lookup_speed --pages 10000 100000
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from archive import ids
from archive.engines import catalogue_writers, catalogues, indexes
from archive.holdings import renditions
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.lookup.gate import Rules
from archive.lookup.reader import HoldingsReader
from archive.model import Dossier, Event, FieldValue, Fonds, Item, PageRef, Unit
from archive.ports import AuditSink, PageText
from archive.rights.access import Actor, Grant
from archive.rights.restrictions import Restrictions
from archive.units.succession import Register
from tests.bench.corpus import Corpus, Document
from tests.bench.measure import print_table
from tests.bench.search_speed import ADDITION, QUERIES, BareReader, build, build_bare, query_classes, reaches
from tests.sinks import MemorySink

PAGE_LETTERS = 2400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="*", default=[10_000, 100_000])
    options = parser.parse_args()
    for pages in options.pages:
        with tempfile.TemporaryDirectory(prefix="kho-bench-") as folder:
            measure(Path(folder), pages)


def measure(folder: Path, pages: int, asked: int = QUERIES, added: int = ADDITION) -> None:
    corpus = Corpus()
    documents = list(corpus.documents(pages))
    build_bare(folder / "bare", documents)
    build_archive(folder, documents)
    reader = open_archive(folder, Rules(Register(), Restrictions()), MemorySink())
    bare = BareReader(folder / "bare")
    rows, everything = [], ([], [])
    for label, queries in query_classes(documents, asked).items():
        calls = [(query, units) for query in queries for units in reaches()]
        times = (
            [cpu(lambda q=q, u=u: bare.search(q, u)) for q, u in calls],
            [cpu(lambda q=q, u=u: reader.search(_actor(u), q, size=10)) for q, u in calls],
        )
        for kind in (0, 1):
            everything[kind].extend(times[kind])
        rows.append(_row(label, *times))
    rows.append(_row("all", *everything))
    print_table(
        f"whole call, {pages} pages in {len(documents)} documents, 10 hits; CPU ms, warm",
        ["query class", "bare p50", "bare p95", "kho p50", "kho p95", "goal p95"],
        rows,
    )
    _measure_addition(folder, corpus, documents, added)


def _row(label: str, bare: Sequence[float], ours: Sequence[float]) -> list[object]:
    return [label, at(bare, 50), at(bare, 95), at(ours, 50), at(ours, 95), 3 * at(bare, 95) + 2]


def at(values: Sequence[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


def cpu(call: Callable[[], object]) -> float:
    """CPU milliseconds of a call, all threads of this process together."""
    started = time.process_time()
    call()
    return (time.process_time() - started) * 1000


def _actor(units: Sequence[str]) -> Actor:
    return Actor("bench", grants=tuple(map(Grant, units)))


def build_archive(folder: Path, documents: Sequence[Document]) -> None:
    """Index and catalogue of the documents, as `publish` leaves them."""
    build("tantivy", folder / "index", documents)
    _catalogue(folder / "catalogue", None, documents)


def open_archive(folder: Path, rules: Rules, log: AuditSink) -> HoldingsReader:
    return HoldingsReader(
        catalogues.open_reader("sqlite", folder / "catalogue"),
        indexes.open_reader("tantivy", folder / "index"),
        Renditions(folder / "renditions"),
        Holdings(folder),
        date.today,
        lambda: rules,
        log,
        "bench",
    )


def _catalogue(folder: Path, previous: Path | None, documents: Sequence[Document]) -> None:
    folder.mkdir()
    writer = catalogue_writers.engine("sqlite").open_writer(folder, previous)
    for dossier_id, members in _by_dossier(documents).items():
        dossier = _dossier(dossier_id, members)
        texts = {document.entry.id: _page_texts(document) for document in members}
        writer.put(dossier, f"state of {dossier_id}", texts)
    writer.seal()


def _by_dossier(documents: Sequence[Document]) -> dict[str, list[Document]]:
    groups: dict[str, list[Document]] = {}
    for document in documents:
        groups.setdefault(ids.dossier_of(document.entry.id), []).append(document)
    return groups


def _dossier(dossier_id: str, members: Sequence[Document]) -> Dossier:
    unit = members[0].entry.facets["unit"]
    fonds = Fonds(f"{unit}.F", f"Phông {unit}", Unit(unit, f"Đơn vị {unit}"))
    return Dossier(
        dossier_id,
        dossier_id.partition(":")[2],
        dossier_id,
        fonds,
        tuple(_item(document, number) for number, document in enumerate(members, 1)),
        (Event("ingestion", _received(members[0]), "bench"),),
    )


def _received(document: Document) -> str:
    """A second of its own: each document's number is."""
    began = datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=7)))
    return (began + timedelta(seconds=int(document.entry.id.rpartition(":")[2]))).isoformat()


def _item(document: Document, number: int) -> Item:
    entry = document.entry
    values = {**entry.fields, "issued_date": entry.date}
    fields = {name: FieldValue(value, 0.9, "letterhead") for name, value in values.items()}
    pages = tuple(
        PageRef("original/a.pdf", index, "0" * 64, renditions.key("bench", "0" * 64, index))
        for index in range(document.pages)
    )
    return Item(
        entry.id,
        number,
        entry.title,
        fields,
        (),
        pages,
        level=document.record.level,
        embargo=document.record.embargo,
    )


def _page_texts(document: Document) -> list[PageText]:
    body = document.entry.body
    size = len(body) // document.pages + 1
    return [PageText(body[at : at + size], 90.0) for at in range(0, len(body), size)][: document.pages]


def _measure_addition(folder: Path, corpus: Corpus, documents: Sequence[Document], added: int) -> None:
    extra, pages = [], 0
    while pages < added:
        extra.append(corpus.document(len(documents) + len(extra)))
        pages += extra[-1].pages
    started, wall = time.process_time(), time.perf_counter()
    build("tantivy", folder / "index-2", extra, previous=folder / "index")
    _catalogue(folder / "catalogue-2", folder / "catalogue", extra)
    print(
        f"  adding {pages} pages to both engines: {time.process_time() - started:.2f} CPU s, "
        f"{time.perf_counter() - wall:.2f} s wall"
    )
    shutil.rmtree(folder / "index-2")


if __name__ == "__main__":
    main()
