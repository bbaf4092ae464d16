"""Place and date of issue under the national heading (box 4 of Nghị định 30/2020/NĐ-CP, Annex I). Pure."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise

from archive.model import FieldValue
from ingest.letterhead.layout import Run, box_of, trust

_TWO = r"([0-9oil|\]!†][\s]?[0-9oil|\]!†]?)"
_JUNK = r"[^\s0-9]{0,3}\s*"
_DATE = re.compile(
    rf"ng[a-z]y?[^\w†]*{_TWO}?{_JUNK}th[a-z]ng[^\w†]*{_TWO}?{_JUNK}n[a-z]m\W*([0-9oil]{{4}})(?!\d)"
)
DIGITS = str.maketrans(
    {"o": "0", "i": "1", "l": "1", "|": "1", "]": "1", "!": "1", "†": "1", "@": "0", " ": None}
)
_FIRST_YEAR = 1945


def issued_date(runs: tuple[Run, ...], page: int, today: date) -> dict[str, FieldValue]:
    """Date and place from "Hà Tĩnh, ngày 05 tháng 01 năm 2020". Blank or doubtful days leave a partial date."""
    over_two_lines = (Run(upper.words + lower.words) for upper, lower in pairwise(runs))
    for run in (*runs, *over_two_lines):
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
    after = run.key[match.end(group) : match.end(group) + 1]
    if after and after not in " tn.,":
        return ""  # another digit stands there, unread
    return match[group].translate(DIGITS)


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
