"""Composition root of the keeper: settings -> the verbs it answers. Not for the web process."""

from __future__ import annotations

import dataclasses

from archive import durable
from archive.audit.entry import Entry
from archive.audit.journal import JournalSink
from archive.errors import UsageError
from archive.keeper import oidc_settings
from archive.keeper.federated import Federation
from archive.keeper.sessions_writer import SessionsWriter
from archive.keeper.sign_in import SignIn
from archive.keeper.throttle import Throttle
from archive.messages import say
from archive.people.accounts_writer import AccountsWriter
from archive.ports import AuditSink
from archive.rights.access import Actor
from archive.settings import Settings
from archive.wiring_read import today


def verbs(settings: Settings, sink: JournalSink) -> dict:
    """Verb -> what answers it."""
    # There before the web process gives up its rights, or it could not read what comes into them later.
    for folder in (settings.sessions, settings.register, settings.restrictions):
        durable.make_folder(folder)
    sessions = open_sessions(settings)
    accounts = AccountsWriter(settings.accounts)
    accounts.credentials.init()
    throttle = Throttle(settings.secrets / "throttle.tries")
    name = say("web.name", settings.language)
    days = settings.first_password_days
    desk = SignIn(accounts, sessions, throttle, sink, needs_second_factor, issuer=name, first_days=days)
    oidc = oidc_settings.load(settings.home)
    federation = Federation(oidc, settings.home, sessions, sink, needs_second_factor, accounts.is_blocked)
    return {
        "record": lambda entries: _record(sink, entries),
        "head": lambda: dataclasses.asdict(head) if (head := sink.head()) else None,
        "seal": lambda digest: dataclasses.asdict(sink.seal(digest)),
        "begin_federated": federation.begin,
        "finish_federated": lambda **values: _plain(federation.finish(**values)),
        "sign_in": lambda **values: _plain(desk.sign_in(**values)),
        "seen": desk.seen,
        "reveal": sessions.reveal,
        "end_session": desk.end_session,
        "change_password": lambda **values: _plain(desk.change_password(**values)),
        "begin_enrolment": lambda **values: _plain(desk.begin_enrolment(**values)),
        "confirm_enrolment": lambda **values: _plain(desk.confirm_enrolment(**values)),
    }


def open_sessions(settings: Settings) -> SessionsWriter:
    """The sessions of a home; those that are over are swept out."""
    sessions = SessionsWriter(settings.sessions, settings.session_idle, settings.session_absolute)
    sessions.sweep()
    return sessions


def needs_second_factor(actor: Actor) -> bool:
    """Those who read the log or manage accounts sign in with a second factor."""
    return actor.audits(today()) or actor.may("accounts", today())


def _record(sink: AuditSink, entries: list[dict]) -> int:
    try:
        made = [Entry(**{**entry, "when": ""}) for entry in entries]  # the journal's clock, not the asker's
    except TypeError as error:
        raise UsageError("error.keeper_request") from error
    return sink.record(*made)


def _plain(outcome: object) -> dict:
    return dataclasses.asdict(outcome)
