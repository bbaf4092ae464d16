"""The report as a workbook: one sheet each for summary, dossiers, refusals, duplicates and what to check.

Every cell is typed as text or number, so that no file name is ever run as a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from archive.messages import say
from ingest.reports.report import Report
from ingest.reports.words import Table, shown, tables

HEAD, SEVERE = PatternFill("solid", fgColor="1F4E79"), PatternFill("solid", fgColor="F8D7D4")
NARROWEST, WIDEST = 9, 70
"""Widths of columns, in characters."""


def render(report: Report, language: str) -> bytes:
    return workbook(tables(report, language), language)


def workbook(sheets: Iterable[Table], language: str) -> bytes:
    """Any tables, one on each sheet."""
    book = Workbook()
    book.remove(book.active)
    for table in sheets:
        _sheet(book.create_sheet(say(table.title, language)[:31]), table, language)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _sheet(page: Worksheet, table: Table, language: str) -> None:
    heads = [say(head, language) for head in table.heads]
    for column, head in enumerate(heads, start=1):
        cell = page.cell(1, column, head)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        right = "right" if table.is_numeric(column - 1) else None
        cell.alignment = Alignment(vertical="center", horizontal=right)
        said = [len(head) + 2, *(len(str(row[column - 1])) for row in table.rows)]
        page.column_dimensions[get_column_letter(column)].width = min(WIDEST, max(NARROWEST, *said) + 2)
    for line, row in enumerate(table.rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = page.cell(line, column)
            _fill(cell, value)
            if line - 2 in table.severe:
                cell.fill = SEVERE
    page.freeze_panes = "A2"
    page.auto_filter.ref = page.dimensions if table.rows else None
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:1"


def _fill(cell: Cell, value: object) -> None:
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, int | float):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("�", shown(value))
    cell.data_type = "s"
