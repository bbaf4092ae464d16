"""Which row of a catalogue belongs to which dossier, and which describes which item. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath

from archive import ids
from archive.model import Finding
from ingest.batch.folder import PlannedDossier, composed, is_sheet, natural
from ingest.catalogue.sheet import Row
from ingest.grading.grades import UNCLEAR, highest
from ingest.grading.levels import NOTHING, Stated, strictest

NO_FILE = "catalogue.no_file"
"""A row whose document did not come; its value `name` is the row's file, or its number."""


@dataclass(frozen=True)
class Match:
    """Rows of one dossier: item position -> row, the dossier's own row, and what does not fit together.

    `about` are all rows that speak of an item, the chosen one and any other; `grade` and `level` are stated for the
    dossier.
    """

    rows: dict[int, Row]
    dossier: Row | None
    findings: tuple[Finding, ...]
    about: dict[int, tuple[Row, ...]] = field(default_factory=dict)
    grade: str = ""
    level: Stated = NOTHING

    def grade_of(self, position: int) -> str:
        """The highest secrecy grade any row states for the item or for its whole dossier, "" for none."""
        return highest(self.grade, *(row.grade for row in self.about.get(position, ())))

    def cleared(self, position: int) -> bool:
        """Does a row say clearly that the item, or its whole dossier, has no grade (any more)?"""
        whole = (self.dossier,) if self.dossier else ()
        return any(row.cleared for row in (*self.about.get(position, ()), *whole))

    def level_of(self, positions: Iterable[int]) -> Stated:
        """The strictest access level any row states for the item that came in these places."""
        return strictest(row.level for place in positions for row in self.about.get(place, ()))


def assign(rows: Iterable[Row], dossiers: Sequence[PlannedDossier]) -> tuple[dict[str, list[Row]], list[Row]]:
    """(dossier code -> its rows, rows of no dossier).

    A row belongs where its sheet lies, else to the dossier it names, else to the one that has its file. A file
    name found in several dossiers tells nothing, unless the row restricts: then it holds for all of them.
    """
    sheets = {sheet: {dossier.code} for dossier in dossiers for sheet in dossier.sheets}
    names: dict[str, set[str]] = defaultdict(set)
    files: dict[str, set[str]] = defaultdict(set)
    for dossier in dossiers:
        for value in (dossier.code, dossier.title, dossier.folder):
            names[_same(value)].add(dossier.code)
        for key in {key for item in dossier.items for name in item.files for key in known_as(name)}:
            files[key].add(dossier.code)
    assigned: dict[str, list[Row]] = defaultdict(list)
    homeless = []
    for row in rows:
        named = [names.get(_same(value), set()) for value in (row.dossier_code, row.dossier_title) if value]
        having = files.get(file_key(row.file), set())
        candidates = sheets.get(row.sheet) or set().union(*named) or having
        if row.restricts and not candidates & having:
            candidates = candidates | having
        if len(candidates) != 1 and not row.restricts:
            candidates = set()
        for code in candidates:
            assigned[code].append(row)
        if not candidates:
            homeless.append(row)
    return assigned, homeless


def match(rows: Sequence[Row], dossier: PlannedDossier, absent: Collection[str] = ()) -> Match:
    """Pair a dossier's rows with its items, by file name, else by ordinal, else by order.

    `absent` names files that were received but refused.
    """
    whole = [row for row in rows if row.describes_dossier]
    listed = [row for row in rows if not row.describes_dossier]
    named, numbered = _naming(listed, dossier), _numbering(listed, dossier)
    fitting = _pairs(named, numbered)
    in_order = {} if fitting else _in_order(listed, dossier, absent)
    pairs = fitting or in_order
    about = {}
    for position in range(len(dossier.items)):
        paired = [pairs[position]] if position in pairs else []
        lines = {*named[position], *numbered[position], *paired}
        about[position] = tuple(listed[number] for number in sorted(lines))
    chosen = {position: listed[number] for position, number in pairs.items()}
    taken = range(len(listed)) if in_order else set(pairs.values())
    left = [row for number, row in enumerate(listed) if number not in taken]
    findings = _misfits(left, bool(listed), chosen, dossier, absent) + _unclear(rows)
    return Match(
        chosen,
        next(iter(whole), None),
        tuple(findings),
        about,
        highest(*(row.grade for row in whole)),
        strictest(row.level for row in whole),
    )


