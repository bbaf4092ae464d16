"""Tables people make: CSV and XLSX as named tables of text cells. Every cell keeps its row number."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from datetime import date, datetime

import openpyxl

from archive import text
from archive.errors import UsageError

_LARGEST = 20 * 2**20
_MOST_ROWS = 100_000


@dataclass(frozen=True)
class Table:
    """One table: its name and its rows as (row number from 1, cells)."""

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def read(name: str, content: bytes) -> list[Table]:
    """The tables of a .csv or .xlsx file. Raises UsageError for anything else and for what is too large."""
    if len(content) > _LARGEST:
        raise UsageError("units.table_large", file=name)
    if content[:2] == b"PK":
        return _workbook(name, content)
    return [Table("", _numbered(_delimited(name, _decoded(name, content))))]


def heading(value: str) -> str:
    """A heading as headings are compared: no case, marks, signs or doubled spaces."""
    return " ".join(re.findall(r"\w+", text.fold(text.clean(value))))


def _decoded(name: str, content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        decoded = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError("units.table_encoding", file=name) from error
    if "\0" in decoded:
        raise UsageError("units.table_kind", file=name)
    return decoded


def _delimited(name: str, content: str) -> list[list[str]]:
    first = content.partition("\n")[0]
    sign = max(",;\t", key=first.count)
    try:
        return list(csv.reader(io.StringIO(content, newline=""), delimiter=sign))
    except csv.Error as error:
        raise UsageError("units.table_kind", file=name) from error


def _workbook(name: str, content: bytes) -> list[Table]:
    try:
        _within_bounds(name, content)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        return [
            Table(
                sheet.title,
                _numbered([_shown(value) for value in row] for row in sheet.iter_rows(values_only=True)),
            )
            for sheet in book.worksheets
        ]
    except UsageError:
        raise
    except Exception as error:  # a damaged workbook fails in whatever way the zip and XML readers below fail
        raise UsageError("units.table_kind", file=name) from error


def _within_bounds(name: str, content: bytes) -> None:
    """A workbook may unpack to ten times what any register needs, not more."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(member.file_size for member in packed.infolist()) > 10 * _LARGEST:
            raise UsageError("units.table_large", file=name)


def _numbered(rows) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Rows with something in them, numbered as the sheet shows them."""
    kept = []
    for number, row in enumerate(rows, 1):
        if number > _MOST_ROWS:
            raise UsageError("units.table_large", file="")
        cells = tuple(text.clean(cell).strip() for cell in row)
        if any(cells):
            kept.append((number, cells))
    return tuple(kept)


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
