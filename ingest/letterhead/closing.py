"""Recipients, signer and position (boxes 7 and 9b of Nghị định 30/2020/NĐ-CP, Annex I), and the date of a law. Pure.

The signature stands on the last page of the document proper, which annexes may follow.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from archive import dates
from archive.model import FieldValue
from ingest.data import table
from ingest.letterhead import lexicon, signing
from ingest.letterhead.layout import Placed, Run, Sheet, box_of, trust, words_of

LEGIBLE = 50
"""Confidence (0..100) below which one word makes a whole list of recipients doubtful."""

UNSURE = 0.75
"""Confidence of a list of recipients that was read doubtfully: below `archive.model.SURE`."""


@dataclass(frozen=True)
class Closing:
    """The foot of a document: its page, the "Nơi nhận" line and the runs of the right half beside and under it."""

    page: Sheet
    recipients: Run | None
    right: tuple[Run, ...]
    positions: tuple[Run, ...]
    name: tuple[Placed, ...]


def closing_fields(pages: Sequence[Sheet]) -> dict[str, FieldValue]:
    closing = find_closing(pages)
    if closing is None:
        return {}
    number = closing.page.number
    return {
        **_recipients(closing),
        **signing.position_field(closing.positions, number),
        **signing.signer_field(closing.name, bool(closing.positions and closing.recipients), number),
    }


def find_closing(pages: Sequence[Sheet]) -> Closing | None:
    """The last page with "Nơi nhận"; else the last with a position and a name under it."""
    closings = [closing for page in reversed(pages) if (closing := _closing(page))]
    for wanted in (
        lambda closing: closing.recipients and (closing.name or closing.positions),
        lambda closing: closing.positions and closing.name,
        lambda closing: closing.recipients,
    ):
        for closing in closings:
            if wanted(closing):
                return closing
    return None


def _closing(page: Sheet) -> Closing | None:
    recipients = next((run for run in reversed(page.runs) if _is_recipients(run, page)), None)
    top = recipients.top - 3 * page.em if recipients else 0.1 * page.height
    right = tuple(half for run in page.between(top, page.height) if (half := _right_half(run, page)))
    positions = signing.position_lines(right, page.em)
    start = positions[-1].bottom - 0.3 * page.em if positions else top
    if not (recipients or positions):
        return None
    name = signing.name_words([run for run in right if start < run.middle < start + 14 * page.em])
    return Closing(page, recipients, right, positions, name)


def _is_recipients(run: Run, page: Sheet) -> bool:
    return run.left < 0.35 * page.width and lexicon.find("noi nhan", run.key[:10], 80) is not None


def _right_half(run: Run, page: Sheet) -> Run | None:
    """The part of a run right of the middle; lines that cross the page are body, not signature."""
    if run.left > 0.42 * page.width:
        return run
    words = [i for i, placed in enumerate(run.words) if placed.left > 0.45 * page.width]
    if not words or not words[0]:
        return None
    gap = run.words[words[0]].left - run.words[words[0] - 1].right
    return run.part(words[0]) if gap > 0.8 * page.em else None


# --------------------------------------------------------------------------- recipients


def _recipients(closing: Closing) -> dict[str, FieldValue]:
    """Nơi nhận: the list on the left, ending with the line "Lưu: …"."""
    if closing.recipients is None:
        return {}
    page, anchor = closing.page, closing.recipients
    rows, last = [], anchor
    for run in page.between(anchor.bottom, page.height):
        left = _left_half(run, page)
        if left is None or left.left > anchor.left + 4 * page.em or not any(map(str.isalpha, left.text)):
            continue
        if left.top - last.bottom > 2.5 * page.em:
            break
        rows.append(left)
        last = left
        if re.match(r"\W*luu\b", left.key):
            break
    entries = _entries(rows)
    if not entries:
        return {}
    words = words_of(rows)
    mean = sum(placed.word.confidence for placed in words) / len(words)
    weakest = min(placed.word.confidence for placed in words if any(map(str.isalpha, placed.word.text)))
    most = 0.9 if _names_keeper(rows[-1]) and weakest >= LEGIBLE else UNSURE
    return {"recipients": _value("; ".join(entries), min(most, mean / 100), page, words)}


def _names_keeper(last: Run) -> bool:
    """A last line "Lưu: …" without a known keeper was misread; a list without that line tells nothing."""
    kept = re.match(r"\W*luu\b(.*)", last.key)
    known = {keeper.casefold() for keeper in table("signing")["keepers"]}
    return not kept or bool(known & set(re.findall(r"\w+", kept[1])))


def _left_half(run: Run, page: Sheet) -> Run | None:
    if run.right < 0.62 * page.width:
        return run if run.left < 0.5 * page.width else None
    right = _right_half(run, page)
    return run.part(0, len(run.words) - len(right.words)) if right else run


def _entries(rows: Sequence[Run]) -> list[str]:
    """List entries; a line without a dash continues the one above."""
    entries: list[str] = []
    for run in rows:
        line = run.text.strip()
        if entries and not re.match(r"[-–—~_+•*]", line) and not re.match(r"\W*luu\b", run.key):
            entries[-1] += " " + line
        else:
            entries.append(line)
    cleaned = (entry.strip(" -–—~_+•*;,.") for entry in entries)
    return [entry for entry in cleaned if entry]


# --------------------------------------------------------------------------- law


def passed_date(pages: Sequence[Sheet], today: date) -> dict[str, FieldValue]:
    """A law is dated where it says it was passed: "kỳ họp thứ 6 thông qua ngày 22 tháng 11 năm 2013"."""
    for page in reversed(pages[-3:]):
        for run in page.runs:
            at = run.key.find("thong qua ngay")
            iso = dates.parse(_with_digits(run.text[at:])) if at >= 0 else ""
            if len(iso) == 10 and iso <= today.isoformat():
                words = run.spanning(at, len(run.text))
                return {"issued_date": _value(iso, trust(words), page, words)}
    return {}


def _with_digits(value: str) -> str:
    """ "I1" and "l0" between spaces are the numbers 11 and 10."""
    return re.sub(r"\b[0-9IlO|]{1,4}\b", lambda m: m[0].translate(str.maketrans("IlO|", "1101")), value)


def _value(value: str, belief: float, page: Sheet, words: Sequence[Placed]) -> FieldValue:
    return FieldValue(value, belief, "letterhead", page.number, box_of(words))
