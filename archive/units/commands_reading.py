"""`kho units review | history | stats | show | list`: what the register says. Reads only."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from archive import console, dates, home_identity
from archive.console import JSON, emit_json, sentence, tell, with_settings
from archive.errors import HomeError, NotFound, UsageError
from archive.settings import Settings, now
from archive.units import figures, review, sheet, showing, store
from archive.units.succession import Register
from archive.usage import Day, There

FILE = There()
_ON = click.option("--on", "day", type=Day(), help="Tính đến ngày / on this day [hôm nay / today]")


def registered(settings: Settings) -> Register:
    """The register of this home."""
    home_identity.check(settings)
    return store.load(settings.register)


def _filled(settings: Settings) -> Register:
    """The register, when there is anything in it."""
    register = registered(settings)
    if not register.units:
        raise HomeError("units.empty")
    return register


def say(as_json: bool, code: str, **values: object) -> None:
    """A sentence beside the answer: not on standard output when that is one JSON document."""
    click.echo(sentence(code, **values), err=as_json)


@click.command("review")
@click.option(
    "--against", type=FILE, help="Bảng chuyển đổi chính thức / official conversion table (CSV, XLSX)"
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Ghi danh sách ra XLSX / write the list"
)
@click.option(
    "--sheet",
    "corrections",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ghi phiếu sửa theo bảng, để rà rồi kho units apply / write a sheet of corrections",
)
@JSON
@with_settings
def review_command(
    settings: Settings, against: Path | None, out: Path | None, corrections: Path | None, as_json: bool
) -> None:
    """Những chỗ cần người xem lại / what a person should look at."""
    register = _filled(settings)
    table = review.official(against.name, against.read_bytes()) if against else []
    if corrections and not against:
        raise UsageError("units.needs_table")
    found = (
        review.against(register, table)
        if against
        else review.doubts(register, store.national_of(settings.register, store.history(settings.register)))
    )
    if corrections:
        rows = review.corrections(register, table, against.name)
        corrections.write_bytes(sheet.filled(rows))
        say(as_json, "units.corrections", count=len(rows), file=corrections)
    if out:
        showing.workbook(found, out)
        say(as_json, "units.review_written", count=len(found), file=out)
    if as_json:
        emit_json([showing.plain_doubt(doubt) for doubt in found])
    elif not out:
        showing.doubts(found)


@click.command("history")
@JSON
@with_settings
def history(settings: Settings, as_json: bool) -> None:
    """Các lần thay đổi sổ / what was done to the register."""
    entries = store.history(settings.register)
    undone = store.undone_numbers(entries)
    rows = [
        {
            "number": entry.number,
            "action": entry.action,
            "name": entry.name or (f"#{entry.undoes}" if entry.undoes else ""),
            "who": entry.who,
            "when": entry.when,
            "rows": len(entry.rows),
            "undone": entry.number in undone,
            "digest": entry.file.partition(".")[0],
            "why": entry.why,
        }
        for entry in entries
    ]
    if as_json:
        emit_json(rows)
        return
    shown = [
        (
            *(row["number"], sentence(f"units.action.{row['action']}"), row["name"], row["rows"] or ""),
            *(row["who"], dates.moment(row["when"]), sentence("units.was_undone") if row["undone"] else ""),
        )
        for row in rows
    ]
    console.table(
        [f"units.col.{name}" for name in ("number", "action", "name", "rows", "who", "when", "state")], shown
    )


@click.command("stats")
@_ON
@JSON
@with_settings
def stats(settings: Settings, day: date | None, as_json: bool) -> None:
    """Số đơn vị trước và sau sắp xếp / counts."""
    counted = figures.stats(_filled(settings), day or now().date())
    counted["sheets"] = sum(
        entry.action == "sheet" for entry in store.in_force(store.history(settings.register))
    )
    if as_json:
        emit_json(counted)
        return
    console.table(
        ["units.col.figure", "units.col.count"],
        [
            (sentence(f"units.figure.{name}"), dates.shown(value) if name in ("before", "after") else value)
            for name, value in counted.items()
        ],
    )


@click.command("show")
@click.argument("wanted", metavar="MÃ-HOẶC-TÊN")
@JSON
@with_settings
def show(settings: Settings, wanted: str, as_json: bool) -> None:
    """Một đơn vị, kế thừa từ đâu và ai kế thừa / one unit."""
    register = _filled(settings)
    found = register.find(wanted)
    if not found:
        raise NotFound("units.not_found", value=wanted)
    if as_json:
        emit_json(
            figures.described(register, found[0]) | {"others": [figures.plain(unit) for unit in found[1:]]}
        )
        return
    showing.unit_page(register, found[0])
    if found[1:]:
        tell("units.others", count=len(found) - 1)
        for unit in found[1 : showing.MOST_SHOWN + 1]:
            click.echo(f"  {unit.id}  {showing.full_name(register, unit)}")


@click.command("list")
@click.argument("wanted", required=False, metavar="[TÊN]")
@click.option("--level", type=click.Choice(["province", "district", "commune", "agency", "other"]))
@click.option("--under", metavar="MÃ", help="Trực thuộc / directly beneath this unit")
@_ON
@click.option("--all", "ended_too", is_flag=True, help="Cả đơn vị đã kết thúc / ended ones too")
@JSON
@with_settings
def list_command(
    settings: Settings,
    wanted: str | None,
    level: str | None,
    under: str | None,
    day: date | None,
    ended_too: bool,
    as_json: bool,
) -> None:
    """Danh sách đơn vị / units by name, level, parent, day."""
    register, day = _filled(settings), day or now().date()
    found = register.find(wanted) if wanted else sorted(register.units.values(), key=lambda unit: unit.id)
    above = {unit.id for unit in register.find(under)} if under else None
    found = [
        unit
        for unit in found
        if (ended_too or unit.holds(day))
        and (not level or unit.level == level)
        and (above is None or unit.parent in above)
    ]
    if as_json:
        emit_json([figures.plain(unit) for unit in found])
        return
    rows = [(unit.id, showing.full_name(register, unit), *showing.days(unit)) for unit in found]
    console.table([f"units.col.{name}" for name in ("id", "unit", "from", "to")], rows)
