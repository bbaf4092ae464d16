"""`kho units …`: the register of units, what changes it and what it says."""

from __future__ import annotations

import getpass
import sys
from datetime import date
from pathlib import Path

import click

from archive import console, dates, home_identity
from archive.console import JSON, emit_json, sentence, tell, with_settings
from archive.errors import NotFound, UsageError
from archive.settings import Settings, now
from archive.succession import Register
from archive.units import figures, national, review, sheet, showing, store
from archive.units.changes import SheetRefused
from archive.units.store_writer import RegisterWriter, sheet_entry, standing, with_entry

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Day(click.ParamType):
    name = "day"

    def convert(self, value: object, *_: object) -> date:
        written = dates.parse(str(value))
        if len(written) != len("2026-12-31"):
            raise UsageError("error.day", value=value)
        return date.fromisoformat(written)


DRY_RUN = click.option("--dry-run", is_flag=True, help="Chỉ xem trước / preview only")
YES = click.option("--yes", is_flag=True, help="Không hỏi lại / do not ask")
ON = click.option("--on", "day", type=_Day(), help="Tính đến ngày / on this day [hôm nay / today]")


@click.group()
def units() -> None:
    """Sổ đơn vị hành chính và kế thừa / register of units and successions.

    \b
    Ví dụ / examples:
      kho units build
      kho units show "Trúc Bạch"
      kho units review --against bang-chuyen-doi.csv --sheet sua.xlsx
      kho units template mau.xlsx
      kho units apply mau.xlsx --dry-run
    """


@units.command("build")
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Thư mục dữ liệu / folder with the data files",
)
@with_settings
def build(settings: Settings, folder: Path | None) -> None:
    """Dựng sổ đơn vị toàn quốc / make the national register."""
    home_identity.check(settings)
    ground = national.read(folder)
    entry = _writer(settings).build(ground, *_signed(settings))
    register = _register(settings)
    tell(
        "units.built" if entry else "units.built_already",
        source=showing.source(ground.source),
        units=len(register.units),
    )
    unsure = sum(not row.followed for row in register.successions)
    if unsure:
        tell("units.unsure", count=unsure)


@units.command("review")
@click.option(
    "--against", type=_FILE, help="Bảng chuyển đổi chính thức / official conversion table (CSV, XLSX)"
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
    register = _register(settings)
    table = review.official(against.name, against.read_bytes()) if against else []
    if corrections and not against:
        raise UsageError("units.needs_table")
    found = review.against(register, table) if against else review.doubts(register, _ground(settings))
    if corrections:
        rows = review.corrections(register, table, against.name)
        corrections.write_bytes(sheet.filled(rows))
        _say(as_json, "units.corrections", count=len(rows), file=corrections)
    if out:
        showing.workbook(found, out)
        _say(as_json, "units.review_written", count=len(found), file=out)
    if as_json:
        emit_json([showing.plain_doubt(doubt) for doubt in found])
    elif not out:
        showing.doubts(found)


@units.command("template")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@with_settings
def template(settings: Settings, out: Path) -> None:
    """Mẫu phiếu để điền / a sheet to fill in."""
    out.write_bytes(sheet.template())
    tell("units.template", file=out)


@units.command("apply")
@click.argument("file", type=_FILE)
@DRY_RUN
@YES
@JSON
@with_settings
def apply(settings: Settings, file: Path, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Áp dụng phiếu của lưu trữ viên / apply an archivist's sheet.

    With --json what changes and for whom is the only thing on standard output.
    """
    home_identity.check(settings)
    content = file.read_bytes()
    try:
        rows = sheet.rows(file.name, content)
        before, entries = _register(settings), store.history(_folder(settings))
        entry = sheet_entry(file.name, content, rows)
        if known := standing(entries, entry):
            _say(as_json, "units.applied_already", number=known.number, rows=len(rows))
            return
        after = store.compiled(_folder(settings), [*entries, entry])
    except SheetRefused as error:
        showing.problems(error)
        raise
    if not showing.change(settings, before, after, as_json) or dry_run:
        return
    _agree(yes)
    if entry := _writer(settings).apply(file.name, content, rows, *_signed(settings)):
        _say(as_json, "units.applied", number=entry.number, rows=len(rows))


@units.command("undo")
@click.argument("number", type=int)
@click.option("--why", default="", help="Lý do / reason")
@DRY_RUN
@YES
@JSON
@with_settings
def undo(settings: Settings, number: int, why: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Rút lại một lần thay đổi / take back one change."""
    entries = store.history(_folder(settings))
    wanted = with_entry(entries, store.Entry(0, "undo", "", "", undoes=number))
    try:
        after = store.compiled(_folder(settings), wanted)
    except SheetRefused as error:
        showing.problems(error)
        raise UsageError("units.still_needed", number=number) from error
    showing.change(settings, _register(settings), after, as_json)
    if dry_run:
        return
    _agree(yes)
    entry = _writer(settings).undo(number, *_signed(settings), why)
    _say(as_json, "units.undone", number=number, entry=entry.number)


@units.command("history")
@JSON
@with_settings
def history(settings: Settings, as_json: bool) -> None:
    """Các lần thay đổi sổ / what was done to the register."""
    entries = store.history(_folder(settings))
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
            *(row["who"], row["when"], sentence("units.was_undone") if row["undone"] else ""),
        )
        for row in rows
    ]
    console.table(
        [f"units.col.{name}" for name in ("number", "action", "name", "rows", "who", "when", "state")], shown
    )


@units.command("stats")
@ON
@JSON
@with_settings
def stats(settings: Settings, day: date | None, as_json: bool) -> None:
    """Số đơn vị trước và sau sắp xếp / counts before and after the rearrangement."""
    counted = figures.stats(_register(settings), day or now().date())
    counted["sheets"] = sum(
        entry.action == "sheet" for entry in store.in_force(store.history(_folder(settings)))
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


@units.command("show")
@click.argument("wanted", metavar="MÃ-HOẶC-TÊN")
@JSON
@with_settings
def show(settings: Settings, wanted: str, as_json: bool) -> None:
    """Một đơn vị: kế thừa từ đâu, ai kế thừa / a unit with its predecessors and successors."""
    register = _register(settings)
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


@units.command("list")
@click.argument("wanted", required=False, metavar="[TÊN]")
@click.option("--level", type=click.Choice(["province", "district", "commune", "agency", "other"]))
@click.option("--under", metavar="MÃ", help="Trực thuộc / directly beneath this unit")
@ON
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
    register, day = _register(settings), day or now().date()
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


# --------------------------------------------------------------------------- the register of this home


def _folder(settings: Settings) -> Path:
    return settings.home / store.FOLDER


def _register(settings: Settings) -> Register:
    home_identity.check(settings)
    return store.load(_folder(settings))


def _ground(settings: Settings) -> store.National:
    return store.national_of(_folder(settings), store.history(_folder(settings)))


def _writer(settings: Settings) -> RegisterWriter:
    return RegisterWriter(_folder(settings))


def _signed(settings: Settings) -> tuple[str, str]:
    """Who and when, for the history."""
    return settings.operator or getpass.getuser(), now().isoformat()


def _say(as_json: bool, code: str, **values: object) -> None:
    """A sentence beside the answer: not on standard output when that is one JSON document."""
    click.echo(sentence(code, **values), err=as_json)


def _agree(yes: bool) -> None:
    """Ask before anything changes. Without anybody to ask, --yes is needed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("units.not_agreed")
    click.confirm(sentence("units.agree"), abort=True)
