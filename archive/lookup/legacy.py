"""Looking into closed systems: old ids and addresses, registers, procedure dossiers, what a record hangs together with.

Links are followed when they are shown, inside the scope: one that leads to a hidden record looks like one to a record
that is not held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from archive import queries, text
from archive.errors import NotFound
from archive.lookup import highlight
from archive.lookup.gate import Gate, Seen
from archive.lookup.views import FoundProcedure, OnLine, ProceduresPage, RegisterView, Tie, Ties
from archive.model import Hit, Item, ItemRow
from archive.ports import IndexReader
from archive.processing import Link, Step, SystemRecord
from archive.publishing import handles, projection, searched
from archive.publishing.handles import RegisterKey
from archive.queries import Query
from archive.rights import covering
from archive.rights.access import Actor, Scope
from archive.rights.personal import covered

MOST_TIES = 50
"""Records followed from one record."""
ON_PAGE = 20
LAST = 500
_INVERSE = {
    "replies_to": "replied_by",
    "replied_by": "replies_to",
    "replaces": "replaced_by",
    "replaced_by": "replaces",
}


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


class LegacyLookup(Gate):
    """The part of the reader that knows records of closed systems. `_index` is the reader's."""

    _index: IndexReader

    # ----------------------------------------------------------------- old ids and addresses

    def legacy(self, actor: Actor | None, system: str, old_id: str) -> str:
        """Id of the item that was this record in this system. Raises NotFound, also where several were."""
        return self._by_handle(actor, handles.LEGACY, handles.legacy(system, old_id), f"{system}/{old_id}")

    def legacy_url(self, actor: Actor | None, url: str) -> str:
        """Id of the item that had this address in a closed system. Raises NotFound, also where several had."""
        return self._by_handle(actor, handles.ADDRESS, handles.address(url), url)

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
        return RegisterView(summaries, key, total, shown)

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

    # ----------------------------------------------------------------- in a page of results

    def _or_in_record(self, hit: Hit, query: Query, scope: Scope) -> Hit:
        """The hit; where none of its pages shows a word of the query, with what its system knew that does."""
        if hit.hit_pages or hit.row.access != "open" or not query.highlights:
            return hit
        item = self._catalogue.item(hit.row.id, scope)
        said = searched.words(item.record).replace("\n", " · ")
        if scope.personal(projection.row_terms(hit.row)) != "clear":
            said = covered(said, covering.known(item))
        spans = highlight.marks(said, query)
        return replace(hit, snippets=(highlight.cut(said, spans, page=0),)) if spans else hit

    # ----------------------------------------------------------------- what hangs together

    def _ties(self, actor: Actor, seen: Seen, scope: Scope) -> Ties | None:
        """What a system record hangs together with, as the actor may see it; None for what is none."""
        item = seen.item
        if item.record is None:
            return None
        line, systems = self._line(actor, item, scope)
        return Ties(tuple(self._links(seen, item.record, scope)), line, systems)

    def _links(self, seen: Seen, record: SystemRecord, scope: Scope) -> Iterator[Tie]:
        """What a link says is covered like the record; it is followed by what it says."""
        item, known = seen.item, covering.known(seen.item)
        targets = {link: self._target(link, record, scope) for link in record.links[:MOST_TIES]}
        citing = self._citing(item, record, scope)
        rows = self._catalogue.rows([*filter(None, targets.values()), *citing], scope)
        shown = {item.id}
        for link, target in targets.items():
            row = rows.get(target)
            shown.add(target)
            said = link.text or link.target
            said = covered(said, known) if seen.sight.covered else said
            yield Tie(link.kind, said, row and covering.row(row), by_number=not link.target)
        for other, kind in citing.items():
            if other in rows and other not in shown:
                yield Tie(kind, "", covering.row(rows[other]), backward=True)

    def _target(self, link: Link, record: SystemRecord, scope: Scope) -> str:
        """The item that a link means, by its old id, else by its number, where just one in scope has that; "" for none."""
        if link.item:
            return link.item
        if link.target:
            return self._only(handles.LEGACY, handles.legacy(record.system, link.target), scope)
        return self._only(handles.NUMBER, handles.number(record.system, link.text), scope)

    def _only(self, kind: str, key: str, scope: Scope) -> str:
        """The one item with this handle; "" where none or several have it."""
        met = self._catalogue.found(kind, [key], scope).get(key, [])
        return met[0] if len(met) == 1 else ""

    def _citing(self, item: Item, record: SystemRecord, scope: Scope) -> dict[str, str]:
        """Items that name this one -> what they say it is to them."""
        own, number = (
            handles.legacy(record.system, record.old_id),
            handles.number(record.system, item.value("code")),
        )
        met = []
        if self._only(handles.LEGACY, own, scope) == item.id:
            met += self._catalogue.found(handles.CITES, [own], scope).get(own, [])
        if self._only(handles.NUMBER, number, scope) == item.id:
            met += self._catalogue.found(handles.CITES_NUMBER, [number], scope).get(number, [])
        return {
            other: _kind_of(self._catalogue.item(other, scope), {own, number})
            for other in dict.fromkeys(met[:MOST_TIES])
        }

    # ----------------------------------------------------------------- one line of time

    def _line(self, actor: Actor, item: Item, scope: Scope) -> tuple[tuple[OnLine, ...], tuple[str, ...]]:
        """All acts on a procedure dossier in every system that knows its code, in the order of time."""
        procedure = item.record.procedure
        if procedure is None:
            return (), ()
        key = handles.case(procedure.code)
        met = self._catalogue.found(handles.CASE, [key], scope).get(key, []) if key else []
        items = [self._as_seen(actor, item_id) for item_id in dict.fromkeys([item.id, *met[:MOST_TIES]])]
        acts = _once(act for each in items for act in _acts(each))
        systems = tuple(dict.fromkeys(each.record.system for each in items))
        return tuple(sorted(acts, key=lambda act: act.when)), systems

    def _as_seen(self, actor: Actor, item_id: str) -> Item:
        seen = self._see(actor, item_id)
        return covering.item(seen.item) if seen.sight.covered else seen.item


def _kind_of(item: Item, keys: set[str]) -> str:
    record = item.record
    for link in record.links:
        key = (
            handles.legacy(record.system, link.target)
            if link.target
            else handles.number(record.system, link.text)
        )
        if key in keys:
            return _INVERSE.get(link.kind, link.kind)
    return "related"


_DAYS = ("received", "due", "finished", "delivered")
"""Days of a procedure dossier that stand on its line of time."""


def _acts(item: Item) -> Iterator[OnLine]:
    record = item.record
    for name in _DAYS:
        if when := getattr(record.procedure, name):
            yield OnLine(when, (record.system,), item.id, what=name)
    for step in record.steps:
        yield OnLine(step.sent or step.done or step.read, (record.system,), item.id, step=step)


def _once(acts: Iterable[OnLine]) -> list[OnLine]:
    """Acts that several systems tell alike stand once, with the names of all of them."""
    found: dict[tuple[str, str, Step | None], OnLine] = {}
    for act in acts:
        key = (act.when, act.what, replace(act.step, number=0) if act.step else None)
        before = found.get(key)
        systems = dict.fromkeys((*before.systems, *act.systems)) if before else act.systems
        found[key] = replace(before or act, systems=tuple(systems))
    return list(found.values())
