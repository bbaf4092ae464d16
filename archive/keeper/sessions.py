"""Sign-in sessions, read side: one small file per session in `<home>/sessions`, named by the digest of its token.

The token itself (256 bits) is only in the browser's cookie. When a session was last used is its file's time.
Whether its account still stands is not said here: the caller compares `epoch` with the account's.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from archive import sealed
from archive.people.accounts import Account, Accounts, grant_from_plain
from archive.rights.access import Actor, Grant

REFRESH = 60
"""Seconds after which the last-seen time is renewed."""

Stage = Literal["full", "password", "enrol"]
"""What a session may do: everything; only choose a new password; only set up the second factor."""


@dataclass(frozen=True)
class Session:
    """One session. `began` and `seen` are seconds since 1970; a federated session carries its own grants.

    `subject`: the provider's own name of a federated person, issuer/id, which stays the same when they are renamed.
    `revealed`: the items whose personal numbers are shown in it, each after a purpose was put on record.
    """

    key: str
    name: str
    epoch: int
    began: float
    seen: float
    stage: Stage = "full"
    second_factor: bool = False
    address: str = ""
    federated: bool = False
    display_name: str = ""
    grants: tuple[Grant, ...] = ()
    revealed: frozenset[str] = frozenset()
    subject: str = ""

    @property
    def id(self) -> str:
        """What the audit log calls this session: enough to tell it from others, useless to take it over."""
        return self.key[:16]

    @property
    def must_change_password(self) -> bool:
        return self.stage == "password"


class Sessions:
    """Reads session files; opens nothing for writing. `idle` and `absolute` in seconds."""

    def __init__(self, folder: Path, idle: int = 30 * 60, absolute: int = 10 * 3600, clock=time.time) -> None:
        self.folder = folder
        self.idle = idle
        self.absolute = absolute
        self.clock = clock

    def find(self, token: str) -> Session | None:
        """The living session of a token; None for one that ended, never was or cannot be read."""
        return self._read(self._path(token_key(token))) if token else None

    def all(self) -> Iterator[Session]:
        """Every living session, the longest running first."""
        found = (self._read(path) for path in self.folder.glob("*.json"))
        yield from sorted((session for session in found if session), key=lambda session: session.began)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _shown_path(self, key: str) -> Path:
        """A file of its own, so that an ended session is never written again."""
        return self.folder / f"{key}.shown"

    def _revealed(self, key: str) -> frozenset[str]:
        try:
            return frozenset(self._shown_path(key).read_text(encoding="utf-8").split("\n")[:-1])
        except FileNotFoundError:
            return frozenset()

    def _read(self, path: Path) -> Session | None:
        try:
            session = _from_plain(path.stem, sealed.loads(path.read_bytes()), path.stat().st_mtime)
            session = replace(session, revealed=self._revealed(session.key))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return session if self._lives(session) else None

    def _lives(self, session: Session) -> bool:
        now = self.clock()
        return now - session.seen <= self.idle and now - session.began <= self.absolute


def account_of(session: Session, accounts: Accounts) -> Account | None:
    """The account a session stands on, read anew; None when it was disabled or changed since, or is federated."""
    account = None if session.federated else accounts.find(session.name)
    if account is None or account.disabled or account.epoch != session.epoch:
        return None
    return account


def actor_of(session: Session, accounts: Accounts) -> Actor | None:
    """Who a session speaks for now; None when it has ended meanwhile, or its person was shut out."""
    if session.federated and accounts.is_blocked(session.name, session.subject):
        return None
    if session.federated:
        return Actor(session.name, session.display_name, session.grants)
    account = account_of(session, accounts)
    return account.actor if account else None


def token_key(token: str) -> str:
    """The digest a session is filed under."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _from_plain(key: str, plain: dict, seen: float) -> Session:
    return Session(
        key=key,
        name=plain["name"],
        epoch=int(plain["epoch"]),
        began=float(plain["began"]),
        seen=seen,
        stage=plain["stage"],
        second_factor=bool(plain["second_factor"]),
        address=plain["address"],
        federated=bool(plain["federated"]),
        display_name=plain["display_name"],
        grants=tuple(grant_from_plain(row) for row in plain["grants"]),
        subject=plain.get("subject", ""),
    )
