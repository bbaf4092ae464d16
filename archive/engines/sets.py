"""Index readers that answer with sets of entry numbers: nodes are set operations. Plain, and slow on much text."""

from __future__ import annotations

import heapq
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence, Set

from archive.engines.plan import All, Dated, Near, Node, OneOf, Phrase, Prefix, Some, Term
from archive.engines.planned import PlannedReader, Tallies, Weighted
from archive.model import SortOrder


class SetReader(PlannedReader):
    """Entries are numbered anyhow: no answer depends on the numbers."""

    @abstractmethod
    def _everything(self) -> Set[int]: ...

    @abstractmethod
    def _with_token(self, field: str, token: str) -> Set[int]: ...

    @abstractmethod
    def _with_phrase(self, field: str, tokens: tuple[str, ...]) -> Set[int]: ...

    @abstractmethod
    def _starting(self, field: str, start: str) -> Iterable[str]:
        """Tokens of the field that begin so."""

    @abstractmethod
    def _dated(self, first: int, last: int) -> Set[int]: ...

    @abstractmethod
    def _column(self, name: str, number: int) -> str | int:
        """`id`, a facet's value ("" when absent) or a sort key of one entry."""

    def _meets(self, node: Node) -> Set[int]:
        match node:
            case Term(field, token):
                return self._with_token(field, token)
            case OneOf(field, tokens):
                return self._with_any(field, tokens)
            case Near(field, start, word):
                return self._with_any(field, (start + word, *self._variants(field, start, word)))
            case Phrase(field, tokens):
                return self._with_phrase(field, tokens)
            case Prefix(field, start):
                return set().union(
                    *(self._with_token(field, token) for token in self._starting(field, start))
                )
            case Dated(first, last):
                return self._dated(first, last)
            case All(nodes, excluded):
                return self._all(nodes, excluded)
            case Some(nodes, least):
                found = Counter(number for each in nodes for number in self._meets(each))
                return {number for number, times in found.items() if times >= least}
        raise TypeError(node)

    def _with_any(self, field: str, tokens: Iterable[str]) -> Set[int]:
        return set().union(*(self._with_token(field, token) for token in tokens))

    def _all(self, nodes: tuple[Node, ...], excluded: tuple[Node, ...]) -> Set[int]:
        found = self._meets(nodes[0]) if nodes else self._everything()
        for node in nodes[1:]:
            if not found:
                return found
            found = found & self._meets(node)
        for node in excluded:
            found = found - self._meets(node)
        return found

    def _count(self, node: Node) -> int:
        return len(self._meets(node))

    def _answer(
        self, node: Node, weights: Weighted, sort: SortOrder, offset: int, limit: int, facets: Sequence[str]
    ) -> tuple[int, list[tuple[str, float]], Tallies]:
        found = self._meets(node)
        scores = dict.fromkeys(found, 0)
        for signal, weight in weights:
            for number in found & self._meets(signal):
                scores[number] += weight
        keys = {
            "relevance": lambda number: (-scores[number], -self._column("newest", number)),
            "newest": lambda number: -self._column("newest", number),
            "oldest": lambda number: self._column("oldest", number),
            "code": lambda number: (self._column("code_order", number), -self._column("newest", number)),
        }
        best = heapq.nsmallest(offset + limit, found, key=keys[sort])[offset:]
        hits = [(str(self._column("id", number)), float(scores[number])) for number in best]
        return len(found), hits, self._tallied(found, facets)

    def _tally(self, node: Node, names: Sequence[str]) -> Tallies:
        return self._tallied(self._meets(node), names)

    def _tallied(self, found: Set[int], names: Sequence[str]) -> Tallies:
        counts = {name: Counter(str(self._column(name, number)) for number in found) for name in names}
        return {name: {value: n for value, n in counter.items() if value} for name, counter in counts.items()}
