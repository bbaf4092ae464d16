"""Query -> what an engine must match and how it must rank, as plain nodes. Pure; engines only translate nodes.

Matching: all clauses must be met (`strict`). Documents that hold most of a long query's neighbouring words are
found as well (`near`): one misread syllable must not hide the document that was meant. Where nothing does, `loose` asks
for half of the words, one typo allowed in those that are nowhere in scope. A query that excludes
something is meant exactly: it is never widened, so that no answer goes against what was excluded.

Ranking: a document's score is the sum of the weights of the signals it shows (a word in the title, two words side
by side, ...). No statistics enter, so neither scores nor order tell of records the actor may not see, every engine
gives the same ones, and they can be explained. Weighing words by rarity was tried and did not rank better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from archive import text
from archive.engines.analysis import described, number_of
from archive.queries import HOLDERS, Clause, DateRange, Query
from archive.rights.access import Scope
from archive.rights.personal import looks_personal

# --------------------------------------------------------------------------- nodes


@dataclass(frozen=True)
class Term:
    field: str
    token: str


@dataclass(frozen=True)
class OneOf:
    field: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    field: str
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Prefix:
    field: str
    start: str


@dataclass(frozen=True)
class Near:
    """The token itself or one a letter inserted, dropped, changed or swapped away in its part after `start`."""

    field: str
    start: str
    word: str


@dataclass(frozen=True)
class Dated:
    """The document's date may lie between the two days (yyyymmdd)."""

    first: int
    last: int


@dataclass(frozen=True)
class All:
    """All of `nodes` and none of `excluded`; without nodes, everything but the excluded."""

    nodes: tuple[Node, ...] = ()
    excluded: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Some:
    """At least `least` of `nodes`."""

    nodes: tuple[Node, ...]
    least: int = 1


Node = Term | OneOf | Near | Phrase | Prefix | Dated | All | Some


@dataclass(frozen=True)
class Plan:
    """What must be met, and (node, weight) of each signal."""

    match: All
    signals: tuple[tuple[Node, int], ...] = ()


Filters = Mapping[str, frozenset[str]]
Variants = Callable[[str, str, str], tuple[str, ...]]
"""(field, fixed start, word) -> tokens of the index one typo away from start + word."""

Stands = Callable[[Term], bool]
"""Is the word anywhere in scope?"""

SHORTEST_TYPO, LONGEST_TYPO = 3, 30
"""Shorter words have too many neighbours one letter away; longer ones are no words, and have thousands."""

PERSONAL, PERSON = "personal", "applicant"
"""The field of personal numbers: whole tokens, met only where the scope may see them; the query field of these alone."""

FEWEST_PAIRS, MOST_PAIRS = 4, 8
"""Neighbouring words a query must have before some of them are enough; beyond so many any half of them is."""

# --------------------------------------------------------------------------- scope


def guarded(match: All, scope: Scope, filters: Filters) -> All:
    """The only maker of what an engine is asked: the scope is a clause of it. An empty scope or filter meets nothing."""
    chosen = [OneOf(name, tuple(sorted(values))) for name, values in sorted(filters.items())]
    nodes, excluded = each_guarded(match.nodes, scope), each_guarded(match.excluded, scope)
    return All((admitted(scope), *chosen, *nodes), excluded)


@lru_cache(maxsize=1000)
def admitted(scope: Scope) -> Node:
    """What a scope admits, as a node: the only place where a scope becomes one."""
    clauses = tuple(_clause(clause.allowed, clause.denied) for clause in scope.clauses)
    return clauses[0] if len(clauses) == 1 else Some(clauses)


def _clause(allowed: frozenset[str], denied: frozenset[str]) -> Node:
    within = OneOf("scope", tuple(sorted(allowed)))
    return All((within,), (OneOf("scope", tuple(sorted(denied))),)) if denied else within


def _personal_guarded(node: Node, scope: Scope) -> Node:
    """The node with personal numbers met only in records whose numbers the scope may see."""
    match node:
        case Term(field, _) if field == PERSONAL:
            return All((admitted(scope.unmasked), node)) if scope.unmasked else Some(())
        case All(nodes, excluded):
            return All(each_guarded(nodes, scope), each_guarded(excluded, scope))
        case Some(nodes, least):
            return Some(each_guarded(nodes, scope), least)
    return node


def each_guarded(nodes: Iterable[Node], scope: Scope) -> tuple[Node, ...]:
    """The nodes as they may stand beside what is `guarded`."""
    return tuple(_personal_guarded(node, scope) for node in nodes)


