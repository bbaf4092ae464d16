"""Text set in fonts of the time before Unicode (TCVN3/ABC, VNI-Windows) -> Unicode. Pure.

Convert one run of equal font at a time: one document often mixes legacy and Unicode fonts.
Tables: data/legacy_*.toml.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archive import text as vietnamese
from ingest.data import FOLDER
from ingest.recognition.syllables import is_syllable

_SUBSET = re.compile(r"^[A-Z]{6}\+")
# Letters that exist in Unicode Vietnamese but at no Latin-1 code point: their presence proves Unicode text.
_UNICODE_ONLY = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
# Symbol-encoded fonts show byte codes in a private area.
_SYMBOL_AREA = {0xF000 + code: code for code in range(0x20, 0x100)}
_HYPHENED = re.compile(r"(?<![\w-])[^\W\d_]*-[^\W\d_]*(?![\w-])")


@dataclass(frozen=True)
class Rule:
    """One legacy encoding: what it is called, which fonts use it, what each sequence means."""

    name: str
    fonts: tuple[re.Pattern[str], ...]
    capital_fonts: tuple[re.Pattern[str], ...]
    letters: dict[str, str]
    sequences: re.Pattern[str]
    hyphen: str = ""

    def convert(self, text: str) -> str:
        """Unicode (NFC) of a text in this encoding; anything not in the table stays."""
        found = self.sequences.sub(lambda match: self.letters[match[0]], text.translate(_SYMBOL_AREA))
        return unicodedata.normalize(
            "NFC", _HYPHENED.sub(self._without_hyphen, found) if self.hyphen else found
        )

    def _without_hyphen(self, match: re.Match[str]) -> str:
        """The letter that was mistaken for a hyphen, where it completes a syllable: nh- -> như."""
        whole = match[0].replace("-", self.hyphen)
        return whole if len(whole) > 1 and is_syllable(vietnamese.lower(whole)) else match[0]


@cache
def rules() -> dict[str, Rule]:
    """All known encodings by name."""
    found = (_load(file) for file in sorted(FOLDER.glob("legacy_*.toml")))
    return {rule.name: rule for rule in found}


def _load(file: Path) -> Rule:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    letters = dict(table["letters"])
    for base, marks in table.get("bases", {}).items():
        for mark in marks:
            letter = unicodedata.normalize("NFC", letters.get(base, base) + table["marks"][mark])
            letters[base + mark] = letter
    if table.get("bases"):
        letters = _with_capitals(letters)
    longest_first = sorted(letters, key=len, reverse=True)
    return Rule(
        table["rule"],
        tuple(map(re.compile, table["fonts"])),
        tuple(map(re.compile, table["capital_fonts"])),
        letters,
        re.compile("|".join(map(re.escape, longest_first))),
        table.get("hyphen", ""),
    )


def _with_capitals(letters: dict[str, str]) -> dict[str, str]:
    """Add capitals: a capital base makes a capital letter, whatever the case of its mark."""
    capitals = {}
    for code, letter in letters.items():
        capitals[code.upper()] = capitals[code[0].upper() + code[1:]] = letter.upper()
    return letters | capitals


def rule_of(font: str) -> tuple[Rule, bool] | None:
    """(rule, is a capital font) for a PDF or Word font name, None for Unicode fonts."""
    name = _SUBSET.sub("", font)
    for rule in rules().values():
        if any(pattern.search(name) for pattern in rule.fonts):
            return rule, any(pattern.search(name) for pattern in rule.capital_fonts)
    return None


def convert(text: str, font: str) -> tuple[str, str | None]:
    """Unicode of a run of text set in `font`, and the name of the rule used (None: the text was left alone).

    A run that already holds Vietnamese Unicode letters is left alone whatever its font is called.
    """
    found = rule_of(font)
    if found is None or _UNICODE_ONLY.search(text):
        return text, None
    rule, capital = found
    converted = rule.convert(text)
    return (converted.upper() if capital else converted), rule.name
