"""The work list as a workbook to fill in, and what was filled in. Image and value side by side; nothing in it is computed.

Only decision, right value and nothing else can be written to; the last column holds the key that tells whether the archive
still is as it was when the sheet was made. Raises UsageError for a file that is no such workbook.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.drawing.image import Image as Picture
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from archive import text, wording
from archive.errors import UsageError
from archive.messages import LANGUAGES, say
from archive.review.entries import Entry
from ingest.reports.words import explain, shown
from ingest.review.corrections import DECISIONS, Row

COLUMNS = {
    "record": 24, "page": 7, "image": 52, "what": 16, "why": 38, "todo": 34, "value": 36, "confidence": 9,
    "decision": 14, "answer": 40, "key": 30,
}  # fmt: skip
"""Column -> width in characters; the heading of each is the message `review.head.<column>`."""
OPEN = ("decision", "answer")
HEAD, ASKED = PatternFill("solid", fgColor="1F4E79"), PatternFill("solid", fgColor="FFF8DC")
POINTS_A_PIXEL = 0.75
MOST_ROWS, MOST_BYTES = 100_000, 512 * 2**20


def write(rows: Sequence[tuple[Entry, bytes | None]], language: str) -> bytes:
    """`rows`: entries, each with a JPEG of the place it speaks of."""
    book = Workbook()
    _guide(book.active, language)
    page = book.create_sheet(say("review.sheet.list", language))
    _heads(page, language)
    for line, (entry, image) in enumerate(rows, 2):
        for column, value in enumerate(_cells(entry, language), 1):
            write_text(page.cell(line, column), value)
        if image:
            _picture(page, line, image)
    _locked(page, len(rows) + 1, language)
    book.active = 1
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _guide(page: Worksheet, language: str) -> None:
    page.title = say("review.sheet.guide", language)
    page.column_dimensions["A"].width = 24
    page.column_dimensions["B"].width = 90
    rows = [("", say("review.guide.intro", language))]
    rows += [(decision_word(one, language), say(f"review.guide.{_code(one)}", language)) for one in DECISIONS]
    for line, row in enumerate([*rows, ("", say("review.guide.back", language))], 1):
        for column, value in enumerate(row, 1):
            write_text(page.cell(line, column), value)
        page.cell(line, 1).font = Font(bold=True)
    page.protection.sheet = True
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True


def _heads(page: Worksheet, language: str) -> None:
    for number, (column, width) in enumerate(COLUMNS.items(), 1):
        cell = page.cell(1, number, say(f"review.head.{column}", language))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="center")
        page.column_dimensions[cell.column_letter].width = width
    page.column_dimensions[cell.column_letter].hidden = True  # the key, which stands last
    page.freeze_panes = "B2"


def _cells(entry: Entry, language: str) -> list[str]:
    confidence = "" if entry.confidence is None else str(round(entry.confidence))
    why = explain(entry.why.code, entry.why.values, language)
    value = wording.value_shown(entry.what, entry.value) if entry.kind == "field" else entry.why.file or ""
    key = f"{entry.kind} {entry.what} {entry.key}"
    page = str(entry.page or "")
    named = named_what(entry, language)
    return [entry.record, page, "", named, why, say(entry.todo, language), value, confidence, "", "", key]


def named_what(entry: Entry, language: str) -> str:
    """What an entry is about, in a word or two."""
    code = f"field.{entry.what}" if entry.kind == "field" else f"review.kind.{entry.kind}"
    return say(code, language)


def write_text(cell: Cell, value: str) -> None:
    """A cell that is text whatever it says."""
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", shown(value))
    cell.data_type, cell.number_format = "s", "@"
    cell.alignment = Alignment(wrap_text=True, vertical="top")


def _picture(page: Worksheet, line: int, image: bytes) -> None:
    picture = Picture(io.BytesIO(image))
    page.add_image(picture, f"{_letter('image')}{line}")
    page.row_dimensions[line].height = picture.height * POINTS_A_PIXEL + 4


def _letter(column: str) -> str:
    return openpyxl.utils.get_column_letter(list(COLUMNS).index(column) + 1)


def _locked(page: Worksheet, last: int, language: str) -> None:
    """Only the answer may be written; the decision is chosen from a list."""
    for column in OPEN:
        for line in range(2, last + 1):
            cell = page[f"{_letter(column)}{line}"]
            cell.protection, cell.fill = Protection(locked=False), ASKED
    words = ",".join(decision_word(one, language) for one in DECISIONS)
    choice = DataValidation(type="list", formula1=f'"{words}"', allow_blank=True, showErrorMessage=True)
    choice.error = say("review.sheet.choose", language)
    page.add_data_validation(choice)
    choice.add(f"{_letter('decision')}2:{_letter('decision')}{max(last, 2)}")
    page.protection.sheet = True
    page.protection.formatColumns = page.protection.formatRows = page.protection.autoFilter = False
    page.auto_filter.ref = f"A1:{_letter('key')}{last}"
    page.page_setup.orientation, page.page_setup.fitToHeight = "landscape", 0
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.print_title_rows = "1:1"


def decision_word(decision: str, language: str) -> str:
    return say(f"review.decision.{_code(decision)}", language)


def _code(decision: str) -> str:
    """Grades are called by their own names everywhere."""
    return {"Mật": "secret", "Tối mật": "top_secret", "Tuyệt mật": "most_secret"}.get(decision, decision)


# --------------------------------------------------------------------------- reading it back


def read(path: Path) -> list[Row]:
    """The lines in which something was written. Raises UsageError."""
    page, columns = _page(path)
    try:
        return list(_rows(page, columns))
    finally:
        page.parent.close()


def opened(path: Path) -> Workbook:
    """A workbook of bounded size, to be read row by row and closed. Raises UsageError."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(one.file_size for one in packed.infolist()) > MOST_BYTES:
                raise UsageError("review.too_large", path=path)
        return openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except UsageError:
        raise
    except Exception as error:  # whatever the reader of a strange file says
        raise UsageError("review.not_a_sheet", path=path) from error


