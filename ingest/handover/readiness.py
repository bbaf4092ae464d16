"""May a closed system be switched off? Each measure with its number, its light and the reason; the worst light counts.

Thresholds are data: ingest/data/readiness.toml. Every old id and address is looked up in the published generation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from archive.errors import HomeError
from archive.model import Dossier
from archive.ports import CatalogueReader
from archive.publishing import generation, handles
from archive.rights.access import NOTHING, Scope, everything
from archive.rights.withdrawing import is_withdrawn
from archive.settings import Settings
from ingest.data import table
from ingest.handover.counting import Counted
from ingest.handover.holding import Held
from ingest.handover.report import Report

Light = Literal["green", "amber", "red"]
LIGHTS: tuple[Light, ...] = ("green", "amber", "red")
_KEYS_AT_ONCE = 500


@dataclass(frozen=True)
class Threshold:
    name: str
    kind: Literal["share", "count"]
    green: float
    amber: float


@dataclass(frozen=True)
class Measure:
    """`part` of `whole`; of a count `part` says how many. `open` is what is left to do; message handover.ready.<name>."""

    name: str
    light: Light
    part: int
    whole: int
    open: int


@dataclass(frozen=True)
class Readiness:
    """`generation` is the one that was asked, "" when nothing can be looked up yet."""

    system: str
    title: str
    package: str
    light: Light
    generation: str
    measures: tuple[Measure, ...]


def judge(settings: Settings, held: Held, counted: Counted, report: Report) -> Readiness:
    """`report` is that of the hand-over: what it says of declared numbers counts here, too."""
    published = generation.find(settings)
    numbers = dict(_of_report(held, counted, report))
    numbers |= {"withdrawn": (1, 0)} if is_withdrawn(held.snapshot) else _of_lookup(held, published)
    measures = tuple(_measure(limit, *numbers[limit.name]) for limit in thresholds() if limit.name in numbers)
    worst = max((one.light for one in measures), key=LIGHTS.index)
    about = report.about
    return Readiness(
        about.system, about.title, report.package, worst, published.name if published else "", measures
    )


@cache
def thresholds() -> tuple[Threshold, ...]:
    rows = table("readiness")["measure"]
    return tuple(Threshold(**row) for row in rows)


def _measure(limit: Threshold, part: int, whole: int) -> Measure:
    left = part if limit.kind == "count" else whole - part
    return Measure(limit.name, _light(limit, part, whole), part, whole, left)


def _light(limit: Threshold, part: int, whole: int) -> Light:
    if limit.kind == "count":
        return "green" if part <= limit.green else "amber" if part <= limit.amber else "red"
    share = part / whole if whole else 1.0
    return "green" if share >= limit.green else "amber" if share >= limit.amber else "red"


# --------------------------------------------------------------------------- what the holdings say


def _of_report(held: Held, counted: Counted, report: Report) -> Iterator[tuple[str, tuple[int, int]]]:
    total = report.total
    records = [line for line in report.tables if line.role == "record"]
    chosen = sum(line.received - line.refused.get("not_selected", 0) for line in records)
    yield "records", (int(total.records > 0), 1)
    yield "selected", (sum(line.refused.get("not_selected", 0) for line in records), 0)
    yield "rows", (sum(line.kept + line.quarantined for line in records), chosen)
    children = [line for line in report.tables if line.role == "child"]
    yield "children", (sum(line.kept for line in children), sum(line.received for line in children))
    read = sum(line.received for line in report.tables if line.role != "unmapped")
    yield "mapped", (read, sum(line.received for line in report.tables))
    yield "stated", (sum(line.declared is not None for line in report.tables), len(report.tables))
    yield "declared", (_differences(report), 0)
    there = total.files + total.unreadable
    yield "attachments", (there, there + total.missing)
    yield "readable", (total.files, there)
    unknown = (cell.unit and held.mapping.owner_of(cell.unit) is None for cell in counted.cells)
    unowned = sum(counts.kept for counts, lost in zip(counted.cells.values(), unknown, strict=True) if lost)
    yield "units", (total.kept - unowned, total.kept)
    keys = (finding for finding in report.findings if finding.code == "snapshot.key_unknown")
    yield "keys", (sum(int(finding.values["count"]) for finding in keys), 0)
    yield "unfinished", (total.unfinished, total.records)


def _differences(report: Report) -> int:
    """Rows missing or beyond what was stated, numbers and files that do not agree."""
    tables = sum(bool(line.missing or line.extra) for line in report.tables)
    files = sum(finding.code.startswith("handover.file_") for finding in report.findings)
    return tables + sum(one.declared != one.received for one in report.compared) + files


# --------------------------------------------------------------------------- what can be looked up


def _of_lookup(held: Held, published: generation.Generation | None) -> dict[str, tuple[int, int]]:
    asked: Counter[str] = Counter()
    found: Counter[str] = Counter()
    catalogue = _catalogue(published)
    states = catalogue.states() if catalogue else {}
    scope = everything(catalogue.classes()) if catalogue else NOTHING
    for volume in held.volumes():
        asked["published"] += 1
        found["published"] += states.get(volume.id) == held.holdings.state(volume.id)
        for name, kind in (("old_ids", handles.LEGACY), ("old_addresses", handles.ADDRESS)):
            for some in _some(_handles(volume, kind)):
                asked[name] += len(some)
                found[name] += _met(catalogue, kind, some, scope) if catalogue else 0
    return {name: (found[name], count) for name, count in asked.items()}


def _catalogue(published: generation.Generation | None) -> CatalogueReader | None:
    """None before the first publish, or when another version of Kho built what is published."""
    try:
        if published is None:
            return None
        published.require_format()
    except HomeError:
        return None
    return published.catalogue()


def _handles(volume: Dossier, kind: str) -> Iterator[tuple[str, str]]:
    """(key, item id) of every record that was not closed."""
    for item in volume.items:
        yield from ((key, item.id) for found, key in handles.handles(item) if found == kind)


def _met(catalogue: CatalogueReader, kind: str, some: list[tuple[str, str]], scope: Scope) -> int:
    """How many of these keys lead to their item."""
    keys = list(dict.fromkeys(key for key, _ in some))
    found = catalogue.found(kind, keys, scope)
    return sum(item in found.get(key, ()) for key, item in some)


def _some(pairs: Iterable[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    some: list[tuple[str, str]] = []
    for pair in pairs:
        some.append(pair)
        if len(some) == _KEYS_AT_ONCE:
            yield some
            some = []
    if some:
        yield some
