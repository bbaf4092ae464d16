"""`kho review`: the work list, its corrections by a workbook, samples for acceptance, reading weak pages again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
from rich.markup import escape

from archive import console, durable, ids, wiring_write
from archive.audit.entry import Entry as Recorded
from archive.console import JSON, emit_json, language, tell, warn, with_settings
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.home import check as check_home
from archive.messages import say
from archive.model import Dossier
from archive.review.entries import KINDS, Entry
from archive.settings import Settings
from archive.usage import Group, There
from archive.wiring_read import Archive
from ingest.reports.words import explain, shown
from ingest.review import applying, commands_sampling, sheet
from ingest.review.applying import Applied
from ingest.review.corrections import Fate
from ingest.review.pictures import Pictures
from ingest.review.queue import Queue, Wanted, queue

SHOWN = 30
"""Lines on the terminal; --json and the workbook have more."""


@click.group(cls=Group)
def review() -> None:
    """Việc cần người xem sau khi máy đọc: danh sách, sửa mô tả, nghiệm thu / what a person should look at.

    \b
    Ví dụ / examples:
      kho review list --fonds H30.01
      kho review export can-xem.xlsx --fonds H30.01
      kho review apply can-xem.xlsx --by "Trần Thị Lan" --reason "Đối chiếu bản giấy" --dry-run
      kho review sample dot-1 --fonds H30.01 --aql 1.0 --by "Trần Thị Lan" --out mau.xlsx
      kho review judge mau.xlsx --by "Trần Thị Lan" --out bien-ban.docx
    """


def _wanted(command: Callable) -> Callable:
    """The options that narrow the list."""
    for option in (
        click.option("--all", "notes", is_flag=True, help="Cả điều chỉ để biết / also what is only told"),
        click.option(
            "--batch", default="", metavar="ĐỢT", help="Chỉ của một đợt hay hệ thống / of one batch"
        ),
        click.option("--kind", type=click.Choice(KINDS), help="Trường, trang hay phát hiện / of one kind"),
        click.option("--fonds", default="", metavar="MÃ", help="Chỉ một phông / of one fonds"),
    ):
        command = option(command)
    return command


@review.command("list")
@_wanted
@JSON
@with_settings
def list_(settings: Settings, fonds: str, kind: str | None, batch: str, notes: bool, as_json: bool) -> int:
    """Những việc cần người xem, việc lợi nhất trước / what to look at, what gains most first.

    Việc tự hết khi nguyên nhân không còn hoặc đã có người trả lời bằng kho review apply.

    \b
    Ví dụ / examples:
      kho review list --fonds H30.01 --kind field
      kho review list --batch dot-1 --json
    """
    found = _queue(settings, Wanted(fonds, kind or "", batch, notes))
    if as_json:
        emit_json(
            {
                "counts": found.counts,
                "entries": [_plain(one) for one in found.entries],
                "damaged": found.damaged,
            }
        )
        return _code(found)
    console.table(
        [f"review.head.{name}" for name in ("record", "page", "what", "why", "value")],
        [[escape(cell) for cell in _line(one)] for one in found.entries[:SHOWN]],
    )
    _tell_counts(found)
    if len(found.entries) > SHOWN:
        tell("review.more", count=len(found.entries) - SHOWN)
    return _code(found)


def _queue(settings: Settings, wanted: Wanted) -> Queue:
    check_home(settings)
    return queue(Holdings(settings.holdings), wanted)


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "record": entry.record,
        "page": entry.page,
        "kind": entry.kind,
        "what": entry.what,
        "why": explain(entry.why.code, entry.why.values, language()),
        "todo": say(entry.todo, language()),
        "severity": entry.why.severity,
        "value": entry.value,
        "confidence": entry.confidence,
        "file": entry.why.file,
        "batch": entry.batch,
        "weight": entry.weight,
        "key": entry.key,
    }


def _line(entry: Entry) -> tuple[str, ...]:
    why = explain(entry.why.code, entry.why.values, language())
    named = sheet.named_what(entry, language())
    return (entry.record, str(entry.page or ""), named, why, shown(entry.value or entry.why.file or ""))


def _tell_counts(found: Queue) -> None:
    for package in found.damaged:
        warn("review.damaged", package=package)
    kinds = {kind: found.counts.get(kind, 0) for kind in KINDS}
    tell("review.counts", total=len(found.entries), **kinds)


def _code(found: Queue) -> int:
    return console.SOME_REFUSED if found.damaged else console.OK


review.add_command(commands_sampling.sample)
review.add_command(commands_sampling.judge)


# --------------------------------------------------------------------------- the workbook


@review.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="TỆP")
@_wanted
@click.option("--limit", type=click.IntRange(1, 5000), default=500, help="Nhiều nhất / rows at most [500]")
@with_settings
def export(
    settings: Settings, file: Path, fonds: str, kind: str | None, batch: str, notes: bool, limit: int
) -> int:
    """Ghi danh sách ra bảng Excel để sửa, có ảnh trang bên cạnh / write the list as a workbook to fill in.

    \b
    Ví dụ / example:
      kho review export can-xem.xlsx --fonds H30.01 --kind field --limit 200
    """
    found = _queue(settings, Wanted(fonds, kind or "", batch, notes))
    chosen = found.entries[:limit]
    durable.write_file(file, sheet.write(list(_pictured(settings, chosen)), language()))
    _tell_counts(found)
    tell("review.exported", file=file, count=len(chosen))
    if len(found.entries) > limit:
        tell("review.rest", count=len(found.entries) - limit)
    return _code(found)


def _pictured(settings: Settings, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes | None]]:
    holdings, kept = Holdings(settings.holdings), Renditions(settings.renditions)
    known: dict[str, Pictures] = {}
    for entry in entries:
        home = ids.dossier_of(entry.record) if ids.is_item_id(entry.record) else entry.record
        if home not in known:
            known[home] = Pictures(kept, holdings.dossier(home))
        yield entry, known[home].of(entry)


@review.command()
@click.argument("file", type=There(), metavar="TỆP")
@click.option("--by", required=True, metavar="TÊN", help="Người sửa / who decides")
@click.option("--reason", required=True, metavar="LÝ-DO", help="Vì sao, căn cứ / why")
@click.option("--dry-run", is_flag=True, help="Chỉ xem trước / only show what would change")
@JSON
@with_settings
def apply(settings: Settings, file: Path, by: str, reason: str, dry_run: bool, as_json: bool) -> int:
    """Nhận bảng đã điền: mô tả có phiên bản mới, bản gốc giữ nguyên / take the filled workbook in.

    Dòng đã cũ hoặc không hợp lệ bị từ chối, nêu tên; các dòng khác vẫn được nhận.

    \b
    Ví dụ / example:
      kho review apply can-xem.xlsx --by "Trần Thị Lan" --reason "Đối chiếu bản giấy"

    \b
    Mã thoát / exit code: 0 nhận hết / all taken, 1 có dòng bị từ chối / some refused, 2 không chạy được / failed
    """
    check_home(settings)
    rows = sheet.read(file)
    witness = _witness(settings, by.strip(), reason.strip())
    done = applying.apply(settings, rows, by=by, reason=reason, witness=witness, dry_run=dry_run)
    if as_json:
        emit_json({"dry_run": dry_run, "counts": done.counts, "rows": done.fates, "closed": done.closed})
    else:
        _show(done, dry_run)
    return console.SOME_REFUSED if done.of("refused") else console.OK


def _witness(settings: Settings, by: str, reason: str) -> applying.Witness:
    log, operator = wiring_write.access_log(settings), Archive(settings).operator().name

    def witness(dossier: Dossier, fates: Sequence[Fate]) -> None:
        records = list(dict.fromkeys(fate.record for fate in fates))
        detail = {"by": by, "records": records}
        unit = dossier.fonds.unit.code
        log.record(Recorded("correction", operator, dossier.id, why=reason, unit=unit, detail=detail))

    return witness


def _show(done: Applied, dry_run: bool) -> None:
    _table("review.changes", ("line", "record", "what", "old", "new"), map(_change, done.of("changed")))
    _table("review.refusals", ("line", "record", "what", "why"), map(_refusal, done.of("refused")))
    tell("review.previewed" if dry_run else "review.applied", **done.counts)
    if done.closed:
        tell("review.closed", count=len(done.closed))
    elif done.of("changed") and not dry_run:
        tell("ingest.next")


def _change(fate: Fate) -> tuple[object, ...]:
    new = fate.new or say(fate.code, language())
    return fate.line, fate.record, _named(fate), fate.old, new


def _refusal(fate: Fate) -> tuple[object, ...]:
    return fate.line, fate.record, _named(fate), say(fate.code, language())


def _named(fate: Fate) -> str:
    named = say(f"field.{fate.what}", language())
    return "" if named.startswith("field.") else named


def _table(title: str, heads: Iterable[str], rows: Iterable[tuple[object, ...]]) -> None:
    lines = [[escape(shown(cell)) for cell in row] for row in rows]
    if lines:
        console.table([f"review.head.{head}" for head in heads], lines, title)
