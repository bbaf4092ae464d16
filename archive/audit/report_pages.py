"""The report of use as one HTML page with small drawn bars, and as a workbook. Nothing in a value runs."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill

from archive.audit.report import BY, Row, Usage
from archive.dates import shown
from archive.log_words import LogWords
from archive.messages import say
from archive.text import visible

COLUMNS = ("count", "refused", "people", "records")
SHOWN = 40
"""Rows of a table on the page; the workbook has all."""
STYLE = """
body { margin: 0 auto; max-width: 980px; padding: 24px; color: #1c2733; font: 15px/1.5 "Noto Sans", "DejaVu Sans", sans-serif }
h1 { font-size: 23px; margin: 0; color: #1f4e79 } h2 { font-size: 17px; margin: 28px 0 8px } p { color: #5b6875; margin: 4px 0 }
table { border-collapse: collapse; width: 100% } th { text-align: left; color: #5b6875 }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid #dde3ea } .n { text-align: right; font-variant-numeric: tabular-nums }
td:last-child { width: 34% } svg { display: block; width: 100%; height: 12px } section { break-inside: avoid }
"""


def headings(by: str, language: str) -> list[str]:
    return [say(f"audit.col.{name}", language) for name in (by, *COLUMNS)]


def name_of(by: str, name: str, words: LogWords) -> str:
    """A row's name as a person reads it."""
    if by == "day":
        return shown(name)
    if by == "action":
        return say(f"audit.action.{name}", words.language)
    if by == "unit" and name:
        return visible(words.unit(name))
    return visible(name) or say("audit.report.none", words.language)


def numbers(row: Row) -> list[int]:
    return list(row.plain().values())


def html(usage: Usage, words: LogWords) -> str:
    language = words.language
    title = escape(say("audit.report.title", language))
    period = say("audit.report.period", language, first=shown(usage.first), last=shown(usage.last))
    total = f"{say('audit.report.total', language)}: {usage.total.count}"
    body = "".join(_section(by, usage.rows(by), words) for by in BY)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body><h1>{title}</h1><p>{escape(period)}</p><p>{escape(total)}</p>{body}</body></html>\n"
    )


def _section(by: str, rows: Sequence[tuple[str, Row]], words: LogWords) -> str:
    most = max((row.count for _, row in rows), default=1)
    kept = rows[-SHOWN:] if by == "day" else rows[:SHOWN]
    heads = "".join(
        f'<th scope="col"{" class=n" if place else ""}>{escape(head)}</th>'
        for place, head in enumerate(headings(by, words.language))
    )
    body = "".join(
        f"<tr><td>{escape(name_of(by, name, words))}</td>"
        + "".join(f'<td class="n">{number}</td>' for number in numbers(row))
        + f"<td>{_bar(row.count / most)}</td></tr>"
        for name, row in kept
    )
    title = escape(say(f"audit.report.by_{by}", words.language))
    return (
        f"<section><h2>{title} ({len(rows)})</h2><table><thead><tr>{heads}<td></td></tr></thead>"
        f"<tbody>{body}</tbody></table></section>"
    )


def _bar(part: float) -> str:
    return (
        '<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{max(0.5, 100 * part):.1f}" height="12" rx="1" fill="#1f4e79"/></svg>'
    )


def workbook(usage: Usage, words: LogWords) -> bytes:
    """A sheet for each table; names are typed as text, so none is ever run as a formula."""
    book = Workbook()
    book.remove(book.active)
    for by in BY:
        page = book.create_sheet(say(f"audit.report.by_{by}", words.language)[:31])
        page.append(headings(by, words.language))
        for cell in page[1]:
            cell.font, cell.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1F4E79")
        for name, row in usage.rows(by):
            page.append(["", *numbers(row)])
            cell = page.cell(page.max_row, 1)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("�", name_of(by, name, words))
            cell.data_type = "s"
        page.column_dimensions["A"].width, page.freeze_panes = 36, "A2"
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
