"""What is counted of records and their attachments: the one place, for every command, report and page.

Attachments are counted as records name them: `named` = `files` + `unreadable` + `missing`. One file may be named by many
records, so different contents (`contents` of an account) are fewer. What lies in containers, no record names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields

from archive.model import Item, SourceFile
from archive.processing import Attachment
from ingest.snapshots.items import INSIDE


@dataclass(frozen=True)
class Counts:
    """Of records: `kept` open to their rights, `quarantined` as control entries. Of attachments that kept records name:
    `files` that are there and can be read, `missing` ones, `unreadable` ones (kept, but cannot be read); `inside` are those
    found in containers, which no record names. `closed_files` are contents of quarantined records. `bytes` of all that is
    there and was named, `pages` of kept records."""

    kept: int = 0
    quarantined: int = 0
    unfinished: int = 0
    files: int = 0
    missing: int = 0
    unreadable: int = 0
    inside: int = 0
    closed_files: int = 0
    pages: int = 0
    bytes: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Counts)))

    @property
    def records(self) -> int:
        return self.kept + self.quarantined

    @property
    def named(self) -> int:
        """Attachments that kept records name, whether they are there or not."""
        return self.files + self.unreadable + self.missing

    @property
    def received_files(self) -> int:
        return self.files + self.unreadable + self.closed_files


def counts_of(item: Item) -> Counts:
    if item.record is None:
        return Counts(quarantined=1, closed_files=len(item.extra.get("sha256", "").split()))
    inner = {file.path for file, within in zip(item.files, _inside(item.files), strict=True) if within}
    found = Counter(_what(one, inner) for one in item.record.attachments)
    return Counts(
        kept=1,
        unfinished=int(item.record.unfinished),
        **found,
        pages=len(item.pages),
        bytes=sum(file.size for file in item.files if file.path not in inner),
    )


def _what(attachment: Attachment, inner: Collection[str]) -> str:
    """Which of the counts it belongs to. `inner`: paths of files in containers."""
    if attachment.missing == INSIDE or attachment.path in inner:
        return "inside"
    if not attachment.missing:
        return "files"
    return "missing" if attachment.missing.startswith("snapshot.") else "unreadable"


def _inside(files: tuple[SourceFile, ...]) -> Iterator[bool]:
    """Which files lie in another file of the record."""
    places = {file.locator for file in files}
    return (any(file.locator.startswith(f"{place}!") for place in places) for file in files)
