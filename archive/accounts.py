"""Local accounts, read side: one JSON file per account in `<home>/accounts`, checked anew at each request.

{"name", "display_name", "password" (argon2id), "grants": [{"unit", "role", "valid_from", "valid_to"}],
"epoch", "disabled"}. `epoch` grows with every change, so that sessions begun before the change end.
"""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from archive.access import Actor, Grant
from archive.errors import HomeError, NotFound
from archive.home_identity import FOLDER_IDENTITY

HASHER = PasswordHasher()  # argon2id, RFC 9106 low-memory profile
SECRET_FILE = "secret.key"

_LOG = logging.getLogger(__name__)

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}\Z")


@dataclass(frozen=True)
class Account:
    """One account on file. `password` is an argon2id hash, never the password."""

    name: str
    display_name: str
    password: str
    grants: tuple[Grant, ...] = ()
    epoch: int = 1
    disabled: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(self.name, self.display_name, self.grants)


def valid_name(name: str) -> bool:
    """Lower-case letters, digits, `.`, `-`, `_`; at most 50 characters; not the folder's own identity file."""
    return _NAME.match(name) is not None and f"{name}.json" != FOLDER_IDENTITY


class Accounts:
    """Reads account files; opens nothing for writing."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def names(self) -> list[str]:
        return sorted(path.stem for path in self.root.glob("*.json") if valid_name(path.stem))

    def find(self, name: str) -> Account | None:
        """The account, disabled ones included; None when there is none.

        HomeError when its file is damaged or may not be read.
        """
        if not valid_name(name):
            return None
        path = self.root / f"{name}.json"
        try:
            return from_plain(json.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except PermissionError as error:
            raise HomeError("error.account_forbidden", file=path.name) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise HomeError("error.account_unreadable", file=path.name) from error

    def actor(self, name: str) -> Actor:
        """The actor of an account that may sign in. Raises NotFound for missing and disabled ones alike."""
        account = self.find(name)
        if account is None or account.disabled:
            raise NotFound("error.account_not_found", name=name)
        return account.actor

    def check(self, name: str, password: str) -> Account | None:
        """The account when name and password fit and it is enabled. Costs one hash whatever the answer.

        An account that cannot be read answers like a missing one; the log says why.
        """
        account = self._readable(name)
        right = _verify(account.password if account else _unusable_hash(), password)
        return account if account and right and not account.disabled else None

    def _readable(self, name: str) -> Account | None:
        try:
            return self.find(name)
        except HomeError as error:
            _LOG.error("sign-in of an account that cannot be read: %s", error)
            return None

    def secret(self) -> bytes:
        """The key that signs session cookies, made by `kho init`. Raises HomeError when absent or unreadable."""
        try:
            secret = (self.root / SECRET_FILE).read_bytes().strip()
        except FileNotFoundError as error:
            raise HomeError("error.secret_missing", file=SECRET_FILE) from error
        except OSError as error:
            raise HomeError("error.account_forbidden", file=SECRET_FILE) from error
        if len(secret) < 32:
            raise HomeError("error.secret_missing", file=SECRET_FILE)
        return secret


def _verify(hashed: str, password: str) -> bool:
    try:
        return HASHER.verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False


@cache
def _unusable_hash() -> str:
    """A hash checked in place of a missing account's, so that both answers take the same time."""
    return HASHER.hash("\x00no such account")


def from_plain(plain: dict) -> Account:
    return Account(
        name=plain["name"],
        display_name=plain["display_name"],
        password=str(plain["password"]),
        grants=tuple(_grant(row) for row in plain["grants"]),
        epoch=int(plain["epoch"]),
        disabled=bool(plain["disabled"]),
    )


def to_plain(account: Account) -> dict:
    return {
        "name": account.name,
        "display_name": account.display_name,
        "password": account.password,
        "grants": [
            {
                "unit": grant.unit,
                "role": grant.role,
                "valid_from": grant.valid_from.isoformat() if grant.valid_from else None,
                "valid_to": grant.valid_to.isoformat() if grant.valid_to else None,
            }
            for grant in account.grants
        ],
        "epoch": account.epoch,
        "disabled": account.disabled,
    }


def _grant(row: dict) -> Grant:
    day = {key: date.fromisoformat(row[key]) if row[key] else None for key in ("valid_from", "valid_to")}
    return Grant(unit=row["unit"], role=row["role"], **day)
