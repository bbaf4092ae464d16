"""Mails saved by Outlook (.msg, MS-OXMSG): head, text and attachments, each a stream of a compound file.

Properties are told by their tags: the first four digits of a stream's name say what it is, the last four of which type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from archive.holdings import locator
from archive.holdings.compound import Compound
from archive.model import Finding
from ingest.snapshots.contents import plain
from ingest.snapshots.contents.types import Contained
from ingest.snapshots.contents.zips import MAX_DEPTH, MAX_MEMBERS, shown_name

_ATTACHED = "__attach_version1.0_#"
_STREAM, _INNER = "__substg1.0_", "__substg1.0_3701000D/"
_PROPERTIES, _HEADER, _INNER_HEADER, _SENT = "__properties_version1.0", 32, 24, 0x00390040
_SENDER, _ADDRESS, _TO, _CC, _SUBJECT, _BODY, _HTML = "0C1A", "5D01", "0E04", "0E03", "0037", "1000", "1013"
_LONG_NAME, _SHORT_NAME, _DATA = "3707", "3704", "37010102"
_UNICODE, _BYTES, _BINARY = "001F", "001E", "0102"


def members(path: Path, contained: Contained) -> tuple[str, tuple[Contained, ...], tuple[Finding, ...]]:
    """(its head and text, its attachments, findings). Raises ValueError for a damaged file."""
    place = locator.parse(contained.locator)
    if sum(name == "cfb" for name, _ in place.steps) >= MAX_DEPTH:
        return "", (), (Finding("contents.too_deep", values={"limit": str(MAX_DEPTH)}),)
    with path.open("rb") as file:
        mail = Compound(file)
        found = _Found()
        _take(mail, "", found)
    inner = [
        Contained(contained.folder, str(place.then("cfb", stream)), shown_name(name))
        for stream, name in found.streams[:MAX_MEMBERS]
    ]
    left = (Finding("contents.mail_inside", values={"count": str(found.left)}),) if found.left else ()
    return "\n".join(filter(None, found.said)), tuple(inner), left


@dataclass
class _Found:
    """What a mail says, (stream, name) of its attachments, and how many could not be opened."""

    said: list[str] = field(default_factory=list)
    streams: list[tuple[str, str]] = field(default_factory=list)
    left: int = 0


def _take(mail: Compound, above: str, found: _Found, depth: int = 0) -> None:
    """The mail whose streams are beneath `above`, and the mails in it: these have no file of their own."""
    found.said += _said(mail, above)
    for storage in _attachments(mail, above):
        if (stream := f"{storage}{_STREAM}{_DATA}") in mail.streams:
            name = _text(mail, _LONG_NAME, storage) or _text(mail, _SHORT_NAME, storage)
            found.streams.append((stream, name or storage.rstrip("/")))
        elif f"{storage}{_INNER}{_PROPERTIES}" in mail.streams and depth < MAX_DEPTH:
            _take(mail, f"{storage}{_INNER}", found, depth + 1)
        else:
            found.left += 1


def _attachments(mail: Compound, above: str) -> list[str]:
    start = f"{above}{_ATTACHED}"
    return sorted(
        {f"{above}{name[len(above) :].split('/')[0]}/" for name in mail.streams if name.startswith(start)}
    )


def _said(mail: Compound, above: str) -> Iterator[str]:
    sender = " ".join(filter(None, (_text(mail, _SENDER, above), _text(mail, _ADDRESS, above))))
    heads = {"From": sender, "To": _text(mail, _TO, above), "Cc": _text(mail, _CC, above)}
    heads |= {"Date": _sent(mail, above), "Subject": _text(mail, _SUBJECT, above)}
    yield from (f"{name}: {value}" for name, value in heads.items() if value)
    yield plain.readable(_text(mail, _BODY, above), "text/plain") or _html(mail, above)


def _text(mail: Compound, tag: str, above: str) -> str:
    start = f"{above}{_STREAM}{tag}"
    if wide := mail.content(start + _UNICODE, plain.TEXT_BYTES):
        return wide.decode("utf-16-le", "replace").strip("\0")
    return plain.decoded_bytes(mail.content(start + _BYTES, plain.TEXT_BYTES))[0].strip("\0")


def _html(mail: Compound, above: str) -> str:
    raw = mail.content(f"{above}{_STREAM}{_HTML}{_BINARY}", plain.TEXT_BYTES)
    return plain.readable(plain.decoded_bytes(raw)[0], "text/html") if raw else ""


def _sent(mail: Compound, above: str) -> str:
    """When it was sent, of the fixed-size properties: (tag, flags, value) each; a time counts 100 ns from 1601."""
    raw = mail.content(f"{above}{_PROPERTIES}", 1 << 16)[_INNER_HEADER if above else _HEADER :]
    for tag, _, value in struct.iter_unpack("<IIQ", raw[: len(raw) // 16 * 16]):
        if tag == _SENT and value < 1 << 58:
            return str(datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=value // 10))
    return ""
