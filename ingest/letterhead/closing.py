"""Recipients, signer and position (boxes 7 and 9b of Nghị định 30/2020/NĐ-CP, Annex I), and the date of a law. Pure.

The signature stands on the last page of the document proper, which annexes may follow.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from archive import dates, text
from archive.model import FieldValue
from ingest.letterhead import lexicon
from ingest.letterhead.layout import Placed, Run, Sheet, box_of, trust, words_of
from ingest.syllables import is_syllable


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
    return {**_recipients(closing), **_position(closing), **_signer(closing)}


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
    positions = _positions(right)
    start = positions[-1].bottom - 0.3 * page.em if positions else top
    if not (recipients or positions):
        return None
    name = _name([run for run in right if start < run.middle < start + 14 * page.em])
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


# --------------------------------------------------------------------------- position

_PREFIX = re.compile(r"^\W*(?:(?:tm|kt|tl|tuq|q|t/m|k/t|t/l|xzt|xt|k7)\s?[.,]\s?)+", re.IGNORECASE)
_POSITION_SHARE = 0.5


def _positions(right: Sequence[Run]) -> tuple[Run, ...]:
    """The lines of authority and position, which stand together: "TM. …", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"."""
    found: list[Run] = []
    for run in right:
        if found and run.middle - found[-1].middle > 5 * (run.bottom - run.top):
            break
        if run.upper and (_PREFIX.match(run.key) or _is_position(run)):
            found.append(run)
    return tuple(found)


def _is_position(run: Run) -> bool:
    return bool(_position_text(run))


def _position_text(run: Run) -> str:
    """The position named on a line in official spelling, with what follows it ("CỤC TRƯỞNG CỤC…"); "" if none."""
    bare = _PREFIX.sub("", run.text)
    words = [word.strip(".,;:*'\"|") for word in bare.upper().split() if any(map(str.isalpha, word))]
    restored, known = lexicon.restore(words, "position")
    if not known or sum(known) < _POSITION_SHARE * len(known):
        return ""
    first = known.index(True)
    return " ".join(restored[first:])


def _position(closing: Closing) -> dict[str, FieldValue]:
    """The signer's own position: the last line before the name. KT. means that a deputy signs."""
    for run in reversed(closing.positions):
        if value := _position_text(run):
            belief = max(0.85, trust(run.words)) if trust(run.words) > 0.6 else 0.6
            if _is_deputised(closing.positions) and not value.startswith(_DEPUTIES):
                value, belief = _deputy(value), 0.6
            return {"signer_position": _value(value, belief, closing.page, run.words)}
    return {}


_DEPUTIES = ("PHÓ ", "THỨ ")


def _is_deputised(positions: Sequence[Run]) -> bool:
    return any(re.match(r"\W*(?:kt|k/t)\s?[.,]", run.key) for run in positions)


def _deputy(position: str) -> str:
    return position.replace("BỘ TRƯỞNG", "THỨ TRƯỞNG") if position == "BỘ TRƯỞNG" else f"PHÓ {position}"


# --------------------------------------------------------------------------- signer


def _name(runs: Sequence[Run]) -> tuple[Placed, ...]:
    """The words of the lowest line that reads as a person's name; one with a known family name is preferred."""
    for known_only in (True, False):
        for run in reversed(runs):
            if words := _person(run, known_only):
                return words
    return ()


def _person(run: Run, known_only: bool) -> tuple[Placed, ...]:
    """The longest stretch of 2 to 5 capitalised syllables, beginning with a family name when asked."""
    words = [placed for placed in run.words if any(map(str.isalnum, placed.word.text))]
    if _is_office(run):
        return ()
    while words and not _is_name_word(words[-1]):
        words.pop()
    best: tuple[Placed, ...] = ()
    for start in range(len(words)):
        if start and _is_name_word(words[start - 1]) and words[start - 1].word.confidence >= 80:
            continue  # in the middle of a name: "Văn" is a family name, too
        stretch = tuple(itertools.takewhile(_is_name_word, words[start : start + 6]))
        whole = _without_ranks(stretch)
        if len(whole) > max(1, len(best)) and (not known_only or _surname(whole[0])):
            best = whole
    return best[:5]


_NAME_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)?")


def _is_name_word(placed: Placed) -> bool:
    word = _letters(placed)
    return bool(_NAME_WORD.fullmatch(word)) and word[0].isupper() and (word.isupper() or word[1:].islower())


def _letters(placed: Placed) -> str:
    return placed.word.text.strip(".,;:|*_~'\"`“”‘’()[]{}-–—")


def _surname(placed: Placed) -> tuple[str, ...]:
    return lexicon.surnames().get(text.fold(_letters(placed)), ())


def _is_office(run: Run) -> bool:
    """Lines of recipients and positions are no names."""
    starts = lexicon.table("signing")["not_names"]
    key = run.key.lstrip(" -–+.")
    return any(key.startswith(text.fold(start)) for start in starts) or (run.upper and _is_position(run))


def _signer(closing: Closing) -> dict[str, FieldValue]:
    if not closing.name:
        return {}
    words = closing.name
    name = " ".join(_spelled(placed, index) for index, placed in enumerate(words))
    belief = trust(words)
    if not _surname(words[0]):
        belief = min(belief, 0.6)
    if not all(is_syllable(part.lower()) for part in name.split()):
        belief = min(belief, 0.7)
    if not (closing.positions and closing.recipients):
        belief = min(belief, 0.9)
    return {"signer": _value(name, belief, closing.page, words)}


def _without_ranks(words: tuple[Placed, ...]) -> tuple[Placed, ...]:
    joined = " ".join(_letters(placed) for placed in words)
    for rank in lexicon.table("signing")["ranks"]:
        length = len(rank.split())
        if text.fold(joined).startswith(text.fold(rank) + " ") and len(words) > length + 1:
            return words[length:]
    return words


def _spelled(placed: Placed, index: int) -> str:
    """A name word in capitalised spelling; a family name that lost its marks gets them back."""
    word = _letters(placed)
    word = word[0].upper() + word[1:].lower() if word.isupper() else word
    spellings = _surname(placed) if index == 0 else ()
    return spellings[0] if len(spellings) == 1 else word


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
    return {"recipients": _value("; ".join(entries), min(0.9, mean / 100), page, words)}


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
