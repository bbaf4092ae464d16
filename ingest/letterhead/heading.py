"""The two columns at the head of page one: issuer, number, place and date (boxes 1 to 4 of Nghị định 30/2020/NĐ-CP,
Annex I), in the State's and in the Party's layout. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from rapidfuzz.distance import Levenshtein

from archive import text
from archive.model import FieldValue
from ingest.letterhead import lexicon
from ingest.letterhead.layout import Placed, Run, Sheet, box_of, trust, words_of

_STATE = "cong hoa xa hoi chu nghia viet nam"
_PARTY = "dang cong san viet nam"
_MOTTO = "doc lap - tu do - hanh phuc"


@dataclass(frozen=True)
class Heading:
    """Where the heading stands. `left` and `right` are its columns' runs, from the top down to the body."""

    kind: Literal["state", "party", ""]
    split: float
    top: float
    bottom: float
    left: tuple[Run, ...]
    right: tuple[Run, ...]


@dataclass(frozen=True)
class Notation:
    """A document number as read: `number` is empty when blank or handwritten. `run` is its line."""

    number: str
    year: str
    rest: str
    joint: str
    confidence: float
    words: tuple[Placed, ...]
    run: Run

    @property
    def notation(self) -> str:
        return f"{self.year}/{self.rest}" if self.year else self.rest

    @property
    def code(self) -> str:
        return f"{self.number}{self.joint}{self.notation}" if self.number else ""


_ABOUT = re.compile(r"^\W*(?:v\s?[/.,i1l|7j]{1,2}\s?[vyw]\b|ve viec\b|vv\b)")


def opens_subject(run: Run) -> bool:
    """Does a line begin with "V/v" or "Về việc", however poorly read?"""
    return bool(_ABOUT.search(run.key))


# --------------------------------------------------------------------------- place of the heading


def find_heading(page: Sheet) -> Heading:
    """The heading of a first page; an empty kind when the national or Party heading is not there."""
    anchors = list(_anchors(page))
    kind = anchors[0][0] if anchors else ""
    top = min((run.top for _, run in anchors), default=0.04 * page.height)
    bottom = max((run.bottom for _, run in anchors), default=0.12 * page.height)
    split = _split(page, anchors)
    body = _body_start(page, bottom, split)
    left, right = [], []
    for run in page.between(top - 1.2 * page.em, body):
        before, after = run.cut_at(split)
        left += [before] if before else []
        right += [after] if after else []
    return Heading(kind, split, top, body, tuple(_numbers_whole(left)), tuple(right))


def _numbers_whole(left: list[Run]) -> list[Run]:
    """A number left blank stands far from its notation ("Số:          /UBND-TH"): both made one run."""
    leads = [run for run in left if re.search(r"\bs[o06]\W*$", run.key)]
    for lead in leads:
        height = lead.bottom - lead.top
        for run in left:
            if run is not lead and run.left > lead.right and abs(run.middle - lead.middle) < 0.6 * height:
                left = [other for other in left if other not in (lead, run)] + [Run(lead.words + run.words)]
                break
    return sorted(left, key=lambda run: (run.middle, run.left))


def _anchors(page: Sheet):
    """(kind, words) of the national or Party heading and of the motto, topmost first."""
    for run in page.between(0, 0.4 * page.height):
        for kind, phrase in (("state", _STATE), ("state", _MOTTO), ("party", _PARTY)):
            span = lexicon.find(phrase, run.key)
            if span is None:
                continue
            words = Run(run.spanning(*span))
            if phrase is _MOTTO or words.upper:
                yield kind, words
                break


def _split(page: Sheet, anchors: list[tuple[str, Run]]) -> float:
    """The line between the columns: left of the national heading, which is wider than what stands under it."""
    for _, run in anchors:
        if lexicon.ratio(run.key, _STATE) > 80 or lexicon.ratio(run.key, _PARTY) > 80:
            return run.left - 0.4 * page.em
    for _, run in anchors:
        return run.centre - 0.8 * (run.right - run.left)
    return 0.44 * page.width


def _body_start(page: Sheet, bottom: float, split: float) -> float:
    """Height at which the heading certainly has ended: addressees, grounds, or a line across both columns."""
    for run in page.between(bottom + page.em, 0.6 * page.height):
        if run.key.startswith(("kinh gui", "can cu ")) or _crosses(run, split, page.em):
            return run.middle - 0.6 * page.em
    return 0.5 * page.height


def _crosses(run: Run, split: float, em: float) -> bool:
    """A line of body text: a word of it stands on the split, and it reaches far to both sides."""
    if run.left > split - 5 * em or run.right < split + 5 * em or opens_subject(run) or _DATE.search(run.key):
        return False
    return any(placed.left < split - 0.3 * em and placed.right > split + 0.3 * em for placed in run.words)


# --------------------------------------------------------------------------- date

