"""Building an index on Tantivy. Used by publish only.

Its quirks: one writer for a folder; tokenizers are registered anew at each open; integers need the signed type.
"""

from __future__ import annotations

from pathlib import Path

import tantivy

from archive.engines import links
from archive.engines.analysis import NUMBERS, PAIRS, PHRASES, WHOLE, Analysed, analyse
from archive.engines.tantivy_index import CLASSES, TantivyReader, engine_errors, facet_column, facet_key
from archive.model import FACETS, IndexEntry
from archive.rights.access import classes_among

HEAP = 256 * 2**20
"""Most bytes of memory for building; one thread, so that few and whole segments come out: every search looks up its
scope, which may have hundreds of terms, in each of them."""

_TOKENS = "tokens"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    for name in (*WHOLE, CLASSES):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in FACETS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in PHRASES:
        builder.add_text_field(name, tokenizer_name=_TOKENS, index_option="position")
    for name in PAIRS:
        builder.add_text_field(name, tokenizer_name=_TOKENS, index_option="basic")
    for name in (*NUMBERS, *map(facet_column, FACETS)):
        builder.add_integer_field(name, fast=True)
    return builder.build()


def _document(row: Analysed) -> tantivy.Document:
    values = {name: getattr(row, name) for name in ("id", *PHRASES, *PAIRS, *NUMBERS)}
    facets = {name: value for name, value in row.facets.items() if name in FACETS and value}
    keys = {facet_column(name): facet_key(value) for name, value in facets.items()}
    classes = [each.key for record in classes_among(row.scope) for each in (record, record.kind)]
    whole = {name: list(getattr(row, name)) for name in WHOLE} | {CLASSES: classes}
    return tantivy.Document(**whole, **values, **facets, **keys)


class TantivyWriter:
    """Adds segments to those of the previous index, whose files are shared and never changed."""

    def __init__(self, folder: Path, previous: Path | None) -> None:
        self._folder = folder
        self._grown = previous is not None
        self._added: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True)
        with engine_errors(folder):
            self._index = self._open(previous)
            blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            self._index.register_tokenizer(_TOKENS, blanks)
            self._writer = self._index.writer(heap_size=HEAP, num_threads=1)

    def _open(self, previous: Path | None) -> tantivy.Index:
        if previous is None:
            return tantivy.Index(_schema(), path=str(self._folder))
        links.start_from(previous, self._folder, immutable=_is_segment)
        return tantivy.Index.open(str(self._folder))

    def add(self, entry: IndexEntry) -> None:
        if self._grown or entry.id in self._added:
            self.remove(entry.id)
        self._added.add(entry.id)
        with engine_errors(self._folder):
            self._writer.add_document(_document(analyse(entry)))

    def remove(self, item_id: str) -> None:
        with engine_errors(self._folder):
            self._writer.delete_documents_by_term("id", item_id)

    def commit(self) -> None:
        with engine_errors(self._folder):
            self._writer.commit()
            self._writer.wait_merging_threads()
        for lock in self._folder.glob("*.lock"):
            lock.unlink()


def _is_segment(name: str) -> bool:
    """Segment files have a random name of their own and never change; meta.json and .managed.json do."""
    return not name.endswith(".json")


class TantivyEngine:
    name = "tantivy"

    def open_writer(self, folder: Path, previous: Path | None) -> TantivyWriter:
        return TantivyWriter(folder, previous)

    def open_reader(self, folder: Path) -> TantivyReader:
        return TantivyReader(folder)
