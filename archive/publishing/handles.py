"""By what a system record is found beside its description: old id, web address, dossier code, register. Pure.

Keys are compared as they are: whoever looks something up makes its key here too. Links between records are keys as
well and are resolved when they are shown, within the scope of who looks: what he may not see changes no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive import text
from archive.model import Item
from archive.processing import SystemRecord

LEGACY, ADDRESS, CASE, EXCHANGE, NUMBER = "legacy", "address", "case", "exchange", "number"
CITES, CITES_NUMBER = "cites", "cites-number"
"""Kinds of handles. Records that name another by its old id or by its number carry the last two, with that one's key."""

_NUMBERED = re.compile(r"\D*?(\d+)(.*)", re.DOTALL)
_LAST = "~"
"""Sorts after every digit: entries without a number stand at a register's end."""


@dataclass(frozen=True)
class RegisterKey:
    """One register of a system: sổ văn bản đến, đi, ... of a unit (its id in the system) and year.

    `direction` as mapped, else as the system wrote it.
    """

    fonds: str
    direction: str
    name: str = ""
    year: str = ""
    system: str = ""
    unit: str = ""


@dataclass(frozen=True)
class RegisterSummary:
    """A register and how many of its entries can be read."""

    key: RegisterKey
    items: int


def newest_first(summary: RegisterSummary) -> tuple:
    """The order in which registers are listed."""
    key = summary.key
    return [-ord(sign) for sign in key.year], key.direction, key.name, key.system, key.unit


def handles(item: Item) -> Iterator[tuple[str, str]]:
    """(kind, key) of an item; none for what is no system record."""
    record = item.record
    if record is None or item.access != "open":
        return
    yield LEGACY, legacy(record.system, record.old_id)
    for url in record.urls:
        yield ADDRESS, address(url)
    if record.procedure and record.procedure.code:
        yield CASE, case(record.procedure.code)
    if record.exchange_id:
        yield EXCHANGE, record.exchange_id
    if item.value("code"):
        yield NUMBER, number(record.system, item.value("code"))
    for link in record.links:
        if link.target:
            yield CITES, legacy(record.system, link.target)
        elif link.text:
            yield CITES_NUMBER, number(record.system, link.text)


def legacy(system: str, old_id: str) -> str:
    return f"{system}\n{old_id}"


def number(system: str, code: str) -> str:
    """The key of a document number within one system."""
    return f"{system}\n{text.code_token(code)}"


def case(code: str) -> str:
    """The key of a procedure dossier's code: the same in every system."""
    return text.code_token(code)


def address(url: str) -> str:
    """A web address as it is compared: without scheme, port, user and fragment, the host in lower case."""
    try:
        parts = urlsplit(url.strip() if "//" in url else f"//{url.strip()}")
        host = parts.hostname or ""
    except ValueError:
        return url.strip()
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path.rstrip('/')}{query}"


def register_of(fonds_code: str, item: Item) -> RegisterKey | None:
    """The register an item stands in; None for what stands in none."""
    record = item.record
    if record is None or record.kind != "document" or item.access != "open":
        return None
    direction = record.direction.value or record.direction.raw
    return RegisterKey(
        fonds_code, direction, record.register, _year(item, record), record.system, record.unit
    )


def _year(item: Item, record: SystemRecord) -> str:
    return record.register_year or record.arrived[:4] or item.value("issued_date")[:4]


def place(record: SystemRecord) -> str:
    """Where an entry stands in its register: by number as clerks count ("12", "12a", "13"), then by day."""
    found = _NUMBERED.fullmatch(record.number.strip())
    if not found:
        return _LAST + text.fold(text.clean(record.number))
    return f"{int(found[1][:18]):018d}{text.fold(text.clean(found[2])).strip()} {record.arrived}"
