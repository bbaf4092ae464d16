"""A person's rows and the dossier as it is now -> its next description, and what became of each row. Pure.

A row is taken only when the entry it answers is still as it was exported (its key says so), so that nothing newer is
overwritten; a row whose answer stands already changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from archive import dates, text
from archive.messages import say
from archive.model import Dossier, Event, FieldValue, Item
from archive.review import entries
from archive.review.entries import SEEN, Entry
from archive.rights import personal
from archive.rights.covering import known
from archive.rights.declassification import GRADES, digests_of
from ingest.batch import describe
from ingest.data import table
from ingest.review.persons import titled

DECISIONS = ("change", "right", "none", "seen", *GRADES)
EVENT, GRADED = "correction", "grading"


@dataclass(frozen=True)
class Row:
    """What a person wrote in a line of the sheet: a decision of DECISIONS, and the right value."""

    line: int
    record: str
    kind: str
    what: str
    key: str
    decision: str
    value: str


@dataclass(frozen=True)
class Fate:
    """What becomes of a row: `code` is a message code, `old` and `new` the values of a field."""

    line: int
    record: str
    what: str
    outcome: Literal["changed", "unchanged", "refused"]
    code: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Act:
    """Who decides, why and when (ISO 8601 with zone)."""

    by: str
    reason: str
    when: str


@dataclass(frozen=True)
class Decided:
    """`dossier` None: it cannot be read. `secret`: item id -> the grade a person gave it; these are still to be closed."""

    dossier: Dossier | None
    fates: list[Fate]
    secret: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A row that cannot be taken; the text is a message code."""


def decide(dossier: Dossier, rows: Sequence[Row], act: Act) -> Decided:
    """All rows of one dossier, in their order."""
    done = Decided(dossier, [])
    for row in rows:
        try:
            done = _graded(done, row, act) if row.decision in GRADES else _taken(done, row, act)
        except Refused as error:
            done = _with(done, Fate(row.line, row.record, row.what, "refused", str(error)))
    return done


def _taken(done: Decided, row: Row, act: Act) -> Decided:
    item = _item(done.dossier, row.record)
    if item is not None and row.kind == "field":
        return _field(done, item, row, act)
    return _looked_at(done, item, row, act)


def _item(dossier: Dossier, record: str) -> Item | None:
    """The open document of this id; None for the dossier itself."""
    if record == dossier.id:
        return None
    item = next((item for item in dossier.items if item.id == record), None)
    if item is None:
        raise Refused("review.row.gone")
    if item.access != "open":
        raise Refused("review.row.closed")
    return item


# --------------------------------------------------------------------------- a field


def _field(done: Decided, item: Item, row: Row, act: Act) -> Decided:
    held, new = item.fields.get(row.what), _answer(item, row)
    old = held.value if held else ""
    if held and held.origin == "person" and held.value == new.value:
        return _with(done, Fate(row.line, row.record, row.what, "unchanged", "review.row.same", old, old))
    if entries.field_key(item, row.what) != row.key:
        raise Refused("review.row.outdated")
    fields = item.fields | {row.what: new} | _parts(row.what, new)
    changed = replace(item, fields=fields)
    changed = replace(changed, title=titled(changed, {row.what}))
    said = f"{say(f'field.{row.what}')}: «{old}» → «{new.value}» · {act.reason}"
    event = Event(
        EVENT, act.when, act.by, detail=personal.covered_known(said, known(item)), objects=(item.id,)
    )
    fate = Fate(row.line, row.record, row.what, "changed", "review.row.changed", old, new.value)
    return _with(replace(done, dossier=describe.with_dates(_put(done.dossier, changed, event))), fate)


