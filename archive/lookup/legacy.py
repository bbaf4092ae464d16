"""Looking into closed systems: old ids and addresses, registers, procedure dossiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archive import queries, text
from archive.errors import NotFound
from archive.lookup.ties import MOST_TIES, TiesLookup
from archive.lookup.views import FoundProcedure, ProceduresPage, RegisterView
from archive.model import Item, ItemRow
from archive.ports import IndexReader
from archive.publishing import handles, projection
from archive.publishing.handles import RegisterKey, RegisterSummary
from archive.rights import covering
from archive.rights.access import Actor, Scope

ON_PAGE = 20
LAST = 500


@dataclass(frozen=True)
class ProcedureQuestion:
    """What is known of a procedure dossier: (part of) its code, applicant's full name or a number, words of the procedure."""

    code: str = ""
    applicant: str = ""
    procedure: str = ""

    @property
    def asked(self) -> bool:
        return any(text.words(value) for value in (self.code, self.applicant, self.procedure))

    @property
    def text(self) -> str:
        """The same as a query."""
        words = [f"thủ tục:{word}" for word in text.words(text.clean(self.procedure))]
        whole = (("mã hồ sơ", self.code), ("người nộp", self.applicant))
        named = [
            f'{name}:"{" ".join(text.words(text.clean(value)))}"'
            for name, value in whole
            if text.words(value)
        ]
        return " ".join([*named, *words])


class LegacyLookup(TiesLookup):
    """The part of the reader that knows records of closed systems. `_index` and `_registers` are the reader's."""

    _index: IndexReader
    _registers: Callable[[str, Scope], list[RegisterSummary]]

    # ----------------------------------------------------------------- old ids and addresses

    def legacy(self, actor: Actor | None, system: str, old_id: str) -> str:
        """Id of the item that was this record in this system. Raises NotFound, also where several were."""
        return self._by_handle(actor, handles.LEGACY, handles.legacy(system, old_id), f"{system}/{old_id}")

    def legacy_url(self, actor: Actor | None, url: str) -> str:
        """Id of the item that had this address in a closed system. Raises NotFound, also where several had."""
        return self._by_handle(actor, handles.ADDRESS, handles.address(url), url)

    def exchange(self, actor: Actor | None, exchange_id: str) -> tuple[str, ...]:
        """Ids of the items that went over the exchange axis under this id: sender's and receivers' copies in scope.

        Raises NotFound.
        """
        with self._refused(actor, exchange_id):
            scope = self._required_scope(actor)
            found = self._catalogue.found(handles.EXCHANGE, [exchange_id], scope).get(exchange_id, [])
            if not found:
                raise NotFound()
        rows = self._catalogue.rows(found[:MOST_TIES], scope)
        for row in rows.values():
            self._record_item(actor, "legacy", row)
        return tuple(sorted(rows))

    def _by_handle(self, actor: Actor | None, kind: str, key: str, asked: str) -> str:
        with self._refused(actor, asked):
            scope = self._required_scope(actor)
            item_id = self._only(kind, key, scope)
            if not item_id:
                raise NotFound()
        row = self._catalogue.rows([item_id], scope)[item_id]
        self._record_item(actor, "legacy", row)
        return row.id

    # ----------------------------------------------------------------- registers

    def register_page(
        self, actor: Actor | None, key: RegisterKey, page: int = 1, size: int = 50
    ) -> RegisterView:
        """One page of a register. Raises NotFound when nothing of it may be seen."""
        with self._refused(actor, f"{key.fonds} {key.direction} {key.name} {key.year}"):
            scope = self._required_scope(actor)
            total, items = self._catalogue.register(key, scope, (max(1, page) - 1) * size, size)
            if not total:
                raise NotFound()
        summaries = tuple(entry for entry in self._catalogue.fonds(scope) if entry.fonds.code == key.fonds)
        rows = self._catalogue.rows([item.id for item in items], scope)
        shown = tuple(self._in_list(item, rows[item.id], scope) for item in items)
        self._record(
            actor,
            "register",
            key.fonds,
            unit=summaries[0].fonds.unit.code,
            register=" ".join(filter(None, [key.direction, key.name, key.year, key.system, key.unit])),
            page=page,
            shown=[item.id for item in items],
        )
        registers = tuple(self._registers(key.fonds, scope))
        return RegisterView(summaries, key, total, shown, registers)

    @staticmethod
    def _in_list(item: Item, row: ItemRow, scope: Scope) -> Item:
        return item if scope.personal(projection.row_terms(row)) == "clear" else covering.item(item)

    # ----------------------------------------------------------------- procedure dossiers

    def may_ask_for_applicants(self, actor: Actor | None) -> bool:
        """May the actor look somebody's dossiers up anywhere?"""
        return bool(self._scope(actor).unmasked)

    def procedures(self, actor: Actor | None, asked: ProcedureQuestion, page: int = 1) -> ProceduresPage:
        """Procedure dossiers that meet all that is known; an applicant only where personal data may be seen."""
        page, scope = max(1, min(page, LAST)), self._scope(actor)
        if not (scope and asked.asked):
            return ProceduresPage(0, page, ON_PAGE)
        if text.words(asked.applicant) and not scope.unmasked:
            self._record(actor, "refused", "procedures", why="access.personal")
            return ProceduresPage(0, page, ON_PAGE, refused=True)
        met = self._index.search(
            queries.parse(asked.text),
            scope,
            filters={"kind": frozenset({"procedure"})},
            offset=(page - 1) * ON_PAGE,
            limit=ON_PAGE,
        )
        rows = self._catalogue.rows([item_id for item_id, _ in met.hits], scope)
        found = tuple(
            self._found_procedure(rows[item_id], scope) for item_id, _ in met.hits if item_id in rows
        )
        shown = [one.row.id for one in found]
        self._record(actor, "procedures", asked.text, total=met.total, page=page, shown=shown)
        return ProceduresPage(met.total, page, ON_PAGE, found, met.relaxed)

    def _found_procedure(self, row: ItemRow, scope: Scope) -> FoundProcedure:
        """A line of the list: applicants are covered there even where they may be seen on purpose."""
        item = self._in_list(self._catalogue.item(row.id, scope), row, scope)
        return FoundProcedure(row, item.record)
