"""`kho units …`: the register of units, what changes it and what it says."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click
from openpyxl import Workbook

from archive import console, dates, home_identity
from archive.accounts import Accounts
from archive.console import JSON, emit_json, sentence, tell, with_settings
from archive.errors import NotFound, UsageError
from archive.settings import Settings, now
from archive.succession import Register, RegisteredUnit, Succession
from archive.units import figures, national, preview, review, sheet, store
from archive.units.changes import SheetRefused
from archive.units.preview import Difference, Effect
from archive.units.review import Doubt
from archive.units.store_writer import RegisterWriter, with_entry

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOST_SHOWN = 20


class _Day(click.ParamType):
    name = "day"

    def convert(self, value: object, *_: object) -> date:
        written = dates.parse(str(value))
        if len(written) != len("2026-12-31"):
            raise UsageError("error.day", value=value)
        return date.fromisoformat(written)


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
        source=_source(ground.source),
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
        click.echo(sentence("units.corrections", count=len(rows), file=corrections), err=as_json)
    if out:
        _workbook(found, out)
        click.echo(sentence("units.review_written", count=len(found), file=out), err=as_json)
    if as_json:
        emit_json([_doubt(doubt) for doubt in found])
    elif not out:
        _show_doubts(found)


@units.command("template")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@with_settings
def template(settings: Settings, out: Path) -> None:
    """Mẫu phiếu để điền / a sheet to fill in."""
    out.write_bytes(sheet.template())
    tell("units.template", file=out)


@units.command("apply")
@click.argument("file", type=_FILE)
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước / preview only")
@YES
@with_settings
def apply(settings: Settings, file: Path, dry_run: bool, yes: bool) -> int:
    """Áp dụng phiếu của lưu trữ viên / apply an archivist's sheet."""
    home_identity.check(settings)
    content = file.read_bytes()
    try:
        rows = sheet.rows(file.name, content)
        before, entries = _register(settings), store.history(_folder(settings))
        after = store.compiled(
            _folder(settings), [*entries, store.Entry(0, "sheet", "", "", rows=tuple(rows))]
        )
    except SheetRefused as error:
        _show_problems(error)
        raise
    changed = _show_change(settings, before, after)
    if dry_run or not changed:
        return console.OK
    _agree(yes)
    entry = _writer(settings).apply(file.name, content, rows, *_signed(settings))
    tell(
        "units.applied" if entry else "units.applied_already",
        number=entry.number if entry else 0,
        rows=len(rows),
    )
    return console.OK


@units.command("undo")
@click.argument("number", type=int)
@click.option("--why", default="", help="Lý do / reason")
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước / preview only")
@YES
@with_settings
def undo(settings: Settings, number: int, why: str, dry_run: bool, yes: bool) -> None:
    """Rút lại một lần thay đổi / take back one change."""
    entries = store.history(_folder(settings))
    wanted = with_entry(entries, store.Entry(0, "undo", "", "", undoes=number))
    try:
        after = store.compiled(_folder(settings), wanted)
    except SheetRefused as error:
        _show_problems(error)
        raise UsageError("units.still_needed", number=number) from error
    _show_change(settings, _register(settings), after)
    if dry_run:
        return
    _agree(yes)
    entry = _writer(settings).undo(number, *_signed(settings), why)
    tell("units.undone", number=number, entry=entry.number)


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
        [(sentence(f"units.figure.{name}"), value) for name, value in counted.items()],
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
        emit_json(figures.described(register, found[0]) | {"others": [_brief(unit) for unit in found[1:]]})
        return
    _show_unit(register, found[0])
    if found[1:]:
        tell("units.others", count=len(found) - 1)
        for unit in found[1 : _MOST_SHOWN + 1]:
            click.echo(f"  {unit.id}  {_full_name(register, unit)}")


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
        emit_json([_brief(unit) for unit in found])
        return
    rows = [(unit.id, _full_name(register, unit), *_days(unit)) for unit in found]
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


def _agree(yes: bool) -> None:
    """Ask before anything changes. Without anybody to ask, --yes is needed."""
    if yes:
        return
    if not click.get_text_stream("stdin").isatty():
        raise UsageError("units.not_agreed")
    click.confirm(sentence("units.agree"), abort=True)


# --------------------------------------------------------------------------- showing


def _show_problems(error: SheetRefused) -> None:
    for problem in error.problems[: 5 * _MOST_SHOWN]:
        click.echo(_where(problem.file, problem.page) + sentence(problem.code, **problem.values), err=True)


def _where(name: str | None, row: int | None) -> str:
    if row is None:
        return ""
    return sentence("units.where_in_sheet", sheet=name, row=row) if name else sentence("units.where", row=row)