def _answer(item: Item, row: Row) -> FieldValue:
    held = item.fields.get(row.what)
    if row.decision == "seen":
        raise Refused("review.row.no_decision")
    if row.decision == "none":
        if row.value:
            raise Refused("review.row.two_answers")
        return FieldValue("", 1.0, "person")
    if row.decision == "right":
        if not (held and held.value):
            raise Refused("review.row.nothing_to_confirm")
        if row.value and _checked(row.what, row.value) != held.value:
            raise Refused("review.row.two_answers")
        return replace(held, confidence=1.0, origin="person")
    if not row.value:
        raise Refused("review.row.no_value")
    return FieldValue(_checked(row.what, row.value), 1.0, "person", held.page if held else None)


def _checked(name: str, said: str) -> str:
    """The value as it is kept. Raises Refused for one that the field cannot have."""
    value = " ".join(text.clean(said).split())
    if name == "issued_date":
        value = dates.parse(value)
    if name == "urgency" and value not in table("marks")["urgency"].values():
        raise Refused("review.row.urgency")
    if not value:
        raise Refused("review.row.date" if name == "issued_date" else "review.row.no_value")
    return value


def _parts(name: str, value: FieldValue) -> dict[str, FieldValue]:
    """Number and notation follow the whole number."""
    if name != "code":
        return {}
    number, stroke, notation = value.value.partition("/")
    parts = {"code_number": number if stroke else "", "code_notation": notation}
    return {part: replace(value, value=said) for part, said in parts.items()}


# --------------------------------------------------------------------------- a finding


def _looked_at(done: Decided, item: Item | None, row: Row, act: Act) -> Decided:
    if row.decision not in ("seen", "right") or row.value:
        raise Refused("review.row.only_seen")
    record = item or done.dossier
    if row.key in entries.seen(record.extra):
        return _with(done, Fate(row.line, row.record, row.what, "unchanged", "review.row.same"))
    entry = _open_entry(done.dossier, row)
    noted = record.extra | {SEEN: " ".join(sorted({*entries.seen(record.extra), row.key}))}
    place = f" {say('web.page.short', n=entry.page)}" if entry.page else ""
    said = f"{row.what}{place} · {act.reason}"
    event = Event("review", act.when, act.by, detail=said, objects=(row.record,))
    changed = replace(record, extra=noted)
    fate = Fate(row.line, row.record, row.what, "changed", "review.row.seen")
    return _with(replace(done, dossier=_put(done.dossier, changed, event)), fate)


def _open_entry(dossier: Dossier, row: Row) -> Entry:
    for entry in entries.entries(dossier):
        if entry.key == row.key and entry.record == row.record:
            return entry
    raise Refused("review.row.outdated")


# --------------------------------------------------------------------------- a grade


def _graded(done: Decided, row: Row, act: Act) -> Decided:
    """A document that a person found to be secret; that it is so already changes nothing."""
    found = next((item for item in done.dossier.items if item.id == row.record), None)
    if row.record == done.dossier.id:
        raise Refused("review.row.not_a_document")
    if found is None:
        raise Refused("review.row.gone")
    held = found.extra.get("grade", "") if found.access != "open" else ""
    if held == row.decision or done.secret.get(row.record) == row.decision:
        return _with(done, Fate(row.line, row.record, row.what, "unchanged", "review.row.same"))
    if found.access != "open" or row.record in done.secret:
        raise Refused("review.row.closed")
    if not digests_of(found):
        raise Refused("review.row.no_file")
    event = Event(GRADED, act.when, act.by, detail=f"{row.decision} · {act.reason}", objects=(found.id,))
    fate = Fate(row.line, row.record, row.what, "changed", "review.row.graded", "", row.decision)
    secret = done.secret | {found.id: row.decision}
    return _with(replace(done, dossier=_put(done.dossier, found, event), secret=secret), fate)


# --------------------------------------------------------------------------- pieces


def _put(dossier: Dossier, changed: Item | Dossier, event: Event) -> Dossier:
    if isinstance(changed, Dossier):
        return replace(changed, events=(*changed.events, event))
    items = tuple(changed if item.id == changed.id else item for item in dossier.items)
    return replace(dossier, items=items, events=(*dossier.events, event))


def _with(done: Decided, fate: Fate) -> Decided:
    return replace(done, fates=[*done.fates, fate])
