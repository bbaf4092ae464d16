"""`kho ingest package`: packages made by `kho package` come in again, in this archive or another one."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path

import click

from archive import console
from archive.console import JSON, counted, emit_json, sentence, tell, with_settings
from archive.errors import SourceRefused
from archive.home import check as check_home
from archive.model import Notice
from archive.settings import Settings
from archive.text import visible
from archive.usage import There
from ingest.packages.keeping import Keeper


@dataclass(frozen=True)
class Result:
    """What became of one package: `kept`, `there` (all of it was), or `refused` and `why`."""

    package: str
    fate: str
    dossier: str = ""
    items: int = 0
    why: Notice | None = None


@click.command()
@click.argument("paths", nargs=-1, required=True, type=There(None), metavar="GÓI...")
@click.option("--dry-run", is_flag=True, help="Chỉ kiểm tra, không nhận / check only, keep nothing")
@JSON
@with_settings
def package(config: Settings, paths: tuple[Path, ...], dry_run: bool, as_json: bool) -> int:
    """Nhận gói AIP, DIP do kho package làm ra / take in packages made by kho package.

    Mỗi gói được kiểm tra từng byte trước; hồ sơ đã có thì không bị thay / every byte is checked first; a dossier that is
    there is never replaced.

    \b
    Ví dụ / examples:
      kho ingest package goi/urn_H30.01_uuid_….zip
      kho ingest package goi/* --dry-run

    Mã thoát / exit code: 0 nhận hết / all taken in, 1 có gói bị từ chối / some refused, 2 không chạy được / failed
    """
    check_home(config)
    keeper = Keeper(config, config.operator or getpass.getuser())
    results = []
    with counted("packages.taking") as progress:
        for done, path in enumerate(paths, 1):
            results.append(_taken(keeper, path, dry_run))
            progress(done, len(paths))
    if as_json:
        emit_json(results)
    else:
        _tell(results, dry_run)
    return console.SOME_REFUSED if any(result.why for result in results) else console.OK


def _taken(keeper: Keeper, path: Path, dry_run: bool) -> Result:
    try:
        dossier, fate = (keeper.look if dry_run else keeper.keep)(path)
    except SourceRefused as error:
        return Result(str(path), "refused", why=Notice(error.code, error.values))
    return Result(str(path), fate, dossier.id, len(dossier.items))


def _tell(results: list[Result], dry_run: bool) -> None:
    kept = "packages.would_be_kept" if dry_run else "packages.kept"
    codes = {"kept": kept, "there": "packages.there", "refused": "packages.not_taken"}
    for result in results:
        why = sentence(result.why.code, **result.why.values) if result.why else ""
        shown = {"path": visible(result.package), "dossier": result.dossier, "items": result.items}
        tell(codes[result.fate], **shown, why=why)
    if not dry_run and any(result.fate == "kept" for result in results):
        tell("packages.next")
