"""Fonds, units and what came to whom: what the records belong to, as far as the actor may read something of it."""

from __future__ import annotations

from collections.abc import Callable

from archive.errors import NotFound
from archive.lookup.gate import Gate
from archive.lookup.views import FondsView, Heir, Inheritance, Overview, UnitView
from archive.model import Fonds, Item
from archive.ports import DossierRow, FondsSummary
from archive.publishing.handles import RegisterSummary
from archive.rights import covering, heirs
from archive.rights.access import Actor, Scope, rights
from archive.units.succession import Assignment, Register

SAMPLED = 3
"""Newest dossiers, and documents of each, that queries to try are made from."""


class CollectionLookup(Gate):
    """The part of the reader that lists what records belong to; what it asks often is the reader's to keep for a while."""

    _fonds: Callable[[Scope], list[FondsSummary]]
    _recent: Callable[[Scope], list[DossierRow]]
    _samples: Callable[[Scope], list[Item]]
    _registers: Callable[[str, Scope], list[RegisterSummary]]
    _systems: Callable[[Scope], dict[str, str]]
    _heirs: Callable[..., tuple[Heir, ...]]

    def _summaries(self, actor: Actor | None) -> list[FondsSummary]:
        scope = self._scope(actor)
        return list(self._fonds(scope)) if scope else []

    def fonds(self, actor: Actor | None) -> list[FondsSummary]:
        """The fonds that the actor may read something of."""
        found = self._summaries(actor)
        if found:
            self._record(actor, "list", "")
        return found

    def fonds_page(self, actor: Actor | None, code: str, page: int = 1, size: int = 50) -> FondsView:
        scope = self._required_scope(actor)
        summaries = tuple(entry for entry in self._fonds(scope) if entry.fonds.code == code)
        if not summaries:
            raise NotFound()
        total, rows = self._catalogue.dossiers(code, scope, (max(1, page) - 1) * size, size)
        self._record(actor, "list", code, unit=summaries[0].fonds.unit.code, page=page)
        registers = tuple(self._registers(code, scope))
        return FondsView(summaries, total, tuple(map(covering.dossier_row, rows)), registers)

    def overview(self, actor: Actor | None) -> Overview:
        scope = self._scope(actor)
        if not scope:
            return Overview((), ())
        recent = tuple(map(covering.dossier_row, self._recent(scope)))
        samples = tuple(self._samples(scope))
        self._record(actor, "overview", "", shown=[row.id for row in (*recent, *samples)])
        return Overview(tuple(self._fonds(scope)), recent, samples)

    def _some_items(self, scope: Scope) -> list[Item]:
        """A few documents of the newest dossiers, with every personal number covered."""
        dossiers = [self._catalogue.dossier(row.id, scope) for row in self._recent(scope)[:SAMPLED]]
        return [
            item
            for dossier in dossiers
            for item in [item for item in covering.dossier(dossier).items if item.access == "open"][:SAMPLED]
        ]

    def years(self, actor: Actor | None) -> tuple[str, str] | None:
        """The first and the last year of what the actor may read; None when nothing is dated."""
        return Overview(tuple(self._summaries(actor)), ()).years

    def labels(self, actor: Actor | None) -> dict[str, dict[str, str]]:
        """Names for the codes that facets carry: {"fonds": {code: title}, "unit", "system": {code: name}}."""
        summaries = self._summaries(actor)
        return {
            "fonds": {entry.fonds.code: entry.fonds.title for entry in summaries},
            "unit": {entry.fonds.unit.code: entry.fonds.unit.name for entry in summaries},
            "system": {code: name or code for code, name in self._systems(self._scope(actor)).items()},
        }

    # ----------------------------------------------------------------- units

    @property
    def register(self) -> Register:
        """Units and what became of them: public facts, without any record."""
        return self._rules().register

    def heirs(self, fonds_code: str, unit_code: str, dossier_id: str = "") -> tuple[Heir, ...]:
        """Who has the records of a unit's fonds (or of one dossier of it) now: by hand-over, else by succession.

        None while nothing was handed over and the unit goes on itself.
        """
        register, today = self.register, self._today()
        key = None
        if dossier_id and any(not row.part.whole for row in register.assignments_of(fonds_code, today)):
            key = next((key for key in self._dossier_keys(fonds_code) if key.id == dossier_id), None)
        return self._heirs(register, fonds_code, unit_code, today, key)

    def unit(self, actor: Actor | None, code: str) -> UnitView:
        """A unit with what the actor may read of it. NotFound when neither the register nor the scope knows it."""
        every = self._summaries(actor)
        own = tuple(entry for entry in every if entry.fonds.unit.code == code)
        registered = self.register.unit(code) if actor else None
        if not own and registered is None:
            raise NotFound()
        inherited = tuple(entry for entry in every if entry not in own and self._went_to(entry.fonds, code))
        if own or inherited:
            self._record(actor, "unit", code, unit=code)
        return UnitView(code, registered, own, inherited, self.handed_over(actor, code))

    def handed_over(self, actor: Actor | None, code: str) -> tuple[Assignment, ...]:
        """The hand-overs that hold today of those fonds of a unit that the actor may read something of."""
        codes = dict.fromkeys(one.fonds.code for one in self._summaries(actor) if one.fonds.unit.code == code)
        return tuple(row for fonds in codes for row in self.register.assignments_of(fonds, self._today()))

    def _went_to(self, fonds: Fonds, unit: str) -> bool:
        return any(heir.unit.id == unit for heir in self.heirs(fonds.code, fonds.unit.code))

    def inheritance(self, actor: Actor | None) -> list[Inheritance]:
        """For each grant that holds today: the units whose records come to it, how, and what can be read of them."""
        by_unit: dict[str, list[FondsSummary]] = {}
        for summary in self._summaries(actor):
            by_unit.setdefault(summary.fonds.unit.code, []).append(summary)
        found = [
            inherited
            for right in rights(actor, self._today(), self.register)
            for inherited in heirs.inherited(right, by_unit, self.register)
        ]
        if by_unit:
            self._record(actor, "inheritance", "")
        return found
