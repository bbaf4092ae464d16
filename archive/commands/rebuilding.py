"""`kho rebuild`: the look-up made anew from the holdings."""

from __future__ import annotations

from pathlib import Path

import click

from archive import console, home
from archive.console import JSON, counted, emit_json, tell, with_settings
from archive.settings import Settings


@click.command()
@click.option(
    "--export",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TỆP",
    help="Ghi toàn bộ danh mục ra tệp / write the whole catalogue to a file",
)
@click.option(
    "--anew",
    is_flag=True,
    help="Thư mục published đã mất hẳn, làm lại / the folder published is lost for good, make it again",
)
@JSON
@with_settings
def rebuild(settings: Settings, export: Path | None, anew: bool, as_json: bool) -> int:
    """Dựng lại phần tra cứu chỉ từ kho gói và bản đọc trang / build the look-up anew from packages and page readings.

    So danh mục mới với danh mục đang dùng, từng hồ sơ một / the new catalogue is compared with the one in use,
    dossier by dossier.

    \b
    Ví dụ / examples:
      kho rebuild
      kho rebuild --export danh-muc.jsonl

    Mã thoát / exit code: 0 trọn vẹn / all well, 1 có hư hỏng hoặc khác / damage or differences.
    """
    from archive import wiring_write

    if anew:
        home.renew_published(settings)
    with counted("publish.progress") as progress:
        made = wiring_write.rebuild(settings, progress=progress, export=export)
    if as_json:
        emit_json(made)
    else:
        for finding in made.findings:
            tell(finding.code, file=finding.file or "", **finding.values)
        for dossier_id in made.differing:
            tell("rebuild.differing", id=dossier_id)
        tell("rebuild.done", generation=made.generation, dossiers=made.dossiers, digest=made.digest)
        if made.before:
            tell("rebuild.same" if made.same else "rebuild.changed", count=len(made.changed))
    return console.SOME_REFUSED if made.findings or made.differing else console.OK
