"""Writes what a system held as JSON in the forms services hand it out; bytes as base64, days as ISO 8601."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from pathlib import Path

from samples.systems.model import Kept, Made, MadeTable


class Form(Enum):
    ARRAY = "array"
    ANSWER = "answer"
    LINES = "lines"
    PAGES = "pages"


def write(
    made: Made, path: Path, form: Form = Form.ARRAY, nested: Mapping[str, str] | None = None, page: int = 100
) -> None:
    """A folder: a file for every table (several for PAGES), and the files beside under their own paths.

    `nested`: child table -> the column by which its rows go into their parent's as a list named as the child.
    """
    path.mkdir(parents=True, exist_ok=True)
    inner = nested or {}
    for name, table in made.tables.items():
        if name not in inner:
            _write_table(path, name, _with_children(made, name, table, inner), form, page)
    for name, held in made.files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(held)


def _with_children(made: Made, name: str, table: MadeTable, nested: Mapping[str, str]) -> list[dict]:
    rows = _rows(table)
    for child, column in nested.items():
        target, key = made.tables[child].foreign[column]
        if target == name:
            by_parent: dict[object, list[dict]] = {}
            for row in _rows(made.tables[child]):
                by_parent.setdefault(row.pop(column), []).append(row)
            rows = [row | {child: by_parent.get(row[key], [])} for row in rows]
    return rows


def _rows(table: MadeTable) -> list[dict]:
    return [{name: _plain(cell) for name, cell in zip(table.columns, row, strict=True)} for row in table.rows]


def _plain(cell: Kept) -> object:
    if isinstance(cell, bytes):
        return base64.b64encode(cell).decode()
    return cell.isoformat() if isinstance(cell, date | datetime) else cell


def _write_table(path: Path, name: str, rows: list[dict], form: Form, page: int) -> None:
    def put(file: str, data: object) -> None:
        (path / file).write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")

    if form is Form.ARRAY:
        put(f"{name}.json", rows)
    elif form is Form.ANSWER:
        put(f"{name}.json", {"total": len(rows), "data": rows})
    elif form is Form.PAGES:
        for number, start in enumerate(range(0, max(len(rows), 1), page), 1):
            put(
                f"{name}-{number}.json",
                {"page": number, "total": len(rows), "data": rows[start : start + page]},
            )
    else:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (path / f"{name}.jsonl").write_text(text, encoding="utf-8")
