"""`kho serve`: the look-up on one address of this machine, its keeper beside it."""

from __future__ import annotations

import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import click
import waitress

from archive import home_identity
from archive.console import language, tell, warn, with_settings
from archive.errors import UsageError
from archive.keeper import oidc_settings, supervise
from archive.people.accounts import Accounts
from archive.publishing import generation
from archive.settings import Settings

BOUNDS = {"ident": None, "max_request_body_size": 32 * 1024, "max_request_header_size": 32 * 1024}
"""Forms are short: a longer request is refused before anything of it is kept."""


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
@click.option(
    "--web-only",
    is_flag=True,
    help="Chỉ trang tra cứu; kho keeper chạy riêng / the look-up alone; kho keeper runs by itself",
)
@with_settings
def serve(settings: Settings, host: str, port: int, threads: int, web_only: bool) -> int:
    """Mở trang tra cứu chỉ đọc / serve the read-only look-up.

    \b
    Ví dụ / example:  kho serve --home kho-huyen --port 8080
    Hai tiến trình: trang tra cứu không ghi được gì; kho keeper giữ nhật ký, phiên, mật khẩu.
    Two processes: the look-up, which writes nothing, and kho keeper, which keeps log, sessions and secrets.
    Chạy bằng hai tài khoản máy riêng: xem README, «Sign-in accounts» / two logins of their own: see README.
    """
    home_identity.check(settings)
    _refuse_busy_port(host, port)
    if web_only:
        return _look_up(settings, host, port, threads)
    _tell_what_lacks(settings)
    program = str(Path(sys.executable).with_name("kho"))
    kho = [program, "--lang", language(), "--home", str(settings.home)]
    web = ["serve", "--web-only", "--host", host, "--port", str(port), "--threads", str(threads)]
    code = supervise.run([*kho, "keeper"], [*kho, *web], settings.run)
    tell("serve.stopped")
    return code


def _tell_what_lacks(settings: Settings) -> None:
    """Nobody can look anything up before something is published and somebody has an account."""
    if generation.find(settings) is None:
        warn("serve.nothing_published")
    if not (Accounts(settings.accounts).names() or oidc_settings.load(settings.home)):
        warn("serve.nobody")


def _look_up(settings: Settings, host: str, port: int, threads: int) -> int:
    """Serve in this process, which first gives up every right it does not need."""
    from webui import rights

    if not rights.give_up(settings, port):
        warn("serve.not_confined")
    from webui.app import create_app

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    app = create_app(replace(settings, hosts=f"{settings.hosts} {host}"))
    tell("serve.started", address=f"http://{host}:{port}")
    waitress.serve(app, host=host, port=port, threads=threads, **BOUNDS, **behind(settings.proxy))
    return 0


def behind(proxy: str) -> dict[str, object]:
    """What the server must know of the one proxy before it: of the addresses told, the last is the browser's.

    Without one nobody's word is taken for where a request comes from.
    """
    if not proxy:
        return {"clear_untrusted_proxy_headers": True}
    believed = {"x-forwarded-for", "x-forwarded-proto"}
    return {
        "trusted_proxy": proxy,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": believed,
        "clear_untrusted_proxy_headers": True,
    }


def _refuse_busy_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError("error.port_busy", host=host, port=port, reason=error) from error
