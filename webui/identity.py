"""Who is asking: sessions in a signed cookie, and the delay that slows down password guessing.

A session ends after idle or absolute time, at sign-out, and when its account is disabled or changed.
Signed-out sessions are remembered in memory for as long as their cookie would have lived.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections import OrderedDict

from flask import current_app, g, request, session

from archive.access import Actor
from archive.accounts import Account
from archive.errors import KhoError
from webui.context import lookup

REFRESH = 60
"""Seconds after which the last-seen time in the cookie is renewed."""


def begin(account: Account) -> None:
    """Start a new session for `account`; nothing of an earlier one survives."""
    session.clear()
    now = int(time.time())
    session.update(
        id=secrets.token_hex(16),
        name=account.name,
        epoch=account.epoch,
        issued=now,
        seen=now,
        form=secrets.token_hex(16),
    )


def end() -> None:
    """Sign out: the cookie goes, and a copy of it is worth nothing any more."""
    if "id" in session:
        current_app.extensions["ended"].add(session["id"])
    session.clear()


def current_account() -> Account | None:
    """The account of a living session, read anew from its file; else None and the session is cleared."""
    if "name" not in session:
        return None
    account = _living(int(time.time()))
    if account is None:
        session.clear()
    return account


def account_if_readable() -> Account | None:
    """Like `current_account`, for pages that must show also while account files cannot be read."""
    try:
        return current_account()
    except KhoError as error:
        current_app.logger.error("no account for %s: %s", request.path, error)
        return None


def _living(now: int) -> Account | None:
    settings = lookup().settings
    try:
        issued, seen, epoch, name, identifier = (
            session[key] for key in ("issued", "seen", "epoch", "name", "id")
        )
    except KeyError:
        return None
    if now - seen > settings.session_idle or now - issued > settings.session_absolute:
        return None
    account = lookup().accounts.find(name)
    if account is None or account.disabled or account.epoch != epoch:
        return None
    if identifier in current_app.extensions["ended"]:
        return None
    if now - seen >= REFRESH:
        session["seen"] = now
    return account


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


class Ended:
    """Ids of sessions that were signed out, the oldest forgotten when their cookies have expired."""

    def __init__(self, lifetime: int) -> None:
        self._lifetime = lifetime
        self._until: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, identifier: str) -> None:
        now = time.monotonic()
        with self._lock:
            while self._until and next(iter(self._until.values())) < now:
                self._until.popitem(last=False)
            self._until[identifier] = now + self._lifetime

    def __contains__(self, identifier: str) -> bool:
        return identifier in self._until


FREE_TRIES = {"pair": 3, "address": 100}
LONGEST_DELAY = {"pair": 900, "address": 3}
"""Seconds. Short for an address alone: a whole office may sit behind one."""
FORGOTTEN_AFTER = 24 * 3600
KEPT_COUNTERS = 20_000


class Throttle:
    """Growing delay for failed sign-ins, per account and address together and per address alone.

    Counting per pair keeps an attacker elsewhere from shutting out the rightful official. Delays double
    from one second after FREE_TRIES failures and end at LONGEST_DELAY seconds: about 100 guesses a day for a pair.
    """

    def __init__(self, clock=time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, ...], tuple[int, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str, address: str) -> int:
        """Seconds to wait before the next try; 0 when it may go on."""
        now = self._clock()
        with self._lock:
            return max(self._left(key, now) for key in self._keys(name, address))

    def _left(self, key: tuple[str, ...], now: float) -> int:
        count, last = self._failures.get(key, (0, 0.0))
        excess = count - FREE_TRIES[key[0]]
        if excess < 0 or now - last > FORGOTTEN_AFTER:
            return 0
        delay = min(2.0 ** min(excess, 20), LONGEST_DELAY[key[0]])
        return max(0, round(last + delay - now + 0.5))

    def failed(self, name: str, address: str) -> None:
        now = self._clock()
        with self._lock:
            for key in self._keys(name, address):
                count, last = self._failures.pop(key, (0, now))
                self._failures[key] = (1 if now - last > FORGOTTEN_AFTER else count + 1, now)
            while len(self._failures) > KEPT_COUNTERS:
                self._failures.popitem(last=False)

    def succeeded(self, name: str, address: str) -> None:
        with self._lock:
            self._failures.pop(("pair", name[:60], address), None)

    @staticmethod
    def _keys(name: str, address: str) -> tuple[tuple[str, ...], ...]:
        return ("pair", name[:60], address), ("address", address)
