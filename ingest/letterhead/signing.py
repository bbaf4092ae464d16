"""Position and name in a signature block (boxes 7a and 7b of Nghị định 30/2020/NĐ-CP, Annex I). Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from archive import text
from archive.model import FieldValue
from ingest.data import table
from ingest.letterhead import lexicon
from ingest.letterhead.layout import Placed, Run, box_of, trust
from ingest.recognition.syllables import is_syllable

# --------------------------------------------------------------------------- position

_PREFIX = re.compile(r"^\W*(?:(?:tm|kt|tl|tuq|q|t/m|k/t|t/l|[a-z0-9/]{1,3}t)\s?[.,]\s?)+", re.IGNORECASE)
_POSITION_SHARE = 0.5


def position_lines(right: Sequence[Run], em: float) -> tuple[Run, ...]:
    """The lines of authority and position, which stand together: "TM. …", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"."""
    found: list[Run] = []
    for run in right:
        if found and run.middle - found[-1].middle > 5 * em:
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


def position_field(lines: Sequence[Run], page: int) -> dict[str, FieldValue]:
    """The signer's own position: the last line before the name. KT. means that a deputy signs."""
    for run in reversed(lines):
        if value := _position_text(run):
            belief = max(0.85, trust(run.words)) if trust(run.words) > 0.6 else 0.6
            if _is_deputised(lines) and not value.startswith(_DEPUTIES):
                value, belief = _deputy(value), 0.6
            return {"signer_position": FieldValue(value, belief, "letterhead", page, box_of(run.words))}
    return {}


_DEPUTISED = re.compile(
    r"\W*[a-z0-9/]{0,3}t\s?[.,]"
)  # "KT." or what is left of it; TM, TL, TUQ and Q do not end in T
_DEPUTIES = ("PHÓ ", "THỨ ")


def _is_deputised(positions: Sequence[Run]) -> bool:
    return any(_DEPUTISED.match(run.key) for run in positions)


def _deputy(position: str) -> str:
    return position.replace("BỘ TRƯỞNG", "THỨ TRƯỞNG") if position == "BỘ TRƯỞNG" else f"PHÓ {position}"


# --------------------------------------------------------------------------- name


def name_words(runs: Sequence[Run]) -> tuple[Placed, ...]:
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
    starts = table("signing")["not_names"]
    key = run.key.lstrip(" -–+.")
    return any(key.startswith(text.fold(start)) for start in starts) or (run.upper and _is_position(run))


def signer_field(words: tuple[Placed, ...], in_block: bool, page: int) -> dict[str, FieldValue]:
    """The name in capitalised spelling. `in_block`: position and recipients were found beside it."""
    if not words:
        return {}
    name = " ".join(_spelled(placed, index) for index, placed in enumerate(words))
    belief = trust(words)
    if not _surname(words[0]):
        belief = min(belief, 0.6)
    if not all(is_syllable(part.lower()) for part in name.split()):
        belief = min(belief, 0.7)
    if not in_block:
        belief = min(belief, 0.9)
    return {"signer": FieldValue(name, belief, "letterhead", page, box_of(words))}


def _without_ranks(words: tuple[Placed, ...]) -> tuple[Placed, ...]:
    joined = " ".join(_letters(placed) for placed in words)
    for rank in table("signing")["ranks"]:
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
