"""What the catalogue and the index hold of a package. Pure: Dossier, Item and readings in, rows and entries out."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from archive import dates, ids, offices, serial, text, wordset
from archive.model import Dossier, Event, IndexEntry, Item, ItemRow, PageReading
from archive.ports import PageText
from archive.processing import Snapshot
from archive.publishing import searched
from archive.rights import covering, personal
from archive.rights.access import DossierKey, RecordClass, Scope, record_terms, stricter

_UNDECODED = re.compile("[\ud800-\udfff]")


def writable(value: str) -> str:
    """Bytes of a name that are no UTF-8 (kept by Python as lone surrogates) as %XX: no engine can hold them."""
    return _UNDECODED.sub(_as_percent, value)


def _as_percent(match: re.Match[str]) -> str:
    byte = ord(match[0]) - 0xDC00
    return f"%{byte:02X}" if 0x80 <= byte <= 0xFF else "\ufffd"


def shown(dossier: Dossier) -> Dossier:
    """The dossier as catalogue and index hold it: every text in it `writable`, of a snapshot no name of what is in it."""
    dossier = _unlisted(dossier) if dossier.kind == "snapshot" else dossier
    plain = json.dumps(serial.to_plain(dossier), ensure_ascii=False)
    if not _UNDECODED.search(plain):
        return dossier
    return serial.from_plain(Dossier, json.loads(writable(plain)))


_TELLS_NO_FILE = {
    "table",
    "column",
    "series",
    "count",
    "lines",
    "records",
    "kept",
    "quarantined",
    "rows",
    "rule",
}
"""Values of a snapshot's findings that name no file and no record."""


def _unlisted(snapshot: Dossier) -> Dossier:
    """Names in a snapshot may be those of secret records, other units, applicants: number and size (MiB) of its files stay."""
    size = math.ceil(sum(file.size for file in snapshot.files) / 2**20 * 10) / 10
    findings = (finding for finding in snapshot.findings if not finding.file)
    return replace(
        snapshot,
        files=(),
        findings=tuple(finding for finding in findings if finding.values.keys() <= _TELLS_NO_FILE),
        extra={**snapshot.extra, "files": str(len(snapshot.files)), "mib": f"{size:.1f}"},
    )


def neutral(item: Item) -> Item:
    """A quarantined item as everybody sees it: its place in the dossier and nothing else."""
    if item.access == "open":
        return item
    return Item(item.id, item.ordinal, "", {}, (), (), access="quarantined")


def without_records(dossier: Dossier) -> Dossier:
    """The dossier as its catalogue entry holds it: each item keeps its own record; names of applicants are covered."""
    return replace(dossier, items=tuple(_without_record(item) for item in dossier.items))


def _without_record(item: Item) -> Item:
    return replace(covering.item(item) if covering.known(item) else item, record=None)


def page_text(reading: PageReading, known: tuple[str, ...] = ()) -> PageText:
    """The text of a page; what the record says of its applicant is covered for everybody: it is searched with right only."""
    shown = text.clean(writable(reading.text))
    return PageText(personal.covered_known(shown, known), reading.confidence)


PIECE = 20_000
"""Letters of a file's text that are kept as one: what is looked into for a snippet is short, as a page is."""


def file_texts(value: str, known: tuple[str, ...] = ()) -> Iterator[PageText]:
    """The text of a file without pages as the catalogue keeps it, after the pages: in pieces, covered like a page."""
    shown = personal.covered_known(text.clean(writable(value)), known)
    at = 0
    while at < len(shown):
        end = at + PIECE
        cut = max(shown.rfind(blank, at + 1, end) for blank in " \n") if end < len(shown) else -1
        end = cut if cut > at else end
        yield PageText(shown[at:end], None)
        at = end


