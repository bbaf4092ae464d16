"""What is shown of a record to somebody who may not see its personal numbers: every text of it covered. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from functools import lru_cache, partial
from typing import Any

from archive.model import Dossier, Finding, Hit, Item, ItemRow, PageReading, SourceFile
from archive.ports import DossierRow
from archive.processing import Applicant, SystemRecord
from archive.rights.personal import COVER, covered, covered_words, name_covered

_TEXTS = ("title", "code", "issuer", "type_name", "dossier_title")

_covered = lru_cache(maxsize=5000)(covered)
"""Issuers, kinds and titles of dossiers stand in many rows."""


def row(shown: ItemRow) -> ItemRow:
    texts = {name: getattr(shown, name) for name in _TEXTS}
    hidden = {name: _covered(text) for name, text in texts.items()}
    return shown if hidden == texts else replace(shown, **hidden)


def hit(shown: Hit) -> Hit:
    """The row; its snippets were cut from covered text."""
    return replace(shown, row=row(shown.row))


def dossier_row(shown: DossierRow) -> DossierRow:
    return replace(shown, title=covered(shown.title))


def dossier(shown: Dossier) -> Dossier:
    return replace(
        shown,
        title=covered(shown.title),
        items=tuple(map(item, shown.items)),
        events=tuple(
            replace(event, detail=covered(event.detail), objects=tuple(map(covered, event.objects)))
            for event in shown.events
        ),
        findings=tuple(map(_finding, shown.findings)),
        extra=_values(shown.extra),
    )


def known(shown: Item) -> tuple[str, ...]:
    """The personal values that the item's own record names: they are covered wherever they stand in it."""
    procedure = shown.record.procedure if shown.record else None
    return tuple(filter(None, _each(procedure.applicant))) if procedure else ()


def _each(applicant: Applicant) -> list[str]:
    return [getattr(applicant, spec.name) for spec in fields(applicant)]


def item(shown: Item, named: tuple[str, ...] = ()) -> Item:
    """`named`: personal values that other records of the same dossier name."""
    hide = partial(covered, known=(*known(shown), *named))
    return replace(
        shown,
        title=hide(shown.title),
        fields={name: replace(value, value=hide(value.value)) for name, value in shown.fields.items()},
        files=tuple(_file(file, hide) for file in shown.files),
        pages=tuple(replace(page, file=hide(page.file)) for page in shown.pages),
        texts=tuple(replace(one, file=hide(one.file), name=hide(one.name)) for one in shown.texts),
        findings=tuple(_finding(finding, hide) for finding in shown.findings),
        also_received_as=tuple(map(hide, shown.also_received_as)),
        record=_record(shown.record, hide),
        extra=_values(shown.extra, hide),
    )


def told_in_texts(shown: Item) -> bool:
    """Is there anything to cover but a document's cells that no mapping has a place for? Its files may show that too."""
    record = shown.record
    if record is None or record.procedure:
        return item(shown) != shown
    bare = replace(shown, record=replace(record, unmapped={}))
    return item(bare) != bare or any(covered(value) != value for value in record.unmapped.values())


def _file(file: SourceFile, hide: Callable[[str], str]) -> SourceFile:
    return replace(file, name=hide(file.name), path=hide(file.path), locator=hide(file.locator))


def _record(shown: SystemRecord | None, hide: Callable[[str], str]) -> SystemRecord | None:
    """What no mapping has a place for may be a name or an address: only the cells' names are left."""
    if shown is None:
        return None
    unmapped = dict.fromkeys(shown.unmapped, COVER * 4)
    return _changed(replace(shown, unmapped=unmapped), hide)


_AS_IT_IS = {"system", "old_id", "code", "exchange_id", "sent", "read", "done", "deadline", "when", "arrived"}
"""Parts of a system record that are no texts: ids and times."""


def _changed(value: Any, hide: Callable[[str], str]) -> Any:
    """A part of a system record with every text in it covered."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, Applicant):
        return applicant(value)
    if isinstance(value, tuple):
        return tuple(_changed(each, hide) for each in value)
    if isinstance(value, dict):
        return {name: _changed(each, hide) for name, each in value.items()}
    if not is_dataclass(value):
        return value
    parts = (spec.name for spec in fields(value) if spec.name not in _AS_IT_IS)
    return replace(value, **{name: _changed(getattr(value, name), hide) for name in parts})


def applicant(shown: Applicant) -> Applicant:
    """The name by its first letters; of the other values, that they are there."""
    others = {name: COVER * 4 for name in ("identity", "phone", "address", "email") if getattr(shown, name)}
    return replace(shown, name=name_covered(shown.name), **others)


def reading(shown: PageReading, known: tuple[str, ...] = ()) -> PageReading:
    """The page's words and stamps; boxes stay, so that the image can be covered in the same places."""
    return replace(
        shown,
        words=covered_words(shown.words, known)[0],
        stamps=covered_words(shown.stamps, known)[0],
        findings=tuple(map(_finding, shown.findings)),
    )


def _finding(finding: Finding, hide: Callable[[str], str] = covered) -> Finding:
    return replace(
        finding, file=hide(finding.file) if finding.file else None, values=_values(finding.values, hide)
    )


def _values(values: dict[str, str], hide: Callable[[str], str] = covered) -> dict[str, str]:
    return {name: hide(value) for name, value in values.items()}
