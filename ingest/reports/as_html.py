"""The report as one HTML page with small drawn charts; no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from archive.messages import say
from ingest.reports.report import Report
from ingest.reports.words import Table, duration, moment, percent, shown, tables

SHORT = 16
"""Texts up to so many characters are not broken into lines."""

STYLE = """
:root { --ink: #1c2733; --soft: #5b6875; --line: #dde3ea; --blue: #1f4e79; --green: #2e7d4f; --amber: #b7791f; --red: #b3372f }
* { box-sizing: border-box }
body { margin: 0; background: #f5f7f9; color: var(--ink); font: 15px/1.5 "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif }
header { background: var(--blue); color: #fff; padding: 28px 0 }
header p { margin: 4px 0 0; opacity: .85 }
main, header > div { max-width: 1080px; margin: 0 auto; padding: 0 20px }
h1 { margin: 0; font-size: 24px } h2 { font-size: 18px; margin: 0 0 12px }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 18px 20px; margin: 18px 0; overflow-x: auto }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(108px, 1fr)); gap: 12px; margin: 18px 0 }
.numbers div { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 11px 12px }
.numbers b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums }
.numbers span { color: var(--soft); font-size: 13px }
.kept b { color: var(--green) } .refused b { color: var(--red) } .duplicates b { color: var(--amber) }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 18px }
.charts section { margin: 0 }
table { border-collapse: collapse; width: 100% } th { text-align: left; color: var(--soft); font-weight: 600 }
th, td { padding: 6px 10px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
th, td.s { white-space: nowrap } tr.severe td { background: #fbe9e7 } tr.severe td:first-child { color: var(--red); font-weight: 600 }
td.n, th.n { text-align: right; padding-right: 18px; font-variant-numeric: tabular-nums } .none { color: var(--soft); margin: 0 }
svg { width: 100%; height: auto; display: block } svg text { font-size: 11px; fill: var(--soft) }
.balance { color: var(--soft); margin: -6px 0 18px }
@media (max-width: 720px) { table { min-width: 680px } }
@media print { body { background: #fff } section { break-inside: avoid } }
"""


def render(report: Report, language: str) -> str:
    title = escape(shown(f"{say('report.heading', language)} · {report.batch}"))
    parts = [_numbers(report, language), _balance(report, language), _charts(report, language)]
    parts += [_table(table, language) for table in tables(report, language)[1:]]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body>{_header(report, language)}<main>{''.join(parts)}</main></body></html>\n"
    )


def _header(report: Report, language: str) -> str:
    about = f"{report.fonds} · {report.fonds_title}"
    took = duration(report.seconds, language)
    when = say("report.when", language, started=moment(report.started), took=took)
    heading = f"{say('report.heading', language)} «{report.folder}»"
    return f"<header><div><h1>{_text(heading)}</h1><p>{_text(about)}</p><p>{_text(when)}</p></div></header>"


def _numbers(report: Report, language: str) -> str:
    shown_numbers = {
        **report.counts,
        "quarantined": report.quarantined,
        "restricted": report.restricted,
        "items": report.items,
        "pages": report.pages,
        "confidence": percent(report.confidence),
    }
    cells = "".join(
        f'<div class="{name}"><b>{number}</b><span>{_text(say(f"report.{name}", language))}</span></div>'
        for name, number in shown_numbers.items()
    )
    return f'<div class="numbers">{cells}</div>'


def _balance(report: Report, language: str) -> str:
    return f'<p class="balance">{_text(say("report.balance", language, **report.counts))}</p>'


def _charts(report: Report, language: str) -> str:
    without = report.histogram.get("", 0)
    bins = {label: count for label, count in report.histogram.items() if label}
    note = say("report.without_words", language, pages=without) if without else ""
    pages = {line.title: line.pages for line in report.dossiers}
    return (
        '<div class="charts">'
        f"<section><h2>{_text(say('report.chart.confidence', language))}</h2>{columns(bins)}<p class='none'>{_text(note)}</p></section>"
        f"<section><h2>{_text(say('report.chart.pages', language))}</h2>{bars(pages)}</section></div>"
    )


def columns(values: Mapping[str, int]) -> str:
    """A histogram: one upright column each, its count above, its label below."""
    highest, width, height = max([*values.values(), 1]), 48, 150
    parts = []
    for place, (label, count) in enumerate(values.items()):
        tall = round(height * count / highest)
        middle = place * width + width / 2
        colour = "#b3372f" if place < 6 else "#b7791f" if place < 8 else "#2e7d4f"
        parts.append(
            f'<rect x="{place * width + 6}" y="{18 + height - tall}" width="{width - 12}" height="{tall}" rx="2" fill="{colour}"/>'
        )
        parts.append(f'<text x="{middle}" y="{14 + height - tall}" text-anchor="middle">{count or ""}</text>')
        parts.append(f'<text x="{middle}" y="{height + 34}" text-anchor="middle">{label}</text>')
    base = f'<line x1="0" y1="{height + 18}" x2="{len(values) * width}" y2="{height + 18}" stroke="#dde3ea"/>'
    return f'<svg viewBox="0 0 {len(values) * width} {height + 42}" role="img">{base}{"".join(parts)}</svg>'


def bars(values: Mapping[str, int], most: int = 15) -> str:
    """One lying bar each, for the largest ones."""
    largest = sorted(values.items(), key=lambda pair: -pair[1])[:most]
    highest = max([count for _, count in largest] or [1]) or 1
    parts = []
    for place, (label, count) in enumerate(largest):
        y, long = place * 26, round(250 * count / highest)
        name = label if len(label) <= 30 else label[:29] + "…"
        parts.append(f'<text x="0" y="{y + 16}"><title>{_text(label)}</title>{_text(name)}</text>')
        parts.append(f'<rect x="200" y="{y + 5}" width="{long}" height="15" rx="2" fill="#1f4e79"/>')
        parts.append(f'<text x="{206 + long}" y="{y + 16}">{count}</text>')
    return f'<svg viewBox="0 0 490 {max(1, len(largest)) * 26}" role="img">{"".join(parts)}</svg>'


def _table(table: Table, language: str) -> str:
    """A section with the table; columns in which nothing stands are left out."""
    heading = f"<h2>{_text(say(table.title, language))} ({len(table.rows)})</h2>"
    if not table.rows:
        return f'<section>{heading}<p class="none">{_text(say("report.none", language))}</p></section>'
    used = [place for place in range(len(table.heads)) if table.column(place)]
    top = "".join(
        f"<th{' class=n' if table.is_numeric(place) else ''}>{_text(say(table.heads[place], language))}</th>"
        for place in used
    )
    body = "".join(
        f"<tr{' class=severe' if line in table.severe else ''}>{''.join(_cell(row[place]) for place in used)}</tr>"
        for line, row in enumerate(table.rows)
    )
    return f"<section>{heading}<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></section>"


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f'<td class="n">{value}</td>'
    return f"<td{' class=s' if len(str(value)) <= SHORT else ''}>{_text(value)}</td>"


def _text(value: object) -> str:
    return escape(shown(value))
