"""The report of a batch: the numbers, what was refused and why, what a person should look at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive import dates, durable, serial
from archive.errors import IntegrityError, NotFound
from archive.messages import say
from archive.model import Dossier, Finding, Item, PageReading
from archive.renditions import Renditions
from ingest import audit, deliveries
from ingest.accounting import Account
from ingest.batch import Batch
from ingest.quality import ToCheck, histogram, to_check


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

    `folder` is the name of the source folder, `source` its whole path.
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


def make(
    batch: Batch,
    account: Account,
    received: Iterable[str],
    findings: Iterable[Finding],
    started: str,
    seconds: float,
    language: str,
) -> Report:
    """The report of a finished batch, from the holdings and renditions as they now are.

    `received` names what lay in the folder when the run began (audit.listed).
    """
    dossiers = _held(batch)
    digests = {name: file.sha256 for name, file in batch.stock.files.items()}
    faults = audit.faults(batch.folder, received, account, digests, batch.holdings, dossiers)
    pages = {dossier.id: _pages(dossier, batch.renditions) for dossier in dossiers}
    every = [page.confidence for lines in pages.values() for page in lines]
    return Report(
        batch=batch.accession,
        folder=batch.folder.name,
        source=str(batch.folder),
        fonds=batch.fonds.code,
        fonds_title=batch.fonds.title,
        unit=batch.fonds.unit.name,
        started=started,
        seconds=round(seconds, 1),
        counts=audit.counts(account, faults),
        items=sum(item.access == "open" for dossier in dossiers for item in dossier.items),
        quarantined=sum(item.access == "quarantined" for dossier in dossiers for item in dossier.items),
        pages=len(every),
        pages_read=batch.pages_read,
        confidence=_mean(every),
        histogram=histogram(every),
        dossiers=tuple(
            _line(dossier, [page.confidence for page in pages[dossier.id]]) for dossier in dossiers
        ),
        refusals=_refused(account, language),
        duplicates=tuple(Duplicate(fate.file, fate.of) for fate in account.of_kind("duplicate")),
        ignored=batch.stock.ignored,
        findings=(*faults, *findings, *_withdrawn(batch, dossiers), *_rows_of_no_dossier(batch)),
        to_check=(*_merged(batch, dossiers), *_unread(dossiers, pages), *to_check(dossiers)),
    )


def _held(batch: Batch) -> list[Dossier]:
    """The planned dossiers as they are held; one that is not held shows in the counts."""
    planned = (batch.dossier_id(planned) for planned in batch.stock.plan.dossiers)
    return [batch.holdings.dossier(dossier_id) for dossier_id in planned if batch.holdings.has(dossier_id)]


def _refused(account: Account, language: str) -> tuple[Refused, ...]:
    return tuple(
        Refused(
            fate.file,
            fate.code,
            say(fate.code, language, **fate.values),
            say(f"{fate.code}.remedy", language, **fate.values),
            fate.values,
        )
        for fate in account.of_kind("refused")
    )


def _merged(batch: Batch, dossiers: list[Dossier]) -> list[ToCheck]:
    reports, name = batch.settings.work / "reports", f"{batch.fonds.code}-{batch.accession}"
    return deliveries.merged(dossiers, reports, name, batch.accession, batch.folder)


def _unread(dossiers: list[Dossier], pages: dict[str, list[_PageLine]]) -> list[ToCheck]:
    """Pages whose reading is missing or damaged; the next run makes it again."""
    return [
        ToCheck(dossier.id, page.item.id, page.item.title, page.number, "reading.missing", "warning", {})
        for dossier in dossiers
        for page in pages[dossier.id]
        if not page.read
    ]


def _line(dossier: Dossier, confidences: list[float | None]) -> DossierLine:
    closed = sum(item.access == "quarantined" for item in dossier.items)
    return DossierLine(
        dossier.id, dossier.title, len(dossier.items) - closed, closed, len(confidences), _mean(confidences)
    )


@dataclass(frozen=True)
class _PageLine:
    """One page as the report sees it: is its reading there, and how sure is it?"""

    item: Item
    number: int
    read: bool
    confidence: float | None


def _pages(dossier: Dossier, kept: Renditions) -> list[_PageLine]:
    lines = []
    for item in dossier.items:
        for number, page in enumerate(item.pages, start=1):
            reading = _reading(kept, page.rendition)
            lines.append(_PageLine(item, number, bool(reading), reading.confidence if reading else None))
    return lines


def _reading(renditions: Renditions, rendition: str) -> PageReading | None:
    """None when the reading is missing or damaged: no report fails for that."""
    try:
        return renditions.reading(rendition)
    except (NotFound, IntegrityError):
        return None


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(sum(known) / len(known), 1) if known else None


def _withdrawn(batch: Batch, dossiers: list[Dossier]) -> list[Finding]:
    """Dossiers of other batches in which this one closed a document; its own bear the finding themselves."""
    others = batch.withdrawn - {dossier.id for dossier in dossiers}
    return [Finding("secret.bytes_held", "error", file=dossier_id) for dossier_id in sorted(others)]


def _rows_of_no_dossier(batch: Batch) -> list[Finding]:
    """Catalogue rows that belong to no dossier of the batch."""
    return [
        Finding("catalogue.no_dossier", values={"sheet": row.sheet, "line": str(row.line)})
        for row in batch.stock.homeless
    ]


# --------------------------------------------------------------------------- words for people


def shown(value: object) -> str:
    """A value fit for a screen: control characters, text-turning marks and bytes that are no UTF-8 as escapes."""
    return "".join(
        char if char.isprintable() or char == "\u00a0" else char.encode("unicode_escape").decode()
        for char in str(value)
    )


def explain(code: str, values: dict[str, str], language: str) -> str:
    """The sentence for a finding; a field is named in words, an empty value shown as a dash."""
    said = {name: value or "—" for name, value in values.items()}
    if "field" in said:
        if said["field"] == "issued_date":
            said |= {name: dates.shown(said[name]) for name in ("sheet", "paper") if name in said}
        said["field"] = say(f"field.{said['field']}", language)
    return shown(say(code, language, **said))


def percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f}"


def write(report: Report, folder: Path, language: str) -> Report:
    """Write report.json, report.xlsx and report.html; returns the report with their paths."""
    from ingest import report_html, report_xlsx

    paths = {kind: folder / f"report.{kind}" for kind in ("json", "xlsx", "html")}
    report = replace(report, files={kind: str(path) for kind, path in paths.items()})
    durable.write_file(paths["json"], serial.dumps(report))
    durable.write_file(paths["xlsx"], report_xlsx.render(report, language))
    durable.write_file(
        paths["html"], report_html.render(report, language).encode("utf-8", "backslashreplace")
    )
    return report
