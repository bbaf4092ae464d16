"""Sign-in through an OpenID Connect provider: code flow with PKCE, state and nonce. Runs in the keeper.

The keeper holds the client secret and does the talking; the web process calls nobody. A federated session carries
the grants the provider's claims were mapped to, and ends by the same limits as any other.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from archive.audit.entry import Entry
from archive.errors import EngineError, UsageError
from archive.keeper.oidc_settings import OidcSettings, is_safe
from archive.keeper.protocol import Refused, SignedIn
from archive.keeper.sessions_writer import SessionsWriter
from archive.ports import AuditSink
from archive.rights.access import Actor

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]
DISCOVERY = "/.well-known/openid-configuration"
PATIENCE = 10.0
"""Seconds for one answer of the provider."""
PENDING, PENDING_FOR = 1000, 600
"""Sign-ins under way, and seconds each may take."""
REMEMBERED = 3600
"""Seconds the provider's own description is believed."""
LEEWAY = 60

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pending:
    """What must fit when the browser comes back."""

    nonce: str
    verifier: str
    callback: str
    browser: str
    until: float


class Federation:
    """Sign-in with one provider. Safe for use by several threads."""

    def __init__(
        self,
        oidc: OidcSettings | None,
        home: Path,
        sessions: SessionsWriter,
        sink: AuditSink,
        needs_second_factor: Callable[[Actor], bool],
        is_blocked: Callable[[str, str], bool] = lambda name, subject: False,
    ) -> None:
        self._oidc = oidc
        self._home = home
        self._sessions = sessions
        self._sink = sink
        self._needs_second_factor = needs_second_factor
        self._is_blocked = is_blocked
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._lock = threading.Lock()
        self._described: tuple[float, dict] = (0.0, {})

    def begin(self, callback: str, browser: str) -> str:
        """Where to send the browser. Raises UsageError without a provider, EngineError when it does not answer."""
        if self._oidc is None:
            raise UsageError("error.oidc_none")
        nonce, verifier, state = (secrets.token_urlsafe(32) for _ in range(3))
        with self._session(callback) as client:
            address, _ = client.create_authorization_url(
                self._describe(client)["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=verifier,
            )
        with self._lock:
            self._pending[state] = Pending(
                nonce, verifier, callback, _digest(browser), time.monotonic() + PENDING_FOR
            )
            while len(self._pending) > PENDING:
                self._pending.popitem(last=False)
        return address

    def finish(self, answer: str, browser: str, address: str) -> SignedIn | Refused:
        """`answer`: the address the browser came back to. Each `state` is good once, for one browser."""
        state = parse_qs(urlsplit(answer).query).get("state", [""])[0]
        with self._lock:
            pending = self._pending.pop(state, None)
        if pending is None or time.monotonic() > pending.until:
            return self._refused("web.signin.expired", "sign_in.provider_state", address)
        if not hmac.compare_digest(pending.browser, _digest(browser)):
            return self._refused("web.signin.expired", "sign_in.provider_state", address)
        try:
            claims = self._claims(answer, pending)
        except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError) as error:
            _LOG.warning("the sign-in provider's answer was refused: %s", error)
            return self._refused("web.signin.provider", "sign_in.provider_answer", address)
        return self._begin(claims, address)

    # ------------------------------------------------------------------ talking to the provider

    def _claims(self, answer: str, pending: Pending) -> dict:
        """The claims of the signed-in person, checked (OpenID Connect Core 1.0, section 3.1.3.7)."""
        with self._session(pending.callback) as client:
            described = self._describe(client)
            token = client.fetch_token(
                described["token_endpoint"],
                authorization_response=answer,
                code_verifier=pending.verifier,
                timeout=PATIENCE,
            )
            keys = KeySet.import_key_set(_get(client, described["jwks_uri"]))
            signed = jwt.decode(token["id_token"], keys, algorithms=ALGORITHMS)
            claims = CodeIDToken(
                signed.claims,
                signed.header,
                options={
                    "iss": {"essential": True, "value": self._oidc.issuer},
                    "aud": {"essential": True, "value": self._oidc.client_id},
                },
                params={
                    "nonce": pending.nonce,
                    "client_id": self._oidc.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY)
            return self._completed(client, dict(claims), described)

    def _completed(self, client: OAuth2Session, claims: dict, described: Mapping) -> dict:
        """With what the provider tells only on asking; about the same person, never another."""
        wanted = {
            self._oidc.unit_claim,
            self._oidc.role_claim,
            self._oidc.name_claim,
            self._oidc.display_claim,
        }
        if wanted <= claims.keys() or "userinfo_endpoint" not in described:
            return claims
        told = _get(client, described["userinfo_endpoint"], withhold_token=False)
        if told.get("sub") != claims["sub"]:
            raise ValueError("user info about somebody else")
        return {**{name: told[name] for name in wanted & told.keys()}, **claims}

    def _session(self, callback: str) -> OAuth2Session:
        secret = ""
        if self._oidc.secret_file:
            secret = (self._home / self._oidc.secret_file).read_text(encoding="utf-8").strip()
        return OAuth2Session(
            self._oidc.client_id,
            secret or None,
            scope=self._oidc.scopes,
            redirect_uri=callback,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )

    def _describe(self, client: OAuth2Session) -> dict:
        """The provider's description of itself (OpenID Connect Discovery 1.0), read once an hour."""
        until, described = self._described
        if time.monotonic() < until:
            return described
        try:
            described = _get(client, self._oidc.issuer.rstrip("/") + DISCOVERY)
        except (RequestException, ValueError) as error:
            raise EngineError("error.oidc_silent", host=self._oidc.host) from error
        used = [described.get(name, "") for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if described.get("issuer") != self._oidc.issuer or not all(map(is_safe, used)):
            raise EngineError("error.oidc_silent", host=self._oidc.host)
        self._described = (time.monotonic() + REMEMBERED, described)
        return described

    # ------------------------------------------------------------------ the session

    def _begin(self, claims: Mapping, address: str) -> SignedIn | Refused:
        person = str(claims.get(self._oidc.name_claim) or claims["sub"]).strip()
        name = f"{person}@{self._oidc.host}"
        if not person.isprintable() or len(name) > 100:
            return self._refused("web.signin.provider", "sign_in.provider_answer", address)
        display = str(claims.get(self._oidc.display_claim) or person)[:200]
        subject = f"{self._oidc.issuer.rstrip('/')}/{claims['sub']}"
        if self._is_blocked(name, subject):
            return self._refused("web.signin.blocked", "sign_in.blocked", address, name)
        actor = Actor(name, display, self._oidc.grants(claims))
        second = bool(set(self._oidc.second_factor) & set(claims.get("amr") or ()))
        if self._needs_second_factor(actor) and not second:
            return self._refused("web.signin.provider_second", "sign_in.provider_second", address, name)
        self._sink.record(
            Entry(
                "sign-in",
                name,
                object=name,
                why="sign_in.provider",
                address=address,
                detail=_told(actor, claims),
            )
        )
        token = self._sessions.begin(
            name,
            0,
            second_factor=second,
            address=address,
            display_name=display,
            grants=actor.grants,
            subject=subject,
        )
        return SignedIn(token, "full")

    def _refused(self, code: str, why: str, address: str, name: str = "") -> Refused:
        self._sink.record(
            Entry("sign-in-refused", name, object=name, outcome="refused", why=why, address=address)
        )
        return Refused(code)


def _told(actor: Actor, claims: Mapping) -> dict[str, object]:
    """What the log keeps of a federated person, on file nowhere else: rights, and what the provider never renames."""
    return {
        "subject": str(claims["sub"])[:200],
        "grants": [f"{grant.role} {grant.unit}" for grant in actor.grants],
    }


def _get(client: OAuth2Session, address: str, withhold_token: bool = True) -> dict:
    answer = client.get(address, withhold_token=withhold_token, timeout=PATIENCE, allow_redirects=False)
    answer.raise_for_status()
    content = answer.json()
    if not isinstance(content, dict):
        raise ValueError(f"no object at {address}")
    return content


def _digest(browser: str) -> str:
    return hashlib.sha256(browser.encode()).hexdigest()
