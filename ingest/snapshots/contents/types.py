"""What goes into a look at an attachment and what comes out."""

from __future__ import annotations

from dataclasses import dataclass

from archive.model import Finding
from archive.processing import Signature


@dataclass(frozen=True)
class Contained:
    """Bytes somewhere in a snapshot. `locator` (archive/holdings/locator.py) is relative to `folder`, an absolute path:
    the snapshot as received, or its kept copy. `name` is what the system calls them."""

    folder: str
    locator: str
    name: str


@dataclass(frozen=True)
class Looked:
    """What an attachment was found to be.

    `format` is a PRONOM id ("fmt/18"), "" when unknown. `pages` counts page images, 0 for a file that is kept without any;
    `readable` is the absolute path of the file the pages are read from (the bytes themselves, or a PDF made of them) and
    `readable_type` its media type for ingest.files.sources.open_page, both "" without pages.
    `text` is the text of a file that has no pages but text. `inner` are the files in a container.
    """

    sha256: str
    size: int
    media_type: str
    format: str
    pages: int = 0
    readable: str = ""
    readable_type: str = ""
    inner: tuple[Contained, ...] = ()
    signatures: tuple[Signature, ...] = ()
    text: str = ""
    findings: tuple[Finding, ...] = ()
