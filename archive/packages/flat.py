"""Flat tables under the field codes of Thông tư 02/2019/TT-BNV, and originals named as it wants. Columns: flat.toml. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

from archive import cells, dates, ids
from archive.holdings import description
from archive.holdings.package import path_key, unused
from archive.model import Dossier, Finding, Item, SourceFile
from archive.packages.ead import level_told
from archive.papers import xlsx

TABLES = {"fonds": "phong", "dossier": "ho-so", "document": "van-ban"}
"""Table -> name of its file."""
FILES = "tep"
"""Folder of the originals."""


@dataclass(frozen=True)
class Column:
    name: str
    value: str
    longest: int
    sure: str


@cache
def columns(table: str) -> tuple[Column, ...]:
    plain = tomllib.loads(Path(__file__).with_name("flat.toml").read_text(encoding="utf-8"))
    return tuple(Column(**row) for row in plain[table])


@dataclass
class Flat:
    """The rows of the three tables; `findings` name values longer than their field."""

    rows: dict[str, list[list[str]]] = field(default_factory=lambda: {name: [] for name in TABLES})
    findings: list[Finding] = field(default_factory=list)
    _fonds: dict[str, list[Dossier]] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def add(self, dossier: Dossier) -> dict[str, tuple[str, SourceFile]]:
        """Add a dossier with its open documents. Returns where its originals belong: path -> (item id, file)."""
        placed: dict[str, tuple[str, SourceFile]] = {}
        shown = [item for item in dossier.items if item.access == "open"]
        values = description.dossier_values(dossier) | {
            "access_level": level_told(dossier),
            "documents": str(len(shown)),
            "year": (dates.year(dossier.start_date) or "") if dossier.start_date else "",
        }
        self._row("dossier", dossier.id, values)
        for item in shown:
            files = {self._path(dossier, item, file): (item.id, file) for file in item.files}
            placed |= files
            self._row("document", item.id, _values(dossier, item) | {"files": "; ".join(files)})
        self._fonds.setdefault(dossier.fonds.code, []).append(dossier)
        return placed

    def _path(self, dossier: Dossier, item: Item, file: SourceFile) -> str:
        """`<mã hồ sơ>.<số thứ tự>.<đuôi>`; a second file of a document gets a number."""
        suffix = PurePosixPath(file.name).suffix.lower().removeprefix(".")
        ending = f".{ids.safe_name(suffix)}" if suffix else ""
        name = f"{FILES}/{dossier.fonds.code}/{dossier.code}.{item.ordinal:03d}{ending}"
        name = unused(name, self._names, path_key)
        self._names.add(path_key(name))
        return name

    def _row(self, table: str, record: str, values: dict[str, str]) -> None:
        made = [str(values.get(column.value, "")) for column in columns(table)]
        for column, value in zip(columns(table), made, strict=True):
            if column.longest and len(value) > column.longest:
                told = {
                    "record": record,
                    "field": column.name,
                    "length": str(len(value)),
                    "longest": str(column.longest),
                }
                self.findings.append(Finding("packages.too_long", "warning", values=told))
        self.rows[table].append(made)

    # ----------------------------------------------------------------- as files

    def files(self) -> Iterator[tuple[str, Iterable[bytes]]]:
        """(name, bytes) of each table as CSV, and of the workbook of all."""
        for code, dossiers in self._fonds.items():
            self._row("fonds", code, _of_fonds(dossiers))
        for table, name in TABLES.items():
            yield f"{name}.csv", _csv(table, self.rows[table])
        sheets = (
            (name, [c.name for c in columns(table)], self.rows[table]) for table, name in TABLES.items()
        )
        yield "bang-du-lieu.xlsx", [xlsx.write(sheets)]


def _csv(table: str, rows: Iterable[list[str]]) -> Iterator[bytes]:
    yield (cells.MARK + cells.line(column.name for column in columns(table))).encode()
    for row in rows:
        yield cells.line(row).encode("utf-8", "replace")


def _values(dossier: Dossier, item: Item) -> dict[str, str]:
    more = {"dossier_code": dossier.code, "access_level": level_told(dossier, item)}
    return description.document_values(dossier, item) | more


def _of_fonds(dossiers: list[Dossier]) -> dict[str, str]:
    days = [day for dossier in dossiers for day in (dossier.start_date, dossier.end_date) if day]
    years = sorted(dates.year(day) for day in days)
    span = f"{years[0]}–{years[-1]}" if years else ""
    first = description.dossier_values(dossiers[0])
    return first | {"years": span, "dossiers": str(len(dossiers))}
