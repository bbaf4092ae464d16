"""`kho explain-access`: why an account may read a record or not, grant by grant, step by step."""

from __future__ import annotations

import dataclasses
from datetime import date

import click

from archive import console, dates, ids, wiring_write, wording
from archive.console import JSON, emit_json, language, sentence, with_settings
from archive.errors import NotFound, UsageError
from archive.people.accounts import Account, grant_to_plain
from archive.rights import restrictions
from archive.rights.access import Actor
from archive.rights.explanation import Explanation, Verdict
from archive.rights.restrictions import Restriction
from archive.settings import Settings
from archive.text import visible
from archive.units.succession import Register, Step, Succession
from archive.usage import Day
from archive.wiring_read import Archive, today

RECORD = click.argument("record", metavar="MÃ")
LABELS = 24
"""Columns of a label."""


@click.command("explain-access")
@click.argument("user", metavar="TÊN")
@RECORD
@click.option("--on", "day", type=Day(), metavar="NGÀY", help="Tính đến ngày / on this day [hôm nay / today]")
@JSON
@with_settings
def explain_access(settings: Settings, user: str, record: str, day: date | None, as_json: bool) -> int:
    """Vì sao một tài khoản được hoặc không được xem một hồ sơ, văn bản / why an account may read a record or not.

    Nói từng quyền, đường kế thừa từng bước, mức, hạn chế / grant by grant, each step of the succession.

    \b
    Ví dụ / examples:
      kho explain-access lan H30.01:hs-12:003
      kho explain-access lan H30.01:hs-12 --on 01/07/2027 --json

    Mã thoát / exit code: 0 được xem / may read, 1 không / may not, 2 gọi sai / misused.
    """
    archive = Archive(settings, wiring_write.access_log(settings))
    account = _account(archive, user)
    found = explained(archive, account.actor, record, day)
    asked = (account, record, day or today())
    if as_json:
        emit_json(_plain(*asked, found, archive.rules().register))
    else:
        _print(*asked, found, archive.rules().register)
    return console.OK if _allowed(account, found) else console.SOME_REFUSED


def explained(archive: Archive, about: Actor, record: str, day: date | None = None) -> Explanation:
    """What is to be said about an account and a dossier or document. UsageError when nothing published has this id."""
    try:
        if ":" not in record:
            raise UsageError("error.record_kind", record=record)
        if visible(record) != record:
            raise NotFound()
        return archive.reader().explain(archive.operator(), about, record, day)
    except NotFound as error:
        raise UsageError("error.record_absent", record=record) from error


def _account(archive: Archive, name: str) -> Account:
    account = archive.accounts.find(name)
    if account is None:
        raise UsageError("error.unknown_user", name=name)
    return account


def _allowed(account: Account, found: Explanation) -> bool:
    return found.allowed and not account.disabled


def _print(account: Account, record: str, day: date, found: Explanation, register: Register) -> None:
    allowed = _allowed(account, found)
    asked = {"user": account.name, "record": record, "day": dates.shown(day.isoformat())}
    click.secho(sentence(f"explain.{'yes' if allowed else 'no'}", **asked), bold=True)
    if account.disabled:
        click.echo(f"  {sentence('explain.disabled')}")
    _say(f"  {wording.reason(found.reason, register, language())}")
    if register.strange(found.record.fonds, found.record.unit, day):
        _say(f"  {sentence('access.strange_unit', fonds=found.record.fonds, unit=found.record.unit)}")
    _heading("explain.record")
    for label, value in _facts(found, register):
        _say(f"  {sentence(label) + ':':<{LABELS}} {value}")
    if found.verdicts:
        _heading("explain.grants")
    for number, verdict in enumerate(found.verdicts, 1):
        _print_verdict(number, verdict, register)


def _facts(found: Explanation, register: Register) -> list[tuple[str, str]]:
    """What decides about the record, label and value, unset ones left out."""
    record = found.record
    laid = [
        ("explain.restriction", sentence("explain.restriction_of", **restriction_told(row)))
        for row in found.restrictions
    ]
    facts = [
        ("explain.unit", wording.unit_name(record.unit, register)),
        ("explain.fonds", record.fonds),
        ("explain.level", sentence(f"access.levels.{record.level}")),
        ("explain.embargo", dates.shown(record.embargo)),
        *laid,
        ("explain.personal", sentence(f"explain.personal_shown.{found.personal}") if found.allowed else ""),
    ]
    return [(label, value) for label, value in facts if value]


def restriction_told(row: Restriction) -> dict[str, str]:
    """The values of a restriction as sentences take them."""
    return {
        "record": row.record,
        "level": sentence(f"access.levels.{row.level}"),
        "until": dates.shown(row.until.isoformat()) if row.until else sentence("access.no_lifting"),
        "basis": row.basis or "—",
    }


def _print_verdict(number: int, verdict: Verdict, register: Register) -> None:
    said = sentence("explain.verdict_yes" if verdict.allowed else "explain.verdict_no")
    _say(f"  {number}. {said}: {wording.grant(verdict.grant, register, language())}")
    _say(f"     {wording.reason(verdict.reason, register, language())}")
    if verdict.allowed:
        _say(f"     {wording.role_reads(verdict.grant.role, language())}")
    for depth, line in enumerate(wording.way(verdict.grant.unit, verdict.way, register, language())):
        _say(f"     {'  ' * bool(depth)}{line}")


def _heading(code: str) -> None:
    click.secho(f"\n{sentence(code)}", bold=True)


def _say(line: str) -> None:
    click.echo(visible(line))


def _plain(account: Account, record: str, day: date, found: Explanation, register: Register) -> dict:
    return {
        "user": account.name,
        "disabled": account.disabled,
        "record": record,
        "kind": "item" if ids.is_item_id(record) else "dossier",
        "on": day.isoformat(),
        "allowed": _allowed(account, found),
        "reason": wording.reason(found.reason, register, language()),
        "code": found.reason.code,
        **dataclasses.asdict(found.record),
        "restrictions": [restrictions.to_plain(row) for row in found.restrictions],
        "personal": found.personal if found.allowed else "",
        "grants": [_plain_verdict(verdict, register) for verdict in found.verdicts],
    }


def _plain_verdict(verdict: Verdict, register: Register) -> dict:
    return {
        "grant": grant_to_plain(verdict.grant),
        "allowed": verdict.allowed,
        "reason": wording.reason(verdict.reason, register, language()),
        "code": verdict.reason.code,
        "way": [_plain_step(step) for step in verdict.way],
        "way_in_words": wording.way(verdict.grant.unit, verdict.way, register, language()),
    }


def _plain_step(step: Succession | Step) -> dict:
    plain = dataclasses.asdict(step)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in plain.items()}
