"""Search: build speed and size, time per query class, incremental publish, known-item ranking.

Ratios within one run, against Tantivy used barely: the same documents and tokens, a plain AND query with the same
unit clause, no facets. Times are CPU milliseconds of this process; wall time stands beside where it differs.

    python -m tests.bench.search_speed --pages 10000 100000 --whoosh 10000
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import tantivy
from tantivy import Occur
from tantivy import Query as Engine

from archive import text
from archive.engines import index_writers, indexes
from archive.engines.analysis import tokens
from archive.lookup import highlight
from archive.model import FACETS, IndexEntry
from archive.queries import parse
from archive.rights.access import RecordClass, Scope, everything
from tests.bench.corpus import UNITS, Corpus, Document, damaged, fonds_code, unit_code
from tests.bench.measure import print_table

QUERIES = 40
SNIPPETS = 10
ADDITION = 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--whoosh", type=int, default=10_000, help="pages for Whoosh; 0 leaves it out")
    parser.add_argument(
        "--known", type=int, default=10_000, help="pages for the known-item test; 0 leaves it out"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as folder:
        for pages in options.pages:
            engines = ["tantivy", "whoosh"] if pages == options.whoosh else ["tantivy"]
            measure_speed(Path(folder, str(pages)), pages, engines)
        if options.known:
            measure_ranking(Path(folder, "known"), options.known)


# --------------------------------------------------------------------------- build, queries, addition


def measure_speed(
    folder: Path, pages: int, engines: Sequence[str], asked: int = QUERIES, added: int = ADDITION
) -> None:
    corpus = Corpus()
    documents = list(corpus.documents(pages))
    bare_folder = folder / "bare"
    rows = [_build_row("bare tantivy", pages, bare_folder, lambda: build_bare(bare_folder, documents))]
    for name in engines:
        target = folder / name
        rows.append(_build_row(name, pages, target, lambda n=name, t=target: build(n, t, documents)))
    base = rows[0]
    print_table(
        f"build, {pages} pages in {len(documents)} documents (bare: tokens ready-made, no pairs, no facets)",
        ["engine", "CPU s", "wall s", "pages/CPU s", "bytes/page", "speed v. bare", "size v. bare"],
        [[*row, row[3] / base[3], row[4] / base[4]] for row in rows],
    )
    print(f"  peak memory of this process with the corpus in it: {_peak():.0f} MiB")
    measure_queries(folder, documents, engines, asked)
    if "tantivy" in engines:
        measure_addition(folder, corpus, documents, added)


def build(name: str, folder: Path, documents: Iterable[Document], previous: Path | None = None) -> None:
    writer = index_writers.engine(name).open_writer(folder, previous)
    for document in documents:
        writer.add(document.entry)
    writer.commit()


def build_bare(folder: Path, documents: Iterable[Document]) -> None:
    """Two text fields with positions; the tokens are made by the caller of the clock."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw")
    builder.add_text_field("unit", tokenizer_name="raw")
    builder.add_text_field("exact", tokenizer_name="whitespace")
    builder.add_text_field("folded", tokenizer_name="whitespace")
    folder.mkdir(parents=True)
    index = tantivy.Index(builder.build(), path=str(folder))
    writer = index.writer(heap_size=128 * 2**20, num_threads=1)
    for entry, exact, folded in _ready(documents):
        fields = {"id": entry.id, "unit": entry.facets["unit"], "exact": exact, "folded": folded}
        writer.add_document(tantivy.Document(**fields))
    writer.commit()
    writer.wait_merging_threads()


_made: dict[int, list[tuple[IndexEntry, str, str]]] = {}


def _ready(documents: Iterable[Document]) -> list[tuple[IndexEntry, str, str]]:
    """Tokens made once, outside the measured time."""
    if id(documents) not in _made:
        _made.clear()
        exact = [(d.entry, " ".join(tokens(f"{d.entry.title} {d.entry.body}"))) for d in documents]
        _made[id(documents)] = [(entry, value, text.fold(value)) for entry, value in exact]
    return _made[id(documents)]


