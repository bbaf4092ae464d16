"""The commands of the archive itself: init, publish, search, show, user, verify."""

from __future__ import annotations

import click

from archive import console, dates, home, ids, messages, package, serial
from archive.access import EVERY_UNIT, Actor, Grant
from archive.accounts_writer import AccountsWriter
from archive.console import emit_json, tell, with_settings
from archive.errors import NotFound, UsageError
from archive.model import FACETS, Hit, ResultPage
from archive.reader import HoldingsReader
from archive.settings import Settings
from archive.wiring_read import Archive

JSON = click.option("--json", "as_json", is_flag=True, help="Một tài liệu JSON cho chương trình / one JSON document")
AS_USER = click.option("--as", "user", metavar="USER", help="Tra cứu với quyền của tài khoản / with this account's rights")


def register(group: click.Group) -> None:
    for command in (init, publish, search, show, user, verify):
        group.add_command(command)


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False))
@with_settings
def init(settings: Settings, folder: str | None) -> None:
    """Tạo kho mới / make a new archive.

    \b
    Ví dụ / example:  kho init --home kho-huyen
    """
    if folder:
        raise UsageError("error.init_argument", folder=folder)
    fresh = home.create(settings)
    AccountsWriter(settings.accounts).init()
    tell("init.created" if fresh else "init.there", path=settings.home)


@click.command()
@click.option("--rollback", is_flag=True, help="Quay về bản công bố trước / return to the previous generation")
@click.option("--rebuild", is_flag=True, help="Dựng lại toàn bộ / build everything anew")
@JSON
@with_settings
def publish(settings: Settings, rollback: bool, rebuild: bool, as_json: bool) -> None:
    """Công bố những gì đã tiếp nhận để tra cứu / make what was ingested findable.

    \b
    Ví dụ / examples:
      kho publish
      kho publish --rollback
    """
    from archive import wiring_write

    report = wiring_write.rollback(settings) if rollback else wiring_write.publish(settings, rebuild=rebuild)
    if as_json:
        emit_json(report)
        return
    code = "publish.rolled_back" if rollback else "publish.done" if report.changed else "publish.nothing_new"
    tell(code, generation=report.generation, dossiers=report.dossiers, items=report.items, pages=report.pages,
         added=report.added, removed=report.removed)


@click.command()
@click.argument("query", nargs=-1)
@AS_USER
@click.option("--filter", "filters", multiple=True, metavar="FACET=VALUE", help=f"{', '.join(FACETS)}")
@click.option("--sort", type=click.Choice(["relevance", "newest", "oldest", "code"]), default="relevance")
@click.option("--page", type=click.IntRange(1), default=1)
@click.option("--size", type=click.IntRange(1, 100), default=20)
@JSON
@with_settings
def search(
    settings: Settings, query: tuple[str, ...], user: str | None, filters: tuple[str, ...], sort: str, page: int,
    size: int, as_json: bool,
) -> None:
    """Tìm văn bản / find documents.

    \b
    Ví dụ / examples:
      kho search "giấy chứng nhận quyền sử dụng đất"
      kho search thu hoi dat năm:2019 --as lan
      kho search so:15/QĐ-UBND --json
    """
    archive = Archive(settings)
    actor = _actor(archive, user)
    result = archive.reader().search(
        actor, " ".join(query), filters=_filters(filters), sort=sort, page=page, size=size
    )
    if as_json:
        emit_json(_result_plain(result, actor))
    else:
        _print_result(result, actor)


def _actor(archive: Archive, user: str | None) -> Actor:
    """The account named, or the operator of this machine. Raises UsageError for an account that may not look."""
    if user is None:
        return archive.operator()
    try:
        return archive.accounts.actor(user)
    except NotFound as error:
        raise UsageError("error.unknown_user", name=user) from error


