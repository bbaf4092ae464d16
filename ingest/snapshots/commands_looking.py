"""`kho inspect`, `kho map propose`, `kho map check`: look at a snapshot before it is taken over. Nothing is taken in."""

from __future__ import annotations

from functools import lru_cache, partial
from pathlib import Path

import click

from archive import console, settings
from archive.dates import shown as day_shown
from archive.errors import HomeError, UsageError
from archive.holdings.store import Holdings
from archive.model import Finding
from archive.units import store
from archive.usage import Group, There
from ingest import progress
from ingest.reports.words import duration, explain
from ingest.snapshots import checking, mapping, ownership
from ingest.snapshots.checking import Check
from ingest.snapshots.commands import profile
from ingest.snapshots.inspection import Inspection, inspect, staged
from ingest.snapshots.ownership import held_fonds
from ingest.snapshots.proposal import profiles, propose

SHOWN = 30

PATH = click.argument("path", type=There(folder=None))


@click.command("inspect")
@PATH
@console.JSON
@console.LANG
def inspect_snapshot(lang: str | None, path: Path, as_json: bool) -> int:
    """Xem một bản chụp có gì, không nhận gì vào kho / tell what a snapshot is and holds; takes nothing in.

    \b
    Ví dụ / examples:
      kho inspect qlvb.siard
      kho inspect ban-chup/ --json

    \b
    Mã thoát / exit code: 0 đọc được / readable, 1 có điều phải xem / something to look at, 2 không đọc được / unreadable
    """
    shown = progress.progress(as_json, console.language())
    try:
        found = inspect(path, shown)
    finally:
        shown.close()
    if as_json:
        console.emit_json(found)
    else:
        _show(found, path, console.language())
    return console.SOME_REFUSED if any(one.severity != "info" for one in found.findings) else console.OK


def _show(found: Inspection, path: Path, language: str) -> None:
    console.tell("inspect.kind", path=path.name, kind=found.kind, tables=len(found.tables), rows=found.rows)
    heads = ("snapshot.table", "inspect.rows", "snapshot.declared", "inspect.attachments", "inspect.columns")
    rows = [
        (one.name, one.rows, "" if one.declared is None else one.declared, one.attachments or "", ", ".join(one.columns[:8]) + (" …" if len(one.columns) > 8 else ""))
        for one in found.tables[:SHOWN]
    ]  # fmt: skip
    console.table(heads, rows, "snapshot.tables")
    if len(found.tables) > SHOWN:
        console.tell("inspect.more", count=len(found.tables) - SHOWN)
    if found.first_day:
        console.tell("inspect.days", first=day_shown(found.first_day), last=day_shown(found.last_day))
    if found.units:
        console.tell(
            "inspect.units",
            units=", ".join(f"{unit} ({count})" for unit, count in list(found.units.items())[:10]),
        )
    _show_attachments(found)
    for finding in found.findings[:SHOWN]:
        console.warn("snapshot.finding", text=explain(finding.code, finding.values, language))
    cost = found.estimate
    console.tell(
        "inspect.estimate",
        time=duration(cost.seconds, language),
        gigabytes=f"{cost.gigabytes:.2f}",
        rate=f"{cost.rows_per_second:.0f}",
    )
    if found.proposal is None:
        console.tell("inspect.no_proposal")
    else:
        open_ = found.proposal.check
        console.tell("inspect.proposal", profile=found.proposal.profile, records=open_.records, absent=len(open_.absent),
                     unmapped=len(open_.unmapped), unknown=len(open_.unknown), path=path)  # fmt: skip


def _show_attachments(found: Inspection) -> None:
    there = {
        "attachments": found.attachments,
        "inside": found.attachments - found.files_beside,
        "beside": found.files_beside,
        "encodings": ", ".join(found.encodings) or "-",
    }
    if found.proposal is None:
        console.tell("inspect.content", **there)
    else:
        console.tell(
            "inspect.content_named", named=found.attachments_named, profile=found.proposal.profile, **there
        )


@click.group("map", cls=Group)
def map_group() -> None:
    """Lập và kiểm tra tệp ánh xạ của một hệ thống cũ / write and check the mapping file of a closed system.

    \b
    Ví dụ / example:  kho map propose qlvb.siard > anh-xa.toml
    """


