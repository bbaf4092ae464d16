"""`kho units …`: the register of units, what changes it and what it says."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from archive import home_identity, wiring_write
from archive.console import JSON, emit_json, sentence, tell, with_settings
from archive.errors import UsageError
from archive.model import Finding
from archive.settings import Settings, now
from archive.units import commands_reading, national, sheet, showing, store
from archive.units.changes import SheetRefused
from archive.units.commands_reading import FILE, registered, say
from archive.units.store_writer import sheet_entry, standing, with_entry
from archive.units.succession import Register
from archive.usage import There

DRY_RUN = click.option("--dry-run", is_flag=True, help="Chỉ xem trước / preview only")
YES = click.option("--yes", is_flag=True, help="Không hỏi lại / do not ask")


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


for command in (
    commands_reading.review_command,
    commands_reading.history,
    commands_reading.stats,
    commands_reading.show,
    commands_reading.list_command,
):
    units.add_command(command)


@units.command("build")
@click.option(
    "--from",
    "folder",
    type=There(folder=True),
    help="Thư mục dữ liệu / folder with the data files",
)
@JSON
@with_settings
def build(settings: Settings, folder: Path | None, as_json: bool) -> None:
    """Dựng sổ đơn vị toàn quốc / make the national register."""
    home_identity.check(settings)
    ground = national.read(folder)
    entry = wiring_write.units(settings).build(ground, *_signed(settings))
    register = registered(settings)
    unsure = sum(not row.followed for row in register.successions)
    source = showing.source(ground.source)
    if as_json:
        emit_json({"new": bool(entry), "source": source, "units": len(register.units), "unsure": unsure})
        return
    tell("units.built" if entry else "units.built_already", source=source, units=len(register.units))
    if unsure:
        tell("units.unsure", count=unsure)


@units.command("template")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@with_settings
def template(settings: Settings, out: Path) -> None:
    """Mẫu phiếu để điền / a sheet to fill in."""
    out.write_bytes(sheet.template())
    tell("units.template", file=out)


@units.command("apply")
@click.argument("file", type=FILE)
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
    read = sheet.parsed(file.name, content)
    rows, entry = read.rows, sheet_entry(file.name, content, read.rows)
    before, entries = registered(settings), store.history(settings.register)
    if known := standing(entries, entry):
        say(as_json, "units.applied_already", number=known.number, rows=len(rows))
        return
    after = _after(settings, entries, entry, read)
    if not showing.change(settings, before, after, as_json) or dry_run:
        return
    _agree(yes)
    if entry := wiring_write.units(settings).apply(file.name, content, rows, *_signed(settings)):
        say(as_json, "units.applied", number=entry.number, rows=len(rows))


def _after(settings: Settings, entries: list[store.Entry], entry: store.Entry, read: sheet.Sheet) -> Register:
    """The register with the sheet. Tells every problem, of reading it and of carrying it out, and raises SheetRefused."""
    carried_out: tuple[Finding, ...] = ()
    try:
        after = store.compiled(settings.register, [*entries, entry])
    except SheetRefused as error:
        carried_out = error.problems
    if read.problems or carried_out:
        refused = read.refused(carried_out)
        showing.problems(refused)
        raise refused
    return after


@units.command("undo")
@click.argument("number", type=int)
@click.option("--why", default="", help="Lý do / reason")
@DRY_RUN
@YES
@JSON
@with_settings
def undo(settings: Settings, number: int, why: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Rút lại một lần thay đổi / take back one change."""
    home_identity.check(settings)
    entries = store.history(settings.register)
    wanted = with_entry(entries, store.Entry(0, "undo", "", "", undoes=number))
    try:
        after = store.compiled(settings.register, wanted)
    except SheetRefused as error:
        showing.problems(error)
        raise UsageError("units.still_needed", number=number) from error
    showing.change(settings, registered(settings), after, as_json)
    if dry_run:
        return
    _agree(yes)
    entry = wiring_write.units(settings).undo(number, *_signed(settings), why)
    say(as_json, "units.undone", number=number, entry=entry.number)


def _signed(settings: Settings) -> tuple[str, str]:
    """Who and when, for the history."""
    return settings.operator or getpass.getuser(), now().isoformat()


def _agree(yes: bool) -> None:
    """Ask before anything changes. Without anybody to ask, --yes is needed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("units.not_agreed")
    click.confirm(sentence("units.agree"), abort=True)
