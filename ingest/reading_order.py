"""Words of a page into lines and reading order: heading and foot column by column, tables cell by cell. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from archive.model import Box


@dataclass(frozen=True)
class Token:
    """A word as recognised, in working pixels. `line` is the recogniser's own line, any hashable key."""

    text: str
    box: Box
    confidence: float
    line: tuple[int, ...]


def arrange(tokens: list[Token]) -> list[list[Token]]:
    """Lines of words in reading order."""
    lines: dict[tuple[int, ...], list[Token]] = {}
    for token in tokens:
        lines.setdefault(token.line, []).append(token)
    return [sorted(line, key=lambda token: token.box[0]) for line in lines.values()]
