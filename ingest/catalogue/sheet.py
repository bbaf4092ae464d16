"""The office's own list of its documents (mục lục): an .xlsx sheet -> rows.

The header row is looked for; column names are those of data/catalogue_columns.toml. What the sheet says wins
over what the machine read; the difference becomes a Finding (describe.py).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path, PurePosixPath
from xml.etree import ElementTree

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from archive import dates, text
from archive.errors import SourceRefused
from ingest.catalogue.columns import catalogue_names, heading
from ingest.catalogue.columns import data as columns_data
from ingest.grading import levels
from ingest.grading.grades import column_grade, grade, highest, says_open, whole_grade
from ingest.grading.levels import Stated

MAX_ROWS, MAX_COLUMNS, MAX_UNPACKED = 100_000, 200, 500 * 2**20
_HEADER_DEPTH = 40
_ERROR = re.compile(r"#[A-Z/0!?]+")
_CLOSING = ("secrecy", "access", "until")
"""Keys of the columns that can close a record: none may be overlooked, and there may be several of a kind."""
_NAMING = ("file", "ordinal", "dossier_code", "dossier_title")
"""Keys of the columns that tell which record a row closes: there they must be known, too."""
_BESIDE = " / "
"""Stands between what several columns of one kind say."""


@dataclass(frozen=True)
class Row:
    """One line of the sheet. `fields` uses the names of model.FIELD_NAMES; `grade` is its secrecy grade or "".

    `cleared`: the secrecy column says so clearly that there is no grade, or none any more, and nothing else states one.
    `access` is the cell as written, `level` what it means together with the day until which it holds.
    """

    sheet: str
    line: int
    ordinal: int | None = None
    file: str = ""
    dossier_code: str = ""
    dossier_title: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    pages: int | None = None
    grade: str = ""
    cleared: bool = False
    access: str = ""
    level: Stated = levels.NOTHING
    retention: str = ""
    note: str = ""
    describes_dossier: bool = False

    @property
    def restricts(self) -> bool:
        """Does it keep anybody from reading?"""
        return bool(self.grade) or self.level.restricts


# --------------------------------------------------------------------------- reading


def read(path: Path, name: str) -> list[Row]:
    """The rows of a sheet received as `name`. Raises SourceRefused: not an .xlsx, too large, no header found."""
    if PurePosixPath(name).suffix.lower() == ".xls":
        raise SourceRefused("refused.sheet_old")
    try:
        _check_size(path)
        rows = [row for table in _tables(path) for row in _rows(table, name)]
    except SourceRefused:
        raise
    except Exception as error:
        raise SourceRefused("refused.sheet_broken", reason=type(error).__name__) from error
    if not rows:
        raise SourceRefused("refused.sheet_no_header")
    return rows


@dataclass(frozen=True)
class _Table:
    """One page of a workbook: its lines of values, the same with formulas, and its merged areas.

    An area is (first line, last line, first column, last column), from 0, both ends inclusive.
    """

    lines: list[tuple]
    formulas: list[tuple]
    merged: list[tuple[int, int, int, int]]


def _tables(path: Path) -> list[_Table]:
    values, formulas = (
        openpyxl.load_workbook(path, read_only=True, data_only=flag) for flag in (True, False)
    )
    with closing(values), closing(formulas):
        return [
            _Table(_lines(page), _lines(twin), _merged(path, page))
            for page, twin in zip(values.worksheets, formulas.worksheets, strict=True)
        ]


def _lines(page) -> list[tuple]:
    """All lines, whatever size the file states. Raises SourceRefused when there are more than MAX_ROWS."""
    page.reset_dimensions()
    lines = []
    for number, cells in enumerate(page.iter_rows(max_col=MAX_COLUMNS, values_only=True)):
        if any(cell is not None for cell in cells):
            if number >= MAX_ROWS:
                raise SourceRefused("refused.sheet_too_large")
            lines += [()] * (number - len(lines)) + [cells]
    return lines


def _merged(path: Path, page) -> list[tuple[int, int, int, int]]:
    """The reader of large workbooks does not tell merged areas: they are read from the page's XML."""
    found = []
    with zipfile.ZipFile(path) as archive, archive.open(page._worksheet_path) as source:
        for _, element in ElementTree.iterparse(source):
            if element.tag.rpartition("}")[2] == "mergeCell":
                left, top, right, bottom = range_boundaries(element.get("ref"))
                found.append((top - 1, bottom - 1, left - 1, right - 1))
            element.clear()
    return found