def page_words(page: PageText) -> bytes:
    """The set kept with a page: the folded words of all that any reader may be shown, COVER if that is not all one."""
    shown = {page.text, personal.covered(page.text)}
    words = {word for each in shown for word in text.words(text.fold(each))}
    return wordset.of(words | ({personal.COVER} if len(shown) > 1 else set()))


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
    known = covering.known(item)
    title, code, issuer, type_name = (
        personal.covered_known(value, known)
        for value in (item.title, *map(item.value, ("code", "issuer", "type_name")))
    )
    return ItemRow(
        id=item.id,
        dossier_id=dossier.id,
        ordinal=item.ordinal,
        title=text.clean(title),
        code=code,
        date=item.value("issued_date"),
        issuer=offices.written(issuer),
        type_name=type_name,
        fonds_code=dossier.fonds.code,
        fonds_title=dossier.fonds.title,
        unit_code=dossier.fonds.unit.code,
        unit_name=dossier.fonds.unit.name,
        dossier_title=dossier.title,
        page_count=len(item.pages),
        confidence=mean_confidence(pages) if item.access == "open" else None,
        access=item.access,
        level=record_class(dossier, item).level,
        embargo=record_class(dossier, item).embargo,
        number=item.record.number if item.record and item.record.kind == "document" else "",
        register=item.record.register if item.record and item.record.kind == "document" else "",
        **system_of(dossier),
    )


def system_of(dossier: Dossier) -> dict[str, str]:
    """The closed system that a volume of records comes from, as its lines name it."""
    facts = dossier.snapshot or Snapshot("", "")
    return {"system": facts.system, "system_title": facts.title, "as_of": facts.as_of}


def record_class(dossier: Dossier, item: Item | None = None) -> RecordClass:
    """The class of an item, or of the dossier itself: of two levels the stricter, of two embargoes the later."""
    own = item or dossier
    return RecordClass(
        dossier.fonds.unit.code,
        dossier.fonds.code,
        stricter(dossier.level, own.level),
        max(dossier.embargo, own.embargo),
    )


def dossier_key(dossier: Dossier) -> DossierKey:
    first, last = years(dossier)
    return DossierKey(dossier.id, dossier.code, (int(first), int(last)) if first and last else None)


def terms(dossier: Dossier, item: Item | None = None) -> frozenset[str]:
    """The scope terms of an item, or of the dossier itself."""
    return record_terms(record_class(dossier, item), dossier.id, item.id if item else "")


def within(dossier: Dossier, scope: Scope) -> Dossier:
    """The dossier with what `scope` admits of it: no item, event, finding or date tells of a hidden one."""
    return without(dossier, [item for item in dossier.items if not scope.admits(terms(dossier, item))])


def without(dossier: Dossier, unseen: Sequence[Item]) -> Dossier:
    """The dossier as if it had never held these of its items."""
    if not unseen:
        return dossier
    gone = {item.id for item in unseen}
    shown = tuple(item for item in dossier.items if item.id not in gone)
    hidden = {name for item in unseen for name in _names(item)}
    events = (_event_without(event, hidden) for event in dossier.events)
    findings = tuple(finding for finding in dossier.findings if finding.file not in hidden)
    first, last = _own_span(dossier) or _span(shown) or ("", "")
    return replace(
        dossier,
        items=shown,
        events=tuple(filter(None, events)),
        findings=findings,
        start_date=first,
        end_date=last,
    )


def spoken_for(dossier: Dossier) -> Dossier:
    """The dossier without the dates that are only those of its documents: who sees some of these sees their dates."""
    first, last = _own_span(dossier) or ("", "")
    return replace(dossier, start_date=first, end_date=last)


def _own_span(dossier: Dossier) -> tuple[str, str] | None:
    """The dates of the dossier itself; None when it has none, or just those of all its documents."""
    stated = (dossier.start_date, dossier.end_date)
    return stated if any(stated) and stated != _span(dossier.items) else None


