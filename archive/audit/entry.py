"""One line of the access log: what is recorded, and its exact bytes.

A line is a JSON array `[number,"digest of the line before","time",{…}]` in canonical form (keys sorted, no blanks,
UTF-8), so that number, link and time stand at fixed places and can be checked without parsing.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from archive.errors import IntegrityError

ACTIONS = (
    "search",
    "view",
    "page",
    "image",
    "text",
    "original",
    "pdf",
    "export",
    "reveal",
    "sign-in",
    "sign-in-refused",
    "sign-out",
    "refused",
    "account",
    "restriction",
    "units",
    "log-read",
    "log-export",
)
"""What people do. The sentence of each is the message `audit.action.<name>`."""

OWN_ACTIONS = ("segment", "head", "log-recovered", "log-pruned", "key")
"""What the log says about itself."""


@dataclass(frozen=True)
class Entry:
    """What happened. `actor` is an account, `object` a record, query or account, `why` the reason it was allowed or
    refused (a message code or words), `unit` the unit whose records were touched, `session` a short digest of the
    session (never its token), `when` ISO 8601 in Vietnamese time (left empty: the journal's clock)."""

    action: str
    actor: str
    object: str = ""
    outcome: str = "allowed"
    why: str = ""
    detail: Mapping[str, object] = field(default_factory=dict)
    generation: str = ""
    session: str = ""
    address: str = ""
    when: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Recorded:
    """An entry in its place: `number` counts from 1, `previous` is the hex digest of the line before."""

    number: int
    previous: str
    entry: Entry


NAMES = tuple(spec.name for spec in dataclasses.fields(Entry))
NO_DIGEST = "0" * 64
"""Stands for the digest before the first line."""
TIME_LENGTH = len("2026-01-31T08:00:00+07:00")


def body(entry: Entry) -> bytes:
    """The last part of a line. Raises ValueError or TypeError when the entry cannot be written."""
    if entry.when and len(entry.when) != TIME_LENGTH:
        raise ValueError(f"when: {entry.when}")
    written = {
        name: content
        for name in NAMES
        if name != "when" and (content := getattr(entry, name)) not in ("", {})
    }
    return _json(written)


def line(number: int, previous: str, when: str, body: bytes) -> bytes:
    """A whole line, without the line feed."""
    return b'[%d,"%s","%s",%s]' % (number, previous.encode(), when.encode(), body)


def _json(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "backslashreplace")


def decode(written: bytes) -> Recorded:
    """The inverse of `line`. Raises IntegrityError for anything else."""
    try:
        number, previous, when, fields = json.loads(written)
        entry = Entry(when=when, **{name: fields[name] for name in NAMES if name in fields})
        if not isinstance(number, int) or not isinstance(entry.detail, dict):
            raise ValueError("number, detail")
        if not all(isinstance(getattr(entry, name), str) for name in NAMES if name != "detail"):
            raise ValueError("fields")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise IntegrityError("audit.line_unreadable", line=written[:80].decode("utf-8", "replace")) from error
    return Recorded(number, previous, entry)


def starts(number: int, previous: str) -> bytes:
    """The bytes that a sound line of this number, after this one, begins with."""
    return b'[%d,"%s","' % (number, previous.encode())
