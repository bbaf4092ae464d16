"""`kho keeper`: runs the keeper alone, for installations where the web process has a login of its own."""

from __future__ import annotations

import signal
import threading

import click

from archive import home
from archive.console import tell, with_settings
from archive.settings import Settings


@click.command()
@with_settings
def keeper(settings: Settings) -> None:
    """Giữ nhật ký, phiên, mật khẩu của trang tra cứu / keep log, sessions and secrets of the look-up.

    \b
    Ví dụ / example:  kho keeper --home kho-huyen
    `kho serve` tự mở tiến trình này; chạy riêng khi trang tra cứu có tài khoản máy của nó (kho serve --web-only).
    `kho serve` starts it by itself; run it alone when the look-up has a login of its own (kho serve --web-only).
    """
    from archive.audit import journal
    from archive.keeper import desk, server

    home.check(settings)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with journal.of_home(settings) as sink, server.serving(settings.run, desk.verbs(settings, sink)):
        tell("keeper.started", path=settings.run)
        ended.wait()
