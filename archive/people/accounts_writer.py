"""Local accounts, write side: used by the `kho` command only, never by the web process."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from archive import durable, sealed
from archive.errors import NotFound, UsageError
from archive.ids import fonds_code
from archive.keeper import credentials
from archive.keeper.credentials import Credentials
from archive.keeper.credentials_writer import CredentialsWriter, hash_password
from archive.people import blocked
from archive.people.accounts import SECRET_FILE, Account, Accounts, key_line, to_plain, valid_name
from archive.people.blocked import Blocked
from archive.rights.access import EVERY_UNIT, ROLES, Grant
from archive.settings import now

_MODE = 0o640
"""The group may read: `kho serve` can run under an account of its own that shares the folder's group."""
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class AccountsWriter(Accounts):
    """Every change raises the account's epoch, which ends its open sessions.

    `record` is told what an account is about to become, and why (a message code `account_change.*`), before anything is
    written; when it raises, nothing is.
    """

    def __init__(self, root: Path, record: Callable[[Account, str], object] = lambda *_: None) -> None:
        super().__init__(root)
        self._record = record
        self.credentials = CredentialsWriter(root.parent / credentials.FOLDER, root)

    def init(self) -> None:
        """Make the folders and the key that signs session cookies; an existing key is kept."""
        self.credentials.init()
        durable.make_folder(self.root)
        path = self.root / SECRET_FILE
        if not path.exists():
            secret = secrets.token_hex(32).encode()
            durable.write_file(path, secret + b"\n" + key_line(secret) + b"\n", _MODE)

    @staticmethod
    def make_password() -> str:
        """A random password that is easy to read out and copy by hand: 74 bits, no look-alike characters."""
        return "-".join("".join(secrets.choice(_READABLE) for _ in range(5)) for _ in range(3))

    def add(
        self,
        name: str,
        password: str,
        grants: Sequence[Grant] = (),
        display_name: str = "",
        *,
        must_change: bool = False,
    ) -> Account:
        """A new account. Raises UsageError for a bad or taken name, a weak password or an unknown role.

        `must_change`: the password is good for one sign-in, at which another is chosen.
        """
        if not valid_name(name):
            raise UsageError("error.account_name", name=name)
        if self.find(name):
            raise UsageError("error.account_exists", name=name)
        account = Account(name, display_name or name, _checked(grants))
        hashed = hash_password(name, password)
        self._record(account, "account_change.added")
        self.credentials.put(name, Credentials(hashed, must_change, _today(must_change)))
        return self._write(account)

    def add_all(self, wanted: Sequence[tuple[str, str, str, Sequence[Grant]]]) -> list[Account]:
        """Several new accounts (name, password for one sign-in, display name, grants), or none of them."""
        made: list[Account] = []
        try:
            for name, password, display_name, grants in wanted:
                made.append(self.add(name, password, grants, display_name, must_change=True))
        except BaseException:
            for account in made:
                durable.remove_tree(self.root / f"{account.name}.json")
                durable.remove_tree(self.credentials.folder / f"{account.name}.json")
            raise
        return made

    def set_password(self, name: str, password: str, *, must_change: bool = False) -> Account:
        """Ends the open sessions first. The second factor stays; one not yet confirmed may be known to others."""
        hashed = hash_password(name, password)
        account = self._change(name, "account_change.password_set")
        self.credentials.change(
            name,
            lambda old: replace(
                old, password=hashed, must_change=must_change, given=_today(must_change), pending=""
            ),
        )
        return account

    def reset_second_factor(self, name: str) -> Account:
        """For a lost phone: the next sign-in sets up another one where the role asks for it."""
        account = self._change(name, "account_change.code_reset")
        self.credentials.change(name, lambda old: replace(old, totp="", pending="", recovery=()))
        return account

    def set_grants(self, name: str, grants: Sequence[Grant]) -> Account:
        return self._change(name, "account_change.granted", grants=_checked(grants))

    def grant(self, name: str, grants: Sequence[Grant]) -> Account:
        """Add grants; one for a unit takes the place of what the account had for that unit."""
        return self.set_grants(name, (*self._without(name, {grant.unit for grant in grants}), *grants))

    def revoke(self, name: str, units: Collection[str]) -> Account:
        """Take back what the account has for `units`. Raises UsageError for a unit it has no grant for."""
        for unit in units:
            if unit not in {grant.unit for grant in self._existing(name).grants}:
                raise UsageError("error.account_not_granted", name=name, unit=unit)
        return self.set_grants(name, self._without(name, units))

    def _without(self, name: str, units: Collection[str]) -> tuple[Grant, ...]:
        return tuple(grant for grant in self._existing(name).grants if grant.unit not in units)

    def disable(self, name: str) -> Account:
        """The account stays on file and can no longer sign in; open sessions end with their next request."""
        return self._change(name, "account_change.disabled", disabled=True)

    def enable(self, name: str) -> Account:
        return self._change(name, "account_change.enabled", disabled=False)

    def block(self, person: Blocked) -> None:
        """Shut out a person of the sign-in provider, whatever the provider says of them."""
        with self.credentials.locked():
            others = [one for one in blocked.load(self.root) if not one.means(person.name, person.subject)]
            self._record(Account(person.name or person.subject, "", disabled=True), "account_change.disabled")
            self._write_blocked([*others, person])

    def unblock(self, person: Blocked) -> bool:
        """Let them in again; False when they were not shut out."""
        with self.credentials.locked():
            known = blocked.load(self.root)
            others = [one for one in known if not one.means(person.name, person.subject)]
            if len(others) == len(known):
                return False
            self._record(Account(person.name or person.subject, ""), "account_change.enabled")
            self._write_blocked(others)
            return True

    def _write_blocked(self, people: Sequence[Blocked]) -> None:
        content = sealed.dumps({"people": [asdict(one) for one in people]})
        durable.write_file(self.root / blocked.FILE, content, _MODE)

    def all(self) -> list[Account]:
        """Every account by name, disabled ones included."""
        return [account for name in self.names() if (account := self.find(name))]

    def _existing(self, name: str) -> Account:
        account = self.find(name)
        if account is None:
            raise NotFound("error.account_not_found", name=name)
        return account

    def _change(self, name: str, why: str, **changes: object) -> Account:
        with self.credentials.locked():
            account = self._existing(name)
            changed = replace(account, epoch=account.epoch + 1, **changes)
            self._record(changed, why)
            self._move_old_secret(name)
            return self._write(changed)

    def _move_old_secret(self, name: str) -> None:
        """Accounts of older homes hold their hash in their own file, which is about to be written without it."""
        if not (self.credentials.folder / f"{name}.json").exists() and (old := self.credentials.find(name)):
            self.credentials.put(name, old)

    def _write(self, account: Account) -> Account:
        durable.write_file(self.root / f"{account.name}.json", sealed.dumps(to_plain(account)), _MODE)
        return account


def _today(must_change: bool) -> str:
    """The day a password for one sign-in was given; "" for one that its owner chose."""
    return now().date().isoformat() if must_change else ""


def _checked(grants: Sequence[Grant]) -> tuple[Grant, ...]:
    for grant in grants:
        if grant.unit != EVERY_UNIT:
            fonds_code(grant.unit)
        if grant.role not in ROLES:
            raise UsageError("error.account_role", role=grant.role, roles=", ".join(ROLES))
        if grant.valid_from and grant.valid_to and grant.valid_to < grant.valid_from:
            raise UsageError("error.account_span", first=grant.valid_from, last=grant.valid_to)
    return tuple(grants)
