"""Help in the language of the page, and the sign of life for the operator's monitor."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template

from webui.context import language
from webui.identity import account_if_readable
from webui.policy import public

views = Blueprint("guide", __name__)


@views.get("/help")
@public
def show() -> str:
    g.account = account_if_readable()
    return render_template("help.html", guide=f"help/{language()}.html")


@views.route("/healthz")
@public
def alive() -> Response:
    return Response(status=204)
