"""A DOCX of ours as PDF beside it, by LibreOffice."""

from __future__ import annotations

import hashlib
from pathlib import Path

from archive import durable
from archive.settings import Settings
from ingest.snapshots.contents import keeping, office
from ingest.snapshots.contents.keeping import Kept
from ingest.snapshots.contents.kinds import Office

_TEXT = Office("docx", "writer", ("docx",), ())


def write_beside(settings: Settings, path: Path) -> Path:
    """The PDF of a DOCX, under its name. Raises ToolMissing, SourceRefused."""
    content = path.read_bytes()
    kept = Kept(path, hashlib.sha256(content).hexdigest(), len(content))
    made, _ = office.pdf_of(settings, kept, _TEXT)
    target = path.with_suffix(".pdf")
    durable.write_file(target, made.read_bytes())
    keeping.forget(settings, kept.sha256)
    return target
