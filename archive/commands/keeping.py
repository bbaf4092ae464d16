"""`kho init`, `kho publish`: the life of the archive itself."""

from __future__ import annotations

import click

from archive import console, home
from archive.audit import signer
from archive.console import JSON, counted, emit_json, sentence, tell, with_settings
from archive.people.accounts_writer import AccountsWriter
from archive.publishing.publish import Report
from archive.settings import Settings
from archive.units import store
from archive.wiring_read import came_from, today


@click.command()
@with_settings
def init(settings: Settings) -> None:
    """Tạo kho mới / make a new archive.

    \b
    Ví dụ / example:  kho init --home kho-huyen
    """
    fresh = home.create(settings)
    AccountsWriter(settings.accounts).init()
    signer.make(settings.keys, settings.audit)
    tell("init.created" if fresh else "init.there", path=settings.home)


@click.command()
@click.option(
    "--rollback", is_flag=True, help="Quay về bản công bố trước / return to the previous generation"
)
@click.option("--rebuild", is_flag=True, help="Dựng lại toàn bộ / build everything anew")
@click.option(
    "--accept-missing",
    is_flag=True,
    help="Công bố dù có gói đã mất / publish although packages are gone",
)
@JSON
@with_settings
def publish(settings: Settings, rollback: bool, rebuild: bool, accept_missing: bool, as_json: bool) -> int:
    """Công bố những gì đã tiếp nhận để tra cứu / make what was ingested findable.

    Lệnh này không kiểm tra từng byte của bản gốc, việc đó là của kho verify / the bytes of originals are not
    checked here: that is kho verify.

    Hồ sơ có gói hoặc bản đọc trang bị hỏng được nêu tên, giữ nguyên như lần công bố trước hoặc chưa công bố / a
    dossier whose package or page reading is damaged is named, and stays as published before or is left out.

    Mã thoát / exit code: 0 trọn vẹn / all well, 1 có hư hỏng / damage found.

    \b
    Ví dụ / examples:
      kho publish
      kho publish --rollback
    """
    from archive import wiring_write

    if rollback:
        report = wiring_write.rollback(settings)
    else:
        with counted("publish.progress") as progress:
            report = wiring_write.publish(
                settings, rebuild=rebuild, accept_missing=accept_missing, progress=progress
            )
    if as_json:
        emit_json(report)
    else:
        _tell_published(report, rollback)
        _warn_of_strange_units(settings)
    return console.SOME_REFUSED if report.findings else console.OK


def _warn_of_strange_units(settings: Settings) -> None:
    """Name each fonds whose records come to nobody: its unit is not in the register of units."""
    register = store.load(settings.register)
    for fonds, unit in came_from(settings).items():
        if register.strange(fonds, unit, today()):
            console.warn("access.strange_unit", fonds=fonds, unit=unit)


def _tell_published(report: Report, rollback: bool) -> None:
    for finding in report.findings:
        tell(finding.code, file=finding.file or "", **finding.values)
    withheld = report.items - report.open_items
    code = "publish.rolled_back" if rollback else "publish.done" if report.changed else "publish.nothing_new"
    tell(
        code,
        generation=report.generation,
        dossiers=report.dossiers,
        items=report.open_items,
        withheld=sentence("publish.withheld", count=withheld) if withheld else "",
        pages=report.pages,
        added=report.added + report.updated,
        removed=report.removed,
    )
