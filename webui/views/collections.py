"""Dossiers, fonds and units: the order the records were kept in."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from archive import ids
from archive.papers import gathering
from archive.units import unit_search
from webui import lineage
from webui.context import language, reader
from webui.display import hand_over_told, succession_told
from webui.identity import actor
from webui.papers import paper_file
from webui.policy import exporter, signed_in
from webui.selection import page_number

views = Blueprint("collections", __name__)

ON_ONE_PAGE = 50
LAST_PAGE = 100_000
MOST_DOSSIERS = 500
"""Dossiers of a list that somebody waits for; `kho form` makes longer ones."""


@views.get("/dossier/<dossier_id>")
@signed_in
def dossier(dossier_id: str) -> str:
    """The dossier's mục lục: its documents in order, as in the paper folder."""
    view = reader().dossier(actor(), dossier_id)
    return render_template("dossier.html", view=view, dossier=view.dossier)


@views.get("/dossier/<dossier_id>/<any(xlsx, docx):ending>")
@exporter
def dossier_file(dossier_id: str, ending: str) -> Response:
    """Mục lục văn bản of the dossier as a file."""
    paper = gathering.documents(reader(), reader().as_exporter(actor()), dossier_id, language())
    return paper_file([paper], ending, f"muc-luc-{ids.code_of(dossier_id)}")


@views.get("/fonds/<code>/<any(xlsx, docx):ending>")
@exporter
def fonds_file(code: str, ending: str) -> Response:
    """Mục lục hồ sơ of a fonds as a file."""
    paper = gathering.dossiers(reader(), reader().as_exporter(actor()), code, language(), MOST_DOSSIERS)
    return paper_file([paper], ending, f"muc-luc-{code}")


@views.get("/fonds")
@signed_in
def all_fonds() -> str:
    return render_template("fonds_list.html", summaries=reader().fonds(actor()))


@views.get("/fonds/<code>")
@signed_in
def fonds(code: str) -> str:
    page = page_number(request.args, LAST_PAGE)
    view = reader().fonds_page(actor(), code, page, ON_ONE_PAGE)
    last = max(1, -(-view.total // ON_ONE_PAGE))
    return render_template("fonds.html", view=view, fonds=view.summaries[0].fonds, page=page, last_page=last)


@views.get("/unit/<code>")
@signed_in
def unit(code: str) -> str:
    """A unit with what became of it, and the fonds of it, or come to it, that may be seen."""
    view, register = reader().unit(actor(), code), reader().register
    registered, handed = view.registered, {}
    for row in view.handed:
        handed.setdefault(row.heir, hand_over_told(row))
    return render_template(
        "unit.html",
        view=view,
        register=register,
        drawing=lineage.drawn(register, code, succession_told, handed) if registered else None,
        asked=unit_search.asked_for(register, registered) if registered else f"đơn vị:{code}",
        agencies=[one for one in register.beneath(code) if one.level == "agency"],
    )
