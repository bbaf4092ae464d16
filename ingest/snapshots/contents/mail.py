"""Mails kept as files (.eml, RFC 5322 and MIME): who wrote to whom, when, what, and the attachments where they stand.

Read by us and not by a mail library, since an attachment needs its place in the file. What is damaged ends a part, no more.
"""

from __future__ import annotations

import base64
import mmap
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from pathlib import Path

from archive.holdings import locator
from archive.holdings.locator import Locator
from archive.model import Finding
from ingest.snapshots.contents import plain
from ingest.snapshots.contents.types import Contained
from ingest.snapshots.contents.zips import MAX_DEPTH, MAX_MEMBERS, shown_name

SHOWN = ("From", "To", "Cc", "Date", "Subject")
_HEAD, _PARTS_DEEP = 1 << 18, 10
_FIELD = rb"(?:[A-Za-z][A-Za-z0-9-]{0,60}:[^\n]*+\n|[ \t][^\n]*+\n)"
_FIELDS = re.compile(rb"\A(?:From [^\n]*+\n)?" + _FIELD + rb"{3,}+")
_TELLING = re.compile(
    rb"^(from|to|subject|date|mime-version|message-id|received|return-path|content-type):",
    re.MULTILINE | re.IGNORECASE,
)
_BLANK = re.compile(rb"\r?\n\r?\n|\A\r?\n")
_STEPS = {"base64": ("base64",), "quoted-printable": ("quoted",)}


@dataclass(frozen=True)
class Part:
    """One body without parts of its own: bytes `first` to `last` of the file."""

    head: Message
    first: int
    last: int

    @property
    def steps(self) -> tuple[str, ...]:
        return _STEPS.get(str(self.head.get("Content-Transfer-Encoding", "")).strip().lower(), ())

    @property
    def name(self) -> str:
        name = _decoded(self.head.get_filename() or "")
        kind = self.head.get_content_type()
        return name or ("thu.eml" if kind == "message/rfc822" else "")

    @property
    def is_text(self) -> bool:
        return self.head.get_content_maintype() == "text" and not self.name


def is_mail(head: bytes) -> bool:
    """Do these first bytes begin like a mail: header fields only, and some that mails have?"""
    fields = _FIELDS.match(head.removeprefix(b"\xef\xbb\xbf"))
    return bool(fields) and len({one.lower() for one in _TELLING.findall(fields[0])}) >= 2


def members(path: Path, contained: Contained) -> tuple[str, tuple[Contained, ...], tuple[Finding, ...]]:
    """(its head and text, its attachments, findings)."""
    place = locator.parse(contained.locator)
    if sum(name == "range" for name, _ in place.steps) >= MAX_DEPTH:
        return "", (), (Finding("contents.too_deep", values={"limit": str(MAX_DEPTH)}),)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        head, _ = _head(whole, 0, len(whole))
        said = [f"{name}: {_decoded(head[name])}" for name in SHOWN if head[name]]
        inner = []
        for number, part in enumerate(_parts(whole, 0, len(whole), 0), 1):
            if number > MAX_MEMBERS:
                break
            if part.is_text:
                said.append(_text(whole, part))
            elif part.last > part.first:
                name = shown_name(part.name or f"phan-{number}")
                inner.append(Contained(contained.folder, str(_place(place, part)), name))
    return "\n".join(filter(None, said)), tuple(inner), ()


def _place(place: Locator, part: Part) -> Locator:
    found = place.then("range", f"{part.first}-{part.last}")
    for step in part.steps:
        found = found.then(step)
    return found


def _parts(whole: mmap.mmap, first: int, last: int, depth: int) -> Iterator[Part]:
    head, body = _head(whole, first, last)
    boundary = head.get_boundary() if head.get_content_maintype() == "multipart" else None
    if not boundary or depth >= _PARTS_DEEP:
        yield Part(head, body, last)
        return
    for inner_first, inner_last in _sections(whole, body, last, boundary.encode("utf-8", "surrogateescape")):
        yield from _parts(whole, inner_first, inner_last, depth + 1)


def _head(whole: mmap.mmap, first: int, last: int) -> tuple[Message, int]:
    """(the header fields, where the body begins)."""
    raw = whole[first : min(last, first + _HEAD)]
    blank = _BLANK.search(raw)
    end = blank.end() if blank else len(raw)
    return BytesHeaderParser(policy=policy.compat32).parsebytes(raw[:end]), first + end


def _sections(whole: mmap.mmap, first: int, last: int, boundary: bytes) -> Iterator[tuple[int, int]]:
    """What stands between the boundary's lines; the line feed before one belongs to it. Without the last one, to the end."""
    line = re.compile(rb"(?:\A|\r?\n)--" + re.escape(boundary) + rb"(--)?[ \t]*+(?:\r?\n|\Z)")
    start, at = None, max(0, first - 2)
    while found := line.search(whole, at, last):
        if start is not None and found.start() >= start:
            yield start, found.start()
        if found[1]:
            return
        start = found.end()
        at = max(found.end() - 2, found.start() + 1)
    if start is not None and start < last:
        yield start, last


def _text(whole: mmap.mmap, part: Part) -> str:
    raw = whole[part.first : min(part.last, part.first + plain.TEXT_BYTES)]
    return body_text(raw, part.steps, part.head.get_content_charset() or "", part.head.get_content_type())


def body_text(raw: bytes, steps: tuple[str, ...], charset: str, kind: str) -> str:
    """What a person would read of a body."""
    if steps == ("base64",):
        digits = re.sub(rb"[^A-Za-z0-9+/]", b"", raw)
        raw = base64.b64decode(digits[: len(digits) - (len(digits) % 4 == 1)] + b"==")
    elif steps == ("quoted",):
        raw = quopri.decodestring(raw)
    try:
        said = raw.decode(charset or "utf-8")
    except (LookupError, UnicodeDecodeError, ValueError):
        said, _ = plain.decoded_bytes(raw)
    return plain.readable(said, kind)


def _decoded(said: object) -> str:
    """A header's text, its encoded words decoded where that can be done."""
    try:
        return " ".join(str(make_header(decode_header(str(said)))).split())
    except (LookupError, ValueError):
        return " ".join(str(said).split())
