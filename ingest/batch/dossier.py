"""One dossier in the making: its pages, whether an earlier run has finished it, and its final description."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive import settings
from archive.holdings import renditions
from archive.holdings.package import NewFile
from archive.holdings.renditions import Renditions
from archive.model import Dossier, Event, Finding, Fonds, Item, PageRef
from archive.settings import Settings
from ingest.batch import describe
from ingest.batch.assemble import Draft, inner_name, row_of
from ingest.batch.folder import PlannedDossier
from ingest.batch.page import UNREAD_STAMP
from ingest.batch.survey import Surveyed
from ingest.catalogue import kept_sheets
from ingest.catalogue.match import NO_FILE, Match, file_key, known_as
from ingest.grading import levels
from ingest.grading.grades import UNKNOWN
from ingest.grading.withdrawal import BYTES_HELD, HELD, SHEET_HELD
from ingest.review.persons import with_persons_words

_HELD = {finding.code for finding in HELD}


@dataclass(frozen=True)
class Making:
    """All that is known of a dossier beside its pages. `mark` is the fingerprint of what is planned."""

    id: str
    fonds: Fonds
    accession: str
    recipe: str
    planned: PlannedDossier
    drafts: list[Draft]
    matched: Match
    held: Dossier | None
    sheets: list[Surveyed]
    mark: str = ""

    @property
    def mark_name(self) -> str:
        return f"planned.{self.accession}"

    def pages(self, draft: Draft, kept: Renditions) -> Iterator[tuple[Surveyed, PageRef]]:
        """The pages of an open item. A held item keeps the readings it has, even of an older recipe."""
        if draft.grade:
            return
        held = draft.held.pages if draft.held else ()
        reuse = bool(held) and all(is_read(kept, ref.rendition) for ref in held)
        files = {
            file.sha256: (logical, file) for file, logical in ((one.file, one.logical) for one in draft.files)
        }
        if reuse:
            yield from ((files[ref.sha256][1], ref) for ref in held)
            return
        for sha256, (logical, file) in files.items():
            for index in range(file.pages):
                yield file, PageRef(logical, index, sha256, renditions.key(self.recipe, sha256, index))


def fingerprint(making: Making, files: Mapping[str, Surveyed], kept: Renditions) -> str:
    """Digest of all that decides what becomes of the dossier.

    Names, contents, grades, catalogue sheets and rows, fonds, and which pages could not be read.
    """
    planned, matched = making.planned, making.matched
    contents = [[(name, files[name].sha256) for name in item.files] for item in planned.items]
    grades = [(draft.digests, draft.grade) for draft in making.drafts]
    sheets = [(sheet.found.name, sheet.sha256) for sheet in making.sheets]
    refs = [ref.rendition for draft in making.drafts for _, ref in making.pages(draft, kept)]
    unread = [rendition for rendition in refs if kept.failed(rendition)]
    said = repr((planned, contents, grades, sheets, matched, making.fonds, unread))
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()


def is_complete(making: Making, kept: Renditions) -> bool:
    """Has an earlier run kept exactly this, with every page's reading still there?"""
    held = making.held
    return (
        held is not None
        and held.extra.get(making.mark_name) == making.mark
        and all(is_read(kept, page.rendition) for item in held.items for page in item.pages)
    )


def is_read(kept: Renditions, rendition: str) -> bool:
    """Has the page been read? One that failed before is tried again."""
    return kept.has(rendition) and not kept.failed(rendition)


# --------------------------------------------------------------------------- building


def paper_grade(making: Making, draft: Draft, kept: Renditions) -> str:
    """The grade that the pages of an open item bear, "" for none; UNKNOWN when a stamp could not be read."""
    readings = [kept.reading(ref.rendition) for _, ref in making.pages(draft, kept)]
    unread = any(finding.code == UNREAD_STAMP for reading in readings for finding in reading.findings)
    return describe.secrecy_grade(describe.fields_of(readings)) or (UNKNOWN if unread else "")


def build(making: Making, kept: Renditions, config: Settings) -> tuple[Dossier, list[NewFile]]:
    """(the dossier to commit, files to copy). All that is secret is known by now: see Draft.grade."""
    items, files = {item.id: item for item in (making.held.items if making.held else ())}, []
    for draft in making.drafts:
        said = making.matched.level_of(draft.positions)
        items[draft.id] = levels.with_level(_item(making, draft, kept), draft.held, making.accession, said)
        if not draft.grade:
            files += [NewFile(one.logical, Path(one.file.found.path), one.file.sha256) for one in draft.files]
    taken = {file.logical for file in files}
    sheet_files, sheet_note = kept_sheets.files_of(making.sheets, making.held, taken)
    ordered = sorted(items.values(), key=lambda item: item.ordinal)
    return _dossier(making, ordered, sheet_note, config), files + sheet_files


