"""`kho user …`: look-up accounts."""

from __future__ import annotations

import click

from archive import console, home, messages
from archive.access import EVERY_UNIT, Grant
from archive.accounts_writer import AccountsWriter
from archive.console import JSON, emit_json, tell, with_settings
from archive.settings import Settings


@click.group()
def user() -> None:
    """Tài khoản tra cứu / look-up accounts."""


@user.command("add")
@click.argument("name")
@click.option(
    "--unit", "units", multiple=True, metavar="CODE", help="Đơn vị được xem, lặp lại được / unit granted"
)
@click.option("--every-unit", is_flag=True, help="Xem mọi đơn vị / every unit")
@click.option("--role", default="official", show_default=True)
@click.option("--name", "display_name", default="", help="Họ tên / full name")
@click.option(
    "--password", help="Mật khẩu; bỏ trống thì hỏi hoặc tự tạo / asked for or made up when left out"
)
@JSON
@with_settings
def user_add(
    settings: Settings,
    name: str,
    units: tuple[str, ...],
    every_unit: bool,
    role: str,
    display_name: str,
    password: str | None,
    as_json: bool,
) -> None:
    """Thêm tài khoản / add an account.

    \b
    Ví dụ / examples:
      kho user add lan --unit H30.01 --name "Trần Thị Lan"
      kho user add thanh-tra --every-unit --role auditor
    """
    home.check(settings)
    made_up = AccountsWriter.make_password() if password is None else ""
    grants = [Grant(code, role) for code in ([EVERY_UNIT] if every_unit else units)]
    account = AccountsWriter(settings.accounts).add(name, password or made_up, grants, display_name)
    if as_json:
        emit_json(
            {"name": account.name, "units": [grant.unit for grant in grants], "password": made_up or None}
        )
        return
    tell("user.added", name=account.name)
    if made_up:
        tell("user.password", password=made_up)
    if not grants:
        tell("user.no_grant", name=account.name)


@user.command("list")
@JSON
@with_settings
def user_list(settings: Settings, as_json: bool) -> None:
    """Danh sách tài khoản / list the accounts."""
    home.check(settings)
    accounts = AccountsWriter(settings.accounts).all()
    if as_json:
        emit_json(
            [
                {
                    "name": a.name,
                    "display_name": a.display_name,
                    "disabled": a.disabled,
                    "grants": [{"unit": g.unit, "role": g.role} for g in a.grants],
                }
                for a in accounts
            ]
        )
        return
    state = {False: "user.state_open", True: "user.state_disabled"}
    console.table(
        ["user.col_name", "user.col_display", "user.col_units", "user.col_state"],
        [
            (
                a.name,
                a.display_name,
                ", ".join(g.unit for g in a.grants),
                messages.say(state[a.disabled], console.language()),
            )
            for a in accounts
        ],
    )


@user.command("disable")
@click.argument("name")
@with_settings
def user_disable(settings: Settings, name: str) -> None:
    """Ngừng tài khoản; phiên đang mở hết hiệu lực / disable an account at once."""
    home.check(settings)
    AccountsWriter(settings.accounts).disable(name)
    tell("user.disabled", name=name)


@user.command("password")
@click.argument("name")
@click.option("--password", help="Bỏ trống thì tự tạo / made up when left out")
@with_settings
def user_password(settings: Settings, name: str, password: str | None) -> None:
    """Đặt lại mật khẩu / set a new password."""
    home.check(settings)
    chosen = password or AccountsWriter.make_password()
    AccountsWriter(settings.accounts).set_password(name, chosen)
    tell("user.password_set", name=name)
    if not password:
        tell("user.password", password=chosen)
