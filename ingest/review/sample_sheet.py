"""A sample as a workbook to fill in: one line for each document, and what was drawn. Reading it back computes nothing."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from archive import text
from archive.errors import UsageError
from archive.messages import LANGUAGES, say
from archive.model import Item
from archive.wording import value_shown
from ingest.review.sampling import Sample
from ingest.review.sheet import ASKED, HEAD, opened, write_text, written

COLUMNS = {"record": 34, "code": 18, "issued_date": 13, "subject": 60, "pages": 8, "verdict": 12, "fault": 50}
OPEN = ("verdict", "fault")
VERDICTS = ("good", "wrong")
FACTS = ("fonds", "batch", "level", "aql", "seed")


@dataclass(frozen=True)
class Filled:
    """The drawing that the sheet names, and what was written: item id -> (verdict of VERDICTS or other words, fault)."""

    facts: dict[str, str]
    verdicts: dict[str, tuple[str, str]]


def write(sample: Sample, items: Mapping[str, Item], language: str) -> bytes:
    book = Workbook()
    page = book.active
    page.title = say("review.sheet.sample", language)
    for number, (column, width) in enumerate(COLUMNS.items(), 1):
        cell = page.cell(1, number, say(f"review.sample.{column}", language))
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
        page.column_dimensions[cell.column_letter].width = width
    for line, record in enumerate(sample.records, 2):
        for number, value in enumerate(_cells(items[record]), 1):
            write_text(page.cell(line, number), value)
        for number in (6, 7):
            page.cell(line, number).protection = Protection(locked=False)
            page.cell(line, number).fill = ASKED
    choice = DataValidation(type="list", formula1=f'"{",".join(_word(one, language) for one in VERDICTS)}"')
    page.add_data_validation(choice)
    choice.add(f"F2:F{len(sample.records) + 1}")
    page.freeze_panes, page.protection.sheet = "B2", True
    facts = book.create_sheet("kho-sample")
    for name, value in _facts(sample).items():
        facts.append([name, value])
    facts.protection.sheet = True
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _cells(item: Item) -> list[str]:
    day = value_shown("issued_date", item.value("issued_date"))
    return [item.id, item.value("code"), day, item.title, str(len(item.pages)), "", ""]


def _facts(sample: Sample) -> dict[str, str]:
    plan = sample.plan
    return dict(zip(FACTS, (sample.fonds, sample.batch, plan.level, plan.aql, str(sample.seed)), strict=True))


def _word(verdict: str, language: str) -> str:
    return say(f"review.verdict.{verdict}", language)


def read(path: Path) -> Filled:
    """Raises UsageError for a file that is no such workbook."""
    book = opened(path)
    try:
        if "kho-sample" not in book.sheetnames:
            raise UsageError("review.not_a_sample", path=path)
        rows = [[written(cell) for cell in row] for row in book["kho-sample"].iter_rows()]
        facts = {row[0]: row[1] for row in rows if len(row) > 1}
        if not facts.keys() >= set(FACTS) or not facts["seed"].isdigit():
            raise UsageError("review.not_a_sample", path=path)
        lines = [[written(cell) for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]
    finally:
        book.close()
    full = [(*line, *[""] * len(COLUMNS))[: len(COLUMNS)] for line in lines]
    return Filled(facts, {line[0]: (_verdict(line[5]), line[6]) for line in full if line[0]})


def _verdict(said: str) -> str:
    plain = text.fold(text.clean(said)).strip()
    known = {text.fold(_word(one, language)): one for one in VERDICTS for language in LANGUAGES}
    return known.get(plain, said)
