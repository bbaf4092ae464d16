"""`kho user …`: look-up accounts."""

from __future__ import annotations

from dataclasses import asdict

import click
from rich.markup import escape

from archive import console, dates, home, wiring_write, wording
from archive.audit.log import AuditLog, Wanted
from archive.commands import granting
from archive.commands.granting import EVERY, UNITS, grant_options
from archive.commands.sessions import sessions_of
from archive.console import JSON, emit_json, tell, with_settings
from archive.errors import HomeError, UsageError
from archive.keeper import oidc_settings
from archive.people import blocked
from archive.people.accounts import Account, to_plain
from archive.people.accounts_writer import AccountsWriter
from archive.people.blocked import Blocked
from archive.rights.access import EVERY_UNIT, Grant
from archive.settings import Settings
from archive.text import visible
from archive.units import store
from archive.units.succession import Register
from archive.usage import Group
from archive.wiring_read import today


@click.group(cls=Group)
def user() -> None:
    """Tài khoản tra cứu / look-up accounts.

    \b
    Ví dụ / example:  kho user add lan --unit H30.01 --name "Trần Thị Lan"
    """


NAME = click.argument("name", metavar="TÊN")
KEEP = click.option(
    "--keep",
    is_flag=True,
    help="Không bắt đổi mật khẩu ở lần đăng nhập đầu / no change of password at the first sign-in",
)


@user.command("add")
@NAME
@grant_options
@click.option("--name", "display_name", default="", metavar="HỌ-TÊN", help="Họ tên / full name")
@click.option("--password", metavar="MẬT-KHẨU", help="Bỏ trống thì tự tạo / made up when left out")
@KEEP
@JSON
@with_settings
def user_add(
    settings: Settings,
    name: str,
    grants: list[Grant],
    display_name: str,
    password: str | None,
    keep: bool,
    as_json: bool,
) -> None:
    """Thêm tài khoản / add an account.

    \b
    Ví dụ / examples:
      kho user add lan --unit H30.01 --name "Trần Thị Lan"
      kho user add thanh-tra --every-unit --role auditor --from 01/07/2026 --to 31/12/2026 --basis "QĐ 45/QĐ-TTr"
    """
    home.check(settings)
    grants = granting.resolved(settings, grants)
    made_up = AccountsWriter.make_password() if password is None else ""
    account = wiring_write.accounts(settings).add(
        name, password or made_up, grants, display_name, must_change=not keep
    )
    if as_json:
        emit_json(
            {"name": account.name, "units": [grant.unit for grant in grants], "password": made_up or None}
        )
        return
    tell("user.added", name=account.name)
    if made_up:
        tell("user.password", password=made_up)
    granting.tell(settings, account)
    granting.warn_of_strange(settings, grants)


@user.command("grant")
@NAME
@grant_options
@with_settings
def user_grant(settings: Settings, name: str, grants: list[Grant]) -> None:
    """Giao thêm đơn vị hoặc đổi thời hạn / grant units, or change a grant's dates.

    \b
    Ví dụ / examples:
      kho user grant lan --unit H30.02
      kho user grant lan --unit H30.01 --to 31/12/2026 --fonds H30.01.02 --purpose "giải quyết khiếu nại"
    """
    home.check(settings)
    if not grants:
        raise UsageError("error.grant_nothing")
    grants = granting.resolved(settings, grants)
    granting.tell(settings, wiring_write.accounts(settings).grant(name, grants))
    granting.warn_of_strange(settings, grants)


@user.command("revoke")
@NAME
@UNITS
@EVERY
@with_settings
def user_revoke(settings: Settings, name: str, units: tuple[str, ...], every_unit: bool) -> None:
    """Thu lại đơn vị đã giao / take granted units back.

    \b
    Ví dụ / example:  kho user revoke lan --unit H30.02
    """
    home.check(settings)
    named = [*units, *([EVERY_UNIT] if every_unit else [])]
    if not named:
        raise UsageError("error.grant_nothing")
    granting.tell(settings, wiring_write.accounts(settings).revoke(name, named))


@user.command("list")
@JSON
@with_settings
def user_list(settings: Settings, as_json: bool) -> int:
    """Danh sách tài khoản / list the accounts.

    \b
    Ví dụ / examples:
      kho user list
      kho user list --json

    Mã thoát / exit code: 1 khi có tài khoản không đọc được / when an account could not be read.
    """
    home.check(settings)
    accounts, all_read = _readable(AccountsWriter(settings.accounts))
    if as_json:
        shut = [
            {**asdict(one), "federated": True, "disabled": True} for one in blocked.load(settings.accounts)
        ]
        emit_json([*(_plain(account) | _first(settings, account) for account in accounts), *shut])
    else:
        _print_accounts(settings, accounts, store.load(settings.register))
    return console.OK if all_read else console.SOME_REFUSED


def _readable(writer: AccountsWriter) -> tuple[list[Account], bool]:
    """(the accounts that can be read, are these all); the others are named on standard error."""
    found, names = [], writer.names()
    for name in names:
        try:
            found.append(writer.find(name))
        except HomeError as error:
            console.warn(error.code, **error.values)
    return [account for account in found if account], len(found) == len(names)


