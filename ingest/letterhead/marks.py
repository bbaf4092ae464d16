"""Grades of secrecy and urgency stamped beside the heading (boxes 10a and 10b of Nghị định 30/2020/NĐ-CP, Annex I). Pure.

A stamp is a line of its own in capitals above the body. A doubtful stamp is still reported, with little
confidence: to hold back an open document costs a look, to publish a secret one cannot be undone.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

from archive import text
from archive.model import Box, FieldValue, PageReading, Word
from ingest.data import table
from ingest.letterhead.heading import Heading
from ingest.letterhead.layout import Placed, Run, Sheet, box_of

_NEAR = 1.3
_DECLARED = re.compile(r"\bdo (mat|khan)\s*[:.]?\s*((?:tuyet|toi|thuong|hoa)?\s*(?:mat|khan|toc))\b")


def mark_fields(page: Sheet, heading: Heading) -> dict[str, FieldValue]:
    """secrecy and urgency of a first page, each only when its stamp is there."""
    fields = {}
    for kind in ("secrecy", "urgency"):
        if found := _stamped(page, heading, kind) or _declared(page, kind):
            fields[kind] = found
    return fields


def stamp_fields(pages: Sequence[PageReading]) -> dict[str, FieldValue]:
    """secrecy and urgency from coloured stamps, whose words are read apart: on any page, one line a grade."""
    fields: dict[str, FieldValue] = {}
    for number, reading in enumerate(pages, 1):
        for _, group in itertools.groupby(reading.stamps, key=lambda word: word.line):
            words = tuple(group)
            key = " ".join(re.sub(r"\W|\d", "", text.fold(word.text)) for word in words).strip()
            for kind in ("secrecy", "urgency"):
                if kind not in fields and (grade := _grade(key, kind)):
                    belief = 0.95 if min(word.confidence for word in words) >= 50 else 0.6
                    fields[kind] = FieldValue(grade, belief, "letterhead", number, _around(words))
    return fields


def _grade(key: str, kind: str) -> str:
    """The grade a stamp's line names, one letter astray in the longer ones; "" when it names none."""
    for phrase, grade in sorted(table("marks")[kind].items(), key=lambda row: -len(row[0])):
        wanted = text.fold(phrase)
        if Levenshtein.distance(key, wanted) <= (1 if len(wanted) >= 6 else 0):
            return grade
    return ""


def _around(words: Sequence[Word]) -> Box:
    boxes = [word.box for word in words]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _stamped(page: Sheet, heading: Heading, kind: str) -> FieldValue | None:
    phrases = sorted(table("marks")[kind].items(), key=lambda row: -len(row[0]))
    runs = page.between(0, heading.bottom)
    for phrase, grade in phrases:
        for run in runs:
            words = _alone(run, phrase, page.em)
            if words and not _continues_prose(run, runs, page.em):
                exact = " ".join(_letters(placed) for placed in words) == phrase
                belief = 0.95 if exact and min(placed.word.confidence for placed in words) >= 50 else 0.6
                return FieldValue(grade, belief, "letterhead", page.number, box_of(words))
    return None


def _alone(run: Run, phrase: str, em: float) -> tuple[Placed, ...]:
    """The words of `phrase` in a run, when nothing stands beside them but marks of a frame."""
    wanted = text.fold(phrase).split()
    for start in range(len(run.words) - len(wanted) + 1):
        words = run.words[start : start + len(wanted)]
        keys = [text.fold(_letters(placed)) for placed in words]
        if keys != wanted or not all(_letters(placed).isupper() for placed in words):
            continue
        before = run.words[start - 1] if start else None
        after = run.words[start + len(wanted)] if start + len(wanted) < len(run.words) else None
        if not _touches(before, words[0], em) and not _touches(words[-1], after, em, following=True):
            return words
    return ()


def _touches(left: Placed | None, right: Placed | None, em: float, following: bool = False) -> bool:
    """Two words of one sentence: letters or digits on both, a word space apart."""
    if left is None or right is None:
        return False
    other = right if following else left
    return any(map(str.isalnum, other.word.text)) and right.left - left.right < _NEAR * em


def _letters(placed: Placed) -> str:
    return "".join(char for char in placed.word.text if char.isalpha())


def gravest(*found: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """Of marks read in several ways the graver grade holds; of equal ones the surer reading."""
    chosen: dict[str, FieldValue] = {}
    for kind in ("secrecy", "urgency"):
        grades = list(table("marks")[kind].values())
        readings = [fields[kind] for fields in found if kind in fields]
        if readings:
            chosen[kind] = min(readings, key=lambda field: (grades.index(field.value), -field.confidence))
    return chosen


def _continues_prose(run: Run, runs: list[Run], em: float) -> bool:
    """The line above ends in a word that calls for this one: "… BẢO VỆ BÍ" over "MẬT"."""
    before = {text.fold(word) for word in table("marks")["prose"]["before"]}
    above = [other for other in runs if 0 < run.middle - other.middle < 3 * em and other.right > run.left]
    return any(other.left < run.right and other.key.split()[-1].strip(".,:;") in before for other in above)


def _declared(page: Sheet, kind: str) -> FieldValue | None:
    """ "Độ mật: Tối mật", as records of data systems print it."""
    grades = {text.fold(phrase): grade for phrase, grade in table("marks")[kind].items()}
    for run in page.between(0, 0.4 * page.height):
        match = _DECLARED.search(run.key)
        if match and (grade := grades.get(" ".join(match[2].split()))):
            words = run.spanning(*match.span())
            return FieldValue(grade, 0.85, "letterhead", page.number, box_of(words))
    return None
