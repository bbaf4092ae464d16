"""An OpenID Connect provider on this machine that holds clients to PKCE, and a person who signs in with it."""

import base64
import contextlib
import hashlib
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import flask
import oidc_provider_mock
import requests
import werkzeug.serving

CLIENT = "kho-test"
PEOPLE = (
    (
        "lan",
        {"name": "Trần Thị Lan", "preferred_username": "lan.tt", "units": ["dv-a"], "roles": "chuyen-vien"},
    ),
    ("hai", {"name": "Hai Đơn Vị", "units": ["dv-a", "dv-b", "dv-la"], "roles": ["chuyen-vien", "la"]}),
    ("la", {"name": "Người Lạ", "units": ["dv-khac"], "roles": ["chuyen-vien"]}),
    ("khong", {"name": "Không Khai"}),
    ("tt", {"name": "Thanh Tra", "units": "tat-ca", "roles": "thanh-tra"}),
    ("tt2", {"name": "Thanh Tra", "units": "tat-ca", "roles": "thanh-tra", "amr": ["pwd", "otp"]}),
    (
        "doc",
        {"name": "Độc\nhại", "preferred_username": "a\u202eb\n", "units": "dv-a", "roles": "chuyen-vien"},
    ),
)


def config(issuer: str) -> str:
    """The `[oidc]` table of a home that trusts the provider at `issuer`."""
    return f"""
[oidc]
issuer = "{issuer}"
client_id = "{CLIENT}"
secret_file = "secrets/oidc.secret"
label = "Đăng nhập một lần"
[oidc.units]
dv-a = "UBND-AN-BINH"
dv-b = "UBND-PHU-MY"
tat-ca = "*"
[oidc.roles]
chuyen-vien = "official"
thanh-tra = "auditor"
"""


@contextlib.contextmanager
def provider() -> Iterator[str]:
    """The issuer's address while it runs."""
    people = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in PEOPLE]
    app = oidc_provider_mock.app(require_nonce=True, user_claims=people)
    _hold_to_pkce(app)
    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def _hold_to_pkce(app: flask.Flask) -> None:
    """RFC 7636: no challenge, no code; no fitting verifier, no token. The provider alone does not insist on it."""
    challenges: dict[str, str] = {}

    @app.after_request
    def remember(response):
        location = parse_qs(urlsplit(response.headers.get("Location", "")).query)
        if flask.request.path == "/oauth2/authorize" and "code" in location:
            assert flask.request.args["code_challenge_method"] == "S256"
            challenges[location["code"][0]] = flask.request.args["code_challenge"]
        return response

    @app.before_request
    def insist():
        if flask.request.path == "/oauth2/token":
            digest = hashlib.sha256(flask.request.form.get("code_verifier", "").encode()).digest()
            wanted = challenges.pop(flask.request.form.get("code", ""), None)
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != wanted:
                return {"error": "invalid_grant"}, 400
        return None


def sign_in_there(address: str, person: str) -> str:
    """What a browser does at the provider: the address it is sent back to."""
    answer = requests.post(address, data={"sub": person}, allow_redirects=False, timeout=10)
    return answer.headers["Location"]
