"""Sign-in, the own account, sign-out, language: the only views that set cookies, and the only POSTs.

Everything that is recorded, kept or checked happens in the keeper; these views carry forms to it and answers back.
"""

from __future__ import annotations

import io
import re

import segno
from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from markupsafe import Markup

from archive import messages
from archive.errors import KhoError, UsageError
from archive.keeper.protocol import Refused
from webui import identity
from webui.context import LANGUAGE_COOKIE, language, lookup, say
from webui.policy import STAGES, own_account, public

views = Blueprint("session", __name__)

Answer = str | Response | tuple[str, int]

_RELATIVE = re.compile(r"/(?:[^/\\\x00-\x20\x7f][^\\\x00-\x20\x7f]*)?\Z")


def safe_next(wanted: str | None) -> str:
    """`wanted` if it is an address inside this site (a path, never `//host`), else the home page."""
    return wanted if wanted and len(wanted) < 2000 and _RELATIVE.match(wanted) else url_for("search.home")


def _address() -> str:
    return request.remote_addr or ""


def _refusal(outcome: Refused) -> tuple[str, int]:
    """(sentence, status)"""
    return say(outcome.code, seconds=outcome.wait), 429 if outcome.wait else 401


def _problem(error: KhoError) -> str:
    remedy = say(f"{error.code}.remedy", **error.values)
    return " ".join(
        [say(error.code, **error.values), *([remedy] if remedy != f"{error.code}.remedy" else [])]
    )


# --------------------------------------------------------------------------- signing in and out


@views.get("/signin")
@public
def sign_in() -> Answer:
    if identity.account_if_readable():
        return redirect(safe_next(request.args.get("next")))
    return _form(say("web.signin.over") if request.args.get("over") else "")


@views.post("/signin")
@public
def sign_in_check() -> Answer:
    form = request.form
    name = form.get("name", "").strip().lower()
    if not identity.form_is_ours(form.get("token", "")):
        return _form(say("web.signin.expired"), name), 400
    outcome = lookup().keeper.sign_in(
        name, form.get("password", ""), form.get("code", "").strip(), _address()
    )
    if isinstance(outcome, Refused):
        problem, status = _refusal(outcome)
        return _form(problem, name), status
    identity.begin(outcome)
    return _go_on(outcome.stage, form.get("next"))


def _go_on(stage: str, wanted: str | None) -> Response:
    """To what must be done first, else to the page that was wanted."""
    wanted = safe_next(wanted)
    return redirect(url_for(STAGES[stage], next=wanted) if stage in STAGES else wanted)


def _form(problem: str = "", name: str = "") -> str:
    oidc = lookup().oidc
    return render_template(
        "signin.html",
        problem=problem,
        name=name,
        next=safe_next(request.values.get("next")),
        provider=(oidc.label or oidc.host) if oidc else "",
        contact=lookup().settings.contact,
    )


@views.get("/signin/provider")
@public
def sign_in_elsewhere() -> Answer:
    """To the provider of single sign-on."""
    if lookup().oidc is None:
        return redirect(url_for("session.sign_in"))
    session["next"] = safe_next(request.args.get("next"))
    callback = url_for("session.sign_in_back", _external=True)
    return redirect(lookup().keeper.begin_federated(callback, identity.browser()))


@views.get("/signin/back")
@public
def sign_in_back() -> Answer:
    """Back from the provider."""
    if lookup().oidc is None:
        return redirect(url_for("session.sign_in"))
    wanted = session.get("next")
    outcome = lookup().keeper.finish_federated(request.url, identity.browser(), _address())
    if isinstance(outcome, Refused):
        problem, status = _refusal(outcome)
        return _form(problem), status
    identity.begin(outcome)
    return _go_on(outcome.stage, wanted)


@views.post("/signout")
@own_account
def sign_out() -> Answer:
    if not identity.form_is_ours(request.form.get("token", "")):
        return redirect(url_for("search.home"))
    identity.end()
    return redirect(url_for("session.sign_in"))


# --------------------------------------------------------------------------- the own account


@views.get("/account/password")
@own_account
def password() -> Answer:
    return _password_form()


@views.post("/account/password")
@own_account
def change_password() -> Answer:
    form = request.form
    if not identity.form_is_ours(form.get("token", "")):
        return _password_form(say("web.signin.expired")), 400
    new = form.get("new", "")
    if new != form.get("again", ""):
        return _password_form(say("web.password.differ")), 400
    try:
        outcome = lookup().keeper.change_password(identity.token(), form.get("old", ""), new)
    except UsageError as error:
        return _password_form(_problem(error)), 400
    if isinstance(outcome, Refused):
        problem, status = _refusal(outcome)
        return _password_form(problem), status
    identity.begin(outcome)
    flash("web.password.changed")
    return _go_on(outcome.stage, form.get("next"))


def _password_form(problem: str = "") -> str:
    return render_template("password.html", problem=problem, next=safe_next(request.values.get("next")))


@views.get("/account/second")
@own_account
def second_factor() -> Answer:
    return _second_form()


@views.post("/account/second")
@own_account
def confirm_second_factor() -> Answer:
    form = request.form
    if not identity.form_is_ours(form.get("token", "")):
        return _second_form(say("web.signin.expired")), 400
    outcome = lookup().keeper.confirm_enrolment(identity.token(), form.get("code", "").strip())
    if isinstance(outcome, Refused):
        problem, status = _refusal(outcome)
        return _second_form(problem), status
    identity.begin(outcome)
    return render_template("recovery.html", codes=outcome.recovery, next=safe_next(form.get("next")))


def _second_form(problem: str = "") -> str:
    enrolment = lookup().keeper.begin_enrolment(identity.token())
    spaced = " ".join(enrolment.secret[n : n + 4] for n in range(0, len(enrolment.secret), 4))
    return render_template(
        "second.html",
        problem=problem,
        qr=_qr(enrolment.uri),
        secret=spaced,
        next=safe_next(request.values.get("next")),
    )


def _qr(content: str) -> Markup:
    drawn = io.BytesIO()
    segno.make(content, error="m").save(
        drawn, kind="svg", xmldecl=False, omitsize=True, border=4, light="#fff"
    )
    return Markup(drawn.getvalue().decode())  # drawn here from squares: nothing of `content` is in it as text


# --------------------------------------------------------------------------- language


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
