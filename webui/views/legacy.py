"""Closed systems: old ids and addresses, registers as the clerk knew them, procedure dossiers."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for

from archive.errors import NotFound
from archive.lookup.legacy import ON_PAGE, ProcedureQuestion
from archive.papers import forms, gathering, lists
from webui import records
from webui.context import language, reader
from webui.identity import actor
from webui.papers import paper_file
from webui.policy import exporter, signed_in
from webui.selection import page_number

views = Blueprint("legacy", __name__)

ENTRIES, PRINTED = 50, 500
LAST_PAGE = 20_000
LONGEST = 300
"""Letters of one answer in the look-up form."""


@views.get("/legacy/<system>/<path:old_id>")
@signed_in
def by_id(system: str, old_id: str) -> Response:
    """The record that had this id in a closed system."""
    return _to_item(reader().legacy(actor(), system, old_id))


@views.get("/legacy/exchange/<path:exchange_id>")
@signed_in
def by_exchange(exchange_id: str) -> Response:
    """The document that had this id on the exchange axis; where sender and receivers have it, the list of them."""
    found = reader().exchange(actor(), exchange_id)
    if len(found) == 1:
        return _to_item(found[0])
    return redirect(url_for("search.results", q=f'"{exchange_id}"'))


@views.get("/legacy")
@signed_in
def by_address() -> Response:
    """The record that had this web address (`url`) in a closed system. Where to go is never taken from the request."""
    url = request.args.get("url", "")
    if not url:
        raise NotFound()
    return _to_item(reader().legacy_url(actor(), url))


def _to_item(item_id: str) -> Response:
    return redirect(url_for("item.show", item_id=item_id))


@views.get("/register/<code>")
@signed_in
def register(code: str) -> str | Response:
    """A register of a year, in the columns of its official form; `many`: as much as is printed at once."""
    key = records.register_key(code, request.args)
    many = request.args.get("many") == "1"
    size = PRINTED if many else ENTRIES
    page = page_number(request.args, LAST_PAGE)
    view = reader().register_page(actor(), key, page, size)
    last_page, office = -(-view.total // size), view.summaries[0].fonds.unit.name
    if page > last_page:
        rest = {"many": 1 if many else None, "page": last_page if last_page > 1 else None}
        return redirect(url_for("legacy.register", **records.register_address(key), **rest))
    return render_template(
        "book.html",
        view=view,
        key=key,
        many=many,
        page=page,
        last_page=last_page,
        size=size,
        kind=records.form(key),
        form=forms.of_register(key.direction),
        lines=[records.BookLine(item, forms.register_cells(item, office, language())) for item in view.items],
        system=reader().labels(actor())["system"].get(key.system, key.system),
        office=forms.office(view.summaries[0].fonds),
    )


@views.get("/register/<code>/<any(xlsx, docx):ending>")
@exporter
def register_file(code: str, ending: str) -> Response:
    """The same register as a file."""
    key, who = records.register_key(code, request.args), reader().as_exporter(actor())
    paper = gathering.register(reader(), who, key, language(), lists.MOST)
    return paper_file([paper], ending, f"so-{code}-{key.year}")


@views.get("/thu-tuc")
@signed_in
def procedures() -> str:
    """Look-up of procedure dossiers by code, applicant (with the right to) and procedure."""
    said = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("code", "applicant", "procedure")}
    question, page = ProcedureQuestion(**said), page_number(request.args, LAST_PAGE)
    found = reader().procedures(actor(), question, page)
    return render_template(
        "procedures.html",
        question=question,
        said=said,
        found=found,
        may_ask=reader().may_ask_for_applicants(actor()),
        last_page=max(1, -(-found.total // ON_PAGE)),
    )
