"""`kho search` and `kho show`: the same reader and rights as the web look-up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import click

from archive import console, dates, ids, serial, wiring_write, wording
from archive.commands import card
from archive.console import JSON, emit_json, tell, with_settings
from archive.errors import NotFound, StorageError, UsageError
from archive.holdings import description
from archive.lookup.reader import HoldingsReader
from archive.lookup.views import DossierView, ItemView
from archive.model import FACETS, Hit, PageReading, ResultPage
from archive.rights.access import Actor
from archive.settings import Settings
from archive.text import visible
from archive.wiring_read import Archive

ORDERS = ("relevance", "newest", "oldest", "code")
AS_USER = click.option(
    "--as", "user", metavar="TÊN", help="Tra cứu với quyền của tài khoản / with this account's rights"
)


@click.command(context_settings={"ignore_unknown_options": True})  # "-dat" is a word to leave out
@click.argument("query", nargs=-1, type=click.UNPROCESSED, metavar="[TỪ]...")
@AS_USER
@click.option(
    "--filter",
    "filters",
    multiple=True,
    metavar="TÊN=GIÁ-TRỊ",
    help=f"Chỉ văn bản có giá trị này / only with this value: {', '.join(FACETS)}",
)
@click.option(
    "--sort", type=click.Choice(ORDERS), default=ORDERS[0], help="Xếp theo / order", show_default=True
)
@click.option("--page", type=click.IntRange(1), default=1, help="Trang kết quả thứ / result page")
@click.option(
    "--size",
    type=click.IntRange(1, 100),
    default=20,
    help="Số văn bản một trang, 1–100 / a page holds",
)
@JSON
@with_settings
def search(
    settings: Settings,
    query: tuple[str, ...],
    user: str | None,
    filters: tuple[str, ...],
    sort: str,
    page: int,
    size: int,
    as_json: bool,
) -> None:
    """Tìm văn bản / find documents.

    \b
    Ví dụ / examples:
      kho search "giấy chứng nhận quyền sử dụng đất"
      kho search thu hoi dat năm:2019 --as lan
      kho search so:15/QĐ-UBND --json
    """
    _refuse_mistyped_options(query)
    archive = Archive(settings, wiring_write.access_log(settings))
    actor = actor_of(archive, user)
    result = archive.reader().search(
        actor, " ".join(query), filters=chosen_filters(filters), sort=sort, page=page, size=size
    )
    if as_json:
        emit_json(_result_plain(result, actor))
    else:
        _print_result(result, actor)


def _refuse_mistyped_options(query: tuple[str, ...]) -> None:
    """One dash leaves a word out; two are an option, and one that was mistyped must not become a word."""
    context = click.get_current_context()
    known = [name for param in context.command.params for name in param.opts]
    for word in query:
        if word.startswith("--"):
            raise click.NoSuchOption(word, possibilities=get_close_matches(word, known), ctx=context)


def actor_of(archive: Archive, user: str | None) -> Actor:
    """The operator of this machine, or one who sees what the account named may; on record is always the operator.

    Raises UsageError for an account that may not look.
    """
    operator = archive.operator()
    if user is None:
        return operator
    try:
        return replace(archive.accounts.actor(user), by=operator.name)
    except NotFound as error:
        raise UsageError("error.unknown_user", name=user) from error


def chosen_filters(pairs: tuple[str, ...]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or name not in FACETS or not _is_text(value):
            raise UsageError("error.filter", value=pair, names=", ".join(FACETS))
        chosen.setdefault(name, []).append(value)
    return chosen


def _is_text(argument: str) -> bool:
    """False for bytes that are no UTF-8: the shell's arguments carry them as lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in argument)


def _result_plain(result: ResultPage, actor: Actor) -> dict:
    return {
        "total": result.total,
        "page": result.page,
        "size": result.size,
        "actor": actor.name,
        "hits": [_hit_plain(hit) for hit in result.hits],
        "facets": result.facets,
        "suggestions": list(result.suggestions),
        "notices": [serial.to_plain(notice) for notice in result.notices],
    }


def _hit_plain(hit: Hit) -> dict:
    return {
        **serial.to_plain(hit.row),
        "score": round(hit.score, 4),
        "pages": list(hit.hit_pages),
        "snippets": [serial.to_plain(snippet) for snippet in hit.snippets],
    }


def _print_result(result: ResultPage, actor: Actor) -> None:
    for notice in result.notices:
        tell(notice.code, **notice.values)
    tell("search.total", total=result.total, actor=actor.display_name or actor.name)
    if not result.total and not result.notices:
        tell("search.nothing")
    for hit in result.hits:
        _print_hit(hit)
    left = result.total - result.page * result.size
    if left > 0:
        tell("search.more", left=left, page=result.page + 1)
    for suggestion in result.suggestions:
        tell("search.suggestion", query=suggestion)


