"""Type, subject and addressees (boxes 5a, 5b and 9a of Nghị định 30/2020/NĐ-CP, Annex I). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from archive import text
from archive.model import FieldValue
from ingest.letterhead import lexicon
from ingest.letterhead.heading import Heading
from ingest.letterhead.layout import Run, Sheet, box_of, trust
from ingest.letterhead.numbering import Notation

LETTER = "Công văn"


@dataclass(frozen=True)
class Title:
    """The type line in the middle of the page. `rest` is what follows the type on that line."""

    kind: lexicon.DocumentType
    run: Run
    rest: Run | None
    likeness: float


# --------------------------------------------------------------------------- type


def find_title(page: Sheet, heading: Heading, number: Notation | None) -> Title | None:
    """The topmost line in capitals, standing in the middle, that names a type of document."""
    top = number.run.top if number else heading.top + 2 * page.em
    for run in page.between(top, 0.6 * page.height):
        if run.key.startswith("kinh gui"):
            break
        if abs(run.centre - page.width / 2) < 0.15 * page.width and (title := _title(run, number)):
            return title
    return None


def _title(run: Run, number: Notation | None) -> Title | None:
    """The type that this line names best; the one that the notation hints at wins a draw."""
    words = run.core()
    hinted = _hinted(number)
    titles = [
        title for kind in lexicon.document_types() if words and (title := _as_type(words, kind, number))
    ]
    return max(titles, key=lambda title: (title.likeness, title.kind is hinted), default=None)


def _as_type(words: Run, kind: lexicon.DocumentType, number: Notation | None) -> Title | None:
    count = len(kind.title.split())
    start, rest = words.part(0, count), words.part(count)
    if start is None or not start.upper or (rest and (not rest.upper or _mere_word(kind, number))):
        return None
    likeness = lexicon.ratio(start.key.strip(" .:"), text.fold(kind.title))
    return Title(kind, words, rest, likeness) if likeness >= 86 else None


def _mere_word(kind: lexicon.DocumentType, number: Notation | None) -> bool:
    """One-word types (LUẬT, LỆNH) begin many a line; with more words after them the notation must agree."""
    return len(kind.title.split()) == 1 and not (number and re.match(r"QH|UBTVQH|CTN", number.rest))


def type_field(
    page: Sheet, title: Title | None, number: Notation | None, letter: Run | None
) -> dict[str, FieldValue]:
    """The type from the title, from the notation, or công văn by its "V/v" under the number."""
    hinted = _hinted(number)
    if title:
        belief = trust(title.run.words) if title.likeness < 100 else 0.92
        if hinted:
            belief = 0.97 if hinted is title.kind else 0.7
        return _field(title.kind.name, belief, page, title.run)
    if hinted and number:
        return _field(
            hinted.name, min(0.6 if hinted.weak or letter else 0.78, number.confidence), page, number.run
        )
    if letter:
        return _field(LETTER, 0.93 if number else 0.82, page, letter)
    if number and not number.year:
        return _field(LETTER, 0.6, page, number.run)
    return {}


def _hinted(number: Notation | None) -> lexicon.DocumentType | None:
    """The type that the first part of the notation stands for: "QĐ-UBND", "NĐ-CP"; "CV/TW" is a letter."""
    if number is None:
        return None
    return lexicon.type_of_abbreviation(re.split(r"[-/]", number.rest)[0])


def _field(name: str, belief: float, page: Sheet, run: Run) -> dict[str, FieldValue]:
    return {"type_name": FieldValue(name, belief, "letterhead", page.number, box_of(run.words))}
