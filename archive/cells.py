"""Cells of CSV tables that no spreadsheet takes for a formula, and the way back. Pure.

A cell that begins with = + - @ (narrow or wide), tab, carriage return, line feed or an apostrophe gets one apostrophe in
front. Read back: a cell that begins with an apostrophe loses one. So every text comes back as it was.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

MARK = "\ufeff"
"""Tells spreadsheet programs that a table is in UTF-8."""
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_RISKY) else cell


def plain(cell: str) -> str:
    """The inverse of `guarded`."""
    return cell.removeprefix("'")


def line(cells: Iterable[object]) -> str:
    """One line of a CSV table (RFC 4180), its cells guarded."""
    written = io.StringIO(newline="")
    csv.writer(written).writerow([guarded(str(cell)) for cell in cells])
    return written.getvalue()
