"""Secrets of accounts, write side: the keeper and `kho user` only. Every change holds the lock of the folder."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator

from archive import durable, sealed
from archive.errors import NotFound, UsageError
from archive.keeper.credentials import HASHER, Credentials, CredentialStore

SHORTEST_PASSWORD = 8
_MODE = 0o600


class CredentialsWriter(CredentialStore):
    """Makes and changes secrets."""

    def init(self) -> None:
        durable.make_folder(self.folder)
        os.chmod(self.folder, 0o700)

    def put(self, name: str, credentials: Credentials) -> None:
        if not self.folder.is_dir():
            self.init()
        content = sealed.dumps(dataclasses.asdict(credentials))
        durable.write_file(self.folder / f"{name}.json", content, _MODE)

    def change(self, name: str, change: Callable[[Credentials], Credentials]) -> Credentials:
        """Replace what is on file by `change` of it; nothing comes between reading and writing."""
        with self.locked():
            found = self.find(name)
            if found is None:
                raise NotFound("error.account_not_found", name=name)
            changed = change(found)
            if changed != found:
                self.put(name, changed)
            return changed

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One change of accounts or secrets at a time, between processes and threads."""
        if not self.folder.is_dir():
            self.init()
        with durable.lock(self.folder / ".lock", wait=True):
            yield


def hash_password(name: str, password: str) -> str:
    """argon2id of a new password. Raises UsageError as `check_password`."""
    check_password(name, password)
    return HASHER.hash(password)


def check_password(name: str, password: str) -> None:
    """Raises UsageError for a new password too short, or too short without the account's name in it."""
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError("error.account_password", shortest=SHORTEST_PASSWORD)
    if len(password.lower().replace(name, "")) < SHORTEST_PASSWORD and name in password.lower():
        raise UsageError("error.password_named", shortest=SHORTEST_PASSWORD)
