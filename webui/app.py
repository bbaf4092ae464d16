"""The look-up application: sessions, headers, languages, errors. It has no way to write.

`create_app` refuses to make an app with a view that has no declared policy.
"""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, SecurityError

from archive import messages
from archive.errors import (
    AuditUnavailable,
    EngineError,
    HomeError,
    IntegrityError,
    KhoError,
    NotFound,
    UsageError,
    Withheld,
)
from archive.settings import Settings
from archive.wiring_read import Archive
from webui import context, display, identity
from webui.policy import require_policies
from webui.views import (
    collections,
    export,
    guide,
    integrity,
    item,
    legacy,
    log,
    page,
    search,
    session,
    static,
    units,
)

CONTENT_SECURITY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
FEATURES = (
    "camera", "microphone", "geolocation", "payment", "usb", "serial", "midi", "accelerometer", "gyroscope",
    "magnetometer", "display-capture", "fullscreen",
)  # fmt: skip
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{name}=()" for name in FEATURES),
}
BLUEPRINTS = (
    static.views,
    session.views,
    search.views,
    item.views,
    page.views,
    collections.views,
    export.views,
    legacy.views,
    units.views,
    log.views,
    integrity.views,
    guide.views,
)


def create_app(settings: Settings) -> Flask:
    """The WSGI application for one home. Raises HomeError when the home has no session key."""
    app = Flask("webui", static_folder=None)
    app.extensions["lookup"] = Archive(settings)
    _configure_sessions(app, settings)
    display.register(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(Exception, _explain)
    app.after_request(_protect)
    require_policies(app)
    return app


def _configure_sessions(app: Flask, settings: Settings) -> None:
    app.config.update(
        SECRET_KEY=app.extensions["lookup"].accounts.secret(),
        SESSION_COOKIE_NAME="__Host-kho" if settings.https else "kho",
        SESSION_COOKIE_SECURE=bool(settings.https),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=16 * 1024,
        TRUSTED_HOSTS=settings.hosts.split(),
    )


def _protect(response: Response) -> Response:
    """The same protective headers on every answer; nothing of the holdings stays in a cache."""
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "private, no-store")
    if context.lookup().settings.https:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


# --------------------------------------------------------------------------- errors

STATUS = (
    (NotFound, 404),
    (Withheld, 403),
    (UsageError, 400),
    (AuditUnavailable, 503),
    (HomeError, 503),
    (IntegrityError, 500),
    (KhoError, 500),
)
HTTP_CODES = {404: "error.not_found", 405: "web.error.method", 413: "web.error.too_large"}


def _explain(error: Exception) -> tuple[str, int] | Response:
    """What happened and what to do next, without details of the inside."""
    if isinstance(error, SecurityError):
        # No template here: it would build addresses for the host that was just refused.
        return Response(
            messages.say("web.error.host", context.lookup().settings.language) + "\n",
            400,
            mimetype="text/plain",
        )
    if isinstance(error, HTTPException):
        if error.code and error.code < 400:
            return error.get_response()
        status = error.code or 500
        return _error_page(HTTP_CODES.get(status, "web.error.request"), {}, status)
    if isinstance(error, KhoError):
        status = next(status for kind, status in STATUS if isinstance(error, kind))
        if status < 500:
            return _error_page(error.code, error.values, status)
        _log(error)
        if isinstance(error, AuditUnavailable):
            g.setdefault("account", None)  # asking the keeper again would double the wait
        title = "damaged" if isinstance(error, IntegrityError | EngineError) else ""
        return _error_page(_without_inside(error), error.values, status, title)
    _log(error)
    return _error_page("web.error.inside", {}, 500)


def _without_inside(error: KhoError) -> str:
    """The error's code, or a general one where its sentence would tell paths and parts of this machine."""
    if error.code == "error.not_published" or not {"path", "reason", "line", "text"} & error.values.keys():
        return error.code
    return "web.error.damaged" if isinstance(error, IntegrityError | EngineError) else "web.error.inside"


def _log(error: Exception) -> None:
    """Details go to the log of this machine, under a number the page shows."""
    from flask import current_app

    g.incident = secrets.token_hex(4)
    plain = isinstance(error, AuditUnavailable)  # nothing in the look-up is at fault: one line says it
    told = messages.say(error.code, "en", **error.values) if plain else ""
    current_app.logger.error(
        "incident %s %s %s", g.incident, request.path, told, exc_info=None if plain else error
    )


def _error_page(code: str, values: dict[str, str], status: int, title: str = "") -> tuple[str, int]:
    if status == 404:
        code, values = "error.not_found", {}
    if "account" not in g:
        g.account = identity.account_if_readable()
    page = render_template(
        "error.html",
        status=status,
        title=context.say(f"web.error.title.{title or (status if status in (400, 403, 404, 503) else 500)}"),
        sentence=context.say(code, **values),
        remedy=_remedy(code, values),
        item=values.get("item", "") if status == 403 else "",
        code=code.removeprefix("web.").removeprefix("error."),
        incident=g.get("incident", ""),
    )
    return page, status


def _remedy(code: str, values: dict[str, str]) -> str:
    for key in (f"web.remedy.{code.removeprefix('error.')}", f"{code}.remedy"):
        found = context.say(key, **values)
        if found != key:
            return found
    return ""
