"""Units, what became of them, and who inherits what on a day. Pure: rows in, answers out.

A unit's id is its official code and the year its code list came into force (`00004.2004`, `00004.2025`), because
codes were given anew on 1/7/2025 (Quyết định 19/2025/QĐ-TTg in place of 124/2004/QĐ-TTg). Agencies and local additions
have ids of their own. A unit unknown to the register inherits nothing but itself.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from archive.model import UnitLevel
from archive.units.names import Names

SUCCESSION_KINDS = ("merged", "split", "continued", "renamed", "abolished", "function-moved")
EXTENTS = ("whole", "part")
FOLLOWED = 0.5
"""A succession below this confidence is kept and shown, but nothing is inherited through it until somebody confirms it."""


@dataclass(frozen=True)
class RegisteredUnit:
    """A unit from its first to its last day, both inclusive; None when not known or not ended.

    `kind` is the Vietnamese word (xã, phường, huyện, cơ quan); `aliases` other names it is looked for by.
    """

    id: str
    code: str
    name: str
    level: UnitLevel = "other"
    kind: str = ""
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    aliases: tuple[str, ...] = ()
    organ_ids: tuple[str, ...] = ()
    source: str = ""

    def holds(self, day: date) -> bool:
        """Was it there on this day?"""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


@dataclass(frozen=True)
class Succession:
    """What became of a unit (or a part of it) on a day; `successor` is "" when nobody is known to follow it.

    `confidence` is 0..1: how sure the source is.
    """

    predecessor: str
    successor: str
    kind: str
    extent: str
    day: date
    basis: str = ""
    source: str = ""
    confidence: float = 1.0

    @property
    def followed(self) -> bool:
        return self.confidence >= FOLLOWED


@dataclass(frozen=True)
class Step:
    """From a unit down to one that stands beneath it."""

    above: str
    below: str


Path = tuple[Succession | Step, ...]
"""How one unit leads to another, in the order walked from the unit asked about."""


@dataclass(frozen=True)
class Part:
    """Which dossiers of a fonds: by the beginning of their code, by code, by years; empty means the whole fonds."""

    prefixes: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    years: tuple[int, int] | None = None

    @property
    def whole(self) -> bool:
        return self == Part()

    def holds(self, dossier_code: str, years: tuple[int, int] | None) -> bool:
        """Is this dossier in the part? Its years must lie wholly inside; unknown years are not inside."""
        named = dossier_code in self.codes or dossier_code.startswith(self.prefixes or ("\0",))
        if (self.prefixes or self.codes) and not named:
            return False
        if self.years is None:
            return True
        return years is not None and self.years[0] <= years[0] and years[1] <= self.years[1]


@dataclass(frozen=True)
class Assignment:
    """Hand-over: from a day on, a fonds or a part of it belongs to a unit, whatever the successions say."""

    fonds: str
    heir: str
    part: Part = field(default_factory=Part)
    day: date = date.min
    basis: str = ""
    source: str = ""

    def went_along(self, way: Path) -> bool:
        """Did the records follow a way that leads over the heir? Not if it had left the heir before they came."""
        return all(self.day <= step.day for step in way if isinstance(step, Succession))


class Register:
    """All units, successions and hand-over assignments. `version` is the digest of its content."""

    def __init__(
        self,
        units: Iterable[RegisteredUnit] = (),
        successions: Iterable[Succession] = (),
        assignments: Iterable[Assignment] = (),
        version: str = "",
    ) -> None:
        self.units = {unit.id: unit for unit in units}
        self.successions = tuple(successions)
        self.assignments = tuple(assignments)
        self._version = version

    @property
    def version(self) -> str:
        if not self._version:
            content = repr((sorted(self.units.items()), self.successions, self.assignments))
            self._version = hashlib.sha256(content.encode()).hexdigest()
        return self._version

    def unit(self, unit_id: str) -> RegisteredUnit | None:
        return self.units.get(unit_id)

    def find(self, text: str) -> list[RegisteredUnit]:
        """Units with this id, official code, name or alias, best first, newest before older.

        Names fit with or without marks and with or without "xã", "phường"; "Tân Lập, Đắk Lắk" narrows by what
        stands above. Without an equal name, those that contain the text.
        """
        return self._called(text, self._names.find)

    def named(self, text: str) -> list[RegisteredUnit]:
        """Like `find`, but never a unit whose name merely contains the text."""
        return self._called(text, self._names.equal)

    def _called(self, text: str, by_name: Callable[[str], list[str]]) -> list[RegisteredUnit]:
        wanted, *above = (part.strip() for part in text.split(","))
        found = self._by_code(wanted) or [self.units[key] for key in by_name(wanted)]
        for place in filter(None, above):
            fit = {unit.id for unit in self.find(place)}
            found = [unit for unit in found if any(one.id in fit for one in self.ancestors(unit.id))]
        return found

    def ancestors(self, unit_id: str) -> list[RegisteredUnit]:
        """The units above, nearest first. Above a unit still in force stands what its parent became, once renamed."""
        chain: list[RegisteredUnit] = []
        unit = self.units.get(unit_id)
        while unit and (unit := self._above(unit)) and unit not in chain:
            chain.append(unit)
        return chain

    def _above(self, unit: RegisteredUnit) -> RegisteredUnit | None:
        above = self.units.get(unit.parent or "")
        while above and above.valid_to and (unit.valid_to or date.max) > above.valid_to:
            became = [
                row for row in self.successors(above.id) if row.extent == "whole" and row.day > above.valid_to
            ]
            after = self.units.get(became[0].successor) if len(became) == 1 else None
            if after is None or not after.holds(became[0].day):
                break
            above = after
        return above

    def predecessors(self, unit_id: str) -> tuple[Succession, ...]:
        """The successions that lead directly to this unit."""
        return tuple(self._into.get(unit_id, ()))

    def successors(self, unit_id: str) -> tuple[Succession, ...]:
        """The successions that lead directly away from this unit, those to nobody included."""
        return tuple(self._from.get(unit_id, ()))

    def beneath(self, unit_id: str) -> tuple[RegisteredUnit, ...]:
        """The units and agencies directly beneath this one."""
        return tuple(self._children.get(unit_id, ()))

    def inherited(self, unit_id: str, day: date, *, beneath: bool = False) -> dict[str, Path]:
        """Every unit whose records pass to this one on a day -> how: itself first (empty path).

        Followed at any depth: agencies beneath, and predecessors whose succession has happened; with `beneath` every
        unit beneath too. A unit that handed something on hands nothing on that came to it later.
        """

        def backwards(here: str, until: date) -> Iterator[tuple[Succession | Step, str, date]]:
            for row in self._into.get(here, ()):
                if row.followed and row.day <= until:
                    yield row, row.predecessor, row.day
            for unit in self._children.get(here, ()):
                if (beneath or unit.level == "agency") and (unit.valid_from or date.min) <= until:
                    yield Step(here, unit.id), unit.id, until

        return _closure(unit_id, day, backwards, lambda new, old: new > old)

    def heirs(self, unit_id: str, day: date) -> dict[str, Path]:
        """The units in force on a day that inherit this one's records, itself left out -> how.

        The other way round of `inherited` without `beneath`.
        """

        def forwards(here: str, since: date) -> Iterator[tuple[Succession | Step, str, date]]:
            for row in self._from.get(here, ()):
                if row.followed and row.successor and since <= row.day <= day:
                    yield row, row.successor, row.day
            unit = self.units.get(here)
            if unit and unit.level == "agency" and unit.parent and (unit.valid_from or date.min) <= day:
                yield Step(unit.parent, here), unit.parent, max(since, unit.valid_from or date.min)

        found = _closure(unit_id, date.min, forwards, lambda new, old: new < old)
        return {
            key: path
            for key, path in found.items()
            if key != unit_id and (unit := self.units.get(key)) and unit.holds(day)
        }

    def in_force(self, day: date) -> Iterator[Assignment]:
        """Every hand-over that counts on a day."""
        for fonds in self._assigned:
            yield from self.assignments_of(fonds, day)

    def assignments_of(self, fonds: str, day: date) -> tuple[Assignment, ...]:
        """The hand-overs of a fonds that count on a day: of the fonds and of each part, those of the newest day.

        What is handed over again has left who had it before.
        """
        happened = [row for row in self._assigned.get(fonds, ()) if row.day <= day]
        newest = {row.part: max(each.day for each in happened if each.part == row.part) for row in happened}
        return tuple(row for row in happened if row.day == newest[row.part])

    def strange(self, fonds: str, unit: str, day: date) -> bool:
        """Do a fonds' records come to nobody, as its unit is not in the register and nothing was handed over?

        Nobody can say while there is no register.
        """
        return bool(self.units) and unit not in self.units and not self.assignments_of(fonds, day)

    def _by_code(self, text: str) -> list[RegisteredUnit]:
        if exact := self.units.get(text):
            return [exact]
        return sorted(self._codes.get(text, ()), key=_newest_first)

    @cached_property
    def _codes(self) -> dict[str, list[RegisteredUnit]]:
        return _grouped(self.units.values(), lambda unit: unit.code)

    @cached_property
    def _names(self) -> Names:
        return Names(
            (unit.id, unit.name, unit.aliases) for unit in sorted(self.units.values(), key=_newest_first)
        )

    @cached_property
    def _into(self) -> dict[str, list[Succession]]:
        return _grouped(self.successions, lambda row: row.successor)

    @cached_property
    def _from(self) -> dict[str, list[Succession]]:
        return _grouped(self.successions, lambda row: row.predecessor)

    @cached_property
    def _children(self) -> dict[str, list[RegisteredUnit]]:
        return _grouped(self.units.values(), lambda unit: unit.parent)

    @cached_property
    def _assigned(self) -> dict[str, list[Assignment]]:
        return _grouped(self.assignments, lambda row: row.fonds)


_LEVELS = ("province", "district", "commune", "agency", "other")


def _newest_first(unit: RegisteredUnit) -> tuple:
    return (-(unit.valid_from or date.min).toordinal(), _LEVELS.index(unit.level), unit.id)


def _grouped(rows: Iterable, key: Callable) -> dict[str, list]:
    """Rows by key; rows whose key is empty belong to no group."""
    groups: dict[str, list] = {}
    for row in rows:
        if group := key(row):
            groups.setdefault(group, []).append(row)
    return groups


def _closure(
    start: str, limit: date, onward: Callable, wider: Callable[[date, date], bool]
) -> dict[str, Path]:
    """Everything reachable from `start`. A place reached again under a wider limit is walked on anew: safe with cycles."""
    paths: dict[str, Path] = {start: ()}
    limits = {start: limit}
    todo = deque([start])
    while todo:
        here = todo.popleft()
        for step, there, bound in onward(here, limits[here]):
            if there not in limits or wider(bound, limits[there]):
                limits[there] = bound
                paths[there] = (*paths[here], step)
                todo.append(there)
    return paths
