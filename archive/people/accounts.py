"""Local accounts, read side: one JSON file per account in `<home>/accounts`, checked anew at each request.

{"name", "display_name", "grants": [{"unit", "role", "valid_from", "valid_to", …}], "epoch", "disabled"}.
`epoch` grows with every change, so that sessions begun before the change end. Passwords are in
`archive.keeper.credentials`, out of the web process's reach.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from archive import sealed
from archive.errors import HomeError, NotFound
from archive.home_identity import FOLDER_IDENTITY
from archive.people import blocked
from archive.rights.access import Actor, Grant

SECRET_FILE = "secret.key"

_ALWAYS = ("unit", "role", "valid_from", "valid_to")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,49}\Z")


@dataclass(frozen=True)
class Account:
    """One account on file, without its secrets."""

    name: str
    display_name: str
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
            return from_plain(sealed.loads(path.read_bytes()))
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

    def is_blocked(self, name: str, subject: str) -> bool:
        """Is this person of the sign-in provider shut out here? HomeError when that cannot be known."""
        return any(one.means(name, subject) for one in blocked.load(self.root))

    def secret(self) -> bytes:
        """The key that signs session cookies, made by `kho init`. Raises HomeError when absent or unreadable."""
        try:
            secret, _, stated = (self.root / SECRET_FILE).read_bytes().strip().partition(b"\n")
        except FileNotFoundError as error:
            raise HomeError("error.secret_missing", file=SECRET_FILE) from error
        except OSError as error:
            raise HomeError("error.account_forbidden", file=SECRET_FILE) from error
        if len(secret) < 32 or (stated and stated != key_line(secret)):
            raise HomeError("error.secret_missing", file=SECRET_FILE)
        return secret


def key_line(secret: bytes) -> bytes:
    """The second line of the key's file: by it damage is known."""
    return hashlib.sha256(secret).hexdigest().encode()


def from_plain(plain: dict) -> Account:
    return Account(
        name=plain["name"],
        display_name=plain["display_name"],
        grants=tuple(grant_from_plain(row) for row in plain["grants"]),
        epoch=int(plain["epoch"]),
        disabled=bool(plain["disabled"]),
    )


def to_plain(account: Account) -> dict:
    return {
        "name": account.name,
        "display_name": account.display_name,
        "grants": [grant_to_plain(grant) for grant in account.grants],
        "epoch": account.epoch,
        "disabled": account.disabled,
    }


def grant_to_plain(grant: Grant) -> dict:
    """Every field that is set; `unit`, `role` and both days always."""
    plain = {field.name: getattr(grant, field.name) for field in dataclasses.fields(grant)}
    kept = {name: value for name, value in plain.items() if value or name in _ALWAYS}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in kept.items()}


def grant_from_plain(row: dict) -> Grant:
    """Raises TypeError for a field unknown here: what it would narrow must not be read as if it were not there."""
    days = {key: date.fromisoformat(row[key]) if row.get(key) else None for key in ("valid_from", "valid_to")}
    lists = {key: tuple(value) for key, value in row.items() if isinstance(value, list)}
    return Grant(**{**row, **lists, **days})
