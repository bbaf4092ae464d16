"""Every sentence a user reads, by code, in Vietnamese and English: vi/*.toml, en/*.toml.

One file per area (errors, refusals, ingest, web, ...), the same files in both languages. A test keeps both languages complete: the same codes, the same placeholders.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

LANGUAGES = ("vi", "en")


@cache
def catalogue(language: str) -> dict[str, str]:
    """All messages of one language, keys joined by dots."""
    rows: dict[str, str] = {}
    for file in sorted((Path(__file__).parent / language).glob("*.toml")):
        rows.update(_flatten("", tomllib.loads(file.read_text(encoding="utf-8"))))
    return rows


def _flatten(prefix: str, table: dict) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows += _flatten(f"{prefix}{key}.", value)
        else:
            # "text" names the sentence of a code that has children such as ".remedy"
            rows.append((prefix[:-1] if key == "text" else prefix + key, value))
    return rows


def say(code: str, /, language: str = "vi", **values: object) -> str:
    """The sentence for `code`, filled with `values`; the bare code when it has no sentence."""
    sentence = catalogue(language).get(code)
    if sentence is None:
        return code
    return sentence.format_map(_Blanks(values))


class _Blanks(dict):
    def __missing__(self, key: str) -> str:
        return "?"