_TWO = r"([0-9oil|\]!†][\s]?[0-9oil|\]!†]?)"
_DATE = re.compile(
    rf"ng[a-z]y?[^\w†]*{_TWO}?[^a-z0-9]*th[a-z]ng[^\w†]*{_TWO}?[^a-z0-9]*n[a-z]m\W*([0-9oil]{{4}})(?!\d)"
)
_DIGITS = str.maketrans(
    {"o": "0", "i": "1", "l": "1", "|": "1", "]": "1", "!": "1", "†": "1", "@": "0", " ": None}
)
_FIRST_YEAR = 1945


def issued_date(runs: tuple[Run, ...], page: int, today: date) -> dict[str, FieldValue]:
    """Date and place from "Hà Tĩnh, ngày 05 tháng 01 năm 2020". Blank or doubtful days leave a partial date."""
    for run in runs:
        match = _DATE.search(run.key)
        if match and (found := _date_field(run, match, page, today)):
            return {"issued_date": found, **_place(run, match.start(), page)}
    return {}


def _date_field(run: Run, match: re.Match[str], page: int, today: date) -> FieldValue | None:
    day, month, year = (_readable(run, match, group) for group in (1, 2, 3))
    if not year or not _FIRST_YEAR <= int(year) <= today.year:
        return None
    day, guessed = _mended(day)
    iso, whole = year, False
    if month and 1 <= int(month) <= 12:
        iso = f"{year}-{int(month):02d}"
        if day and _exists(int(year), int(month), int(day)):
            iso, whole = f"{iso}-{int(day):02d}", True
    if iso > today.isoformat()[: len(iso)]:
        return None
    words = run.spanning(*match.span())
    digits = [placed for group in (1, 2, 3) if match[group] for placed in run.spanning(*match.span(group))]
    belief = 0.7 if not whole else min(trust(digits), 0.6 if guessed else 1)
    return FieldValue(iso, belief, "letterhead", page, box_of(words))


def _mended(day: str) -> tuple[str, bool]:
    """Days below ten are written 01 to 09, and a 0 may be misread as 6: "67" can only be the 7th."""
    if len(day) == 2 and day[0] == "6":
        return "0" + day[1], True
    return day, False


def _readable(run: Run, match: re.Match[str], group: int) -> str:
    """The digits of a group; "" when blank or read too poorly, as handwriting is."""
    if not match[group]:
        return ""
    if min(placed.word.confidence for placed in run.spanning(*match.span(group))) < 50:
        return ""
    return match[group].translate(_DIGITS)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        return bool(date(year, month, day))
    except ValueError:
        return False


def _place(run: Run, end: int, page: int) -> dict[str, FieldValue]:
    """Địa danh: the words before "ngày"."""
    words = [placed for placed in run.spanning(0, max(0, end)) if any(map(str.isalpha, placed.word.text))]
    name = " ".join(placed.word.text for placed in words).strip(" ,.;:-")
    if not name or not name[0].isupper() or len(words) > 6:
        return {}
    return {"place": FieldValue(name, trust(words), "letterhead", page, box_of(words))}


# --------------------------------------------------------------------------- number

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
    number, belief = _number(run, match)
    words = run.spanning(match.start("number") if match["number"] else match.start("rest"), rest_match.end())
    belief = min(belief, trust(run.spanning(*rest_match.span())), ceiling)
    return Notation(
        number, match["year"] or "", rest, "-" if match["joint"] == "-" else "/", belief, words, run
    )


def checked(found: Notation | None, issuer: str, abbreviation: str) -> Notation | None:
    """The notation held against the issuer's initials and the type's abbreviation.

    A part one letter off is mended, with less confidence; a part that nothing confirms lowers it.
    """
    if found is None:
        return None
    wanted = lexicon.initials(issuer) | ({abbreviation} - {""})
    parts = re.split(r"([-/])", found.rest)
    mended = [_mend(part, wanted) if part not in "-/" else part for part in parts]
    belief = 0.97
    if mended != parts:
        belief = 0.75
    elif not all(part in "-/" or part in wanted or lexicon.is_abbreviation(part) for part in parts):
        belief = 0.78
    elif abbreviation and parts[0] != abbreviation:
        belief = 0.75
    return replace(found, rest="".join(mended), confidence=min(found.confidence, belief))


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
    digits = match["number"].translate(_DIGITS)
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


# --------------------------------------------------------------------------- issuer

_STAMP = re.compile(
    r"\b(?:cong van den|van ban den|den so|den ngay)\b|^den\b|^cong van d|^\W*(?:so|ngay|gio)\b\W*[\d/.!]*$"
)


def is_stamp(run: Run) -> bool:
    """A line of the stamp put on incoming mail: "CÔNG VĂN ĐẾN", "Số: 3831", "Ngày: 11/6/2012"."""
    return bool(_STAMP.search(run.key))


