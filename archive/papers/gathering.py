"""The papers filled with what an actor may take out of the archive; each look at a record is on record as any other."""

from __future__ import annotations

from collections.abc import Iterator

from archive.errors import NotFound, UsageError
from archive.lookup.reader import HoldingsReader
from archive.model import Item
from archive.papers import lists
from archive.papers.files import Filled
from archive.papers.forms import REGISTERS
from archive.publishing.handles import RegisterKey
from archive.rights.access import Actor

AT_ONCE = 500


def documents(reader: HoldingsReader, actor: Actor, dossier_id: str, language: str) -> Filled:
    """Mục lục văn bản of a dossier. Raises NotFound."""
    view = reader.dossier(actor, dossier_id)
    return lists.of_documents(view.dossier, view.rows, language)


def dossiers(reader: HoldingsReader, actor: Actor, code: str, language: str, most: int = 0) -> Filled:
    """Mục lục hồ sơ of a fonds. Raises NotFound, UsageError for more than `most` dossiers (0: any number)."""
    page, view = 1, reader.fonds_page(actor, code, 1, AT_ONCE)
    fonds, lines = view.summaries[0].fonds, []
    if most and view.total > most:
        raise UsageError("form.too_long", count=view.total, most=most)
    while view.dossiers:
        for row in view.dossiers:
            dossier = reader.dossier(actor, row.id).dossier
            lines.append(lists.dossier_line(len(lines) + 1, dossier, row.pages))
        page += 1
        view = reader.fonds_page(actor, code, page, AT_ONCE)
    return lists.of_dossiers(lines, language, fonds)


def register(reader: HoldingsReader, actor: Actor, key: RegisterKey, language: str, most: int = 0) -> Filled:
    """A register of a closed system. Raises NotFound, UsageError for more than `most` entries (0: any number)."""
    view = reader.register_page(actor, key, 1, AT_ONCE)
    if most and view.total > most:
        raise UsageError("form.too_long", count=view.total, most=most)
    items = [*view.items, *_further(reader, actor, key, view.total)]
    return lists.of_register(key, items, view.summaries[0].fonds, language)


def _further(reader: HoldingsReader, actor: Actor, key: RegisterKey, total: int) -> Iterator[Item]:
    for page in range(2, -(-total // AT_ONCE) + 1):
        yield from reader.register_page(actor, key, page, AT_ONCE).items


def registers(
    reader: HoldingsReader, actor: Actor, code: str, direction: str, year: str | None
) -> list[RegisterKey]:
    """The registers of a fonds of one kind (and year), the newest first. Raises NotFound when there is none."""
    keys = [one.key for one in reader.fonds_page(actor, code).registers]
    kinds = {key: key.direction if key.direction in REGISTERS else "other" for key in keys}
    meant = [key for key in keys if kinds[key] == direction and year in (None, key.year)]
    if not meant:
        raise NotFound("form.no_register")
    return meant
