"""Records as a page shows them: parts of snippets, facet rows, fields with their place, text lines. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from archive import wording
from archive.audit.report import Row
from archive.lookup.views import FileText, Inheritance, Overview
from archive.model import (
    Box,
    Event,
    FieldValue,
    Finding,
    Item,
    ItemRow,
    PageReading,
    Snippet,
)
from archive.rights.access import Grant, roles
from archive.units.succession import Step, Succession

FACET_ROWS = 8
"""Facet values shown before "more"."""
FACET_MOST = 60
"""Facet values shown after "more", before the link to all of them."""
STRIP = 200
"""Small pictures beside one page."""
MOST_LINKS = 30
"""Pages named one by one in a sentence."""
PRINTED = 300
"""Pages on one print view."""


# --------------------------------------------------------------------------- search


def pieces(snippet: Snippet | FileText) -> list[tuple[str, bool]]:
    """The snippet cut into (text, is it a word of the query)."""
    parts: list[tuple[str, bool]] = []
    position = 0
    for start, end in sorted(snippet.marks):
        if start < position:
            continue
        parts += [(snippet.text[position:start], False), (snippet.text[start:end], True)]
        position = end
    parts.append((snippet.text[position:], False))
    return [part for part in parts if part[0]]


@dataclass(frozen=True)
class FacetRow:
    value: str
    label: str
    count: int
    chosen: bool


def facet_rows(counts: Mapping[str, int], chosen: Iterable[str], labels: Mapping[str, str]) -> list[FacetRow]:
    """Chosen values first, then by count; values without a name show themselves."""
    picked = list(chosen)
    values = [*picked, *(value for value in counts if value not in picked)]
    rows = [
        FacetRow(value, labels.get(value, value), counts.get(value, 0), value in picked)
        for value in values
        if value
    ]
    return sorted(rows, key=lambda row: (not row.chosen, -row.count, row.label))


def narrows(counts: Mapping[str, int], chosen: Iterable[str], total: int) -> bool:
    """Is a facet worth showing: does it hold a choice, or would choosing a value leave less than there is?"""
    return bool(list(chosen)) or any(0 < count < total for count in counts.values())


def thumbnail_page(hit_pages: tuple[int, ...], row: ItemRow) -> int | None:
    """The page whose small picture stands beside a hit; None when there is no page to show."""
    if row.access != "open" or not row.page_count:
        return None
    return hit_pages[0] if hit_pages else 1


_ABOUT = re.compile(r"^(về việc|v/v|về)\s+", re.IGNORECASE)


def examples(items: Iterable[Item]) -> list[str]:
    """Up to three queries that find something: a document number, words of a subject, a kind in a year."""
    found: dict[str, str] = {}
    for item in items:
        code, subject, kind, date = (
            item.value(name) for name in ("code", "subject", "type_name", "issued_date")
        )
        if code and "/" in code:
            found.setdefault("code", code)
        words = _ABOUT.sub("", subject).split()
        if len(words) >= 4:
            found.setdefault("subject", " ".join(words[:4]).strip(".,;:"))
        if kind and date:
            found.setdefault("kind", f'loại:"{kind.lower()}" năm:{date[:4]}')
    return [found[key] for key in ("code", "subject", "kind") if key in found]


# --------------------------------------------------------------------------- units

MOST_NAMES = 300
"""Units without records named on one page; a province has thousands beneath it."""


@dataclass(frozen=True)
class Inherited:
    """A unit whose records came to a grant. `chain`: how, the oldest change first; `since`: the day of the newest."""

    unit: Inheritance
    chain: tuple[Succession | Step, ...]
    since: date | None

    @property
    def whole(self) -> Overview:
        return Overview(self.unit.fonds, ())


@dataclass(frozen=True)
class InheritanceGroup:
    """What came to one grant: the units with records that may be seen, and those of which nothing is here."""

    grant: Grant
    rows: tuple[Inherited, ...]
    without: tuple[Inheritance, ...]

    @property
    def reads(self) -> bool:
        """Does the grant's role read any record?"""
        return bool(roles()[self.grant.role].levels)

    @property
    def whole(self) -> Overview:
        return Overview(tuple(summary for row in self.rows for summary in row.unit.fonds), ())


def inheritance_groups(found: Iterable[Inheritance]) -> list[InheritanceGroup]:
    """By grant, in the order of the grants; units with most documents first."""
    by_grant: dict[Grant, list[Inheritance]] = {}
    for one in found:
        by_grant.setdefault(one.grant, []).append(one)
    return [
        InheritanceGroup(
            grant,
            tuple(sorted((_inherited(one) for one in units if one.fonds), key=lambda row: -row.whole.items)),
            tuple(one for one in units if not one.fonds and one.code != grant.unit),
        )
        for grant, units in by_grant.items()
    ]


def _inherited(one: Inheritance) -> Inherited:
    days = [step.day for step in one.way if isinstance(step, Succession)]
    days += [one.handed.day] if one.handed else []
    return Inherited(one, tuple(reversed(one.way)), max(days, default=None))


# --------------------------------------------------------------------------- access log

