"""Names of offices as registers write them. Pure; word lists in offices.toml."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


def written(name: str) -> str:
    """A name in capitals as it is written in running text; any other name stays as it is.

    "ỦY BAN NHÂN DÂN HUYỆN LAM KHÊ" -> "Ủy ban nhân dân huyện Lam Khê";
    "SỞ KHOA HỌC VÀ CÔNG NGHỆ" -> "Sở Khoa học và Công nghệ".
    """
    if name != name.upper() or not any(map(str.isalpha, name)):
        return name
    words = name.lower().split()
    out: list[str] = []
    proper = capital = False
    organ = False
    while len(out) < len(words):
        at = len(out)
        if opener := _phrase("openers", words, at):
            proper, organ, capital = False, False, False
            out += [_capital(opener[0]), *opener[1:]]
        elif unit := _phrase("units", words, at):
            proper = True
            out += unit
        elif not proper and (started := _phrase("organs", words, at)) and at == 0:
            organ = capital = True
            out += started
        else:
            word = words[at]
            out.append(_capital(word) if proper or capital else word)
            capital = organ and word in ("và", "-", "–")
    return " ".join([_capital(out[0]), *out[1:]])


def _phrase(kind: str, words: list[str], at: int) -> list[str]:
    """The listed phrase that stands at this place, longest first; [] when none does."""
    here = " ".join(words[at : at + 2])
    if kind == "units" and here in _lists()["not_units"]:
        return []
    for length in (2, 1):
        if " ".join(words[at : at + length]) in _lists()[kind] and at + length < len(words):
            return words[at : at + length]
    return []


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


@cache
def _lists() -> dict[str, frozenset[str]]:
    loaded = tomllib.loads(Path(__file__).with_name("offices.toml").read_text(encoding="utf-8"))
    return {kind: frozenset(phrases) for kind, phrases in loaded.items()}