def _span(items: Iterable[Item]) -> tuple[str, str] | None:
    dated = sorted(filter(None, (item.value("issued_date") for item in items)))
    return (dated[0], dated[-1]) if dated else None


def _names(item: Item) -> Iterator[str]:
    yield item.id
    for file in item.files:
        yield from (file.path, file.name)
    yield from item.also_received_as


def _event_without(event: Event, hidden: set[str]) -> Event | None:
    """The event without its hidden objects; None when it was about nothing else or its text names one."""
    objects = tuple(name for name in event.objects if name not in hidden)
    if (event.objects and not objects) or any(name in event.detail for name in hidden):
        return None
    return replace(event, objects=objects)


def index_entry(dossier: Dossier, item: Item, pages: Sequence[PageText], kind_: str) -> IndexEntry:
    """The index entry of an open item; `kind_` as of `kind`. Raises ValueError for a quarantined one."""
    if item.access != "open":
        raise ValueError(item.id)
    known = covering.known(item)
    body = "\n".join(filter(None, [searched.words(item.record), *(page.text for page in pages)]))
    fields = {name: text.clean(field.value) for name, field in item.fields.items() if field.value}
    fields |= _context(dossier) | searched.fields(item.record)
    return IndexEntry(
        id=item.id,
        scope=terms(dossier, item),
        title=personal.taken_out(index_title(item), known),
        body=personal.taken_out(body, known),
        codes=_codes(item),
        facets={name: value for name, value in _facets(dossier, item, kind_).items() if value},
        fields={name: personal.taken_out(value, known) for name, value in fields.items()},
        date=item.value("issued_date"),
        personal=tuple(sorted(_personal(item, body, "\n".join(fields.values())))),
        dossier=dossier.id if dossier.id != ids.dossier_of(item.id) else "",
    )


def _personal(item: Item, *texts: str) -> set[str]:
    """What the item is found by only with the right to its personal data."""
    found = {number for each in texts for number in personal.numbers(each)}
    procedure = item.record.procedure if item.record else None
    if procedure is None:
        return found
    who = procedure.applicant
    return found | set(personal.person_tokens(who.name, who.identity, who.phone, who.email))


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
    code = personal.taken_out(item.value("code"), covering.known(item)).strip()
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
        "kind": searched.kind(item) or kind_,
        "system": item.record.system if item.record else "",
    }


def _sure(item: Item, name: str) -> str:
    """The value when it is shown as fact: a facet must not list proposals, nor personal numbers."""
    field = item.fields.get(name)
    return text.clean(personal.taken_out(field.value, covering.known(item))) if field and field.sure else ""


def kind(readings: Sequence[PageReading]) -> str:
    """`born-digital` when all text came with the file, `scan` when it was read from images, else `mixed`."""
    sources = {reading.source for reading in readings} - {"none"}
    return {frozenset({"text-layer"}): "born-digital", frozenset({"ocr", "text-layer"}): "mixed"}.get(
        frozenset(sources), "scan"
    )


def row_class(row: ItemRow) -> RecordClass:
    return RecordClass(row.unit_code, row.fonds_code, row.level, row.embargo)


def row_terms(row: ItemRow) -> frozenset[str]:
    return record_terms(row_class(row), row.dossier_id, row.id)


def years(dossier: Dossier) -> tuple[str | None, str | None]:
    """(first, last) year that the dossier's dates or its documents' dates name; (None, None) when unknown."""
    dated = (item.value("issued_date") for item in dossier.items if item.access == "open")
    stated = [dossier.start_date, dossier.end_date, *dated]
    known = sorted(dates.year(value) for value in stated if value)
    return (known[0], known[-1]) if known else (None, None)


def received(dossier: Dossier) -> str:
    """When the newest event of the dossier as a whole happened, ISO 8601; "" when none is recorded.

    Events of single documents do not count: they may be hidden.
    """
    own = (event.when for event in dossier.events if not event.objects or dossier.id in event.objects)
    return max(own, default="")
