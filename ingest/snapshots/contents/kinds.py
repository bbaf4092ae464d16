"""What an attachment is, told by its content: ours to treat in one of six ways, and PRONOM's name for it."""

from __future__ import annotations

import mmap
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from archive.errors import SourceRefused
from archive.model import Finding
from ingest.data import table
from ingest.files import sources
from ingest.snapshots.contents import mail, pronom
from ingest.snapshots.forms.edxml.places import is_message

Way = Literal["pages", "office", "zip", "packed", "exchange", "mail", "msg", "text", "file"]
"""Has pages of its own; gets pages by LibreOffice; a container: plain, to be unpacked by a program, a message with
attachments; a mail (.eml, .msg); text; kept only."""

_OLE, _ZIP = "application/x-ole-storage", "application/zip"
_WRAPPED = (_OLE, _ZIP, "application/rtf")
_PACKED = ("application/x-7z-compressed", "application/vnd.rar")
_MARKUP = ("text/html", "text/xml")
_TEXT_NAMES = {"csv": ("text/csv", "x-fmt/18"), "json": ("application/json", "fmt/817")}
_MAIL, _MSG = "message/rfc822", "application/vnd.ms-outlook"
_MSG_MARK = "__properties_version1.0"
_BARE_XML = ("text/xml", "")
_TEXT = ("text/plain", "x-fmt/111")
_MESSAGE_NAMES = ("edxml", "xml")
_SAMPLE, _BLANK = 1 << 16, b"\xef\xbb\xbf \t\r\n"
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b")) + b"\x7f"


@dataclass(frozen=True)
class Office:
    """One row of data/attachments.toml."""

    type: str
    part: str
    suffixes: tuple[str, ...]
    puids: tuple[str, ...]
    mark: str = ""
    locked: bool = False


@dataclass(frozen=True)
class Kind:
    """`puid` is "" when PRONOM does not know the format; `office` says more of an office file."""

    way: Way
    type: str
    puid: str
    office: Office | None = None
    findings: tuple[Finding, ...] = ()


@cache
def offices() -> tuple[Office, ...]:
    """All office formats."""
    rows = table("attachments")["format"]
    return tuple(Office(**row | {name: tuple(row[name]) for name in ("suffixes", "puids")}) for row in rows)


def identify(path: Path, name: str) -> Kind:
    """`name` is what the system calls the file. Raises SourceRefused when it is locked or a broken zip file."""
    puid = pronom.identify(path)
    with path.open("rb") as file:
        head = file.read(_SAMPLE)
    if head.lstrip(_BLANK).startswith(b"<") and is_message(head[: sources.HEAD]):
        return Kind("exchange", "text/xml", puid, None, sources.named_right(name, "text/xml", _MESSAGE_NAMES))
    if mail.is_mail(head):
        return Kind("mail", _MAIL, puid, None, sources.named_right(name, _MAIL, ("eml",)))
    found = sources.recognised(head[: sources.HEAD])
    if found is None:
        return _of_no_known_form(head, name, puid)
    if not found.refused:
        return Kind("pages", found.type, puid)  # whether its name fits, the look at its pages says
    if found.refused == "refused.office" or found.type == _ZIP:
        return _wrapped(path, name, puid, _ZIP if found.type not in _WRAPPED else found.type)
    way = "packed" if found.type in _PACKED else "text" if found.type in _MARKUP else "file"
    return Kind(way, found.type, puid, None, sources.named_right(name, found.type, found.suffixes))


def _wrapped(path: Path, name: str, puid: str, wrapping: str) -> Kind:
    """An office file, or the container that office files share with others."""
    office = next((row for row in offices() if puid in row.puids), None)
    if not office and wrapping == _OLE and _has(path, _MSG_MARK):
        return Kind("msg", _MSG, puid, None, sources.named_right(name, _MSG, ("msg",)))
    office = office or next((row for row in _marked(path, wrapping)), None)
    if office and office.locked:
        raise SourceRefused("refused.encrypted")
    if office:
        return Kind(
            "office", office.type, puid, office, sources.named_right(name, office.type, office.suffixes)
        )
    if wrapping == _ZIP:
        return Kind("zip", _ZIP, puid, None, sources.named_right(name, _ZIP, ("zip",)))
    return Kind("file", wrapping, puid)


def _marked(path: Path, wrapping: str) -> list[Office]:
    marked = [row for row in offices() if row.mark]
    if wrapping not in (_ZIP, _OLE):
        return [row for row in offices() if row.type == wrapping]
    if wrapping == _ZIP:
        names, declared = _entries(path)
        return [row for row in marked if row.mark == declared or any(map(_begins(row.mark), names))]
    return [row for row in marked if _has(path, row.mark)]


def _has(path: Path, mark: str) -> bool:
    """Does a compound file name such a stream?"""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(mark.encode("utf-16-le")) >= 0


def _begins(mark: str):
    return lambda name: mark.endswith("/") and name.startswith(mark)


def _entries(path: Path) -> tuple[list[str], str]:
    """(names of an Office package, what its entry "mimetype" says); none of a zip that is no such package."""
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            declared = (
                package.open("mimetype").read(200).decode("ascii", "replace") if "mimetype" in names else ""
            )
            return (names if "[Content_Types].xml" in names else []), declared.strip()
    except Exception as error:
        if type(error) is RuntimeError:
            return [], ""
        raise SourceRefused("refused.broken", reason=error) from error


def _of_no_known_form(sample: bytes, name: str, puid: str) -> Kind:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")) or sample.translate(None, _CONTROLS) == sample:
        known = _TEXT_NAMES.get(name.lower().rpartition(".")[2], _TEXT)
        if sample.lstrip().startswith(b"<"):
            known = _BARE_XML
        return Kind("text", known[0], puid or known[1])
    return Kind("file", "application/octet-stream", puid)
