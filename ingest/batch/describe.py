"""Page readings + catalogue row -> the description of one item; items -> dossier. Pure.

The sheet wins over what the machine read; where both are known and differ, a Finding says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from archive import text
from archive.model import Dossier, FieldValue, Finding, Item, PageReading, PageRef, SourceFile
from ingest import letterhead
from ingest.batch.assemble import Draft, inner_name
from ingest.catalogue.sheet import Row
from ingest.grading.grades import GRADES
from ingest.reports.quality import page_findings

SAME = 88
"""Similarity (0..100) from which two wordings of one subject or name count as the same."""


def fields_of(readings: Sequence[PageReading]) -> dict[str, FieldValue]:
    return dict(letterhead.describe(readings))


def secrecy_grade(fields: Mapping[str, FieldValue]) -> str:
    """The grade the paper bears, "" for none. An unsure reading counts: wrongly locked can be unlocked."""
    said = fields["secrecy"].value if "secrecy" in fields else ""
    return said if said in GRADES else GRADES[-1] if said else ""


def item_of(
    draft: Draft, pages: Sequence[PageRef], readings: Sequence[PageReading], row: Row | None, accession: str
) -> Item:
    """The description of an open item. `pages` and `readings` run in parallel."""
    read = fields_of(readings)
    fields = read | {
        name: FieldValue(said, 1.0, "catalogue") for name, said in (row.fields if row else {}).items()
    }
    files = tuple(
        SourceFile(
            kept.logical,
            inner_name(kept.file.found.name),
            kept.file.found.size,
            kept.file.sha256,
            kept.file.media_type,
        )
        for kept in draft.files
    )
    item = Item(
        id=draft.id,
        ordinal=draft.ordinal,
        title=title_of(fields, files),
        fields=fields,
        files=files,
        pages=tuple(pages),
        also_received_as=draft.also,
        extra=_extra(draft, readings, row, accession),
    )
    return replace(item, findings=tuple(_findings(draft, item, read, readings, row)))


def title_of(fields: Mapping[str, FieldValue], files: Sequence[SourceFile]) -> str:
    """The subject; else type and number; else the file's name."""
    values = {name: field.value for name, field in fields.items()}
    if values.get("subject"):
        return values["subject"]
    named = " ".join(filter(None, (values.get("type_name"), values.get("code"))))
    return named or text.clean(files[0].name.encode("utf-8", "replace").decode()).rpartition("/")[2]


def _extra(draft: Draft, readings: Sequence[PageReading], row: Row | None, accession: str) -> dict[str, str]:
    scanned = any(reading.source == "ocr" for reading in readings)
    extra = {
        "accession": accession,
        "confidence_level": "bản số hóa" if scanned else "",
        "signed": "1" if any(kept.file.signed for kept in draft.files) else "",
        "note": row.note if row else "",
        "mode": row.access if row else "",
        "retention": row.retention if row else "",
    }
    return {name: value for name, value in extra.items() if value}


def _findings(
    draft: Draft, item: Item, read: Mapping[str, FieldValue], readings: Sequence[PageReading], row: Row | None
) -> list[Finding]:
    name = item.files[0].name
    found = [replace(finding, file=name) for finding in draft.findings]
    found += [
        replace(finding, file=inner_name(kept.file.found.name))
        for kept in draft.files
        for finding in kept.file.findings
    ]
    found += page_findings(item, readings)
    if row:
        found += differences(row, read, len(item.pages), name)
    return found


def differences(row: Row, read: Mapping[str, FieldValue], pages: int, file: str) -> list[Finding]:
    """Where the sheet and the paper disagree."""
    found = []
    for name, said in row.fields.items():
        if name in read and not agree(name, said, read[name].value):
            severity = "warning" if read[name].sure else "info"
            values = {"field": name, "sheet": said, "paper": read[name].value}
            found.append(Finding("catalogue.differs", severity, file, read[name].page, values))
    if row.pages is not None and row.pages != pages:
        found.append(
            Finding(
                "catalogue.pages_differ", file=file, values={"sheet": str(row.pages), "paper": str(pages)}
            )
        )
    return found


def agree(name: str, one: str, other: str) -> bool:
    """Do two values of a field mean the same? Numbers and dates exactly, wordings nearly."""
    if name == "code":
        return text.code_token(one) == text.code_token(other)
    if name == "issued_date":
        return one.startswith(other) or other.startswith(one)
    return fuzz.ratio(_plain(one), _plain(other)) >= SAME


def _plain(value: str) -> str:
    words = text.words(text.fold(text.clean(value)))
    return " ".join(words).removeprefix("ve viec ").removeprefix("v v ")


def control_entry(
    item_id: str, ordinal: int, digests: Sequence[str], grade: str, accession: str, **more: str
) -> Item:
    """What is kept of a secret document: that it exists, its grade and digests. The paper stays with its keeper."""
    said = {"accession": accession, "grade": grade, "sha256": " ".join(digests), "custody": "paper"}
    return Item(item_id, ordinal, "", {}, (), (), access="quarantined", extra=said | more)


def with_dates(dossier: Dossier) -> Dossier:
    """The dossier with the earliest and latest date of its documents."""
    dated = sorted(item.value("issued_date") for item in dossier.items if item.value("issued_date"))
    return replace(dossier, start_date=dated[0], end_date=dated[-1]) if dated else dossier
