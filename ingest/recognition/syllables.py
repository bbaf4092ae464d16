"""Does a text look like written Vietnamese? Rules of the syllable, no word list. Pure.

Used to tell a good embedded text layer from mojibake or from another language's reading of a scan.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from archive import text
from ingest.data import table

_WORD = re.compile(r"[^\W\d_]+")
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_TONE = re.compile(f"[{_TONES}]")
_STOPPED_TONES = ("\u0301", "\u0323")
_STOPS = ("c", "ch", "p", "t")


@dataclass(frozen=True)
class Judgement:
    """Counts over a text: judged words, those that are Vietnamese syllables, those with a mark, single letters
    (too many mean that words fell apart), and the share of odd characters."""

    words: int
    good: int
    marked: int
    single: int
    odd: float

    @property
    def share(self) -> float:
        """Share of judged words that are Vietnamese syllables; 0 without words."""
        return self.good / self.words if self.words else 0.0

    @property
    def marked_share(self) -> float:
        return self.marked / self.words if self.words else 0.0


@cache
def _parts() -> tuple[tuple[str, ...], frozenset[str], frozenset[str]]:
    parts = table("syllables")
    onsets = tuple(sorted(parts["onsets"], key=len, reverse=True))
    return onsets, frozenset(parts["rimes"]), frozenset(parts["whole"])


@lru_cache(maxsize=20_000)
def is_syllable(word: str) -> bool:
    """True for a lower-case NFC word that Vietnamese spelling allows, with or without marks for its tone."""
    tones = _TONE.findall(unicodedata.normalize("NFD", word))
    if len(tones) > 1:
        return False
    bare = unicodedata.normalize("NFC", _TONE.sub("", unicodedata.normalize("NFD", word)))
    onsets, rimes, whole = _parts()
    if not (bare in whole or any(bare.startswith(onset) and bare[len(onset) :] in rimes for onset in onsets)):
        return False
    return not (tones and bare.endswith(_STOPS) and tones[0] not in _STOPPED_TONES)


def judge(value: str) -> Judgement:
    """Count over a text. Single letters and short abbreviations in capitals are not judged."""
    value = text.clean(value)
    every = _WORD.findall(value)
    words = [word for word in every if not _is_neutral(word)]
    lowered = [text.lower(word) for word in words]
    good = [word for word in lowered if is_syllable(word)]
    marked = sum(1 for word in good if text.has_marks(word))
    odd = sum(1 for char in value if _is_odd(char)) / (len(value) or 1)
    return Judgement(len(words), len(good), marked, sum(len(word) == 1 for word in every), odd)


def hook_share(value: str) -> float:
    """Hooks (ả) among hooks and acutes (á), which are as like as two peas where a scan is out of focus.

    A page of Vietnamese has 0.23 to 0.45; NaN when there are too few marks to tell.
    """
    marks = unicodedata.normalize("NFD", value)
    hooks, acutes = marks.count("\u0309"), marks.count("\u0301")
    return hooks / (hooks + acutes) if hooks + acutes >= 50 else math.nan


def _is_neutral(word: str) -> bool:
    """UBND, HĐND, QĐ, V: no evidence for or against."""
    return len(word) == 1 or (len(word) <= 6 and word.isupper() and not is_syllable(text.lower(word)))


def _is_odd(char: str) -> bool:
    """Control, private or replacement characters: signs of a font without a usable map to Unicode."""
    return char == "\ufffd" or (
        unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs") and char not in "\t\r\n\f"
    )
