"""Text written before Unicode inside files that do not say so: which table makes Vietnamese of it? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ingest.files import legacy
from ingest.recognition.syllables import judge

_UNICODE_ONLY = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
_FEW = 4


def rule_of(texts: Iterable[str]) -> str:
    """The legacy encoding ("tcvn3", "vni") these texts are in, "" when they are in none.

    Only texts that cannot be Unicode Vietnamese are looked at; the table must make good syllables of nearly all words.
    """
    sample = " ".join(said for said in texts if said and is_open(said))[:20_000]
    before = judge(sample)
    best = max(legacy.rules(), key=lambda name: judge(legacy.rules()[name].convert(sample)).good)
    after = judge(legacy.rules()[best].convert(sample))
    telling = after.marked >= _FEW and after.share >= 0.85
    return best if telling and after.good > 1.5 * before.good else ""


def is_open(said: str) -> bool:
    """May it be legacy text? It has letters beyond ASCII, and none that only Unicode Vietnamese has."""
    return not said.isascii() and not _UNICODE_ONLY.search(said)


def converted(said: str, rule: str) -> str:
    """One cell of a sheet in that encoding as Unicode; left alone when it already reads better as it is."""
    if not rule or not is_open(said):
        return said
    found = legacy.rules()[rule].convert(said)
    return found if judge(found).good >= judge(said).good else said