MOST_BARS = 120
"""Days drawn one by one; more are drawn month by month."""


@dataclass(frozen=True)
class UseBar:
    """Use of one day (or month, "2026-03"): `height` in hundredths of the tallest."""

    name: str
    count: int
    height: float


def use_bars(days: Sequence[tuple[str, Row]], first_day: str = "", last_day: str = "") -> list[UseBar]:
    """A bar for every day from the first to the last, those without use too; for long times, for every month.

    Without the days asked for, from the first to the last with use.
    """
    counts = {name: row.count for name, row in days}
    if not counts:
        return []
    first, last = (date.fromisoformat(day) for day in (first_day or min(counts), last_day or max(counts)))
    spread = {(first + timedelta(days=n)).isoformat(): 0 for n in range((last - first).days + 1)} | counts
    if len(spread) > MOST_BARS:
        months: dict[str, int] = {}
        for name, count in spread.items():
            months[name[:7]] = months.get(name[:7], 0) + count
        spread = months
    top = max(spread.values())
    return [UseBar(name, count, round(100 * count / top, 1)) for name, count in spread.items()]


# --------------------------------------------------------------------------- item


def hit_runs(reading: PageReading, hits: Iterable[Box]) -> list[Box]:
    """The boxes of hit words, neighbours on one line joined into one box."""
    boxed = set(hits)
    runs: list[Box] = []
    previous: tuple[int, int] | None = None
    for index, word in enumerate(reading.words):
        if word.box not in boxed:
            continue
        if runs and previous == (index - 1, word.line):
            runs[-1] = _around(runs[-1], word.box)
        else:
            runs.append(word.box)
        previous = (index, word.line)
    return runs


def _around(a: Box, b: Box) -> Box:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])


@dataclass(frozen=True)
class FieldRow:
    """A described field: `page` and `box` tell where it was read, if it was read from a page.

    `differs` is the finding that the paper says otherwise than the catalogue.
    """

    name: str
    value: str
    sure: bool
    origin: str
    page: int | None
    box: Box | None
    differs: Finding | None = None


def field_rows(fields: Mapping[str, FieldValue], findings: Iterable[Finding] = ()) -> list[FieldRow]:
    """The known fields in the order officials read them, each with the conflict of catalogue and paper if any."""
    differing = wording.differing(findings)
    return [
        FieldRow(
            name,
            fields[name].value,
            fields[name].sure,
            fields[name].origin,
            fields[name].page,
            fields[name].box,
            differing.get(name),
        )
        for name in wording.SHOWN_FIELDS
        if name in fields and fields[name].value
    ]


def findings_on(item: Item, page: int | None) -> list[Finding]:
    """What a reader should know of one page, or (None) of the document as a whole.

    Conflicts stand at their field, what an attachment lacks at the attachment.
    """
    lacking = {one.missing for one in item.record.attachments} if item.record else set()
    return [f for f in item.findings if f.page == page and not wording.at_field(f) and f.code not in lacking]


@dataclass(frozen=True)
class TextWord:
    text: str
    index: int
    weak: bool
    hit: bool


def text_lines(reading: PageReading, hits: Iterable[Box], low: float) -> list[list[TextWord]]:
    """The words line for line; `weak` below the confidence `low`, `hit` when boxed on the image."""
    boxed = set(hits)
    lines: list[list[TextWord]] = []
    current: int | None = None
    for index, word in enumerate(reading.words):
        if word.line != current:
            lines.append([])
            current = word.line
        lines[-1].append(TextWord(word.text, index, word.confidence < low, word.box in boxed))
    return lines


@dataclass(frozen=True)
class HitStep:
    """One stop of previous/next hit: page and number of the hit on it, both from 1."""

    page: int
    hit: int


def hit_steps(
    page: int, hit: int, on_page: int, hit_pages: list[int]
) -> tuple[HitStep | None, HitStep | None]:
    """(previous, next) hit. A hit of 0 on an earlier page means its last one."""
    before = [number for number in hit_pages if number < page]
    after = [number for number in hit_pages if number > page]
    previous = HitStep(page, hit - 1) if hit > 1 else HitStep(before[-1], 0) if before else None
    following = HitStep(page, hit + 1) if hit < on_page else HitStep(after[0], 1) if after else None
    return previous, following


@dataclass(frozen=True)
class Part:
    """Pages `first` to `last` of a long document."""

    first: int
    last: int

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1)


def parts(total: int, size: int) -> list[Part]:
    """A document of `total` pages in parts of `size`; one empty part when it has none."""
    return [Part(first, min(first + size - 1, total)) for first in range(1, max(total, 1) + 1, size)]


def part_with(number: int, parts: Sequence[Part]) -> Part:
    """The part that holds page `number`; the last one for a number beyond."""
    return next((part for part in parts if number <= part.last), parts[-1])


def checked_on(events: Iterable[Event]) -> str:
    """The day of the last successful integrity check, ISO 8601; "" when there was none."""
    done = [event.when for event in events if "fixity" in event.type and event.outcome == "success"]
    return max(done)[:10] if done else ""
