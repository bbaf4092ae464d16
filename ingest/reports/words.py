"""A report in words for people: sentences, numbers and tables, the same on the terminal, in XLSX and in HTML. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from archive import wording
from archive.messages import say
from archive.model import Finding
from ingest.reports.report import Report


@dataclass(frozen=True)
class Table:
    """`title` and `heads` are message codes; `severe` are the places of rows that must stand out."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[object, ...]]
    severe: frozenset[int] = frozenset()

    def column(self, place: int) -> list[object]:
        """What stands in a column, without its empty cells."""
        return [row[place] for row in self.rows if row[place] not in ("", "—")]

    def is_numeric(self, place: int) -> bool:
        column = self.column(place)
        return bool(column) and all(isinstance(value, int) for value in column)


def tables(report: Report, language: str) -> list[Table]:
    """Every table of the report, the summary first."""
    return [
        Table("report.summary", ("report.what", "report.number"), summary(report, language)),
        _refusals(report),
        _checks(report, language),
        _dossiers(report),
        Table(
            "report.duplicates",
            ("report.file", "report.same_as"),
            [(duplicate.file, duplicate.of) for duplicate in report.duplicates],
        ),
        Table("report.ignored", ("report.file",), [(name,) for name in report.ignored]),
    ]


def summary(report: Report, language: str) -> list[tuple[object, ...]]:
    counted = [(say(f"report.{name}", language), number) for name, number in report.counts.items()]
    return [
        (say("report.fonds", language), f"{report.fonds} · {report.fonds_title}"),
        (say("report.batch", language), report.batch),
        (say("report.started", language), moment(report.started)),
        (say("report.took", language), duration(report.seconds, language)),
        *counted,
        (say("report.items", language), report.items),
        (say("report.quarantined", language), report.quarantined),
        (say("report.restricted", language), report.restricted),
        (say("report.pages", language), report.pages),
        (say("report.pages_read", language), report.pages_read),
        (say("report.confidence", language), percent(report.confidence)),
    ]


def _refusals(report: Report) -> Table:
    heads = ("report.file", "report.reason", "report.remedy", "report.detail")
    rows = [(one.file, one.reason, one.remedy, one.values.get("reason", "")) for one in report.refusals]
    return Table("report.refusals", heads, rows)


def _checks(report: Report, language: str) -> Table:
    heads = ("report.severity", "report.why", "report.file", "report.page", "report.item", "report.detail")
    rows = [
        (
            say(f"severity.{row.severity}", language),
            explain(row.code, row.values, language),
            row.file,
            row.page or "",
            row.item or row.dossier,
            row.values.get("reason", ""),
        )
        for row in report.checks
    ]
    severe = frozenset(place for place, row in enumerate(report.checks) if row.severity == "error")
    return Table("report.to_check", heads, rows, severe)


def _dossiers(report: Report) -> Table:
    heads = ("dossier", "title", "items", "quarantined", "pages", "confidence")
    rows = [
        (
            line.id,
            line.title,
            line.items,
            line.quarantined,
            line.pages,
            "—" if line.confidence is None else round(line.confidence),
        )
        for line in report.dossiers
    ]
    return Table("report.dossiers", tuple(f"report.{head}" for head in heads), rows)


# --------------------------------------------------------------------------- words


def shown(value: object) -> str:
    """A value fit for a screen: control characters, text-turning marks and bytes that are no UTF-8 as escapes."""
    return "".join(
        char if char.isprintable() or char == "\u00a0" else char.encode("unicode_escape").decode()
        for char in str(value)
    )


def explain(code: str, values: Mapping[str, str], language: str) -> str:
    """The sentence for a finding, fit for a screen."""
    return shown(wording.explained(Finding(code, values=dict(values)), language))


def percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f}"


def duration(seconds: float, language: str) -> str:
    """80 -> "1 phút 20 giây"; anything shorter than a second counts as one."""
    minutes, rest = divmod(max(1, round(seconds)), 60)
    parts = {"hours": minutes // 60, "minutes": minutes % 60, "seconds": rest}
    return " ".join(
        say(f"report.time.{unit}", language, count=count) for unit, count in parts.items() if count
    )


def moment(iso: str) -> str:
    """A point of time as officials write it: "2025-07-01T08:05:09+07:00" -> "01/07/2025 08:05"."""
    return datetime.fromisoformat(iso).strftime("%d/%m/%Y %H:%M")