def _pairs(*tests: list[list[int]]) -> dict[int, int]:
    """Item position -> number of its row: the first of its candidates that no other item has taken."""
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for candidates in tests:
        for position, numbers in enumerate(candidates):
            number = next((one for one in numbers if one not in taken), None)
            if position not in pairs and number is not None:
                pairs[position] = number
                taken.add(number)
    return pairs


def _naming(rows: Sequence[Row], dossier: PlannedDossier) -> list[list[int]]:
    """For each item the rows whose file is one of its files, its stem, its folder, or its numbered names' stem."""
    by_name = defaultdict(list)
    for number, row in enumerate(rows):
        by_name[file_key(row.file)].append(number)
    known = [{key for name in item.files for key in known_as(name)} - {""} for item in dossier.items]
    return [sorted(number for key in keys for number in by_name.get(key, ())) for keys in known]


def _numbering(rows: Sequence[Row], dossier: PlannedDossier) -> list[list[int]]:
    """For each item the rows without a file name that have its ordinal."""
    by_ordinal = defaultdict(list)
    for number, row in enumerate(rows):
        if row.ordinal is not None and not row.file:
            by_ordinal[row.ordinal].append(number)
    return [by_ordinal.get(item.ordinal, []) for item in dossier.items]


def _in_order(rows: Sequence[Row], dossier: PlannedDossier, absent: Collection[str]) -> dict[int, int]:
    """Item position -> number of its row for a list without names that follows the files' order.

    As many rows as items; or as items and refused files together, so that a broken file moves no row to its neighbour.
    """
    if any(row.file for row in rows):
        return {}
    items = [(natural(item.files[0]), position) for position, item in enumerate(dossier.items)]
    refused = [(natural(name), -1) for name in absent if _is_in(dossier, name) and not is_sheet(name)]
    for places in (items, sorted(items + refused)):
        if len(places) == len(rows):
            return {position: number for number, (_, position) in enumerate(places) if position >= 0}
    return {}


def _is_in(dossier: PlannedDossier, name: str) -> bool:
    folder, inside, _ = name.partition("/")
    return composed(folder if inside else "") == composed(dossier.folder)


def _misfits(
    left: Sequence[Row],
    listed: bool,
    pairs: dict[int, Row],
    dossier: PlannedDossier,
    absent: Collection[str],
) -> list[Finding]:
    """Rows left over whose file did not come at all, and items no row describes."""
    gone = {key for name in absent for key in known_as(name)}
    found = [_no_file(row) for row in left if file_key(row.file) not in gone]
    if listed:
        missing = [item for position, item in enumerate(dossier.items) if position not in pairs]
        found += [Finding("catalogue.no_row", file=item.files[0]) for item in missing]
    return found


def _unclear(rows: Iterable[Row]) -> list[Finding]:
    """Rows whose secrecy or access cell nobody can be sure of: a person must say what is meant."""
    grades = [
        Finding("catalogue.secrecy_unclear", values=_place(row)) for row in rows if row.grade == UNCLEAR
    ]
    return grades + [
        Finding("catalogue.level_unclear", values=_place(row)) for row in rows if row.level.unclear
    ]


def _no_file(row: Row) -> Finding:
    """A row without a file. One that restricts is not named; where its document is, somebody must find out."""
    if row.restricts:
        return Finding(f"catalogue.{_kind(row)}_no_file", "error", values=_place(row))
    name = row.file or row.fields.get("code", "") or "—"
    return Finding(NO_FILE, values=_place(row) | {"name": name})


def no_dossier(row: Row) -> Finding:
    """A row that belongs to no dossier of the batch."""
    if row.restricts:
        return Finding(f"catalogue.{_kind(row)}_no_dossier", "error", values=_place(row))
    return Finding("catalogue.no_dossier", values=_place(row))


def _kind(row: Row) -> str:
    return "secret" if row.grade else "restricted"


def _place(row: Row) -> dict[str, str]:
    return {"sheet": row.sheet, "line": str(row.line)}


@cache
def known_as(name: str) -> frozenset[str]:
    """The keys (`file_key`) by which a catalogue may mean a file."""
    path = PurePosixPath(file_key(name))
    stem = path.stem
    numberless = re.sub(r"[\s_.(-]*\d+\)?$", "", stem)
    inner = path.parent.name if len(path.parts) > 2 else ""
    return frozenset({str(path), "/".join(path.parts[1:]), path.name, stem, numberless, inner} - {"", "."})


def file_key(name: str) -> str:
    return composed(name).replace("\\", "/").strip().strip("/").casefold()


def _same(value: str) -> str:
    return ids.dossier_code(value).casefold() if value.strip() else ""
