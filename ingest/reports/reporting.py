"""Makes the report of a batch from the holdings and renditions as they are after a run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from archive import ids
from archive.errors import IntegrityError, NotFound
from archive.holdings.renditions import Renditions
from archive.messages import say
from archive.model import Dossier, Finding, Item, PageReading
from archive.publishing import projection
from archive.rights import personal
from archive.rights.access import LEVELS
from archive.settings import now
from archive.units import store
from ingest.batch import audit, deliveries
from ingest.batch.batch import Batch
from ingest.batch.origin import conflicts, to_mend
from ingest.catalogue.match import no_dossier
from ingest.reports.accounting import Account
from ingest.reports.quality import ToCheck, histogram, to_check
from ingest.reports.report import DossierLine, Duplicate, Refused, Report


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
        restricted=sum(_restricted(dossier, item) for dossier in dossiers for item in dossier.items),
        pages=len(every),
        pages_read=batch.pages_read,
        confidence=_mean(every),
        histogram=histogram(every),
        dossiers=tuple(
            _line(dossier, [page.confidence for page in pages[dossier.id]]) for dossier in dossiers
        ),
        refusals=refused(account, language),
        duplicates=tuple(Duplicate(fate.file, fate.of) for fate in account.of_kind("duplicate")),
        ignored=batch.stock.ignored,
        findings=(*faults, *findings, *_withdrawn(batch, dossiers), *_of_plan(batch)),
        to_check=(*_merged(batch, dossiers), *_unread(dossiers, pages), *to_check(dossiers)),
    )


def _restricted(dossier: Dossier, item: Item) -> bool:
    record = projection.record_class(dossier, item)
    return item.access == "open" and (record.level != LEVELS[0] or bool(record.embargo))


def _held(batch: Batch) -> list[Dossier]:
    """The planned dossiers as they are held; one that is not held shows in the counts."""
    planned = (batch.dossier_id(planned) for planned in batch.stock.plan.dossiers)
    return [batch.holdings.dossier(dossier_id) for dossier_id in planned if batch.holdings.has(dossier_id)]


def refused(account: Account, language: str) -> tuple[Refused, ...]:
    """What is not taken in, with the sentences that say why and what to do."""
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
    return [_closed(dossier_id, batch.fonds.code) for dossier_id in sorted(others)]


def _closed(dossier_id: str, fonds: str) -> Finding:
    other = ids.fonds_of(dossier_id)
    if other == fonds:
        return Finding("secret.bytes_held", "error", file=dossier_id)
    values = {"fonds": other, "dossier": dossier_id}
    return Finding("secret.bytes_held_in", "error", file=dossier_id, values=values)


def foreseen(batch: Batch) -> list[Finding]:
    """What the plan of a batch already shows a person to look at, before anything is read."""
    matched = [batch.stock.match(planned).findings for planned in batch.stock.plan.dossiers]
    of_catalogue = [one for found in matched for one in found if one.code.startswith("catalogue.sec")]
    return [*of_catalogue, *_of_plan(batch)]


def _of_plan(batch: Batch) -> list[Finding]:
    """Of the whole batch: damaged packages, another creator than before, homeless rows, files other fonds have."""
    damaged = [
        Finding("secret.package_damaged", "error", values={"package": dossier_id or package})
        for package, dossier_id in sorted(batch.earlier.damaged.items())
    ]
    others = conflicts(batch.fonds, batch.known_fonds)
    others += to_mend(batch.fonds, store.load(batch.settings.register), now().date())
    homeless = map(no_dossier, batch.stock.homeless)
    return [*damaged, *others, *homeless, *_held_elsewhere(batch), *_two_levels(batch), *_numbered(batch)]


def _two_levels(batch: Batch) -> list[Finding]:
    """Files of the batch that are held under two access levels: nobody's right is changed for it, a person decides."""
    names = {file.sha256: name for name, file in batch.stock.files.items()}
    return [
        Finding(
            "levels.same_file",
            file=names[twin.item.digest],
            values={
                "record": twin.item.item,
                "level": say(f"access.levels.{twin.item.level}", batch.settings.language),
                "other": twin.other.item,
                "other_level": say(f"access.levels.{twin.other.level}", batch.settings.language),
            },
        )
        for twin in batch.earlier.two_levels()
        if twin.item.digest in names
    ]


def _numbered(batch: Batch) -> list[Finding]:
    """Dossiers whose code has a personal number: it is in the address of every page and cannot be covered there."""
    return [
        Finding("name.personal", file=planned.folder, values={"code": planned.code})
        for planned in batch.stock.plan.dossiers
        if personal.spans(planned.code) or personal.spans(planned.name)
    ]


def _held_elsewhere(batch: Batch) -> list[Finding]:
    """One `held.elsewhere` for each other fonds that has some of the batch's files."""
    fonds_of, names = batch.earlier.elsewhere(batch.fonds.code), defaultdict(list)
    for name, file in batch.stock.files.items():
        if file.sha256 in fonds_of:
            names[fonds_of[file.sha256]].append(name)
    return [
        Finding("held.elsewhere", values={"fonds": fonds, "count": str(len(same)), "name": same[0]})
        for fonds, same in sorted(names.items())
    ]
