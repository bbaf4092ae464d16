"""`kho audit …`: verify, sign and close the access log; check an export. Reading it is in commands_reading."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import click

from archive import console, home, usage
from archive.audit import export as exports
from archive.audit import journal, prune, signer
from archive.audit.commands_reading import (
    HEADS,
    OUT,
    audit_export,
    audit_report,
    audit_search,
    audit_sheet,
    give,
    held_heads,
    put_on_record,
)
from archive.audit.heads import KEYS_FILE, read_keys
from archive.audit.verify import verify
from archive.console import JSON, emit_json, tell, with_settings
from archive.errors import HomeError, NotFound, UsageError
from archive.model import Finding
from archive.settings import Settings, now
from archive.wiring_read import Archive


@click.group(cls=usage.Group)
def audit() -> None:
    """Nhật ký truy cập: ai đã xem gì / the access log: who saw what.

    \b
    Ví dụ / examples:
      kho audit verify --head bang-ke-31-12.html
      kho audit search --actor lan --from 01/12/2026
    """


for command in (audit_search, audit_report, audit_sheet, audit_export):
    audit.add_command(command)


def _tell_findings(findings: Iterable[Finding]) -> None:
    for finding in findings:
        tell(finding.code, **finding.values)
        remedy = console.sentence(f"{finding.code}.remedy", **finding.values)
        if remedy != f"{finding.code}.remedy":
            click.echo(f"    {remedy}")


# --------------------------------------------------------------------------- verify, heads, keys


@audit.command("verify")
@HEADS
@click.option(
    "--key", "keys", multiple=True, metavar="MÃ", help="Mã khóa giữ ở ngoài / id of a key held outside"
)
@JSON
@with_settings
def audit_verify(settings: Settings, held: tuple[str, ...], keys: tuple[str, ...], as_json: bool) -> int:
    """Tìm mọi chỗ sửa, cắt, viết lại nhật ký / find any edit, cut, rewrite or rollback.

    Mã thoát / exit code: 0 nguyên vẹn / intact, 1 có điểm cần xử lý / findings.

    \b
    Ví dụ / examples:
      kho audit verify
      kho audit verify --head bang-ke-31-12.html
    """
    home.check(settings)
    if not (settings.audit / KEYS_FILE).is_file():  # a vanished disk is no intact log
        raise HomeError("audit.not_begun", path=settings.audit)
    result = verify(settings.audit, held_heads(held), keys)
    if as_json:
        emit_json({"intact": result.intact, **vars(result)})
        return console.OK if result.intact else console.SOME_REFUSED
    _tell_findings((*result.notes, *result.findings))
    counts = {"entries": result.entries, "heads": result.heads, "outside": result.outside}
    code = "audit.verify.intact" if result.intact else "audit.verify.broken"
    tell(code, **counts, covered=result.covered, count=len(result.findings))
    if not held:
        tell("audit.verify.no_outside")
    return console.OK if result.intact else console.SOME_REFUSED


@audit.command("head")
@OUT
@with_settings
def audit_head(settings: Settings, out: Path | None) -> None:
    """Ký và in mốc mới nhất của nhật ký / sign and print the newest head.

    \b
    Ví dụ / example:  kho audit head --out moc.txt
    """
    home.check(settings)
    with journal.of_home(settings) as sink:
        head = sink.head()
    if head is None:
        raise NotFound("audit.told.empty")
    give(f"{head.text}\n", out)


@audit.command("key")
@click.option("--rotate", is_flag=True, help="Thay khóa ký / replace the signing key")
@with_settings
def audit_key(settings: Settings, rotate: bool) -> None:
    """In khóa công khai của nhật ký / print the public keys of the log.

    Tiến trình giữ nhật ký đang chạy phải được mở lại sau --rotate / restart the keeper after --rotate.

    \b
    Ví dụ / example:  kho audit key
    """
    home.check(settings)
    signer.make(settings.keys, settings.audit)
    if rotate:
        with journal.of_home(settings) as sink:
            put_on_record(sink, settings, "key", rotated="yes")
        tell("audit.told.rotated", key=signer.rotate(settings.keys, settings.audit).id)
    tell("audit.told.key")
    for key in read_keys(settings.audit):
        click.echo(key.text)


@audit.command("check")
@click.argument("folder", type=usage.There(folder=True), metavar="THƯ-MỤC")
@JSON
def audit_check(folder: Path, as_json: bool) -> int:
    """Kiểm tra một bản xuất nhật ký; không cần kho / check an export; needs no archive.

    Mã thoát / exit code: 0 đúng / sound, 1 không đúng / not sound.

    \b
    Ví dụ / example:  kho audit check cho-thanh-tra
    """
    count, findings = exports.check(folder)
    if as_json:
        emit_json({"entries": count, "findings": findings})
    else:
        _tell_findings(findings)
        tell("audit.checked.broken" if findings else "audit.checked.sound", count=len(findings) or count)
    return console.SOME_REFUSED if findings else console.OK


@audit.command("prune")
@HEADS
@with_settings
def audit_prune(settings: Settings, held: tuple[str, ...]) -> None:
    """Đóng phần cũ hơn thời hạn lưu; mã băm được giữ / close what is older than must be kept; digests stay.

    Chỉ đóng phần đã được mốc giữ ở ngoài phủ hết / only what a head held outside covers.

    \b
    Ví dụ / example:  kho audit prune --head bang-ke-31-12.html
    """
    home.check(settings)
    outside = max(held_heads(held), key=lambda head: head.size, default=None)
    if outside is None:
        raise UsageError("audit.head_needed")
    day = _months_before(now().date(), settings.audit_keep_months)
    with journal.of_home(settings) as sink:
        closed = prune.close_old(sink, outside, day, Archive(settings).operator().name)
    for first, last in closed:
        tell("audit.told.pruned", first=first, last=last)
    if not closed:
        tell("audit.told.nothing_to_prune", months=settings.audit_keep_months)


def _months_before(day: date, months: int) -> date:
    """The first day of the month that many months ago: never later than asked."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)
