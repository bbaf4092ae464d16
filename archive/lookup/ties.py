"""What a system record hangs together with: linked records both ways, one line of time across systems.

Links are followed when they are shown, inside the scope: one that leads to a hidden record looks like one to a record
that is not held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import itemgetter

from archive.lookup.gate import Gate, Seen
from archive.lookup.views import OnLine, Tie, Ties
from archive.model import Item
from archive.processing import Link, Step, SystemRecord
from archive.publishing import handles
from archive.rights import covering
from archive.rights.access import Actor, Scope
from archive.rights.personal import covered

MOST_TIES = 50
"""Records followed from one record."""
_INVERSE = {
    "replies_to": "replied_by",
    "replied_by": "replies_to",
    "replaces": "replaced_by",
    "replaced_by": "replaces",
}


class TiesLookup(Gate):
    """The part of the reader that follows what records say of each other."""

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
        seen = [self._see(actor, item_id) for item_id in dict.fromkeys([item.id, *met[:MOST_TIES]])]
        named = tuple(dict.fromkeys(value for each in seen for value in covering.known(each.item)))
        items = [covering.item(each.item, named) if each.sight.covered else each.item for each in seen]
        placed = sorted((act for each in items for act in _acts(each)), key=itemgetter(0))
        systems = tuple(dict.fromkeys(each.record.system for each in items))
        return tuple(_once(act for _, act in placed)), systems


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


_ENDS = ("due", "finished", "delivered")
"""Days of a procedure dossier that stand on its line of time after what was done on them; it begins with another, `received`."""
_LATEST = "T24"


def _acts(item: Item) -> Iterator[tuple[str, OnLine]]:
    """Each act with its place on the line of time: its minute; of the same minute they come in the system's own order."""
    record, place = item.record, ""
    if when := record.procedure.received:
        yield when[:16], OnLine(when, (record.system,), item.id, what="received")
    for step in record.steps:
        when = step.sent or step.done or step.read
        # without a time of its own, or with no more than the day, it stays after the step before it
        place = place if place.startswith(when[:16]) else when[:16]
        yield place, OnLine(when, (record.system,), item.id, step=step)
    for name in _ENDS:
        if when := getattr(record.procedure, name):
            yield (
                (when[:16] if "T" in when else when + _LATEST),
                OnLine(when, (record.system,), item.id, what=name),
            )


def _once(acts: Iterable[OnLine]) -> list[OnLine]:
    """Acts that several systems tell alike stand once, with the names of all of them."""
    found: dict[tuple[str, str, Step | None], OnLine] = {}
    for act in acts:
        key = (act.when, act.what, replace(act.step, number=0) if act.step else None)
        before = found.get(key)
        systems = dict.fromkeys((*before.systems, *act.systems)) if before else act.systems
        found[key] = replace(before or act, systems=tuple(systems))
    return list(found.values())
