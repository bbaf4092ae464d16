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
    """Giữ nhật ký, phiên làm việc và mật khẩu cho trang tra cứu / keep the log, sessions and secrets of the look-up.

    `kho serve` tự mở tiến trình này / starts it by itself. Chạy riêng khi trang tra cứu có tài khoản máy của nó
    (`kho web`): xem README / run it alone when the web process has a login of its own: see README.
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
