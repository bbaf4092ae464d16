"""Records in words: findings, field values, events. The same on the terminal and on the screen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from archive import dates
from archive.messages import say
from archive.model import FIELD_NAMES, Event, Finding, ItemRow, Notice
from archive.rights.access import EVERY_UNIT, LEVELS, Grant, roles
from archive.units.succession import Path, Register, Step, Succession

DIFFERS = "catalogue.differs"
"""The finding that catalogue and paper disagree; its values: field, sheet, paper."""

SHOWN_FIELDS = tuple(name for name in FIELD_NAMES if name not in ("code_number", "code_notation"))
"""The fields a reader sees, in the order officials read them; number and notation stand in `code`."""


def title(row: ItemRow, language: str) -> str:
    """What a document is called: type and subject, or why there is neither."""
    if row.access != "open":
        return say("item.withheld", language, ordinal=row.ordinal)
    return full_title(row) or say("item.untitled", language, ordinal=row.ordinal)


def full_title(row: ItemRow) -> str:
    """Type and subject as one phrase, the way a register has it: "Quyết định về việc thu hồi đất"."""
    title, kind = row.title.strip(), row.type_name.strip()
    if not title or not kind or title.lower().startswith(kind.lower()):
        return title or kind
    if title.startswith(("Về ", "V/v ")):
        title = title[0].lower() + title[1:]
    return f"{kind} {title}" if title[0].islower() else f"{kind}: {title}"


def value_shown(field: str, value: str) -> str:
    """A field's value as officials write it: dates as dd/mm/yyyy."""
    return dates.shown(value) if field == "issued_date" else value


def explained(finding: Finding, language: str) -> str:
    """The sentence of a finding: the field it speaks of named in words, an empty value as a dash."""
    values = {name: value or "—" for name, value in finding.values.items()}
    if field := values.get("field"):
        values |= {name: value_shown(field, values[name]) for name in ("sheet", "paper") if name in values}
        values["field"] = say(f"field.{field}", language)
    return say(finding.code, language, **values)


_UNSET = {"until": "no_lifting", "first": "no_start", "last": "no_end", "day": "no_start"}
"""What is said in a reason for a day that is not set."""


def reason(why: Notice, register: Register, language: str) -> str:
    """The sentence of an access reason: units by name, levels and roles in words, days as dd/mm/yyyy."""
    values = dict(why.values)
    for name in values.keys() & {"unit", "heirs", "heir"}:
        values[name] = ", ".join(unit_name(code, register) for code in values[name].split(", "))
    for name, unset in _UNSET.items():
        if name in values:
            values[name] = dates.shown(values[name]) or say(f"access.{unset}", language)
    for name, prefix in (("level", "access.levels"), ("role", "role")):
        if name in values:
            values[name] = named(prefix, values[name], language)
    if "basis" in values:
        values["basis"] = values["basis"] or "—"
    return say(why.code, language, **values)


def unit_name(code: str, register: Register) -> str:
    unit = register.unit(code)
    return f"{unit.name} ({code})" if unit else code


def grant(given: Grant, register: Register, language: str) -> str:
    """What a grant is for: unit, role, days, and what narrows or explains it."""
    unit = say("user.every_unit", language) if given.unit == EVERY_UNIT else unit_name(given.unit, register)
    first, last = (dates.shown(day.isoformat()) if day else "…" for day in (given.valid_from, given.valid_to))
    more = {"days": f"{first}–{last}" if given.valid_from or given.valid_to else ""}
    more |= {"fonds": ", ".join(given.fonds), "purpose": given.purpose, "basis": given.basis}
    told = [say(f"grant.{name}", language, value=value) for name, value in more.items() if value]
    return " · ".join([unit, named("role", given.role, language), *told])


def role_reads(role: str, language: str) -> str:
    """Which access levels a role reads: a grant for every unit alone opens no closed record."""
    reads, named_role = roles()[role], named("role", role, language)
    if reads.embargoed and reads.levels == frozenset(LEVELS):
        return say("access.reads.all", language, role=named_role)
    levels = ", ".join(say(f"access.levels.{level}", language) for level in LEVELS if level in reads.levels)
    return say("access.reads.levels", language, role=named_role, levels=levels)


def way(start: str, path: Path, register: Register, language: str) -> list[str]:
    """How a unit came to inherit, step by step: its name, then a line for each step away from it; [] for no way."""
    return [unit_name(start, register), *(_step(step, register, language) for step in path)] if path else []


def _step(step: Succession | Step, register: Register, language: str) -> str:
    if isinstance(step, Step):
        return say("access.step.beneath", language, unit=unit_name(step.below, register))
    return say(
        "access.step.succession",
        language,
        day=dates.shown(step.day.isoformat()),
        kind=say(f"units.kind.{step.kind}", language),
        extent=say(f"units.extent.{step.extent}", language),
        basis=step.basis or "—",
        unit=unit_name(step.predecessor, register),
    )


def decimal(value: float, digits: int, language: str) -> str:
    """1.234,5 in Vietnamese, 1,234.5 in English."""
    written = f"{value:,.{digits}f}"
    return written if language == "en" else written.translate(str.maketrans(",.", ".,"))


def at_field(finding: Finding) -> bool:
    """Is this a conflict of catalogue and paper, to be shown right at the field?"""
    return finding.code == DIFFERS and finding.values.get("field") in SHOWN_FIELDS


def differing(findings: Iterable[Finding]) -> dict[str, Finding]:
    """The conflicts of catalogue and paper, by field."""
    return {finding.values["field"]: finding for finding in findings if at_field(finding)}


def named(prefix: str, value: str, language: str) -> str:
    """The name of a coded value such as an event type; the value itself when it has none."""
    code = f"{prefix}.{re.sub(r'[^a-z0-9-]+', '_', value.lower())}"
    found = say(code, language)
    return value if found == code else found


def told(event: Event) -> str:
    """The event's detail where a person wrote it; the parameters of our own programs stay in the package."""
    return "" if event.agent == "kho" else event.detail