def issuer(
    heading: Heading, number: Notation | None, page: Sheet, place: FieldValue | None
) -> dict[str, FieldValue]:
    """Issuer and the body above it, from the lines in capitals over the number."""
    bodies = _bodies(_issuer_lines(heading, number, page))
    if not bodies:
        return {}
    fields = {"issuer": _body_field(bodies[-1], page, place)}
    if len(bodies) > 1:
        fields["parent_issuer"] = _body_field(bodies[-2], page, place)
    return fields


def _issuer_lines(heading: Heading, number: Notation | None, page: Sheet) -> list[Run]:
    limit = number.run.top if number else heading.top + 7 * page.em
    lines = []
    for run in heading.left:
        if number is not None and run.middle > limit - 0.1 * page.em:
            break
        letters = sum(map(str.isalpha, run.text))
        if letters < 2 or is_stamp(run):
            continue
        if _reads_like_number(run):
            break
        if not run.upper or run.middle > limit:
            if lines and number is None:
                break
            continue
        lines.append(run)
    return lines


def _reads_like_number(run: Run) -> bool:
    """The number's line where the number itself could not be read."""
    digits = sum(map(str.isdigit, run.text))
    return digits >= 3 or (
        bool(re.search(r"[/!|-]", run.text))
        and any(map(lexicon.is_abbreviation, re.split(r"[\W_]+", run.text)))
    )


def _bodies(lines: list[Run]) -> list[list[Run]]:
    """Heading lines grouped into names: a line that opens no new body continues the one above."""
    bodies: list[list[Run]] = []
    for run in lines:
        opening, _ = lexicon.restore([token for token, _ in _tokens([run])], "issuer")
        if bodies and not lexicon.opens_body(text.fold(" ".join(opening))):
            bodies[-1].append(run)
        else:
            bodies.append([run])
    return bodies


def _tokens(lines: list[Run]) -> list[tuple[str, Placed]]:
    """Words in capitals without the marks that rules, stamps and specks leave."""
    tokens = []
    for placed in words_of(lines):
        token = re.sub(r"[^\w,&()'’/-]|_", "", placed.word.text.upper().replace("–", "-")).strip("/'’")
        if any(map(str.isalpha, token)) or token == "-":
            tokens += [(part, placed) for part in lexicon.unglued(token)]
    while tokens and tokens[0][0] == "-":
        tokens.pop(0)
    while tokens and tokens[-1][0] == "-":
        tokens.pop()
    return tokens


def _body_field(lines: list[Run], page: Sheet, place: FieldValue | None) -> FieldValue:
    tokens = _tokens(lines)
    name, known = lexicon.restore([token for token, _ in tokens], "issuer")
    read = list(name)
    name, known = _place_confirmed(name, known, tokens, place)
    doubtful = [placed for (_, placed), sure in zip(tokens, known, strict=True) if not sure]
    belief = trust(doubtful) if doubtful else 0.95
    if name != read:
        belief = min(belief, 0.75)
    written = " ".join(name).strip(" -,")
    if _is_incomplete(written):
        belief = min(belief, 0.5)
    if not lexicon.opens_body(text.fold(written)):
        belief = min(belief, 0.6)
    return FieldValue(written, belief, "letterhead", page.number, box_of(words_of(lines)))


_COUNCILS = ("ỦY BAN NHÂN DÂN", "UBND", "HỘI ĐỒNG NHÂN DÂN", "HĐND")
_BARE = frozenset({"SỞ", "PHÒNG", "BAN", "BỘ", "CỤC", "CHI CỤC", "HỘI"})


def _is_incomplete(name: str) -> bool:
    """A name that lacks its place or field: the line with the rest was not read, or read wrongly."""
    for council in _COUNCILS:
        if name == council or name.startswith(council + " "):
            rest = name.removeprefix(council).strip()
            return not rest.startswith(tuple(level + " " for level in lexicon.table("issuers")["levels"]))
    return name in _BARE


def _place_confirmed(
    name: list[str], known: list[bool], tokens: list[tuple[str, Placed]], place: FieldValue | None
) -> tuple[list[str], list[bool]]:
    """A unit issues under its own place name: the end of its name and the start of the date line confirm each other.

    Where they differ in marks only, small letters are the surer reading: marks on capitals blur first.
    """
    upper = place.value.upper().split() if place else []
    own = name[-len(upper) :] if upper and name[: -len(upper)] else []
    if (
        place is None
        or not own
        or known[-len(upper)]
        or lexicon.ratio(*(text.fold(" ".join(x)) for x in (own, upper))) < 75
    ):
        return name, known
    if own == upper or place.confidence >= 0.8:
        name = name[: -len(upper)] + upper
        known = known[: -len(upper)] + [own == upper] * len(upper)
    return name, known