def _print_accounts(settings: Settings, accounts: list[Account], register: Register) -> None:
    def granted(account: Account) -> str:
        told = (wording.grant(grant, register, console.language()) for grant in account.grants)
        return escape(visible("\n".join(told)))

    console.table(
        ["user.col_name", "user.col_display", "user.col_units", "user.col_state"],
        [
            *(
                (
                    account.name,
                    escape(visible(account.display_name)),
                    granted(account),
                    _state(settings, account),
                )
                for account in accounts
            ),
            *(
                (escape(visible(one.name or one.subject)), "", "", console.sentence("user.state_blocked"))
                for one in blocked.load(settings.accounts)
            ),
        ],
    )


def _state(settings: Settings, account: Account) -> str:
    """In use or disabled; and until when a first password is good that nobody has used yet."""
    until = _first(settings, account).get("first_password_until")
    if account.disabled or not until:
        return console.sentence("user.state_disabled" if account.disabled else "user.state_open")
    code = "user.state_first" if until >= today().isoformat() else "user.state_over"
    return console.sentence(code, name=account.name, until=dates.shown(until))


def _first(settings: Settings, account: Account) -> dict[str, str]:
    """`first_password_until`, the last day of a password given and not yet changed; {} when there is none."""
    try:
        known = AccountsWriter(settings.accounts).credentials.find(account.name)
    except HomeError:  # of one whose secrets are damaged the rest is told all the same
        return {}
    until = known.good_until(settings.first_password_days) if known else None
    return {"first_password_until": until.isoformat()} if until else {}


def _plain(account: Account) -> dict:
    """The account for programs: all but its password and its epoch."""
    return {name: value for name, value in to_plain(account).items() if name not in ("password", "epoch")}


WHO = click.argument("name", metavar="TÊN", default="")
FEDERATED = click.option(
    "--federated",
    "subject",
    default="",
    metavar="NƠI-CẤP/MÃ",
    help="Người của dịch vụ đăng nhập một lần / issuer/subject of the single sign-on",
)


@user.command("disable")
@WHO
@FEDERATED
@with_settings
def user_disable(settings: Settings, name: str, subject: str) -> None:
    """Ngừng tài khoản; phiên đang mở hết hiệu lực / disable an account at once.

    Cũng dùng cho người chỉ đăng nhập một lần / also for people known from the single sign-on only.

    \b
    Ví dụ / examples:
      kho user disable lan
      kho user disable lan@sso.example.gov.vn
      kho user disable --federated https://sso.example.gov.vn/4f0c
    """
    home.check(settings)
    if person := _federated(settings, name, subject):
        wiring_write.accounts(settings).block(person)
        sessions_of(settings).end_those(
            lambda session: session.federated and person.means(session.name, session.subject)
        )
        if not (person.name and person.subject):
            console.warn("user.federated_unknown", name=person.name or person.subject)
        tell("user.disabled", name=person.name or person.subject)
        return
    wiring_write.accounts(settings).disable(name)
    tell("user.disabled", name=name)


def _federated(settings: Settings, name: str, subject: str) -> Blocked | None:
    """The person of the provider who is meant, by name and lasting id as far as the access log knows them; else None."""
    if not (name or subject):
        raise UsageError("error.user_nobody")
    if not subject and "@" not in name:
        return None
    issuer = getattr(oidc_settings.load(settings.home), "issuer", "").rstrip("/")
    own = subject.removeprefix(f"{issuer}/")
    for one in AuditLog(settings.audit).entries(Wanted(actor=name, action="sign-in"), newest_first=True):
        known = one.entry.detail.get("subject", "")
        if known and (not subject or known == own):
            return Blocked(one.entry.actor, f"{issuer}/{known}")
    return Blocked(name, subject)


@user.command("enable")
@WHO
@FEDERATED
@with_settings
def user_enable(settings: Settings, name: str, subject: str) -> None:
    """Mở lại tài khoản đã ngừng / let a disabled account sign in again.

    \b
    Ví dụ / example:  kho user enable lan
    """
    home.check(settings)
    if person := _federated(settings, name, subject):
        if not wiring_write.accounts(settings).unblock(person):
            raise UsageError("error.user_not_blocked", name=person.name or person.subject)
        tell("user.federated_enabled", name=person.name or person.subject)
        return
    account = wiring_write.accounts(settings).enable(name)
    tell("user.enabled", name=name)
    granting.tell(settings, account)


@user.command("password")
@NAME
@click.option("--password", metavar="MẬT-KHẨU", help="Bỏ trống thì tự tạo / made up when left out")
@KEEP
@with_settings
def user_password(settings: Settings, name: str, password: str | None, keep: bool) -> None:
    """Đặt lại mật khẩu / set a new password.

    \b
    Ví dụ / example:  kho user password lan
    """
    home.check(settings)
    chosen = password or AccountsWriter.make_password()
    wiring_write.accounts(settings).set_password(name, chosen, must_change=not keep)
    tell("user.password_set", name=name)
    if not password:
        tell("user.password", password=chosen)
