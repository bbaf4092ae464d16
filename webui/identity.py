"""Who is asking: the session whose token is in the cookie, looked up anew at each request.

Sessions are begun and ended by the keeper; this process only reads them. What a session may do depends on its stage:
everything, or only choosing a new password, or only setting up the second factor.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, replace

from flask import current_app, g, request, session

from archive.errors import AuditUnavailable, KhoError
from archive.keeper.protocol import SignedIn
from archive.keeper.sessions import REFRESH, Session, actor_of
from archive.rights.access import Actor
from webui.context import lookup


@dataclass(frozen=True)
class Visitor:
    """Who asks, and the session they ask in."""

    actor: Actor
    session: Session

    @property
    def name(self) -> str:
        return self.actor.name

    @property
    def display_name(self) -> str:
        return self.actor.display_name


def begin(outcome: SignedIn) -> None:
    """Put a new session into the cookie; nothing of an earlier one survives."""
    session.clear()
    session.update(token=outcome.token, form=secrets.token_hex(16))


def end() -> None:
    """Sign out: the session ends with the keeper, so that a copy of the cookie is worth nothing any more."""
    if "token" in session:
        lookup().keeper.end_session(session["token"])
    session.clear()


def token() -> str:
    """The token of this browser's session; "" when it has none."""
    return session.get("token", "")


def current_account() -> Visitor | None:
    """The visitor of a living session, read anew from its files; else None and the cookie is cleared."""
    if not token():
        return None
    found = lookup().sessions.find(token())
    actor = actor_of(found, lookup().accounts) if found else None
    if actor is None:
        session.clear()
        g.session_over = True
        return None
    if lookup().sessions.clock() - found.seen >= REFRESH:
        lookup().keeper.seen(token())
    known = replace(actor, revealed=found.revealed, session=found.id, address=request.remote_addr or "")
    return Visitor(known, found)


def account_if_readable() -> Visitor | None:
    """Like `current_account`, for pages that must show also while account files or the keeper cannot be asked."""
    try:
        return current_account()
    except AuditUnavailable:
        return None
    except KhoError as error:
        current_app.logger.error("no account for %s: %s", request.path, error)
        return None


def actor() -> Actor | None:
    """The actor of this request; None when nobody is signed in."""
    account = g.get("account")
    return account.actor if account else None


def form_token() -> str:
    """The secret a form of this browser must carry."""
    return session.setdefault("form", secrets.token_hex(16))


def form_is_ours(token: str) -> bool:
    known = session.get("form", "")
    return bool(known) and hmac.compare_digest(known.encode(), token.encode())


def browser() -> str:
    """A secret that only this browser holds while it signs in elsewhere."""
    return session.setdefault("browser", secrets.token_urlsafe(32))
