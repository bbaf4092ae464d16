"""Writes what a system held as registers in .xlsx: one workbook a table, its columns' names as the heading; files beside.

`dirt` plants what clerks' own sheets have; each kind of it leads to a Finding or is read as it was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from samples.systems.model import Kept, Made, MadeTable

_FIRST_DAY = date(1899, 12, 30)


@dataclass(frozen=True)
class Dirt:
    """Rows count from 1. `groups`: upper heading -> the columns it stands over.

    `merged`: (column, first row, last row) that share one cell; `twice`: rows that have the number of the row before in
    `number`; `lettered`: rows whose number gets an "a"; `typed`: every so many rows days are text; `serial`: rows whose
    days are bare numbers; `sections`: sub-heading before a row; `linked`: this column's cells are HYPERLINK formulas.
    """

    title: Sequence[str] = ()
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    merged: tuple[tuple[str, int, int], ...] = ()
    number: str = ""
    twice: frozenset[int] = frozenset()
    lettered: frozenset[int] = frozenset()
    typed: int = 0
    serial: frozenset[int] = frozenset()
    sections: tuple[tuple[int, str], ...] = ()
    empty: frozenset[int] = frozenset()
    linked: str = ""


CLEAN = Dirt()


def write(made: Made, path: Path, dirt: Dirt = CLEAN) -> None:
    """A folder: <table>.xlsx for every table, and the files under their own paths."""
    path.mkdir(parents=True, exist_ok=True)
    for name, table in made.tables.items():
        book = Workbook()
        _sheet(book.active, table, dirt)
        book.save(path / f"{name}.xlsx")
    for name, held in made.files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(held)


def _sheet(sheet: Worksheet, table: MadeTable, dirt: Dirt) -> None:
    columns = list(table.columns)
    sheet.title = "Sổ"
    for line in dirt.title:
        sheet.append([line])
        sheet.merge_cells(
            start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=len(columns)
        )
    _heading(sheet, columns, dirt)
    lines = [_row(sheet, row, number, columns, dirt) for number, row in enumerate(_numbered(table, dirt), 1)]
    for column, first, last in dirt.merged:
        at = columns.index(column) + 1
        sheet.merge_cells(start_row=lines[first - 1], end_row=lines[last - 1], start_column=at, end_column=at)


def _heading(sheet: Worksheet, columns: list[str], dirt: Dirt) -> None:
    top = sheet.max_row + 1 if dirt.title else 1
    over = {column: group for group, members in dirt.groups for column in members}
    for at, column in enumerate(columns, 1):
        sheet.cell(top + bool(column in over), at, column)
        if dirt.groups and column not in over:
            sheet.merge_cells(start_row=top, end_row=top + 1, start_column=at, end_column=at)
    for group, members in dirt.groups:
        places = [columns.index(column) + 1 for column in members]
        sheet.cell(top, places[0], group)
        sheet.merge_cells(start_row=top, end_row=top, start_column=places[0], end_column=places[-1])


def _numbered(table: MadeTable, dirt: Dirt) -> Iterable[list[Kept]]:
    before: Kept = None
    at = list(table.columns).index(dirt.number) if dirt.number else -1
    for number, kept in enumerate(table.rows, 1):
        row = list(kept)
        if number in dirt.twice:
            row[at] = before
        elif number in dirt.lettered:
            row[at] = f"{row[at]}a"
        before = row[at]
        yield row


def _row(sheet: Worksheet, row: list[Kept], number: int, columns: list[str], dirt: Dirt) -> int:
    """The line it was written to."""
    line = sheet.max_row + 1 + (number in dirt.empty)
    for before, said in dirt.sections:
        if before == number:
            sheet.cell(line, 1, said)
            line += 1
    for at, (name, cell) in enumerate(zip(columns, row, strict=True), 1):
        sheet.cell(line, at, _cell(cell, number, name, dirt))
    return line


def _cell(cell: Kept, number: int, name: str, dirt: Dirt) -> object:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        if number in dirt.serial:
            return (cell - _FIRST_DAY) // timedelta(days=1)
        if dirt.typed and number % dirt.typed == 0:
            return f"{cell:%d/%m/%Y}"
    if name == dirt.linked and cell:
        return f'=HYPERLINK("{cell}","{cell}")'
    return None if isinstance(cell, bytes) else cell
