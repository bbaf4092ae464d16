"""`kho ingest snapshot`: take over the snapshot of a closed system."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from archive import console
from archive.console import with_settings
from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.errors import KhoError, UsageError
from archive.home_identity import check as check_home
from archive.model import Finding
from archive.settings import Settings
from archive.usage import There
from ingest import progress
from ingest.batch.batch import lock_of
from ingest.batch.origin import Options, origin
from ingest.recognition import tesseract
from ingest.reports.words import explain
from ingest.snapshots import mapping as mappings
from ingest.snapshots.handed import handed
from ingest.snapshots.outcome import Outcome
from ingest.snapshots.preview import Preview, clear, preview
from ingest.snapshots.takeover import TakeOver

SHOWN = 20
PROFILES = Path(__file__).parent / "profiles"
PRELOAD = ("ingest.batch.page", "ingest.snapshots.contents")


@click.command()
@click.argument("path", type=There(folder=None))
@click.option(
    "--mapping",
    required=True,
    metavar="TỆP",
    help="Tệp ánh xạ, hoặc tên mẫu có sẵn / mapping file or shipped profile: "
    + ", ".join(sorted(file.stem for file in PROFILES.glob("*.toml"))),
)
@click.option(
    "--system",
    default="",
    metavar="MÃ",
    help="Mã hệ thống cũ / code of the closed system (ban-giao.toml: he_thong)",
)
@click.option("--title", default="", metavar="TÊN", help="Tên hệ thống / its name (ban-giao.toml: ten)")
@click.option(
    "--as-of", default="", metavar="NGÀY", help="Ngày chụp dữ liệu / as-of day (ban-giao.toml: ngay_chup)"
)
@click.option(
    "--method",
    default="",
    metavar="CÁCH",
    help="Cách lấy dữ liệu ra / how it was taken out (ban-giao.toml: cach_lay)",
)
@click.option(
    "--decision",
    default="",
    metavar="SỐ",
    help="Văn bản cho dừng hệ thống / act that closed it (ban-giao.toml: quyet_dinh)",
)
@click.option(
    "--closed",
    default="",
    metavar="NGÀY",
    help="Ngày dừng hệ thống / day it was closed (ban-giao.toml: ngay_dong)",
)
@click.option(
    "--fonds",
    default="",
    metavar="MÃ",
    help="Mã phông của đơn vị quản lý hệ thống / fonds of the system's owner (phong.toml: ma)",
)
@click.option("--fonds-title", default="", metavar="TÊN", help="Tên phông / fonds title (phong.toml: ten)")
@click.option("--unit", default="", metavar="MÃ", help="Mã đơn vị / unit code (phong.toml: don_vi_ma)")
@click.option(
    "--unit-name", default="", metavar="TÊN", help="Tên đơn vị / unit name (phong.toml: don_vi_ten)"
)
@click.option(
    "--unit-level", default="", metavar="CẤP", help="tỉnh, huyện, xã … / unit level (phong.toml: don_vi_cap)"
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="Số tiến trình / worker processes [một nhân một / one per core]",
)
@click.option(
    "--same-system",
    is_flag=True,
    help="Đúng là hệ thống đang giữ dưới mã này, dù nội dung khác / it is the system held under this code, though it looks different",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Chỉ cho biết sẽ giữ những gì, không giữ gì / only tell what would be kept",
)
@console.JSON
@with_settings
def snapshot(
    config: Settings, path: Path, mapping: str, workers: int, same_system: bool, dry_run: bool, as_json: bool,
    **said: str,
) -> int:  # fmt: skip
    """Tiếp nhận bản chụp của một hệ thống đã dừng / take over the snapshot of a closed system.

    PATH là một tệp (SIARD, SQL, XLSX, CSV, edXML, JSON) hoặc thư mục có cả tệp đính kèm. Bản chụp được giữ nguyên vẹn.
    PATH is a file or a folder that also has the attachments. Stop at any moment; the same command goes on.

    \b
    Ví dụ / examples:
      kho inspect qlvb.siard
      kho ingest snapshot qlvb.siard --mapping qlvb --system qlvb-lam-khe --as-of 30/06/2025 --fonds H30.12
      kho ingest snapshot ban-chup/ --mapping anh-xa.toml --dry-run
      kho ingest snapshot ban-chup/ --mapping anh-xa.toml   (ban-giao.toml, phong.toml trong thư mục)

    \b
    Mã thoát / exit code: 0 nhận hết / all kept, 1 có thứ thiếu hoặc bị từ chối / something missing or refused, 2 không chạy được / failed
    """
    config = dataclasses.replace(config, workers=workers or config.workers)
    check_home(config)
    tesseract.check()
    _apart(config, path)
    about = handed(
        path, **{name: said[name] for name in ("system", "title", "as_of", "method", "decision", "closed")}
    )
    folder = path if path.is_dir() else path.parent
    fonds, findings = origin(
        folder,
        Options(said["fonds"], said["fonds_title"], said["unit"], said["unit_name"], said["unit_level"]),
    )
    read_by = mappings.load(profile(mapping))
    if not as_json:
        for finding in findings:
            console.warn(finding.code, **finding.values)
    with lock_of(config, fonds):
        limits = Limits(2 * config.page_seconds, config.page_memory)
        workers_, shown = (
            executor(config.executor, config.worker_count, limits, PRELOAD),
            progress.progress(as_json, config.language),
        )
        try:
            if dry_run:
                seen = preview(config, path, about, fonds, read_by, workers_, shown, same_system)
                return _tell_preview(seen, config.language, as_json)
            clear(config, fonds.code)
            work = TakeOver(config, path, about, fonds, read_by, workers_, shown, same_system)
            if not as_json:
                for finding in work.owners.findings:
                    console.warn(finding.code, **finding.values)
            made = work.run()
        finally:
            shown.close()
            workers_.close()
    if as_json:
        console.emit_json(made)
    else:
        show(made, config.language)
    if not made.balanced:
        raise KhoError(
            "snapshot.unbalanced",
            records=made.records,
            kept=made.tally.kept,
            quarantined=made.tally.quarantined,
        )
    return console.SOME_REFUSED if made.serious else console.OK


def profile(name: str) -> Path:
    """The mapping file: a path, or the name of a shipped profile. Raises UsageError that lists those."""
    shipped = PROFILES / f"{name.removesuffix('.toml')}.toml"
    if Path(name).is_file():
        return Path(name)
    if not shipped.is_file():
        known = ", ".join(sorted(file.stem for file in PROFILES.glob("*.toml")))
        raise UsageError("mapping.not_there", name=name, profiles=known)
    return shipped


def _apart(config: Settings, path: Path) -> None:
    source, home = path.resolve(), config.home.resolve()
    if source.is_relative_to(home) or home.is_relative_to(source):
        raise UsageError("ingest.home_inside", path=source, home=home)


def _tell_preview(seen: Preview, language: str, as_json: bool) -> int:
    """What would be kept: by register, unit and year; what would not, and why; what it would take."""
    if as_json:
        console.emit_json(seen)
        return console.SOME_REFUSED if seen.serious else console.OK
    rows = [
        (group.fonds, group.register, group.unit, group.year, group.records, group.secret)
        for group in seen.groups
    ]
    heads = [f"snapshot.head.{head}" for head in ("fonds", "register", "unit", "year", "records", "secret")]
    console.table(heads, rows, "snapshot.preview")
    secret = sum(group.secret for group in seen.groups)
    console.tell(
        "snapshot.would_keep", system=seen.system, package=seen.package, records=seen.records, known=seen.known,
        secret=secret,
    )  # fmt: skip
    console.tell(
        "snapshot.would_read", attachments=seen.attachments, missing=seen.missing, contents=seen.contents
    )
    if seen.lost:
        console.tell("snapshot.would_miss", names=", ".join(seen.lost))
    _tell_rest(seen.left_out, seen.findings, language)
    console.tell(
        "snapshot.would_take",
        hours=f"{seen.estimate.seconds / 3600:.1f}",
        size=f"{seen.estimate.gigabytes:.1f}",
    )
    return console.SOME_REFUSED if seen.serious else console.OK


def _tell_rest(left_out: Mapping[str, int], findings: Sequence[Finding], language: str) -> None:
    """Rows that are no records, and what a person must look at."""
    for reason, count in sorted(left_out.items()):
        console.tell(f"snapshot.left_out.{reason}", count=count)
    for finding in findings[:SHOWN]:
        console.warn("snapshot.finding", text=explain(finding.code, finding.values, language))
    if len(findings) > SHOWN:
        console.tell("ingest.more", count=len(findings) - SHOWN)


def show(made: Outcome, language: str) -> None:
    """The account: tables, records, attachments, what a person must look at, what to type next."""
    rows = [
        (table.name, "" if table.declared is None else table.declared, table.read, table.taken)
        for table in made.snapshot.tables
    ]
    console.table(
        ("snapshot.table", "snapshot.declared", "snapshot.read", "snapshot.taken"), rows, "snapshot.tables"
    )
    tally = dataclasses.asdict(made.tally)
    console.tell(
        "snapshot.done", system=made.snapshot.system, package=made.package, records=made.records, **tally
    )
    console.tell("snapshot.attachments", named=made.tally.named, contents=made.contents, **tally)
    console.tell("snapshot.content", volumes=len(made.volumes), pages=made.pages_read)
    _tell_rest(made.left_out, made.findings, language)
    if made.tally.missing:
        console.warn("snapshot.missing_told", count=made.tally.missing, system=made.snapshot.system)
    console.tell("ingest.next")
