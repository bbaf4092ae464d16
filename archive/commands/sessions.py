"""`kho user sessions | sign-out | reset-code`: who is signed in, and how to end it."""

from __future__ import annotations

from datetime import datetime

import click
from rich.markup import escape

from archive import console, home, wiring_write
from archive.audit.entry import Entry
from archive.console import JSON, emit_json, tell, with_settings
from archive.keeper.sessions import Session, actor_of
from archive.keeper.sessions_writer import SessionsWriter
from archive.people.accounts import Accounts
from archive.settings import VIETNAM, Settings
from archive.text import visible
from archive.wiring_read import Archive

NAME = click.argument("name", metavar="TÊN")


def sessions_of(settings: Settings) -> SessionsWriter:
    return SessionsWriter(settings.sessions, settings.session_idle, settings.session_absolute)


@click.command("sessions")
@JSON
@with_settings
def user_sessions(settings: Settings, as_json: bool) -> None:
    """Ai đang đăng nhập / who is signed in.

    \b
    Ví dụ / example:  kho user sessions
    """
    home.check(settings)
    accounts = Accounts(settings.accounts)
    living = [session for session in sessions_of(settings).all() if actor_of(session, accounts)]
    if as_json:
        emit_json([_plain(session) for session in living])
        return
    console.table(
        ["session.col_name", "session.col_address", "session.col_began", "session.col_seen"],
        [
            (escape(visible(session.name)), session.address, _moment(session.began), _moment(session.seen))
            for session in living
        ],
    )


@click.command("sign-out")
@NAME
@with_settings
def user_sign_out(settings: Settings, name: str) -> None:
    """Kết thúc mọi phiên của một tài khoản / end every session of an account.

    \b
    Ví dụ / example:  kho user sign-out lan
    """
    home.check(settings)
    operator = Archive(settings).operator().name
    wiring_write.access_log(settings).record(
        Entry("account", operator, object=name, why="account_change.signed_out")
    )
    tell("session.ended", name=name, count=sessions_of(settings).end_of(name))


@click.command("reset-code")
@NAME
@with_settings
def user_reset_code(settings: Settings, name: str) -> None:
    """Bỏ mã xác thực trên điện thoại đã mất / take away the codes of a lost phone.

    \b
    Ví dụ / example:  kho user reset-code thanh-tra
    """
    home.check(settings)
    accounts = wiring_write.accounts(settings)
    known = accounts.credentials.find(name)
    accounts.reset_second_factor(name)
    tell("session.code_reset" if known and known.totp else "session.no_code", name=name)


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, VIETNAM).strftime("%H:%M %d/%m/%Y")


def _plain(session: Session) -> dict:
    began, seen = (
        datetime.fromtimestamp(moment, VIETNAM).isoformat() for moment in (session.began, session.seen)
    )
    return {
        "id": session.id,
        "name": session.name,
        "address": session.address,
        "began": began,
        "seen": seen,
        "stage": session.stage,
        "second_factor": session.second_factor,
        "federated": session.federated,
    }
