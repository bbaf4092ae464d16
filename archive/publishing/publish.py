"""Makes what the holdings have findable: plan -> build aside -> seal -> switch by one rename -> prune.

Only packages and readings are read. Nothing built is visible before the switch. The last two generations are kept;
what did not change since the previous one is not read again. When a document was closed as secret since, or a package
that may say so cannot be read, everything is built anew and no earlier generation is kept: none of its words stays in a
file. Whether originals are still whole is not asked: that is `kho verify`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from archive import durable
from archive.engines import catalogues
from archive.holdings import heads, heads_writer
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Finding
from archive.publishing import generation
from archive.publishing.build import Builder, Progress
from archive.publishing.generation import Generation
from archive.publishing.plan import Changes, plan
from archive.settings import Settings


@dataclass(frozen=True)
class Report:
    """What a publish or rollback did. `changed` is False when the generation in use was already right.

    `dossiers`, `items`, `pages`, `open_items` count the whole generation; `added`, `updated`, `removed` count
    dossiers. `findings` name damage: of the generation before, which was then not built upon, and of packages and
    readings, whose dossiers are shown as they were before or left out.
    """

    generation: str
    previous: str
    changed: bool
    dossiers: int
    items: int
    pages: int
    open_items: int
    added: int = 0
    updated: int = 0
    removed: int = 0
    seconds: float = 0.0
    findings: tuple[Finding, ...] = ()


def publish(
    config: Settings,
    holdings: Holdings,
    renditions: Renditions,
    *,
    rebuild: bool = False,
    accept_missing: bool = False,
    catalogue_engine: str = catalogues.DEFAULT,
    progress: Progress | None = None,
) -> Report:
    """Make what the holdings have findable.

    A dossier whose package or readings are damaged stays as it was published where nothing newer can have closed
    any of it, or is left out; a finding names it.
    Raises IntegrityError when packages that were published are no longer there and the caller does not
    `accept_missing`.
    """
    started = time.monotonic()
    holdings.check()
    with locked(config):
        in_use = generation.find(config)
        damage = tuple(in_use.check()) if in_use else ()
        before = generation.newest_sound(config, besides=in_use) if damage else in_use
        engines = (catalogue_engine, config.index_engine)
        base = None if rebuild or damage else _usable(in_use, engines)
        changes = plan(holdings, renditions, before, base, accept_missing)
        if base and not changes:
            _prune(config, base)
            return report(base, changes, False, started, damage)
        work, previous = changes, before.name if before else ""
        if changes.quarantined:  # shared segments and an earlier generation would keep the words of a secret
            base, previous = None, ""
            work = plan(holdings, renditions, before, None, accept_missing)
        builder = Builder(config, holdings, renditions, engines, base, previous)
        built = builder.build(work, progress)
        switch(config, built)
        _prune(config, built)
        if accept_missing:
            _give_up(holdings, changes.removed)
        return report(built, replace(changes, findings=work.findings), True, started, damage)


def _give_up(holdings: Holdings, removed: Iterable[str]) -> None:
    """Packages somebody accepted to be gone are not missed any more."""
    with durable.lock(holdings.commit_lock, wait=True):
        known = heads.of(holdings.root)
        for dossier_id in removed:
            if dossier_id in known.newest and not holdings.has(dossier_id):
                heads_writer.remember(known, dossier_id, 0, "")


def locked(config: Settings):
    """Held while the generation in use may change."""
    return durable.lock(config.published / ".lock")


def _usable(in_use: Generation | None, engines: tuple[str, str]) -> Generation | None:
    """The generation in use if the next one can be built upon it."""
    if in_use is None:
        return None
    made_by = (in_use.manifest.catalogue_engine, in_use.manifest.index_engine)
    return in_use if in_use.readable and made_by == engines else None


def switch(config: Settings, to: Generation) -> None:
    durable.point_link(config.published / generation.CURRENT, f"generations/{to.name}")


def _prune(config: Settings, built: Generation) -> None:
    """Keep the generation in use and the one before it."""
    keep = {built.name, built.manifest.previous}
    for folder in sorted(generation.generations_folder(config).iterdir()):
        if folder.name not in keep:
            durable.remove_tree(folder)


def report(
    made: Generation, changes: Changes, changed: bool, started: float, damage: tuple[Finding, ...] = ()
) -> Report:
    return Report(
        generation=made.name,
        previous=made.manifest.previous,
        changed=changed,
        **made.manifest.counts,
        added=len(changes.added),
        updated=len(changes.updated),
        removed=len(changes.removed),
        seconds=round(time.monotonic() - started, 3),
        findings=damage + changes.findings,
    )
