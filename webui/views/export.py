"""Taking documents out: first the plan, then one ZIP with proof. For those whose role may export; for others no such pages."""

from __future__ import annotations

import secrets
import shlex
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request, url_for

from archive.audit.heads import KEYS_FILE
from archive.copies import stamp as stamps
from archive.errors import UsageError
from archive.export.bag import Bag, Request
from archive.export.plan import Plan
from archive.export.selection import Selection, of_search
from archive.settings import now
from webui import selection
from webui.context import language, lookup, reader, say
from webui.identity import actor
from webui.policy import exporter
from webui.views.search import known_years

views = Blueprint("export", __name__)

MOST = 500
"""Documents of one export that somebody waits for here; `kho export` takes any number."""
MOST_BYTES = 2 * 2**30
SHOWN = 200


@dataclass(frozen=True)
class Asked:
    """What is to be exported, where its plan and its file are, and where one comes back to."""

    selection: Selection
    parameters: dict[str, object]
    back: str

    def address(self, form: str, **more: object) -> str:
        return url_for(f"export.{self.selection.kind}_{form}", **self.parameters, **more)

    @property
    def command(self) -> str:
        """The command that takes out the same without anybody waiting for a page."""
        words = ["kho", "export", f"--{self.selection.kind}", self.selection.value]
        words += [f"--filter={name}={value}" for name, values in self.selection.filters for value in values]
        return shlex.join([*words, "--out", "xuat.zip"])


@views.get("/dossier/<dossier_id>/export")
@exporter
def dossier_plan(dossier_id: str) -> str:
    return _planned(_dossier(dossier_id))


@views.get("/dossier/<dossier_id>/export.zip")
@exporter
def dossier_zip(dossier_id: str) -> Response:
    return _zip(_dossier(dossier_id))


@views.get("/fonds/<code>/export")
@exporter
def fonds_plan(code: str) -> str:
    return _planned(_fonds(code))


@views.get("/fonds/<code>/export.zip")
@exporter
def fonds_zip(code: str) -> Response:
    return _zip(_fonds(code))


@views.get("/search/export")
@exporter
def query_plan() -> str:
    return _planned(_query())


@views.get("/search/export.zip")
@exporter
def query_zip() -> Response:
    return _zip(_query())


def _dossier(dossier_id: str) -> Asked:
    parameters = {"dossier_id": dossier_id}
    return Asked(Selection("dossier", dossier_id), parameters, url_for("collections.dossier", **parameters))


def _fonds(code: str) -> Asked:
    parameters = {"code": code}
    return Asked(Selection("fonds", code), parameters, url_for("collections.fonds", **parameters))


def _query() -> Asked:
    """All documents of a search as its page shows them, whatever page of it one comes from."""
    chosen = selection.read(request.args)
    filters = chosen.reader_filters(known_years() if "year" in chosen.filters else selection.ANY_YEARS)
    parameters = chosen.with_page(1).parameters
    return Asked(of_search(chosen.text, filters), parameters, url_for("search.results", **parameters))


# --------------------------------------------------------------------------- plan and file


def _planned(asked: Asked) -> str:
    plan = reader().plan_export(actor(), asked.selection, MOST)
    return render_template(
        "export.html",
        plan=plan,
        asked=asked,
        too_large=plan.bytes > MOST_BYTES,
        documents=plan.documents[:SHOWN],
        refusals=plan.refusals[:SHOWN],
    )


def _zip(asked: Asked) -> Response:
    """The stream; what leaves is on record before its first byte."""
    plan = reader().plan_export(actor(), asked.selection, MOST)
    if plan.bytes > MOST_BYTES:
        raise UsageError("export.too_many", count=len(plan.documents), most=MOST)
    wanted = _request(plan)
    leaving = reader().begin_export(actor(), plan, wanted.export)
    archive = lookup()
    bag = Bag(wanted, leaving, archive.keeper, archive.settings.audit / KEYS_FILE)
    response = Response(bag.chunks(), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{wanted.base}.zip"'
    return response


def _request(plan: Plan) -> Request:
    who, began = actor(), now()
    named = who.display_name or who.name
    stamped = request.args.get("stamp") == "1"
    stamp = say("export.stamp", who=named, when=began.isoformat()) if stamped else ""
    stamps.strip(stamp)  # a missing font is told before anything leaves
    return Request(secrets.token_hex(8), began, who, plan, reader().generation, language(), stamp)
