"""`kho restrict | lift | restrictions`: close a record at once, without a new generation."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from datetime import date

import click
from rich.markup import escape

from archive import console, dates, wiring_write
from archive.audit.entry import Entry
from archive.commands.explaining import RECORD, explained, restriction_told
from archive.console import JSON, emit_json, sentence, tell, warn, with_settings
from archive.errors import HomeError, NotFound, UsageError
from archive.model import Dossier
from archive.ports import CatalogueReader
from archive.publishing import generation
from archive.rights import restrictions, restrictions_writer
from archive.rights.access import LEVELS, everything, roles
from archive.rights.restrictions import Restriction
from archive.rights.same_bytes import Twin, differing, standings
from archive.settings import Settings
from archive.text import visible
from archive.usage import Day
from archive.wiring_read import Archive, today

BASIS = click.option(
    "--basis",
    required=True,
    metavar="CĂN-CỨ",
    help="Văn bản hoặc người chỉ đạo / the paper or who ordered it",
)


@click.command()
@RECORD
@click.option(
    "--level", required=True, type=click.Choice(LEVELS[1:]), help="Mức hạn chế / level: có điều kiện, đóng"
)
@click.option(
    "--until",
    type=Day(),
    metavar="NGÀY",
    help="Đến hết ngày / last day, 31/12/2030 [không thời hạn / no end]",
)
@BASIS
@with_settings
def restrict(settings: Settings, record: str, level: str, until: date | None, basis: str) -> None:
    """Hạn chế khẩn một phông, hồ sơ hoặc văn bản, có hiệu lực ngay / restrict a fonds, dossier or document at once.

    Không cần công bố lại; người đang xem cũng mất quyền ở lần bấm tiếp theo / without publishing anew.

    \b
    Ví dụ / examples:
      kho restrict H30.01:hs-12:003 --level closed --basis "CV 12/SNV ngày 03/02/2026"
      kho restrict H30.01:hs-12 --level conditional --until 31/12/2026 --basis "Đang thanh tra, QĐ 45"
    """
    archive = Archive(settings, wiring_write.access_log(settings))
    unit = _unit_of(archive, record)
    row = restrictions_writer.restrict(
        settings.restrictions,
        record,
        level,
        until=until,
        basis=basis,
        by=archive.operator().name,
        witness=lambda row: _on_record(archive, row, unit),
    )
    tell("restriction.laid", **restriction_told(row))
    readers = [name for name, role in roles().items() if level in role.levels]
    tell("restriction.readers", record=record, roles=", ".join(sentence(f"role.{name}") for name in readers))
    _warn_of_twins(settings, [twin for twin in _twins(settings) if _inside(twin.item.item, record)])


@click.command()
@RECORD
@BASIS
@with_settings
def lift(settings: Settings, record: str, basis: str) -> None:
    """Bỏ hạn chế khẩn; mức của chính hồ sơ giữ nguyên / lift an urgent restriction.

    \b
    Ví dụ / example:  kho lift H30.01:hs-12 --basis "Kết luận thanh tra 08/KL"
    """
    archive = Archive(settings, wiring_write.access_log(settings))
    row = restrictions_writer.lift(
        settings.restrictions,
        record,
        basis=basis,
        by=archive.operator().name,
        witness=lambda row: _on_record(archive, row),
    )
    tell("restriction.lifted", record=record, basis=row.basis)


@click.command("restrictions")
@click.option(
    "--all", "ended_too", is_flag=True, help="Cả hạn chế đã hết hoặc đã bỏ / ended and lifted ones too"
)
@JSON
@with_settings
def restrictions_list(settings: Settings, ended_too: bool, as_json: bool) -> None:
    """Các hạn chế khẩn đang hiệu lực / the urgent restrictions in force.

    \b
    Ví dụ / examples:
      kho restrictions
      kho restrictions --all --json
    """
    laid = Archive(settings).rules().restrictions
    holding = laid.holding(today())
    rows = [row for row in laid.rows if ended_too or holding.get(row.record) is row]
    twins = _twins(settings) if holding else []
    if as_json:
        emit_json([_plain(row, holding, twins) for row in rows])
    elif rows:
        _print_restrictions(rows)
        _warn_of_twins(
            settings, [twin for twin in twins if any(_inside(twin.item.item, one) for one in holding)]
        )
    else:
        tell("restriction.none")


def _plain(row: Restriction, holding: Mapping[str, Restriction], twins: list[Twin]) -> dict:
    in_force = holding.get(row.record) is row
    open_too = sorted({twin.other.item for twin in twins if in_force and _inside(twin.item.item, row.record)})
    return restrictions.to_plain(row) | {"in_force": in_force, "same_bytes_elsewhere": open_too}


def _inside(item: str, record: str) -> bool:
    return f"{item}:".startswith(f"{record}:")


def _twins(settings: Settings) -> list[Twin]:
    """Published documents with the bytes of a stricter one, restrictions counted in."""
    try:
        catalogue = generation.current(settings).catalogue()
    except HomeError:
        return []  # nothing is published
    laid = Archive(settings).rules().restrictions.holding(today())
    return differing(one for dossier in _readable(catalogue) for one in standings(dossier, laid))


def _readable(catalogue: CatalogueReader) -> Iterator[Dossier]:
    """Every dossier that somebody may read; one without a unit nobody may."""
    scope = everything(catalogue.classes())
    for dossier_id in catalogue.states():
        with contextlib.suppress(NotFound):
            yield catalogue.dossier(dossier_id, scope)


def _warn_of_twins(settings: Settings, twins: list[Twin]) -> None:
    """Name the documents in which the bytes stay open: whether they are to be shut too, a person decides."""
    for item, other, level in sorted({(one.item.item, one.other.item, one.other.level) for one in twins}):
        warn("restriction.same_bytes", record=item, other=other, level=sentence(f"access.levels.{level}"))


def _unit_of(archive: Archive, record: str) -> str:
    """The unit a dossier or document came from, "" for a fonds. Raises UsageError when nothing published has this id."""
    operator = archive.operator()
    if ":" in record:
        return explained(archive, operator, record).record.unit
    if record not in archive.reader().labels(operator)["fonds"]:
        raise UsageError("error.record_absent", record=record)
    return ""


def _on_record(archive: Archive, row: Restriction, unit: str = "") -> None:
    """The access log first: a restriction that cannot be recorded is not laid."""
    plain = restrictions.to_plain(row)
    archive.log.record(
        Entry(
            "restriction",
            row.by,
            row.record,
            why=row.basis,
            unit=unit,
            detail={name: plain[name] for name in ("level", "until")},
        )
    )


def _print_restrictions(rows: list[Restriction]) -> None:
    console.table(
        [f"restriction.col_{name}" for name in ("record", "level", "until", "basis", "by", "when")],
        [
            (
                escape(visible(row.record)),
                sentence(f"access.levels.{row.level}") if row.level else sentence("restriction.lifting"),
                restriction_told(row)["until"] if row.level else "",
                escape(visible(row.basis)),
                escape(visible(row.by)),
                dates.moment(row.when),
            )
            for row in rows
        ],
    )
