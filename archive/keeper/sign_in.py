"""Who may begin a session, and what a session may change about its own account. Runs in the keeper.

Every outcome is on record before it is told. A wrong name, password or code gets the same answer in the same time.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from archive.audit.entry import Entry
from archive.errors import HomeError, NotFound, UsageError
from archive.keeper import totp
from archive.keeper.credentials import Credentials, nobody
from archive.keeper.credentials_writer import check_password
from archive.keeper.protocol import Enrolled, Enrolment, Refused, SignedIn
from archive.keeper.sessions import Session, Stage, account_of
from archive.keeper.sessions_writer import SessionsWriter
from archive.keeper.throttle import Throttle, place
from archive.people.accounts import Account
from archive.people.accounts_writer import AccountsWriter
from archive.ports import AuditSink
from archive.rights.access import Actor
from archive.settings import VIETNAM

HASHES_AT_ONCE = 2
"""A hash takes 64 MB."""

_LOG = logging.getLogger(__name__)


class SignIn:
    """Sign-in with the home's own accounts. Safe for use by several threads."""

    def __init__(
        self,
        accounts: AccountsWriter,
        sessions: SessionsWriter,
        throttle: Throttle,
        sink: AuditSink,
        needs_second_factor: Callable[[Actor], bool],
        *,
        issuer: str = "Kho",
        first_days: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._throttle = throttle
        self._sink = sink
        self._needs_second_factor = needs_second_factor
        self._issuer = issuer
        self._first_days = first_days
        self._clock = clock
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)

    # ------------------------------------------------------------------ beginning a session

    def sign_in(self, name: str, password: str, code: str, address: str) -> SignedIn | Refused:
        """A session when name, password and (where the account has one) second factor are right."""
        account, known = self._look_up(name)
        at_home = place(address) in known.addresses
        if wait := self._throttle.attempt(name, address, at_home):
            return Refused("web.signin.wait", wait)
        if not self._right(account, known, password, code):
            actor = account.name if account else ""  # people type passwords into the field for names
            self._record("sign-in-refused", actor, "sign_in.wrong", address)
            return Refused("web.signin.wrong")
        self._throttle.succeeded(name, address, at_home)
        if self._over(known):
            self._record("sign-in-refused", account.name, "sign_in.first_over", address)
            return Refused("web.signin.first_over")
        self._accounts.credentials.change(account.name, lambda old: old.met_at(place(address)))
        return self._begin(account, known, address, "sign_in.second" if known.totp else "sign_in.password")

    def _look_up(self, name: str) -> tuple[Account | None, Credentials]:
        """What is on file; for a name without an account, or one that cannot be read, secrets nobody knows."""
        try:
            account = self._accounts.find(name)
            known = self._accounts.credentials.find(name) if account else None
        except HomeError as error:
            _LOG.error("sign-in of an account that cannot be read: %s", error)
            account = known = None
        return (account, known) if account and known else (None, nobody())

    def _right(self, account: Account | None, known: Credentials, password: str, code: str) -> bool:
        with self._hashing:
            fits = known.fits(password)
        if account is None or account.disabled or not fits:
            return False
        return self._use_code(account.name, code) if known.totp else True

    def _over(self, known: Credentials) -> bool:
        """Has nobody used the first password for too long? It may have been lost on its way to its owner."""
        until = known.good_until(self._first_days)
        return until is not None and datetime.fromtimestamp(self._clock(), VIETNAM).date() > until

    def _use_code(self, name: str, code: str) -> bool:
        """Is this the code of now, or a recovery code? Each is used up by this, also when two come at once."""
        right = False

        def use(old: Credentials) -> Credentials:
            nonlocal right
            step = totp.step_of(old.totp, code.replace(" ", ""), self._clock(), old.totp_step)
            if step is not None:
                right = True
                return replace(old, totp_step=step)
            digest = totp.recovery_digest(code)
            right = digest in old.recovery
            return replace(old, recovery=tuple(kept for kept in old.recovery if kept != digest))

        self._accounts.credentials.change(name, use)
        return right

    def _begin(self, account: Account, known: Credentials, address: str, why: str) -> SignedIn:
        stage = self._stage(account, known)
        self._record("sign-in", account.name, why, address, stage=stage)
        token = self._sessions.begin(
            account.name, account.epoch, stage=stage, second_factor=bool(known.totp), address=address
        )
        return SignedIn(token, stage)

    def _stage(self, account: Account, known: Credentials) -> Stage:
        if known.must_change:
            return "password"
        return "enrol" if not known.totp and self._needs_second_factor(account.actor) else "full"

    # ------------------------------------------------------------------ within a session

    def seen(self, token: str) -> None:
        self._sessions.seen(token)

    def end_session(self, token: str) -> None:
        session = self._sessions.find(token)
        if session:
            self._sessions.end(session.key)
            self._record("sign-out", session.name, "", session.address, session)

    def change_password(self, token: str, old: str, new: str) -> SignedIn | Refused:
        """Ends every session of the account and begins a new one. Raises UsageError for a weak password."""
        session, account, known = self._own(token)
        at_home = place(session.address) in known.addresses
        if wait := self._throttle.attempt(account.name, session.address, at_home):
            return Refused("web.signin.wait", wait)
        with self._hashing:
            fits = known.fits(old)
        if not fits:
            self._record("sign-in-refused", account.name, "sign_in.old_password", session.address, session)
            return Refused("web.password.wrong")
        self._throttle.succeeded(account.name, session.address, at_home)
        if new == old:
            raise UsageError("error.password_same")
        check_password(account.name, new)
        self._record("account", account.name, "sign_in.password_changed", session.address, session)
        changed = self._accounts.set_password(account.name, new)
        self._sessions.end_of(account.name)
        return self._begin_anew(changed, session)

    def begin_enrolment(self, token: str) -> Enrolment:
        """A new second factor, which counts once a code of it was typed."""
        _, account, known = self._own(token)
        if known.totp:
            raise UsageError("error.second_factor_there")
        secret = known.pending or totp.make_secret()
        self._accounts.credentials.change(account.name, lambda old: replace(old, pending=secret))
        return Enrolment(secret, totp.uri(secret, account.name, self._issuer))

    def confirm_enrolment(self, token: str, code: str) -> Enrolled | Refused:
        """The second factor counts from now on; other sessions end."""
        session, account, known = self._own(token)
        step = totp.step_of(known.pending, code.replace(" ", ""), self._clock()) if known.pending else None
        if step is None or known.totp:
            return Refused("web.second.wrong")
        codes = totp.make_recovery_codes()
        digests = tuple(totp.recovery_digest(made) for made in codes)
        self._record("account", account.name, "sign_in.second_set_up", session.address, session)
        self._accounts.credentials.change(
            account.name,
            lambda old: replace(old, totp=known.pending, totp_step=step, pending="", recovery=digests),
        )
        self._sessions.end_of(account.name)
        return Enrolled(self._begin_anew(account, session).token, tuple(codes))

    def _own(self, token: str) -> tuple[Session, Account, Credentials]:
        """The session, its account and secrets. Raises NotFound when the session is over or federated."""
        session = self._sessions.find(token)
        account = account_of(session, self._accounts) if session else None
        known = self._accounts.credentials.find(account.name) if account else None
        if known is None:
            raise NotFound("error.session_over")
        return session, account, known

    def _begin_anew(self, account: Account, session: Session) -> SignedIn:
        known = self._accounts.credentials.find(account.name) or nobody()
        stage = self._stage(account, known)
        token = self._sessions.begin(
            account.name, account.epoch, stage=stage, second_factor=bool(known.totp), address=session.address
        )
        return SignedIn(token, stage)

    def _record(
        self, action: str, actor: str, why: str, address: str, session: Session | None = None, **detail: str
    ) -> None:
        """Raises AuditUnavailable: then nothing was begun."""
        self._sink.record(
            Entry(
                action,
                actor,
                object=actor,
                outcome="refused" if action == "sign-in-refused" else "allowed",
                why=why,
                detail=detail,
                session=session.id if session else "",
                address=address,
            )
        )
