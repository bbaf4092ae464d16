"""The register on disk, read side: national rows + archivists' sheets in the order they were applied.

<home>/register/history/0001-<digest>.json   what was done: build, sheet or undo; the name carries the digest
<home>/register/files/<sha256>.<ending>      what it was done with, whole: the national rows, the sheet as received

The register is the last national build that stands, with the rows of every sheet that stands applied in order.
Nothing is ever taken out: an undo is another entry. Opens files read-only.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from archive import serial
from archive.errors import HomeError
from archive.units.changes import Row, SheetRefused, apply
from archive.units.succession import Register, RegisteredUnit, Succession

FORMAT = "kho-units/1"
_ENTRY = re.compile(r"(?P<number>\d{4,})-(?P<digest>[0-9a-f]{16})\.json\Z")


@dataclass(frozen=True)
class National:
    """The ground of a register. `source`: package, version, licence, digests of its files.

    `main` are the pairs of a split unit and the successor the package takes for its main part: an estimate.
    """

    source: dict
    units: tuple[RegisteredUnit, ...] = ()
    successions: tuple[Succession, ...] = ()
    main: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Entry:
    """One thing done to the register. `action`: build, sheet or undo; `file` is a name in files/."""

    number: int
    action: str
    who: str
    when: str
    name: str = ""
    file: str = ""
    rows: tuple[Row, ...] = ()
    undoes: int = 0
    why: str = ""


def load(folder: Path) -> Register:
    """The register as it stands; an empty one when the folder is absent. HomeError when it is damaged."""
    try:
        with _no_collecting():
            return compiled(folder, history(folder))
    except SheetRefused as error:
        raise HomeError("units.damaged", file=folder) from error


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """Tens of thousands of new rows make the collector walk over all of them again and again: a third of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def compiled(folder: Path, entries: Sequence[Entry]) -> Register:
    """The register that these entries make."""
    standing = in_force(entries)
    ground = national_of(folder, entries)
    sheets = [entry for entry in standing if entry.action == "sheet"]
    marks = [entry.file for entry in standing if entry.action == "build"][-1:] + [
        f"{entry.number}:{entry.file}" for entry in sheets
    ]
    version = hashlib.sha256("\n".join(marks).encode()).hexdigest()
    register = Register(ground.units, ground.successions, version=version)
    return apply(register, *(entry.rows for entry in sheets), version=version) if sheets else register


def national_of(folder: Path, entries: Sequence[Entry]) -> National:
    """The national rows that stand: the last build not undone; empty without any."""
    builds = [entry for entry in in_force(entries) if entry.action == "build"]
    if not builds:
        return National({})
    path = folder / "files" / builds[-1].file
    content = _read(path)
    if hashlib.sha256(content).hexdigest() != path.stem:
        raise HomeError("units.damaged", file=path)
    try:
        return unpack(content)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise HomeError("units.damaged", file=path) from error


def history(folder: Path) -> list[Entry]:
    """Every entry in order, undone ones included. HomeError for one that is missing, strange or damaged."""
    found = sorted(path for path in (folder / "history").glob("*.json") if _ENTRY.match(path.name))
    entries = [_entry(path) for path in found]
    for place, (entry, path) in enumerate(zip(entries, found, strict=True), 1):
        if entry.number != place:
            raise HomeError("units.history_gap", folder=path.parent, number=place)
    return entries


def in_force(entries: Sequence[Entry]) -> list[Entry]:
    """Builds and sheets that no standing undo takes back, in order."""
    undone = undone_numbers(entries)
    return [entry for entry in entries if entry.action != "undo" and entry.number not in undone]


def undone_numbers(entries: Sequence[Entry]) -> set[int]:
    """Numbers of entries taken back. An undo can be undone too: then what it took back stands again."""
    undone: set[int] = set()
    for entry in reversed(entries):
        if entry.action == "undo" and entry.number not in undone:
            undone.add(entry.undoes)
    return undone


def entry_name(number: int, content: bytes) -> str:
    return f"{number:04d}-{hashlib.sha256(content).hexdigest()[:16]}.json"


def _entry(path: Path) -> Entry:
    content = _read(path)
    number = int(_ENTRY.match(path.name)["number"])
    if path.name != entry_name(number, content):
        raise HomeError("units.damaged", file=path)
    try:
        return serial.loads(Entry, content)
    except (ValueError, TypeError, AttributeError) as error:
        raise HomeError("units.damaged", file=path) from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HomeError("units.damaged", file=path) from error


# --------------------------------------------------------------------------- national rows, made to be read fast


def pack(national: National) -> bytes:
    """National rows as one compact JSON document: rows as arrays, repeated sentences once. The same rows, the same bytes."""
    sentences: dict[str, int] = {}

    def number(sentence: str) -> int:
        return sentences.setdefault(sentence, len(sentences))

    rows = [
        [
            *(unit.id, unit.code, unit.name, unit.level, unit.kind, unit.parent),
            *(_iso(unit.valid_from), _iso(unit.valid_to), unit.aliases, unit.organ_ids, number(unit.source)),
        ]
        for unit in national.units
    ]
    links = [
        [
            *(row.predecessor, row.successor, row.kind, row.extent, _iso(row.day)),
            *(number(row.basis), number(row.source), row.confidence),
        ]
        for row in national.successions
    ]
    document = {
        "format": FORMAT,
        "source": national.source,
        "sentences": list(sentences),
        "units": rows,
        "successions": links,
        "main": national.main,
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def unpack(content: bytes) -> National:
    """The inverse of `pack`. Raises ValueError for anything else."""
    document = json.loads(content)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"not {FORMAT}")
    said = document["sentences"]
    units = [
        RegisteredUnit(
            *(unit_id, code, name, level, kind, parent, _day(first), _day(last)),
            *(tuple(aliases), tuple(organs), said[source]),
        )
        for unit_id, code, name, level, kind, parent, first, last, aliases, organs, source in document[
            "units"
        ]
    ]
    successions = [
        Succession(before, after, kind, extent, _day(day), said[basis], said[source], trust)
        for before, after, kind, extent, day, basis, source, trust in document["successions"]
    ]
    main = tuple((before, after) for before, after in document["main"])
    return National(document["source"], tuple(units), tuple(successions), main)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@cache
def _day(iso: str | None) -> date | None:
    return date.fromisoformat(iso) if iso else None
