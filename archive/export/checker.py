"""KIEM-TRA.html: the page inside a bag that checks it in any browser, without a server and without a network."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from archive.messages import LANGUAGES, catalogue

NAME = "KIEM-TRA.html"
AREAS = {"export.check.": "", "export.found.": "found.", "export.kind.": "kind."}
"""Messages that the page says -> what stands for it there."""


@cache
def page(language: str) -> bytes:
    """The page with its sentences in both languages; it opens in `language`."""
    template = Path(__file__).with_name("checker.html").read_text(encoding="utf-8")
    words = {one: _words(one) for one in LANGUAGES}
    told = json.dumps(words, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")
    return template.replace("{language}", language).replace("{words}", told).encode()


def _words(language: str) -> dict[str, str]:
    return {
        short + code.removeprefix(area): said
        for code, said in catalogue(language).items()
        for area, short in AREAS.items()
        if code.startswith(area)
    }
