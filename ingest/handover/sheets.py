"""The tables of a hand-over's report, for a workbook: whole lists, which the minutes cut. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archive.messages import say
from ingest.handover.lines import GroupLine
from ingest.handover.report import Report
from ingest.reports.words import Table, explain


def sheets(report: Report, language: str) -> Iterator[Table]:
    """Tables, registers, units, years, attachments missing or unreadable, files with digests, what else is to be told."""
    yield _tables(report)
    for kind, lines in (("register", report.registers), ("unit", report.units), ("year", report.years)):
        yield _groups(kind, lines, language)
    yield _lost(report, language)
    yield _files(report, language)
    heads = ("handover.sheet.severity", "handover.sheet.said")
    told = [
        (say(f"severity.{one.severity}", language), explain(one.code, one.values, language))
        for one in report.findings
    ]
    yield Table("handover.sheet.findings", heads, told)


def _heads(*names: str) -> tuple[str, ...]:
    return tuple(f"handover.head.{name}" for name in names)


def _tables(report: Report) -> Table:
    heads = _heads("table", "declared", "received", "kept", "quarantined", "refused", "missing", "extra")
    rows = [
        (one.name, _known(one.declared), one.received, one.kept, one.quarantined, sum(one.refused.values()), one.missing, one.extra)
        for one in report.tables
    ]  # fmt: skip
    severe = frozenset(place for place, one in enumerate(report.tables) if one.missing or not one.balanced)
    return Table("handover.sheet.tables", heads, rows, severe)


def _groups(kind: str, lines: Iterable[GroupLine], language: str) -> Table:
    heads = _heads(kind, "declared", "kept", "quarantined", "missing", "files", "files_missing", "unreadable")
    untold = say("handover.minutes.untold", language)
    rows = [
        (one.name or untold, _known(one.declared), one.counts.kept, one.counts.quarantined, one.missing, one.counts.files, one.counts.missing, one.counts.unreadable)
        for one in lines
    ]  # fmt: skip
    return Table(f"handover.head.{kind}", heads, rows)


def _lost(report: Report, language: str) -> Table:
    rows = [
        (place, one.old_id, one.name, one.stated, explain(one.code, {"name": one.name}, language), one.item)
        for place, one in enumerate(report.lost, 1)
    ]
    heads = _heads("place", "old_id", "file", "path", "reason", "item")
    return Table("handover.sheet.lost", heads, rows)


def _files(report: Report, language: str) -> Table:
    withheld = say("handover.minutes.withheld", language)
    rows = [(place, one.name or withheld, one.size, one.sha256) for place, one in enumerate(report.files, 1)]
    return Table("handover.sheet.files", _heads("place", "file", "size", "sha256"), rows)


def _known(number: int | None) -> object:
    return "—" if number is None else number
