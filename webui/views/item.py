"""One document: its page images with hits boxed, text beside, description, events, print view, original."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, Response, redirect, render_template, request, url_for

from archive import ids, queries
from archive.errors import NotFound, UsageError
from archive.holdings import description
from archive.lookup.views import ItemView, PageView
from archive.rights.explanation import Explanation
from archive.settings import now
from archive.wiring_read import today
from webui import identity, images, presenters
from webui.context import lookup, reader, say
from webui.identity import actor
from webui.policy import signed_in

views = Blueprint("item", __name__)

LONGEST_PURPOSE = 300


@dataclass(frozen=True)
class Reasons:
    """Why an account may or may not read the document; `who` is "" for the own one, no `why` for an unknown one."""

    who: str
    why: Explanation | None
    disabled: bool = False


@views.get("/item/<item_id>")
@signed_in
def show(item_id: str) -> str:
    return _record_page(item_id)


def _record_page(item_id: str, problem: str = "") -> str:
    """The page of a document; `problem` is said beside the form that asks for a purpose."""
    view = reader().item(actor(), item_id)
    context = {"view": view, "item": view.item, "query": request.args.get("q", "").strip()}
    context |= {"problem": problem, "reasons": _reasons(view)}
    if view.item.access != "open" or not view.item.pages:
        return render_template("item.html", page=None, **context, **_description(view))
    number = _number("page", 1)
    if number > len(view.item.pages):
        raise NotFound()
    return render_template(
        "item.html", **context, **_page(view, number, context["query"]), **_description(view)
    )


def _reasons(view: ItemView) -> Reasons | None:
    """For those who read the access log: every verdict on this account, or on the one named (`who`)."""
    if not actor().audits(today()):
        return None
    name = request.args.get("who", "").strip()
    if not name:
        return Reasons("", view.why)
    account = lookup().accounts.find(name)
    if account is None:
        return Reasons(name, None)
    return Reasons(name, reader().explain(actor(), account.actor, view.item.id), account.disabled)


@views.post("/item/<item_id>/reveal")
@signed_in
def reveal(item_id: str) -> Response | tuple[str, int]:
    """Show the personal numbers of a document for the rest of this session, once the purpose is on record."""
    if not identity.form_is_ours(request.form.get("token", "")):
        raise UsageError("web.personal.expired")
    try:
        reader().reveal(actor(), item_id, request.form.get("purpose", "")[:LONGEST_PURPOSE])
    except UsageError as error:
        return _record_page(item_id, problem=say(error.code)), 400
    lookup().keeper.reveal(identity.token(), item_id)
    page = _number("page", 1)
    place = {"q": request.args.get("q") or None, "page": page if page > 1 else None}
    return redirect(url_for("item.show", item_id=item_id, **place), 303)


def _number(name: str, default: int) -> int:
    value = request.args.get(name, "")
    return max(default, int(value)) if value.isascii() and value.isdigit() and len(value) < 7 else default


def _description(view: ItemView) -> dict[str, object]:
    events = description.item_events(view.dossier, view.item)
    return {
        "fields": presenters.field_rows(view.item.fields, view.item.findings),
        "events": events,
        "findings_on": presenters.findings_on,
        "pieces": presenters.pieces,
        "checked_on": presenters.checked_on(events),
        "file_texts": reader().file_texts(actor(), view.item.id, request.args.get("q", "").strip()),
    }


def _page(view: ItemView, number: int, query: str) -> dict[str, object]:
    page = reader().page(actor(), view.item.id, number, query)
    hit_pages = reader().hit_pages(actor(), view.item.id, query) if query else []
    phrase = queries.parse(query).as_phrase if len(hit_pages) > 1 else ""
    together = reader().hit_pages(actor(), view.item.id, phrase) if phrase else []
    runs = presenters.hit_runs(page.reading, page.hits)
    hit = min(_number("hit", 1), len(runs)) if request.args.get("hit") != "0" else len(runs)
    previous, following = presenters.hit_steps(number, hit, len(runs), hit_pages)
    return {
        "page": page,
        "runs": runs,
        "hit": hit,
        "hit_pages": hit_pages,
        "together": together if len(together) < len(hit_pages) else [],
        "most_links": presenters.MOST_LINKS,
        "unread": reader().unread(actor(), view.item.id),
        "words_sought": bool(queries.parse(query).highlights),
        "previous_hit": previous,
        "next_hit": following,
        "lines": presenters.text_lines(page.reading, page.hits, lookup().settings.low_confidence),
        "lit": request.args.get("field", ""),
        "levels": _levels(view.item.id, page),
        **_part(view, number, presenters.STRIP),
    }


def _part(view: ItemView, number: int, size: int) -> dict[str, object]:
    spans = presenters.parts(len(view.item.pages), size)
    return {"spans": spans, "span": presenters.part_with(number, spans)}


def _levels(item_id: str, page: PageView) -> str:
    """The sizes of the page image as JSON, for the zooming viewer."""
    sizes = images.levels(page.reading.width, page.reading.height)
    return json.dumps(
        [
            {
                "url": url_for("page.image", item_id=item_id, number=page.number, w=wanted),
                "width": width,
                "height": height,
            }
            for wanted, width, height in sizes
        ]
    )


@views.get("/item/<item_id>/print")
@signed_in
def print_out(item_id: str) -> str:
    """Every page on its own sheet, marked with who printed it and when; a long document in parts (`from`)."""
    view = reader().item(actor(), item_id)
    if view.item.access != "open":
        raise NotFound()
    part = _part(view, _number("from", 1), presenters.PRINTED)
    return render_template("print.html", view=view, item=view.item, moment=now(), **part)


@views.get("/item/<item_id>/report")
@signed_in
def report(item_id: str) -> str:
    """ "Báo sai": a text to send to the archive's keeper by mail or by hand. Nothing is written here."""
    view = reader().item(actor(), item_id)
    if view.item.access != "open":
        raise NotFound()
    email = lookup().settings.contact_email
    number = min(_number("page", 1), max(1, len(view.item.pages)))
    return render_template("report.html", view=view, item=view.item, number=number, email=email)


@views.get("/item/<item_id>/original/<int:index>")
@signed_in
def original(item_id: str, index: int) -> Response:
    """An original file, always as a download under a name made from the record's id."""
    found = reader().original(actor(), item_id, index)
    file = found.file
    response = Response(found.chunks(), mimetype="application/octet-stream")
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Disposition"] = attachment(item_id, file.name)
    return response


@views.get("/item/<item_id>/searchable.pdf")
@signed_in
def searchable(item_id: str) -> Response:
    """Access copy: the page images with their words as invisible text."""
    response = Response(reader().searchable_pdf(actor(), item_id), mimetype="application/pdf")
    response.headers["Content-Disposition"] = attachment(item_id, "tra-cuu.pdf")
    return response


def attachment(item_id: str, name: str) -> str:
    """Content-Disposition by RFC 6266: an ASCII name from the id, the full cleaned name beside it."""
    prefix = item_id.replace(":", "_")
    suffix = "." + name.rpartition(".")[2].lower() if "." in name else ""
    plain = prefix + (suffix if suffix.isascii() and suffix[1:].isalnum() else "")
    full = quote(ids.safe_name(f"{prefix} {name}"), safe="")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"
