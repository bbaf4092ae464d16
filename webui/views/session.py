"""Sign-in, sign-out, language: the only views that set cookies, and the only POSTs."""

from __future__ import annotations

import re
import threading

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for

from archive import messages
from webui import identity
from webui.context import LANGUAGE_COOKIE, language, lookup, say
from webui.policy import public, signed_in

views = Blueprint("session", __name__)

_HASHING = threading.BoundedSemaphore(2)  # a hash takes 64 MB
_RELATIVE = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?\Z")


def safe_next(wanted: str | None) -> str:
    """`wanted` if it is an address inside this site (a path, never `//host`), else the home page."""
    return wanted if wanted and len(wanted) < 2000 and _RELATIVE.match(wanted) else url_for("search.home")


@views.get("/signin")
@public
def sign_in() -> str | Response:
    if identity.account_if_readable():
        return redirect(safe_next(request.args.get("next")))
    return _form()


@views.post("/signin")
@public
def sign_in_check() -> tuple[str, int] | Response:
    name = request.form.get("name", "").strip().lower()
    password = request.form.get("password", "")
    address = request.remote_addr or ""
    if not identity.form_is_ours(request.form.get("token", "")):
        return _form("web.signin.expired", name), 400
    throttle: identity.Throttle = current_app.extensions["throttle"]
    if wait := throttle.wait(name, address):
        return _form("web.signin.wait", name, seconds=wait), 429
    with _HASHING:
        account = lookup().accounts.check(name, password)
    if account is None:
        throttle.failed(name, address)
        return _form("web.signin.wrong", name), 401
    throttle.succeeded(name, address)
    identity.begin(account)
    return redirect(safe_next(request.form.get("next")))


def _form(problem: str = "", name: str = "", **values: object) -> str:
    wanted = safe_next(request.values.get("next"))
    return render_template(
        "signin.html", problem=say(problem, **values) if problem else "", name=name, next=wanted
    )


@views.post("/signout")
@signed_in
def sign_out() -> Response | tuple[str, int]:
    if not identity.form_is_ours(request.form.get("token", "")):
        return redirect(url_for("search.home"))
    identity.end()
    return redirect(url_for("session.sign_in"))


@views.get("/language/<code>")
@public
def choose_language(code: str) -> Response:
    response = redirect(safe_next(request.args.get("next")))
    chosen = code if code in messages.LANGUAGES else language()
    response.set_cookie(
        LANGUAGE_COOKIE,
        chosen,
        max_age=365 * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
