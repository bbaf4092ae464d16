"""Days that a spreadsheet may have read with day and month swapped: typed 05/03, kept as 3 May. Pure.

The sign: in one column every day it took for a day is one that can be swapped (both parts up to 12), and every one it
left as text is one that it could not take (25/03 has no month 25).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from archive.model import Finding
from ingest.snapshots.forms.register.layout import Layout, data_once
from ingest.snapshots.forms.register.rows import Entry

_TYPED = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]\d{2,4}")
_ENOUGH, _SHOWN = 3, 10


class Days:
    def __init__(self, table: str, layout: Layout) -> None:
        self._table = table
        self._fields = [field for field in layout.fields if field.key in data_once()["days"]["keys"]]
        self._real: dict[str, list[int]] = defaultdict(list)
        self._typed: dict[str, int] = defaultdict(int)
        self._cleared: set[str] = set()

    def add(self, entry: Entry) -> None:
        for field in self._fields:
            said = entry.cells.get(field.index, "")
            if field.index in entry.days:
                self._real[field.name].append(entry.line)
                clear = int(said[8:10] or 0) > 12
            elif typed := _TYPED.fullmatch(said):
                self._typed[field.name] += 1
                clear = int(typed[1]) <= 12
            else:
                continue
            if clear:
                self._cleared.add(field.name)

    def findings(self, file: str) -> Iterator[Finding]:
        for column, lines in self._real.items():
            enough = min(len(lines), self._typed[column]) >= _ENOUGH
            if enough and column not in self._cleared:
                shown = ", ".join(map(str, lines[:_SHOWN])) + (" …" if len(lines) > _SHOWN else "")
                values = {"table": self._table, "column": column, "count": str(len(lines)), "lines": shown}
                yield Finding("snapshot.register_swapped", file=file, values=values)
