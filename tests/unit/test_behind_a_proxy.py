"""Where a request comes from: the proxy that stands before the look-up is believed, and nobody else."""

import pytest
from waitress.adjustments import Adjustments
from waitress.proxy_headers import proxy_headers_middleware

from webui.commands import behind


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
