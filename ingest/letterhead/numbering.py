"""Number and notation of a document (box 3 of Nghị định 30/2020/NĐ-CP, Annex I; Party numbers with a dash). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein

from archive import text
from archive.model import FieldValue
from ingest.letterhead import lexicon
from ingest.letterhead.dating import DIGITS
from ingest.letterhead.layout import Placed, Run, box_of, trust


@dataclass(frozen=True)
class Notation:
    """A document number as read: `number` is empty when blank or handwritten. `run` is its line.

    `digits` is the belief in the number alone, `confidence` in all of it.
    """

    number: str
    year: str
    rest: str
    joint: str
    digits: float
    confidence: float
    words: tuple[Placed, ...]
    run: Run

    @property
    def notation(self) -> str:
        return f"{self.year}/{self.rest}" if self.year else self.rest

    @property
    def code(self) -> str:
        return f"{self.number}{self.joint}{self.notation}" if self.number else ""


_LEAD = r"(?P<lead>(?:(?:luat|phap lenh|nghi quyet|bo luat)\s+)?(?:s[o06e$]\S?|86|\$[o6]))\s*[:;.,]*\s*"
_NUMBER = r"(?P<number>[0-9oil|@]{1,6}\s?[a-z]?)?\s*"
_YEAR = r"(?:(?P<year>(?:19|20)\d\d)\s*/\s*)?"
_CODE = re.compile(rf"{_LEAD}[.…_\s]*{_NUMBER}(?P<joint>[/!|]|-(?=[a-z]+\s*/))\s*{_YEAR}(?P<rest>[a-z].*)")
_FAMILIAR = "(?:" + "|".join(sorted(lexicon.abbreviations(), key=len, reverse=True)) + ")"
_BARE_CODE = re.compile(rf"(?<![\d/.])(?P<number>\d{{1,5}}[a-z]?)\s?(?P<joint>/)\s?{_YEAR}(?P<rest>[a-z].*)")
_LOST_SLASH = re.compile(
    rf"{_LEAD}(?P<number>\d{{1,4}})[il|1]?(?P<joint>)(?P<year>)(?P<rest>{_FAMILIAR}(?![a-z]).*)"
)
_REST = re.compile(r"[^\W_][\w&.,€]*(?:\s?[-–/]\s?[^\W_][\w&.€]*)*")


def notation(runs: tuple[Run, ...]) -> Notation | None:
    """The document's number from the left column: "Số: 15/QĐ-UBND", "Luật số: 40/2013/QH13", "Số 123-CV/TW".

    The number of an incoming stamp ("Số: 3831") has no notation and is never taken.
    """
    for pattern, ceiling in ((_CODE, 0.97), (_BARE_CODE, 0.7), (_LOST_SLASH, 0.6)):
        for run in runs:
            if (match := pattern.search(run.key)) and (found := _notation(run, match, ceiling)):
                return found
    return None


def _notation(run: Run, match: re.Match[str], ceiling: float) -> Notation | None:
    rest_match = _REST.match(run.text, match.start("rest"))
    if not rest_match:
        return None
    read = rest_match[0].replace("–", "-").replace("€", "C")
    rest = _official(re.sub(r"\s*([-/])\s*", r"\1", read).rstrip(".,"))
    if len(text.fold(rest)) < 2 or not any(char.isupper() for char in rest):
        return None
    number, digits = _number(run, match)
    if not match["year"] and re.fullmatch(r"(19|20)\d\d", number) and _is_legal(rest):
        return None  # the year of a legal number whose own digits were not read
    words = run.spanning(match.start("number") if match["number"] else match.start("rest"), rest_match.end())
    belief = min(digits, trust(run.spanning(*rest_match.span())), ceiling)
    digits = min(digits, ceiling)
    return Notation(
        number, match["year"] or "", rest, "-" if match["joint"] == "-" else "/", digits, belief, words, run
    )


def _is_legal(rest: str) -> bool:
    kind = lexicon.type_of_abbreviation(re.split(r"[-/]", rest)[0])
    return kind is not None and kind.group == "legal"


def checked(found: Notation | None, issuer: str, abbreviation: str) -> Notation | None:
    """The notation held against the issuer's initials and the type's abbreviation.

    A part one letter off is mended, with less confidence; a part that nothing confirms lowers it.
    """
    if found is None:
        return None
    wanted = lexicon.initials(issuer) | ({abbreviation} - {""})
    parts = re.split(r"([-/])", found.rest)
    mended = [_mend(part, wanted) if part not in "-/" else part for part in parts]
    if _nearly(parts[0], abbreviation):
        mended[0] = abbreviation
    belief = found.confidence
    if mended != parts:
        belief = min(belief, 0.75)
    elif not all(part in "-/" or part in wanted or lexicon.is_abbreviation(part) for part in parts):
        belief = min(belief, 0.78)
    elif abbreviation:
        belief = found.digits if parts[0] == abbreviation else min(belief, 0.75)
    return replace(found, rest="".join(mended), confidence=belief)


def _nearly(part: str, abbreviation: str) -> bool:
    """One letter off the type's abbreviation, and no other type's."""
    if not abbreviation or len(part) < 2 or lexicon.type_of_abbreviation(part):
        return False
    return Levenshtein.distance(part, abbreviation) == 1


def _mend(part: str, wanted: set[str]) -> str:
    if part in wanted or lexicon.is_abbreviation(part):
        return part
    near = [
        spelling for spelling in wanted if len(spelling) >= 2 and Levenshtein.distance(part, spelling) == 1
    ]
    return max(near, key=len) if near and len(part) >= 2 else part


def _number(run: Run, match: re.Match[str]) -> tuple[str, float]:
    """The digits and how far to believe them. A number written in by hand stands apart and reads poorly."""
    if not match["number"]:
        return "", 0.0
    words = run.spanning(*match.span("number"))
    weakest = min(placed.word.confidence for placed in words)
    digits = match["number"].translate(DIGITS)
    apart = "/" not in words[-1].word.text and "-" not in words[-1].word.text
    if not digits[0].isdigit() or weakest < (70 if apart else 25):
        return "", 0.0
    return digits, min(trust(words), 0.75) if digits != match["number"].strip() else trust(words)


def _official(rest: str) -> str:
    """The parts of a notation in official spelling."""
    return "".join(
        part if part in "-/" else lexicon.restore_abbreviation(part) for part in re.split(r"([-/])", rest)
    )


def number_fields(found: Notation | None, page: int) -> dict[str, FieldValue]:
    """code, code_number and code_notation; only the notation when the number is blank or handwritten."""
    if found is None:
        return {}
    box = box_of(found.words)
    rest = trust(found.words) if not found.number else found.confidence
    fields = {"code_notation": FieldValue(found.notation, rest, "letterhead", page, box)}
    if found.number:
        fields["code_number"] = FieldValue(found.number, found.confidence, "letterhead", page, box)
        fields["code"] = FieldValue(found.code, found.confidence, "letterhead", page, box)
    return fields