def _check_size(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise SourceRefused("refused.sheet_too_large")


def _rows(table: _Table, name: str) -> Iterable[Row]:
    header, columns = _header(table.lines)
    if not columns:
        return
    documents = set(_data()["documents"]["columns"])
    of_dossiers = documents.isdisjoint(columns.values())
    closing_columns = {index for index, key in columns.items() if key in _CLOSING}
    naming_columns = {index for index, key in columns.items() if key in _NAMING}
    _check_known(table, range(header + 1, len(table.lines)), closing_columns)
    shared = _shared(table, header, closing_columns)
    for line, cells in enumerate(table.lines[header + 1 :], start=header + 1):
        values: dict[str, str] = {}
        for index, key in columns.items():
            if said := shared.get((line, index)) or (_plain(cells[index]) if index < len(cells) else ""):
                values[key] = f"{values[key]}{_BESIDE}{said}" if key in values else said
        if values and not _is_column_numbers(values):
            row = _row(values, name, line + 1, of_dossiers)
            if row.restricts and not row.file:
                _check_known(table, [line], naming_columns)
            yield row


def _check_known(table: _Table, lines: Iterable[int], columns: Iterable[int]) -> None:
    """Raises SourceRefused when what a cell of these lines and columns says was never computed, or is an error."""
    for line in lines:
        cells, written = table.lines[line], table.formulas[line] if line < len(table.formulas) else ()
        for index in set(columns) & set(range(len(written))):
            if _is_unknown(cells[index] if index < len(cells) else None, written[index]):
                raise SourceRefused("refused.sheet_formula")


def _is_unknown(value: object, written: object) -> bool:
    formula = isinstance(written, ArrayFormula | DataTableFormula) or (
        isinstance(written, str) and written.startswith("=")
    )
    return (formula and value is None) or (isinstance(value, str) and bool(_ERROR.fullmatch(value)))


def _shared(table: _Table, header: int, columns: set[int]) -> dict[tuple[int, int], str]:
    """(line, column) -> what a merged cell of these columns says for all its lines."""
    found = {}
    for top, bottom, left, right in table.merged:
        said = (
            _plain(table.lines[top][left]) if top < len(table.lines) and left < len(table.lines[top]) else ""
        )
        if top > header and said:
            lines = range(top, min(bottom, len(table.lines) - 1) + 1)
            found |= {
                (line, index): said for line in lines for index in columns & set(range(left, right + 1))
            }
    return found


def _is_column_numbers(values: dict[str, str]) -> bool:
    """The line under a printed heading that numbers the columns: (1), (2), (3) …"""
    return len(values) > 2 and all(re.fullmatch(r"\(?\d{1,2}\)?", value) for value in values.values())


def _header(table: Sequence[tuple]) -> tuple[int, dict[int, str]]:
    """(index of the header row, column index -> key); the row with most known names, at least two."""
    best: tuple[int, dict[int, str]] = (0, {})
    for number, cells in enumerate(table[:_HEADER_DEPTH]):
        columns: dict[int, str] = {}
        for index, cell in enumerate(cells):
            key = catalogue_names().get(heading(_plain(cell)))
            if key and (key in _CLOSING or key not in columns.values()):
                columns[index] = key
        if len(columns) > max(1, len(best[1])):
            best = (number, columns)
    if best[1]:
        _check_headings(table[best[0]])
    return best


def _check_headings(cells: tuple) -> None:
    """Raises SourceRefused for a column that seems to say who may read, under a name nobody knows."""
    telling = [f" {heading(word)} " for word in _data()["telling"]["words"]]
    for said in map(_plain, cells):
        name = heading(said)
        if name not in catalogue_names() and any(word in f" {name} " for word in telling):
            raise SourceRefused("refused.sheet_column", column=said)


def _row(values: dict[str, str], sheet: str, line: int, of_dossiers: bool) -> Row:
    fields = {
        key: values[key]
        for key in ("code", "type_name", "subject", "issuer", "signer", "signer_position")
        if key in values
    }
    number, notation = values.get("code_number", ""), values.get("code_notation", "")
    if "code" not in fields and number and notation:
        fields["code"] = f"{number}/{notation}"
    if issued := dates.parse(values.get("issued_date", "")):
        fields["issued_date"] = issued
    cells = [cell for cell in values.get("secrecy", "").split(_BESIDE) if cell.strip()]
    beside = highest(
        *map(grade, values.get("access", "").split(_BESIDE)), whole_grade(values.get("note", ""))
    )
    secrecy = highest(*map(column_grade, cells), beside)
    cleared = bool(cells) and all(map(says_open, cells)) and not beside
    access, until = values.get("access", ""), values.get("until", "")
    ordinal, pages = (re.match(r"\d+", values.get(key, "")) for key in ("ordinal", "pages"))
    return Row(
        sheet=sheet,
        line=line,
        ordinal=int(ordinal[0]) if ordinal else None,
        file=values.get("file", ""),
        dossier_code=values.get("dossier_code", ""),
        dossier_title=values.get("dossier_title", ""),
        fields=fields,
        pages=int(pages[0]) if pages else None,
        grade=secrecy,
        cleared=cleared,
        access=access,
        level=levels.NOTHING if secrecy and not cleared else levels.stated(access, until),
        retention=values.get("retention", ""),
        note=values.get("note", ""),
        describes_dossier=of_dossiers,
    )


def _plain(cell: object) -> str:
    """A cell as clean text; dates as ISO, whole numbers without a fraction, spreadsheet errors as nothing."""
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    said = " ".join(text.clean(str(cell)).split())
    return "" if _ERROR.fullmatch(said) else said


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    return columns_data("catalogue")
