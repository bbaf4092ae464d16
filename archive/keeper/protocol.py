"""What web and keeper say to each other: one JSON object a line over `<home>/run/keeper.sock`.

Request {"verb", …}; answer {"ok": …} or {"error": message code, "kind": class in archive.errors, "values": {…}}.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive import errors
from archive.errors import KhoError
from archive.keeper.sessions import Stage

SOCKET = "keeper.sock"
LONGEST = 2**20
"""Bytes of one line, either way."""


@dataclass(frozen=True)
class SignedIn:
    """A session was begun. `token` goes into the cookie; `stage` says what must be done first."""

    token: str
    stage: Stage


@dataclass(frozen=True)
class Refused:
    """No session. `code` is a message; `wait` the seconds until the next try counts (0: at once)."""

    code: str
    wait: int = 0


@dataclass(frozen=True)
class Enrolment:
    """A second factor to be confirmed: `secret` in base32 for typing, `uri` for the QR code."""

    secret: str
    uri: str


@dataclass(frozen=True)
class Enrolled:
    """The second factor counts from now on. `recovery` are codes to print; they are kept as digests only."""

    token: str
    recovery: tuple[str, ...]


def socket_path(folder: Path) -> Path:
    return folder / SOCKET


def write(file: BinaryIO, message: dict) -> None:
    file.write(
        json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"
    )
    file.flush()


def read(file: BinaryIO) -> dict | None:
    """The next message; None at the end. Raises ValueError for what is too long, cut short or no object."""
    line = file.readline(LONGEST + 1)
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise ValueError("a line too long or cut short")
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("not an object")
    return message


def error_to_plain(error: KhoError) -> dict:
    return {"error": error.code, "kind": type(error).__name__, "values": error.values}


def error_from_plain(answer: dict) -> KhoError:
    """The error the keeper met, of the same class where it is one of the tree."""
    kind = getattr(errors, str(answer.get("kind")), KhoError)
    known = kind if isinstance(kind, type) and issubclass(kind, KhoError) else KhoError
    values = answer.get("values")
    return known(str(answer["error"]), **(values if isinstance(values, dict) else {}))
