"""Entries of the access log as plain values, and as a CSV table that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from archive.audit.entry import NAMES, Recorded
from archive.log_words import COLUMNS, LogWords
from archive.messages import say

MARK = "\ufeff"
"""Tells spreadsheet programs that the table is in UTF-8."""


def plain(recorded: Recorded) -> dict[str, object]:
    """Field -> value, for programs; `detail` is a mapping."""
    return {"number": recorded.number, **{name: getattr(recorded.entry, name) for name in NAMES}}


def csv_lines(found: Iterable[Recorded], words: LogWords) -> Iterator[str]:
    """The table in words, line by line, headings first."""
    yield MARK + _line(say(f"audit.col.{name}", words.language) for name in COLUMNS)
    for recorded in found:
        yield _line(map(_harmless, words.row(recorded)))


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
