"""Switch-off readiness as one HTML page that can be printed; no script, nothing loaded from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from archive.messages import say
from ingest.handover.readiness import Measure, Readiness
from ingest.reports.as_html import STYLE
from ingest.reports.words import moment, shown

_LIGHTS = """
.light { display: inline-block; min-width: 74px; padding: 2px 10px; border-radius: 10px; color: #fff; text-align: center; font-weight: 600 }
.light.green { background: var(--green) } .light.amber { background: #8a5a10 } .light.red { background: var(--red) }
"""


def render(found: Iterable[Readiness], made: str, language: str) -> str:
    title = _text(say("handover.ready.title", language))
    when = _text(say("handover.ready.made", language, when=moment(made)))
    parts = "".join(_system(one, language) for one in found)
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{STYLE}{_LIGHTS}</style></head>\n<body><header><div><h1>{title}</h1><p>{when}</p></div></header>"
        f"<main>{parts}</main></body></html>\n"
    )


def _system(one: Readiness, language: str) -> str:
    name = f"{one.title} ({one.system})" if one.title else one.system
    heads = "".join(f"<th>{_text(say(f'handover.ready.{head}', language))}</th>" for head in ("light", "measure", "number", "reason"))  # fmt: skip
    rows = "".join(_row(measure, language) for measure in one.measures)
    verdict = _text(say(f"handover.ready.verdict.{one.light}", language))
    return (
        f"<section><h2>{_light(one.light, language)} {_text(name)}</h2><p>{verdict}</p><p class='none'>{_text(one.package)}</p>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


def _row(measure: Measure, language: str) -> str:
    name = say(f"handover.ready.{measure.name}.name", language)
    why = reason(measure, language)
    severe = ' class="severe"' if measure.light == "red" else ""
    cells = f"<td>{_light(measure.light, language)}</td><td>{_text(name)}</td><td class='s'>{_text(number(measure))}</td><td>{_text(why)}</td>"
    return f"<tr{severe}>{cells}</tr>"


def reason(measure: Measure, language: str) -> str:
    code = f"handover.ready.{measure.name}.open" if measure.open else "handover.ready.fine"
    return say(code, language, open=measure.open)


def number(measure: Measure) -> str:
    return f"{measure.part} / {measure.whole}" if measure.whole else str(measure.part)


def _light(light: str, language: str) -> str:
    return f'<span class="light {light}">{_text(say(f"handover.ready.{light}", language))}</span>'


def _text(said: str) -> str:
    return escape(shown(said))