@map_group.command("propose")
@PATH
@console.LANG
def map_propose(lang: str | None, path: Path) -> int:
    """In ra tệp ánh xạ đề nghị cho một bản chụp / print a proposed mapping file for a snapshot.

    \b
    Ví dụ / example:  kho map propose qlvb.siard > anh-xa.toml
    """
    shown = progress.progress(False, console.language())
    try:
        with staged(path, shown) as (staging, _):
            found = propose(staging)
    finally:
        shown.close()
    if found is None:
        raise UsageError("mapping.no_proposal", path=path, profiles=", ".join(profiles()))
    click.echo(found.text)
    return console.OK


@map_group.command("check")
@click.argument("file", metavar="ÁNH-XẠ")
@PATH
@console.JSON
@console.HOME
@console.LANG
def map_check(lang: str | None, home: str | None, file: str, path: Path, as_json: bool) -> int:
    """So một tệp ánh xạ với bản chụp / hold a mapping file against a snapshot.

    Nêu bảng, cột không có; cột chưa ánh xạ; giá trị và đơn vị chưa có trong bảng mã; có --home thì xem cả phông, đơn vị.
    Tells of tables and columns that are not there, columns not mapped, values and units the code lists lack; with --home
    also of fonds and units that the archive or its register does not have so.

    \b
    Ví dụ / example:  kho map check anh-xa.toml qlvb.siard

    \b
    Mã thoát / exit code: 0 dùng được / usable, 1 còn chỗ phải sửa / something to mend, 2 không đọc được / unreadable
    """
    wanted = mapping.load(profile(file))
    owners = _owners(home, wanted)
    shown = progress.progress(as_json, console.language())
    try:
        with staged(path, shown) as (staging, _):
            found = checking.check(wanted, staging)
    finally:
        shown.close()
    usable = found.usable and not any(one.severity == "error" for one in owners)
    if as_json:
        console.emit_json({"usable": usable, "check": found, "owners": owners})
    else:
        _show_check(found, path, owners, usable)
    complete = usable and not (found.unknown or found.unknown_units or owners)
    return console.OK if complete else console.SOME_REFUSED


def _owners(home: str | None, wanted: mapping.SystemMapping) -> list[Finding]:
    """What the archive and its register of units say of the mapping's fonds and units, as far as a home is named."""
    try:
        config = settings.load(home or click.get_current_context().find_root().params.get("home"))
    except HomeError:
        return ownership.contradictions(wanted, lambda code: ())
    held = lru_cache(partial(held_fonds, Holdings(config.holdings)))
    found = ownership.contradictions(wanted, held)
    return found or ownership.unknown_units(wanted, held, store.load(config.register), settings.now().date())


def _show_check(found: Check, path: Path, owners: list[Finding], usable: bool) -> None:
    console.tell("mapping.records", records=found.records, named=found.named)
    _list("mapping.absent", ("mapping.place", "snapshot.table", "mapping.column"), _absent_rows(found))
    if usual := sorted({one.column for one in found.absent if one.usual}):
        console.tell(
            "mapping.usual", count=len(usual), columns=", ".join(usual[:12]) + (" …" if usual[12:] else "")
        )
    _list("mapping.unmapped", ("snapshot.table", "mapping.column", "mapping.filled", "mapping.examples"),
          [(one.table, one.column, one.filled, " · ".join(one.examples)) for one in found.unmapped])  # fmt: skip
    _list("mapping.unknown", ("mapping.list", "mapping.value", "mapping.count"),
          [(one.values, one.raw, one.count) for one in found.unknown])  # fmt: skip
    _list("mapping.units", ("mapping.unit", "mapping.unit_name", "mapping.unit_records"),
          [(one.unit, one.name, one.records) for one in found.unknown_units])  # fmt: skip
    for column in found.own_links:
        console.warn("mapping.own_link", column=column)
    for one in owners:
        console.warn(one.code, **one.values)
    verdict = "usable" if usable else "unusable" if found.records else "nothing"
    console.tell(f"mapping.{verdict}", path=path)


def _absent_rows(found: Check) -> list[tuple[str, str, str]]:
    """A table that is not there once, with the first place that names it."""
    tables = {one.table: one for one in reversed(found.absent) if not one.column}
    columns = [one for one in found.absent if one.column and not one.usual]
    return [(one.place, one.table, one.column or "*") for one in (*tables.values(), *columns)]


def _list(title: str, heads: tuple[str, ...], rows: list[tuple]) -> None:
    if rows:
        console.table(heads, rows[:SHOWN], title)
    if len(rows) > SHOWN:
        console.tell("inspect.more", count=len(rows) - SHOWN)
