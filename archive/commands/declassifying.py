"""`kho declassify`: lift the grade of a document that is held as secret."""

from __future__ import annotations

import click

from archive import wiring_write
from archive.commands.explaining import RECORD
from archive.commands.rights import BASIS
from archive.console import JSON, emit_json, tell, warn, with_settings
from archive.settings import Settings


@click.command()
@RECORD
@BASIS
@JSON
@with_settings
def declassify(settings: Settings, record: str, basis: str, as_json: bool) -> None:
    """Ghi nhận một văn bản đã giải mật, hoặc bị ghi mật do nhầm / put on record that a document is secret no more.

    Chưa mở ngay: bản gốc không được giữ nên phải nạp lại, với mục lục ghi rõ «Thường» hoặc «Đã giải mật theo …» ở
    cột Độ mật. Văn bản cùng nội dung ở mọi hồ sơ, mọi phông được giải mật cùng lúc / it opens when its scan is
    delivered again with a catalogue that says so; equal bytes in all dossiers and fonds are released together.
    Bản ghi của hệ thống cũ mở khi chạy lại kho ingest snapshot / a record of a closed system when its snapshot is taken over again.

    \b
    Ví dụ / example:
      kho declassify H30.01:hs-12:003 --basis "QĐ 12/QĐ-UBND ngày 03/02/2026"
    """
    act = wiring_write.declassify(settings, record, basis)
    if as_json:
        emit_json(act)
        return
    for released in act.records:
        tell("declassify.done", record=released, basis=basis.strip())
    for other in act.still:
        warn("declassify.still", record=record, other=other)
    for package in act.damaged:
        warn("declassify.damaged", package=package)
    if act.system:
        tell("declassify.next_system", record=record, system=act.system)
    else:
        tell("declassify.next", record=record)
