"""What the handing side declares: khai-bao.toml, .csv or .xlsx beside the data, or a file given. Pure but for reading.

Each row names what it counts (bang, or any of huong, so, don_vi, nam) and states numbers (so_luong, tep, byte); or it names
a file (ten, sha256, byte). The TOML form may also say who hands over to whom, where, when and by which acts.
"""

from __future__ import annotations

import csv
import io
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

from archive import text
from archive.errors import UsageError

NAMES = ("khai-bao.toml", "khai-bao.csv", "khai-bao.xlsx")
BESIDE = (*NAMES, "ban-giao.toml", "phong.toml")
"""Files beside the data that say something about it; nobody declares them."""

COLUMNS = ("bang", "huong", "so", "don_vi", "nam", "so_luong", "tep", "byte", "ten", "sha256")
_PARTIES = (
    "so_bien_ban", "ben_giao", "nguoi_giao", "chuc_vu_giao", "ben_nhan", "nguoi_nhan", "chuc_vu_nhan", "dia_diem", "ngay",
)  # fmt: skip
_LARGEST, _UNPACKED, _ROWS = 16 * 2**20, 256 * 2**20, 200_000


@dataclass(frozen=True)
class Row:
    """Numbers declared of what meets all that is named; None where nothing is stated."""

    table: str = ""
    direction: str = ""
    register: str = ""
    unit: str = ""
    year: str = ""
    records: int | None = None
    files: int | None = None
    bytes: int | None = None

    @property
    def of(self) -> tuple[str, ...]:
        """What it counts, in the words of the declaration."""
        return tuple(filter(None, (self.table, self.direction, self.register, self.unit, self.year)))


@dataclass(frozen=True)
class DeclaredFile:
    name: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True)
class Parties:
    """Who hands over to whom, where, when (as written) and by which acts (`basis`); "" is left to be filled by hand."""

    number: str = ""
    giver: str = ""
    giver_person: str = ""
    giver_position: str = ""
    taker: str = ""
    taker_person: str = ""
    taker_position: str = ""
    place: str = ""
    day: str = ""
    basis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declaration:
    """`name` is the file it stands in, "" when nothing was declared."""

    name: str = ""
    rows: tuple[Row, ...] = ()
    files: tuple[DeclaredFile, ...] = ()
    parties: Parties = Parties()


def load(path: Path, name: str = "") -> Declaration:
    """By the file's ending. Raises UsageError that says where something is wrong."""
    name = name or path.name
    reader = {".toml": _toml, ".csv": _csv, ".xlsx": _xlsx}.get(Path(name).suffix.lower())
    if reader is None:
        raise UsageError("handover.declaration_form", name=name)
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError(f"> {_LARGEST} B")
        rows, said = reader(path)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UsageError("handover.declaration_unreadable", name=name, reason=error) from error
    return _declaration(name, rows, said)


# --------------------------------------------------------------------------- the three forms


def _toml(path: Path) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    plain = tomllib.loads(path.read_text(encoding="utf-8"))
    rows = [*plain.get("so_lieu", ()), *plain.get("tep", ())]
    if not all(isinstance(row, dict) for row in rows):
        raise ValueError("[[so_lieu]], [[tep]]")
    return rows, {key: value for key, value in plain.items() if key not in ("so_lieu", "tep")}


def _csv(path: Path) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    content = path.read_text(encoding="utf-8-sig")
    separator = max(",;\t", key=content.partition("\n")[0].count)
    return _under_heads(csv.reader(io.StringIO(content), delimiter=separator)), {}


def _xlsx(path: Path) -> tuple[list[Mapping[str, Any]], Mapping[str, Any]]:
    with zipfile.ZipFile(path) as packed:
        if sum(one.file_size for one in packed.infolist()) > _UNPACKED:
            raise ValueError(f"> {_UNPACKED} B")
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        return _under_heads(book.worksheets[0].iter_rows(values_only=True, max_col=50)), {}
    finally:
        book.close()


def _under_heads(lines: Iterable[Iterable[object]]) -> list[Mapping[str, Any]]:
    """The first line that names a column is the heading: "Số lượng" is so_luong."""
    heads: list[str] = []
    rows: list[Mapping[str, Any]] = []
    for line in lines:
        cells = list(line)
        if heads:
            rows.append({head: cell for head, cell in zip(heads, cells, strict=False) if head in COLUMNS})
            if len(rows) > _ROWS:
                raise ValueError(f"> {_ROWS}")
        elif set(named := ["_".join(text.words(text.fold(str(cell or "")))) for cell in cells]) & set(
            COLUMNS
        ):
            heads = named
    return rows


# --------------------------------------------------------------------------- what the rows say


def _declaration(name: str, rows: Iterable[Mapping[str, Any]], said: Mapping[str, Any]) -> Declaration:
    for key in said:
        if key not in (*_PARTIES, "can_cu"):
            raise _wrong(name, key, ", ".join((*_PARTIES, "can_cu", "[[so_lieu]]", "[[tep]]")))
    filled = [(place, row) for place, row in enumerate(rows, 1) if any(_said(row, key) for key in row)]
    files = [_file(name, place, row) for place, row in filled if _said(row, "ten")]
    numbers = [_row(name, place, row) for place, row in filled if not _said(row, "ten")]
    basis = said.get("can_cu", ())
    basis = (basis,) if isinstance(basis, str) else tuple(map(str, basis))
    parties = Parties(*(str(said.get(key, "")).strip() for key in _PARTIES), basis)
    return Declaration(name, tuple(numbers), tuple(files), parties)


def _row(name: str, place: int, row: Mapping[str, Any]) -> Row:
    for key in row:
        if key not in COLUMNS:
            raise _wrong(name, f"{place}: {key}", ", ".join(COLUMNS))
    numbers = [_number(name, place, row, key) for key in ("so_luong", "tep", "byte")]
    made = Row(*(_said(row, key) for key in ("bang", "huong", "so", "don_vi", "nam")), *numbers)
    if all(number is None for number in numbers):
        raise _wrong(name, f"{place}", "so_luong, tep, byte")
    if made.table and (len(made.of) > 1 or made.records is None):
        raise _wrong(name, f"{place}: bang", "bang, so_luong")
    return made


def _file(name: str, place: int, row: Mapping[str, Any]) -> DeclaredFile:
    digest = _said(row, "sha256").lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise _wrong(name, f"{place}: sha256", "64 × 0-9 a-f")
    path = _said(row, "ten").replace("\\", "/").removeprefix("./")
    return DeclaredFile(path, digest, _number(name, place, row, "byte"))


def _said(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else text.clean(str(value)).strip()


def _number(name: str, place: int, row: Mapping[str, Any], key: str) -> int | None:
    """ "1.234" and "1 234" are how offices write 1234."""
    said = "".join(_said(row, key).replace(".", "").replace(",", "").split())
    if not said:
        return None
    if not said.isascii() or not said.isdigit() or len(said) > 18:
        raise _wrong(name, f"{place}: {key}", "0, 1, 2 …")
    return int(said)


def numbers(rows: Iterable[Row]) -> Iterator[tuple[Row, str, int]]:
    """(row, what, how many) of everything that is declared of records, not of a table."""
    for row in rows:
        for what in ("records", "files", "bytes"):
            if not row.table and (stated := getattr(row, what)) is not None:
                yield row, what, stated


def _wrong(name: str, place: str, expected: str) -> UsageError:
    return UsageError("handover.declaration_wrong", name=name, place=place, expected=expected)
