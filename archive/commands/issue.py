"""`kho user import`: accounts for a list of officials, with slips to print and hand out."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from pathlib import Path

import click
from rich.markup import escape

from archive import console, dates, durable, home, wiring_write
from archive.commands import granting
from archive.console import JSON, emit_json, sentence, tell, warn, with_settings
from archive.errors import UsageError
from archive.model import Finding
from archive.people import handout, issue, issue_sheet
from archive.people.accounts import grant_to_plain
from archive.rights.access import Grant, roles
from archive.settings import Settings, now
from archive.text import visible
from archive.units import store, tables
from archive.usage import There


@click.command("import")
@click.argument("sheet", type=There(), metavar="TỆP")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="TỆP.html",
    help="Cấp và ghi phiếu giao / issue, and write the slips",
)
@click.option(
    "--address",
    default="http://127.0.0.1:8080",
    metavar="ĐỊA-CHỈ",
    help="Địa chỉ trang tra cứu / address of the look-up",
)
@JSON
@with_settings
def user_import(settings: Settings, sheet: Path, out: Path | None, address: str, as_json: bool) -> None:
    """Cấp tài khoản theo danh sách cán bộ / issue accounts for a list of officials.

    Cột / columns: họ tên, chức vụ, đơn vị, vai trò, từ ngày, đến ngày, căn cứ, mục đích, phông; XLSX hoặc CSV.
    Người đã có tài khoản được bỏ qua, nêu lệnh khi cần đổi / who has an account is passed over and told of.
    Không có --out thì chỉ xem trước / without --out a preview only. Một dòng sai thì không cấp ai / all or none.

    \b
    Ví dụ / examples:
      kho user import can-bo.xlsx
      kho user import can-bo.xlsx --out phieu.html --address https://kho.example.gov.vn
    """
    home.check(settings)
    writer = wiring_write.accounts(settings)
    register = store.load(settings.register)
    plan = issue.plan(tables.read(sheet.name, sheet.read_bytes()), register, writer.all())
    if plan.problems:
        _tell_problems(plan)
        raise UsageError("error.issue_problems", count=len(plan.problems))
    issued = bool(out and plan.people)
    if issued:
        _issue(settings, plan, out, address)
    if as_json:
        told = {kind: [_plain_note(note) for note in getattr(plan, kind)] for kind in ("known", "namesakes")}
        emit_json({"issued": issued, "accounts": [_plain(person) for person in plan.people], **told})
        return
    _preview(plan)
    granting.warn_of_strange(settings, [person.grant for person in plan.people])
    if issued:
        tell("issue.done", count=len(plan.people), path=out)
    elif plan.people:
        tell("issue.preview", count=len(plan.people))
        tell("issue.go_on")
    else:
        tell("issue.nothing")


@click.command("template")
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path), metavar="TỆP.xlsx")
@with_settings
def user_template(settings: Settings, out: Path) -> None:
    """Mẫu danh sách cán bộ để điền / a list of officials to fill in.

    \b
    Ví dụ / example:  kho user template can-bo.xlsx
    """
    if out.exists():
        raise UsageError("error.issue_out", path=out)
    durable.write_file(out.absolute(), issue_sheet.template())
    tell("issue.template", path=out)


def _issue(settings: Settings, plan: issue.Plan, out: Path, address: str) -> None:
    """The slips first: an account whose password nobody has would be of no use."""
    if out.exists():
        raise UsageError("error.issue_out", path=out)
    writer = wiring_write.accounts(settings)
    days = settings.first_password_days
    last = dates.shown((now().date() + timedelta(days=days)).isoformat()) if days else ""
    passwords = [writer.make_password() for _ in plan.people]
    slips = [_slip(person, password, last) for person, password in zip(plan.people, passwords, strict=True)]
    durable.write_file(out.absolute(), handout.page(slips, address, console.language()).encode(), 0o600)
    try:
        writer.add_all(
            [
                (person.name, password, person.full_name, [person.grant])
                for person, password in zip(plan.people, passwords, strict=True)
            ]
        )
    except BaseException:
        with contextlib.suppress(OSError):  # what went wrong first is to be told
            out.unlink(missing_ok=True)
        raise


def _slip(person: issue.Person, password: str, last: str) -> handout.Slip:
    return handout.Slip(
        full_name=person.full_name,
        position=person.position,
        unit=person.unit,
        role=sentence(f"role.{person.grant.role}"),
        name=person.name,
        password=password,
        last=last,
        first=dates.shown(person.grant.valid_from.isoformat()) if person.grant.valid_from else "",
        until=dates.shown(person.grant.valid_to.isoformat()) if person.grant.valid_to else "",
        second_factor=roles()[person.grant.role].log or roles()[person.grant.role].accounts,
    )


def _tell_problems(plan: issue.Plan) -> None:
    for problem in plan.problems:
        if problem.page:
            warn("issue.problem", **_row_told(problem))
        else:
            warn(problem.code, **problem.values)


def _row_told(note: Finding) -> dict[str, object]:
    return {"row": note.page, "who": note.file or "?", "said": sentence(note.code, **note.values)}


COLUMNS = ("row", "name", "full_name", "position", "unit", "role", "days", "more")


def _preview(plan: issue.Plan) -> None:
    if plan.people:
        console.table([f"issue.col_{name}" for name in COLUMNS], map(_shown, plan.people))
    for note in (*plan.known, *plan.namesakes):
        tell("issue.problem", **_row_told(note))
    if plan.known:
        tell("issue.passed_over", count=len(plan.known))


def _shown(person: issue.Person) -> tuple[str, ...]:
    grant = person.grant
    more = {"basis": grant.basis, "purpose": grant.purpose, "fonds": ", ".join(grant.fonds)}
    said = "\n".join(sentence(f"grant.{name}", value=value) for name, value in more.items() if value)
    names = (person.full_name, person.position, person.unit)
    role, days = sentence(f"role.{grant.role}"), _days(grant)
    return (
        str(person.row),
        person.name,
        *(escape(visible(name)) for name in names),
        role,
        days,
        escape(said),
    )


def _days(grant: Grant) -> str:
    if not (grant.valid_from or grant.valid_to):
        return ""
    return "–".join(
        dates.shown(day.isoformat()) if day else "…" for day in (grant.valid_from, grant.valid_to)
    )


def _plain(person: issue.Person) -> dict:
    return {
        "row": person.row,
        "name": person.name,
        "display_name": person.full_name,
        **grant_to_plain(person.grant),
    }


def _plain_note(note: Finding) -> dict:
    return {"row": note.page, "display_name": note.file, "code": note.code, **note.values}
