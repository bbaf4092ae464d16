"""The options of `kho user …` that say what is granted, and grants in words."""

from __future__ import annotations

import functools
from collections.abc import Callable

import click

from archive import console, ids, wiring_write, wording
from archive.console import warn
from archive.errors import KhoError, UsageError
from archive.people.accounts import Account
from archive.rights.access import EVERY_UNIT, ROLES, Grant
from archive.settings import Settings
from archive.units import store
from archive.usage import Day
from archive.wiring_read import Archive

UNITS = click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="MÃ",
    help="Đơn vị được xem, lặp lại được / unit granted, may be repeated",
)
EVERY = click.option("--every-unit", is_flag=True, help="Xem mọi đơn vị / every unit")
_OPTIONS = (
    UNITS,
    EVERY,
    click.option(
        "--role",
        default="official",
        show_default=True,
        metavar="VAI-TRÒ",
        help=f"Vai trò / role: {', '.join(ROLES)}",
    ),
    click.option(
        "--fonds",
        multiple=True,
        metavar="MÃ",
        help="Chỉ phông này, lặp lại được / these fonds only, may be repeated",
    ),
    click.option("--from", "first", type=Day(), metavar="NGÀY", help="Từ ngày / first day, 01/07/2025"),
    click.option("--to", "last", type=Day(), metavar="NGÀY", help="Đến hết ngày / last day, 31/12/2026"),
    click.option("--purpose", default="", metavar="MỤC-ĐÍCH", help="Để làm gì / what it is for"),
    click.option("--basis", default="", metavar="CĂN-CỨ", help="Theo văn bản nào / by which paper"),
)


def grant_options(command: Callable) -> Callable:
    """Adds the options that say what is granted and passes the command `grants`, one for each unit."""

    @functools.wraps(command)
    def wrapped(
        *args: object, units, every_unit: bool, role: str, fonds, first, last, purpose, basis, **kwargs
    ):
        named = [EVERY_UNIT] if every_unit else list(dict.fromkeys(units))
        if (first or last or fonds or purpose or basis) and not named:
            raise UsageError("error.grant_nothing")
        only = tuple(dict.fromkeys(map(ids.fonds_code, fonds)))
        grants = [Grant(unit, role, first, last, only, purpose.strip(), basis.strip()) for unit in named]
        return command(*args, grants=grants, **kwargs)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def tell(settings: Settings, account: Account) -> None:
    """What the account has been granted, a line for each grant."""
    if not account.grants:
        console.tell("user.no_grant", name=account.name)
    register = store.load(settings.register)
    for grant in account.grants:
        said = wording.grant(grant, register, console.language())
        console.tell("user.granted", name=account.name, grant=said)


def warn_of_strange(settings: Settings, grants: list[Grant]) -> None:
    """Name the units and fonds there are when a granted one is unknown: a slip of the pen finds nothing, silently."""
    archive = Archive(settings, wiring_write.access_log(settings))
    try:
        known = archive.reader().labels(archive.operator())
    except KhoError:
        return  # nothing published yet: any unit may still come
    register = store.load(settings.register)
    units = {grant.unit for grant in grants if grant.unit != EVERY_UNIT and not register.unit(grant.unit)}
    fonds = {code for grant in grants for code in grant.fonds}
    for kind, wanted in (("unit", units), ("fonds", fonds)):
        if strange := sorted(wanted - set(known[kind])):
            there = ", ".join(f"{code} ({name})" for code, name in sorted(known[kind].items()))
            warn(f"user.strange_{kind}", units=", ".join(strange), known=there)
