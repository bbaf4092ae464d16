"""What an attachment's base64 holds: the file itself, or a zip with it inside under another name."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from archive.errors import IntegrityError
from archive.holdings import locator
from archive.holdings.locator import Locator
from ingest.snapshots.forms.edxml.message import Part
from ingest.snapshots.source import Blob

MAX_HELD, MAX_MEMBERS = 1 << 28, 200
_DOCUMENT_MEMBERS = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"}
"""A zip with one of these is itself a document (.docx, .xlsx, .odt)."""


@dataclass(frozen=True)
class Found:
    """`problem` is what to tell: "missing", "undecodable", "zip_locked", "zip_broken", "zip_large"; "" for nothing."""

    blobs: tuple[Blob, ...] = ()
    problem: str = ""


def found(folder: Path, file: Locator, part: Part) -> Found:
    """Where the bytes of an attachment stand; several when its zip holds several."""
    if part.held is None:
        return Found((), "missing")
    place = file.then("range", f"{part.held.start}-{part.held.end}").then("base64")
    try:
        with locator.opened(folder, str(place), MAX_HELD) as stream:
            head = stream.read(4)
            rest = stream.read() if head == b"PK\x03\x04" else b""
            size = len(head + rest) if rest else _size(stream, len(head))
    except IntegrityError:
        return Found((), "undecodable")
    if not size:
        return Found((), "missing")
    whole = Blob(str(place), size, part.name, part.content_type)
    return _unzipped(place, head + rest, whole) if rest else Found((whole,))


def _size(stream, size: int) -> int:
    while chunk := stream.read(1 << 18):
        size += len(chunk)
    return size


def _unzipped(place: Locator, held: bytes, whole: Blob) -> Found:
    try:
        with zipfile.ZipFile(io.BytesIO(held)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            names = {each.filename for each in members}
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return Found((whole,), "zip_broken")
    if not members or names & _DOCUMENT_MEMBERS:
        return Found((whole,))
    if any(each.flag_bits & 1 for each in members):
        return Found((whole,), "zip_locked")
    if len(members) > MAX_MEMBERS or len(names) < len(members):
        return Found((whole,), "zip_large")
    return Found(
        tuple(
            Blob(str(place.then("zip", each.filename)), each.file_size, whole.name, whole.media_type)
            for each in members
        )
    )
