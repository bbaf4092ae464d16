"""Synthetic Vietnamese documents for the search bench: seeded, made from own word lists, nothing copied.

Pages of about 390 syllables; 2 % of all syllables carry a recognition error. Word frequencies follow Zipf's law,
so that a few syllables are nearly everywhere and most are rare, as in real text. Titles begin with one of 300
formulas, as offices write them. Real text repeats whole sentences far more: compare schemes with it, not archives.
"""

from __future__ import annotations

import random
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from archive import ids, text
from archive.model import IndexEntry
from archive.rights.access import RecordClass, record_terms

ONSETS = (
    "", "b", "c", "ch", "d", "đ", "g", "gi", "h", "k", "kh", "l", "m", "n", "ng", "nh", "ph", "qu", "r", "s", "t",
    "th", "tr", "v", "x",
)  # fmt: skip
RHYMES = (
    "a", "á", "à", "ạ", "an", "án", "ang", "áp", "ất", "ân", "ầu", "ây", "ấp", "ập", "ăm", "ắc", "e", "ên", "ệnh",
    "ết", "ị", "i", "inh", "ình", "ính", "o", "ò", "ọc", "ôi", "ông", "ồng", "ơ", "ơn", "ợp", "ới", "u", "ủ", "ục",
    "ung", "ư", "ước", "ường", "ượng", "uyết", "uyên", "oà", "oạn", "iêm", "iến", "iệp", "y",
)  # fmt: skip
TYPES = ("Quyết định", "Báo cáo", "Tờ trình", "Thông báo", "Công văn", "Kế hoạch", "Biên bản", "Giấy mời")
NOTATIONS = ("QĐ-UBND", "BC-UBND", "TTr-UBND", "TB-UBND", "UBND-VP", "KH-UBND", "BB-UBND", "GM-UBND")
UNITS = 300
OPEN = (("open", ""),)
PAGE_WORDS = 390
ERROR_RATE = 0.02


@dataclass(frozen=True)
class Document:
    """An entry, its pages and class; `fragment` is a run of title syllables that a searcher remembers."""

    entry: IndexEntry
    pages: int
    record: RecordClass
    fragment: tuple[str, ...]


class Corpus:
    """Documents by number: the same seed and number give the same document.

    Each is of one of `units` units, which keep a fonds each; `levels` (level, embargo) are dealt out in turn.
    """

    def __init__(self, seed: int = 7, units: int = UNITS, levels: Sequence[tuple[str, str]] = OPEN) -> None:
        rng = random.Random(seed)
        syllables = [onset + rhyme for onset in ONSETS for rhyme in RHYMES]
        rng.shuffle(syllables)
        self.syllables = syllables
        self._words = _zipf(len(syllables))
        self._compounds = [
            tuple(self._pick(rng, self._words, syllables) for _ in range(2)) for _ in range(9000)
        ]
        self._compound_weights = _zipf(len(self._compounds))
        self._formulas = [self._run(rng, rng.randrange(3, 7)) for _ in range(300)]
        self._units = _zipf(units)
        self._seed, self._levels = seed, levels

    @staticmethod
    def _pick(rng: random.Random, weights: list[float], values: list) -> object:
        return values[bisect(weights, rng.random() * weights[-1])]

    def _run(self, rng: random.Random, length: int) -> list[str]:
        """Syllables of text: mostly two-syllable words, some single ones and numbers."""
        out: list[str] = []
        while len(out) < length:
            chance = rng.random()
            if chance < 0.72:
                out += self._pick(rng, self._compound_weights, self._compounds)
            elif chance < 0.96:
                out.append(self._pick(rng, self._words, self.syllables))
            else:
                out.append(str(rng.randrange(1, 3000)))
        return out[:length]

    def document(self, number: int) -> Document:
        rng = random.Random(self._seed * 1_000_003 + number)
        kind = rng.randrange(len(TYPES))
        unit = unit_code(bisect(self._units, rng.random() * self._units[-1]))
        year = rng.randrange(1995, 2025)
        code = f"{rng.randrange(1, 4000)}/{NOTATIONS[kind]}"
        subject = [*rng.choice(self._formulas), *self._run(rng, rng.randrange(7, 16))]
        at = rng.randrange(0, len(subject) - 6)
        pages = min(30, 1 + int(rng.expovariate(1 / 3.0)))
        body = [*f"Số {code} {TYPES[kind]}".split(), *subject, *self._run(rng, pages * PAGE_WORDS)]
        date = f"{year}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"
        values = {"code": code, "type_name": TYPES[kind], "issuer": f"Ủy ban nhân dân {unit}"}
        item_id = f"{fonds_code(unit)}:{year}.{number % 97:02d}:{number:07d}"
        read = " ".join(damaged(rng, word) if rng.random() < ERROR_RATE else word for word in body)
        record = RecordClass(unit, fonds_code(unit), *self._levels[number % len(self._levels)])
        entry = IndexEntry(
            id=item_id,
            scope=record_terms(record, ids.dossier_of(item_id), item_id),
            title=f"{TYPES[kind]} {' '.join(subject)}",
            body=read,
            codes=(text.code_token(code),),
            facets={
                "fonds": fonds_code(unit),
                "unit": unit,
                "year": str(year),
                "type": TYPES[kind],
                "kind": "scan",
            },
            fields=values,
            date=date,
        )
        return Document(entry, pages, record, tuple(subject[at : at + rng.randrange(5, 8)]))

    def documents(self, pages: int) -> Iterator[Document]:
        """Documents until `pages` pages are reached."""
        number = done = 0
        while done < pages:
            document = self.document(number)
            done += document.pages
            number += 1
            yield document


def unit_code(number: int) -> str:
    """The code of a unit; the lower the number, the more it kept."""
    return f"U{number:03d}"


def fonds_code(unit: str) -> str:
    return f"{unit}.F"


def damaged(rng: random.Random, word: str) -> str:
    """The word with one letter changed, dropped or doubled, as recognition errors and typos do."""
    at = rng.randrange(len(word))
    letter = rng.choice("aeiounhtcmlr")
    return rng.choice(
        (
            word[:at] + letter + word[at + 1 :],
            word[:at] + word[at + 1 :] or word,
            word[:at] + letter + word[at:],
        )
    )


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 2.7) for rank in range(count)))
