"""What the reader answers with: records in their place, ready to be shown. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from archive.model import Box, Dossier, Item, ItemRow, PageReading, Unit
from archive.ports import DossierRow, FondsSummary
from archive.processing import Step, SystemRecord
from archive.publishing.handles import RegisterKey, RegisterSummary
from archive.rights.access import Grant
from archive.rights.explanation import Explanation
from archive.units.succession import Assignment, Path, RegisteredUnit


@dataclass(frozen=True)
class Sight:
    """How the personal numbers of a record stand: are there any, are they covered, may they be uncovered?

    `in_files`: its files may show them too.
    """

    present: bool = False
    covered: bool = False
    on_purpose: bool = False
    in_files: bool = False

    @property
    def keeps_files_back(self) -> bool:
        return self.covered and self.in_files


@dataclass(frozen=True)
class Overview:
    """What an account may search, for one plain sentence. `samples`: a few documents to make queries from."""

    fonds: tuple[FondsSummary, ...]
    recent: tuple[DossierRow, ...]
    samples: tuple[Item, ...] = ()

    @property
    def units(self) -> tuple[Unit, ...]:
        return tuple({summary.fonds.unit.code: summary.fonds.unit for summary in self.fonds}.values())

    @property
    def items(self) -> int:
        return sum(summary.items for summary in self.fonds)

    @property
    def pages(self) -> int:
        return sum(summary.pages for summary in self.fonds)

    @property
    def years(self) -> tuple[str, str] | None:
        spans = [summary.years for summary in self.fonds if summary.years]
        return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


@dataclass(frozen=True)
class Tie:
    """A link as it is shown: its kind, what it says of the other record, and that record where it may be seen.

    `backward`: the other record names this one. `by_number`: it was found by its number, not by its id.
    """

    kind: str
    text: str = ""
    row: ItemRow | None = None
    backward: bool = False
    by_number: bool = False


@dataclass(frozen=True)
class OnLine:
    """One act in a procedure dossier's line of time: a day it had (`what`: received, due, ...) or a `step` of its flow.

    `systems` are those that tell of it.
    """

    when: str
    systems: tuple[str, ...]
    item: str
    what: str = ""
    step: Step | None = None


@dataclass(frozen=True)
class Ties:
    """What a system record hangs together with, inside the scope: linked records, the same dossier in other systems."""

    links: tuple[Tie, ...] = ()
    line: tuple[OnLine, ...] = ()
    systems: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegisterView:
    """One page of a register of a closed system, in the order of its numbers; `summaries` and `registers` of its fonds."""

    summaries: tuple[FondsSummary, ...]
    key: RegisterKey
    total: int
    items: tuple[Item, ...]
    registers: tuple[RegisterSummary, ...] = ()


@dataclass(frozen=True)
class FoundProcedure:
    """A procedure dossier in a list: the applicant is covered there."""

    row: ItemRow
    record: SystemRecord


@dataclass(frozen=True)
class ProceduresPage:
    """Answer of the look-up of procedure dossiers. `refused`: the applicant was asked for without the right to."""

    total: int
    page: int
    size: int
    found: tuple[FoundProcedure, ...] = ()
    relaxed: bool = False
    refused: bool = False


@dataclass(frozen=True)
class ItemView:
    """One document with its place in the dossier, which comes without its items: `siblings` are its register lines.

    `ties` only for a record of a closed system.
    """

    item: Item
    row: ItemRow
    dossier: Dossier
    siblings: tuple[ItemRow, ...]
    why: Explanation
    personal: Sight = Sight()
    ties: Ties | None = None

    @property
    def place(self) -> tuple[int, int] | None:
        """(place from 1, of how many) among the dossier's documents; a quarantined entry is none of them."""
        documents = [row.id for row in self.siblings if row.access == "open"]
        return (documents.index(self.item.id) + 1, len(documents)) if self.item.id in documents else None

    @property
    def _line(self) -> int:
        return [row.id for row in self.siblings].index(self.item.id)

    @property
    def previous(self) -> ItemRow | None:
        return self.siblings[self._line - 1] if self._line else None

    @property
    def next(self) -> ItemRow | None:
        return self.siblings[self._line + 1] if self._line + 1 < len(self.siblings) else None


@dataclass(frozen=True)
class PageView:
    """One page: its reading and the boxes of the query's words, in page pixels.

    `covered`: personal data on it are covered for the actor.
    """

    number: int
    reading: PageReading
    hits: tuple[Box, ...]
    covered: bool = False


@dataclass(frozen=True)
class FileText:
    """The text of a file without pages, with marked spans of the query's words; `whole` is False where it is cut short."""

    name: str
    text: str
    marks: tuple[tuple[int, int], ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class DossierView:
    dossier: Dossier
    rows: tuple[ItemRow, ...]
    why: Explanation


@dataclass(frozen=True)
class FondsView:
    """A fonds code; several units may share it. `summaries`: one for each unit that may be seen, at least one."""

    summaries: tuple[FondsSummary, ...]
    total: int
    dossiers: tuple[DossierRow, ...]
    registers: tuple[RegisterSummary, ...] = ()

    @property
    def whole(self) -> Overview:
        """The counts of all its units together."""
        return Overview(self.summaries, ())


@dataclass(frozen=True)
class UnitView:
    """A unit as the register knows it (None: not at all), its fonds and those come to it that may be seen.

    `handed`: the hand-overs of its own fonds.
    """

    code: str
    registered: RegisteredUnit | None
    fonds: tuple[FondsSummary, ...]
    inherited: tuple[FondsSummary, ...] = ()
    handed: tuple[Assignment, ...] = ()

    @property
    def name(self) -> str:
        return self.registered.name if self.registered else self.fonds[0].fonds.unit.name

    @property
    def level(self) -> str:
        return self.registered.level if self.registered else self.fonds[0].fonds.unit.level


@dataclass(frozen=True)
class Heir:
    """A unit of today that records came to, since when and by which decision; `assigned`: by hand-over."""

    unit: RegisteredUnit
    since: date | None
    basis: str = ""
    assigned: bool = False


@dataclass(frozen=True)
class Meant:
    """A unit whose name was typed as a search, with the query that finds its documents and how many there are."""

    unit: RegisteredUnit
    query: str
    total: int


@dataclass(frozen=True)
class Inheritance:
    """One unit whose records come to a grant. `way`: from the grant's unit to it; `handed`: the hand-over, if there was one."""

    grant: Grant
    code: str
    registered: RegisteredUnit | None
    way: Path
    fonds: tuple[FondsSummary, ...]
    handed: Assignment | None = None
