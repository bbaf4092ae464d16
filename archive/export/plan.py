"""What an export will hold, told before anything leaves: documents with their files and sizes, and what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.export.selection import Selection
from archive.model import SourceFile

OVERHEAD = 4096
"""Bytes that tables, lists and frame take for each file, roughly."""


@dataclass(frozen=True)
class Refusal:
    """Something that was asked for and is left out. `what`: document, original or copy; `reason` a message code."""

    record: str
    what: str
    reason: str
    name: str = ""


@dataclass(frozen=True)
class Planned:
    """A document: its original files, and its access copy's size as estimated from its page images (None: no pages);
    `title` with its number, as a list shows it; the `dossier` where it stands, whatever its id says."""

    record: str
    originals: tuple[SourceFile, ...] = ()
    copy: int | None = None
    title: str = ""
    dossier: str = ""

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.originals) + (self.copy or 0)


@dataclass(frozen=True)
class Plan:
    """For one selection and one actor; only what the actor may read and take out is told of."""

    selection: Selection
    documents: tuple[Planned, ...]
    refusals: tuple[Refusal, ...] = ()

    @property
    def records(self) -> tuple[str, ...]:
        return tuple(one.record for one in self.documents)

    @property
    def originals(self) -> int:
        return sum(len(one.originals) for one in self.documents)

    @property
    def copies(self) -> int:
        return sum(one.copy is not None for one in self.documents)

    @property
    def bytes(self) -> int:
        """As estimated; the true size differs by what access copies and tables really take."""
        return sum(one.bytes for one in self.documents)

    @property
    def room(self) -> int:
        """Bytes to have free before it begins."""
        return self.bytes + OVERHEAD * (self.originals + self.copies + len(self.documents)) + (1 << 20)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "documents": len(self.documents),
            "originals": self.originals,
            "copies": self.copies,
            "bytes": self.bytes,
            "refused": len(self.refusals),
        }


def plain(plan: Plan) -> dict[str, object]:
    """For programs: the counts, every entry, every refusal."""
    return {
        "selection": plan.selection.plain,
        **plan.counts,
        "entries": [entry for one in plan.documents for entry in _entries(one)],
        "refusals": refused(plan.refusals),
    }


def _entries(one: Planned) -> list[dict[str, object]]:
    found: list[dict[str, object]] = [
        {
            "record": one.record,
            "what": "original",
            "name": file.name,
            "bytes": file.size,
            "sha256": file.sha256,
        }
        for file in one.originals
    ]
    if one.copy is not None:
        found.append({"record": one.record, "what": "copy", "bytes": one.copy, "estimated": True})
    return found


def refused(refusals: Sequence[Refusal]) -> list[dict[str, str]]:
    return [{name: value for name, value in vars(one).items() if value} for one in refusals]
