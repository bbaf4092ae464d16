"""`kho audit search|report|sheet|export`: reading the access log, which is put on record before anything is shown."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable
from datetime import date
from itertools import islice
from pathlib import Path

import click
from rich.markup import escape

from archive import console, dates, durable, home, messages, text
from archive.audit import export as exports
from archive.audit import journal, report_pages, sheet, table
from archive.audit import report as reports
from archive.audit.entry import ACTIONS, OUTCOMES, OWN_ACTIONS, Entry, Recorded
from archive.audit.heads import Head, heads_in
from archive.audit.log import AuditLog, Wanted
from archive.console import JSON, emit_json, tell, with_settings
from archive.errors import UsageError
from archive.log_words import LogWords
from archive.settings import Settings, now
from archive.text import visible
from archive.units import store
from archive.usage import Day
from archive.wiring_read import Archive

HEADS = click.option(
    "--head",
    "held",
    multiple=True,
    metavar="TỆP|MỐC",
    help="Mốc giữ ở ngoài máy, lặp lại được / a head held outside, as text or in a file",
)
OUT = click.option(
    "--out", type=click.Path(path_type=Path), metavar="TỆP", help="Ghi vào tệp / write to a file"
)


def held_heads(held: Iterable[str]) -> list[Head]:
    """The heads in each file or text given."""
    try:
        return [head for given in held for head in heads_in(_text(given))]
    except OSError as error:
        raise UsageError("audit.no_file", path=error.filename) from error


def _text(given: str) -> str:
    if given.startswith("kho-head/"):
        return given
    return Path(given).read_text(encoding="utf-8", errors="replace")


def put_on_record(sink: journal.JournalSink, settings: Settings, action: str, /, **detail: object) -> None:
    """Put on record who reads the log, before anything of it is shown."""
    asked = {name: value for name, value in detail.items() if value}
    actor = Archive(settings).operator().name
    sink.record(Entry(action, actor, object="audit", why="audit.why.operator", detail=asked))


def give(content: str, out: Path | None) -> None:
    """To the file, durably and whole, or to standard output."""
    if out is None:
        click.echo(content, nl=False)
        return
    durable.write_file(out, content.encode())
    tell("audit.told.written", file=out)


# --------------------------------------------------------------------------- search and report


def wanted_options(command: Callable) -> Callable:
    """Adds the options that say which entries, and passes the command `wanted`."""

    @click.option("--actor", default="", metavar="TÊN", help="Người dùng / account")
    @click.option(
        "--unit",
        "units",
        multiple=True,
        metavar="MÃ",
        help="Đơn vị có hồ sơ được xem, lặp lại được / unit of the records, repeatable",
    )
    @click.option(
        "--action",
        default="",
        metavar="VIỆC",
        help="Việc, bằng chữ hoặc mã / action, word or code: «xem văn bản», view…",
    )
    @click.option("--object", default="", metavar="MÃ", help="Mã văn bản, hồ sơ… / record, dossier…")
    @click.option("--outcome", default="", metavar="KẾT-QUẢ", help="Kết quả / outcome: allowed, refused")
    @click.option("--from", "first", type=Day(), help="Từ ngày / first day, 01/07/2025")
    @click.option("--to", "last", type=Day(), help="Đến hết ngày / last day, 31/12/2026")
    @functools.wraps(command)
    def wrapped(*args: object, first: date | None, last: date | None, **given) -> object:
        fields = {name: given.pop(name) for name in ("actor", "units", "object")}
        fields |= {name: _coded(name, given.pop(name)) for name in _CODED}
        days = {name: day.isoformat() for name, day in (("first", first), ("last", last)) if day}
        return command(*args, wanted=Wanted(**fields, **days), **given)

    return wrapped


_CODED = {"action": (*ACTIONS, *OWN_ACTIONS), "outcome": OUTCOMES}


def _coded(kind: str, said: str) -> str:
    """The code meant by a code or by its word in either language. Raises UsageError naming all there are."""
    words = {
        text.fold(word): code
        for code in _CODED[kind]
        for word in (code, *(messages.say(f"audit.{kind}.{code}", lang) for lang in messages.LANGUAGES))
    }
    if not said or text.fold(text.clean(said)) in words:
        return words.get(text.fold(text.clean(said)), "")
    known = "; ".join(f"{console.sentence(f'audit.{kind}.{code}')} ({code})" for code in _CODED[kind])
    raise UsageError(f"audit.no_{kind}", value=said, known=known)


@click.command("search")
@wanted_options
@click.option(
    "--limit", default=100, show_default=True, metavar="SỐ", help="Nhiều nhất, 0: tất cả / at most, 0: all"
)
@click.option("--csv", "as_csv", is_flag=True, help="Bảng CSV / a CSV table")
@JSON
@with_settings
def audit_search(settings: Settings, wanted: Wanted, limit: int, as_csv: bool, as_json: bool) -> None:
    """Tìm trong nhật ký, mới nhất trước / search the log, newest first.

    \b
    Ví dụ / examples:
      kho audit search --actor lan --from 01/12/2026
      kho audit search --action reveal --csv > xem-du-lieu-ca-nhan.csv
    """
    home.check(settings)
    with journal.of_home(settings) as sink:
        put_on_record(sink, settings, "log-read", how="search", **vars(wanted))
    found = islice(AuditLog(settings.audit).entries(wanted, newest_first=True), limit or None)
    if as_json:
        emit_json([table.plain(one) for one in found])
    elif as_csv:
        sys.stdout.writelines(table.csv_lines(found, _words(settings)))
    else:
        _print_entries(list(found), _words(settings))


def _words(settings: Settings) -> LogWords:
    return LogWords(store.load(settings.register), console.language())


def _print_entries(found: list[Recorded], words: LogWords) -> None:
    names = ("number", "when", "actor", "action", "object", "unit", "outcome", "why")
    console.table([f"audit.col.{name}" for name in names], [_row(one, words) for one in found])
    tell("audit.told.found", count=len(found))


def _row(recorded: Recorded, words: LogWords) -> tuple[object, ...]:
    entry = recorded.entry
    when = f"{entry.when[11:19]} {dates.shown(entry.when[:10])}"
    unit, why = words.unit(entry.unit) if entry.unit else "", words.why_and_purpose(entry)
    texts = (entry.actor, words.action(entry), entry.object, unit, words.outcome(entry), why)
    return (recorded.number, when, *(escape(visible(text)) for text in texts))


@click.command("report")
@wanted_options
@click.option(
    "--html", "page", type=click.Path(path_type=Path), metavar="TỆP", help="Trang có biểu đồ / a page"
)
@click.option("--xlsx", "book", type=click.Path(path_type=Path), metavar="TỆP", help="Bảng tính / a workbook")
@JSON
@with_settings
def audit_report(
    settings: Settings, wanted: Wanted, page: Path | None, book: Path | None, as_json: bool
) -> None:
    """Đếm lượt sử dụng theo ngày, đơn vị, người, việc / count use per day, unit, person, action.

    \b
    Ví dụ / examples:
      kho audit report --from 01/12/2026 --to 31/12/2026
      kho audit report --unit 00004.2004 --xlsx su-dung.xlsx --html su-dung.html
    """
    home.check(settings)
    with journal.of_home(settings) as sink:
        put_on_record(sink, settings, "log-read", how="report", **vars(wanted))
    counted = reports.count(AuditLog(settings.audit).entries(wanted))
    if page:
        give(report_pages.html(counted, _words(settings)), page)
    if book:
        durable.write_file(book, report_pages.workbook(counted, _words(settings)))
        tell("audit.told.written", file=book)
    if as_json:
        emit_json(counted.plain())
    elif not (page or book):
        _print_report(counted, _words(settings))


def _print_report(counted: reports.Usage, words: LogWords) -> None:
    for by in reports.BY:
        rows = [
            (escape(report_pages.name_of(by, name, words)), *report_pages.numbers(row))
            for name, row in counted.rows(by)
        ]
        codes = [f"audit.col.{name}" for name in (by, *report_pages.COLUMNS)]
        console.table(codes, rows[-31:] if by == "day" else rows[:31], title=f"audit.report.by_{by}")


# --------------------------------------------------------------------------- paper, export, closing


@click.command("sheet")
@click.option("--day", type=Day(), help="Ngày, bỏ trống: hôm nay / the day, default today")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="TỆP", required=True, help="Trang để in / page to print"
)
@with_settings
def audit_sheet(settings: Settings, day: date | None, out: Path) -> None:
    """Bảng kê trong ngày để in và giữ ở ngoài máy / the printable daily statement.

    \b
    Ví dụ / example:  kho audit sheet --day 31/12/2026 --out bang-ke-31-12.html
    """
    home.check(settings)
    shown = (day or now().date()).isoformat()
    with journal.of_home(settings) as sink:
        put_on_record(sink, settings, "log-read", how="sheet", day=shown)
        found = list(AuditLog(settings.audit).entries(Wanted(first=shown, last=shown)))
        head = sink.head()
    numbers = (found[0].number, found[-1].number) if found else None
    give(sheet.html(shown, numbers, reports.count(found), head, console.language(), settings.office), out)


@click.command("export")
@wanted_options
@HEADS
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="THƯ-MỤC",
    required=True,
    help="Thư mục mới / a new folder",
)
@with_settings
def audit_export(settings: Settings, wanted: Wanted, held: tuple[str, ...], out: Path) -> None:
    """Xuất một phần nhật ký kèm chứng minh / export entries with proofs.

    \b
    Ví dụ / example:  kho audit export --actor lan --from 01/12/2026 --out cho-thanh-tra
    """
    home.check(settings)
    outside = held_heads(held)
    with journal.of_home(settings) as sink:
        put_on_record(sink, settings, "log-export", **vars(wanted))
        head = sink.head()
    numbers = [one.number for one in AuditLog(settings.audit).entries(wanted)]
    count = exports.export(settings.audit, out, numbers, head, outside)
    tell("audit.told.found", count=count)
    tell("audit.told.written", file=out)
