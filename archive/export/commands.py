"""`kho export`: plan, then one ZIP with proof. Started again after a stop it goes on where it was."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path

import click

from archive import console
from archive.audit import journal
from archive.audit.heads import KEYS_FILE
from archive.commands.lookup import AS_USER, actor_of, chosen_filters
from archive.console import JSON, emit_json, sentence, tell, warn, with_settings
from archive.copies import stamp as stamps
from archive.errors import UsageError
from archive.export import plan as plans
from archive.export import receiving, selection
from archive.export.bag import Bag, Request
from archive.export.plan import Plan, Refusal
from archive.export.selection import Selection
from archive.lookup.reader import HoldingsReader
from archive.messages import say
from archive.model import FACETS
from archive.rights.access import Actor
from archive.settings import Settings, now
from archive.text import visible
from archive.usage import There
from archive.wiring_read import Archive

SHOWN = 20


@click.command()
@click.option("--query", metavar="TỪ", help="Kết quả tìm kiếm / the results of a search")
@click.option("--dossier", metavar="MÃ", help="Một hồ sơ / a dossier")
@click.option("--fonds", metavar="MÃ", help="Cả phông / a whole fonds")
@click.option(
    "--list", "listed", type=There(), metavar="TỆP", help="Danh sách mã, mỗi dòng một mã / ids, one a line"
)
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="TÊN=GIÁ-TRỊ",
    help=f"Thu hẹp --query / narrow it: {', '.join(FACETS)}",
)
@AS_USER
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="TỆP", help="Tệp ZIP / the ZIP file"
)
@click.option("--stamp", is_flag=True, help="Đóng dấu «bản sao» lên bản PDF / stamp the PDF copies")
@click.option("--dry-run", is_flag=True, help="Chỉ xem kế hoạch / show the plan only")
@JSON
@with_settings
def export(
    settings: Settings,
    query: str | None,
    dossier: str | None,
    fonds: str | None,
    listed: Path | None,
    filters: tuple[str, ...],
    user: str | None,
    out: Path | None,
    stamp: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Xuất hồ sơ kèm chứng nhận / take documents out with proof.

    Một tệp ZIP: bản gốc, bản sao PDF/A, mô tả, lịch sử xử lý, chứng nhận có chữ ký của kho. Bị dừng giữa chừng thì chạy
    lại đúng lệnh đó / one ZIP: originals, PDF/A copies, description, history, a certificate signed by the archive. When
    it was stopped, the same command goes on.

    \b
    Ví dụ / examples:
      kho export --query "thu hoi dat" --as lan --out thu-hoi-dat.zip
      kho export --dossier H30.01:ho-so-12 --stamp --out ho-so-12.zip
      kho export --fonds H30.01 --dry-run --json

    \b
    Mã thoát / exit code: 0 đủ / all, 1 có thứ để lại, có ghi lý do / some left out, with reasons, 2 không chạy được / failed
    """
    if out is None and not dry_run:
        raise UsageError("export.out_needed")
    asked = _selection(query, dossier, fonds, listed, filters)
    with journal.of_home(settings) as sink:
        archive = Archive(settings, sink)
        reader, actor = archive.reader(), actor_of(archive, user)
        with console.counted("export.planning") as progress:
            plan = reader.plan_export(actor, asked, progress=progress)
        if dry_run:
            _show(plan, as_json)
            return console.SOME_REFUSED if plan.refusals else console.OK
        if not as_json:
            _tell(plan)
        request = _request(settings, reader, actor, plan, stamp, out)
        bag = _written(settings, reader, sink, request, out)
    return _done(bag, out, as_json)


def _selection(
    query: str | None, dossier: str | None, fonds: str | None, listed: Path | None, filters: tuple[str, ...]
) -> Selection:
    given = [one for one in (query, dossier, fonds, listed) if one is not None]
    if len(given) != 1 or (filters and query is None):
        raise UsageError("export.one_selection")
    if query is not None:
        return selection.of_search(query, chosen_filters(filters))
    if listed is not None:
        return selection.of_list(listed)
    return Selection("dossier", dossier) if dossier is not None else Selection("fonds", fonds or "")


def _request(
    settings: Settings, reader: HoldingsReader, actor: Actor, plan: Plan, stamp: bool, out: Path
) -> Request:
    """A new request, or that of the unfinished file when this is the same one."""
    began, named = now(), actor.display_name or actor.name
    line = say("export.stamp", settings.language, who=named, when=began.isoformat()) if stamp else ""
    if line:
        stamps.strip(line)  # a missing font is told before anything is written
    request = Request(secrets.token_hex(8), began, actor, plan, reader.generation, settings.language, line)
    found = receiving.begun(out)
    earlier = receiving.same(request, found) if found else None
    if receiving.part_of(out).exists():
        warn("export.goes_on" if earlier else "export.begins_anew", file=receiving.part_of(out))
    return earlier or request


def _written(
    settings: Settings, reader: HoldingsReader, sink: journal.JournalSink, request: Request, out: Path
) -> Bag:
    receiving.require_room(out, request.plan.room, settings.free_reserve)
    leaving = reader.begin_export(request.actor, request.plan, request.export)
    with receiving.kept(out) as kept, console.counted("export.progress") as counted:
        bag = Bag(
            request, leaving, sink, settings.audit / KEYS_FILE, kept, _progress(counted, request.plan.bytes)
        )
        receiving.receive(bag, out, kept)
    return bag


def _progress(counted: Callable[..., None], total: int) -> Callable[[int], None]:
    """Tells how much is done and how long it may still take."""
    began = time.monotonic()

    def count(done: int) -> None:
        left = (time.monotonic() - began) * (total - done) / done if done else 0
        counted(done >> 20, total >> 20, left=time.strftime("%H:%M:%S", time.gmtime(max(0, left))))

    return count


# --------------------------------------------------------------------------- what is told


def _show(plan: Plan, as_json: bool) -> None:
    if as_json:
        emit_json(plans.plain(plan))
    else:
        _tell(plan)


def _tell(plan: Plan) -> None:
    tell("export.plan", **{**plan.counts, "bytes": _mb(plan.bytes)})
    _refused(plan.refusals)


def _refused(refusals: tuple[Refusal, ...] | list[Refusal]) -> None:
    for one in refusals[:SHOWN]:
        reason = sentence(one.reason)
        what = sentence(f"export.what.{one.what}")
        tell("export.refusal", record=one.record, what=what, name=visible(one.name), why=reason)
    if len(refusals) > SHOWN:
        tell("export.more", count=len(refusals) - SHOWN)


def _done(bag: Bag, out: Path, as_json: bool) -> int:
    size = out.stat().st_size
    counts = {**bag.counts, "refused": len(bag.refusals)}
    if as_json:
        refused = plans.refused(bag.refusals)
        emit_json(
            {"file": str(out), "bytes": size, "export": bag.request.export, **counts, "refusals": refused}
        )
    else:
        _refused(bag.refusals[len(bag.request.plan.refusals) :])
        tell("export.done", file=out, **counts, bytes=_mb(size), entry=bag.leaving.number)
    return console.SOME_REFUSED if bag.refusals else console.OK


def _mb(size: int) -> str:
    return f"{size / 1_000_000:.1f}"
