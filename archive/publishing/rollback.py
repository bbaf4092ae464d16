"""Goes back to the generation published before, unless it shows what may be shown no more."""

from __future__ import annotations

import time

from archive.errors import IntegrityError, UsageError
from archive.holdings.store import Holdings
from archive.publishing import generation
from archive.publishing.generation import Generation
from archive.publishing.plan import Changes, as_published, closed_since, standing
from archive.publishing.publish import Report, locked, report, switch
from archive.settings import Settings


def rollback(config: Settings, holdings: Holdings) -> Report:
    """Go back to the generation before the one in use.

    Raises UsageError when none is kept, IntegrityError when it is damaged or shows what may be shown no more,
    HomeError when another version of Kho built it.
    """
    started = time.monotonic()
    with locked(config):
        in_use = generation.current(config)
        earlier = _earlier(config, in_use)
        if earlier is None or not earlier.folder.is_dir():
            raise UsageError("publish.no_previous", generation=in_use.name)
        if earlier.check():
            raise IntegrityError("error.integrity", path=earlier.folder)
        earlier.require_format()
        closed = _closed_since(earlier, holdings)
        if closed:
            raise IntegrityError("publish.closed_since", count=len(closed), item=closed[0])
        switch(config, earlier)
        return report(earlier, Changes(), True, started)


def _earlier(config: Settings, in_use: Generation) -> Generation | None:
    """The generation before; when the one in use cannot say which, the newest other one that is sound."""
    try:
        return Generation(generation.generations_folder(config) / (in_use.manifest.previous or "none"))
    except IntegrityError:
        return generation.newest_sound(config, besides=in_use)


def _closed_since(earlier: Generation, holdings: Holdings) -> list[str]:
    """Open documents of a generation that are not open in the same unit today, or whose package cannot say so."""
    shown, closed = earlier.catalogue().states(), []
    now = holdings.survey(shown).states
    for dossier_id, state in sorted(shown.items()):
        if now.get(dossier_id) != state:
            closed += closed_since(as_published(earlier, dossier_id), standing(holdings, dossier_id))
    return closed
