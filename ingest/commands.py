"""`kho ingest`: take a folder of scans, or the snapshot of a system, into the archive."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.markup import escape

from archive import console, ids, settings
from archive.console import with_settings
from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.errors import KhoError, UsageError
from archive.home_identity import check as check_home
from archive.messages import say
from archive.model import Finding
from archive.settings import Settings
from archive.usage import Group
from archive.wording import decimal
from ingest import progress
from ingest.batch import audit, estimate
from ingest.batch.batch import Batch, lock_of
from ingest.batch.deliveries import report_folder
from ingest.batch.origin import Options, origin
from ingest.packages.commands import package
from ingest.recognition import tesseract
from ingest.reports import files as report_files
from ingest.reports import reporting
from ingest.reports.accounting import Account
from ingest.reports.quality import ToCheck, most_severe_first
from ingest.reports.report import Refused, Report, of_batch
from ingest.reports.words import duration, explain, percent, shown
from ingest.snapshots.commands import snapshot

SHOWN = 20
"""Lines of each list on the terminal; the report files have them all."""


@click.group(cls=Group)
def ingest() -> None:
    """Tiếp nhận tài liệu vào kho / take documents into the archive.

    \b
    Ví dụ / example:  kho ingest folder scans/dot-1 --fonds H30.01
    """


ingest.add_command(snapshot)
ingest.add_command(package)


@ingest.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--fonds", default="", metavar="MÃ", help="Mã phông / fonds code (phong.toml: ma)")
@click.option("--fonds-title", default="", metavar="TÊN", help="Tên phông / fonds title (phong.toml: ten)")
@click.option(
    "--unit", default="", metavar="MÃ", help="Mã đơn vị hình thành phông / unit code (phong.toml: don_vi_ma)"
)
@click.option(
    "--unit-name", default="", metavar="TÊN", help="Tên đơn vị / unit name (phong.toml: don_vi_ten)"
)
@click.option(
    "--unit-level", default="", metavar="CẤP", help="tỉnh, huyện, xã … / unit level (phong.toml: don_vi_cap)"
)
@click.option(
    "--batch", default="", metavar="TÊN", help="Tên đợt, mặc định là tên thư mục / batch name [folder name]"
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="Số tiến trình / worker processes [một nhân một / one per core]",
)
@click.option("--dry-run", is_flag=True, help="Chỉ lập kế hoạch và ước lượng / plan and estimate only")
@click.option(
    "--without-catalogue",
    is_flag=True,
    help="Nhận cả khi có mục lục không đọc được / go on when a catalogue sheet cannot be read",
)
@console.JSON
@with_settings
def folder(
    config: Settings,
    path: Path,
    fonds: str,
    fonds_title: str,
    unit: str,
    unit_name: str,
    unit_level: str,
    batch: str,
    workers: int,
    dry_run: bool,
    without_catalogue: bool,
    as_json: bool,
) -> int:
    """Tiếp nhận một thư mục hồ sơ quét / take in a folder of scanned dossiers.

    Mỗi thư mục con là một hồ sơ. Có thể dừng bất cứ lúc nào rồi chạy lại cùng lệnh để làm tiếp.
    Each sub-folder is a dossier. Stop at any moment; the same command goes on where it was.

    \b
    Ví dụ / examples:
      kho ingest folder scans/dot-1 --fonds H30.01
      kho ingest folder scans/dot-1 --fonds H30.01 --dry-run
      kho ingest folder scans/dot-1 --json > bao-cao.json   (phong.toml trong thư mục cho biết phông)

    \b
    Mã thoát / exit code: 0 nhận hết / all kept, 1 có tệp bị từ chối hoặc việc hệ trọng / some refused or something serious, 2 không chạy được / failed
    """
    config = dataclasses.replace(config, workers=workers or config.workers)
    check_home(config)
    tesseract.check()
    received = _received(config, path)
    creator, findings = origin(path, Options(fonds, fonds_title, unit, unit_name, unit_level))
    accession = ids.dossier_code(batch or path.resolve().name)
    if not as_json:
        for finding in findings:
            console.warn(finding.code, **finding.values)
    with lock_of(config, creator):
        work = _Run(config, path.resolve(), creator, accession, as_json, without_catalogue)
        findings += tuple(audit.empty_folders(path, received))
        return work.plan_only() if dry_run else work.ingest(received, findings)


def _received(config: Settings, path: Path) -> frozenset[str]:
    """Names of what lies in `path`. Raises UsageError unless it is a folder with files, apart from the home."""
    if path.is_file():
        raise UsageError("ingest.is_file", path=path)
    if not path.is_dir():
        raise UsageError("ingest.no_folder", path=path)
    source, home = path.resolve(), config.home.resolve()
    if source.is_relative_to(home) or home.is_relative_to(source):
        raise UsageError("ingest.home_inside", path=source, home=home)
    received = audit.listed(path)
    if not received:
        raise UsageError("ingest.no_files", path=path)
    return received


class _Run:
    """One call of the command: a batch with its executor and its progress on the screen."""

    def __init__(
        self, config: Settings, path: Path, creator, accession: str, as_json: bool, without_catalogue: bool
    ) -> None:
        self.config, self.as_json = config, as_json
        self.language = config.language
        limits = Limits(2 * config.page_seconds, config.page_memory)
        self.executor = executor(config.executor, config.worker_count, limits, ("ingest.batch.page",))
        self.progress = progress.progress(as_json, self.language)
        self.batch = Batch(config, path, creator, accession, self.executor, self.progress, without_catalogue)

    def ingest(self, received: frozenset[str], findings: tuple[Finding, ...]) -> int:
        started, begun = settings.now().isoformat(), time.monotonic()
        try:
            self.batch.prepare()
            account = self.batch.run()
        finally:
            self._end()
        seconds = time.monotonic() - begun
        made = reporting.make(self.batch, account, received, findings, started, seconds, self.language)
        target = report_folder(self.config.work / "reports", made.name, self.batch.folder)
        made = report_files.write(made, target, self.language)
        if self.as_json:
            console.emit_json(made)
        else:
            show(made, self.language)
        if any(finding.code == "account.not_held" for finding in made.findings):
            raise KhoError("ingest.not_held", **made.counts)
        if not made.balanced:
            raise KhoError("ingest.unbalanced", **made.counts)
        return console.SOME_REFUSED if made.serious else console.OK

    def plan_only(self) -> int:
        try:
            self.batch.prepare()
            expected = estimate.estimate(self.batch, shutil.disk_usage(self.config.home).free)
        finally:
            self._end()
        account, found = self.batch.account(), reporting.foreseen(self.batch)
        if self.as_json:
            plan = {"plan": self.batch.stock.plan, "counts": account.counts, "estimate": expected}
            refusals = reporting.refused(account, self.language)
            console.emit_json(
                plan | {"refusals": refusals, "findings": found, "ignored": self.batch.stock.ignored}
            )
        else:
            show_plan(self.batch, account, found, expected, self.language)
        wrong = account.of_kind("refused") or any(one.severity == "error" for one in found)
        return console.SOME_REFUSED if wrong else console.OK

    def _end(self) -> None:
        self.progress.close()
        self.executor.close()


# --------------------------------------------------------------------------- on the terminal


def show(made: Report, language: str) -> None:
    """Summary, refusals, what to look at, where the report is, what to type next."""
    console.tell("ingest.done", batch=shown(made.batch), fonds=made.fonds, **made.counts)
    console.tell("ingest.content", dossiers=len(made.dossiers), items=made.items, pages=made.pages,
                 quarantined=made.quarantined, restricted=made.restricted, read=made.pages_read,
                 confidence=percent(made.confidence))  # fmt: skip
    _list_refusals(made.refusals)
    _list_checks([row for row in made.checks if row.severity != "info"], language)
    console.tell("ingest.report_at", path=made.files["html"])
    console.tell("ingest.next")


def show_plan(
    batch: Batch,
    account: Account,
    found: Sequence[Finding],
    expected: estimate.Estimate,
    language: str,
) -> None:
    """Dossiers, refusals, what to look at, cost."""
    dossiers = batch.stock.plan.dossiers
    _list(
        "report.dossiers",
        ("report.dossier", "report.title", "report.items"),
        [(batch.dossier_id(one), shown(one.title), len(one.items)) for one in dossiers],
    )
    _list_refusals(reporting.refused(account, language))
    _list_checks([of_batch(one) for one in found], language)
    console.tell(
        "ingest.plan", dossiers=len(dossiers), items=sum(len(one.items) for one in dossiers), **account.counts
    )
    console.tell("ingest.plan_may_grow")
    if expected.hours is None:
        console.tell("ingest.no_estimate", pages=expected.pages)
        return
    console.tell(
        "ingest.estimate",
        pages=expected.pages,
        left=expected.pages_left,
        time=duration(expected.hours * 3600, language),
        sample=expected.sample,
        gigabytes=decimal(expected.gigabytes, 2, language),
        free=expected.free_gigabytes,
    )


def _list_refusals(refusals: Iterable[Refused]) -> None:
    rows = [(shown(one.file), one.reason, one.remedy) for one in refusals]
    _list("report.refusals", ("report.file", "report.reason", "report.remedy"), rows)


def _list_checks(checks: Iterable[ToCheck], language: str) -> None:
    rows = [
        (
            say(f"severity.{row.severity}", language),
            shown(row.file),
            row.page or "",
            explain(row.code, row.values, language),
        )
        for row in most_severe_first(checks)
    ]
    _list("report.to_check", ("report.severity", "report.file", "report.page", "report.why"), rows)


def _list(title: str, heads: tuple[str, ...], rows: list[tuple]) -> None:
    if rows:
        console.table(heads, [[escape(str(cell)) for cell in row] for row in rows[:SHOWN]], title)
    if len(rows) > SHOWN:
        console.tell("ingest.more", count=len(rows) - SHOWN)
