"""`kho handover`: report, minutes, check and switch-off readiness of a closed system."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path

import click

from archive import console, durable, settings, wiring_write
from archive.audit.entry import Entry
from archive.console import with_settings
from archive.errors import SourceRefused, ToolMissing, UsageError
from archive.holdings.store import Holdings
from archive.home_identity import check as check_home
from archive.model import Finding
from archive.settings import Settings
from archive.usage import Day, Group, There
from archive.wiring_read import Archive
from ingest import progress
from ingest.handover import (
    checking,
    declaration,
    files,
    holding,
    readiness,
    readiness_html,
    template,
    withdrawal,
)
from ingest.handover.counting import count
from ingest.handover.declaration import Declaration
from ingest.handover.report import Report, make
from ingest.reports.words import explain

SHOWN = 20
OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Thư mục ghi kết quả / folder for the results [work/handover]",
)

DECLARED = click.option(
    "--declared",
    type=There(),
    help="Tệp khai báo của bên giao (.toml, .csv, .xlsx) / declaration of the handing side",
)


@click.group(cls=Group)
def handover() -> None:
    """Bàn giao hệ thống đã dừng: đối chiếu, biên bản, kiểm tra, điều kiện tắt / hand-over of a closed system."""


@handover.command("report")
@click.argument("system", metavar="HỆ-THỐNG")
@DECLARED
@OUT
@console.JSON
@with_settings
def report_command(
    config: Settings, system: str, declared: Path | None, out: Path | None, as_json: bool
) -> int:
    """Đối chiếu khai, nhận, giữ và lập biên bản / declared against received against kept, with minutes to sign.

    HỆ-THỐNG là mã hệ thống (bản chụp mới nhất) hoặc mã gói bản chụp. Tính lại từ kho lưu giữ mỗi lần chạy.
    A system's code (its newest snapshot) or the id of a snapshot's package. Counted anew from the holdings.

    \b
    Ví dụ / examples:
      kho handover report qlvb-lam-khe --declared khai-bao.toml
      kho handover report H30.12:qlvb-lam-khe.2025-06-30 --out /media/usb/ban-giao

    \b
    Mã thoát / exit code: 0 khớp hết / all agrees, 1 có chênh lệch / differences, 2 không chạy được / failed
    """
    check_home(config)
    held = holding.held(Holdings(config.holdings), system)
    made = make(held, count(held), _declared(held, declared), settings.now().isoformat(timespec="seconds"))
    folder = out or config.work / "handover" / held.snapshot.code
    written = _written(config, made, folder)
    if as_json:
        console.emit_json(made)
    else:
        _show(made, written)
    return console.SOME_REFUSED if made.differs else console.OK


def _written(config: Settings, made: Report, folder: Path) -> list[Path]:
    """The report and the minutes; without a PDF of them where LibreOffice cannot make it, which is told."""
    written = files.write(made, folder, config.language)
    try:
        written.append(files.write_pdf(config, folder))
    except ToolMissing as error:
        console.warn("handover.no_pdf", **error.values)
    except SourceRefused as error:
        console.warn("handover.pdf_failed", reason=console.sentence(error.code, **error.values))
    return written


def _show(made: Report, written: list[Path]) -> None:
    heads = ("table", "declared", "received", "kept", "quarantined", "refused", "missing", "extra")
    rows = [
        (one.name, "–" if one.declared is None else one.declared, one.received, one.kept, one.quarantined, sum(one.refused.values()), one.missing, one.extra)
        for one in made.tables
    ]  # fmt: skip
    console.table([f"handover.head.{head}" for head in heads], rows)
    total = made.total
    console.tell(
        "handover.done",
        system=made.about.system,
        records=total.records,
        kept=total.kept,
        quarantined=total.quarantined,
    )
    told = {
        "files": total.files,
        "unreadable": total.unreadable,
        "missing": total.missing,
        "inside": total.inside,
    }
    console.tell("snapshot.attachments", named=total.named, contents=made.contents, **told)
    console.tell("handover.balanced" if made.balanced else "handover.not_balanced")
    _findings(made.findings)
    console.tell("handover.mark", mark=made.mark)
    console.tell("handover.written", files=", ".join(map(str, written)))


def _findings(findings: Sequence[Finding]) -> None:
    for finding in findings[:SHOWN]:
        console.warn(
            "snapshot.finding", text=explain(finding.code, finding.values, language=console.language())
        )
    if len(findings) > SHOWN:
        console.tell("ingest.more", count=len(findings) - SHOWN)


@handover.command("template")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False), metavar="TỆP")
@console.LANG
def template_command(lang: str | None, out: Path) -> int:
    """Ghi mẫu khai báo cho bên giao điền (.toml, .csv hoặc .xlsx) / write a declaration to be filled in.

    \b
    Ví dụ / example:
      kho handover template khai-bao.xlsx
    """
    template.write(out)
    console.tell("handover.template", path=out)
    return console.OK


@handover.command("check")
@click.argument("report", type=There(), metavar="BÁO-CÁO")
@click.argument("path", type=There(folder=None))
@console.JSON
@console.LANG
def check_command(lang: str | None, report: Path, path: Path, as_json: bool) -> int:
    """So báo cáo bàn giao với bản sao của mình, từng tệp và từng bảng / check a report against one's own copy.

    BÁO-CÁO là report.json; PATH là bản chụp bên giao giữ (tệp hoặc thư mục). Không cần kho.
    BÁO-CÁO is report.json, PATH the snapshot as the handing side has it. Needs no archive.

    \b
    Ví dụ / example:
      kho handover check report.json ban-chup/

    \b
    Mã thoát / exit code: 0 giống hệt / the same, 1 có chỗ khác / differences, 2 không chạy được / failed
    """
    shown = progress.progress(as_json, console.language())
    try:
        found = checking.check(checking.load(report), path, shown)
    finally:
        shown.close()
    if as_json:
        console.emit_json(found)
    else:
        _findings(found.findings)
        rows = sum(one.found or 0 for one in found.tables)
        code = "handover.copy.same" if found.agrees else "handover.copy.differs"
        console.tell(code, files=found.same, tables=len(found.tables), rows=rows, count=len(found.findings))
        console.tell("handover.mark", mark=found.mark)
    return console.OK if found.agrees else console.SOME_REFUSED


@handover.command("withdraw")
@click.argument("system", metavar="HỆ-THỐNG")
@click.option(
    "--as-of", type=Day(), metavar="NGÀY", help="Đợt chụp ngày này / of this day [mới nhất / the newest]"
)
@click.option(
    "--reason", required=True, metavar="LÝ-DO", help="Vì sao rút, theo chỉ đạo nào / why, by whose order"
)
@console.JSON
@with_settings
def withdraw_command(config: Settings, system: str, as_of: date | None, reason: str, as_json: bool) -> int:
    """Rút một đợt tiếp nhận bị nhầm: không xóa gì, chỉ thôi công bố / withdraw a take-over that was wrong.

    Các gói giữ nguyên, ghi ai rút, khi nào, vì sao; lần kho publish sau không hiện nữa, và không quay lui về được bản còn hiện.
    Tiếp nhận lại cho đúng thì bản ghi giữ mã cũ; quyển mà đợt trước đã nhận thì trở lại như đợt ấy. / Nothing is deleted;
    volumes of an earlier take-over stand again as that left them; a later, correct one gives the same ids.

    \b
    Ví dụ / example:
      kho handover withdraw qlvb-lam-khe --as-of 30/06/2025 --reason "Nhầm đơn vị quản lý, theo CV 12/SNV"
    """
    check_home(config)
    log, operator = wiring_write.access_log(config), Archive(config).operator().name

    def witness(act: withdrawal.Withdrawal) -> None:
        detail = {"volumes": len(act.volumes)}
        log.record(
            Entry("withdrawal", operator, act.package, why=reason.strip(), unit=act.unit, detail=detail)
        )

    day = as_of.isoformat() if as_of else ""
    act = withdrawal.withdraw(config, system, day, reason=reason, by=operator, witness=witness)
    if as_json:
        console.emit_json(act)
    else:
        console.tell("withdraw.done", package=act.package, system=act.system, count=len(act.volumes))
        if act.restored:
            console.tell("withdraw.restored", count=len(act.restored), records=act.records)
        console.tell("withdraw.next")
    return console.OK


@handover.command("readiness")
@click.argument("system", required=False, metavar="[HỆ-THỐNG]")
@DECLARED
@OUT
@console.JSON
@with_settings
def readiness_command(
    config: Settings, system: str | None, declared: Path | None, out: Path | None, as_json: bool
) -> int:
    """Đã tắt được hệ thống cũ chưa: xanh, vàng, đỏ kèm lý do / may the old system be switched off?

    Không nêu hệ thống thì xét tất cả. Mỗi mã và địa chỉ cũ đều được tra thử trong bản đang phát hành.
    Without a system all are judged. Every old id and address is looked up in what is published.

    \b
    Ví dụ / example:
      kho handover readiness qlvb-lam-khe

    \b
    Mã thoát / exit code: 0 tắt được (xanh hoặc vàng) / may be switched off, 1 chưa (đỏ) / not yet, 2 không chạy được / failed
    """
    check_home(config)
    if declared and not system:
        raise UsageError("handover.declared_of_which", name=declared.name)
    holdings = Holdings(config.holdings)
    chosen = [holding.held(holdings, system)] if system else [*_newest(holdings)]
    found = [_judged(config, held, declared) for held in chosen]
    made = settings.now().isoformat(timespec="seconds")
    page = (out or config.work / "handover") / f"readiness{f'-{_slug(system)}' if system else ''}.html"
    durable.write_file(
        page, readiness_html.render(found, made, config.language).encode("utf-8", "backslashreplace")
    )
    if as_json:
        console.emit_json(found)
    else:
        for one in found:
            _show_readiness(one)
        console.tell("handover.written", files=page)
    return console.SOME_REFUSED if any(one.light == "red" for one in found) else console.OK


def _newest(holdings: Holdings) -> Iterator[holding.Held]:
    """The newest snapshot of each system that stands."""
    systems = groupby(holding.snapshots(holdings), key=lambda one: one.snapshot.system)
    return (holding.of(holdings, holding.newest([*found])) for _, found in systems)


def _slug(said: str) -> str:
    return re.sub(r"[^\w.-]+", "+", said)


def _judged(config: Settings, held: holding.Held, declared: Path | None) -> readiness.Readiness:
    counted = count(held)
    return readiness.judge(config, held, counted, make(held, counted, _declared(held, declared), ""))


def _declared(held: holding.Held, given: Path | None) -> Declaration:
    """The file given, else the one that came with the snapshot."""
    return declaration.load(given) if given else files.declared_beside(held)


def _show_readiness(one: readiness.Readiness) -> None:
    language = console.language()
    light = console.sentence(f"handover.ready.{one.light}")
    console.tell("handover.ready.line", system=one.system, light=light)
    rows = [
        (console.sentence(f"handover.ready.{row.light}"), console.sentence(f"handover.ready.{row.name}.name"), readiness_html.number(row), readiness_html.reason(row, language))
        for row in one.measures
    ]  # fmt: skip
    heads = [f"handover.ready.{head}" for head in ("light", "measure", "number", "reason")]
    console.table(heads, rows)
