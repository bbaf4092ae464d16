"""What the catalogue and the index hold of a package. Pure: Dossier, Item and readings in, rows and entries out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from archive import dates, offices, serial, text
from archive.access import record_terms
from archive.model import Dossier, IndexEntry, Item, ItemRow, PageReading
from archive.ports import PageText

_UNDECODED = re.compile("[\ud800-\udfff]")


def writable(value: str) -> str:
    """Bytes of a name that are no UTF-8 (kept by Python as lone surrogates) as %XX: no engine can hold them."""
    return _UNDECODED.sub(_as_percent, value)


def _as_percent(match: re.Match[str]) -> str:
    byte = ord(match[0]) - 0xDC00
    return f"%{byte:02X}" if 0x80 <= byte <= 0xFF else "\ufffd"


def shown(dossier: Dossier) -> Dossier:
    """The dossier as catalogue and index hold it: every text in it `writable`."""
    plain = json.dumps(serial.to_plain(dossier), ensure_ascii=False)
    if not _UNDECODED.search(plain):
        return dossier
    return serial.from_plain(Dossier, json.loads(writable(plain)))


def neutral(item: Item) -> Item:
    """A quarantined item as everybody sees it: its place in the dossier and nothing else."""
    if item.access == "open":
        return item
    return Item(item.id, item.ordinal, "", {}, (), (), access="quarantined")


def page_text(reading: PageReading) -> PageText:
    return PageText(text.clean(writable(reading.text)), reading.confidence)


def mean_confidence(pages: Sequence[PageText]) -> float | None:
    """Mean over the pages with words, weighted by their length; None without words."""
    weighed = [
        (page.confidence, len(page.text)) for page in pages if page.confidence is not None and page.text
    ]
    total = sum(length for _, length in weighed)
    return round(sum(value * length for value, length in weighed) / total, 2) if total else None


def item_row(dossier: Dossier, item: Item, pages: Sequence[PageText] = ()) -> ItemRow:
    """The register line of an item; of a quarantined one it shows id and ordinal."""
    item = neutral(item)
    return ItemRow(
        id=item.id,
        dossier_id=dossier.id,
        ordinal=item.ordinal,
        title=text.clean(item.title),
        code=item.value("code"),
        date=item.value("issued_date"),
        issuer=offices.written(item.value("issuer")),
        type_name=item.value("type_name"),
        fonds_code=dossier.fonds.code,
        fonds_title=dossier.fonds.title,
        unit_code=dossier.fonds.unit.code,
        unit_name=dossier.fonds.unit.name,
        dossier_title=dossier.title,
        page_count=len(item.pages),
        confidence=mean_confidence(pages) if item.access == "open" else None,
        access=item.access,
    )


def index_entry(dossier: Dossier, item: Item, pages: Sequence[PageText], kind_: str) -> IndexEntry:
    """The index entry of an open item; `kind_` as of `kind`. Raises ValueError for a quarantined one."""
    if item.access != "open":
        raise ValueError(item.id)
    return IndexEntry(
        id=item.id,
        scope=record_terms(dossier.fonds.unit.code),
        title=index_title(item),
        body="\n".join(page.text for page in pages),
        codes=_codes(item),
        facets={name: value for name, value in _facets(dossier, item, kind_).items() if value},
        fields={name: text.clean(field.value) for name, field in item.fields.items() if field.value}
        | _context(dossier),
        date=item.value("issued_date"),
    )


def _context(dossier: Dossier) -> dict[str, str]:
    """Names of what the item belongs to: searched by field (hồ sơ:, phông:, đơn vị:), never as its own text."""
    named = {
        "dossier_title": dossier.title,
        "fonds_title": dossier.fonds.title,
        "unit_name": dossier.fonds.unit.name,
    }
    return {name: text.clean(value) for name, value in named.items() if value}


def index_title(item: Item) -> str:
    """Number, type, title and subject, each once: what a searcher may remember of a document."""
    parts: list[str] = []
    for value in (item.title, item.value("code"), item.value("type_name"), item.value("subject")):
        value = text.clean(value)
        if value and not any(text.exact(value) in text.exact(part) for part in parts):
            parts.append(value)
    return " ".join(parts)


def _codes(item: Item) -> tuple[str, ...]:
    """One-token forms of the document's own number."""
    code = item.value("code")
    if not code and item.value("code_number") and item.value("code_notation"):
        code = f"{item.value('code_number')}/{item.value('code_notation')}"
    return (text.code_token(code),) if code else ()


def _facets(dossier: Dossier, item: Item, kind_: str) -> dict[str, str]:
    return {
        "fonds": dossier.fonds.code,
        "unit": dossier.fonds.unit.code,
        "year": dates.year(_sure(item, "issued_date")),
        "type": _sure(item, "type_name"),
        "issuer": offices.written(_sure(item, "issuer")),
        "kind": kind_,
    }


def _sure(item: Item, name: str) -> str:
    """The value when it is shown as fact: a facet must not list proposals."""
    field = item.fields.get(name)
    return text.clean(field.value) if field and field.sure else ""


def kind(readings: Sequence[PageReading]) -> str:
    """`born-digital` when all text came with the file, `scan` when it was read from images, else `mixed`."""
    sources = {reading.source for reading in readings} - {"none"}
    return {frozenset({"text-layer"}): "born-digital", frozenset({"ocr", "text-layer"}): "mixed"}.get(
        frozenset(sources), "scan"
    )


def years(dossier: Dossier) -> tuple[str | None, str | None]:
    """(first, last) year that the dossier's dates or its documents' dates name; (None, None) when unknown."""
    dated = (item.value("issued_date") for item in dossier.items if item.access == "open")
    stated = [dossier.start_date, dossier.end_date, *dated]
    known = sorted(dates.year(value) for value in stated if value)
    return (known[0], known[-1]) if known else (None, None)


def received(dossier: Dossier) -> str:
    """When the newest event of the dossier happened, ISO 8601; "" when no event is recorded."""
    return max((event.when for event in dossier.events), default="")
