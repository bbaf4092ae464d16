"""Closing what turned out to be secret after it was kept: control entries in a new version of the dossier. Pure.

Earlier versions keep their bytes, as OCFL demands. So the dossier says from now on what a person has to do.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from dataclasses import replace

from archive import settings
from archive.model import Dossier, Event, Finding, Item
from archive.rights import declassification
from archive.rights.declassification import digests_of
from archive.settings import Settings
from ingest.batch import describe
from ingest.catalogue import kept_sheets
from ingest.grading.grades import OPEN_QUESTIONS, highest

BYTES_HELD = Finding("secret.bytes_held", "error")
"""A document of the dossier is secret, but its bytes came in as open ones and are in an earlier version."""

SHEET_HELD = Finding("secret.sheet_held", "error")
"""The same of a catalogue sheet that was kept with the dossier."""

HELD = (BYTES_HELD, SHEET_HELD)

KNOWN_BY = ("spot", "moves", declassification.GRADE)
"""Of what an item's extra says, that which a take-over keeps with a record, open or closed (ingest/snapshots/volumes.py)."""


def withdrawn(dossier: Dossier, secret: Mapping[str, str], batch: str, config: Settings) -> Dossier:
    """The dossier without what is secret of its documents and sheets; itself when nothing is.

    `secret`: digest -> grade; `batch` names the one that closes, also when the dossier is of another.
    """
    grades = {digest: grade for digest, grade in secret.items() if grade not in OPEN_QUESTIONS}
    return _without_sheets(_without_documents(dossier, grades, batch, config), grades, batch)


def _without_documents(dossier: Dossier, secret: Mapping[str, str], batch: str, config: Settings) -> Dossier:
    grades = {
        item.id: highest(*(secret.get(file.sha256, "") for file in item.files))
        for item in dossier.items
        if item.access == "open"
    }
    closed = tuple(item_id for item_id, grade in grades.items() if grade)
    if not closed:
        return dossier
    items = tuple(
        _entry(item, grades[item.id], batch) if item.id in closed else item for item in dossier.items
    )
    when, person = settings.now().isoformat(), config.operator or getpass.getuser()
    event = Event("quarantine", when, person, detail="state secret", objects=closed)
    names = {file.name for item in dossier.items if item.id in closed for file in item.files}
    found = tuple(one for one in dossier.findings if one.file not in names)
    changed = replace(
        dossier, items=items, events=(*dossier.events, event), findings=found, start_date="", end_date=""
    )
    return describe.with_dates(_bearing(changed, BYTES_HELD))


def _entry(item: Item, grade: str, batch: str) -> Item:
    accession = item.extra.get("accession", "")
    digests, known = digests_of(item), _known_again(item)
    return describe.control_entry(item.id, item.ordinal, digests, grade, accession, withdrawn=batch, **known)


def _known_again(item: Item) -> dict[str, str]:
    """What a record of a closed system is known again by at the next take-over, and which snapshot has its bytes."""
    kept = {name: said for name, said in item.extra.items() if name in KNOWN_BY}
    within = next((file.within for file in item.files if file.within), "")
    return kept | ({"custody": "snapshot", "snapshot": within} if within else {})


def _without_sheets(dossier: Dossier, secret: Mapping[str, str], batch: str) -> Dossier:
    known = kept_sheets.noted(dossier)
    left = {digest: logical for digest, logical in known.items() if digest not in secret}
    if left == known:
        return dossier
    batches = {*dossier.extra.get("withdrawn", "").split(), batch}
    extra = dossier.extra | {kept_sheets.NOTE: kept_sheets.note(left), "withdrawn": " ".join(sorted(batches))}
    kept = {name: said for name, said in extra.items() if said}
    return _bearing(replace(dossier, extra=kept), SHEET_HELD)


def _bearing(dossier: Dossier, finding: Finding) -> Dossier:
    others = tuple(one for one in dossier.findings if one != finding)
    return replace(dossier, findings=(*others, finding))
