"""The other side checks a hand-over report against its own copy of the snapshot: every file, the rows of every table.

Needs the report and the copy, nothing of an archive.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import serial
from archive.engines.serial_executor import SerialExecutor
from archive.errors import SourceRefused, UsageError
from archive.model import Finding, SourceFile
from ingest.handover.declaration import BESIDE
from ingest.handover.report import FORMAT, FileLine, Report
from ingest.progress import Tally
from ingest.snapshots.forms.open import opened
from ingest.snapshots.stock import take_stock


@dataclass(frozen=True)
class RowCount:
    """A table: rows as the report says and as the copy has; None where it has no such table."""

    table: str
    stated: int | None
    found: int | None


@dataclass(frozen=True)
class Checked:
    """`mark` is that of the copy: equal to the report's (and the minutes') when every name and byte is the same.

    What either side only laid beside the data (declaration.BESIDE) may be missing or extra: it is told, no more.
    """

    mark: str
    stated_mark: str
    same: int
    tables: tuple[RowCount, ...]
    findings: tuple[Finding, ...]

    @property
    def agrees(self) -> bool:
        return all(finding.severity == "info" for finding in self.findings)


def load(path: Path) -> Report:
    """Raises UsageError when it is no hand-over report."""
    try:
        report = serial.loads(Report, path.read_bytes())
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError("handover.no_report", path=path, reason=error) from error
    if report.format != FORMAT:
        raise UsageError("handover.no_report", path=path, reason=report.format)
    return report


def check(report: Report, path: Path, progress: Tally) -> Checked:
    """Raises SourceRefused when a file cannot be read."""
    received = take_stock(path, SerialExecutor(), progress)
    findings = list(_files(report.files, received.files))
    same = len(report.files) - sum(one.code != "handover.copy.extra" for one in findings)
    if received.mark != report.mark and not findings:
        findings.append(Finding("handover.copy.mark", "error"))
    tables, refused = _tables(report, path)
    findings += refused
    findings += [
        Finding("handover.copy.rows", "error", values=_shown(one))
        for one in tables
        if one.stated != one.found
    ]
    if _is_other(report, received.files, tables):
        findings.insert(0, Finding("handover.copy.other", "error", values={"system": report.about.system}))
    return Checked(received.mark, report.mark, same, tables, tuple(findings))


def _is_other(report: Report, found: tuple[SourceFile, ...], tables: tuple[RowCount, ...]) -> bool:
    """Is the copy of another system or day? None of its data is the report's; a single file must differ in its tables too."""
    stated = {line.sha256 for line in report.files if line.name not in BESIDE}
    data = [file for file in found if file.name not in BESIDE]
    if not stated or any(file.sha256 in stated for file in data):
        return False
    strange = bool(tables) and not any(None not in (one.stated, one.found) for one in tables)
    return strange or min(len(stated), len(data)) > 1


def _files(stated: tuple[FileLine, ...], found: tuple[SourceFile, ...]) -> Iterator[Finding]:
    """What is not the same. A file whose name the report withholds is known by its digest."""
    by_name = {file.name: file.sha256 for file in found}
    named = {line.name for line in stated}
    spare = Counter(file.sha256 for file in found if file.name not in named)
    for line in stated:
        there = by_name.get(line.name) if line.name else None
        if there == line.sha256:
            continue
        if there is not None:
            yield Finding("handover.copy.changed", "error", values={"name": line.name})
        elif spare[line.sha256]:
            spare[line.sha256] -= 1
            if line.name:
                yield Finding("handover.copy.renamed", "error", values={"name": line.name})
        else:
            name = line.name or f"SHA-256 {line.sha256}"
            yield Finding("handover.copy.missing", _severity(name), values={"name": name})
    for file in found:
        if file.name not in named and spare[file.sha256]:
            spare[file.sha256] -= 1
            yield Finding("handover.copy.extra", _severity(file.name), values={"name": file.name})


def _severity(name: str) -> str:
    return "info" if name in BESIDE else "error"


def _tables(report: Report, path: Path) -> tuple[tuple[RowCount, ...], list[Finding]]:
    try:
        with opened(path) as source:
            found = Counter({table.name: 0 for table in source.tables()})
            found.update(row.table for row in source.rows())
    except SourceRefused as error:
        return (), [Finding(error.code, "error", values=error.values)]
    stated = {table.name: table.read for table in report.about.tables}
    names = dict.fromkeys([*stated, *found])
    return tuple(RowCount(name, stated.get(name), found.get(name)) for name in names), []


def _shown(one: RowCount) -> dict[str, str]:
    stated, found = ("–" if count is None else str(count) for count in (one.stated, one.found))
    return {"table": one.table, "stated": stated, "found": found}
