"""The daily statement: one printed page with the day's counts and the newest signed head, to be kept outside."""

from __future__ import annotations

from html import escape

import segno

from archive.audit.heads import Head
from archive.audit.report import Usage
from archive.dates import shown
from archive.messages import say

STYLE = """
@page { size: A4; margin: 18mm 16mm }
body { margin: 0 auto; max-width: 178mm; color: #000; font: 13pt/1.4 "Tinos", "Times New Roman", "Liberation Serif", serif }
h1 { font-size: 15pt; text-align: center; margin: 6mm 0 1mm } .office { font-weight: bold; text-transform: uppercase; margin: 0 } .day { text-align: center; margin: 0 0 5mm }
table { border-collapse: collapse; width: 100%; font-size: 11.5pt } td { border: 1px solid #555; padding: 0.7mm 2mm } .n { text-align: right }
h2 { font-size: 12.5pt; margin: 5mm 0 1mm } code { font: 9.5pt/1.35 "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; flex: 1 }
.head { display: flex; gap: 6mm; align-items: flex-start; border: 1px solid #000; padding: 3mm; break-inside: avoid }
.head svg { width: 46mm; height: 46mm; flex: none } .how { font-size: 11pt } .sign { margin: 6mm 0 18mm; text-align: right; padding-right: 10mm }
"""


def html(
    day: str,
    numbers: tuple[int, int] | None,
    usage: Usage,
    head: Head | None,
    language: str,
    office: str = "",
) -> str:
    """The page of `day` (2026-12-31) of the `office` that keeps the archive. `numbers` are the first and last of its entries, None when there were none."""
    title = escape(say("audit.sheet.title", language))
    parts = [
        f'<p class="office">{escape(office)}</p>' if office else "",
        f"<p>{escape(say('audit.sheet.page', language))}</p><h1>{title}</h1>",
        f'<p class="day">{escape(say("audit.sheet.day", language, day=shown(day)))}</p>',
        _counts(numbers, usage, language),
        _head(head, language) if head else "",
        f'<p class="sign">{escape(say("audit.sheet.signature", language))}</p>',
    ]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{title} {shown(day)}</title>'
        f"<style>{STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _counts(numbers: tuple[int, int] | None, usage: Usage, language: str) -> str:
    if not numbers:
        return f"<p>{escape(say('audit.sheet.no_entries', language))}</p>"
    first, last = numbers
    values = {"count": last - first + 1, "first": first, "last": last, "used": usage.total.count}
    told = say("audit.sheet.entries", language, **values)
    people = say("audit.sheet.people", language, people=len(usage.total.people), refused=usage.total.refused)
    rows = "".join(
        f'<tr><td>{escape(say(f"audit.action.{action}", language))}</td><td class="n">{row.count}</td></tr>'
        for action, row in usage.rows("action")
    )
    heading = escape(say("audit.sheet.actions", language))
    return f"<p>{escape(told)}</p><p>{escape(people)}</p><h2>{heading}</h2><table>{rows}</table>"


def _head(head: Head, language: str) -> str:
    when = f"{head.time[11:16]} {shown(head.time[:10])}"
    told = escape(say("audit.sheet.head", language, size=head.size, time=when))
    code = qr(head).svg_inline(omitsize=True, border=2)
    how = escape(say("audit.sheet.how", language))
    return f'<h2>{told}</h2><div class="head">{code}<code>{escape(head.text)}</code></div><p class="how">{how}</p>'


def qr(head: Head) -> segno.QRCode:
    """The head's text as a QR code that survives some dirt."""
    return segno.make(head.text, error="m")
