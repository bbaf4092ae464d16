"""What a person should look at before trusting the register: its own doubts, and where an official table says otherwise."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from archive import text
from archive.errors import UsageError
from archive.units import names, national
from archive.units.changes import Row
from archive.units.store import National
from archive.units.succession import Register, RegisteredUnit, Succession
from archive.units.tables import heading, read


@dataclass(frozen=True)
class Doubt:
    """One row of the review list. `code` is a message `units.doubt.<code>`; `ours` and `theirs` are what is said."""

    code: str
    unit: str
    name: str
    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True)
class OfficialRow:
    """One old commune passing to one new commune, as a table has it; `extent` "" when its note does not say."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    extent: str


def doubts(register: Register, ground: National) -> list[Doubt]:
    """What the register leaves open by itself: what waits for an answer first, then by kind and unit id."""
    found = [
        *_unsure(register),
        *_splits(register, ground),
        *_loose_ends(register),
        *_alike(register),
        *_spelling(register),
    ]
    return sorted(found, key=lambda doubt: (doubt.code != "unsure", doubt.code, doubt.unit))


def against(register: Register, table: Iterable[OfficialRow]) -> list[Doubt]:
    """Where an official table of the rearrangement of 1/7/2025 differs from the register."""
    rows = [row for row in table if row.old_code and row.new_code]
    found = [*_pairs(register, rows), *_other_names(register, rows), *_other_extents(register, rows)]
    return sorted(set(found), key=lambda doubt: (doubt.code, doubt.unit, doubt.theirs))


def official(name: str, content: bytes) -> list[OfficialRow]:
    """The rows of an official conversion table (CSV or XLSX). UsageError when it has no such columns."""
    columns = {field: set(map(heading, titles)) for field, titles in _columns().items() if field != "extents"}
    for table in read(name, content):
        for place, (_, cells) in enumerate(table.rows):
            at = {field: _place(cells, titles) for field, titles in columns.items()}
            if at["old_code"] is not None and at["new_code"] is not None:
                return [_official(at, row) for _, row in table.rows[place + 1 :]]
    raise UsageError("units.no_official_columns", file=name, columns=", ".join(_columns()["old_code"]))


# --------------------------------------------------------------------------- doubts of its own


def _unsure(register: Register) -> Iterator[Doubt]:
    """Successions that nothing is inherited through until somebody confirms them."""
    for row in register.successions:
        if not row.followed:
            name = register.unit(row.predecessor).name
            yield Doubt(
                "unsure", row.predecessor, name, _named(register, row.successor), f"{row.confidence:.0%}"
            )


def _splits(register: Register, ground: National) -> Iterator[Doubt]:
    """A split commune: which successor keeps which records nobody has said; the package only guesses the main part."""
    main = dict(ground.main)
    for unit in register.units.values():
        parts = [
            row.successor for row in register.successors(unit.id) if row.extent == "part" and row.successor
        ]
        if len(parts) > 1:
            guessed = _named(register, main[unit.id]) if main.get(unit.id) in parts else ""
            yield Doubt(
                "split", unit.id, unit.name, "; ".join(_named(register, one) for one in parts), guessed
            )


def _loose_ends(register: Register) -> Iterator[Doubt]:
    """Communes that ended and lead nowhere, communes that came from nowhere, units without an official code."""
    first = national.facts()["first_day"]
    for unit in register.units.values():
        if unit.level == "commune" and unit.valid_to and not register.successors(unit.id):
            yield Doubt("no_successor", unit.id, unit.name)
        if unit.level == "commune" and unit.valid_from == first and not register.predecessors(unit.id):
            yield Doubt("no_predecessor", unit.id, unit.name)
        if unit.level in ("province", "district", "commune") and not unit.code.isdigit():
            yield Doubt("no_code", unit.id, unit.name, unit.code)


def _alike(register: Register) -> Iterator[Doubt]:
    """Communes side by side whose names differ in marks only: easily taken for each other."""
    groups: dict[tuple[str | None, str], list[RegisteredUnit]] = {}
    for unit in register.units.values():
        if unit.level == "commune":
            groups.setdefault((unit.parent, names.key(names.bare(unit.name))), []).append(unit)
    for group in groups.values():
        if len({unit.code for unit in group}) > 1:
            for unit in group:
                others = "; ".join(_named(register, one.id) for one in group if one.id != unit.id)
                yield Doubt("alike", unit.id, unit.name, others)


def _spelling(register: Register) -> Iterator[Doubt]:
    """Names without a capital in front, without a known kind, or with the tone mark in the older place."""
    for unit in register.units.values():
        if unit.level in ("agency", "other"):
            continue
        usual = unit.name[:1].upper() + unit.name[1:]
        if text.lower(unit.name) != text.exact(unit.name):
            yield Doubt("tone", unit.id, unit.name, theirs=text.exact(unit.name))
        if unit.name != usual or not names.kind_of(unit.name):
            yield Doubt("written", unit.id, unit.name)


