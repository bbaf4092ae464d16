"""What the server takes: requests of a form's length, and the word of the proxy before it on where they come from."""

import socket

import pytest
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser
from waitress.proxy_headers import proxy_headers_middleware

from archive import cli
from archive.keeper import supervise
from webui.commands import BOUNDS, behind


def _seen(proxy: str, told: str) -> str:
    """Address and scheme that the application is told of a request from 127.0.0.1."""
    set_up = Adjustments(**behind(proxy))
    application = proxy_headers_middleware(
        lambda environ, start: f"{environ['REMOTE_ADDR']} {environ['wsgi.url_scheme']}",
        trusted_proxy=set_up.trusted_proxy,
        trusted_proxy_count=set_up.trusted_proxy_count,
        trusted_proxy_headers=set_up.trusted_proxy_headers,
        clear_untrusted=set_up.clear_untrusted_proxy_headers,
    )
    asked = {
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "50000",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "kho",
    }
    asked |= {"SERVER_NAME": "kho", "SERVER_PORT": "80"}
    return application({**asked, "HTTP_X_FORWARDED_FOR": told, "HTTP_X_FORWARDED_PROTO": "https"}, None)


@pytest.mark.parametrize(
    ("proxy", "told", "seen"),
    [
        ("127.0.0.1", "198.51.100.7", "198.51.100.7 https"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.7", "198.51.100.7 https"),
        ("", "198.51.100.7", "127.0.0.1 http"),
        ("192.0.2.1", "198.51.100.7", "127.0.0.1 http"),
    ],
)
def test_only_the_proxy_is_believed_and_of_it_only_what_it_saw_itself(proxy, told, seen):
    assert _seen(proxy, told) == seen


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"Content-Length: 1000", None),
        (b"Content-Length: 1000000000", 413),
        (b"X-Long: " + b"a" * 100_000, 431),
    ],
)
def test_a_request_too_long_for_a_form_is_refused_before_it_is_kept(head, code):
    parser = HTTPRequestParser(Adjustments(**BOUNDS))
    parser.received(b"POST /signin HTTP/1.1\r\nHost: kho\r\n" + head + b"\r\n\r\n")
    assert (parser.error.code if parser.error else None) == code


def test_what_a_new_archive_lacks_is_told(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(supervise, "run", lambda *_: 0)
    for arguments in (["init"], ["serve", "--port", str(_free_port())]):
        with pytest.raises(SystemExit):
            cli.main(["--home", str(tmp_path / "kho"), *arguments])
    told = capsys.readouterr()
    assert "kho publish" in told.err and "kho user add" in told.err and "Đã dừng" in told.out


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
