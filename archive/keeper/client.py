"""The keeper as the web process sees it: one connection a thread, no writer behind it.

Every method raises AuditUnavailable when the keeper does not answer: then nothing may be shown. A request that may
have been received is never sent twice.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import socket
import threading
from pathlib import Path
from typing import BinaryIO

from archive.audit.entry import Entry
from archive.audit.heads import Head, Seal
from archive.errors import AuditUnavailable
from archive.keeper import protocol
from archive.keeper.protocol import Enrolled, Enrolment, Refused, SignedIn

PATIENCE = 5.0
"""Seconds for an answer: a page waits no longer for a keeper that hangs."""
LONG_PATIENCE = 30.0
_SLOW = {"sign_in", "begin_federated", "finish_federated", "change_password", "confirm_enrolment"}
"""A password hash may have to wait its turn, a sign-in provider may be slow."""


class KeeperClient:
    """Implements archive.ports.AuditSink, and sign-in. Safe for use by several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mine = threading.local()

    # ------------------------------------------------------------------ access log

    def record(self, *entries: Entry) -> int:
        """The number of the last entry, once all are durable."""
        return self._ask("record", entries=[_plain(entry) for entry in entries])

    def head(self) -> Head | None:
        """The newest signed head of the log, signed now when entries are not covered yet; None for an empty log."""
        found = self._ask("head")
        return Head(**found) if found else None

    def seal(self, digest: str) -> Seal:
        """The archive's signature under a certificate with this SHA-256."""
        return Seal(**self._ask("seal", digest=digest))

    # ------------------------------------------------------------------ sign-in

    def sign_in(self, name: str, password: str, code: str, address: str) -> SignedIn | Refused:
        """`code`: of the second factor, or a recovery code; empty when the account has none."""
        return _outcome(self._ask("sign_in", name=name, password=password, code=code, address=address))

    def begin_federated(self, callback: str, browser: str) -> str:
        """The provider's address to send the browser to; `callback` is where it comes back.

        `browser` is a secret only this browser holds. Raises UsageError when no provider is set up.
        """
        return self._ask("begin_federated", callback=callback, browser=browser)

    def finish_federated(self, answer: str, browser: str, address: str) -> SignedIn | Refused:
        """`answer`: the whole address the browser came back to."""
        return _outcome(self._ask("finish_federated", answer=answer, browser=browser, address=address))

    # ------------------------------------------------------------------ a session

    def seen(self, token: str) -> None:
        self._ask("seen", token=token)

    def reveal(self, token: str, item: str) -> None:
        """Show the personal numbers of an item for the rest of a session; the purpose is on record before."""
        self._ask("reveal", token=token, item=item)

    def end_session(self, token: str) -> None:
        self._ask("end_session", token=token)

    def change_password(self, token: str, old: str, new: str) -> SignedIn | Refused:
        """Ends all sessions of the account and begins a new one. Raises UsageError for a weak password."""
        return _outcome(self._ask("change_password", token=token, old=old, new=new))

    def begin_enrolment(self, token: str) -> Enrolment:
        return Enrolment(**self._ask("begin_enrolment", token=token))

    def confirm_enrolment(self, token: str, code: str) -> Enrolled | Refused:
        answer = self._ask("confirm_enrolment", token=token, code=code)
        return Refused(**answer) if "code" in answer else Enrolled(answer["token"], tuple(answer["recovery"]))

    # ------------------------------------------------------------------ the line

    def _ask(self, verb: str, **values: object):
        try:
            file = self._line()
            self._mine.connection.settimeout(LONG_PATIENCE if verb in _SLOW else PATIENCE)
            protocol.write(file, {"verb": verb, **values})
            answer = protocol.read(file)
        except (OSError, ValueError) as error:
            self.close()
            raise AuditUnavailable("error.keeper_gone") from error
        if answer is None:
            self.close()
            raise AuditUnavailable("error.keeper_gone")
        if "error" in answer:
            raise protocol.error_from_plain(answer)
        return answer["ok"]

    def _line(self) -> BinaryIO:
        """This thread's connection, made anew when the keeper closed it meanwhile."""
        connection = getattr(self._mine, "connection", None)
        if connection is not None and not _closed(connection):
            return self._mine.file
        self.close()
        self._mine.connection = connect(self._folder)
        self._mine.file = self._mine.connection.makefile("rwb")
        return self._mine.file

    def close(self) -> None:
        """Close this thread's connection."""
        for thing in (getattr(self._mine, "file", None), getattr(self._mine, "connection", None)):
            if thing is not None:
                with contextlib.suppress(OSError):
                    thing.close()
        self._mine.file = self._mine.connection = None


def connect(folder: Path) -> socket.socket:
    """A connection to the keeper whose socket is in `folder`. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(PATIENCE)
        # Through the open folder: the address of a socket may be no longer than 107 bytes.
        connection.connect(f"/proc/self/fd/{handle}/{protocol.SOCKET}")
        return connection
    except BaseException:
        connection.close()
        raise
    finally:
        os.close(handle)


def _closed(connection: socket.socket) -> bool:
    """Nothing is ever sent unasked, so that a line with something to read has ended."""
    return bool(select.select([connection], [], [], 0)[0])


def _plain(entry: Entry) -> dict:
    return {name: value for name, value in dataclasses.asdict(entry).items() if value not in ("", {})}


def _outcome(answer: dict) -> SignedIn | Refused:
    return Refused(**answer) if "code" in answer else SignedIn(**answer)
