"""`kho package sip|aip|dip|tables|check`: preservation packages and tables of what an account may take out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from archive import console, wiring_write
from archive.commands.lookup import AS_USER, actor_of
from archive.console import JSON, counted, emit_json, sentence, tell, with_settings
from archive.errors import SourceRefused, UsageError
from archive.model import Finding
from archive.packages import check as checking
from archive.packages.profile import KINDS, Kind
from archive.packages.run import Order, Outcome, Planned, Refusal, Run, dossiers_of
from archive.settings import Settings
from archive.text import visible
from archive.usage import Group, There
from archive.wiring_read import Archive

SHOWN = 20
"""Lines of a list on the terminal; --json has them all."""


@click.group(cls=Group)
def package() -> None:
    """Gói lưu trữ SIP, AIP, DIP và bảng dữ liệu / preservation packages and tables.

    \b
    Ví dụ / example:  kho package aip --dossier H30.01:ho-so-12 --out goi/
    """


def what(command: Callable) -> Callable:
    """The options that say which dossiers, and in whose name."""
    for option in (
        click.option(
            "--dossier", "dossiers", multiple=True, metavar="MÃ", help="Hồ sơ / dossier; lặp lại được"
        ),
        click.option(
            "--fonds", "fonds", multiple=True, metavar="MÃ", help="Mọi hồ sơ của phông / all of a fonds"
        ),
        AS_USER,
    ):
        command = option(command)
    return command


def _command(kind: Kind, told: str) -> click.Command:
    @click.command(kind.lower())
    @what
    @click.option(
        "--out",
        type=click.Path(file_okay=False, path_type=Path),
        required=True,
        metavar="THƯ-MỤC",
        help="Nơi ghi / where to",
    )
    @click.option("--zip", "zipped", is_flag=True, help="Mỗi gói một tệp ZIP / each package a ZIP file")
    @click.option("--bag", is_flag=True, help="Bọc gói trong túi BagIt / each package in a BagIt bag")
    @click.option(
        "--purpose",
        default="",
        metavar="LÝ-DO",
        help="Mục đích, để kèm văn bản có dữ liệu cá nhân / to take personal data along",
    )
    @click.option("--dry-run", is_flag=True, help="Chỉ lập kế hoạch / plan only")
    @JSON
    @with_settings
    def command(
        settings: Settings,
        dossiers: tuple[str, ...],
        fonds: tuple[str, ...],
        user: str | None,
        out: Path,
        zipped: bool,
        bag: bool,
        purpose: str,
        dry_run: bool,
        as_json: bool,
    ) -> int:
        order = Order(kind, out, zipped, bag, purpose)
        return _run(settings, order, user, dossiers, fonds, dry_run, as_json)

    command.help = told
    return command


_TOLD = {
    "SIP": "Gói nộp vào lưu trữ lịch sử: bản gốc và mô tả / submission packages: originals and description.",
    "AIP": "Gói bảo quản: thêm ảnh và bản đọc từng trang / archival packages: page images and readings too.",
    "DIP": "Gói sử dụng: thêm bản PDF tìm kiếm được / dissemination packages: searchable PDF copies too.",
}
_MORE = """

Mỗi hồ sơ một gói theo Thông tư 05/2025/TT-BNV và E-ARK CSIP. Kế hoạch và những gì không đưa ra được nêu trước; chạy lại
cùng lệnh thì làm tiếp. / One package for each dossier. What cannot leave is told first; the same command again goes on.

\b
Ví dụ / examples:
  kho package {kind} --dossier H30.01:ho-so-12 --as lan --out goi/
  kho package {kind} --fonds H30.01 --out goi/ --zip --dry-run

