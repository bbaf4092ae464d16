"""Who may call a view. Every view declares its policy; an app with an undeclared view is not made."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from flask import Flask, g, redirect, request, url_for

from archive.errors import NotFound
from archive.wiring_read import today
from webui.identity import current_account


def public(view: Callable) -> Callable:
    """Anybody may call it: it shows nothing of the holdings."""
    view.policy = "public"
    return view


STAGES = {"password": "session.password", "enrol": "session.second_factor"}
"""Stage of a session that may not look anything up yet -> the view where it goes on."""


def own_account(view: Callable) -> Callable:
    """Any living session, also one that must first change its password or set up its second factor."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object):
        g.account = current_account()
        if g.account is None:
            return redirect(url_for("session.sign_in"))
        return view(*args, **kwargs)

    guarded.policy = "own_account"
    return guarded


def signed_in(view: Callable) -> Callable:
    """Only an account with a living session; others go to the sign-in page and come back."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object):
        g.account = current_account()
        if g.account is None:
            wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else None
            return redirect(
                url_for("session.sign_in", next=wanted, over=1 if g.get("session_over") else None)
            )
        if g.account.session.stage in STAGES:
            return redirect(url_for(STAGES[g.account.session.stage]))
        return view(*args, **kwargs)

    guarded.policy = "signed_in"
    return guarded


def log_reader(view: Callable) -> Callable:
    """Only those whose role reads the access log; for everybody else who is signed in there is no such page."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object):
        if not g.account.actor.may("log", today()):
            raise NotFound()
        return view(*args, **kwargs)

    checked = signed_in(guarded)
    checked.policy = "log_reader"
    return checked


def exporter(view: Callable) -> Callable:
    """Only those whose role may take documents out; for everybody else who is signed in there is no such page."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object):
        if not g.account.actor.may("export", today()):
            raise NotFound()
        return view(*args, **kwargs)

    checked = signed_in(guarded)
    checked.policy = "exporter"
    return checked


def integrity_reader(view: Callable) -> Callable:
    """Only those whose role cares for the whole archive; for everybody else who is signed in there is no such page."""

    @wraps(view)
    def guarded(*args: object, **kwargs: object):
        if not g.account.actor.may("integrity", today()):
            raise NotFound()
        return view(*args, **kwargs)

    checked = signed_in(guarded)
    checked.policy = "integrity_reader"
    return checked


def require_policies(app: Flask) -> None:
    """Raises RuntimeError when any view of the app has declared no policy."""
    undeclared = sorted(name for name, view in app.view_functions.items() if not hasattr(view, "policy"))
    if undeclared:
        raise RuntimeError(f"views without a policy: {', '.join(undeclared)}")
