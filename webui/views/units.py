"""Looking up a unit by any of its names; what the own unit inherited. A unit's page is in collections.py."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, render_template, request

from webui import presenters
from webui.context import reader
from webui.identity import actor
from webui.policy import signed_in

views = Blueprint("units", __name__)

MOST_FOUND = 50
LONGEST = 200
"""Letters of a name looked for."""


@views.get("/units")
@signed_in
def look_up() -> str:
    wanted = request.args.get("name", "").strip()[:LONGEST]
    found = reader().register.find(wanted) if wanted else []
    return render_template(
        "units.html",
        wanted=wanted,
        found=found[:MOST_FOUND],
        total=len(found),
        register=reader().register,
        handed=partial(reader().handed_over, actor()),
    )


@views.get("/units/mine")
@signed_in
def mine() -> str:
    """Which units' records came to the account, how, since when, by which decision, and how many there are."""
    groups = presenters.inheritance_groups(reader().inheritance(actor()))
    return render_template(
        "mine.html", groups=groups, register=reader().register, most_names=presenters.MOST_NAMES
    )