def _build_row(name: str, pages: int, folder: Path, work: Callable[[], None]) -> list:
    if name == "bare tantivy":
        _ready(work.__closure__[1].cell_contents)
    cpu, wall = _timed(work)
    return [name, cpu, wall, pages / cpu, sum(p.stat().st_size for p in folder.iterdir()) / pages]


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """(CPU seconds with all threads, wall seconds)."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def query_classes(documents: Sequence[Document], count: int) -> dict[str, list[str]]:
    """Queries of each kind a user types, drawn from the documents themselves."""
    rng = random.Random(11)
    drawn = [rng.choice(documents) for _ in range(count)]
    words = [document.entry.body.split() for document in drawn]
    at = [rng.randrange(20, len(each) - 4) for each in words]
    titles = [document.fragment for document in drawn]
    return {
        "one word": [each[a] for each, a in zip(words, at, strict=True)],
        "two words": [f"{each[a]} {each[-a % 9 - 9]}" for each, a in zip(words, at, strict=True)],
        "title, no marks": [text.fold(" ".join(each)) for each in titles],
        "title, marks": [" ".join(each) for each in titles],
        "phrase, marks": [f'"{" ".join(each[a : a + 3])}"' for each, a in zip(words, at, strict=True)],
        "phrase, no marks": [
            text.fold(f'"{" ".join(each[a : a + 3])}"') for each, a in zip(words, at, strict=True)
        ],
        "number": [document.entry.fields["code"] for document in drawn],
        "prefix": [text.fold(each[a])[:3] + "*" for each, a in zip(words, at, strict=True)],
        "title with a typo": [text.fold(" ".join(_typo(rng, each))) for each in titles],
        "dates and a word": [
            f"năm:{d.entry.date[:4]} {each[5]}" for d, each in zip(drawn, words, strict=True)
        ],
        "field": [
            f'loại:"{d.entry.fields["type_name"]}" {each[6]}' for d, each in zip(drawn, words, strict=True)
        ],
    }


def _typo(rng: random.Random, words: Sequence[str]) -> list[str]:
    changed = list(words)
    at = max(range(len(words)), key=lambda place: (len(words[place]), rng.random()))
    changed[at] = damaged(rng, changed[at])
    return changed


def reaches() -> list[list[str]]:
    """The units that each of four searchers may read."""
    rng = random.Random(5)
    return [sorted({unit_code(rng.randrange(UNITS)) for _ in range(size)}) for size in (1, 3, 10, 50)]


def scope(units: Iterable[str]) -> Scope:
    return everything(RecordClass(unit, fonds_code(unit)) for unit in units)


def measure_queries(folder: Path, documents: Sequence[Document], engines: Sequence[str], count: int) -> None:
    bodies = {document.entry.id: document.entry.body for document in documents}
    readers = {name: indexes.open_reader(name, folder / name) for name in engines}
    bare = BareReader(folder / "bare")
    headings = ["query class", "bare p50", "bare p95", *(f"{n} {p}" for n in engines for p in ("p50", "p95"))]
    rows, everything = [], {name: [] for name in ("bare", *engines, "snippets")}
    for label, queries in query_classes(documents, count).items():
        asked = [(query, units, scope(units)) for query in queries for units in reaches()]
        times = {"bare": [_each(lambda q=q, u=u: bare.search(q, u)) for q, u, _ in asked]}
        for name, reader in readers.items():
            few = asked if name == "tantivy" else asked[:: len(reaches()) + 1]
            times[name] = [_each(lambda q=q, s=s, r=reader: search(r, q, s)) for q, _, s in few]
        found = [(q, search(readers["tantivy"], q, s).hits) for q, _, s in asked[:: len(reaches())]]
        everything["snippets"] += [_each(lambda q=q, h=hits: snippets(q, h, bodies)) for q, hits in found]
        for name, values in times.items():
            everything[name] += values
        rows.append([label, *(value for name in ("bare", *engines) for value in _spread(times[name]))])
    rows.append(["all", *(value for name in ("bare", *engines) for value in _spread(everything[name]))])
    print_table("one search: parse, scope, match, rank, 20 ids, 6 facets; CPU ms, warm", headings, rows)
    print("  snippets of 10 hits, p50 / p95: {:.2f} / {:.2f} ms".format(*_spread(everything["snippets"])))


def search(reader, query: str, scope: Scope):
    return reader.search(parse(query), scope, filters={}, facets=FACETS, limit=20)


def snippets(query: str, hits: Sequence[tuple[str, float]], bodies: dict[str, str]) -> None:
    """What the reader does with a page of hits, for one page of text each."""
    parsed = parse(query)
    for item, _ in hits[:SNIPPETS]:
        page = bodies[item][:2400]
        highlight.cut(page, highlight.look(page, parsed).spans, page=1)


class BareReader:
    """Tantivy as the simplest program would use it."""

    def __init__(self, folder: Path) -> None:
        self._index = tantivy.Index.open(str(folder))
        self._searcher, self._schema = self._index.searcher(), self._index.schema

    def search(self, query: str, units: Sequence[str]) -> list[str]:
        clauses = [Engine.term_set_query(self._schema, "unit", list(units)), *self._clauses(query)]
        found = self._searcher.search(Engine.boolean_query([(Occur.Must, clause) for clause in clauses]), 20)
        return [self._searcher.doc(address).get_first("id") for _, address in found.hits]

    def _clauses(self, query: str) -> Iterator[Engine]:
        typed = query.split(":")[-1]
        words = text.words(text.fold(typed))
        if '"' in typed and len(words) > 1:
            yield Engine.phrase_query(self._schema, "folded", words)
        elif typed.endswith("*"):
            yield Engine.phrase_prefix_query(self._schema, "folded", words)
        else:
            yield from (Engine.term_query(self._schema, "folded", word) for word in words)


def _each(work: Callable[[], object]) -> float:
    """CPU milliseconds of one call. Each query is new to the reader, so nothing counted for it is remembered."""
    return _timed(work)[0] * 1000


def _spread(values: Sequence[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return statistics.median(ordered), ordered[int(len(ordered) * 0.95)]


def measure_addition(folder: Path, corpus: Corpus, documents: Sequence[Document], added: int) -> None:
    sealed, newer = folder / "tantivy", folder / "newer"
    extra = [corpus.document(len(documents) + n) for n in range(added)]
    while sum(document.pages for document in extra) > added:
        extra.pop()
    cpu, wall = _timed(lambda: build("tantivy", newer, extra, previous=sealed))
    shared = {path.stat().st_ino for path in sealed.iterdir()}
    sizes = [(path.stat().st_size, path.stat().st_ino in shared) for path in newer.iterdir()]
    written = sum(size for size, kept in sizes if not kept)
    print(
        f"\nadding {added} pages to {sum(d.pages for d in documents)}: {cpu:.2f} CPU s, {wall:.2f} s wall, "
        f"{written / 2**20:.1f} of {sum(size for size, _ in sizes) / 2**20:.1f} MiB written, the rest shared"
    )


# --------------------------------------------------------------------------- known items


def measure_ranking(folder: Path, pages: int, targets: int = 100) -> None:
    """A searcher types 5 to 7 syllables of a title; at which place is the document?"""
    rng = random.Random(3)
    documents = list(Corpus().documents(pages))
    chosen = rng.sample(range(len(documents)), 2 * targets)
    clean, hurt = chosen[:targets], chosen[targets:]
    for number in hurt:
        documents[number] = _misread(rng, documents[number])
    build("tantivy", folder, documents)
    reader, whole = indexes.open_reader("tantivy", folder), everything({each.record for each in documents})
    classes = {
        "clean, no marks": [(documents[n], text.fold(" ".join(documents[n].fragment))) for n in clean],
        "clean, marks": [(documents[n], " ".join(documents[n].fragment)) for n in clean],
        "a letter misread in the document": [
            (documents[n], text.fold(" ".join(documents[n].fragment))) for n in hurt
        ],
        "a typo in the query": [
            (documents[n], text.fold(" ".join(_typo(rng, documents[n].fragment)))) for n in clean
        ],
    }
    rows = []
    for label, asked in classes.items():
        ranks = [_rank(reader, document, query, whole) for document, query in asked]
        relaxed = sum(search(reader, query, whole).relaxed for _, query in asked)
        mrr = sum(1 / rank for rank in ranks if rank) / len(ranks)
        rows.append(
            [label, mrr, sum(1 for rank in ranks if rank and rank <= 10) / len(ranks), relaxed / len(ranks)]
        )
    print_table(f"known items, {pages} pages", ["query", "MRR", "hit@10", "relaxed"], rows)


def _misread(rng: random.Random, document: Document) -> Document:
    """One syllable of the fragment misread wherever it stands, as when title and page come from one reading."""
    word = rng.choice([each for each in document.fragment if len(each) > 2] or document.fragment)
    wrong = damaged(rng, word)
    swap = {
        "title": _swap(document.entry.title, word, wrong),
        "body": _swap(document.entry.body, word, wrong),
    }
    return replace(document, entry=replace(document.entry, **swap))


def _swap(value: str, word: str, wrong: str) -> str:
    return " ".join(wrong if each == word else each for each in value.split(" "))


def _rank(reader, document: Document, query: str, whole: Scope) -> int:
    """Place of the document among the first 50, from 1; 0 when it is not there."""
    hits = reader.search(parse(query), whole, filters={}, limit=50).hits
    ids = [item for item, _ in hits]
    return ids.index(document.entry.id) + 1 if document.entry.id in ids else 0


if __name__ == "__main__":
    main()
