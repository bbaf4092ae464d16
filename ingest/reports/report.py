"""What the report of a batch says: the numbers, what was refused and why, what a person should look at."""

from __future__ import annotations

from dataclasses import dataclass, field

from archive.model import Finding
from ingest.reports.quality import ToCheck, most_severe_first


@dataclass(frozen=True)
class Refused:
    """A file not taken in, with the sentences that say why and what to do."""

    file: str
    code: str
    reason: str
    remedy: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Duplicate:
    file: str
    of: str


@dataclass(frozen=True)
class DossierLine:
    id: str
    title: str
    items: int
    quarantined: int
    pages: int
    confidence: float | None


@dataclass(frozen=True)
class Report:
    """`counts`: received = kept + duplicates + refused. `histogram`: pages by confidence ("" = without words).

    `folder` is the name of the source folder, `source` its whole path. `restricted` counts the items with an access
    level above open or an embargo, their own or their dossier's.
    """

    batch: str
    folder: str
    fonds: str
    fonds_title: str
    unit: str
    started: str
    seconds: float
    counts: dict[str, int]
    items: int
    quarantined: int
    restricted: int
    pages: int
    pages_read: int
    confidence: float | None
    histogram: dict[str, int]
    dossiers: tuple[DossierLine, ...]
    refusals: tuple[Refused, ...]
    duplicates: tuple[Duplicate, ...]
    ignored: tuple[str, ...]
    findings: tuple[Finding, ...]
    to_check: tuple[ToCheck, ...]
    files: dict[str, str] = field(default_factory=dict)
    source: str = ""

    @property
    def name(self) -> str:
        """What its folder of reports is called."""
        return f"{self.fonds}-{self.batch}"

    @property
    def balanced(self) -> bool:
        """Is every received file accounted for, and every kept one held?"""
        counts = self.counts
        return counts["received"] == counts["kept"] + counts["duplicates"] + counts["refused"]

    @property
    def checks(self) -> list[ToCheck]:
        """All that a person should look at, of single documents and of the whole batch, most severe first."""
        return most_severe_first([*map(of_batch, self.findings), *self.to_check])

    @property
    def serious(self) -> bool:
        """Was something refused, or is something wrong with a whole dossier or the whole batch?"""
        return bool(self.refusals) or any(row.severity == "error" and not row.item for row in self.checks)


def of_batch(finding: Finding) -> ToCheck:
    """A finding that concerns no single dossier."""
    return ToCheck(
        "", "", finding.file or "", finding.page, finding.code, finding.severity, dict(finding.values)
    )