# --------------------------------------------------------------------------- against an official table


def _pairs(register: Register, rows: list[OfficialRow]) -> Iterator[Doubt]:
    """Old communes whose successors are not the same on both sides, and codes only one side knows."""
    theirs: dict[str, set[str]] = {}
    for row in rows:
        theirs.setdefault(_old(row.old_code), set()).add(_new(row.new_code))
    called = {_old(row.old_code): row.old_name for row in rows}
    for unit_id, after in theirs.items():
        if register.unit(unit_id) is None:
            yield Doubt("unknown_old", unit_id, called[unit_id], theirs="; ".join(sorted(after)))
            continue
        ours = {row.successor for row in register.successors(unit_id)}
        if ours != after:
            code = "theirs_more" if ours < after else "ours_more" if after < ours else "contradiction"
            said = ["; ".join(_named(register, one) for one in sorted(side)) for side in (ours, after)]
            yield Doubt(code, unit_id, register.unit(unit_id).name, *said)
    for unit in register.units.values():
        if unit.level == "commune" and _is_old(unit.id) and unit.id not in theirs:
            yield Doubt("not_in_table", unit.id, unit.name)


def _other_names(register: Register, rows: list[OfficialRow]) -> Iterator[Doubt]:
    called = {_old(row.old_code): row.old_name for row in rows} | {
        _new(row.new_code): row.new_name for row in rows
    }
    for unit_id, name in called.items():
        unit = register.unit(unit_id)
        if unit is None:
            if not _is_old(unit_id):
                yield Doubt("unknown_new", unit_id, name)
        elif name and unit.name != name:
            same = text.exact(text.clean(unit.name)) == text.exact(text.clean(name))
            yield Doubt("spelling" if same else "name", unit_id, unit.name, unit.name, name)


def _other_extents(register: Register, rows: list[OfficialRow]) -> Iterator[Doubt]:
    for row in rows:
        unit_id, after = _old(row.old_code), _new(row.new_code)
        link = next((one for one in register.successors(unit_id) if one.successor == after), None)
        if link and row.extent and link.extent != row.extent:
            yield Doubt("extent", unit_id, row.old_name, f"{after}: {link.extent}", f"{after}: {row.extent}")


def corrections(register: Register, table: Iterable[OfficialRow], source: str) -> list[Row]:
    """The rows that bring the register in line with an official table: pairs to add, to confirm, to take out.

    For an archivist to look through and hand to `kho units apply`.
    """
    theirs: dict[str, dict[str, str]] = {}
    for row in table:
        if row.old_code and row.new_code:
            theirs.setdefault(_old(row.old_code), {})[_new(row.new_code)] = row.extent
    found: list[dict[str, str]] = []
    for before, listed in theirs.items():
        if register.unit(before) is None or not all(map(register.unit, listed)):
            continue
        ours = {row.successor: row for row in register.successors(before)}
        for after in sorted({*ours, *listed}):
            extent = "part" if len(listed) > 1 else listed.get(after) or "whole"
            if after not in listed:
                found.append({"predecessor": before, "successor": after, "remove": "x"})
            elif after not in ours or not ours[after].followed or ours[after].extent != extent:
                found.append(_confirmed(before, after, extent, ours.get(after), source))
    return [Row("succession", number, "", values) for number, values in enumerate(found, 2)]


def _confirmed(before: str, after: str, extent: str, known: Succession | None, source: str) -> dict[str, str]:
    return {
        "predecessor": before,
        "successor": after,
        "kind": "split" if extent == "part" else "merged",
        "extent": extent,
        "day": national.facts()["first_day"].isoformat(),
        "basis": known.basis if known else national.facts()["basis"]["commune"],
        "source": source,
        "confidence": "1",
    }


def _named(register: Register, unit_id: str) -> str:
    unit = register.unit(unit_id)
    return f"{unit_id} {unit.name}" if unit else unit_id


def _old(code: str) -> str:
    return f"{code}.{national.facts()['old_list']}"


def _new(code: str) -> str:
    return f"{code}.{national.facts()['new_list']}"


def _is_old(unit_id: str) -> bool:
    return unit_id.endswith(f".{national.facts()['old_list']}")


def _place(cells: tuple[str, ...], titles: set[str]) -> int | None:
    return next((at for at, cell in enumerate(cells) if heading(cell) in titles), None)


def _official(at: dict[str, int | None], cells: tuple[str, ...]) -> OfficialRow:
    said = {
        field: cells[place] if place is not None and place < len(cells) else "" for field, place in at.items()
    }
    extents = _columns()["extents"].items()
    note = heading(said.pop("note"))
    extent = next((extent for begins, extent in extents if note.startswith(heading(begins))), "")
    return OfficialRow(**said, extent=extent)


@cache
def _columns() -> dict:
    return tomllib.loads(Path(__file__).with_name("review.toml").read_text(encoding="utf-8"))
