"""Index on Tantivy, the default engine: mapped files, many segments, one writer.

Its quirks: opening writes a lock file, so a sealed folder is opened through a passing folder of links; a limit
of 0 kills the query; only whole tokens are asked for, so no tokenizer is needed for reading.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import tantivy
from tantivy import FieldType, Occur
from tantivy import Query as Engine

from archive import text
from archive.engines.analysis import PAIRS_OF
from archive.engines.plan import All, Dated, Near, Node, OneOf, Phrase, Prefix, Some, Term, scope_first
from archive.engines.planned import PlannedReader, Tallies, Weighted
from archive.errors import EngineError
from archive.model import FACETS, SortOrder
from archive.rights.access import RecordClass

_SORTS: dict[str, dict[str, object]] = {
    "newest": {"order_by_field": "newest", "order": tantivy.Order.Desc},
    "oldest": {"order_by_field": "oldest", "order": tantivy.Order.Asc},
    "code": {"order_by_field": "code_order", "order": tantivy.Order.Asc},
}
_MOST_VALUES = 65_000
_FEW = 2000
"""Hits that cost less to look through here than to be searched for again."""

CLASSES = "classes"
"""The field of a record's class and of its kind. A record has one class: those of a kind are all but the others."""

_BITS = 20
"""Whole numbers of so many bits are kept by the engine's scores, 32-bit floats."""

_SHARE = 8
"""A scope of less than this part of all entries is looked at first. Tells how to search, not what is found."""

Ranked = list[tuple[float, tantivy.DocAddress]]
"""(score or sort key, address) in order."""


