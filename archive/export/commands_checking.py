"""`kho verify-export`: is an export as it left the archive? Needs no archive."""

from __future__ import annotations

from pathlib import Path

import click

from archive import console
from archive.audit.commands_reading import HEADS, held_heads
from archive.console import JSON, LANG, emit_json, sentence, tell
from archive.export.verify import Verified, verify
from archive.text import visible
from archive.usage import There


@click.command("verify-export")
@click.argument("file", type=There(folder=None), metavar="TỆP|THƯ-MỤC")
@HEADS
@click.option(
    "--key", "keys", multiple=True, metavar="MÃ", help="Mã khóa giữ ở ngoài / id of a key held outside"
)
@JSON
@LANG
def verify_export(
    file: Path, held: tuple[str, ...], keys: tuple[str, ...], as_json: bool, lang: str | None
) -> int:
    """Kiểm tra một bản xuất; không cần kho / check an export; needs no archive.

    Tệp ZIP như khi xuất, hoặc thư mục đã giải nén. Nêu tên từng tệp bị đổi, thiếu, thừa / the ZIP as it was written or
    its unpacked folder; names every changed, missing and extra entry.

    \b
    Ví dụ / examples:
      kho verify-export ho-so-12.zip
      kho verify-export ho-so-12.zip --head bang-ke-31-12.html

    Mã thoát / exit code: 0 nguyên vẹn / intact, 1 không nguyên vẹn / not intact.
    """
    result = verify(file, held_heads(held), keys)
    if as_json:
        emit_json({"intact": not result.findings, **vars(result)})
    else:
        _tell(result)
    return console.SOME_REFUSED if result.findings else console.OK


def _tell(result: Verified) -> None:
    for one in result.findings:
        click.echo(sentence(one.code, file=visible(one.file or ""), **one.values))
    told = result.certificate
    if told:
        who = told.get("actor", {})
        tell(
            "export.checked.by",
            name=who.get("name", ""),
            account=who.get("account", ""),
            when=told.get("began", ""),
        )
    code = "broken" if result.findings else "intact"
    tell(f"export.checked.{code}", count=len(result.findings), files=result.files, bytes=result.bytes)
    if not result.anchored and result.key:
        tell("export.checked.key", key=result.key)
