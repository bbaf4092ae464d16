"""Making exports in tests: of an archive's home, by an actor, into a file."""

from __future__ import annotations

from pathlib import Path

from archive.audit import journal
from archive.audit.heads import KEYS_FILE
from archive.export import receiving
from archive.export.bag import Bag, Request
from archive.export.selection import Selection
from archive.rights.access import Actor, Grant
from archive.settings import Settings, now
from archive.wiring_read import Archive

OPERATOR = Actor("may", "Máy", (Grant("*", "operator"),))


def export(
    settings: Settings, target: Path, asked: Selection, actor: Actor = OPERATOR, stamp: str = "", during=None
) -> Bag:
    """The export in `target`; `during(bag)` is called when it is on record and nothing has left yet."""
    with journal.of_home(settings) as sink:
        reader = Archive(settings, sink).reader()
        plan = reader.plan_export(actor, asked)
        request = Request("0123456789abcdef", now(), actor, plan, reader.generation, stamp=stamp)
        found = receiving.begun(target)
        request = (found and receiving.same(request, found)) or request
        leaving = reader.begin_export(actor, plan, request.export)
        with receiving.kept(target) as kept:
            bag = Bag(request, leaving, sink, settings.audit / KEYS_FILE, kept)
            if during:
                during(bag)
            receiving.receive(bag, target, kept)
            bag.resumed_at = kept.end if kept else 0
    return bag
