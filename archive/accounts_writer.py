"""Local accounts, write side: used by the `kho` command only, never by the web process."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace

from archive import durable
from archive.access import EVERY_UNIT, ROLES, Grant
from archive.accounts import HASHER, SECRET_FILE, Account, Accounts, to_plain, valid_name
from archive.errors import NotFound, UsageError
from archive.ids import fonds_code

SHORTEST_PASSWORD = 8
_MODE = 0o640
"""The group may read: `kho serve` can run under an account of its own that shares the folder's group."""
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class AccountsWriter(Accounts):
    """Every change raises the account's epoch, which ends its open sessions."""

    def init(self) -> None:
        """Make the folder and the key that signs session cookies; an existing key is kept."""
        durable.make_folder(self.root)
        path = self.root / SECRET_FILE
        if not path.exists():
            durable.write_file(path, secrets.token_hex(32).encode() + b"\n", _MODE)

    @staticmethod
    def make_password() -> str:
        """A random password that is easy to read out and copy by hand: 74 bits, no look-alike characters."""
        return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(3))

    def add(self, name: str, password: str, grants: Sequence[Grant] = (), display_name: str = "") -> Account:
        """A new account. Raises UsageError for a bad or taken name, a weak password or an unknown role."""
        if not valid_name(name):
            raise UsageError("error.account_name", name=name)
        if self.find(name):
            raise UsageError("error.account_exists", name=name)
        account = Account(name, display_name or name, _hash(name, password), _checked(grants))
        return self._write(account)

    def set_password(self, name: str, password: str) -> Account:
        return self._change(name, password=_hash(name, password))

    def set_grants(self, name: str, grants: Sequence[Grant]) -> Account:
        return self._change(name, grants=_checked(grants))

    def disable(self, name: str) -> Account:
        """The account stays on file and can no longer sign in; open sessions end with their next request."""
        return self._change(name, disabled=True)

    def enable(self, name: str) -> Account:
        return self._change(name, disabled=False)

    def all(self) -> list[Account]:
        """Every account by name, disabled ones included."""
        return [account for name in self.names() if (account := self.find(name))]

    def _change(self, name: str, **changes: object) -> Account:
        account = self.find(name)
        if account is None:
            raise NotFound("error.account_not_found", name=name)
        return self._write(replace(account, epoch=account.epoch + 1, **changes))

    def _write(self, account: Account) -> Account:
        content = json.dumps(to_plain(account), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        durable.write_file(self.root / f"{account.name}.json", content.encode(), _MODE)
        return account


def _hash(name: str, password: str) -> str:
    if len(password) < SHORTEST_PASSWORD or password.lower() == name:
        raise UsageError("error.account_password", shortest=SHORTEST_PASSWORD)
    return HASHER.hash(password)


def _checked(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    for grant in grants:
        if grant.unit != EVERY_UNIT:
            fonds_code(grant.unit)
        if grant.role not in ROLES:
            raise UsageError("error.account_role", role=grant.role, roles=", ".join(ROLES))
    return tuple(grants)
