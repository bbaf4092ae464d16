"""Secrets of accounts, read side: one JSON file each in `<home>/secrets`, which the web account cannot read.

{"password" (argon2id), "must_change", "given" (day), "totp" (base32), "totp_step", "pending", "recovery" (digests), "addresses"}.
Homes made before this folder was there hold the hash in the account's own file; it moves with the next change.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from archive import sealed
from archive.errors import HomeError

HASHER = PasswordHasher()  # argon2id, RFC 9106 low-memory profile
FOLDER = "secrets"
KEPT_ADDRESSES = 8


@dataclass(frozen=True)
class Credentials:
    """What an account is known by. `password` is a hash; `pending` a second factor not yet confirmed.

    `given`: the ISO day on which a password that must be changed was given to its owner; "" when nobody noted it.
    """

    password: str
    must_change: bool = False
    given: str = ""
    totp: str = ""
    totp_step: int = -1
    pending: str = ""
    recovery: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def fits(self, password: str) -> bool:
        """Costs one hash."""
        try:
            return HASHER.verify(self.password, password)
        except (Argon2Error, InvalidHashError):
            return False

    def good_until(self, days: int) -> date | None:
        """The last day of a password that must be changed, when it is good for so many days (0: for ever)."""
        if not (self.must_change and self.given and days):
            return None
        return date.fromisoformat(self.given) + timedelta(days=days)

    def met_at(self, address: str) -> Credentials:
        """The same with `address` remembered as one this account signs in from."""
        others = tuple(known for known in self.addresses if known != address)
        return replace(self, addresses=(*others, address)[-KEPT_ADDRESSES:])


class CredentialStore:
    """Reads secrets; opens nothing for writing."""

    def __init__(self, folder: Path, accounts: Path) -> None:
        self.folder = folder
        self.accounts = accounts

    def find(self, name: str) -> Credentials | None:
        """None when there is nothing on file; HomeError when it is damaged or may not be read."""
        path = self.folder / f"{name}.json"
        try:
            plain = sealed.loads(path.read_bytes())
            return Credentials(
                **{key: tuple(value) if isinstance(value, list) else value for key, value in plain.items()}
            )
        except FileNotFoundError:
            return self._of_old(name)
        except PermissionError as error:
            raise HomeError("error.secret_forbidden", file=path.name) from error
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise HomeError("error.account_unreadable", file=path.name) from error

    def _of_old(self, name: str) -> Credentials | None:
        try:
            plain = json.loads((self.accounts / f"{name}.json").read_bytes())
            return Credentials(str(plain["password"])) if plain.get("password") else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError, AttributeError) as error:
            raise HomeError("error.account_unreadable", file=f"{name}.json") from error


@cache
def nobody() -> Credentials:
    """Checked in place of a missing account's, so that both answers take the same time."""
    return Credentials(HASHER.hash("\x00no such account"))