def _print_hit(hit: Hit) -> None:
    row = hit.row
    click.secho(visible(f"\n{row.code or '—'}  {dates.shown(row.date) or '—'}  {row.issuer}"), bold=True)
    click.echo(visible(f"  {wording.title(row, console.language())}"))
    for snippet in hit.snippets[:1]:
        click.echo(f"  {_marked(snippet.text, snippet.marks)}")
    place = f"  {row.unit_name} · {row.fonds_title} · {row.dossier_title} · {row.id}"
    click.secho(visible(place), dim=True)


def _marked(text: str, marks: tuple[tuple[int, int], ...]) -> str:
    pieces, end = [], 0
    for start, stop in marks:
        pieces += [visible(text[end:start]), click.style(visible(text[start:stop]), fg="red", bold=True)]
        end = stop
    return "".join([*pieces, visible(text[end:])]).replace("\n", " ")


@click.command()
@click.argument("identifier", metavar="MÃ")
@AS_USER
@click.option(
    "--pdf",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Ghi bản tra cứu PDF / write a searchable PDF",
)
@JSON
@with_settings
def show(settings: Settings, identifier: str, user: str | None, pdf: Path | None, as_json: bool) -> None:
    """Xem một văn bản hoặc hồ sơ / show one document or dossier.

    \b
    Ví dụ / examples:
      kho show H30.01:hs-dat-dai:003
      kho show H30.01:hs-dat-dai --json
      kho show H30.01:hs-dat-dai:003 --pdf ban-tra-cuu.pdf
    """
    if not _is_text(identifier):
        raise NotFound()
    archive = Archive(settings, wiring_write.access_log(settings))
    actor = actor_of(archive, user)
    if pdf:
        _write_pdf(pdf, archive.reader().searchable_pdf(actor, identifier))
        return
    (_show_item if ids.is_item_id(identifier) else _show_dossier)(
        archive.reader(), actor, identifier, as_json
    )


def _show_item(reader: HoldingsReader, actor: Actor, item_id: str, as_json: bool) -> None:
    view = reader.item(actor, item_id)
    numbers = range(1, len(view.item.pages) + 1)
    readings = [reader.page(actor, item_id, number).reading for number in numbers]
    texts = reader.file_texts(actor, item_id)
    if as_json:
        emit_json(_item_plain(reader, view, readings) | {"texts": serial.to_plain(texts)})
    else:
        card.print_item(view, readings, reader.register, texts)


def _show_dossier(reader: HoldingsReader, actor: Actor, dossier_id: str, as_json: bool) -> None:
    view = reader.dossier(actor, dossier_id)
    if as_json:
        emit_json(_dossier_plain(view))
    else:
        card.print_dossier(view, reader.register)


def _write_pdf(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError("error.storage", path=path, reason=error.strerror) from error
    tell("show.pdf_written", path=path)


def _item_plain(reader: HoldingsReader, view: ItemView, readings: Sequence[PageReading]) -> dict:
    return {
        "id": view.item.id,
        "kind": "item",
        "dossier": view.dossier.id,
        "description": description.describe_item(view.dossier, view.item),
        "events": serial.to_plain(description.item_events(view.dossier, view.item)),
        **_ties_plain(view),
        "pages": [_page_plain(number, reading) for number, reading in enumerate(readings, 1)],
        "access": {
            "decision": view.why.allowed,
            "reason": wording.reason(view.why.reason, reader.register, console.language()),
        },
    }


def _ties_plain(view: ItemView) -> dict:
    """What a system record hangs together with; its own course is in the description's `record`."""
    if view.ties is None:
        return {}
    facts = {"system": serial.to_plain(view.dossier.snapshot)} if view.dossier.snapshot else {}
    return {"links": serial.to_plain(view.ties.links), "line": serial.to_plain(view.ties.line), **facts}


def _page_plain(number: int, reading: PageReading) -> dict:
    words = [
        {"text": word.text, "box": list(word.box), "confidence": word.confidence} for word in reading.words
    ]
    return {"number": number, "text": reading.text, **serial.to_plain(reading), "words": words}


def _dossier_plain(view: DossierView) -> dict:
    return {
        "id": view.dossier.id,
        "kind": "dossier",
        "description": description.describe_dossier(view.dossier),
        "events": serial.to_plain(view.dossier.events),
        "items": [serial.to_plain(row) for row in view.rows],
    }