def _filters(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in FACETS:
            raise UsageError("error.filter", value=pair, names=", ".join(FACETS))
        chosen.setdefault(name, []).append(value)
    return chosen


def _result_plain(result: ResultPage, actor: Actor) -> dict:
    return {
        "total": result.total,
        "page": result.page,
        "size": result.size,
        "actor": actor.name,
        "hits": [_hit_plain(hit) for hit in result.hits],
        "facets": result.facets,
        "suggestions": list(result.suggestions),
        "notices": list(result.notices),
    }


def _hit_plain(hit: Hit) -> dict:
    return {
        **serial.to_plain(hit.row),
        "score": round(hit.score, 4),
        "pages": list(hit.hit_pages),
        "snippets": [serial.to_plain(snippet) for snippet in hit.snippets],
    }


def _print_result(result: ResultPage, actor: Actor) -> None:
    tell("search.total", total=result.total, actor=actor.display_name or actor.name)
    for notice in result.notices:
        tell(notice)
    for hit in result.hits:
        row = hit.row
        click.secho(f"\n{row.code or '—'}  {dates.shown(row.date) or '—'}  {row.issuer}", bold=True)
        click.echo(f"  {row.title}")
        for snippet in hit.snippets[:1]:
            click.echo(f"  … {_marked(snippet.text, snippet.marks)} …")
        click.secho(f"  {row.unit_name} · {row.fonds_title} · {row.dossier_title} · {row.id}", dim=True)
    for suggestion in result.suggestions:
        tell("search.suggestion", query=suggestion)


def _marked(text: str, marks: tuple[tuple[int, int], ...]) -> str:
    pieces, end = [], 0
    for start, stop in marks:
        pieces += [text[end:start], click.style(text[start:stop], fg="red", bold=True)]
        end = stop
    return "".join([*pieces, text[end:]]).replace("\n", " ")


@click.command()
@click.argument("identifier", metavar="ID")
@AS_USER
@JSON
@with_settings
def show(settings: Settings, identifier: str, user: str | None, as_json: bool) -> None:
    """Xem một văn bản hoặc hồ sơ / show one document or dossier.

    \b
    Ví dụ / examples:
      kho show H30.01:hs-dat-dai:003
      kho show H30.01:hs-dat-dai --json
    """
    archive = Archive(settings)
    actor = _actor(archive, user)
    plain = (_item_plain if ids.is_item_id(identifier) else _dossier_plain)(archive.reader(), actor, identifier)
    if as_json:
        emit_json(plain)
    else:
        _print_record(plain)


def _item_plain(reader: HoldingsReader, actor: Actor, item_id: str) -> dict:
    view = reader.item(actor, item_id)
    pages = [reader.page(actor, item_id, number) for number in range(1, len(view.item.pages) + 1)]
    events = [event for event in view.dossier.events if not event.objects or item_id in event.objects]
    return {
        "id": item_id,
        "kind": "item",
        "dossier": view.dossier.id,
        "description": package.describe_item(view.dossier, view.item),
        "events": serial.to_plain(events),
        "pages": [_page_plain(page.number, page.reading) for page in pages],
        "access": {"decision": view.decision.allowed, "reason": messages.say(view.decision.reason, console.language())},
    }


def _page_plain(number: int, reading) -> dict:
    words = [{"text": word.text, "box": list(word.box), "confidence": word.confidence} for word in reading.words]
    plain = {"number": number, "text": reading.text, **serial.to_plain(reading), "words": words}
    return plain


def _dossier_plain(reader: HoldingsReader, actor: Actor, dossier_id: str) -> dict:
    view = reader.dossier(actor, dossier_id)
    return {
        "id": dossier_id,
        "kind": "dossier",
        "description": package.describe_dossier(view.dossier),
        "events": serial.to_plain(view.dossier.events),
        "items": [serial.to_plain(row) for row in view.rows],
    }


def _print_record(plain: dict) -> None:
    click.secho(plain["id"], bold=True)
    for name, value in plain["description"].items():
        if isinstance(value, str | int | float) and value != "":
            click.echo(f"  {name}: {value}")
    for row in plain.get("items", ()):
        click.echo(f"  {row['ordinal']:>4}  {row.get('code', '') or '—':<22} {row.get('title', '')}")
    for page in plain.get("pages", ()):
        click.secho(f"\n— {page['number']} —", dim=True)
        click.echo(page["text"])


@click.group()
def user() -> None:
    """Tài khoản tra cứu / look-up accounts."""


@user.command("add")
@click.argument("name")
@click.option("--unit", "units", multiple=True, metavar="CODE", help="Đơn vị được xem, lặp lại được / unit granted")
@click.option("--every-unit", is_flag=True, help="Xem mọi đơn vị / every unit")
@click.option("--role", default="official", show_default=True)
@click.option("--name", "display_name", default="", help="Họ tên / full name")
@click.option("--password", help="Mật khẩu; bỏ trống thì hỏi hoặc tự tạo / asked for or made up when left out")
@JSON
@with_settings
def user_add(
    settings: Settings, name: str, units: tuple[str, ...], every_unit: bool, role: str, display_name: str,
    password: str | None, as_json: bool,
) -> None:
    """Thêm tài khoản / add an account.

    \b
    Ví dụ / examples:
      kho user add lan --unit H30.01 --name "Trần Thị Lan"
      kho user add thanh-tra --every-unit --role auditor
    """
    home.check(settings)
    made_up = AccountsWriter.make_password() if password is None else ""
    grants = [Grant(code, role) for code in ([EVERY_UNIT] if every_unit else units)]
    account = AccountsWriter(settings.accounts).add(name, password or made_up, grants, display_name)
    if as_json:
        emit_json({"name": account.name, "units": [grant.unit for grant in grants], "password": made_up or None})
        return
    tell("user.added", name=account.name)
    if made_up:
        tell("user.password", password=made_up)
    if not grants:
        tell("user.no_grant", name=account.name)


@user.command("list")
@JSON
@with_settings
def user_list(settings: Settings, as_json: bool) -> None:
    """Danh sách tài khoản / list the accounts."""
    home.check(settings)
    accounts = AccountsWriter(settings.accounts).all()
    if as_json:
        emit_json([
            {"name": a.name, "display_name": a.display_name, "disabled": a.disabled,
             "grants": [{"unit": g.unit, "role": g.role} for g in a.grants]}
            for a in accounts
        ])
        return
    state = {False: "user.state_open", True: "user.state_disabled"}
    console.table(
        ["user.col_name", "user.col_display", "user.col_units", "user.col_state"],
        [(a.name, a.display_name, ", ".join(g.unit for g in a.grants), messages.say(state[a.disabled], console.language()))
         for a in accounts],
    )


@user.command("disable")
@click.argument("name")
@with_settings
def user_disable(settings: Settings, name: str) -> None:
    """Ngừng tài khoản; phiên đang mở hết hiệu lực / disable an account at once."""
    home.check(settings)
    AccountsWriter(settings.accounts).disable(name)
    tell("user.disabled", name=name)


@user.command("password")
@click.argument("name")
@click.option("--password", help="Bỏ trống thì tự tạo / made up when left out")
@with_settings
def user_password(settings: Settings, name: str, password: str | None) -> None:
    """Đặt lại mật khẩu / set a new password."""
    home.check(settings)
    chosen = password or AccountsWriter.make_password()
    AccountsWriter(settings.accounts).set_password(name, chosen)
    tell("user.password_set", name=name)
    if not password:
        tell("user.password", password=chosen)


@click.command()
@JSON
@with_settings
def verify(settings: Settings, as_json: bool) -> int:
    """Kiểm tra toàn vẹn: từng byte so với mã kiểm tra / check every byte against its digest.

    Mã thoát / exit code: 0 nguyên vẹn / intact, 1 có hư hỏng / damage found.
    """
    from archive import fixity

    home.check(settings)
    report = fixity.verify(settings)
    if as_json:
        emit_json(report)
    else:
        tell("verify.summary", objects=report.objects, files=report.files, bytes=report.bytes, digest=report.digest)
        for finding in report.findings:
            tell(finding.code, file=finding.file or "", **finding.values)
        tell("verify.intact" if not report.findings else "verify.damaged", count=len(report.findings))
    return console.OK if not report.findings else console.SOME_REFUSED
