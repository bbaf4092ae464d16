"""The options of `kho user …` that say what is granted, and grants in words."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import click

from archive import console, dates, ids, wiring_write, wording
from archive.console import warn
from archive.errors import KhoError, UsageError
from archive.people.accounts import Account
from archive.rights.access import EVERY_UNIT, ROLES, Grant
from archive.settings import Settings
from archive.units import store, unit_search
from archive.units.succession import Register
from archive.usage import Day
from archive.wiring_read import Archive, today

UNITS = click.option(
    "--unit",
    "units",
    multiple=True,
    metavar="ĐƠN-VỊ",
    help="Mã hoặc tên đơn vị được xem, lặp lại được / code or name of a unit granted, may be repeated",
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


def resolved(settings: Settings, grants: list[Grant]) -> list[Grant]:
    """The grants, units that were named in words known by their ids. Raises UsageError for a name of several units."""
    register = store.load(settings.register)
    return [replace(grant, unit=_unit(grant.unit, register)) for grant in grants]


def _unit(written: str, register: Register) -> str:
    if written == EVERY_UNIT:
        return written
    found = unit_search.granted(register, written)
    if len(found) > 1:
        raise UsageError("user.several_units", unit=written, found=unit_search.told_apart(register, found))
    return found[0].id if found else written


def tell(settings: Settings, account: Account) -> None:
    """What the account has been granted, a line for each grant."""
    if not account.grants:
        console.tell("user.no_grant", name=account.name)
    register = store.load(settings.register)
    for grant in account.grants:
        said = wording.grant(grant, register, console.language())
        console.tell("user.granted", name=account.name, grant=said)


def warn_of_strange(settings: Settings, grants: list[Grant]) -> None:
    """Name the units and fonds there are when a granted one is unknown: a slip of the pen finds nothing, silently.

    So does a grant that is over.
    """
    for grant in grants:
        if grant.valid_to and grant.valid_to < today():
            warn("user.grant_over", unit=grant.unit, day=dates.shown(grant.valid_to.isoformat()))
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
