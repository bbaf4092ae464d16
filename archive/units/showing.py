"""What `kho units …` shows: changes and whom they touch, one unit, doubts (also as a workbook)."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click
from openpyxl import Workbook

from archive import console, dates
from archive.console import sentence, tell
from archive.people.accounts import Accounts
from archive.settings import Settings, now
from archive.units import preview
from archive.units.changes import SheetRefused
from archive.units.preview import Difference, Effect
from archive.units.review import Doubt
from archive.units.succession import Register, RegisteredUnit, Succession
from archive.wiring_read import came_from

MOST_SHOWN = 20


def problems(error: SheetRefused) -> None:
    for problem in error.problems[: 5 * MOST_SHOWN]:
        click.echo(_where(problem.file, problem.page) + sentence(problem.code, **problem.values), err=True)


def _where(name: str | None, row: int | None) -> str:
    if row is None:
        return ""
    return sentence("units.where_in_sheet", sheet=name, row=row) if name else sentence("units.where", row=row)


def change(settings: Settings, before: Register, after: Register, as_json: bool = False) -> bool:
    """What changes and for whom; False when nothing does. With `as_json` as one document."""
    changed, held = preview.difference(before, after), came_from(settings)
    for fonds in sorted({row.fonds for row in changed.assignments_added} - held.keys()):
        console.warn("units.fonds_absent", fonds=fonds)
    accounts = Accounts(settings.accounts)
    found = [account for name in accounts.names() if (account := accounts.find(name))]
    effects = preview.for_whom(before, after, found, now().date(), held)
    if as_json:
        counts = {spec.name: len(getattr(changed, spec.name)) for spec in dataclasses.fields(changed)}
        console.emit_json({"changes": counts, "accounts": effects})
    elif not changed:
        tell("units.no_change")
    else:
        for line in _change_lines(changed, before, after):
            click.echo(line)
        for effect in effects:
            _show_effect(after, before, effect)
        if not effects:
            tell("units.nobody")
    return bool(changed)


def _change_lines(changed: Difference, before: Register, after: Register) -> Iterable[str]:
    for group in ("units", "successions", "assignments"):
        for what in ("added", "removed", "changed"):
            rows = getattr(changed, f"{group}_{what}")
            if not rows:
                continue
            yield sentence(f"units.change.{group}_{what}", count=len(rows))
            for row in rows[:MOST_SHOWN]:
                yield "  " + _row_line(row, before, after)
            if len(rows) > MOST_SHOWN:
                yield "  …"


def _row_line(row: object, before: Register, after: Register) -> str:
    """What it is, and how it is; for a change how it was and how it is."""
    rows = row if isinstance(row, tuple) else (row,)
    return f"{_what(rows[-1], before, after)}: {' → '.join(map(_said, rows))}"


def _what(row: object, before: Register, after: Register) -> str:
    if isinstance(row, RegisteredUnit):
        return row.id
    ends = (row.predecessor, row.successor) if isinstance(row, Succession) else (row.fonds, row.heir)
    return " → ".join(_known(after, before, end) or "-" for end in ends)


def _said(row: object) -> str:
    if isinstance(row, RegisteredUnit):
        return f"{row.name} ({' - '.join(days(row))})"
    if isinstance(row, Succession):
        return _how(row)
    part = row.part
    pieces = [*(f"{prefix}*" for prefix in part.prefixes), *part.codes]
    years = [f"{part.years[0]}-{part.years[1]}"] if part.years else []
    return ", ".join([*pieces, *years, dates.shown(row.day.isoformat())])


def _show_effect(after: Register, before: Register, effect: Effect) -> None:
    said = (
        [effect.account, effect.display_name] if effect.display_name != effect.account else [effect.account]
    )
    tell("units.account", account=" – ".join(said))
    for what in ("gains", "losses", "fonds_gained", "fonds_lost", "ended"):
        names = getattr(effect, what)
        if names:
            shown = ", ".join(_known(after, before, name) for name in names[:MOST_SHOWN])
            click.echo("  " + sentence(f"units.effect.{what}", count=len(names), units=shown))


def _known(after: Register, before: Register, unit_id: str) -> str:
    unit = after.unit(unit_id) or before.unit(unit_id)
    return f"{unit.name} ({unit_id})" if unit else unit_id


def unit_page(register: Register, unit: RegisteredUnit) -> None:
    click.echo(f"{unit.id}  {full_name(register, unit)}")
    first, last = days(unit)
    tell("units.shown_days", first=first, last=last)
    if unit.organ_ids:
        tell("units.shown_organs", ids=", ".join(unit.organ_ids))
    for title, rows in (
        ("predecessors", register.predecessors(unit.id)),
        ("successors", register.successors(unit.id)),
    ):
        tell(f"units.shown_{title}" if rows else f"units.shown_no_{title}", count=len(rows))
        for row in rows:
            other = register.unit(row.predecessor if title == "predecessors" else row.successor)
            click.echo(f"  {full_name(register, other) if other else '-'}: {_how(row)}. {row.basis}")
    handed = [row for row in register.assignments if row.heir == unit.id]
    if handed:
        tell("units.shown_handed", count=len(handed))
    for row in handed:
        click.echo(f"  {row.fonds}: {_said(row)}. {row.basis}")


def _how(row: Succession) -> str:
    """merged, whole, 01/07/2025; and that it is not followed, when it is not."""
    said = [sentence(f"units.kind.{row.kind}"), sentence(f"units.extent.{row.extent}")]
    said.append(dates.shown(row.day.isoformat()))
    return ", ".join(said if row.followed else [*said, sentence("units.not_followed")])


def full_name(register: Register, unit: RegisteredUnit) -> str:
    return ", ".join([unit.name, *(above.name for above in register.ancestors(unit.id))])


def days(unit: RegisteredUnit) -> tuple[str, str]:
    return tuple(dates.shown(day.isoformat()) if day else "…" for day in (unit.valid_from, unit.valid_to))


def plain_doubt(doubt: Doubt) -> dict:
    return {
        "code": doubt.code,
        "unit": doubt.unit,
        "name": doubt.name,
        "ours": doubt.ours,
        "theirs": doubt.theirs,
        "why": sentence(f"units.doubt.{doubt.code}"),
    }


def doubts(found: list[Doubt]) -> None:
    console.table(
        ["units.col.unit", "units.col.ours", "units.col.theirs", "units.col.why"],
        [
            (f"{doubt.unit} {doubt.name}", doubt.ours, doubt.theirs, sentence(f"units.doubt.{doubt.code}"))
            for doubt in found
        ],
    )
    for code, count in Counter(doubt.code for doubt in found).items():
        click.echo(f"{count:6}  {sentence(f'units.doubt.{code}')}")


def workbook(found: list[Doubt], out: Path) -> None:
    book = Workbook()
    book.active.append([sentence(f"units.col.{name}") for name in ("id", "unit", "ours", "theirs", "why")])
    for doubt in found:
        why = sentence(f"units.doubt.{doubt.code}")
        book.active.append([doubt.unit, doubt.name, doubt.ours, doubt.theirs, why])
    book.save(out)


def source(source: dict) -> str:
    return f"{source.get('package', '')} {source.get('version', '')}".strip()
