"""`kho verify`: what to check, how it is told, who is told of it."""

from __future__ import annotations

import re
from pathlib import Path

import click

from archive import console, home, usage
from archive.audit.entry import Entry
from archive.console import JSON, counted, emit_json, sentence, tell, warn, with_settings
from archive.dates import moment
from archive.errors import KhoError, StorageError, UsageError
from archive.holdings import fixity, heads, ledger
from archive.holdings.fixity import Choice, Report
from archive.settings import Settings

_SECONDS = {"s": 1, "m": 60, "h": 3600}


@click.command()
@click.option("--subset", metavar="N/T", help="Phần thứ N trong T phần / part N of T")
@click.option("--percent", type=click.FloatRange(0, 100), help="Bấy nhiêu phần trăm / so many per cent")
@click.option("--for", "span", metavar="20m", help="Trong bấy nhiêu lâu (s, m, h) / for so long")
@click.option("--resume", is_flag=True, help="Làm tiếp lần bị dừng / go on with the run that was stopped")
@click.option("--status", is_flag=True, help="Chỉ cho biết lần kiểm tra trước / only tell of earlier checks")
@click.option(
    "--against",
    type=usage.There(folder=True),
    metavar="BẢN-SAO",
    help="So nhanh với bản sao thứ hai / compare with a second copy, quickly",
)
@JSON
@with_settings
def verify(
    settings: Settings,
    subset: str | None,
    percent: float | None,
    span: str | None,
    resume: bool,
    status: bool,
    against: Path | None,
    as_json: bool,
) -> int:
    """Kiểm tra toàn vẹn: từng byte so với mã kiểm tra / check every byte against its digest.

    Gói hồ sơ, ảnh và bản đọc từng trang, bản công bố, nhật ký, tài khoản, hạn chế; không sửa gì. Chỉ một phần: lấy
    phần lâu chưa kiểm tra nhất trước / packages, page images and readings, generations, access log, accounts,
    restrictions; mends nothing. Of a part, what was checked longest ago comes first.

    \b
    Ví dụ / examples:
      kho verify
      kho verify --for 20m
      kho verify --subset 2/7
      kho verify --status --json
      kho verify --against /mnt/ban-sao/kho-huyen

    Mã thoát / exit code: 0 nguyên vẹn / intact, 1 có hư hỏng / damage found.
    """
    home.check(settings)
    if status:
        return _tell_status(settings, as_json)
    if against:
        from archive.replicas import second_copy

        return _tell_compared(second_copy.compare(settings, against), as_json)
    choice, said = _choice(settings, subset, percent, span, resume)
    report = _verify(settings, choice, said)
    if as_json:
        emit_json(report)
    else:
        _tell(report)
    return console.OK if not report.findings else console.SOME_REFUSED


def _choice(
    settings: Settings, subset: str | None, percent: float | None, span: str | None, resume: bool
) -> tuple[Choice, str]:
    """What is asked for, and in words."""
    from archive.holdings import recorded_verify

    given = {"--subset": subset, "--percent": percent, "--for": span}
    said = " ".join(f"{name} {value}" for name, value in given.items() if value is not None)
    before = recorded_verify.stopped(settings) if resume else None
    if before:
        warn("verify.resumed", since=moment(before.began))
    part = _part(subset) if subset else (1, 1)
    seconds = _span(span) if span else 0.0
    share = 100.0 if percent is None else percent
    return Choice(part, share, seconds, before.began if before else ""), said


def _part(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text)
    if not match or int(match[1]) > int(match[2]):
        raise UsageError("verify.bad_subset", value=text)
    return int(match[1]), int(match[2])


def _span(text: str) -> float:
    match = re.fullmatch(r"(\d{1,6})([smh])", text)
    if not match or not int(match[1]):
        raise UsageError("verify.bad_span", value=text)
    return int(match[1]) * _SECONDS[match[2]]


def _verify(settings: Settings, choice: Choice, said: str) -> Report:
    """Remembered and put on record; where neither can be written, the check is made all the same, and that is told."""
    from archive.holdings import recorded_verify
    from archive.wiring_read import Archive

    by = Archive(settings).operator().name
    with counted("verify.progress") as progress:
        try:
            report = recorded_verify.verify(settings, progress, choice, said, by)
        except StorageError as error:
            warn("verify.not_remembered", why=sentence(error.code, **error.values))
            report = fixity.verify(settings, progress, choice)
    _put_on_record(settings, report, said, by)
    return report


def _put_on_record(settings: Settings, report: Report, said: str, by: str) -> None:
    from archive import wiring_write

    detail = {"choice": said, "parts": report.parts, "of": report.of, "bytes": report.bytes}
    detail |= {"findings": len(report.findings), "digest": report.digest}
    detail["first"] = [f"{one.code} {one.file or ''}" for one in report.findings[:20]]
    try:
        wiring_write.access_log(settings).record(Entry("verify", by, detail=detail))
    except KhoError as error:
        warn("verify.not_recorded", why=sentence(error.code, **error.values))


def _tell(report: Report) -> None:
    tell(
        "verify.summary",
        objects=report.objects,
        files=report.files,
        pages=report.pages,
        bytes=report.bytes,
        digest=report.digest or "–",
    )
    if not report.whole:
        tell("verify.partly", parts=report.parts, of=report.of)
    for finding in (*report.notes, *report.findings):
        tell(finding.code, file=finding.file or "", **finding.values)
    tell("verify.intact" if not report.findings else "verify.damaged", count=len(report.findings))


def _tell_status(settings: Settings, as_json: bool) -> int:
    found = ledger.status(settings.home / heads.FOLDER)
    if as_json:
        emit_json(found)
        return console.OK if not found.findings else console.SOME_REFUSED
    tell("verify.status", packages=found.packages, never=found.never, oldest=moment(found.oldest) or "–")
    if found.last:
        tell("verify.last", ended=moment(found.last.ended), by=found.last.by, count=found.last.findings)
    if found.stopped:
        tell("verify.stopped", began=moment(found.stopped.began))
    for finding in found.findings:
        tell(finding.code, file=finding.file or "", **finding.values)
    return console.OK if not found.findings else console.SOME_REFUSED


def _tell_compared(compared, as_json: bool) -> int:
    if as_json:
        emit_json(compared)
    else:
        for finding in compared.findings:
            tell(finding.code, file=finding.file or "", **finding.values)
        code = "copies.same" if compared.same else "copies.differ"
        tell(code, packages=compared.packages, count=len(compared.findings), digest=compared.digest)
    return console.OK if compared.same else console.SOME_REFUSED
