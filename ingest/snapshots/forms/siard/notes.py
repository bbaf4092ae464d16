"""Findings counted, not listed: a million bad cells of one column are one Finding with their number and the first row."""

from __future__ import annotations

from collections.abc import Iterator

from archive.model import Finding

_LOST = frozenset(
    f"snapshot.siard_{what}"
    for what in ("lob_missing", "lob_beside", "lob_digest", "lob_broken", "files_missing", "files_altered")
)
"""Something that was handed over is not there, or not what it was."""


class Notes:
    """What is wrong with one table, by code and column."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._found: dict[tuple[str, str], tuple[int, int, str]] = {}

    def add(self, code: str, column: str, row: int, detail: str = "") -> None:
        """`detail` is kept of the first only."""
        count, first, said = self._found.get((code, column), (0, row, detail))
        self._found[code, column] = (count + 1, first, said)

    def findings(self) -> Iterator[Finding]:
        for (code, column), (count, row, detail) in self._found.items():
            values = {
                "table": self._table,
                "column": column,
                "count": str(count),
                "row": str(row),
                "detail": detail[:200],
            }
            yield Finding(code, "error" if code in _LOST else "warning", values=values)
