"""Who may read a record, as a catalogue states it: cells -> level and embargo. Each batch's word is kept. Pure.

The note of a batch's word is the record's extra `level.<accession>`: "<level>" or "<level> <embargo>". Of several
batches' words the strictest holds; a batch changes its own word only by another one, never by saying nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import TypeVar

from archive import dates, text
from archive.model import Dossier, Item
from archive.rights.access import LEVELS, stricter
from ingest.data import table

NOTE = "level."
Record = TypeVar("Record", Item, Dossier)


@dataclass(frozen=True)
class Stated:
    """What a row says: `level` "" when it says nothing, `embargo` as in model.Item.

    `unclear`: a cell could not be understood; the record is closed until somebody writes what is meant.
    """

    level: str = ""
    embargo: str = ""
    unclear: bool = False

    @property
    def restricts(self) -> bool:
        return self.level not in ("", LEVELS[0]) or bool(self.embargo)


NOTHING = Stated()


def stated(access: str, until: str) -> Stated:
    """The meaning of the cells "mức độ tiếp cận" and "hạn chế đến ngày": its day is the last one of the restriction."""
    if not access.strip() and not until.strip():
        return NOTHING
    level = _level(access) if access.strip() else LEVELS[0]
    embargo = _day_after(until) if until.strip() else ""
    if level is None or embargo is None:
        return Stated(LEVELS[-1], embargo or "", unclear=True)
    return Stated(level, embargo)


def _level(access: str) -> str | None:
    """The strictest of the levels named ("Rộng rãi / Hạn chế"); None when one of them is not known."""
    levels = [_words().get(_plain(word)) for word in re.split("[/;,]", access)]
    return None if None in levels else stricter(*levels)


def strictest(words: Iterable[Stated]) -> Stated:
    """What several rows say of one record."""
    said = [word for word in words if word.level]
    if not said:
        return NOTHING
    return Stated(
        stricter(*(word.level for word in said)),
        max(word.embargo for word in said),
        any(word.unclear for word in said),
    )


def with_level(record: Record, held: Record | None, accession: str, said: Stated) -> Record:
    """The record with what holds of all batches' words: those noted in `held`, and this one's."""
    notes = _notes(held.extra) if held else {}
    if said.level:
        notes[f"{NOTE}{accession}"] = f"{said.level} {said.embargo}".strip()
    holding = strictest(_noted(note) for note in notes.values())
    changed = replace(record, extra=record.extra | notes)
    if isinstance(record, Item) and record.access != "open":
        return changed  # its neutral entry is for everybody who sees the dossier
    return replace(changed, level=holding.level or LEVELS[0], embargo=holding.embargo)


def _notes(extra: Mapping[str, str]) -> dict[str, str]:
    return {name: note for name, note in extra.items() if name.startswith(NOTE)}


def _noted(note: str) -> Stated:
    level, _, embargo = note.partition(" ")
    return Stated(level, embargo)


def _day_after(said: str) -> str | None:
    """The first day after a date, a month or a year; None for what is no date."""
    written = dates.parse(said)
    if not written:
        return None
    year, month, day = map(int, dates.first_day(written).split("-"))
    try:
        if len(written) == 4:
            return date(year + 1, 1, 1).isoformat()
        if len(written) == 7:
            return date(year + month // 12, month % 12 + 1, 1).isoformat()
        return (date(year, month, day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return None


@cache
def _words() -> dict[str, str]:
    words = table("access_levels")
    return {_plain(word): level for level in LEVELS for word in words[level]}


def _plain(said: str) -> str:
    return " ".join(text.words(text.fold(text.clean(said))))
