"""Entries of the access log as plain values, and as a CSV table that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive import cells
from archive.audit.entry import NAMES, Recorded
from archive.log_words import COLUMNS, LogWords
from archive.messages import say


def plain(recorded: Recorded) -> dict[str, object]:
    """Field -> value, for programs; `detail` is a mapping."""
    return {"number": recorded.number, **{name: getattr(recorded.entry, name) for name in NAMES}}


def csv_lines(found: Iterable[Recorded], words: LogWords) -> Iterator[str]:
    """The table in words, line by line, headings first."""
    yield cells.MARK + cells.line(say(f"audit.col.{name}", words.language) for name in COLUMNS)
    for recorded in found:
        yield cells.line(words.row(recorded))
