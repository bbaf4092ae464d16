"""The search box, its results, and why there are none."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for

from archive.model import FACETS
from webui import presenters, selection
from webui.context import reader
from webui.identity import actor
from webui.policy import signed_in

views = Blueprint("search", __name__)


@views.get("/")
@signed_in
def home() -> str:
    overview = reader().overview(actor())
    return render_template("home.html", overview=overview, examples=presenters.examples(overview.samples))


def known_years() -> tuple[int, int]:
    """The first and the last year of what this account may see; none at all as (1, 0)."""
    years = reader().years(actor())
    return (int(years[0]), int(years[1])) if years else (1, 0)


@views.get("/search")
@signed_in
def results() -> str | Response:
    chosen = selection.read(request.args)
    filters = chosen.reader_filters(known_years() if "year" in chosen.filters else selection.ANY_YEARS)
    found = reader().search(actor(), chosen.text, filters=filters, sort=chosen.sort, page=chosen.page)
    last_page = min(-(-found.total // found.size), selection.LAST_PAGE)
    if chosen.page > last_page > 0:
        return redirect(url_for("search.results", **chosen.with_page(last_page).parameters))
    labels = reader().labels(actor())
    counts = {
        name: found.facets.get(name, {})
        for name in FACETS
        if presenters.narrows(found.facets.get(name, {}), chosen.filters.get(name, ()), found.total)
    }
    facets = {
        name: presenters.facet_rows(values, chosen.filters.get(name, ()), labels.get(name, {}))
        for name, values in counts.items()
        if name != "year"
    }
    return render_template(
        "search.html",
        chosen=chosen,
        found=found,
        units_meant=reader().units_meant(actor(), chosen.text) if chosen.page == 1 else (),
        facets=facets,
        labels=labels,
        bars=selection.bars(counts.get("year", {}), chosen.filters.get("year", ())),
        sorts=selection.SORTS,
        last_page=last_page,
        shown_rows=presenters.FACET_ROWS,
        most_rows=presenters.FACET_MOST,
        whole=request.args.get("whole", ""),
        pieces=presenters.pieces,
        thumbnail_page=presenters.thumbnail_page,
    )
