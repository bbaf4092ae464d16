"""Sign-in through another provider (OpenID Connect), as set up in the `[oidc]` table of `<home>/kho.toml`. Read side.

    [oidc]
    issuer = "https://dang-nhap.tinh.example"
    client_id = "kho"
    secret_file = "secrets/oidc.secret"     # in the home; leave out for a client without a secret
    label = "Đăng nhập một lần của tỉnh"
    unit_claim = "units"                    # a word or a list of words
    role_claim = "roles"
    [oidc.units]
    "don-vi-01" = "00004.2025"              # the provider's word -> unit id ("*": every unit)
    [oidc.roles]
    "chuyen-vien" = "official"

A word that is in no table grants nothing; nobody sees more than these tables say.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from archive.errors import UsageError
from archive.rights.access import ROLES, Grant

LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class OidcSettings:
    """`second_factor`: words of the claim `amr` that count as one, for the roles that need it."""

    issuer: str
    client_id: str
    secret_file: str = ""
    label: str = ""
    scopes: str = "openid profile"
    name_claim: str = "preferred_username"
    display_claim: str = "name"
    unit_claim: str = "units"
    role_claim: str = "roles"
    second_factor: tuple[str, ...] = ("mfa", "otp", "hwk")
    units: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).hostname or ""

    def grants(self, claims: Mapping[str, object]) -> tuple[Grant, ...]:
        """A grant for each mapped unit in each mapped role; none when either is missing."""
        units = _mapped(claims.get(self.unit_claim), self.units)
        roles = _mapped(claims.get(self.role_claim), self.roles)
        return tuple(Grant(unit, role) for unit in units for role in roles)


def load(home: Path) -> OidcSettings | None:
    """None when no provider is set up. Raises UsageError for a table that cannot be meant."""
    config = home / "kho.toml"
    try:
        table = tomllib.loads(config.read_text(encoding="utf-8")).get("oidc")
    except FileNotFoundError:
        return None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError("error.config_unreadable", file=config, reason=error) from error
    if table is None:
        return None
    try:
        made = OidcSettings(
            **{key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
        )
    except TypeError as error:
        known = ", ".join(spec.name for spec in dataclasses.fields(OidcSettings))
        raise UsageError("error.oidc_config", file=config, known=known, reason=error) from error
    _check(made, config)
    return made


def _check(made: OidcSettings, config: Path) -> None:
    if not is_safe(made.issuer):
        raise UsageError("error.oidc_issuer", file=config, issuer=made.issuer)
    unknown = sorted(set(made.roles.values()) - set(ROLES))
    if unknown:
        raise UsageError("error.account_role", role=", ".join(unknown), roles=", ".join(ROLES))


def is_safe(address: str) -> bool:
    """https, or plain http on this machine only."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)


def _mapped(words: object, table: Mapping[str, str]) -> list[str]:
    listed = words if isinstance(words, list) else [words]
    return list(dict.fromkeys(table[word] for word in listed if isinstance(word, str) and word in table))
