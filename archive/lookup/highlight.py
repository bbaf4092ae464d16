"""Where a query's words stand in a page's text, for snippets and for boxes on the page image. Pure.

Texts are as stored (archive.text.clean). Matching runs on folded text of the same length, so spans are spans
of the text itself. Words of a phrase are marked only where the whole phrase stands.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from archive import text as rule
from archive.model import Snippet, Word
from archive.ports import KeptPage
from archive.queries import Clause, Query

Spans = tuple[tuple[int, int], ...]

WIDTH = 240
_MARKED_FIELDS = ("", "code", "type", "issuer", "subject", "signer", "recipient", "place")


@dataclass(frozen=True)
class Found:
    """What a page shows of a query. `whole`: every word and phrase of it stands there."""

    spans: Spans
    distinct: int
    whole: bool


@dataclass(frozen=True)
class Place:
    """A page's number, text and what it shows of the query."""

    page: int
    text: str
    found: Found

    @property
    def worth(self) -> tuple[int, int]:
        return self.found.distinct, -self.page


def best(pages: Sequence[KeptPage], query: Query, shown: Callable[[str], str] = str) -> Place | None:
    """The first page with the most words of the query; None without pages.

    `shown` gives what may be seen of a page: as long, with other signs in place of personal numbers. Only pages whose
    sets of words tell that they may be the best are unpacked, and only those with numbers put through it, beside
    the best, which always is.
    """
    patterns, chosen = _patterns(query), None
    most = [sum([page.words.may_hold(pattern.needs) for pattern in patterns]) for page in pages]
    for at in sorted(range(len(pages)), key=lambda at: -most[at]):
        if chosen and (most[at], -at - 1) < chosen.worth:
            break
        text = shown(pages[at].text) if pages[at].numbered else pages[at].text
        looked = Place(at + 1, text, _looked(text, patterns))
        if chosen is None or looked.worth > chosen.worth:
            chosen = looked
    if chosen is None:
        return None
    text = shown(chosen.text)
    return chosen if text == chosen.text else Place(chosen.page, text, _looked(text, patterns))


def look(text: str, query: Query) -> Found:
    """The hits of a query in a text: spans (start, end) in order, none overlapping."""
    return _looked(text, _patterns(query))


def _looked(text: str, patterns: Sequence[_Pattern]) -> Found:
    folded = rule.fold(text) if patterns else ""
    each = [pattern.spans(text, folded) for pattern in patterns]
    distinct = sum(map(bool, each))
    return Found(tuple(_disjoint(sorted(chain.from_iterable(each)))), distinct, distinct == len(patterns))


def marks(text: str, query: Query) -> Spans:
    """(start, end) of every hit in the text, in order, none overlapping."""
    return look(text, query).spans


@dataclass(frozen=True)
class _Pattern:
    """A word or phrase to look for. Typed with marks (`exact`), it is marked where it stands so, if it does at all;
    `strict` wants nothing else. Where one of the words it `needs` does not stand, it does not."""

    needs: tuple[str, ...]
    folded: re.Pattern[str]
    exact: tuple[str, ...] = ()
    strict: bool = False

    def spans(self, text: str, folded: str) -> list[tuple[int, int]]:
        found = _at_word_starts(self.folded, folded)
        if not found or not self.exact:
            return found
        as_typed = [span for span in found if _stands(text[slice(*span)], self.exact)]
        return as_typed if as_typed or self.strict else found


@lru_cache(maxsize=50_000)
def _stands(piece: str, exact: tuple[str, ...]) -> bool:
    """Is the piece written with these marks? Words repeat: the rule is applied once to each form."""
    words = rule.words(rule.exact(piece))
    return all(word.startswith(typed) for word, typed in zip(words, exact, strict=False))


def _at_word_starts(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """The look behind is done here: a pattern that begins with its letters is sought at the speed of memory."""
    found = [match.span() for match in pattern.finditer(text)]
    return [span for span in found if not span[0] or not _in_words(text[span[0] - 1])]


_in_words = lru_cache(maxsize=1000)(re.compile(r"\w").match)


def cut(text: str, spans: Spans, *, page: int, width: int = WIDTH) -> Snippet:
    """The piece of about `width` characters with the most of the query; the page's start when nothing is hit.

    `spans` are the text's `marks`.
    """
    start, end = _window(text, spans, width)
    before, after = "… " if start else "", " …" if end < len(text) else ""
    inside = [(first, last) for first, last in spans if start <= first and last <= end]
    shift = len(before) - start
    shown = before + re.sub(r"\s", " ", text[start:end]) + after
    return Snippet(page, shown, tuple((first + shift, last + shift) for first, last in inside))


def matching_words(words: Sequence[Word], query: Query) -> list[int]:
    """Indices of the words to box on the page image."""
    starts, parts, at = [], [], 0
    for word in words:
        part = rule.clean(word.text)
        starts.append(at)
        parts.append(part)
        at += len(part) + 1
    found: set[int] = set()
    for first, last in marks(" ".join(parts), query):
        found.update(range(bisect_right(starts, first) - 1, bisect_left(starts, last)))
    return sorted(found)


@lru_cache(maxsize=256)
def _patterns(query: Query) -> tuple[_Pattern, ...]:
    clauses = [clause for clause in query.highlights if clause.field in _MARKED_FIELDS]
    return tuple(dict.fromkeys(_made(clause) for clause in clauses))


def _made(clause: Clause) -> _Pattern:
    marked = clause.kind != "code" and clause.exact != clause.folded
    exact = clause.exact if clause.strict or marked else ()
    return _Pattern(_needs(clause), re.compile(_pattern(clause, clause.folded)), exact, clause.strict)


def _needs(clause: Clause) -> tuple[str, ...]:
    """The words that stand as they are wherever the clause does: a number may stand with zeros before it."""
    return {"code": clause.folded[1:], "prefix": clause.folded[:-1]}.get(clause.kind, clause.folded)


def _pattern(clause: Clause, words: tuple[str, ...]) -> str:
    parts = [re.escape(word) for word in words]
    if clause.kind == "code":
        parts[0] = "0*" + parts[0].lstrip("0")
    return r"\W+".join(parts) + (r"\w*" if clause.kind == "prefix" else r"(?!\w)")


def _disjoint(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Of sorted spans, those that begin after the one kept before: of equal starts the longest."""
    free = 0
    for first, last in dict(spans).items():
        if first >= free:
            free = last
            yield first, last


def _window(text: str, spans: Spans, width: int) -> tuple[int, int]:
    """The best stretch of text that starts a little before a hit, cut at blanks."""
    start = _best_start(text, spans, width)
    end = min(len(text), start + width)
    start = max(0, end - width)
    if start and (blank := re.search(r"\s", text[start : start + 20])):
        start += blank.end()
    if end < len(text) and (blank := re.search(r"\s\S*$", text[end - 20 : end])):
        end = end - 20 + blank.start()
    return start, end


_folded = lru_cache(maxsize=50_000)(rule.fold)


def _best_start(text: str, spans: Spans, width: int) -> int:
    """Slide over the hits: the stretch with the most distinct words, then with the most hits, wins."""
    words = [_folded(text[first:last]) for first, last in spans]
    start, most, after = 0, (0, 0), 0
    for number, (first, _) in enumerate(spans):
        low = max(0, first - width // 4)
        while after < len(spans) and (after == number or spans[after][1] <= low + width):
            after += 1
        if after - number < most[0]:
            continue  # too few to be as many different ones
        if (worth := (len(set(words[number:after])), after - number)) > most:
            start, most = low, worth
    return start
