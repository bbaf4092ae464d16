"""What a publish has to do: which dossiers are new, changed, gone or damaged since the generation it builds upon.

Reads packages and readings, writes nothing. Damage stops nobody else: the dossier is shown as it was, or left out
where a version that cannot be read may have closed some of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from archive.errors import IntegrityError, NotFound
from archive.holdings import heads, package
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings, Survey
from archive.model import Dossier, Finding, Item, ItemRow, PageRef, TextRef
from archive.publishing import projection
from archive.publishing.generation import Generation
from archive.rights.access import LEVELS, everything
from archive.rights.withdrawing import is_withdrawn


@dataclass(frozen=True)
class Changes:
    """Dossier ids by what becomes of them since the previous generation.

    `states` are those to be shown; `findings` name the damaged ones, which are not among the added or updated.
    `quarantined` are documents that the previous generation shows and that are closed as secret today, or may be.
    `moved`: item id -> dossier where it stands, of those that moved there from another, which may have them still.
    """

    states: dict[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    quarantined: tuple[str, ...] = ()
    moved: dict[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


@dataclass
class _Today:
    """What dossiers that differ say today. `closed` are their control entries; `moved` gives of an item that moved the
    greatest (number of moves, dossier)."""

    faults: list[Finding] = field(default_factory=list)
    readable: set[str] = field(default_factory=set)
    withdrawn: set[str] = field(default_factory=set)
    closed: set[str] = field(default_factory=set)
    moved: dict[str, tuple[int, str]] = field(default_factory=dict)

    def look(self, dossier: Dossier) -> None:
        self.readable.add(dossier.id)
        self.closed |= {item.id for item in dossier.items if item.access == "quarantined"}
        for item in dossier.items:
            if times := moves(item):
                self.moved[item.id] = max(self.moved.get(item.id, (0, "")), (times, dossier.id))


def plan(
    holdings: Holdings,
    renditions: Renditions,
    before: Generation | None,
    base: Generation | None,
    accept_missing: bool,
) -> Changes:
    """What differs from `base`. `before` was published last and tells which packages must still be there."""
    shown = before.catalogue().states() if before else {}
    found = holdings.survey(shown)
    gone = _gone(shown, found, accept_missing)
    kept = shown if base else {}
    differing = sorted(key for key, state in found.states.items() if kept.get(key) != state)
    today = _today(holdings, renditions, differing)
    faults = [*_packages(found), *today.faults]
    unfit = {fault.values["id"] for fault in faults}
    carried = {key: kept[key] for key in unfit & kept.keys() if _may_stay(base, holdings, key, kept[key])}
    changed = sorted({*differing, *_left(base, today) & found.states.keys()} - unfit - today.withdrawn)
    altered = {key for key, state in shown.items() if found.states.get(key, state) != state} - carried.keys()
    return Changes(
        {key: state for key, state in found.states.items() if key not in unfit | today.withdrawn} | carried,
        tuple(key for key in changed if key not in kept),
        tuple(key for key in changed if key in kept),
        tuple(sorted(kept.keys() & (set(gone) | today.withdrawn | unfit - carried.keys()))),
        tuple(_with_fate(fault, carried) for fault in sorted(faults, key=lambda fault: fault.file or "")),
        tuple(_quarantined(before, sorted(altered | (unfit & shown.keys() - carried.keys())), today)),
        {item: place for item, (_, place) in today.moved.items()},
    )


def _quarantined(before: Generation | None, altered: Iterable[str], today: _Today) -> Iterator[str]:
    """Documents of `altered` dossiers that were published as open ones and are control entries today, or may be.

    Also when they stand in another dossier today. A withdrawn take-over counts like a closed one.
    """
    if before and before.readable:
        shown = _rows(before, today.closed)
        yield from (row.id for row in shown if row.access == "open")
    for dossier_id in altered if before else ():
        unknown = dossier_id not in today.readable
        if unknown or not before.readable:
            then = as_published(before, dossier_id)
            yield from (
                item.id
                for item in then.items
                if item.access == "open" and (unknown or item.id in today.closed)
            )


def _rows(published: Generation, item_ids: Collection[str]) -> Iterable[ItemRow]:
    catalogue = published.catalogue()
    return catalogue.rows(sorted(item_ids), everything(catalogue.classes())).values()


def _left(base: Generation | None, today: _Today) -> set[str]:
    """Dossiers of `base` that show items which stand in another one today."""
    rows = _rows(base, today.moved) if base and today.moved else ()
    return {row.dossier_id for row in rows if row.dossier_id != today.moved[row.id][1]}


def moves(item: Item) -> int:
    """How often a record of a closed system moved to another volume since it got its id."""
    return int(item.extra.get("moves", "0"))


def closed_since(then: Dossier, today: Dossier | None) -> list[str]:
    """Documents that were open and are not as open in the same unit today; all of them when today is not known."""
    now = {item.id: item for item in today.items if item.access == "open"} if today else {}
    return [
        item.id
        for item in then.items
        if item.access == "open" and not (item.id in now and _as_open(then, item, today, now[item.id]))
    ]


def _as_open(then: Dossier, before: Item, today: Dossier, after: Item) -> bool:
    """Does the document stand in the same unit and fonds today, under no stricter level and no later embargo?"""
    old, new = projection.record_class(then, before), projection.record_class(today, after)
    return (
        (new.unit, new.fonds) == (old.unit, old.fonds)
        and LEVELS.index(new.level) <= LEVELS.index(old.level)
        and new.embargo <= old.embargo
    )


def standing(holdings: Holdings, dossier_id: str) -> Dossier | None:
    """The dossier as its package has it; None when it cannot say, or when it was withdrawn."""
    found = readable(holdings, dossier_id)
    return None if found is None or is_withdrawn(found) else found


def readable(holdings: Holdings, dossier_id: str) -> Dossier | None:
    """The dossier as its package has it; None when it cannot say."""
    try:
        return holdings.dossier(dossier_id)
    except (NotFound, IntegrityError, OSError):
        return None


def _gone(shown: dict[str, str], found: Survey, accepted: bool) -> list[str]:
    gone = sorted(shown.keys() - found.states.keys() - set(found.damaged.values()))
    if gone and not accepted:
        raise IntegrityError("publish.packages_missing", count=len(gone), dossier=gone[0])
    return gone


# --------------------------------------------------------------------------- damage


def _packages(found: Survey) -> Iterator[Finding]:
    """Packages whose inventory cannot be read."""
    for folder, dossier_id in found.damaged.items():
        yield _fault("publish.package", folder, dossier_id or "?")


def _today(holdings: Holdings, renditions: Renditions, dossier_ids: Sequence[str]) -> _Today:
    """What these dossiers say; of those whose description, or the reading of one of whose pages, is missing or damaged,
    a fault."""
    found = _Today()
    for dossier_id in dossier_ids:
        folder = holdings.object_root(dossier_id).relative_to(holdings.root).as_posix()
        dossier = readable(holdings, dossier_id)
        if dossier is None:
            found.faults.append(_fault("publish.package", folder, dossier_id))
        elif is_withdrawn(dossier):
            found.withdrawn.add(dossier_id)
        else:
            found.look(dossier)
            if unread := _unread_pages(dossier, renditions):
                item, page = unread[0]
                fault = _fault("publish.reading", folder, dossier_id, item=item, count=str(len(unread)))
                found.faults.append(replace(fault, page=page, values={**fault.values, "page": str(page)}))
    return found


def _unread_pages(dossier: Dossier, renditions: Renditions) -> list[tuple[str, int]]:
    """(item, page number) of every page without a sound reading: it would silently be unfindable.

    Texts of files without pages count after the pages.
    """
    return [
        (item.id, number)
        for item in dossier.items
        for number, one in enumerate((*item.pages, *item.texts), 1)
        if not _sound(renditions, one)
    ]


def _sound(renditions: Renditions, one: PageRef | TextRef) -> bool:
    try:
        if isinstance(one, TextRef):
            renditions.text(one.rendition)
        else:
            renditions.check_reading(one.rendition)
    except (NotFound, IntegrityError):
        return False
    return True


def _fault(code: str, folder: str, dossier_id: str, **values: str) -> Finding:
    return Finding(code, "error", folder, values={"id": dossier_id, **values})


def _with_fate(fault: Finding, carried: dict[str, str]) -> Finding:
    fate = "carried" if fault.values["id"] in carried else "left_out"
    return replace(fault, code=f"{fault.code}_{fate}")


def _may_stay(base: Generation | None, holdings: Holdings, dossier_id: str, state: str) -> bool:
    """May a damaged dossier be shown as published, in `state`? Only when no newer version can have closed any of it."""
    today, remembered = readable(holdings, dossier_id), heads.of(holdings.root)
    if today and remembered.is_behind(
        dossier_id, holdings.inventory(dossier_id).head, holdings.state(dossier_id)
    ):
        return remembered.newest[dossier_id].state == state  # what a package set back says is not of today
    if today is None:
        return _newest_state(holdings, dossier_id) == state
    return base is not None and not closed_since(as_published(base, dossier_id), today)


def _newest_state(holdings: Holdings, dossier_id: str) -> str:
    """The digest of the newest inventory, which a commit puts in place before its sidecar; "" when it cannot be read."""
    try:
        content = (holdings.object_root(dossier_id) / package.INVENTORY).read_bytes()
    except OSError:
        return ""
    return hashlib.sha512(content).hexdigest()


def as_published(published: Generation, dossier_id: str) -> Dossier:
    """The dossier as a generation shows it, whole."""
    catalogue = published.catalogue()
    return catalogue.dossier(dossier_id, everything(catalogue.classes()))