def scope_first(match: All, scope: OneOf) -> All:
    """What is `guarded` by the scope, with the scope in each option of what is met in several ways: the same entries.

    For engines that look at all that meets an option before they look at the scope.
    """
    nodes = (_within(node, scope) if _several(node) else node for node in match.nodes)
    return All(tuple(nodes), match.excluded)


def _several(node: Node) -> bool:
    return isinstance(node, Some) and (node.least > 1 or any(map(_several, node.nodes)))


def _within(node: Node, scope: OneOf) -> Node:
    if _several(node):
        return Some(tuple(_within(each, scope) for each in node.nodes), node.least)
    return All((scope, node))


# --------------------------------------------------------------------------- matching


def strict(query: Query) -> Plan:
    """Everything as typed."""
    return Plan(as_typed(query), tuple(_signals(query)))


def as_typed(query: Query) -> All:
    """What `strict` matches, for counting."""
    return _match(query, [node_of(clause) for clause in query.clauses if not clause.negative])


def near(query: Query) -> Plan | None:
    """Everything as typed; of a long row of words, what stays side by side around a misread one is enough.

    None for a short one and for one that excludes.
    """
    if query.excludes:
        return None
    free = [
        clause
        for clause in query.highlights
        if clause.kind == "word" and not clause.field and not clause.strict
    ]
    pairs = [pair for run in _runs(query, free) for pair in text.pairs(list(run))]
    if len(pairs) < FEWEST_PAIRS:
        return None
    words = All(tuple(node_of(clause) for clause in free))
    fixed = [node_of(clause) for clause in query.highlights if clause not in free]
    return Plan(_match(query, [*fixed, Some((words, *_nearly(pairs)))]), tuple(_signals(query)))


def _nearly(pairs: Sequence[str]) -> Iterator[Node]:
    """Half of the pairs in the title; anywhere, all that one misread word spoils none of, of a long row half.

    A text has thousands of pairs: half of a few, here and there in it, say nothing.
    """
    half = math.ceil(len(pairs) / 2)
    yield Some(tuple(Term("title_pairs", pair) for pair in pairs), half)
    anywhere = tuple(Term("body_pairs", pair) for pair in pairs)
    if len(pairs) > MOST_PAIRS:
        yield Some(anywhere, half)
        return
    for spoiled in range(len(pairs) - 1):
        yield All(anywhere[:spoiled] + anywhere[spoiled + 2 :])


def loose(query: Query, variants: Variants, stands: Stands) -> Plan | None:
    """Half of the words, those that stand nowhere one typo away; numbers, dates and fields still hold.

    None for a query without words and for one that excludes.
    """
    if query.excludes:
        return None
    free = [clause for clause in query.highlights if not clause.field and clause.kind != "code"]
    pool = tuple(node for clause in free for node in _loose_nodes(clause, stands))
    fixed = [_loose_fixed(clause, variants) for clause in query.highlights if clause not in free]
    if not pool and not fixed:
        return None
    wanted = [*fixed, Some(pool, math.ceil(len(pool) / 2))] if pool else fixed
    typed = tuple((Term("body_folded", word), PRESENT) for clause in free for word in clause.folded)
    return Plan(_match(query, wanted), (*typed, *_signals(query)))


def _match(query: Query, wanted: list[Node]) -> All:
    excluded = [node_of(clause) for clause in query.clauses if clause.negative]
    excluded += [_dated(span) for span in query.dates if span.negative]
    return All((*wanted, *(_dated(span) for span in query.dates if not span.negative)), tuple(excluded))


def _dated(span: DateRange) -> Dated:
    return Dated(number_of(span.first), number_of(span.last))


def node_of(clause: Clause) -> Node:
    """What a clause asks for, negative or not."""
    return _or_of_unit(clause, _as_written(clause))


def _or_of_unit(clause: Clause, node: Node) -> Node:
    """The node, or what the unit named left and inherited."""
    held = [OneOf("unit", clause.units), OneOf("scope", clause.terms)]
    ways = [way for way in held if way.tokens]
    return Some((node, *ways)) if ways else node


def _as_written(clause: Clause) -> Node:
    if clause.field == PERSON:
        return Term(PERSONAL, "".join(clause.folded).upper())
    if clause.kind == "code" and clause.field in HOLDERS:
        return holder(clause)
    if clause.kind == "code":
        return Some((Term("codes", clause.code), *_written_codes(clause)))
    if clause.kind == "prefix":
        return Prefix(*place(clause, clause.folded[-1]))
    words = clause.exact if clause.strict else clause.folded
    field = "body_exact" if clause.strict else place(clause, "")[0]
    placed = tuple(place(clause, word)[1] for word in words)
    written = Term(field, placed[0]) if len(placed) == 1 else Phrase(field, placed)
    number = "".join(words).upper()
    if clause.field or not looks_personal(number):
        return written
    return Some((written, Term(PERSONAL, number)))


