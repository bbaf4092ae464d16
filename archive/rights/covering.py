"""What is shown of a record to somebody who may not see its personal numbers: every text of it covered. Pure."""

from __future__ import annotations

from dataclasses import replace

from archive.model import Dossier, FieldValue, Finding, Hit, Item, ItemRow, PageReading
from archive.ports import DossierRow
from archive.rights.personal import covered, covered_words

_TEXTS = ("title", "code", "issuer", "type_name", "dossier_title")


def row(shown: ItemRow) -> ItemRow:
    return replace(shown, **{name: covered(getattr(shown, name)) for name in _TEXTS})


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


def item(shown: Item) -> Item:
    return replace(
        shown,
        title=covered(shown.title),
        fields={name: _field(value) for name, value in shown.fields.items()},
        files=tuple(replace(file, name=covered(file.name), path=covered(file.path)) for file in shown.files),
        pages=tuple(replace(page, file=covered(page.file)) for page in shown.pages),
        findings=tuple(map(_finding, shown.findings)),
        also_received_as=tuple(map(covered, shown.also_received_as)),
        extra=_values(shown.extra),
    )


def reading(shown: PageReading) -> PageReading:
    """The page's words and stamps; boxes stay, so that the image can be covered in the same places."""
    return replace(
        shown,
        words=covered_words(shown.words)[0],
        stamps=covered_words(shown.stamps)[0],
        findings=tuple(map(_finding, shown.findings)),
    )


def _field(value: FieldValue) -> FieldValue:
    return replace(value, value=covered(value.value))


def _finding(finding: Finding) -> Finding:
    return replace(
        finding, file=covered(finding.file) if finding.file else None, values=_values(finding.values)
    )


def _values(values: dict[str, str]) -> dict[str, str]:
    return {name: covered(value) for name, value in values.items()}
