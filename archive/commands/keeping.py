"""`kho init`, `kho publish`, `kho verify`: the life of the archive itself."""

from __future__ import annotations

import click

from archive import console, home
from archive.accounts_writer import AccountsWriter
from archive.console import JSON, emit_json, tell, with_settings
from archive.errors import UsageError
from archive.settings import Settings


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@with_settings
def init(settings: Settings, folder: str | None) -> None:
    """Tạo kho mới / make a new archive.

    \b
    Ví dụ / example:  kho init --home kho-huyen
    """
    if folder:
        raise UsageError("error.init_argument", folder=folder)
    fresh = home.create(settings)
    AccountsWriter(settings.accounts).init()
    tell("init.created" if fresh else "init.there", path=settings.home)


@click.command()
@click.option(
    "--rollback", is_flag=True, help="Quay về bản công bố trước / return to the previous generation"
)
@click.option("--rebuild", is_flag=True, help="Dựng lại toàn bộ / build everything anew")
@JSON
@with_settings
def publish(settings: Settings, rollback: bool, rebuild: bool, as_json: bool) -> None:
    """Công bố những gì đã tiếp nhận để tra cứu / make what was ingested findable.

    \b
    Ví dụ / examples:
      kho publish
      kho publish --rollback
    """
    from archive import wiring_write

    report = wiring_write.rollback(settings) if rollback else wiring_write.publish(settings, rebuild=rebuild)
    if as_json:
        emit_json(report)
        return
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
