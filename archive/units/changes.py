"""What the rows of an archivist's sheet do to a register. Pure: a register and rows in, a new register out.

Values of a row are plain text as `sheet.py` cleaned it: days in ISO 8601, levels and kinds in the model's words, lists
joined by ";". A blank value leaves what was there; "-" empties it. Units are named by id, or by an official code or a
name that only one unit bears.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from archive import ids
from archive.errors import UsageError
from archive.model import Finding
from archive.units import organs
from archive.units.names import kind_of
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession
from archive.units.unit_search import told_apart

KINDS = ("unit", "agency", "renamed", "succession", "assignment")
"""Kinds of rows in the order they are carried out, whatever their order in the sheet."""

EMPTY = "-"
_LEVEL_BY_LENGTH = {2: "province", 3: "district", 5: "commune"}
_ENDING = ("merged", "continued", "renamed", "abolished")
"""After these a whole unit is there no more."""


@dataclass(frozen=True)
class Row:
    """One row of a sheet: its kind, where it stands (sheet name, row number from 1), its values by field."""

    kind: str
    number: int
    sheet: str = ""
    values: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str:
        value = self.values.get(name, "")
        return "" if value == EMPTY else value


class SheetRefused(UsageError):
    """A sheet that cannot be applied: every problem found, each with its row. Nothing was changed."""

    code = "units.sheet_refused"

    def __init__(self, problems: Sequence[Finding]) -> None:
        super().__init__(count=len(problems))
        self.problems = tuple(problems)

    def __reduce__(self):
        return (type(self), (self.problems,))


class _Problem(Exception):
    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, {name: str(value) for name, value in values.items()}


def apply(register: Register, *sheets: Iterable[Row], version: str = "") -> Register:
    """The register after these sheets, one after the other. Raises SheetRefused with every problem of the first bad one."""
    draft = _Draft(register)
    for rows in sheets:
        for row in sorted(rows, key=lambda row: KINDS.index(row.kind)):
            draft.take(row)
        draft.check()
    return Register(
        draft.units.values(), draft.successions.values(), draft.assignments.values(), version=version
    )


class _Draft:
    """The register while rows are carried out."""

    def __init__(self, register: Register) -> None:
        self.units = dict(register.units)
        self.successions = {(row.predecessor, row.successor): row for row in register.successions}
        self.assignments = {(row.fonds, row.heir, row.part): row for row in register.assignments}
        self.problems: list[Finding] = []
        self.touched: dict[str, Row] = {}
        self.followers: dict[str, str] = {}
        self._codes: dict[str, list[str]] = {}
        self._counted = -1
        self._named: Register | None = None

    def take(self, row: Row) -> None:
        try:
            getattr(self, f"_{row.kind}")(row)
        except _Problem as problem:
            self._refuse(row, problem)

    def check(self) -> None:
        """What can only be judged once every row is in: parents, and units that end before they begin."""
        for unit_id, row in self.touched.items():
            try:
                self._settle(self.units[unit_id])
            except _Problem as problem:
                self._refuse(row, problem)
        self.touched, self.followers = {}, {}
        if self.problems:
            raise SheetRefused(sorted(self.problems, key=lambda one: (one.file or "", one.page or 0)))

    def _refuse(self, row: Row, problem: _Problem) -> None:
        self.problems.append(Finding(problem.code, "error", row.sheet, row.number, problem.values))

    # ----------------------------------------------------------------------- units

    def _unit(self, row: Row) -> None:
        unit_id = _code(row.get("id"))
        known = self.units.get(unit_id) or self._fresh(row, unit_id)
        changes = {name: row.get(name) for name in ("name", "kind", "source", "code") if row.values.get(name)}
        changes |= {name: _list(row.get(name)) for name in ("aliases", "organ_ids") if row.values.get(name)}
        changes |= {name: _day(row.get(name)) for name in ("valid_from", "valid_to") if row.values.get(name)}
        if row.values.get("parent"):
            changes["parent"] = row.get("parent") or None
        if row.values.get("level"):
            changes["level"] = row.get("level") or "other"
        for organ in changes.get("organ_ids", ()):
            if organs.parse(organ) is None:
                raise _Problem("units.row.organ", value=organ)
        self._put(replace(known, **changes), row)

    def _agency(self, row: Row) -> None:
        given = {"level": "agency", "kind": "cơ quan"} | {
            key: text for key, text in row.values.items() if text
        }
        self._unit(replace(row, values=given))

    def _fresh(self, row: Row, unit_id: str) -> RegisteredUnit:
        name = row.get("name")
        if not name:
            raise _Problem("units.row.new_without_name", unit=unit_id)
        code = row.get("code") or unit_id.partition(".")[0]
        level = _LEVEL_BY_LENGTH.get(len(code), "other") if code.isdigit() else "other"
        return RegisteredUnit(unit_id, code, name, level, kind_of(name))

    def _put(self, unit: RegisteredUnit, row: Row) -> None:
        self.units[unit.id] = unit
        self.touched[unit.id] = row

    def _settle(self, unit: RegisteredUnit) -> None:
        if unit.parent:
            self.units[unit.id] = replace(unit, parent=self._resolve(unit.parent))
        if self._above_itself(unit.id):
            raise _Problem("units.row.circle", unit=unit.id)
        if unit.valid_from and unit.valid_to and unit.valid_to < unit.valid_from:
            raise _Problem("units.row.ends_first", unit=unit.id)

    def _above_itself(self, unit_id: str) -> bool:
        seen: set[str] = set()
        above = self.units[unit_id].parent
        while above and above in self.units and above not in seen:
            seen.add(above)
            above = self.units[above].parent
        return unit_id in seen

    # ----------------------------------------------------------------------- what became of them

    def _renamed(self, row: Row) -> None:
        """A unit that goes on under another name or kind from a day: the old one ends, the new one follows it."""
        before, day = self.units[self._resolve(row.get("predecessor"))], _needed_day(row)
        name = row.get("name")
        if not name:
            raise _Problem("units.row.no_new_name", unit=before.id)
        new_id = _code(row.get("successor") or f"{before.code}.{day.year}")
        if new_id in self.units:
            raise _Problem("units.row.id_taken", unit=new_id)
        after = replace(
            before, id=new_id, name=name, kind=kind_of(name) or before.kind, valid_from=day, valid_to=None
        )
        after = replace(after, parent=self.followers.get(after.parent or "", after.parent), aliases=())
        self.followers[before.id] = new_id
        self._put(after, row)
        self._link(row, Succession(before.id, new_id, "renamed", "whole", day))

    def _succession(self, row: Row) -> None:
        before = self._resolve(row.get("predecessor"))
        after = self._resolve(row.get("successor")) if row.get("successor") else ""
        if row.get("remove"):
            if self.successions.pop((before, after), None) is None:
                raise _Problem("units.row.nothing_to_remove")
            return
        kind = row.get("kind")
        if not kind:
            raise _Problem("units.row.no_kind")
        if before == after:
            raise _Problem("units.row.itself", unit=before)
        if not after and kind != "abolished":
            raise _Problem("units.row.no_successor", unit=before)
        extent = row.get("extent") or ("part" if kind == "split" else "whole")
        self._link(row, Succession(before, after, kind, extent, _needed_day(row)))

    def _link(self, row: Row, link: Succession) -> None:
        """Keep the succession; a unit wholly gone ends the day before, unless its end is on record."""
        trust = row.get("confidence")
        link = replace(
            link, basis=row.get("basis"), source=row.get("source"), confidence=float(trust) if trust else 1.0
        )
        self.successions[link.predecessor, link.successor] = link
        if link.successor and link.extent == "whole":
            self.successions.pop((link.predecessor, ""), None)
        gone = self.units[link.predecessor]
        if link.kind in _ENDING and link.extent == "whole" and gone.valid_to is None:
            self._put(replace(gone, valid_to=link.day - timedelta(days=1)), row)

    def _assignment(self, row: Row) -> None:
        try:
            fonds = ids.fonds_code(row.get("fonds"))
        except UsageError as error:
            raise _Problem("units.row.bad_code", value=row.get("fonds")) from error
        part = Part(_list(row.get("prefixes")), _list(row.get("codes")), _years(row))
        heir = self._resolve(row.get("heir"))
        if row.get("remove"):
            if self.assignments.pop((fonds, heir, part), None) is None:
                raise _Problem("units.row.nothing_to_remove")
            return
        given = Assignment(fonds, heir, part, _needed_day(row), row.get("basis"), row.get("source"))
        self.assignments[fonds, heir, part] = given

    def _resolve(self, wanted: str) -> str:
        """The id a row means: an id, or an official code or a name that one unit bears."""
        if not wanted:
            raise _Problem("units.row.no_unit")
        if wanted in self.units:
            return wanted
        bearing = self._by_code(wanted) or self._by_name(wanted)
        if not bearing:
            raise _Problem("units.row.unknown_unit", value=wanted)
        if len(bearing) > 1:
            raise _Problem("units.row.ambiguous", value=wanted, units=self._told(bearing))
        return bearing[0]

    def _by_name(self, name: str) -> list[str]:
        """Ids of the units of that name, perhaps narrowed by what stands above them: "Tân Lập, Đắk Lắk"."""
        if self._named is None or len(self._named.units) != len(self.units):
            self._named = Register(self.units.values())
        return [unit.id for unit in self._named.named(name)]

    def _told(self, bearing: Sequence[str]) -> str:
        return told_apart(Register(self.units.values()), [self.units[unit_id] for unit_id in bearing])

    def _by_code(self, code: str) -> list[str]:
        """Ids of the units that bear a code; counted anew when units came since."""
        if self._counted != len(self.units):
            self._codes, self._counted = {}, len(self.units)
            for unit in self.units.values():
                self._codes.setdefault(unit.code, []).append(unit.id)
        return self._codes.get(code, [])


def _code(value: str) -> str:
    try:
        return ids.fonds_code(value)
    except UsageError as error:
        raise _Problem("units.row.bad_code", value=value) from error


def _list(value: str) -> tuple[str, ...]:
    return tuple(piece.strip() for piece in value.split(";") if piece.strip())


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


def _needed_day(row: Row) -> date:
    day = _day(row.get("day"))
    if day is None:
        raise _Problem("units.row.no_day")
    return day


def _years(row: Row) -> tuple[int, int] | None:
    first, last = row.get("first_year"), row.get("last_year")
    if not first and not last:
        return None
    span = int(first or 0), int(last or 9999)
    if span[0] > span[1]:
        raise _Problem("units.row.years")
    return span
