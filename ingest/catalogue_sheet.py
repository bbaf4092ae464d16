"""The office's own list of its documents (mục lục): an .xlsx sheet -> rows, and which row describes which item.

The header row is looked for; column names are those of data/catalogue_columns.toml. What the sheet says wins
over what the machine read; the difference becomes a Finding (describe.py).
"""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections import defaultdict
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

from archive import dates, ids, text
from archive.errors import SourceRefused
from archive.model import Finding
from ingest.folder import PlannedDossier, composed

MAX_ROWS, MAX_COLUMNS, MAX_UNPACKED = 100_000, 200, 500 * 2**20
_HEADER_DEPTH = 40
_ERROR = re.compile(r"#[A-Z/0!?]+")


@dataclass(frozen=True)
class Row:
    """One line of the sheet. `fields` uses the names of model.FIELD_NAMES; `grade` is its secrecy grade or ""."""

    sheet: str
    line: int
    ordinal: int | None = None
    file: str = ""
    dossier_code: str = ""
    dossier_title: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    pages: int | None = None
    grade: str = ""
    access: str = ""
    retention: str = ""
    note: str = ""
    describes_dossier: bool = False


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
    closing_columns = {index for index, key in columns.items() if key in ("secrecy", "access")}
    _check_known(table, header, closing_columns)
    shared = _shared(table, header, closing_columns)
    for line, cells in enumerate(table.lines[header + 1 :], start=header + 1):
        values = {
            key: said
            for index, key in columns.items()
            if (said := shared.get((line, index)) or (_plain(cells[index]) if index < len(cells) else ""))
        }
        if values and not _is_column_numbers(values):
            yield _row(values, name, line + 1, of_dossiers)


def _check_known(table: _Table, header: int, columns: set[int]) -> None:
    """Raises SourceRefused when what a secrecy column says was never computed, or is an error."""
    for cells, written in zip(table.lines[header + 1 :], table.formulas[header + 1 :], strict=False):
        for index in columns & set(range(len(written))):
            value = cells[index] if index < len(cells) else None
            formula = isinstance(written[index], str | ArrayFormula | DataTableFormula) and (
                not isinstance(written[index], str) or written[index].startswith("=")
            )
            if (formula and value is None) or (isinstance(value, str) and _ERROR.fullmatch(value)):
                raise SourceRefused("refused.sheet_formula")


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
            key = _names().get(_heading(_plain(cell)))
            if key and key not in columns.values():
                columns[index] = key
        if len(columns) > max(1, len(best[1])):
            best = (number, columns)
    return best


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
        grade=grade(values.get("secrecy", ""))
        or grade(values.get("access", ""))
        or _whole_grade(values.get("note", "")),
        access=values.get("access", ""),
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
    return tomllib.loads(
        (Path(__file__).parent / "data" / "catalogue_columns.toml").read_text(encoding="utf-8")
    )


@cache
def _names() -> dict[str, str]:
    return {_heading(name): key for key, names in _data()["columns"].items() for name in names}


def _heading(said: str) -> str:
    return " ".join(text.words(text.fold(text.clean(said))))


GRADES = ("Tuyệt mật", "Tối mật", "Mật")
"""Secrecy grades, highest first (Luật Bảo vệ bí mật nhà nước 29/2018/QH14, Điều 8)."""

UNKNOWN = "chưa rõ"
"""Stands for the grade of a document withheld because a page with a stamp could not be read."""


def grade(said: str) -> str:
    """The secrecy grade a cell states, "" for none.

    Only "không mật", "đã giải mật" and a bare "giải mật" say that there is none; "chưa giải mật" or a year in
    which it ends leave the grade as it is.
    """
    lowered = text.exact(text.clean(said)).strip(" .")
    lifted = re.search(r"\bđã giải mật\b", lowered) and not re.search(r"\bchưa\b", lowered)
    if lifted or lowered == "giải mật":
        return ""
    stated = re.sub(r"\bkhông mật\b", " ", lowered)
    found = next((name for name in GRADES if re.search(rf"\b{name.lower()}\b", stated)), "")
    return found or _whole_grade(said)


def highest(*grades: str) -> str:
    """The highest of some grades, "" when there is none."""
    return min(filter(None, grades), key=(*GRADES, UNKNOWN).index, default="")


def _whole_grade(said: str) -> str:
    """The grade when the cell says nothing else, marks or not."""
    plain = _heading(said)
    return next((name for name in GRADES if text.fold(name) == plain), "")


# --------------------------------------------------------------------------- which row for which item


@dataclass(frozen=True)
class Match:
    """Rows of one dossier: item position -> row, the dossier's own row, and what does not fit together.

    `about` are all rows that speak of an item, the chosen one and any other; `grade` is stated for the dossier.
    """

    rows: dict[int, Row]
    dossier: Row | None
    findings: tuple[Finding, ...]
    about: dict[int, tuple[Row, ...]] = field(default_factory=dict)
    grade: str = ""

    def grade_of(self, position: int) -> str:
        """The highest secrecy grade any row states for the item or for its whole dossier, "" for none."""
        return highest(self.grade, *(row.grade for row in self.about.get(position, ())))


