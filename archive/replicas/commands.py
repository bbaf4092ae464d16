"""`kho repair`, `kho backup`, `kho restore`."""

from __future__ import annotations

from pathlib import Path

import click

from archive import console, home, usage
from archive.console import JSON, emit_json, tell, with_settings
from archive.settings import Settings


@click.command()
@click.option(
    "--from",
    "copy",
    type=usage.There(folder=True),
    required=True,
    metavar="BẢN-SAO",
    help="Thư mục kho của bản sao thứ hai / home folder of the second copy",
)
@click.option("--dry-run", is_flag=True, help="Chỉ cho biết sẽ làm gì / only tell what would be done")
@JSON
@with_settings
def repair(settings: Settings, copy: Path, dry_run: bool, as_json: bool) -> int:
    """Khôi phục gói, trang bị hỏng từ bản sao đã kiểm tra / restore damaged packages and pages from a verified copy.

    Chỉ lấy những byte đúng mã kiểm tra; gói hỏng được giữ lại trong set-aside; việc khôi phục được ghi vào hồ sơ và
    nhật ký / only bytes that verify are taken; what was damaged is kept in set-aside; the dossier and the access log
    have it on record.

    \b
    Ví dụ / examples:
      kho verify; kho repair --from /mnt/ban-sao/kho-huyen
      kho repair --from /mnt/ban-sao/kho-huyen --dry-run

    Mã thoát / exit code: 0 không còn hư hỏng / nothing left, 1 còn chỗ chưa khôi phục / something is left.
    """
    from archive import wiring_write

    home.check(settings)
    report = wiring_write.repair(settings, copy, dry_run=dry_run)
    if as_json:
        emit_json(report)
    else:
        for finding in (*report.repaired, *report.pages, *report.left):
            tell(finding.code, file=finding.file or "", **finding.values)
        done = len(report.repaired), len(report.pages), len(report.left)
        if any(done):
            tell("copies.done", repaired=done[0], pages=done[1], left=done[2])
        else:
            tell("copies.nothing")
    return console.OK if not report.left else console.SOME_REFUSED
