"""The list of officials as a sheet: its rows read under whatever headings issue.toml knows, and a form to fill. Pure."""

from __future__ import annotations

import io
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

from archive.units.tables import Table, heading

NEEDED = ("full_name", "unit")
Row = tuple[int, dict[str, str]]
"""Row number as the sheet shows it, and column -> cell of what is filled in."""


def rows(tables: Iterable[Table]) -> Iterator[Row] | None:
    """The rows below the headings of each table; None when no table has our headings."""
    headed = [
        (table, head)
        for table in tables
        if (head := next((place for place, (_, cells) in enumerate(table.rows) if _is_head(cells)), None))
        is not None
    ]
    return (row for table, head in headed for row in _below(table, head)) if headed else None


def _below(table: Table, head: int) -> Iterator[Row]:
    columns = _columns(table.rows[head][1])
    for number, cells in table.rows[head + 1 :]:
        values = {name: cell for name, cell in zip(columns, cells, strict=False) if name and cell}
        if values.keys() & {"full_name", "account", "unit"}:  # else a signature or a note below the list
            yield number, values


def _is_head(cells: Sequence[str]) -> bool:
    return set(NEEDED) <= set(_columns(cells))


def _columns(cells: Sequence[str]) -> list[str]:
    named = {word: column for column, known in words("headings").items() for word in known}
    return [named.get(heading(cell), "") for cell in cells]


def template() -> bytes:
    """An XLSX to fill in: the headings, and a second sheet that tells of each column with an example."""
    book, packed = Workbook(), io.BytesIO()
    columns = {name: known[0] for name, known in _spec()["headings"].items()}
    book.active.title = _spec()["template"]["title"]
    book.active.append([written[0].upper() + written[1:] for written in columns.values()])
    guide = book.create_sheet(_spec()["template"]["guide"])
    for name, (example, told) in _spec()["template"]["columns"].items():
        guide.append([columns[name], example, told])
    guide.append([columns["role"], "", "; ".join(known[0] for known in _spec()["roles"].values())])
    for sheet, width in ((book.active, 22), (guide, 40)):
        for cell in sheet[1]:
            sheet.column_dimensions[cell.column_letter].width = width
    for cell in book.active[1]:
        cell.font = Font(bold=True)
    book.save(packed)
    return packed.getvalue()


@cache
def words(table: str) -> dict[str, tuple[str, ...]]:
    """Of one table of issue.toml: name -> the words for it, as headings are compared."""
    return {name: tuple(heading(word) for word in known) for name, known in _spec()[table].items()}


@cache
def _spec() -> dict:
    return tomllib.loads(Path(__file__).with_name("issue.toml").read_text(encoding="utf-8"))