def assign(rows: Iterable[Row], dossiers: Sequence[PlannedDossier]) -> tuple[dict[str, list[Row]], list[Row]]:
    """(dossier code -> its rows, rows of no dossier).

    A row belongs where its sheet lies, else to the dossier it names, else to the one that has its file. A file
    name found in several dossiers tells nothing, unless the row says secret: then it holds for all of them.
    """
    sheets = {sheet: {dossier.code} for dossier in dossiers for sheet in dossier.sheets}
    names: dict[str, set[str]] = defaultdict(set)
    files: dict[str, set[str]] = defaultdict(set)
    for dossier in dossiers:
        for value in (dossier.code, dossier.title, dossier.folder):
            names[_same(value)].add(dossier.code)
        for key in {key for item in dossier.items for name in item.files for key in _known_as(name)}:
            files[key].add(dossier.code)
    assigned: dict[str, list[Row]] = defaultdict(list)
    homeless = []
    for row in rows:
        named = [names.get(_same(value), set()) for value in (row.dossier_code, row.dossier_title) if value]
        having = files.get(_key(row.file), set())
        candidates = sheets.get(row.sheet) or set().union(*named) or having
        if row.grade and not candidates & having:
            candidates = candidates | having
        if len(candidates) != 1 and not row.grade:
            candidates = set()
        for code in candidates:
            assigned[code].append(row)
        if not candidates:
            homeless.append(row)
    return assigned, homeless


def match(rows: Sequence[Row], dossier: PlannedDossier, absent: Iterable[str] = ()) -> Match:
    """Pair a dossier's rows with its items, by file name, else by ordinal, else by order.

    `absent` names files that were received but refused.
    """
    whole = [row for row in rows if row.describes_dossier]
    listed = [row for row in rows if not row.describes_dossier]
    named, numbered = _naming(listed, dossier), _numbering(listed, dossier)
    pairs = _pairs(named, numbered)
    if not pairs and len(listed) == len(dossier.items) and not any(row.file for row in listed):
        pairs = {place: place for place in range(len(listed))}  # no names: the list follows the files' order
    about = {}
    for position in range(len(dossier.items)):
        paired = [pairs[position]] if position in pairs else []
        lines = {*named[position], *numbered[position], *paired}
        about[position] = tuple(listed[number] for number in sorted(lines))
    chosen = {position: listed[number] for position, number in pairs.items()}
    taken = set(pairs.values())
    left = [row for number, row in enumerate(listed) if number not in taken]
    findings = _misfits(left, bool(listed), chosen, dossier, absent)
    return Match(
        chosen, next(iter(whole), None), tuple(findings), about, highest(*(row.grade for row in whole))
    )


def _pairs(*tests: list[list[int]]) -> dict[int, int]:
    """Item position -> number of its row: the first of its candidates that no other item has taken."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for candidates in tests:
        for position, numbers in enumerate(candidates):
            number = next((one for one in numbers if one not in taken), None)
            if position not in pairs and number is not None:
                pairs[position] = number
                taken.add(number)
    return pairs


def _naming(rows: Sequence[Row], dossier: PlannedDossier) -> list[list[int]]:
    """For each item the rows whose file is one of its files, its stem, its folder, or its numbered names' stem."""
    by_name = defaultdict(list)
    for number, row in enumerate(rows):
        by_name[_key(row.file)].append(number)
    known = [{key for name in item.files for key in _known_as(name)} - {""} for item in dossier.items]
    return [sorted(number for key in keys for number in by_name.get(key, ())) for keys in known]


def _numbering(rows: Sequence[Row], dossier: PlannedDossier) -> list[list[int]]:
    """For each item the rows without a file name that have its ordinal."""
    by_ordinal = defaultdict(list)
    for number, row in enumerate(rows):
        if row.ordinal is not None and not row.file:
            by_ordinal[row.ordinal].append(number)
    return [by_ordinal.get(item.ordinal, []) for item in dossier.items]


def _misfits(
    left: Sequence[Row],
    listed: bool,
    pairs: dict[int, Row],
    dossier: PlannedDossier,
    absent: Iterable[str],
) -> list[Finding]:
    """Rows left over whose file did not come at all, and items no row describes."""
    gone = {key for name in absent for key in _known_as(name)}
    found = [_no_file(row) for row in left if _key(row.file) not in gone]
    if listed:
        missing = [item for position, item in enumerate(dossier.items) if position not in pairs]
        found += [Finding("catalogue.no_row", file=item.files[0]) for item in missing]
    return found


def _no_file(row: Row) -> Finding:
    said = "" if row.grade else row.file or row.fields.get("code", "")
    return Finding(
        "catalogue.no_file", values={"sheet": row.sheet, "line": str(row.line), "name": said or "—"}
    )


@cache
def _known_as(name: str) -> frozenset[str]:
    path = PurePosixPath(_key(name))
    stem = path.stem
    numberless = re.sub(r"[\s_.(-]*\d+\)?$", "", stem)
    inner = path.parent.name if len(path.parts) > 2 else ""
    return frozenset({str(path), "/".join(path.parts[1:]), path.name, stem, numberless, inner} - {"", "."})


def _key(name: str) -> str:
    return composed(name).replace("\\", "/").strip().strip("/").casefold()


def _same(value: str) -> str:
    return ids.dossier_code(value).casefold() if value.strip() else ""
