"""An archivist's sheet as rows for `changes.apply`, and the template to fill. Columns and words are in sheet.toml."""

from __future__ import annotations

import dataclasses
import io
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from archive import dates
from archive.model import Finding
from archive.units.changes import EMPTY, KINDS, Row, SheetRefused
from archive.units.tables import Table, heading, read

_DAYS = ("day", "valid_from", "valid_to")
_NUMBERS = ("first_year", "last_year", "confidence")


@dataclass
class Sheet:
    """What could be read of a sheet, what could not, and every cell of the rows that could not."""

    rows: list[Row] = dataclasses.field(default_factory=list)
    problems: list[Finding] = dataclasses.field(default_factory=list)
    lost: set[str] = dataclasses.field(default_factory=set)

    def refused(self, carried_out: Sequence[Finding] = ()) -> SheetRefused:
        """With the problems of carrying it out, but not those that only follow from a row that could not be read."""
        own = [one for one in carried_out if one.code != _UNKNOWN or one.values.get("value") not in self.lost]
        found = sorted([*self.problems, *own], key=lambda one: (one.file or "", one.page or 0))
        return SheetRefused(found)


_UNKNOWN = "units.row.unknown_unit"


def rows(name: str, content: bytes) -> list[Row]:
    """Every row of a CSV or XLSX file. Raises SheetRefused with all problems, UsageError for no table at all."""
    found = parsed(name, content)
    if found.problems:
        raise found.refused()
    return found.rows


def parsed(name: str, content: bytes) -> Sheet:
    """A CSV or XLSX file, whatever problems it has. Raises UsageError for no table at all."""
    found = Sheet()
    for table in read(name, content):
        found.rows += _table(table, found)
    if not found.rows and not found.problems:
        found.problems.append(Finding("units.sheet_empty", "error"))
    return found


def _table(table: Table, found: Sheet) -> Iterator[Row]:
    kind = _kind_named(table.name)
    head = next((place for place, (_, cells) in enumerate(table.rows) if _is_head(cells, kind)), None)
    if head is None:
        if table.rows and heading(table.name) != heading(_spec()["guide"]):
            found.problems.append(Finding("units.row.no_headings", "error", table.name, table.rows[0][0]))
        return
    columns = [heading(cell) for cell in table.rows[head][1]]
    for number, cells in table.rows[head + 1 :]:
        values = {column: cell for column, cell in zip(columns, cells, strict=False) if column and cell}
        try:
            yield _row(kind, values, table.name, number)
        except _Bad as bad:
            found.problems.append(Finding(bad.code, "error", table.name, number, bad.values))
            found.lost |= set(cells)


class _Bad(Exception):
    def __init__(self, code: str, **values: str) -> None:
        self.code, self.values = code, values


def _is_head(cells: tuple[str, ...], kind: str) -> bool:
    """The row of headings: every column this kind needs, or the column that says the kind."""
    found = {heading(cell) for cell in cells}
    if not kind:
        return not found.isdisjoint(_kind_headings())
    return all(found & set(_headings(kind, field)) for field in _spec()[kind]["required"])


def _row(kind: str, values: dict[str, str], sheet: str, number: int) -> Row:
    if not kind:
        said = next((values[name] for name in _kind_headings() if name in values), "")
        kind = _kind_named(said)
        if not kind:
            raise _Bad(
                "units.row.kind", value=said, kinds=", ".join(_spec()[one]["names"][0] for one in KINDS)
            )
    given = {
        field: _cleaned(kind, field, written)
        for field in _spec()[kind]["columns"]
        if (written := next((values[name] for name in _headings(kind, field) if name in values), ""))
    }
    for field in _spec()[kind]["required"]:
        if not given.get(field):
            raise _Bad("units.row.missing", column=_spec()[kind]["columns"][field][0])
    return Row(kind, number, sheet, given)


def _cleaned(kind: str, field: str, written: str) -> str:
    """The value in the words of the program. Formulas are refused: what they say depends on who opens them."""
    if written.startswith("="):
        raise _Bad("units.row.formula", value=written[:40])
    if written == EMPTY:
        return EMPTY
    if field in _DAYS:
        day = dates.parse(written)
        if len(day) != len("2025-07-01"):
            raise _Bad("units.row.day", value=written)
        return day
    if field in _NUMBERS:
        return _number(field, written)
    words = _spec()[kind].get("words", {}).get(field)
    return _word(words, written) if words else written


def _number(field: str, written: str) -> str:
    try:
        value = float(written.replace(",", ".").rstrip("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        raise _Bad("units.row.number", value=written) from None
    fits = 0 <= value <= 1 if field == "confidence" else 1000 <= value <= 9999 and value.is_integer()
    if not fits:
        raise _Bad("units.row.number", value=written)
    return str(value) if field == "confidence" else str(int(value))


def _word(words: dict[str, str], written: str) -> str:
    known = {heading(meant): meant for meant in words.values()}
    known |= {heading(word): meant for word, meant in words.items()}
    if heading(written) in known:
        return known[heading(written)]
    raise _Bad("units.row.word", value=written, words=", ".join(words))


def template() -> bytes:
    """An XLSX to fill: one sheet for each kind of row with its headings, and a guide with an example and the words."""
    book = Workbook()
    guide = book.active
    guide.title = _spec()["guide"]
    for kind in KINDS:
        spec = _spec()[kind]
        headings = [names[0] for names in spec["columns"].values()]
        _headed(book.create_sheet(spec["names"][0]), headings)
        guide.append([spec["names"][0], spec["what"]])
        guide.append(["", *headings])
        guide.append(["", *spec["example"]])
        for field, words in spec.get("words", {}).items():
            guide.append(["", f"{spec['columns'][field][0]}: {', '.join(words)}"])
        guide.append([])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def filled(rows: Sequence[Row]) -> bytes:
    """An XLSX with these rows, of the form that `rows` reads."""
    book = Workbook()
    book.remove(book.active)
    for kind in sorted({row.kind for row in rows}, key=KINDS.index) or KINDS[:1]:
        spec = _spec()[kind]
        sheet = book.create_sheet(spec["names"][0])
        _headed(sheet, [names[0] for names in spec["columns"].values()])
        for row in rows:
            if row.kind == kind:
                sheet.append([_written(spec, field, row.values.get(field, "")) for field in spec["columns"]])
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _written(spec: dict, field: str, value: str) -> str:
    """The value as an archivist writes it."""
    words = {meant: word for word, meant in reversed(spec.get("words", {}).get(field, {}).items())}
    return dates.shown(value) if field in _DAYS else words.get(value, value)


def _headed(sheet: Worksheet, headings: list[str]) -> None:
    sheet.append(headings)
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = max(14, len(cell.value) + 4)


@cache
def _spec() -> dict:
    return tomllib.loads(Path(__file__).with_name("sheet.toml").read_text(encoding="utf-8"))


@cache
def _headings(kind: str, field: str) -> tuple[str, ...]:
    return tuple(map(heading, _spec()[kind]["columns"][field]))


@cache
def _kind_headings() -> tuple[str, ...]:
    return tuple(map(heading, _spec()["kind_column"]))


@cache
def _kind_named(said: str) -> str:
    """The kind of rows with this name, "" when there is none."""
    return next(
        (kind for kind in KINDS if heading(said) in map(heading, [*_spec()[kind]["names"], kind])), ""
    )
