"""One dossier in the making: its pages, whether an earlier run has finished it, and its final description."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archive import renditions, settings
from archive.model import Dossier, Event, Finding, Fonds, Item, PageRef
from archive.package import NewFile, original_path
from archive.renditions import Renditions
from archive.settings import Settings
from ingest import describe
from ingest.assemble import Draft, inner_name, row_of
from ingest.catalogue_sheet import Match, Row
from ingest.folder import FolderPlan, PlannedDossier
from ingest.survey import Surveyed


@dataclass(frozen=True)
class Making:
    """All that is known of a dossier before its pages are read. `mark` is the fingerprint of what is planned."""

    id: str
    fonds: Fonds
    accession: str
    recipe: str
    planned: PlannedDossier
    drafts: list[Draft]
    matched: Match
    held: Dossier | None
    mark: str

    @property
    def mark_name(self) -> str:
        return f"planned.{self.accession}"

    @property
    def page_count(self) -> int:
        return sum(kept.file.pages for draft in self.drafts if not draft.grade for kept in draft.files)

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


def fingerprint(planned: PlannedDossier, files: Mapping[str, Surveyed], matched: Match, fonds: Fonds) -> str:
    """Digest of all that decides what becomes of the dossier: names, contents, catalogue rows, fonds."""
    contents = [[(name, files[name].sha256) for name in item.files] for item in planned.items]
    sheets = [(name, files[name].sha256) for name in planned.sheets]
    rows = sorted(matched.rows.items())
    said = repr((planned, contents, sheets, rows, matched.dossier, matched.findings, fonds))
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


def build(
    making: Making, kept: Renditions, sheets: Sequence[Surveyed], config: Settings
) -> tuple[Dossier, list[NewFile], dict[str, str]]:
    """(the dossier to commit, files to copy, sha256 -> grade of documents whose paper turned out secret)."""
    secret: dict[str, str] = {}
    items, files = {item.id: item for item in (making.held.items if making.held else ())}, []
    for draft in making.drafts:
        item = _item(making, draft, kept)
        if item.access == "quarantined":
            secret |= dict.fromkeys(draft.digests, item.extra["grade"])
        else:
            files += [NewFile(one.logical, Path(one.file.found.path), one.file.sha256) for one in draft.files]
        items[item.id] = item
    sheet_files, sheet_note = _sheet_files(making, sheets, files)
    dossier = _dossier(
        making, sorted(items.values(), key=lambda item: item.ordinal), secret, sheet_note, config
    )
    return dossier, files + sheet_files, secret


def _item(making: Making, draft: Draft, kept: Renditions) -> Item:
    if draft.grade:
        return describe.control_entry(draft, draft.grade, making.accession)
    if draft.held and draft.held.extra.get("accession") != making.accession:
        return replace(draft.held, also_received_as=(*draft.held.also_received_as, *draft.also))
    pages = [ref for _, ref in making.pages(draft, kept)]
    readings = [kept.reading(ref.rendition) for ref in pages]
    item = describe.item_of(draft, pages, readings, row_of(draft, making.matched), making.accession)
    grade = describe.secrecy_grade(item.fields)
    return (
        describe.control_entry(draft, grade, making.accession)
        if grade
        else _with_persons_words(item, draft.held)
    )


def _with_persons_words(item: Item, held: Item | None) -> Item:
    """Fields a person has set stay as they were set; other names known from before stay too."""
    if held is None:
        return item
    kept = {name: field for name, field in held.fields.items() if field.origin == "person"}
    names = dict.fromkeys((*held.also_received_as, *item.also_received_as))
    return replace(item, fields=item.fields | kept, also_received_as=tuple(names))


def _dossier(
    making: Making, items: Sequence[Item], secret: Mapping[str, str], sheet_note: str, config: Settings
) -> Dossier:
    held, row = making.held, making.matched.dossier
    extra = {"folder": making.planned.name, **(held.extra if held else {}), making.mark_name: making.mark}
    if sheet_note:
        extra["sheets"] = sheet_note
    return describe.with_dates(
        Dossier(
            id=making.id,
            code=making.planned.code,
            title=(row.dossier_title if row else "") or (held.title if held else "") or making.planned.title,
            fonds=making.fonds,
            items=tuple(items),
            events=_events(making, items, config),
            retention=(row.retention if row else "") or (held.retention if held else ""),
            accession=making.accession,
            findings=_findings(making, secret),
            extra=extra,
        )
    )


def _findings(making: Making, secret: Mapping[str, str]) -> tuple[Finding, ...]:
    """The dossier's findings, without those that name a secret file or ask for a row for a duplicate."""
    hidden = {
        kept.file.found.name
        for draft in making.drafts
        for kept in draft.files
        if draft.grade or kept.file.sha256 in secret
    }
    listed = {name for draft in making.drafts if row_of(draft, making.matched) for name in _names(draft)}
    listed |= {name for draft in making.drafts for name in draft.also}
    found = [
        replace(finding, file=inner_name(finding.file) if finding.file else None)
        for finding in (*making.planned.findings, *making.matched.findings)
        if finding.file not in hidden
        and not (finding.code == "catalogue.no_row" and inner_name(finding.file or "") in listed)
    ]
    if any(
        draft.held and draft.held.access == "open" and set(draft.digests) & set(secret)
        for draft in making.drafts
    ):
        found.append(Finding("secret.bytes_held", "error"))
    return tuple(found)


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


# --------------------------------------------------------------------------- catalogue sheets


def sheets_of(
    planned: PlannedDossier,
    plan: FolderPlan,
    rows: Mapping[str, Sequence[Row]],
    files: Mapping[str, Surveyed],
) -> list[Surveyed]:
    """The sheets that describe this dossier; one that describes none goes with the first dossier.

    `rows` are the rows of each dossier by its code.
    """
    named = {row.sheet for row in rows.get(planned.code, ())}
    if planned.code == plan.dossiers[0].code:
        named |= set(plan.sheets) - {row.sheet for some in rows.values() for row in some}
    return [files[name] for name in (*planned.sheets, *(name for name in plan.sheets if name in named))]


def _sheet_files(
    making: Making, sheets: Sequence[Surveyed], files: Sequence[NewFile]
) -> tuple[list[NewFile], str]:
    """Files to copy, and the note that remembers them: one line "<sha256> <logical path>" each."""
    known = dict(
        line.split(" ", 1)
        for line in (making.held.extra.get("sheets", "") if making.held else "").splitlines()
    )
    taken = {file.logical for file in files} | set(known.values())
    taken |= {file.path for item in (making.held.items if making.held else ()) for file in item.files}
    new = []
    for sheet in sheets:
        if sheet.sha256 not in known:
            known[sheet.sha256] = original_path(inner_name(sheet.found.name), taken)
            taken.add(known[sheet.sha256])
        new.append(NewFile(known[sheet.sha256], Path(sheet.found.path), sheet.sha256))
    return new, "\n".join(f"{digest} {logical}" for digest, logical in known.items())
