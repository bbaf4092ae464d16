"""Page readings -> Findings, and Findings -> the list of what a person should look at. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive.model import Dossier, Finding, Item, PageReading


@dataclass(frozen=True)
class ToCheck:
    """One thing for a person to look at: where it is and why (message code with its values)."""

    dossier: str
    item: str
    file: str
    page: int | None
    code: str
    severity: str
    values: dict[str, str]


def page_findings(item: Item, readings: Sequence[PageReading]) -> list[Finding]:
    """The readings' findings with file and page (from 1, within the item) filled in."""
    names = {file.path: file.name for file in item.files}
    return [
        Finding(finding.code, finding.severity, names.get(ref.file), number, dict(finding.values))
        for number, (ref, reading) in enumerate(zip(item.pages, readings, strict=True), start=1)
        for finding in reading.findings
    ]


def to_check(dossiers: Iterable[Dossier]) -> list[ToCheck]:
    """Everything worth a look, most severe first, then in order of the dossiers."""
    rows = []
    for dossier in dossiers:
        rows += [_row(dossier, "", finding) for finding in dossier.findings]
        rows += [_row(dossier, item.id, finding) for item in dossier.items for finding in item.findings]
    return most_severe_first(rows)


def most_severe_first(rows: Iterable[ToCheck]) -> list[ToCheck]:
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(rows, key=lambda row: order[row.severity])


def _row(dossier: Dossier, item: str, finding: Finding) -> ToCheck:
    file = "/".join(filter(None, (dossier.title, finding.file)))
    return ToCheck(dossier.id, item, file, finding.page, finding.code, finding.severity, dict(finding.values))


def histogram(confidences: Iterable[float | None], width: int = 10) -> dict[str, int]:
    """Pages by confidence: "0-9" … "90-100", and "" for pages without words."""
    bins = {f"{low}-{100 if low + width >= 100 else low + width - 1}": 0 for low in range(0, 100, width)}
    labels = list(bins)
    counts = {"": 0, **bins}
    for confidence in confidences:
        counts["" if confidence is None else labels[min(len(labels) - 1, int(confidence // width))]] += 1
    return counts
