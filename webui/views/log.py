"""The access log for those who may read it; for everybody else these pages are not there. Reading it is on record."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug import Response

from archive import dates, text
from archive.audit import report, table, verify
from archive.audit.entry import ACTIONS, OUTCOMES, OWN_ACTIONS, Entry, Recorded
from archive.audit.heads import Head, Keyring, newest_head, read_keys
from archive.audit.log import AuditLog, Wanted
from archive.log_words import LogWords
from archive.units import unit_search
from archive.wiring_read import today
from webui import presenters
from webui.context import language, lookup, reader
from webui.identity import actor
from webui.policy import log_reader
from webui.selection import page_number

views = Blueprint("log", __name__)

ON_ONE_PAGE = 50
USUAL_DAYS = 7
"""How far back the page looks when nobody says."""
MOST_COUNTED = 100_000
"""Entries counted while somebody waits, some 1.5 s; more are counted by `kho audit report`."""
LAST_PAGE = MOST_COUNTED // ON_ONE_PAGE


@dataclass(frozen=True)
class Asked:
    """What the address asks of the log. `unreadable` are days that are none; `typed` fills the form again, a person's
    full name in it as the name of the account."""

    wanted: Wanted
    typed: dict[str, str]
    unreadable: tuple[str, ...] = ()

    @property
    def backwards(self) -> bool:
        """Is the last day before the first?"""
        return bool(self.wanted.last) and self.wanted.first > self.wanted.last

    @property
    def parameters(self) -> dict[str, str]:
        return {name: value for name, value in self.typed.items() if value}


@dataclass(frozen=True)
class State:
    """How the log stands: its newest head, whether our key signed it, and how many entries came after it."""

    head: Head | None
    signed: bool = False
    uncovered: int = 0


@views.get("/log")
@log_reader
def show() -> str | Response:
    """Use by day, unit, person and action, the entries themselves, and the newest signed head."""
    asked = _asked()
    _put_on_record("log-read", asked)
    log = _log()
    used = report.count(islice(_of_people(log, asked.wanted), MOST_COUNTED + 1))
    page = page_number(request.args, LAST_PAGE)
    last_page = min(-(-used.total.count // ON_ONE_PAGE), LAST_PAGE)
    if page > last_page > 0:
        return redirect(url_for("log.show", **asked.parameters, page=last_page))
    entries = _of_people(log, asked.wanted, newest_first=True)
    return render_template(
        "log.html",
        asked=asked,
        used=used,
        counted=used.total.count <= MOST_COUNTED,
        most=MOST_COUNTED,
        command=_report_command(asked.wanted),
        bars=presenters.use_bars(
            used.rows("day"), asked.wanted.first, asked.wanted.last or today().isoformat()
        ),
        entries=list(islice(entries, (page - 1) * ON_ONE_PAGE, page * ON_ONE_PAGE)),
        page=page,
        last_page=last_page,
        words=_words(),
        actions=ACTIONS,
        outcomes=OUTCOMES,
        state=_state(log),
        checked=verify.verify(log.folder) if request.args.get("check") else None,
    )


@views.get("/log.csv")
@log_reader
def as_csv() -> Response:
    """The same entries, oldest first, as a table in the language of the page."""
    asked = _asked()
    _put_on_record("log-export", asked)
    response = Response(table.csv_lines(_log().entries(asked.wanted), _words()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="nhat-ky.csv"'
    return response


def _words() -> LogWords:
    return LogWords(reader().register, language())


def _of_people(log: AuditLog, wanted: Wanted, newest_first: bool = False) -> Iterator[Recorded]:
    """The entries wanted, without what the log says of itself."""
    return (one for one in log.entries(wanted, newest_first) if one.entry.action not in OWN_ACTIONS)


def _report_command(wanted: Wanted) -> str:
    """The command that counts the same without anybody waiting for a page."""
    asked = [("unit", unit) for unit in wanted.units]
    asked += [(name, getattr(wanted, name)) for name in ("actor", "action", "object", "outcome")]
    asked += [("from", dates.shown(wanted.first)), ("to", dates.shown(wanted.last))]
    return shlex.join(["kho", "audit", "report", *(f"--{name}={value}" for name, value in asked if value)])


def _log() -> AuditLog:
    return AuditLog(lookup().settings.audit)


def _asked() -> Asked:
    names = ("actor", "unit", "action", "object", "outcome", "first", "last")
    typed = {name: request.args.get(name, "").strip()[:200] for name in names}
    if not (typed["first"] or typed["last"]):
        typed["first"] = (today() - timedelta(days=USUAL_DAYS)).isoformat()
    days = {name: dates.parse(typed[name]) for name in ("first", "last")}
    unreadable = tuple(typed[name] for name in days if typed[name] and not _whole_day(days[name]))
    known = {name: value if _whole_day(value) else "" for name, value in days.items()}
    typed["actor"] = _account(typed["actor"])
    fields = {name: typed[name] for name in ("actor", "action", "object", "outcome")}
    typed |= {name: value for name, value in known.items() if value}
    return Asked(Wanted(units=_units(typed["unit"]), **fields, **known), typed, unreadable)


def _whole_day(value: str) -> bool:
    try:
        return bool(date.fromisoformat(value))
    except (ValueError, TypeError):
        return False


def _units(typed: str) -> tuple[str, ...]:
    """The ids of all units of that name, which may be of the past and of today; anything else stays as it is."""
    register = reader().register
    named = [] if register.unit(typed) else unit_search.named(register, typed)
    return tuple(unit.id for unit in named) or ((typed,) if typed else ())


def _account(typed: str) -> str:
    """The account of the one person of that full name; anything else stays as it is."""
    if " " not in typed:
        return typed
    accounts, wanted = lookup().accounts, text.fold(text.clean(typed))
    named = [name for name in accounts.names() if text.fold(accounts.actor(name).display_name) == wanted]
    return named[0] if len(named) == 1 else typed


def _put_on_record(action: str, asked: Asked) -> None:
    who = actor()
    detail = {name: value for name, value in vars(asked.wanted).items() if value}
    entry = Entry(
        action,
        who.name,
        "audit",
        why="web.log.why_read",
        detail=detail,
        session=who.session,
        address=who.address,
    )
    lookup().log.record(entry)


def _state(log: AuditLog) -> State:
    head = newest_head(log.folder)
    if head is None:
        return State(None, uncovered=log.size())
    return State(head, Keyring(read_keys(log.folder)).signed(head), max(0, log.size() - head.size))
