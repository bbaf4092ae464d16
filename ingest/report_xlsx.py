"""The report as a workbook: one sheet each for summary, dossiers, refusals, duplicates and what to check.

Every cell is typed as text or number, so that no file name is ever run as a formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from archive.messages import say
from ingest.report import Report, explain, percent, shown

HEAD = PatternFill("solid", fgColor="1F4E79")


def render(report: Report, language: str) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for title, heads, rows in tables(report, language):
        _sheet(book, say(title, language), [say(head, language) for head in heads], rows)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


Table = tuple[str, Sequence[str], list[Sequence[object]]]


def tables(report: Report, language: str) -> list[Table]:
    """(title code, heading codes, rows) of every table of the report."""
    return [
        ("report.summary", ("report.what", "report.number"), summary(report, language)),
        (
            "report.dossiers",
            (
                "report.dossier",
                "report.title",
                "report.items",
                "report.quarantined",
                "report.pages",
                "report.confidence",
            ),
            [
                (d.id, d.title, d.items, d.quarantined, d.pages, percent(d.confidence))
                for d in report.dossiers
            ],
        ),
        (
            "report.refusals",
            ("report.file", "report.reason", "report.remedy", "report.detail"),
            [
                (refused.file, refused.reason, refused.remedy, refused.values.get("reason", ""))
                for refused in report.refusals
            ],
        ),
        (
            "report.to_check",
            ("report.item", "report.file", "report.page", "report.why", "report.detail"),
            [
                (
                    row.item or row.dossier,
                    row.file,
                    row.page or "",
                    explain(row.code, row.values, language),
                    row.values.get("reason", ""),
                )
                for row in report.to_check
            ]
            + [
                (
                    "",
                    one.file or "",
                    "",
                    explain(one.code, one.values, language),
                    one.values.get("reason", ""),
                )
                for one in report.findings
            ],
        ),
        (
            "report.duplicates",
            ("report.file", "report.same_as"),
            [(duplicate.file, duplicate.of) for duplicate in report.duplicates],
        ),
        ("report.ignored", ("report.file",), [(name,) for name in report.ignored]),
    ]


def summary(report: Report, language: str) -> list[Sequence[object]]:
    counted = [(say(f"report.{name}", language), number) for name, number in report.counts.items()]
    return [
        (say("report.fonds", language), f"{report.fonds} · {report.fonds_title}"),
        (say("report.batch", language), report.batch),
        (say("report.started", language), report.started),
        (say("report.seconds", language), report.seconds),
        *counted,
        (say("report.items", language), report.items),
        (say("report.quarantined", language), report.quarantined),
        (say("report.pages", language), report.pages),
        (say("report.pages_read", language), report.pages_read),
        (say("report.confidence", language), percent(report.confidence)),
    ]


def _sheet(book: Workbook, title: str, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    page = book.create_sheet(title[:31])
    for column, head in enumerate(heads, start=1):
        cell = page.cell(1, column, head)
        cell.font, cell.fill = Font(bold=True, color="FFFFFF"), HEAD
    widest = [len(head) for head in heads]
    for line, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            cell = page.cell(line, column)
            _fill(cell, value)
            widest[column - 1] = max(widest[column - 1], len(str(value)))
    for column, width in enumerate(widest, start=1):
        page.column_dimensions[get_column_letter(column)].width = min(70, width + 3)
    page.freeze_panes = "A2"


def _fill(cell, value: object) -> None:
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    if isinstance(value, int | float):
        cell.value = value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("�", shown(value))
    cell.data_type = "s"
