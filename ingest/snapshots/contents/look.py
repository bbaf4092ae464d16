"""The look at one attachment: from where it stands in the snapshot to its pages, text, signatures and inner files."""

from __future__ import annotations

from dataclasses import replace

from archive.errors import KhoError, SourceRefused, ToolMissing
from archive.model import Finding
from archive.settings import Settings
from archive.signing import xmldsig
from ingest.files import sources
from ingest.snapshots.contents import (
    exchange,
    kinds,
    locked,
    mail,
    msg,
    office,
    plain,
    unpacking,
    zips,
)
from ingest.snapshots.contents.keeping import Kept, keep, require_room
from ingest.snapshots.contents.kinds import Kind
from ingest.snapshots.contents.types import Contained, Looked

_PDF = "application/pdf"


def look(settings: Settings, contained: Contained) -> Looked:
    """Raises SourceRefused with a code `refused.*` when there is nothing to be had from these bytes; its values then have
    their `sha256` and `size`, if it came to that."""
    kept = keep(settings, contained)
    try:
        return _looked(settings, contained, kept)
    except SourceRefused as refusal:
        values = {"sha256": kept.sha256, "size": kept.size, **refusal.values}
        raise SourceRefused(refusal.code, **values) from refusal


def _looked(settings: Settings, contained: Contained, kept: Kept) -> Looked:
    """Whatever a reader did not foresee means that the file is broken, unless the machine has no room or memory left."""
    try:
        kind = kinds.identify(kept.path, contained.name)
        found = Looked(kept.sha256, kept.size, kind.type, kind.puid, findings=kind.findings)
        return _WAYS[kind.way](settings, contained, kept, kind, found)
    except (KhoError, MemoryError):
        raise
    except Exception as error:
        require_room(settings)
        reason = f"{type(error).__name__}: {error}".replace(str(kept.path), contained.name)[:200]
        raise SourceRefused("refused.broken", reason=reason) from error


def _pages(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    """A PDF or a picture."""
    info = sources.inspect(kept.path, settings, contained.name)
    signatures, more = (), ()
    if info.signed:
        from archive.signing import pdf as signed  # half a second that only signed files need

        signatures, more = signed.signatures(settings, kept.path, contained.name)
    return replace(
        found,
        pages=info.pages,
        readable=str(kept.path),
        readable_type=info.media_type,
        signatures=signatures,
        findings=(*info.findings, *more),
    )


def _office(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    """An office file, read from the PDF LibreOffice makes of it; kept without pages where that is not installed."""
    locked.refuse(kept.path, kind)
    signatures = xmldsig.in_package(kept.path, contained.name)
    found = replace(found, signatures=signatures)
    try:
        made, encodings = office.pdf_of(settings, kept, kind.office)
    except ToolMissing as missing:
        lacking = Finding("contents.program_missing", values=missing.values)
        return replace(found, findings=(*found.findings, lacking))
    pages = sources.inspect(made, settings).pages
    if encodings:
        old = Finding("contents.old_fonts", "info", values={"encoding": encodings})
        found = replace(found, findings=(*found.findings, old))
    return replace(found, pages=pages, readable=str(made), readable_type=_PDF)


def _zip(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    inner, findings = zips.members(kept, contained)
    return replace(found, inner=inner, findings=(*found.findings, *findings))


def _packed(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    """Members have no place a locator can name: they are kept as files in the work folder."""
    try:
        inner, findings = unpacking.members(settings, kept, contained)
    except ToolMissing as missing:
        inner, findings = (), (Finding("contents.program_missing", values=missing.values),)
    return replace(found, inner=inner, findings=(*found.findings, *findings))


def _exchange(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    text, inner, findings = exchange.members(contained)
    return replace(found, text=text, inner=inner, findings=(*found.findings, *findings))


def _mail(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    reader = mail if kind.way == "mail" else msg
    text, inner, findings = reader.members(kept.path, contained)
    return replace(found, text=text, inner=inner, findings=(*found.findings, *findings))


def _text(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    written, findings = plain.decoded(kept.path)
    text = plain.readable(written, kind.type)
    signatures = xmldsig.in_text(written, contained.name)
    return replace(found, text=text, signatures=signatures, findings=(*found.findings, *findings))


def _file(settings: Settings, contained: Contained, kept: Kept, kind: Kind, found: Looked) -> Looked:
    """Kept, not read: a drawing, a recording …"""
    unread = Finding("contents.not_read", "info", values={"type": kind.type})
    return replace(found, findings=(*found.findings, unread))


_WAYS = {
    "pages": _pages,
    "office": _office,
    "zip": _zip,
    "packed": _packed,
    "exchange": _exchange,
    "mail": _mail,
    "msg": _mail,
    "text": _text,
    "file": _file,
}