\b
Mã thoát / exit code: 0 đủ / all made, 1 có hồ sơ bị từ chối / some refused, 2 không chạy được / failed
"""
for _kind in KINDS:
    package.add_command(_command(_kind, _TOLD[_kind] + _MORE.format(kind=_kind.lower())))


def _run(
    settings: Settings,
    order: Order,
    user: str | None,
    dossiers: tuple[str, ...],
    fonds: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
) -> int:
    archive = Archive(settings, wiring_write.access_log(settings))
    actor = actor_of(archive, user)
    reader = archive.reader()
    wanted = chosen(dossiers, (each for code in fonds for each in dossiers_of(reader, actor, code)))
    work = Run(settings, reader, actor, order)
    outcome = work.plan(wanted)
    if not as_json:
        _tell_plan(outcome)
    if not dry_run:
        with counted("packages.progress") as progress:
            outcome = work.make(progress)
    if as_json:
        emit_json(outcome)
    else:
        _tell_outcome(outcome, order, dry_run)
    return console.SOME_REFUSED if outcome.refused else console.OK


def chosen(dossiers: Iterable[str], of_fonds: Iterable[str]) -> list[str]:
    """Each dossier once. Raises UsageError when none was named."""
    found = list(dict.fromkeys([*dossiers, *of_fonds]))
    if not found:
        raise UsageError("packages.nothing_named")
    return found


def _tell_plan(outcome: Outcome) -> None:
    rows = [_row(each) for each in outcome.planned[:SHOWN]]
    heads = ("packages.col.dossier", "packages.col.files", "packages.col.bytes", "packages.col.withheld")
    if rows:
        console.table(heads, rows, "packages.plan_title")
    if len(outcome.planned) > SHOWN:
        tell("packages.more", count=len(outcome.planned) - SHOWN)
    files, size = (sum(getattr(each, name) for each in outcome.planned) for name in ("files", "bytes"))
    tell("packages.plan", count=len(outcome.planned), files=files, bytes=size)
    _tell_refused(outcome.refused)


def _row(planned: Planned) -> tuple[object, ...]:
    return (planned.dossier, planned.files, planned.bytes, len(planned.withheld) or "")


def _tell_refused(refused: Iterable[Refusal]) -> None:
    for each in refused:
        tell("packages.refused", dossier=each.dossier, why=sentence(each.why.code, **each.why.values))


def _tell_outcome(outcome: Outcome, order: Order, dry_run: bool) -> None:
    if dry_run:
        tell("packages.dry_run")
        return
    counts = {"made": len(outcome.made), "kept": len(outcome.kept), "refused": len(outcome.refused)}
    tell("packages.done", **counts, bytes=outcome.bytes, path=order.out)
    planned = {each.dossier for each in outcome.planned}
    _tell_refused(each for each in outcome.refused if each.dossier in planned)


# --------------------------------------------------------------------------- flat tables


@package.command()
@what
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="THƯ-MỤC",
    help="Thư mục mới / a new folder",
)
@click.option("--files", is_flag=True, help="Kèm bản gốc, đặt tên <mã hồ sơ>.<số thứ tự> / originals too")
@click.option(
    "--purpose",
    default="",
    metavar="LÝ-DO",
    help="Mục đích, để kèm văn bản có dữ liệu cá nhân / to take personal data along",
)
@JSON
@with_settings
def tables(
    settings: Settings,
    dossiers: tuple[str, ...],
    fonds: tuple[str, ...],
    user: str | None,
    out: Path,
    files: bool,
    purpose: str,
    as_json: bool,
) -> int:
    """Bảng dữ liệu phông, hồ sơ, văn bản / tables of fonds, dossiers and documents.

    Tên trường theo Thông tư 02/2019/TT-BNV, CSV và XLSX, để đưa vào cơ sở dữ liệu chuyên ngành / field codes of the
    circular, as CSV and XLSX, for a sector's database.

    \b
    Ví dụ / example:  kho package tables --fonds H30.01 --as lan --out bang/ --files
    """
    archive = Archive(settings, wiring_write.access_log(settings))
    actor, reader = actor_of(archive, user), archive.reader()
    wanted = chosen(dossiers, (each for code in fonds for each in dossiers_of(reader, actor, code)))
    work = Run(settings, reader, actor, Order(None, out, purpose=purpose))
    with counted("packages.progress") as progress:
        findings = work.tables(wanted, files, progress)
    if as_json:
        emit_json({"tables": work.outcome, "findings": findings})
    else:
        _tell_refused(work.outcome.refused)
        for finding in findings[:SHOWN]:
            tell(finding.code, **finding.values)
        tell("packages.tables_done", dossiers=len(work.outcome.made), long=len(findings), path=out)
    return console.SOME_REFUSED if work.outcome.refused else console.OK


# --------------------------------------------------------------------------- check


@package.command()
@click.argument("paths", nargs=-1, required=True, type=There(None), metavar="GÓI...")
@JSON
@with_settings
def check(_settings: Settings, paths: tuple[Path, ...], as_json: bool) -> int:
    """Kiểm tra gói: từng tệp so với mã trong METS / check packages: every file against its METS.

    \b
    Ví dụ / example:  kho package check goi/*.zip

    Mã thoát / exit code: 0 nguyên vẹn / whole, 1 có chỗ hỏng / damage found.
    """
    found = {str(path): _faults(path) for path in paths}
    if as_json:
        emit_json(found)
    else:
        for path, faults in found.items():
            for fault in faults:
                tell(fault.code, file=fault.file or "", **fault.values)
            tell("packages.damaged" if faults else "packages.whole", path=visible(path), count=len(faults))
    return console.SOME_REFUSED if any(found.values()) else console.OK


def _faults(path: Path) -> list[Finding]:
    try:
        return checking.check(path)
    except SourceRefused as error:
        return [Finding(error.code, "error", path.name, values=error.values)]
