"""A document or a dossier as a readable card on the terminal, in the language of the messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from archive import dates, wording
from archive.commands import record_card
from archive.console import language, sentence
from archive.holdings import description
from archive.lookup.views import DossierView, FileText, ItemView
from archive.model import Event, FieldValue, Finding, ItemRow, PageReading
from archive.text import visible
from archive.units.succession import Register

LABELS = 20
"""Columns of a label; longer labels push their value to the right."""


def print_item(
    view: ItemView, readings: Sequence[PageReading], register: Register, texts: Sequence[FileText] = ()
) -> None:
    """One document: fields with their source, where it belongs, what to look at, history, the text of its pages.

    `texts`: those of its files without pages.
    """
    item = view.item
    withheld = item.access != "open"
    _title(item.id, wording.title(view.row, language()))
    if withheld:
        click.echo(sentence("item.withheld_why"))
    else:
        _fields(item.fields, wording.differing(item.findings))
    record_card.print_record(view)
    _place(view, register)
    _findings(finding for finding in item.findings if not wording.at_field(finding))
    if not withheld:
        _events(description.item_events(view.dossier, item))
    for number, reading in enumerate(readings, 1):
        _page(number, len(readings), reading)
    for one in texts:
        click.secho(f"\n— {visible(one.name)} —", bold=True)
        click.echo(visible(one.text))
        if not one.whole:
            click.echo(sentence("web.record.text_cut"))


def print_dossier(view: DossierView, register: Register) -> None:
    """One dossier: what it is, what to look at, its history, its register of documents."""
    dossier = view.dossier
    _title(dossier.id, dossier.title)
    span = "–".join(dict.fromkeys(dates.shown(day) for day in (dossier.start_date, dossier.end_date) if day))
    _line("web.dossier.code", dossier.code)
    _line("web.dossier.time", span)
    _line("web.dossier.retention", dossier.retention)
    _origin(view, register)
    _findings(dossier.findings)
    _events(sorted(dossier.events, key=lambda event: event.when))
    _heading("web.dossier.register")
    for row in view.rows:
        _register_line(row)


# --------------------------------------------------------------------------- pieces


def _title(identifier: str, title: str) -> None:
    click.secho(visible(identifier), dim=True)
    click.secho(visible(title), bold=True)


def _heading(code: str) -> None:
    click.secho(f"\n{sentence(code)}", bold=True)


def _line(label: str, value: str, note: str = "") -> None:
    if value:
        noted = click.style(f"  [{visible(note)}]", dim=True) if note else ""
        click.echo(f"  {sentence(label) + ':':<{LABELS}} {visible(value)}{noted}")


def _fields(fields: dict[str, FieldValue], differing: dict[str, Finding]) -> None:
    _heading("web.fields.title")
    for name in wording.SHOWN_FIELDS:
        found = fields.get(name)
        if not found or not found.value:
            continue
        _line(f"field.{name}", wording.value_shown(name, found.value), _source(found))
        if conflict := differing.get(name):
            paper = wording.value_shown(name, conflict.values["paper"])
            click.secho(f"  {'':<{LABELS}} {sentence('show.on_paper', value=paper)}", fg="yellow")
    if not fields:
        click.echo(f"  {sentence('web.fields.none')}")


def _source(found: FieldValue) -> str:
    """Where a value comes from and how sure the machine is of it."""
    source = sentence(f"field_origin.{found.origin}")
    if found.page:
        source = sentence("show.source_page", source=source, page=found.page)
    if found.origin in ("catalogue", "person", "system"):
        return source
    code = "show.sure" if found.sure else "show.proposed"
    return sentence(code, source=source, percent=round(found.confidence * 100))


def _place(view: ItemView, register: Register) -> None:
    _heading("web.provenance.title")
    place = f" · {sentence('web.item.place', n=view.place[0], of=view.place[1])}" if view.place else ""
    _line("web.dossier.one", f"{view.dossier.title} ({view.dossier.id}){place}")
    _origin(view, register)
    for file in view.item.files:
        _line("web.files.title", file.name)


def _origin(view: ItemView | DossierView, register: Register) -> None:
    fonds = view.dossier.fonds
    _line("web.fonds.one", f"{fonds.title} ({fonds.code})")
    _line("web.unit.one", f"{fonds.unit.name} ({fonds.unit.code})")
    _line("web.provenance.accession", view.dossier.accession)
    _line("show.access", wording.reason(view.why.reason, register, language()))


def _findings(findings: Iterable[Finding]) -> None:
    told = [_finding(finding) for finding in findings]
    if told:
        _heading("show.findings")
    for one in told:
        click.echo(visible(f"  - {one}"))


def _finding(finding: Finding) -> str:
    where = sentence("web.page.short", n=finding.page) if finding.page else finding.file
    return ": ".join(filter(None, [where, wording.explained(finding, language())]))


def _events(events: Sequence[Event]) -> None:
    if events:
        _heading("show.events")
    for event in events:
        day = " ".join(filter(None, [dates.shown(event.when[:10]), event.when[11:16]]))
        failed = "" if event.outcome == "success" else wording.named("outcome", event.outcome, language())
        what = [wording.named("event", event.type, language()), failed, event.agent, wording.told(event)]
        click.echo(visible(f"  {day:<16}  {' · '.join(filter(None, what))}"))


def _register_line(row: ItemRow) -> None:
    start = f"{row.ordinal:>4}  {row.code or '—':<18} {dates.shown(row.date) or '—':<10}  "
    pages = f"  ({sentence('web.count.pages', n=row.page_count)})" if row.page_count else ""
    click.echo(visible(f"  {start}{wording.title(row, language())}{pages}"))


def _page(number: int, of: int, reading: PageReading) -> None:
    place = sentence("web.page.place", n=number, of=of)
    if reading.source == "none":
        how = sentence("web.text.none")
    elif reading.source == "text-layer":
        how = sentence("web.text.layer")
    else:
        how = sentence("show.page_confidence", percent=round(reading.confidence or 0))
    click.secho(f"\n— {place} · {how} —", bold=True)
    click.echo(visible(reading.text))