def _page(path: Path) -> tuple[Worksheet, dict[str, int]]:
    """The sheet with the list, and where its columns stand."""
    book = opened(path)
    for page in book.worksheets:
        first = next(page.iter_rows(max_row=1), ())
        columns = _columns([str(cell.value or "") for cell in first])
        if columns.keys() >= {"record", "key", *OPEN}:
            return page, columns
    book.close()
    raise UsageError("review.not_a_sheet", path=path)


def _columns(heads: Sequence[str]) -> dict[str, int]:
    """Column -> its place, whatever language its heading is in and wherever it was moved to."""
    meant = {_plain(say(f"review.head.{name}", language)): name for name in COLUMNS for language in LANGUAGES}
    return {meant[_plain(head)]: place for place, head in enumerate(heads) if _plain(head) in meant}


def _plain(said: str) -> str:
    return " ".join(text.fold(text.clean(said)).split())


def _rows(page: Worksheet, columns: Mapping[str, int]) -> Iterator[Row]:
    for line, cells in enumerate(page.iter_rows(min_row=2, max_row=MOST_ROWS + 1), 2):
        said = {name: written(cells[place]) if place < len(cells) else "" for name, place in columns.items()}
        if not any(said[name] for name in OPEN):
            continue
        kind, _, rest = said["key"].partition(" ")
        what, _, key = rest.rpartition(" ")
        decision = _decision(said["decision"])
        if any(cells[columns[name]].data_type == "f" for name in OPEN):
            decision = "formula"
        yield Row(line, said["record"], kind, what, key, decision, said["answer"])


def written(cell: Cell) -> str:
    """What stands in a cell, as text; a formula as it is written."""
    value = cell.value
    if isinstance(value, datetime | date):
        return value.strftime("%d/%m/%Y")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value).strip()


def _decision(said: str) -> str:
    """One of DECISIONS; what is none of them stays as it is and is refused by name."""
    meant = {_plain(decision_word(one, language)): one for one in DECISIONS for language in LANGUAGES}
    return meant.get(_plain(said), said)
