"""IndexEntry -> the tokens and columns every index engine keeps, so that all engines see the same words. Pure.

Texts are tokens joined by blanks. `codes` are whole: document numbers, and with
their field the codes of fonds, unit and dossier; `scope` and `personal` too. `body` holds everything searchable: title, described values and page texts.
A lone BREAK stands between pieces, so that no phrase runs from one into the next.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache

from archive import dates, ids, text
from archive.model import IndexEntry

BREAK = "|"
UNDATED_LAST = 99999999
PLACE_BITS, ORDINAL_BITS = 36, 10
NO_CODE = 2**63 - 1

PHRASES = ("described", "title_exact", "title_folded", "body_exact", "body_folded")
"""Text fields in which phrases are searched; the pairs below only tell whether they are there."""

PAIRS = ("title_pairs", "body_pairs")
PAIRS_OF = {
    "title_folded": "title_pairs",
    "title_exact": "title_pairs",
    "body_folded": "body_pairs",
    "body_exact": "body_pairs",
}
"""Text field -> the field that holds its folded syllable pairs: they answer a phrase, or leave few entries to look into."""

WHOLE = ("scope", "codes", "personal")
NUMBERS = ("first", "last", "newest", "oldest", "code_order")

_DESCRIBED_AS = {
    "code_number": "code",
    "code_notation": "code",
    "type_name": "type",
    "parent_issuer": "issuer",
    "recipients": "recipient",
    "addressees": "recipient",
    "fonds_title": "fonds",
    "unit_name": "unit",
    "dossier_title": "dossier",
}
"""Name in an entry -> name of the query field (archive.queries.FIELDS) that searches it; others keep theirs."""

_CONTEXT = ("fonds_title", "unit_name", "arrival", "system")
"""Whom the item comes from: every item of a unit would be a hit for the unit's name, so only fields search these.
So is a number in a register: 12 alone says little.

The dossier's title says what its items are about, often in words of its own: it is part of their body.
"""


@dataclass(frozen=True)
class Analysed:
    """What an engine stores of one entry. Dates are numbers yyyymmdd; `first`..`last` is what the date may mean.

    `newest` (sorted down) and `oldest` (sorted up) hold the date and then the entry's place, so that they never tie.
    """

    id: str
    scope: tuple[str, ...]
    facets: dict[str, str]
    codes: tuple[str, ...]
    personal: tuple[str, ...]
    described: str
    title_exact: str
    title_folded: str
    title_pairs: str
    body_exact: str
    body_folded: str
    body_pairs: str
    first: int
    last: int
    newest: int
    oldest: int
    code_order: int


def analyse(entry: IndexEntry) -> Analysed:
    title = tokens(entry.title)
    title_folded = [_folded(word) for word in title]
    body = list(title)
    values = dict.fromkeys(value for name, value in entry.fields.items() if name not in _CONTEXT)
    for value in (*values, entry.body):
        body += [BREAK, *tokens(value)]
    body_folded = [_folded(word) for word in body]
    first, last = _days(entry.date)
    return Analysed(
        id=entry.id,
        scope=tuple(sorted(entry.scope)),
        facets=entry.facets,
        codes=(*(text.code_token(code) for code in entry.codes), *_holder_codes(entry)),
        personal=entry.personal,
        described=_described(entry),
        title_exact=" ".join(title),
        title_folded=" ".join(title_folded),
        title_pairs=" ".join(text.pairs(title_folded)),
        body_exact=" ".join(body),
        body_folded=" ".join(body_folded),
        body_pairs=" ".join(text.pairs(body_folded)),
        first=first,
        last=last,
        newest=(first << PLACE_BITS) + (1 << PLACE_BITS) - 1 - place(entry.id),
        oldest=((first or UNDATED_LAST) << PLACE_BITS) + place(entry.id),
        code_order=code_order(entry.codes[0]) if entry.codes else NO_CODE,
    )


def tokens(value: str) -> list[str]:
    """Words with their marks, in the one form of archive.text."""
    return [_exact(word) for word in text.words(text.clean(value))]


# Words repeat: the rule is applied once to each form, not to each character of each page.
_exact = lru_cache(maxsize=200_000)(text.exact)
_folded = lru_cache(maxsize=200_000)(text.fold)


def described(field: str, word: str) -> str:
    """The token of a folded word inside a field of the description."""
    return f"{field}={word}"


def _holder_codes(entry: IndexEntry) -> list[str]:
    """Whole codes of what the item belongs to, each one token: a code is not found by the start of a longer one."""
    dossier = entry.dossier or ids.dossier_of(entry.id)
    held = [("dossier", dossier), ("dossier", dossier.partition(":")[2])]
    held += [(name, entry.facets[name]) for name in ("fonds", "unit") if name in entry.facets]
    return [described(field, text.fold(code)) for field, code in held]


def _described(entry: IndexEntry) -> str:
    """Tokens of all fields: `type=quyet type=dinh | issuer=uy issuer=ban ...`."""
    values = [
        *entry.fields.items(),
        *entry.facets.items(),
        ("dossier", entry.dossier or ids.dossier_of(entry.id)),
    ]
    if "subject" not in entry.fields:
        values.append(("subject", entry.title))
    pieces = [
        " ".join(described(_DESCRIBED_AS.get(name, name), word) for word in map(_folded, tokens(value)))
        for name, value in values
    ]
    return f" {BREAK} ".join(dict.fromkeys(piece for piece in pieces if piece))


def place(item_id: str) -> int:
    """A number of PLACE_BITS bits that depends on the id alone: dossiers in a fixed order, their items in theirs."""
    dossier, _, ordinal = item_id.rpartition(":")
    ahead = zlib.crc32(dossier.encode()) >> (32 - PLACE_BITS + ORDINAL_BITS)
    return (ahead << ORDINAL_BITS) + min(int(ordinal), (1 << ORDINAL_BITS) - 1)


def number_of(day: str) -> int:
    """A full ISO day as a number that sorts like it."""
    return int(day.replace("-", ""))


def _days(date: str) -> tuple[int, int]:
    iso = dates.parse(date)
    return (number_of(dates.first_day(iso)), number_of(dates.last_day(iso))) if iso else (0, 0)


_LETTERS = "-0123456789abcdefghijklmnopqrstuvwxyz&./"


def code_order(code: str) -> int:
    """A number that sorts document numbers by number, then by the start of the notation (8 characters)."""
    token = text.code_token(code)
    digits = token[: len(token) - len(token.lstrip("0123456789"))]
    rest = token[len(digits) :].lstrip("/")[:8].ljust(8)
    order = min(int(digits or 0), 2**20 - 1)
    for letter in rest:
        order = order * 41 + _LETTERS.find(letter) + 1
    return order