def _show_change(settings: Settings, before: Register, after: Register) -> bool:
    """What changes and for whom; False when nothing does."""
    changed = preview.difference(before, after)
    if not changed:
        tell("units.no_change")
        return False
    for line in _change_lines(changed):
        click.echo(line)
    accounts = Accounts(settings.accounts)
    found = [account for name in accounts.names() if (account := accounts.find(name))]
    effects = preview.for_whom(before, after, found, now().date())
    if not effects:
        tell("units.nobody")
    for effect in effects:
        _show_effect(after, before, effect)
    return True


def _change_lines(changed: Difference) -> Iterable[str]:
    for group in ("units", "successions", "assignments"):
        for what in ("added", "removed", "changed"):
            rows = getattr(changed, f"{group}_{what}")
            if not rows:
                continue
            yield sentence(f"units.change.{group}_{what}", count=len(rows))
            for row in rows[:_MOST_SHOWN]:
                yield "  " + (" → ".join(map(_row_line, row)) if what == "changed" else _row_line(row))
            if len(rows) > _MOST_SHOWN:
                yield "  …"


def _row_line(row: object) -> str:
    if isinstance(row, RegisteredUnit):
        return f"{row.id} {row.name} ({' - '.join(_days(row))})"
    if isinstance(row, Succession):
        return f"{row.predecessor} → {row.successor or '-'} ({_how(row)})"
    part = row.part
    piece = ", ".join([*(f"{prefix}*" for prefix in part.prefixes), *part.codes])
    years = f" {part.years[0]}-{part.years[1]}" if part.years else ""
    return f"{row.fonds} {piece}{years} → {row.heir} ({dates.shown(row.day.isoformat())})"


def _show_effect(after: Register, before: Register, effect: Effect) -> None:
    said = (
        [effect.account, effect.display_name] if effect.display_name != effect.account else [effect.account]
    )
    tell("units.account", account=" – ".join(said))
    for what in ("gains", "losses", "fonds_gained", "fonds_lost", "ended"):
        names = getattr(effect, what)
        if names:
            shown = ", ".join(_known(after, before, name) for name in names[:_MOST_SHOWN])
            click.echo("  " + sentence(f"units.effect.{what}", count=len(names), units=shown))


def _known(after: Register, before: Register, unit_id: str) -> str:
    unit = after.unit(unit_id) or before.unit(unit_id)
    return f"{unit.name} ({unit_id})" if unit else unit_id


def _show_unit(register: Register, unit: RegisteredUnit) -> None:
    click.echo(f"{unit.id}  {_full_name(register, unit)}")
    first, last = _days(unit)
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
            click.echo(f"  {_full_name(register, other) if other else '-'}: {_how(row)}. {row.basis}")


def _how(row: Succession) -> str:
    """merged, whole, 01/07/2025; and that it is not followed, when it is not."""
    said = [sentence(f"units.kind.{row.kind}"), sentence(f"units.extent.{row.extent}")]
    said.append(dates.shown(row.day.isoformat()))
    return ", ".join(said if row.followed else [*said, sentence("units.not_followed")])


def _full_name(register: Register, unit: RegisteredUnit) -> str:
    return ", ".join([unit.name, *(above.name for above in register.ancestors(unit.id))])


def _days(unit: RegisteredUnit) -> tuple[str, str]:
    return tuple(dates.shown(day.isoformat()) if day else "…" for day in (unit.valid_from, unit.valid_to))


def _brief(unit: RegisteredUnit) -> dict:
    return figures.plain(unit)


def _source(source: dict) -> str:
    return f"{source.get('package', '')} {source.get('version', '')}".strip()


def _doubt(doubt: Doubt) -> dict:
    return {
        "code": doubt.code,
        "unit": doubt.unit,
        "name": doubt.name,
        "ours": doubt.ours,
        "theirs": doubt.theirs,
        "why": sentence(f"units.doubt.{doubt.code}"),
    }


def _show_doubts(found: list[Doubt]) -> None:
    counted: dict[str, int] = {}
    for doubt in found:
        counted[doubt.code] = counted.get(doubt.code, 0) + 1
    console.table(
        ["units.col.unit", "units.col.ours", "units.col.theirs", "units.col.why"],
        [
            (f"{doubt.unit} {doubt.name}", doubt.ours, doubt.theirs, sentence(f"units.doubt.{doubt.code}"))
            for doubt in found
        ],
    )
    for code, count in counted.items():
        click.echo(f"{count:6}  {sentence(f'units.doubt.{code}')}")


def _workbook(found: list[Doubt], out: Path) -> None:
    book = Workbook()
    book.active.append([sentence(f"units.col.{name}") for name in ("id", "unit", "ours", "theirs", "why")])
    for doubt in found:
        why = sentence(f"units.doubt.{doubt.code}")
        book.active.append([doubt.unit, doubt.name, doubt.ours, doubt.theirs, why])
    book.save(out)
