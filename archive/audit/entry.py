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
    "overview",
    "list",
    "inheritance",
    "unit",
    "dossier",
    "view",
    "page",
    "image",
    "text",
    "original",
    "pdf",
    "legacy",
    "register",
    "procedures",
    "export-plan",
    "export",
    "seal",
    "reveal",
    "explain",
    "sign-in",
    "sign-in-refused",
    "sign-out",
    "refused",
    "account",
    "restriction",
    "declassification",
    "withdrawal",
    "correction",
    "acceptance",
    "units",
    "verify",
    "repair",
    "rebuild",
    "backup",
    "restore",
    "log-read",
    "log-export",
    "key",
)
"""What people do. The sentence of each is the message `audit.action.<name>`."""

OWN_ACTIONS = ("segment", "head", "log-recovered", "log-pruned")
"""What the log says about itself: only the journal writes these, in the name of LOG_ACTOR."""
LOG_ACTOR = "kho"

OUTCOMES = ("allowed", "refused")
"""The sentence of each is the message `audit.outcome.<name>`."""


@dataclass(frozen=True)
class Entry:
    """What happened. `actor` is an account, `object` a record, query or account, `why` the reason it was allowed or
    refused (a message code or words), `unit` the unit whose records were touched, `session` a short digest of the
    session (never its token). `when` is set by the journal: ISO 8601 in Vietnamese time."""

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
    """The last part of a line; `when` is not in it. Raises ValueError when what is read back could be another thing."""
    written = {name: getattr(entry, name) for name in NAMES if name not in ("when", "detail")}
    if not all(isinstance(value, str) for value in written.values()):
        raise ValueError(f"an entry's fields are text: {written}")
    if not all(isinstance(name, str) and _simple(value) for name, value in entry.detail.items()):
        raise ValueError(f"details are texts, numbers or lists of them: {entry.detail}")
    written["detail"] = dict(entry.detail)
    return _json({name: content for name, content in written.items() if content})


def _simple(value: object) -> bool:
    if isinstance(value, list | tuple):
        return all(not isinstance(one, list | tuple) and _simple(one) for one in value)
    return value is None or isinstance(value, str | float) or (isinstance(value, int) and abs(value) < 2**63)


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
