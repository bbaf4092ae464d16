"""`kho init`, `kho publish`, `kho verify`: the life of the archive itself."""

from __future__ import annotations

import click

from archive import console, home
from archive.accounts_writer import AccountsWriter
from archive.console import JSON, emit_json, tell, with_settings
from archive.publish import Report
from archive.settings import Settings


@click.command()
@with_settings
def init(settings: Settings) -> None:
    """Tạo kho mới / make a new archive.

    \b
    Ví dụ / example:  kho init --home kho-huyen
    """
    fresh = home.create(settings)
    AccountsWriter(settings.accounts).init()
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
        report = wiring_write.publish(settings, rebuild=rebuild, accept_missing=accept_missing)
    if as_json:
        emit_json(report)
    else:
        _tell_published(report, rollback)
    return console.SOME_REFUSED if report.findings else console.OK


def _tell_published(report: Report, rollback: bool) -> None:
    for finding in report.findings:
        tell(finding.code, file=finding.file or "", **finding.values)
    code = "publish.rolled_back" if rollback else "publish.done" if report.changed else "publish.nothing_new"
    tell(
        code,
        generation=report.generation,
        dossiers=report.dossiers,
        items=report.items,
        pages=report.pages,
        added=report.added + report.updated,
        removed=report.removed,
    )


@click.command()
@JSON
@with_settings
def verify(settings: Settings, as_json: bool) -> int:
    """Kiểm tra toàn vẹn: từng byte so với mã kiểm tra / check every byte against its digest.

    \b
    Ví dụ / examples:
      kho verify
      kho verify --json > kiem-tra.json

    Mã thoát / exit code: 0 nguyên vẹn / intact, 1 có hư hỏng / damage found.
    """
    from archive import fixity

    home.check(settings)
    report = fixity.verify(settings)
    if as_json:
        emit_json(report)
    else:
        tell(
            "verify.summary",
            objects=report.objects,
            files=report.files,
            bytes=report.bytes,
            digest=report.digest,
        )
        for finding in (*report.notes, *report.findings):
            tell(finding.code, file=finding.file or "", **finding.values)
        tell("verify.intact" if not report.findings else "verify.damaged", count=len(report.findings))
    return console.OK if not report.findings else console.SOME_REFUSED
