"""Proposes the description of a document from the words and positions on its pages.

`describe` knows the layout of Nghị định 30/2020/NĐ-CP (Annex I), the older State layouts and the Party's. A field
that cannot be read is absent, never invented; one that was read poorly is offered below `archive.model.SURE`.
Pure: no files but the word lists beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from archive import settings
from archive.model import FieldValue, PageReading
from ingest.letterhead import closing, dating, heading, issuing, marks, numbering, subject, title
from ingest.letterhead.layout import Sheet, sheet

__all__ = ["describe"]


def describe(pages: Sequence[PageReading], today: date | None = None) -> dict[str, FieldValue]:
    """Fields of one document, keyed by `archive.model.FIELD_NAMES`, from the readings of all its pages in order.

    Boxes are in pixels of the upright page. `today` bounds the date of issue; the clock's day when absent.
    """
    today = today or settings.now().date()
    sheets = [sheet(reading, number) for number, reading in enumerate(pages, 1)]
    first = next((page for page in sheets if page.runs), None)
    if first is None:
        return marks.stamp_fields(pages)
    head = _head(first, today)
    fields = {**head, **closing.closing_fields(sheets), **marks.gravest(head, marks.stamp_fields(pages))}
    if "issued_date" not in fields:
        fields |= closing.passed_date(sheets, today)
    return _plausible(fields)


def _head(page: Sheet, today: date) -> dict[str, FieldValue]:
    """What the first page says from its heading down to the addressees."""
    head = heading.find_heading(page)
    number = numbering.notation(head.left)
    dated = dating.issued_date(head.right, page.number, today)
    about = subject.letter_subject(page, head, number)
    titled = title.find_title(page, head, number)
    issued_by = issuing.issuer(head, number, page, dated.get("place"))
    issuer = issued_by["issuer"].value if "issuer" in issued_by else ""
    number = numbering.checked(number, issuer, titled.kind.abbreviation if titled else "")
    lines = subject.title_subject(page, titled) if titled else about
    return {
        **numbering.number_fields(number, page.number),
        **dated,
        **issued_by,
        **title.type_field(page, titled, number, about[0] if about else None),
        **subject.subject_field(page, lines),
        **subject.addressees_field(page),
        **marks.mark_fields(page, head),
    }


def _plausible(fields: dict[str, FieldValue]) -> dict[str, FieldValue]:
    """Lower what contradicts something else: the year in a legal number is the year of issue."""
    year = fields["code_notation"].value[:4] if "code_notation" in fields else ""
    when = fields.get("issued_date")
    if year.isdigit() and when and when.value[:4] != year:
        for name in ("issued_date", "code", "code_notation"):
            if name in fields:
                fields[name] = replace(fields[name], confidence=min(fields[name].confidence, 0.6))
    return fields
