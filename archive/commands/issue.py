"""`kho user import`: accounts for a list of officials, with slips to print and hand out."""

from __future__ import annotations

from pathlib import Path

import click
from rich.markup import escape

from archive import console, dates, durable, home, wiring_write
from archive.console import JSON, emit_json, sentence, tell, warn, with_settings
from archive.errors import UsageError
from archive.people import handout, issue
from archive.people.accounts import grant_to_plain
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from archive.settings import Settings
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

    Cột / columns: họ tên, chức vụ, đơn vị, vai trò, từ ngày, đến ngày, căn cứ; XLSX hoặc CSV.
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
    if out:
        _issue(writer, plan, out, address)
    if as_json:
        emit_json({"issued": bool(out), "accounts": [_plain(person) for person in plan.people]})
        return
    _preview(plan)
    if out:
        tell("issue.done", count=len(plan.people), path=out)
    else:
        tell("issue.preview", count=len(plan.people))
        tell("issue.go_on")


def _issue(writer: AccountsWriter, plan: issue.Plan, out: Path, address: str) -> None:
    """The slips first: an account whose password nobody has would be of no use."""
    if out.exists():
        raise UsageError("error.issue_out", path=out)
    passwords = [writer.make_password() for _ in plan.people]
    slips = [_slip(person, password) for person, password in zip(plan.people, passwords, strict=True)]
    durable.write_file(out.absolute(), handout.page(slips, address, console.language()).encode(), 0o600)
    try:
        writer.add_all(
            [
                (person.name, password, person.full_name, [person.grant])
                for person, password in zip(plan.people, passwords, strict=True)
            ]
        )
    except BaseException:
        out.unlink(missing_ok=True)
        raise


def _slip(person: issue.Person, password: str) -> handout.Slip:
    return handout.Slip(
        full_name=person.full_name,
        position=person.position,
        unit=person.unit,
        role=sentence(f"role.{person.grant.role}"),
        name=person.name,
        password=password,
        until=dates.shown(person.grant.valid_to.isoformat()) if person.grant.valid_to else "",
    )


def _tell_problems(plan: issue.Plan) -> None:
    for problem in plan.problems:
        said = sentence(problem.code, **problem.values)
        if problem.page:
            warn("issue.problem", row=problem.page, who=problem.file or "?", said=said)
        else:
            warn(problem.code, **problem.values)


def _preview(plan: issue.Plan) -> None:
    console.table(
        [
            "issue.col_row",
            "issue.col_name",
            "issue.col_full_name",
            "issue.col_unit",
            "issue.col_role",
            "issue.col_days",
        ],
        [
            (
                str(person.row),
                person.name,
                escape(visible(person.full_name)),
                escape(visible(person.unit)),
                sentence(f"role.{person.grant.role}"),
                _days(person.grant),
            )
            for person in plan.people
        ],
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
