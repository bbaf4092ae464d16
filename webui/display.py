"""What templates can call: sentences, numbers, dates, safe names, the language switch."""

from __future__ import annotations

import unicodedata
from datetime import date

from flask import Flask, g, request, url_for
from markupsafe import Markup, escape

from archive import dates, messages, record_words, text, wording
from archive.lookup.views import Heir
from archive.model import Finding, ItemRow, Notice
from archive.rights.access import Grant
from archive.rights.explanation import Explanation, Verdict
from archive.units.succession import Assignment, RegisteredUnit, Succession
from archive.wiring_read import today
from webui import context, identity, records
from webui.views.static import asset


def register(app: Flask) -> None:
    app.jinja_env.filters.update(shown=shown, visible=visible, number=number, date=dates.shown, bytes=size)
    app.jinja_env.filters.update(day=day, moment=dates.moment)
    app.jinja_env.globals.update(rw=record_words, records=records)
    app.jinja_env.globals.update(asset=asset, len=len, told=wording.told, value_shown=wording.value_shown)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_common)


def _common() -> dict[str, object]:
    language, account = context.language(), g.get("account")
    return {
        "t": context.say,
        "named": named,
        "explained": explained,
        "titled": titled,
        "reason": reason,
        "told_grant": told_grant,
        "way_told": way_told,
        "role_reads": role_reads,
        "unit_named": unit_named,
        "access_labels": access_labels,
        "heirs": heirs,
        "succession_told": succession_told,
        "hand_over_told": hand_over_told,
        "unit_days": unit_days,
        "language": language,
        "languages": [code for code in messages.LANGUAGES if code != language],
        "account": account,
        "reads_log": bool(account and account.actor.may("log", today())),
        "sees_integrity": bool(account and account.actor.may("integrity", today())),
        "may_export": bool(account and account.actor.may("export", today())),
        "only_manages": bool(account and account.actor.only_manages(today())),
        "form_token": identity.form_token,
        "here": here(),
        "contact": contact(),
    }


def named(prefix: str, value: str) -> str:
    """The name of a coded value such as an event type; the value itself when it has none."""
    return wording.named(prefix, value, context.language())


def explained(finding: Finding) -> str:
    """The sentence of a finding, with the field it speaks of named in words."""
    return wording.explained(finding, context.language())


def reason(why: Notice) -> str:
    """Why a record may or may not be read, in words."""
    return wording.reason(why, context.lookup().rules().register, context.language())


def told_grant(grant: Grant) -> str:
    """What a grant is for: unit, role, days, purpose."""
    return wording.grant(grant, context.lookup().rules().register, context.language())


def unit_named(code: str) -> str:
    """The name of a unit with its code; the code alone where the register does not know it."""
    return wording.unit_name(code, context.lookup().rules().register)


def role_reads(role: str) -> str:
    """Which access levels a role reads."""
    return wording.role_reads(role, context.language())


def way_told(verdict: Verdict) -> list[str]:
    """How the records came to the unit of the grant, a line for each step; [] when there is no way to tell."""
    register = context.lookup().rules().register
    return wording.way(verdict.grant.unit, verdict.way, register, context.language())


def access_labels(why: Explanation) -> list[str]:
    """What sets a record apart from an open one: its level, an embargo still running, urgent restrictions."""
    labels = [] if why.record.level == "open" else [named("access.levels", why.record.level)]
    if why.record.embargo > today().isoformat():
        labels.append(f"{context.say('web.why.embargo')} {dates.shown(why.record.embargo)}")
    for row in why.restrictions:
        told = context.say("web.why.restricted", level=named("access.levels", row.level))
        until = context.say("web.why.until", day=day(row.until)) if row.until else ""
        labels.append(" ".join(filter(None, [told, until])))
    return labels


def heirs(fonds_code: str, unit_code: str, dossier_id: str = "") -> tuple[Heir, ...]:
    """Who has the records of a unit's fonds, or of one dossier of it, now."""
    return context.reader().heirs(fonds_code, unit_code, dossier_id)


def succession_told(row: Succession) -> str:
    """Kind, extent and day of a succession; and that it is not followed, when it is not."""
    parts = [context.say(f"units.kind.{row.kind}"), context.say(f"units.extent.{row.extent}"), day(row.day)]
    return ", ".join([*parts, *([] if row.followed else [context.say("units.not_followed")])])


def hand_over_told(row: Assignment) -> str:
    """Which fonds, whole or part, was handed over, and when."""
    extent = context.say(f"units.extent.{'whole' if row.part.whole else 'part'}")
    parts = [
        context.say("web.unit.handed", fonds=row.fonds),
        extent,
        day(row.day if row.day > date.min else None),
    ]
    return ", ".join(filter(None, parts))


def unit_days(unit: RegisteredUnit) -> str:
    """From when to when a unit was there; "" when neither is known."""
    if not (unit.valid_from or unit.valid_to):
        return ""
    values = {"first": day(unit.valid_from), "last": day(unit.valid_to)}
    name = "both" if all(values.values()) else "first" if unit.valid_from else "last"
    return context.say(f"web.unit.days.{name}", **values)


def day(value: date | None) -> str:
    """dd/mm/yyyy; "" for none."""
    return dates.shown(value.isoformat()) if value else ""


def titled(row: ItemRow) -> str:
    """What a document is called, in the language of the page."""
    return wording.title(row, context.language())


def here() -> str:
    """The address of this page as a relative path, for links that come back to it."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else url_for("search.home")


def contact() -> str:
    """Whom to ask, as the installation says: office and telephone, e-mail; "" when it says nothing."""
    settings = context.lookup().settings
    return " · ".join(filter(None, [settings.contact, settings.contact_email]))


def visible(value: object) -> str:
    """Text with control and direction-changing characters as visible marks, e.g. [202E]."""
    return text.visible(unicodedata.normalize("NFC", str(value)))


def shown(value: object) -> Markup:
    """A name from a record: escaped, isolated from the text around it, nothing in it invisible."""
    return Markup("<bdi>{}</bdi>").format(escape(visible(value)))


def number(value: int | float, digits: int = 0) -> str:
    """1.234,5 in Vietnamese, 1,234.5 in English."""
    return wording.decimal(value, digits, context.language())


def size(value: int) -> str:
    """A file size in KB or MB."""
    if value < 1_000_000:
        return f"{number(max(1, round(value / 1000)))} KB"
    return f"{number(value / 1_000_000, 1)} MB"
