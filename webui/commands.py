"""`kho serve`: the look-up on one address of this machine."""

from __future__ import annotations

import socket
from dataclasses import replace

import click
import waitress

from archive.console import tell, with_settings
from archive.errors import UsageError
from archive.settings import Settings


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="MÁY",
    help="Địa chỉ của máy này / this machine's address",
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    metavar="CỔNG",
    help="Cổng / port",
)
@click.option(
    "--threads",
    default=8,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Số yêu cầu phục vụ cùng lúc / requests served at the same time",
)
@with_settings
def serve(settings: Settings, host: str, port: int, threads: int) -> None:
    """Mở trang tra cứu chỉ đọc / serve the read-only look-up.

    \b
    Ví dụ / example:  kho serve --home kho-huyen --port 8080
    Chạy bằng tài khoản máy riêng chỉ có quyền đọc được: xem README, «Sign-in accounts».
    It may run under a login of its own that only reads: see README, "Sign-in accounts".
    """
    from webui.app import create_app

    app = create_app(replace(settings, hosts=f"{settings.hosts} {host}"))
    _refuse_busy_port(host, port)
    tell("serve.started", address=f"http://{host}:{port}")
    waitress.serve(app, host=host, port=port, threads=threads, ident=None)


def _refuse_busy_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError("error.port_busy", host=host, port=port, reason=error) from error