def holder(clause: Clause) -> Term:
    """What is held by the fonds, unit or dossier of just this code."""
    return Term("codes", described(clause.field, clause.code))


def place(clause: Clause, word: str) -> tuple[str, str]:
    """Field and token of a folded word of the clause."""
    return ("described", described(clause.field, word)) if clause.field else ("body_folded", word)


def _written_codes(clause: Clause) -> Iterator[Node]:
    """The number as it may stand in a text: 5/QĐ-UBND, 05/QĐ-UBND, 005/QĐ-UBND."""
    number, *rest = clause.folded
    number = number.lstrip("0") or "0"
    for padded in dict.fromkeys((number, number.zfill(2), number.zfill(3))):
        field = place(clause, "")[0]
        yield Phrase(field, tuple(place(clause, word)[1] for word in (padded, *rest)))


def _loose_nodes(clause: Clause, stands: Stands) -> Iterator[Node]:
    if clause.kind == "prefix":
        yield node_of(clause)
        return
    for word in clause.folded:
        typed = Term("body_folded", word)
        yield typed if stands(typed) else _near("body_folded", "", word)


def _near(field: str, start: str, word: str) -> Node:
    return Near(field, start, word) if typo_allowed(word) else Term(field, start + word)


def typo_allowed(word: str) -> bool:
    """Numbers are never guessed at."""
    return SHORTEST_TYPO <= len(word) <= LONGEST_TYPO and not any(letter.isdigit() for letter in word)


def _loose_fixed(clause: Clause, variants: Variants) -> Node:
    """A number or a field, one typo allowed in each word; the digits of a number always hold."""
    whole = clause.field == PERSON or (clause.field in HOLDERS and clause.kind == "code")
    if whole or clause.kind == "prefix":
        return node_of(clause)
    if clause.kind == "code":
        digits = clause.code[: len(clause.code) - len(clause.code.lstrip("0123456789"))]
        notation = clause.code[len(digits) :]
        similar = variants("codes", digits, notation) if len(notation) <= LONGEST_TYPO else ()
        return Some((node_of(clause), OneOf("codes", similar)))
    words = All(tuple(_near("described", described(clause.field, ""), word) for word in clause.folded))
    return _or_of_unit(clause, words)


# --------------------------------------------------------------------------- ranking

IN_TITLE, SIDE_BY_SIDE, AS_TYPED, OWN_NUMBER, PRESENT = 20, 10, 2, 200, 10

ABOVE_ALL = 1_000_000
"""More than all other signals of the longest query together, and still a whole number in an engine's 32-bit float."""


def _signals(query: Query) -> Iterator[tuple[Node, int]]:
    """What tells a better hit: title x2, neighbouring words, the document's own number, marks as typed."""
    texts = [clause for clause in query.highlights if not clause.field and clause.kind in ("word", "phrase")]
    runs = list(_runs(query, texts))
    for word in dict.fromkeys(word for run in runs for word in run):
        yield Term("title_folded", word), IN_TITLE
    for pair in dict.fromkeys(pair for run in runs for pair in text.pairs(list(run))):
        yield Term("title_pairs", pair), IN_TITLE
        yield Term("body_pairs", pair), SIDE_BY_SIDE
    for clause in query.highlights:
        if clause.kind == "code":
            yield Term("codes", clause.code), OWN_NUMBER
    if query.marked and texts:
        yield from _mark_signals(texts)


def _runs(query: Query, taking: Sequence[Clause]) -> Iterator[tuple[str, ...]]:
    """Folded words of the clauses `taking` that were typed one after the other."""
    for taken, clauses in groupby(query.clauses, key=lambda clause: clause in taking):
        if taken:
            yield tuple(word for clause in clauses for word in clause.folded)


def _mark_signals(texts: Sequence[Clause]) -> Iterator[tuple[Node, int]]:
    """Marks as typed: a small gain for each word, and all of them together before everything else."""
    for word in dict.fromkeys(word for clause in texts for word in clause.exact):
        yield Term("title_exact", word), 2 * AS_TYPED
        yield Term("body_exact", word), AS_TYPED
    if all(clause.strict for clause in texts):
        return  # whatever is met has them
    exact = [
        Phrase("body_exact", c.exact) if len(c.exact) > 1 else Term("body_exact", c.exact[0]) for c in texts
    ]
    yield All(tuple(exact)), ABOVE_ALL
