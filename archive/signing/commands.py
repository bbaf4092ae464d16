"""`kho signatures verify` and `kho signatures copy`: what signatures of a file say, and a copy signed by the archive."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from archive import console, dates, durable, ids, wiring_write
from archive.commands.lookup import AS_USER, actor_of
from archive.console import JSON, emit_json, sentence, tell, with_settings
from archive.errors import SourceRefused
from archive.settings import Settings
from archive.text import visible
from archive.usage import Group
from archive.wiring_read import Archive


@click.group(cls=Group)
def signatures() -> None:
    """Chữ ký số / digital signatures.

    \b
    Ví dụ / example:  kho signatures verify van-ban.pdf
    """


@signatures.command()
@click.argument("what", metavar="MÃ|TỆP")
@AS_USER
@JSON
@with_settings
def verify(settings: Settings, what: str, user: str | None, as_json: bool) -> int:
    """Báo cáo chữ ký số của văn bản hoặc tệp / report on the signatures of a document or a file.

    Ai ký, khi nào, nội dung còn nguyên không, phủ bản nào của tệp, chứng thư có dẫn tới gốc tin cậy (signature_roots),
    dấu thời gian. Việc thu hồi chứng thư không kiểm tra được khi không có mạng / who, when, intact, which revision, chain,
    time stamp. Revocation cannot be known offline.

    \b
    Ví dụ / examples:
      kho signatures verify H30.01:ho-so-12:003 --as lan
      kho signatures verify van-ban.pdf --json

    Mã thoát / exit code: 0 không có gì sai / nothing found against them, 1 có chữ ký sai / some are wrong, 2 lỗi / failed.
    """
    from archive.signing import report  # half a second that only this command needs

    found = []
    for name, path in _files(settings, what, user):
        found += report.report(settings, path, name)
    if as_json:
        emit_json(found)
    else:
        _tell(found)
    return console.OK if all(each.sound for each in found) else console.SOME_REFUSED


def _files(settings: Settings, what: str, user: str | None) -> Iterator[tuple[str, Path]]:
    """(name, path) of each file asked about; those of a document are there only until the next one is asked for."""
    if not ids.is_item_id(what):
        path = Path(what)
        if not path.is_file():
            raise SourceRefused("signing.no_such", what=what)
        yield path.name, path
        return
    archive = Archive(settings, wiring_write.access_log(settings))
    reader, actor = archive.reader(), actor_of(archive, user)
    for index, file in enumerate(reader.item(actor, what).item.files):
        with _unpacked(reader.original(actor, what, index).opened) as path:
            yield file.name, path


@contextmanager
def _unpacked(opened) -> Iterator[Path]:
    """The bytes as a file that can be read forth and back; gone afterwards."""
    with tempfile.NamedTemporaryFile(prefix="kho-") as held, opened() as stream:
        shutil.copyfileobj(stream, held, 1 << 20)
        held.flush()
        yield Path(held.name)


def _tell(found: list) -> None:
    if not found:
        tell("signing.none")
    for number, each in enumerate(found, 1):
        signature = each.signature
        when = dates.moment(signature.when) if signature.when else "—"
        tell("signing.line", number=number, file=signature.path, signer=signature.signer or "—", when=when)
        for code, values in _told(each):
            click.echo("  " + sentence(code, **values))


def _told(each) -> Iterator[tuple[str, dict[str, object]]]:
    """What is said of one signature, a message code each."""
    signature = each.signature
    intact = {True: "intact", False: "broken", None: "untold"}[signature.intact]
    yield f"system.signature.{intact}", {}
    if each.revisions:
        covers = "signing.covers_whole" if signature.whole else "signing.covers_revision"
        yield covers, {"revision": each.revision, "revisions": each.revisions}
    yield f"system.signature.chain_{signature.chain}", {}
    if any(each.valid):
        first, last = map(dates.shown, each.valid)
        yield "signing.certificate", {"issuer": visible(signature.issuer), "first": first, "last": last}
    if each.stamped:
        code = "signing.stamped" if each.stamp_sound else "signing.stamp_broken"
        yield code, {"when": dates.moment(each.stamped), "by": visible(each.stamped_by)}
    else:
        yield "signing.no_stamp", {}
    yield "signing.revocation_unknown", {}
    if signature.detail:
        yield signature.detail, {}


@signatures.command()
@click.argument("identifier", metavar="MÃ-VĂN-BẢN")
@AS_USER
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    metavar="TỆP.pdf",
    help="Nơi ghi / where to",
)
@click.option(
    "--form", default="SAO Y", show_default=True, metavar="CHỮ", help="Hình thức sao / form of the copy"
)
@with_settings
def copy(settings: Settings, identifier: str, user: str | None, out: Path, form: str) -> None:
    """Bản sao có chữ ký số của cơ quan / a copy signed by the organisation.

    Bản PDF tra cứu của văn bản, ký bằng khóa của cơ quan (signing_key) với khối chữ ký theo Nghị định 30/2020/NĐ-CP. Tệp gốc
    không bị đụng tới / the access copy, signed with the organisation's key; originals are never touched.

    \b
    Ví dụ / example:  kho signatures copy H30.01:ho-so-12:003 --as lan --out ban-sao.pdf
    """
    from archive.signing import signer

    archive = Archive(settings, wiring_write.access_log(settings))
    with signer.seal(settings) as seal:
        made = seal.copy(archive.reader().searchable_pdf(actor_of(archive, user), identifier), form)
    durable.write_file(out.absolute(), made)
    tell("signing.copied", path=out, organisation=seal.organisation)
