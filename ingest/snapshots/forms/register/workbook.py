"""The sheets of an .xlsx workbook as lines, streamed. Formulas give the value kept beside them and are never computed.

The reader of large workbooks tells neither merged areas nor links: they are read from the sheet's XML.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote
from xml.sax.saxutils import unescape

import openpyxl
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from archive.errors import SourceRefused
from ingest.snapshots.forms.register.lines import MAX_COLUMNS, MAX_LINES, Area, Line, Sheet, link_of, plain

MAX_UNPACKED, MAX_STRINGS, MAX_MARKS = 2 << 30, 128 << 20, 500_000
_CHUNK, _LONGEST_TAG = 1 << 20, 1 << 16
_TAGS = re.compile(rb"<(?:\w+:)?(mergeCell|hyperlink|f)(?:\s([^>]*))?/?>")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")


@dataclass
class _Marks:
    """What a sheet's XML says beside its cells: merged areas, links by (line, column), are there formulas?"""

    merged: list[Area] = field(default_factory=list)
    links: dict[tuple[int, int], str] = field(default_factory=dict)
    formulas: bool = False


def sheets(path: Path, file: str) -> list[Sheet]:
    """All sheets with cells. Raises SourceRefused: no .xlsx, damaged, too large."""
    try:
        _check(path)
        with closing(_loaded(path, True)) as book, zipfile.ZipFile(path) as archive:
            return [_sheet(path, file, page, archive) for page in book.worksheets]
    except SourceRefused:
        raise
    except Exception as error:
        raise SourceRefused("refused.register_broken", file=file) from error


def _loaded(path: Path, values: bool) -> openpyxl.Workbook:
    return openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)


def _check(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        strings = max((each.file_size for each in members if "sharedStrings" in each.filename), default=0)
        if sum(each.file_size for each in members) > MAX_UNPACKED or strings > MAX_STRINGS:
            raise SourceRefused("refused.register_too_large")
        for each in members:
            if each.filename.endswith((".xml", ".rels")):
                with archive.open(each) as source:
                    if b"<!DOCTYPE" in source.read(4096):
                        raise SourceRefused("refused.register_broken", file=path.name)


def _sheet(path: Path, file: str, page: Any, archive: zipfile.ZipFile) -> Sheet:
    with archive.open(page._worksheet_path) as source:
        marks = _marks(source, _targets(archive, page._worksheet_path))
    return Sheet(file, page.title, partial(_lines, path, page.title, marks), tuple(marks.merged))


# --------------------------------------------------------------------------- cells


def _lines(path: Path, title: str, marks: _Marks) -> Iterator[Line]:
    number = 0
    try:
        for number, (cells, sources) in enumerate(_raw_lines(path, title, marks.formulas), 1):
            if number > MAX_LINES:
                break
            yield _line(number, cells, sources, marks)
        else:
            return
    except Exception:  # whatever a damaged sheet makes the engine raise: what was read before it counts
        number += 1
    yield Line(number, (), problem="cut")


def _raw_lines(path: Path, title: str, formulas: bool) -> Iterator[tuple[tuple, tuple]]:
    """(values, formulas) of each line. A workbook is read twice to have both."""
    with ExitStack() as stack:
        values = _cells_of(stack.enter_context(closing(_loaded(path, True))), title)
        if not formulas:
            yield from ((cells, ()) for cells in values)
            return
        twin = _cells_of(stack.enter_context(closing(_loaded(path, False))), title)
        yield from zip_longest(values, twin, fillvalue=())


def _cells_of(book: openpyxl.Workbook, title: str) -> Iterator[tuple]:
    page = book[title]
    page.reset_dimensions()
    return page.iter_rows(max_col=MAX_COLUMNS + 1, values_only=True)


def _line(number: int, cells: tuple, sources: tuple, marks: _Marks) -> Line:
    if len(cells) > MAX_COLUMNS and cells[MAX_COLUMNS] is not None:
        return Line(number, (), problem="broken")
    said, links, unknown = [plain(_unescaped(cell)) for cell in cells], {}, set()
    for column in range(max(len(cells), len(sources))):
        formula = _formula(sources[column]) if column < len(sources) else ""
        if formula and (link := link_of(formula)):
            links[column] = link[0]
            said += [None] * (column + 1 - len(said))
            said[column] = said[column] or link[1]  # its text is written out: nothing to compute
        elif target := marks.links.get((number, column)):
            links[column] = target
        if formula and (column >= len(said) or said[column] is None):
            unknown.add(column)
    days = frozenset(column for column, cell in enumerate(cells) if isinstance(cell, date))
    return Line(number, tuple(said), links, days, frozenset(unknown))


def _unescaped(cell: object) -> object:
    """A text without the `_xHHHH_` escapes of ECMA-376 (ST_Xstring); escaped control characters are left out."""
    if not isinstance(cell, str) or "_x" not in cell:
        return cell
    return _ESCAPED.sub(lambda found: chr(code) if (code := int(found[1], 16)) >= 0x20 else "", cell)


def _formula(source: object) -> str:
    if isinstance(source, ArrayFormula):
        return source.text or "="
    if isinstance(source, DataTableFormula):
        return "="
    return source if isinstance(source, str) and source.startswith("=") else ""


# --------------------------------------------------------------------------- marks


def _marks(source: BinaryIO, targets: Mapping[str, str]) -> _Marks:
    found, count = _Marks(), 0
    for tag in _tags(source):
        if tag[1] == b"f":
            found.formulas = True
            continue
        attributes = _attributes(tag[2] or b"")
        if (count := count + 1) > MAX_MARKS:
            raise SourceRefused("refused.register_too_large")
        if not re.fullmatch(r"[A-Z]{1,3}[0-9]{1,7}(:[A-Z]{1,3}[0-9]{1,7})?", attributes.get("ref", "")):
            continue
        left, top, right, bottom = range_boundaries(attributes["ref"])
        if tag[1] == b"mergeCell":
            found.merged.append((top, bottom, left - 1, right - 1))
        elif target := targets.get(attributes.get("id", ""), ""):
            found.links[top, left - 1] = target
    return found


def _tags(source: BinaryIO) -> Iterator[re.Match[bytes]]:
    """The tags looked for, in a stream: what stands after the last "<" waits for the next chunk."""
    rest = b""
    while chunk := source.read(_CHUNK):
        whole = rest + chunk
        end = max(whole.rfind(b"<"), len(whole) - _LONGEST_TAG, 0)
        yield from _TAGS.finditer(whole, 0, end)
        rest = whole[end:]
    yield from _TAGS.finditer(rest)


def _attributes(written: bytes) -> dict[str, str]:
    """Attributes by local name."""
    found = _ATTRIBUTE.findall(written.decode("utf-8", "replace"))
    entities = {"&quot;": '"', "&apos;": "'"}
    return {name.rpartition(":")[2]: unescape(one or other, entities) for name, one, other in found}


def _targets(archive: zipfile.ZipFile, page: str) -> dict[str, str]:
    """Relation id -> where it leads. Names of files lose their percent signs; addresses stay as they are."""
    folder, _, name = page.rpartition("/")
    relations = f"{folder}/_rels/{name}.rels"
    if relations not in archive.namelist():
        return {}
    with archive.open(relations) as source:
        rows = [_attributes(found[1]) for found in _RELATION.finditer(source.read(MAX_STRINGS))]
    return {
        row.get("Id", ""): row["Target"] if "://" in row["Target"] else unquote(row["Target"])
        for row in rows
        if row.get("Target") and row.get("Type", "").endswith("/hyperlink")
    }
