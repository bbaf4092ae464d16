"""What all index readers share: scope first, plan, relax, count facets, suggest.

An engine supplies five small methods; it never sees a user's query, only nodes that already carry the scope.
"""

from __future__ import annotations

import contextlib
import string
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import replace

from archive import text
from archive.engines import plan
from archive.engines.plan import All, Node, Plan, Term
from archive.errors import QueryError
from archive.model import IndexHits, SortOrder
from archive.ports import Filters
from archive.queries import HOLDERS, Clause, Query, parse
from archive.rights.access import Scope

_LETTERS = string.ascii_lowercase + string.digits

Weighted = Sequence[tuple[Node, int]]
Tallies = dict[str, dict[str, int]]


class PlannedReader(ABC):
    """An IndexReader (see ports). Facet counts of a facet leave out its own filter and keep the others'."""

    # ------------------------------------------------------------- what an engine supplies

    @abstractmethod
    def count(self) -> int: ...

    @abstractmethod
    def _count(self, node: Node) -> int:
        """Exact number of entries that meet the node."""

    def _counts(self, node: All, options: Sequence[Node]) -> list[int]:
        """For each option, the exact number of entries that meet the node and it."""
        return [self._count(All((*node.nodes, option), node.excluded)) for option in options]

    @abstractmethod
    def _answer(
        self, node: Node, weights: Weighted, sort: SortOrder, offset: int, limit: int, facets: Sequence[str]
    ) -> tuple[int, list[tuple[str, float]], Tallies]:
        """(exact total, one slice of ids with scores, `_tally` of the node), looking for the entries once if it can.

        Of equals the newest comes first: see `newest` in analysis.
        """

    @abstractmethod
    def _tally(self, node: Node, names: Sequence[str]) -> Tallies:
        """Facet name -> value -> number of entries that meet the node."""

    @abstractmethod
    def _known(self, field: str, token: str) -> bool:
        """Is the token anywhere in the index? Only spares work: what is shown is counted inside a scope."""

    # ------------------------------------------------------------- the port

    def search(
        self,
        query: Query,
        scope: Scope,
        *,
        filters: Filters,
        sort: SortOrder = "relevance",
        offset: int = 0,
        limit: int = 20,
        facets: Sequence[str] = (),
    ) -> IndexHits:
        if not scope:
            return IndexHits(0, ())
        if query.meets_nothing:
            return IndexHits(0, (), {name: {} for name in facets})
        query, offset = self._with_holders(query, scope), min(offset, self.count())
        free = [name for name in facets if name not in filters]

        def answer(tried: Plan) -> tuple[int, list[tuple[str, float]], Tallies]:
            node, weights = plan.guarded(tried.match, scope, filters), tried.signals
            return self._answer(node, weights if sort == "relevance" else (), sort, offset, limit, free)

        exactly, near = plan.strict(query), plan.near(query)
        chosen = near or exactly
        total, hits, counts = answer(chosen)
        phrase = query.as_phrase if total > 1 else ""
        together = self.total(parse(phrase), scope, filters=filters) if phrase else 0
        typed = together or not (near and total) or self._count(plan.guarded(exactly.match, scope, filters))
        relaxed = not typed
        if not total and (loose := plan.loose(query, self._variants, lambda word: self._stands(word, scope))):
            total, hits, counts = answer(loose)
            chosen, relaxed = (loose, True) if total else (exactly, False)
        counts |= self._alternatives(chosen.match, scope, filters, facets)
        return IndexHits(total, tuple(hits), counts, relaxed, together)

    def total(self, query: Query, scope: Scope, *, filters: Filters) -> int:
        if not scope or query.meets_nothing:
            return 0
        return self._count(plan.guarded(plan.as_typed(self._with_holders(query, scope)), scope, filters))

    def suggest(self, query: Query, scope: Scope, *, filters: Filters, limit: int = 3) -> list[str]:
        if not scope or query.is_empty or query.meets_nothing:
            return []
        found: dict[str, int] = {}
        for rest, options in self._rewritten(query, scope, filters):
            counts = self._counts(rest, plan.each_guarded(options.values(), scope))
            found |= {rewritten: count for rewritten, count in zip(options, counts, strict=True) if count}
        return sorted(found, key=lambda rewritten: (-found[rewritten], rewritten))[:limit]

    # ------------------------------------------------------------- matching

    def _with_holders(self, query: Query, scope: Scope) -> Query:
        """The query with each word of a fonds, unit or dossier that is a whole code in scope taken as that code."""
        if not any(clause.code and clause.field in HOLDERS for clause in query.clauses):
            return query
        clauses = (
            replace(clause, kind="code")
            if clause.code and clause.field in HOLDERS and self._stands(plan.holder(clause), scope)
            else clause
            for clause in query.clauses
        )
        return replace(query, clauses=tuple(clauses))

    def _stands(self, node: Term, scope: Scope) -> bool:
        """Does anything in scope meet the node?"""
        return self._known(node.field, node.token) and self._count(plan.guarded(All((node,)), scope, {})) > 0

    def _alternatives(self, match: All, scope: Scope, filters: Filters, names: Sequence[str]) -> Tallies:
        """Counts of the facets that are filtered by, each as if it were not."""
        counts: Tallies = {}
        for name in (name for name in names if name in filters):
            others = {facet: values for facet, values in filters.items() if facet != name}
            counts |= self._tally(plan.guarded(match, scope, others), [name])
        return counts

    # ------------------------------------------------------------- one typo away

    def _variants(self, field: str, start: str, word: str) -> tuple[str, ...]:
        return tuple(
            start + near for near in sorted({*edits(word)} - {word}) if self._known(field, start + near)
        )

    def _rewritten(
        self, query: Query, scope: Scope, filters: Filters
    ) -> Iterator[tuple[All, dict[str, Node]]]:
        """The query without one clause, and texts and nodes of what may stand there instead.

        That is the clause with the one word that is nowhere in scope replaced by a known one, or cut in two. A word
        that is there is left alone: relaxed matching serves it, and hundreds of guesses would cost more than the
        search. Where two are missing, mending one finds nothing.
        """
        for clause in query.highlights:
            if clause.kind in ("code", "prefix"):
                continue
            spans = _word_spans(query.text, clause.span, clause.folded)
            missing = [
                at for at, span in enumerate(spans) if not self._word_stands(query, clause, span, scope)
            ]
            if len(missing) != 1:
                continue
            others = replace(query, clauses=tuple(other for other in query.clauses if other is not clause))
            rest = plan.guarded(plan.as_typed(others), scope, filters)
            if self._count(rest):
                yield rest, dict(self._mendings(query, clause, missing[0], spans[missing[0]]))

    def _word_stands(self, query: Query, clause: Clause, span: tuple[int, int], scope: Scope) -> bool:
        return self._stands(Term(*plan.place(clause, text.fold(query.text[slice(*span)]))), scope)

    def _mendings(
        self, query: Query, clause: Clause, at: int, span: tuple[int, int]
    ) -> Iterator[tuple[str, Node]]:
        """The query's text and the clause, with its word `at`, at `span` of the text, one typo away or cut in two."""
        first, last = span
        word = text.fold(query.text[first:last])
        field, token = plan.place(clause, word)
        start = token.removesuffix(word)
        for near in self._variants(field, start, word) if plan.typo_allowed(word) else ():
            mended = near.removeprefix(start)
            yield query.text[:first] + mended + query.text[last:], plan.node_of(_mended(clause, at, mended))
        for cut in range(1, len(word)) if not clause.field and len(word) <= plan.LONGEST_TYPO else ():
            if self._known(field, word[:cut]) and self._known(field, word[cut:]):
                rewritten = query.text[: first + cut] + " " + query.text[first + cut :]
                with contextlib.suppress(QueryError):  # it can have become too long
                    yield rewritten, plan.as_typed(parse(rewritten))


def _mended(clause: Clause, at: int, word: str) -> Clause:
    """The clause with another word, without marks, in its place `at`."""
    exact = (*clause.exact[:at], word, *clause.exact[at + 1 :])
    strict = clause.strict and any(map(text.has_marks, exact))
    return replace(clause, exact=exact, folded=tuple(map(text.fold, exact)), strict=strict)


def _word_spans(shown: str, span: tuple[int, int], words: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the clause's words stand in the query's text: its last tokens (a field's name comes first)."""
    found = [match.span() for match in text.tokens(shown[span[0] : span[1]])][-len(words) :]
    return [(span[0] + first, span[0] + last) for first, last in found]


def edits(word: str) -> Iterator[str]:
    """Every folded word one letter or digit inserted, dropped, changed or swapped away, some of them twice."""
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        if tail:
            yield head + tail[1:]
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        for letter in _LETTERS:
            yield head + letter + tail
            if tail and letter != tail[0]:
                yield head + letter + tail[1:]
