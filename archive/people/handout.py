"""The printed hand-out of new accounts: one slip a person, to cut and give out. One HTML page without scripts. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import segno

from archive.messages import say
from archive.text import visible

STYLE = """
body { font: 12pt/1.45 "Times New Roman", "Liberation Serif", serif; margin: 0 auto; max-width: 180mm; color: #000 }
section { border: 1px dashed #666; padding: 6mm 8mm; margin: 6mm 0; break-inside: avoid; position: relative }
h1 { font-size: 15pt; margin: 4mm 0 } h2 { font-size: 13pt; margin: 0 0 2mm }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 1mm 5mm; margin: 0 32mm 3mm 0 }
dt { color: #333 } dd { margin: 0; font-weight: bold } dd.typed { font-family: "Liberation Mono", monospace; font-size: 13pt }
ol { margin: 2mm 0 0; padding-left: 6mm } svg { position: absolute; top: 6mm; right: 8mm; width: 26mm; height: 26mm }
@media print { .notice { display: none } }
"""


@dataclass(frozen=True)
class Slip:
    """What one person is given. `password` is good for one sign-in until the day `last`, and is written nowhere else.

    The account holds from the day `first` to the day `until`; with `second_factor` it needs codes from a phone.
    """

    full_name: str
    position: str
    unit: str
    role: str
    name: str
    password: str
    until: str = ""
    last: str = ""
    first: str = ""
    second_factor: bool = False


def page(slips: Iterable[Slip], address: str, language: str) -> str:
    """The whole page; `address` is where the look-up is opened."""
    told = {key: escape(say(f"handout.{key}", language)) for key in ("title", "keep")}
    parts = "\n".join(_slip(slip, address, language) for slip in slips)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{told["title"]}</title>'
        f"<style>{STYLE}</style></head>\n<body><h1>{told['title']}</h1>\n"
        f'<p class="notice">{told["keep"]}</p>\n{parts}\n</body></html>\n'
    )


def _slip(slip: Slip, address: str, language: str) -> str:
    rows = [
        ("position", slip.position, ""),
        ("unit", slip.unit, ""),
        ("role", slip.role, ""),
        ("first", slip.first, ""),
        ("until", slip.until, ""),
        ("address", address, "typed"),
        ("name", slip.name, "typed"),
        ("password", slip.password, "typed"),
        ("last", slip.last, ""),
    ]
    facts = "".join(
        f'<dt>{escape(say(f"handout.{key}", language))}</dt><dd class="{kind}">{escape(visible(value))}</dd>'
        for key, value, kind in rows
        if value
    )
    steps = ("1", "2", "phone", "3") if slip.second_factor else ("1", "2", "3")
    told = "".join(f"<li>{escape(say(f'handout.step{n}', language))}</li>" for n in steps)
    return (
        f"<section>{_qr(address)}<h2>{escape(visible(slip.full_name))}</h2>"
        f"<dl>{facts}</dl><ol>{told}</ol></section>"
    )


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=0)
    return drawn.getvalue().decode()
