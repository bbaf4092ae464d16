"""What a person said of a document stays, whatever a repeated ingest or take-over reads anew. Pure."""

from __future__ import annotations

from dataclasses import replace

from archive.model import Item
from archive.review.entries import SEEN
from ingest.batch.describe import title_of


def with_persons_words(item: Item, held: Item | None) -> Item:
    """The item with the fields that a person set in `held`, its title after them, and what was looked at."""
    if held is None or item.access != "open":
        return item
    fields = {name: field for name, field in held.fields.items() if field.origin == "person"}
    noted = {SEEN: held.extra[SEEN]} if SEEN in held.extra else {}
    kept = replace(item, fields=item.fields | fields, extra=item.extra | noted)
    return replace(kept, title=titled(kept, set(fields)))


def titled(item: Item, said: set[str]) -> str:
    """The title once a person has `said` these fields. A procedure dossier is called by its procedure, never otherwise."""
    if item.record is None:
        return title_of(item.fields, item.files) if said & {"subject", "type_name", "code"} else item.title
    named = item.value("subject") if "subject" in said and not item.record.procedure else ""
    return named or item.title