class TantivyReader(PlannedReader):
    """One searcher for all threads: it sees the sealed index as it was opened and lets other threads run."""

    def __init__(self, folder: Path) -> None:
        with engine_errors(folder), _passing_links(folder) as opened:
            index = tantivy.Index.open(opened)
            index.config_reader("manual")
            self._schema = index.schema
            self._searcher = index.searcher()
            self._facets = {name: self._values(name) for name in FACETS}
            self._classes = self._by_kind()
        self._admitted = lru_cache(maxsize=500)(self._made_admitted)
        self._stands = lru_cache(maxsize=5000)(self._stands)  # asked for search and suggestions; words repeat

    def _values(self, facet: str) -> dict[int, str]:
        """Key in the number column of a facet -> the value."""
        self._searcher.fast_field_values(facet_column(facet), [])  # an older index has none
        return {facet_key(value): value for value, _ in self._searcher.terms_with_prefix(facet, "")}

    def _by_kind(self) -> dict[str, frozenset[str]]:
        """Kind of record (level and embargo) -> all classes of it in the index."""
        found: dict[str, set[str]] = {}
        for key, _ in self._searcher.terms_with_prefix(CLASSES, ""):
            record = RecordClass.of(key)
            found.setdefault(record.kind.key, set()).update({key} - {record.kind.key})
        return {kind: frozenset(keys) for kind, keys in found.items()}

    def count(self) -> int:
        return self._searcher.num_docs

    def _known(self, field: str, token: str) -> bool:
        return self._searcher.doc_freq(field, token) > 0

    def _count(self, node: Node) -> int:
        return self._searcher.search(Engine.const_score_query(self._matching(node), 0.0), 1).count

    def _counts(self, node: All, options: Sequence[Node]) -> list[int]:
        """Of few entries all is counted at one look: the bits of a score tell which options an entry meets."""
        counts: list[int] = []
        for first in range(0, len(options), _BITS):
            asked = tuple(options[first : first + _BITS])
            either = All((*node.nodes, Some(asked)), node.excluded)
            query = self._scored(either, [(option, 1 << bit) for bit, option in enumerate(asked)])
            found = self._searcher.search(query, _FEW)
            if found.count > _FEW:
                counts += super()._counts(node, asked)
                continue
            scores = Counter(int(score) for score, _ in found.hits)
            counts += [
                sum(number for score, number in scores.items() if score >> bit & 1)
                for bit in range(len(asked))
            ]
        return counts

    def _answer(
        self, node: Node, weights: Weighted, sort: SortOrder, offset: int, limit: int, facets: Sequence[str]
    ) -> tuple[int, list[tuple[str, float]], Tallies]:
        if sort == "relevance" and not weights:
            sort = "newest"  # of equals it comes first
        query = self._scored(node, weights) if sort == "relevance" else self._matching(node)
        order, last = _SORTS.get(sort, {}), offset + limit
        found = self._searcher.search(query, max(last + 1, _FEW), **order)
        every, total = found.hits, found.count  # each asking for the hits makes them anew
        hits = every if sort in ("newest", "oldest") else self._ranked(query, every, total, last, order)
        shown = [(self._searcher.doc(address).get_first("id"), key) for key, address in hits[offset:last]]
        counts = self._tallied(every, facets) if total == len(every) else self._tally(node, facets)
        return total, [(item, key if sort == "relevance" else 0.0) for item, key in shown], counts

    def _ranked(self, query: Engine, hits: Ranked, total: int, last: int, order: dict[str, object]) -> Ranked:
        """The first `last` hits, of equals the newest first: the engine leaves those as they were added."""
        if len(hits) > last > 0:
            edge = hits[last - 1][0]
            if hits[-1][0] == edge and len(hits) < total:
                better = [hit for hit in hits if hit[0] != edge]
                hits = [*better, *self._equals(query, edge, last - len(better), total, order)]
            else:
                hits = [*hits[:last], *(hit for hit in hits[last:] if hit[0] == edge)]
        newest = self._searcher.fast_field_values("newest", [address for _, address in hits])
        sign = 1 if order else -1
        best = sorted(zip(hits, newest, strict=True), key=lambda each: (sign * each[0][0], -each[1]))
        return [hit for hit, _ in best[:last]]

    def _equals(self, query: Engine, key: float, least: int, total: int, order: dict[str, object]) -> Ranked:
        """The hits of just this key: at least the `least` newest of them, found among the newest of all if there."""
        few = _FEW // 8 + 4 * least
        if total > 2 * few:
            oldest = self._searcher.search(query, few, **_SORTS["newest"]).hits[-1][0]
            recent = Engine.range_query(self._schema, "newest", FieldType.Integer, oldest, None)
            both = [(Occur.Must, query), (Occur.Must, Engine.const_score_query(recent, 0.0))]
            found = self._searcher.search(Engine.boolean_query(both), few, **order).hits
            equals = [hit for hit in found if hit[0] == key]
            if len(equals) >= least:
                return equals
        return [hit for hit in self._searcher.search(query, total, **order).hits if hit[0] == key]

    def _tallied(self, hits: Ranked, names: Sequence[str]) -> Tallies:
        """The counts of `_tally`, taken from all the hits."""
        addresses = [address for _, address in hits]
        columns = {
            name: Counter(self._searcher.fast_field_values(facet_column(name), addresses)) for name in names
        }
        return {
            name: {self._facets[name][key]: number for key, number in column.items() if key is not None}
            for name, column in columns.items()
        }

    def _tally(self, node: Node, names: Sequence[str]) -> Tallies:
        wanted = {name: {"terms": {"field": name, "size": _MOST_VALUES}} for name in names if name in FACETS}
        if not wanted:
            return {}
        counted = self._searcher.aggregate(self._matching(node), wanted)
        return {
            name: {bucket["key"]: int(bucket["doc_count"]) for bucket in counted[name]["buckets"]}
            for name in wanted
        }

    # ------------------------------------------------------------- nodes to engine queries

    def _scored(self, node: Node, weights: Weighted) -> Engine:
        """Matches the node; scores are the sum of the weights alone.

        Signals side by side are all read through. Of few entries, each is asked for each signal: beside a query that
        every entry meets.
        """
        matched = Engine.const_score_query(self._matching(node), 0.0)
        signals = [
            (Occur.Should, Engine.const_score_query(self._query(signal), float(weight)))
            for signal, weight in weights
        ]
        if self._narrow(node):
            every = (Occur.Must, Engine.const_score_query(Engine.all_query(), 0.0))
            signals = [(Occur.Must, Engine.boolean_query([every, signal])) for signal in signals]
        return Engine.boolean_query([(Occur.Must, matched), *signals])

    def _matching(self, node: Node) -> Engine:
        scope = self._narrow(node)
        return self._query(scope_first(node, scope) if scope else node)

    def _narrow(self, node: Node) -> OneOf | None:
        """The scope that guards the node, where it holds a small share of the entries."""
        match node:
            case All((OneOf("scope") as scope, *_)) | All((All((OneOf("scope") as scope,)), *_)):
                return scope if self._admitted(scope)[1] * _SHARE < self.count() else None
        return None

    def _made_admitted(self, scope: OneOf) -> tuple[Engine, int]:
        """The query of scope terms, of which there can be hundreds in every search, and how many entries meet it."""
        query = self._some(tuple(self._by_class(scope)), 1)
        held = self._searcher.search(Engine.const_score_query(query, 0.0), 1).count
        return (Engine.all_query() if held == self.count() else query), held

    def _by_class(self, scope: OneOf) -> Iterator[Node]:
        """What the scope admits, in fewer terms: of a kind of record all but the other classes where these are few."""
        terms = frozenset(scope.tokens)
        for kind, keys in self._classes.items():
            others = keys - terms
            if len(others) < len(keys & terms):
                excluded = tuple(Term(CLASSES, key) for key in sorted(others))
                yield All((Term(CLASSES, kind),), (Some(excluded),) if others else ())
                terms -= keys
        yield from (Term("scope", term) for term in sorted(terms) if self._known("scope", term))

    def _query(self, node: Node) -> Engine:
        match node:
            case OneOf("scope"):
                return self._admitted(node)[0]
            case Term(field, token):
                return Engine.term_query(self._schema, field, token, "basic")
            case OneOf(field, tokens):
                return self._some(tuple(Term(field, token) for token in tokens), 1)
            case Near(field, start, word):
                return Engine.fuzzy_term_query(self._schema, field, start + word, distance=1)
            case Phrase(field, tokens):
                return self._phrase(field, tokens)
            case Prefix(field, start):
                return Engine.regex_query(self._schema, field, f"{start}.*")
            case Dated(first, last):
                return self._dated(first, last)
            case All(nodes, excluded):
                return self._all(nodes, excluded)
            case Some(nodes, least):
                return self._some(nodes, least)
        raise TypeError(node)

    def _phrase(self, field: str, tokens: tuple[str, ...]) -> Engine:
        """Positions are read only where the syllable pairs stand; of two folded words the pair says it all."""
        name = PAIRS_OF.get(field)
        pairs = text.pairs([text.fold(token) for token in tokens]) if name else []
        narrowed = [self._query(Term(name, pair)) for pair in pairs]
        if len(pairs) == 1 and pairs[0].count("_") == 1 and field.endswith("_folded"):
            return narrowed[0]
        phrase = Engine.phrase_query(self._schema, field, list(tokens))
        return Engine.boolean_query([(Occur.Must, each) for each in (*narrowed, phrase)]) if pairs else phrase

    def _all(self, nodes: tuple[Node, ...], excluded: tuple[Node, ...]) -> Engine:
        wanted = [(Occur.Must, self._query(node)) for node in nodes] or [(Occur.Must, Engine.all_query())]
        return Engine.boolean_query([*wanted, *((Occur.MustNot, self._query(node)) for node in excluded)])

    def _some(self, nodes: tuple[Node, ...], least: int) -> Engine:
        if not nodes:
            return Engine.empty_query()
        if len(nodes) == 1:
            return self._query(nodes[0])
        options = [(Occur.Should, self._query(node)) for node in nodes]
        return Engine.boolean_query(options, minimum_number_should_match=least if least > 1 else None)

    def _dated(self, first: int, last: int) -> Engine:
        begins = Engine.range_query(self._schema, "first", FieldType.Integer, 1, last)
        ends = Engine.range_query(self._schema, "last", FieldType.Integer, first, None)
        return Engine.boolean_query([(Occur.Must, begins), (Occur.Must, ends)])


def facet_column(name: str) -> str:
    """The number column that holds a facet's keys: read for many hits at once, which a text column cannot be."""
    return f"{name}_key"


def facet_key(value: str) -> int:
    """A number of 63 bits that stands for the value in every segment."""
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8).digest()) >> 1


@contextlib.contextmanager
def _passing_links(folder: Path) -> Iterator[str]:
    """A folder of links to the sealed files, gone once they are open: nothing is written to the sealed one."""
    passing = tempfile.mkdtemp(prefix="kho-index-")
    try:
        for source in folder.resolve(strict=True).iterdir():
            if not source.name.endswith(".lock"):
                Path(passing, source.name).symlink_to(source)
        yield passing
    finally:
        _remove(passing)


def _remove(folder: str) -> None:
    """The engine's first reader may still be making its lock file on a thread of its own: try again then."""
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.01)


@contextlib.contextmanager
def engine_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, OSError) as error:
        raise EngineError("search.index_damaged", path=folder, reason=error) from error
