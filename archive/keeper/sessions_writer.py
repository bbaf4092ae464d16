"""Sign-in sessions, write side: the keeper and `kho user` only."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable, Sequence

from archive import durable, sealed
from archive.keeper.sessions import REFRESH, Session, Sessions, Stage, token_key
from archive.people.accounts import grant_to_plain
from archive.rights.access import Grant

_MODE = 0o640


class SessionsWriter(Sessions):
    """Begins, renews and ends sessions."""

    def begin(
        self,
        name: str,
        epoch: int,
        *,
        stage: Stage = "full",
        second_factor: bool = False,
        address: str = "",
        display_name: str = "",
        grants: Sequence[Grant] | None = None,
        subject: str = "",
    ) -> str:
        """A new session; returns its token, which is kept nowhere. `grants` make it a federated one."""
        token = secrets.token_urlsafe(32)
        plain = {
            "name": name,
            "epoch": epoch,
            "began": self.clock(),
            "stage": stage,
            "second_factor": second_factor,
            "address": address,
            "federated": grants is not None,
            "display_name": display_name,
            "grants": [grant_to_plain(grant) for grant in grants or ()],
            "subject": subject,
        }
        path = self._path(token_key(token))
        durable.write_file(path, sealed.dumps(plain), _MODE)
        self._used(path)
        return token

    def seen(self, token: str) -> None:
        """Renew the idle time of a living session. Not made durable: a crash only ends it earlier."""
        session = self.find(token)
        if session and self.clock() - session.seen >= REFRESH / 2:
            self._used(self._path(session.key))

    def reveal(self, token: str, item: str) -> None:
        """From now on the personal numbers of an item are shown in a living session."""
        session = self.find(token)
        if session and "\n" not in item:
            shown = "".join(f"{one}\n" for one in sorted({*session.revealed, item}))
            durable.write_file(self._shown_path(session.key), shown.encode(), _MODE)

    def end(self, key: str) -> None:
        """End the session filed under `key`; one that is not there is no error."""
        durable.remove_tree(self._path(key))
        durable.remove_tree(self._shown_path(key))

    def end_of(self, name: str, but: str = "") -> int:
        """End every session of an account but the one filed under `but`; returns how many ended."""
        return self.end_those(lambda session: session.name == name and session.key != but)

    def end_those(self, which: Callable[[Session], bool]) -> int:
        """End every session that `which` picks; returns how many ended."""
        ended = [session for session in self.all() if which(session)]
        for session in ended:
            self.end(session.key)
        return len(ended)

    def sweep(self) -> None:
        """Remove the files of sessions that are over."""
        for path in list(self.folder.glob("*.json")):
            if self._read(path) is None:
                self.end(path.stem)
        for path in list(self.folder.glob("*.shown")):
            if not self._path(path.stem).exists():
                durable.remove_tree(path)

    def _used(self, path) -> None:
        with contextlib.suppress(OSError):
            os.utime(path, (self.clock(), self.clock()))
