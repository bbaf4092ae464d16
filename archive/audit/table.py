"""Entries of the access log as plain values, and as a CSV table that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator

from archive.audit.entry import NAMES, Recorded

COLUMNS = ("number", *NAMES)


def plain(recorded: Recorded) -> dict[str, object]:
    """Column -> value; `detail` is a mapping."""
    return {"number": recorded.number, **{name: getattr(recorded.entry, name) for name in NAMES}}


def csv_lines(found: Iterable[Recorded]) -> Iterator[str]:
    """The table line by line, headings first."""
    yield _line(COLUMNS)
    for recorded in found:
        values = plain(recorded)
        values["detail"] = json.dumps(values["detail"], ensure_ascii=False, sort_keys=True)
        yield _line(_harmless(str(value)) for value in values.values())


def _line(cells: Iterable[str]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerow(cells)
    return written.getvalue()


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
