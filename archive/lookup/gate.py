"""The gate every look passes: what an actor may see of a generation, why, and the entry made before it is shown.

Hidden and missing are the same NotFound.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from archive.audit.entry import Entry
from archive.errors import NotFound
from archive.lookup.lately import Lately
from archive.lookup.views import Sight
from archive.model import Item, ItemRow
from archive.ports import AuditSink, CatalogueReader
from archive.publishing import projection
from archive.rights import covering, personal
from archive.rights.access import Actor, DossierKey, Grant, Grounds, RecordClass, Scope, scope_of
from archive.rights.explanation import Explanation, explain
from archive.rights.restrictions import Restrictions
from archive.units.succession import Register

LONGEST_REFUSED = 200
"""Characters kept of the name of something that was not found."""


@dataclass(frozen=True, eq=False)
class Rules:
    """What may change without a new generation: units and what became of them, urgent restrictions.

    A change is a new object: scopes are kept for each.
    """

    register: Register
    restrictions: Restrictions


@dataclass(frozen=True)
class Seen:
    """An item that the actor may read, whole."""

    item: Item
    row: ItemRow
    sight: Sight


class Gate:
    """Decides by the classes of one sealed generation, and by the rules as they are at the moment of asking."""

    def __init__(
        self,
        catalogue: CatalogueReader,
        today: Callable[[], date],
        rules: Callable[[], Rules],
        log: AuditSink,
        generation: str = "",
    ) -> None:
        self._catalogue = catalogue
        self._today = today
        self._rules = rules
        self._log = log
        self.generation = generation
        self._classes = catalogue.classes()
        self._dossier_keys = lru_cache(maxsize=50)(catalogue.dossier_keys)
        self._scopes = lru_cache(maxsize=500)(self._made_scope)
        self._found = lru_cache(maxsize=500)(self._find)
        self._lately = Lately()

    # ----------------------------------------------------------------- who may see what

    def _grounds(self, rules: Rules) -> Grounds:
        return Grounds(rules.register, rules.restrictions, self._classes, self._dossier_keys)

    def _made_scope(self, grants: tuple[Grant, ...], today: date, rules: Rules) -> Scope:
        return scope_of(Actor("", grants=grants), today, self._grounds(rules))

    def _scope(self, actor: Actor | None) -> Scope:
        return self._scopes(actor.grants, self._today(), self._rules()) if actor else Scope()

    def _required_scope(self, actor: Actor | None) -> Scope:
        """The actor's scope; NotFound when it is empty, so that nobody learns what exists."""
        scope = self._scope(actor)
        if not scope:
            raise NotFound()
        return scope

    def _see(self, actor: Actor | None, item_id: str) -> Seen:
        """An item in scope. Raises NotFound."""
        with self._refused(actor, item_id):
            scope = self._required_scope(actor)
            item, row, present, in_files = self._found(item_id, scope)
        way = scope.personal(projection.row_terms(row))
        shown = way == "clear" or (way == "on-purpose" and item_id in actor.revealed)
        return Seen(item, row, Sight(present, not shown, way == "on-purpose", in_files))

    def _find(self, item_id: str, scope: Scope) -> tuple[Item, ItemRow, bool, bool]:
        """An item in scope, whether there is something personal in it, and whether its files may show it. Raises NotFound.

        Kept for a while (`_found`), as every page and every image of a document asks for it.
        """
        item = self._catalogue.item(item_id, scope)
        row = self._catalogue.rows([item_id], scope)[item_id]
        texts = self._catalogue.page_texts([item_id], scope).get(item_id, ())
        told = covering.told_in_texts(item) or any(personal.spans(page.text) for page in texts)
        return item, row, told or covering.item(item) != item, told

    def _why(self, actor: Actor, row: ItemRow, item_id: str = "") -> Explanation:
        """Why the actor may read a dossier or one of its items."""
        return self._explained(actor, projection.row_class(row), row.dossier_id, item_id)

    def _explained(
        self, about: Actor, record: RecordClass, dossier_id: str, item_id: str, day: date | None = None
    ) -> Explanation:
        rules, day = self._rules(), day or self._today()
        key = self._key(rules.register, day, record.fonds, dossier_id)
        return explain(about, day, self._grounds(rules), record, key, item_id)

    def _key(self, register: Register, day: date, fonds_code: str, dossier_id: str) -> DossierKey:
        """What tells to which part of its fonds a dossier belongs; its id alone where no part was handed over."""
        if all(row.part.whole for row in register.assignments_of(fonds_code, day)):
            return DossierKey(dossier_id, "")
        return next(key for key in self._dossier_keys(fonds_code) if key.id == dossier_id)

    def explain(self, asking: Actor, about: Actor, record_id: str, day: date | None = None) -> Explanation:
        """Why `about` may or may not read, today or on `day`, a dossier or item that `asking` may read.

        Raises NotFound. Another day is judged by units and restrictions as they are known today. Who asks about
        somebody else is on record first.
        """
        scope = self._required_scope(asking)
        if rows := self._catalogue.rows([record_id], scope):
            row = rows[record_id]
            record, dossier_id, item_id = projection.row_class(row), row.dossier_id, record_id
        else:
            record = projection.record_class(self._catalogue.dossier(record_id, scope))
            dossier_id, item_id = record_id, ""
        if about.name != asking.name:
            self._record(asking, "explain", record_id, unit=record.unit, about=about.name)
        return self._explained(about, record, dossier_id, item_id, day)

    # ----------------------------------------------------------------- on record

    def _record(
        self, actor: Actor, action: str, record: str, *, why: str = "", unit: str = "", **detail: object
    ) -> None:
        """Raises AuditUnavailable: then nothing may be shown."""
        detail["account"] = actor.by and actor.name
        self._log.record(
            Entry(
                action,
                actor.by or actor.name,
                record,
                outcome="refused" if action == "refused" else "allowed",
                why=why,
                unit=unit,
                detail={name: value for name, value in detail.items() if value},
                generation=self.generation,
                session=actor.session,
                address=actor.address,
            )
        )

    @contextlib.contextmanager
    def _refused(self, actor: Actor | None, record: str) -> Iterator[None]:
        """Puts on record what was asked for and not found; hidden and missing alike."""
        try:
            yield
        except NotFound:
            if actor:
                self._record(actor, "refused", record[:LONGEST_REFUSED])
            raise

    def _record_item(self, actor: Actor, action: str, row: ItemRow, **detail: object) -> None:
        why = self._why(actor, row, row.id).reason.code
        self._record(actor, action, row.id, why=why, unit=row.unit_code, **detail)

    def _record_look(self, actor: Actor, action: str, seen: Seen, **detail: object) -> None:
        """An item or a page of it is looked at: one entry for the same look within minutes."""
        who = (actor.name, actor.by, actor.session, actor.address)
        look = (*who, action, seen.row.id, seen.sight, *detail.values())
        self._lately.once(look, lambda: self._record_item(actor, action, seen.row, **detail))