def _item(making: Making, draft: Draft, kept: Renditions) -> Item:
    held = draft.held if draft.held and draft.held.access == "open" else None
    if draft.grade:
        by = draft.held.extra.get("withdrawn", "") if draft.held else ""
        more = {"withdrawn": by} if by else {}
        return describe.control_entry(
            draft.id, draft.ordinal, draft.digests, draft.grade, making.accession, **more
        )
    if held and held.extra.get("accession") != making.accession:
        return replace(held, also_received_as=(*held.also_received_as, *draft.also))
    pages = [ref for _, ref in making.pages(draft, kept)]
    readings = [kept.reading(ref.rendition) for ref in pages]
    item = describe.item_of(draft, pages, readings, row_of(draft, making.matched), making.accession)
    return with_persons_words(_with_names(item, held), held)


def _with_names(item: Item, held: Item | None) -> Item:
    """The name it first came with and others known stay."""
    if held is None:
        return item
    names = dict.fromkeys((*held.also_received_as, *item.also_received_as))
    return replace(item, files=held.files, also_received_as=tuple(names))


def _dossier(making: Making, items: Sequence[Item], sheet_note: str, config: Settings) -> Dossier:
    held, row = making.held, making.matched.dossier
    extra = {"folder": making.planned.name, **(held.extra if held else {}), making.mark_name: making.mark}
    if sheet_note:
        extra["sheets"] = sheet_note
    if row and row.access:
        extra["rights"] = row.access
    dossier = describe.with_dates(
        Dossier(
            id=making.id,
            code=making.planned.code,
            title=_title(making),
            fonds=making.fonds,
            items=tuple(items),
            events=_events(making, items, config),
            retention=(row.retention if row else "") or (held.retention if held else ""),
            accession=making.accession,
            findings=(*_of_batches(making), *_held_secrets(making, items)),
            extra=extra,
        )
    )
    return levels.with_level(dossier, held, making.accession, making.matched.level)


def _title(making: Making) -> str:
    """The catalogue's title, else the one it has, else the folder's. A secret dossier has its code only."""
    if making.matched.grade:
        return making.planned.code
    row, held = making.matched.dossier, making.held
    return (row.dossier_title if row else "") or (held.title if held else "") or making.planned.title


def _of_batches(making: Making) -> list[Finding]:
    """What each batch found, this one as of now. Left out is what names a document that is closed or came by now."""
    held = making.held.findings if making.held else ()
    known = (replace(one, batch=one.batch or making.held.accession) for one in held if one.code not in _HELD)
    closed = {name for draft in making.drafts if draft.grade for name in _held_names(draft.held)}
    came = {alias for item in making.planned.items for name in item.files for alias in known_as(name)}
    others = [
        one
        for one in known
        if one.batch != making.accession
        and one.file not in closed
        and not (one.code == NO_FILE and file_key(one.values["name"]) in came)
    ]
    own = [replace(one, batch=making.accession) for one in _findings(making)]
    return sorted([*others, *own], key=lambda one: one.batch)


def _held_names(item: Item | None) -> tuple[str, ...]:
    return (*(file.name for file in item.files), *item.also_received_as) if item else ()


def _findings(making: Making) -> tuple[Finding, ...]:
    """What this batch found in the dossier, without what names a secret file or asks for a row for a duplicate."""
    hidden = {kept.file.found.name for draft in making.drafts if draft.grade for kept in draft.files}
    listed = {name for draft in making.drafts if row_of(draft, making.matched) for name in _names(draft)}
    listed |= {name for draft in making.drafts for name in draft.also}
    found = [
        replace(finding, file=inner_name(finding.file) if finding.file else None)
        for finding in (*making.planned.findings, *making.matched.findings)
        if finding.file not in hidden
        and not (finding.code == "catalogue.no_row" and inner_name(finding.file or "") in listed)
    ]
    return tuple(found)


def _held_secrets(making: Making, items: Sequence[Item]) -> list[Finding]:
    """What it bears of HELD from before or from now on; a document that is open again has its bytes rightly."""
    closed_now = any(draft.grade and draft.held and draft.held.access == "open" for draft in making.drafts)
    borne = {one.code for one in (making.held.findings if making.held else ()) if one in HELD}
    bytes_held = closed_now or (
        BYTES_HELD.code in borne and any(item.access == "quarantined" for item in items)
    )
    return [*([SHEET_HELD] if SHEET_HELD.code in borne else []), *([BYTES_HELD] if bytes_held else [])]


def _names(draft: Draft) -> set[str]:
    return {inner_name(kept.file.found.name) for kept in draft.files}


def _events(making: Making, items: Sequence[Item], config: Settings) -> tuple[Event, ...]:
    """What this batch did to the dossier, in order (PREMIS event types)."""
    mine = [item for item in items if item.extra.get("accession") == making.accession]
    opened = tuple(item.id for item in mine if item.access == "open")
    closed = tuple(item.id for item in mine if item.access == "quarantined")
    when, person = settings.now().isoformat(), config.operator or getpass.getuser()
    events = [Event("accession", when, person, detail=making.accession, objects=(making.id,))]
    if opened:
        events.append(
            Event("message digest calculation", when, "kho", detail="SHA-256, SHA-512", objects=opened)
        )
        events.append(Event("text recognition", when, "kho", detail=making.recipe, objects=opened))
        events.append(Event("description", when, "kho", detail="letterhead, catalogue", objects=opened))
    if closed:
        events.append(Event("quarantine", when, "kho", detail="state secret", objects=closed))
    return tuple(events)
