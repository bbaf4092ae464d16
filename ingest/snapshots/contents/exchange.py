"""Messages of the document exchange (edXML) among attachments: what they say, and the files they carry."""

from __future__ import annotations

from pathlib import Path

from archive.holdings import locator
from archive.model import Finding
from ingest.snapshots.contents.types import Contained
from ingest.snapshots.contents.zips import MAX_DEPTH, shown_name
from ingest.snapshots.forms.edxml.reader import Exchange
from ingest.snapshots.source import Blob


def members(contained: Contained) -> tuple[str, tuple[Contained, ...], tuple[Finding, ...]]:
    """(the fields of the message as lines, the files in it, findings)."""
    place = locator.parse(contained.locator)
    if sum(name == "base64" for name, _ in place.steps) >= MAX_DEPTH:
        return "", (), (Finding("contents.too_deep", values={"limit": str(MAX_DEPTH)}),)
    said, inner = [], []
    with Exchange(Path(contained.folder), [place]) as message:
        for row in message.rows():
            content = row.cells.get("content")
            if isinstance(content, Blob):
                name = row.cells["inner_name"] or row.cells["name"] or content.name
                inner.append(Contained(contained.folder, content.locator, shown_name(name or "?")))
            elif row.table == "document":
                said += [value for name, value in row.cells.items() if value and not name.startswith("@")]
        return "\n".join(said), tuple(inner), message.findings()
