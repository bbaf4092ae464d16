"""Builds a sealed generation from packages and renditions only, and switches to it by one rename.

Nothing built is visible before the switch. The last two generations are kept; what did not change since the
previous one is not read again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from archive import durable, generation, projection, serial, settings
from archive.access import EVERY_UNIT, Scope
from archive.engines import catalogue_writers, catalogues, index_writers, indexes
from archive.errors import EngineError, IntegrityError, NotFound, StorageError, UsageError
from archive.generation import FileRecord, Generation, Manifest
from archive.holdings import Holdings
from archive.model import Dossier, Finding, Item, PageReading
from archive.ports import CatalogueWriter, IndexWriter
from archive.renditions import Renditions
from archive.settings import Settings

BUILDING = ".building"

Progress = Callable[[int, int], None]
"""Called with (dossiers done, dossiers to do)."""


@dataclass(frozen=True)
class Report:
    """What a publish or rollback did. `changed` is False when the generation in use was already right.

    `dossiers`, `items`, `pages`, `open_items` count the whole generation; `added`, `updated`, `removed` count
    dossiers. `findings` name damage: of the generation before, which was then not built upon, and of packages,
    which are shown as they were before or left out.
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


@dataclass(frozen=True)
class Changes:
    """Dossier ids by what becomes of them since the previous generation.

    `states` are those to be shown; `findings` name the damaged packages, which change nothing.
    """

    states: dict[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.updated or self.removed)


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

    Raises IntegrityError when a page's reading is missing, or when packages that were published are no longer
    there and the caller does not `accept_missing`.
    """
    started = time.monotonic()
    holdings.check()
    with durable.lock(config.published / ".lock"):
        in_use = generation.find(config)
        damage = tuple(in_use.check()) if in_use else ()
        before = _newest_sound(config, in_use) if damage else in_use
        engines = (catalogue_engine, config.index_engine)
        base = None if rebuild or damage else _usable(in_use, engines)
        changes = _changes(holdings, renditions, before, base, accept_missing)
        if base and not changes:
            return _report(base, changes, False, started, damage)
        builder = _Builder(config, holdings, renditions, engines, base, before.name if before else "")
        built = builder.build(changes, progress)
        _switch(config, built)
        _prune(config, built)
        return _report(built, changes, True, started, damage)


def rollback(config: Settings, holdings: Holdings) -> Report:
    """Go back to the generation before the one in use.

    Raises UsageError when none is kept, IntegrityError when it is damaged or shows what may be shown no more.
    """
    started = time.monotonic()
    with durable.lock(config.published / ".lock"):
        in_use = generation.current(config)
        earlier = _earlier(config, in_use)
        if earlier is None or not earlier.folder.is_dir():
            raise UsageError("publish.no_previous", generation=in_use.name)
        if earlier.check():
            raise IntegrityError("error.integrity", path=earlier.folder)
        closed = _closed_since(earlier, holdings)
        if closed:
            raise IntegrityError("publish.closed_since", count=len(closed), item=closed[0])
        _switch(config, earlier)
        return _report(earlier, Changes(), True, started, ())


def _earlier(config: Settings, in_use: Generation) -> Generation | None:
    """The generation before; when the one in use cannot say which, the newest other one that is sound."""
    try:
        return Generation(generation.generations_folder(config) / (in_use.manifest.previous or "none"))
    except IntegrityError:
        return _newest_sound(config, in_use)


def _newest_sound(config: Settings, besides: Generation) -> Generation | None:
    folders = sorted(generation.generations_folder(config).glob("[0-9]" * 6), reverse=True)
    others = (Generation(folder) for folder in folders if folder.name != besides.name)
    return next((other for other in others if not other.check()), None)


def _closed_since(earlier: Generation, holdings: Holdings) -> list[str]:
    """Open documents of a generation that are not open in the same unit today, or whose package cannot say so."""
    catalogue, everything, closed = earlier.catalogue(), Scope(frozenset({EVERY_UNIT})), []
    shown = catalogue.states()
    now = holdings.survey(shown).states
    for dossier_id, state in sorted(shown.items()):
        if now.get(dossier_id) != state:
            then = catalogue.dossier(dossier_id, everything)
            allowed = _open_items(holdings, dossier_id, then.fonds.unit.code)
            closed += [item.id for item in then.items if item.access == "open" and item.id not in allowed]
    return closed


def _open_items(holdings: Holdings, dossier_id: str, unit_code: str) -> set[str]:
    """Ids of the dossier's documents that are open today in this unit."""
    try:
        today = holdings.dossier(dossier_id)
    except (NotFound, IntegrityError, OSError):
        return set()
    return {item.id for item in today.items if item.access == "open" and today.fonds.unit.code == unit_code}


def _usable(in_use: Generation | None, engines: tuple[str, str]) -> Generation | None:
    """The generation in use if the next one can be built upon it."""
    if in_use is None:
        return None
    manifest = in_use.manifest
    same = (manifest.format, manifest.catalogue_engine, manifest.index_engine) == (
        generation.FORMAT,
        *engines,
    )
    return in_use if same else None


def _changes(
    holdings: Holdings,
    renditions: Renditions,
    before: Generation | None,
    base: Generation | None,
    accept_missing: bool,
) -> Changes:
    """What differs from `base`. `before` was published last and tells which packages must still be there."""
    shown = before.catalogue().states() if before else {}
    found = holdings.survey(shown)
    gone = sorted(shown.keys() - found.states.keys() - set(found.damaged.values()))
    if gone and not accept_missing:
        raise IntegrityError("publish.packages_missing", count=len(gone), dossier=gone[0])
    kept = shown if base else {}
    differing = sorted(key for key, state in found.states.items() if kept.get(key) != state)
    unreadable = _check(holdings, renditions, differing)
    damaged = found.damaged | {_folder(holdings, dossier_id): dossier_id for dossier_id in unreadable}
    changed = [key for key in differing if key not in unreadable]
    carried = {key: kept[key] for key in damaged.values() if key in kept}
    sound = {key: state for key, state in found.states.items() if key not in unreadable}
    return Changes(
        sound | carried,
        tuple(key for key in changed if key not in kept),
        tuple(key for key in changed if key in kept),
        tuple(sorted(kept.keys() & set(gone))),
        tuple(_damaged(folder, dossier_id, kept) for folder, dossier_id in sorted(damaged.items())),
    )


def _folder(holdings: Holdings, dossier_id: str) -> str:
    return holdings.object_root(dossier_id).relative_to(holdings.root).as_posix()


def _damaged(folder: str, dossier_id: str, kept: Mapping[str, str]) -> Finding:
    code = "publish.package_carried" if dossier_id in kept else "publish.package_left_out"
    return Finding(code, "error", folder, values={"id": dossier_id or "?"})


def _check(holdings: Holdings, renditions: Renditions, dossier_ids: Sequence[str]) -> set[str]:
    """The dossiers whose description cannot be read.

    A page without its reading would silently be unfindable: IntegrityError before anything is built.
    """
    unreadable, missing = set(), []
    for dossier_id in dossier_ids:
        try:
            missing += _unread_pages(holdings.dossier(dossier_id), renditions)
        except (IntegrityError, NotFound, OSError):
            unreadable.add(dossier_id)
    if missing:
        dossier, item, page = missing[0]
        raise IntegrityError(
            "publish.rendition_missing", dossier=dossier, item=item, page=page, count=len(missing)
        )
    return unreadable


def _unread_pages(dossier: Dossier, renditions: Renditions) -> list[tuple[str, str, int]]:
    """(dossier, item, page number) of every page without a reading."""
    return [
        (dossier.id, item.id, number)
        for item in dossier.items
        for number, page in enumerate(item.pages, 1)
        if not renditions.has(page.rendition)
    ]


def _report(
    made: Generation, changes: Changes, changed: bool, started: float, damage: tuple[Finding, ...]
) -> Report:
    manifest = made.manifest
    return Report(
        generation=made.name,
        previous=manifest.previous,
        changed=changed,
        **manifest.counts,
        added=len(changes.added),
        updated=len(changes.updated),
        removed=len(changes.removed),
        seconds=round(time.monotonic() - started, 3),
        findings=damage + changes.findings,
    )


def _switch(config: Settings, to: Generation) -> None:
    durable.point_link(config.published / generation.CURRENT, f"generations/{to.name}")


def _prune(config: Settings, built: Generation) -> None:
    """Keep the generation in use and the one before it."""
    keep = {built.name, built.manifest.previous}
    for folder in sorted(generation.generations_folder(config).iterdir()):
        if folder.name not in keep:
            durable.remove_tree(folder)


# --------------------------------------------------------------------------- building


@dataclass
class _Builder:
    config: Settings
    holdings: Holdings
    renditions: Renditions
    engines: tuple[str, str]
    base: Generation | None
    previous: str

    def build(self, changes: Changes, progress: Progress | None) -> Generation:
        """A sealed generation in its place, not yet in use."""
        final = generation.generations_folder(self.config) / self._next_name()
        folder = final.with_name(final.name + BUILDING)
        self._make_folders(folder)
        try:
            self._build(folder, final.name, changes, progress)
            durable.rename(folder, final)
        except BaseException:
            with suppress(
                StorageError
            ):  # the next publish clears it; what went wrong first is what to report
                durable.remove_tree(folder)
            raise
        return Generation(final)

    def _build(self, folder: Path, name: str, changes: Changes, progress: Progress | None) -> None:
        """What an engine throws becomes an EngineError, what the disk refuses a StorageError."""
        try:
            with durable.storage_errors(folder):
                self._fill(folder, changes, progress)
                self._seal(folder, name, changes)
        except (ValueError, RuntimeError) as error:
            raise EngineError("error.engine", tool=", ".join(self.engines), reason=error) from error

    def _next_name(self) -> str:
        parent = generation.generations_folder(self.config)
        durable.make_folder(parent)
        numbers = [int(folder.name[:6]) for folder in parent.iterdir() if folder.name[:6].isdigit()]
        return f"{max(numbers, default=0) + 1:06d}"

    @staticmethod
    def _make_folders(folder: Path) -> None:
        durable.remove_tree(folder)
        for name in ("catalogue", "index"):
            durable.make_folder(folder / name)

    def _fill(self, folder: Path, changes: Changes, progress: Progress | None) -> None:
        catalogue_engine = catalogue_writers.engine(self.engines[0])
        index_engine = index_writers.engine(self.engines[1])
        before = self.base.folder if self.base else None
        catalogue = catalogue_engine.open_writer(folder / "catalogue", before and before / "catalogue")
        index = index_engine.open_writer(folder / "index", before and before / "index")
        for dossier_id in changes.removed:
            for item_id in catalogue.remove(dossier_id):
                index.remove(item_id)
        changed = changes.added + changes.updated
        for done, dossier_id in enumerate(changed, 1):
            self._put(self.holdings.dossier(dossier_id), changes.states[dossier_id], catalogue, index)
            if progress:
                progress(done, len(changed))
        catalogue.seal()
        index.commit()

    def _put(self, dossier: Dossier, state: str, catalogue: CatalogueWriter, index: IndexWriter) -> None:
        """One dossier into both. A quarantined item has a neutral row and no index entry."""
        dossier, pages = projection.shown(dossier), {}
        gone = set(catalogue.item_ids(dossier.id))
        for item in dossier.items:
            if item.access == "open":
                readings = self._readings(item)
                pages[item.id] = [projection.page_text(reading) for reading in readings]
                index.add(projection.index_entry(dossier, item, pages[item.id], projection.kind(readings)))
                gone.discard(item.id)
        for item_id in sorted(gone):
            index.remove(item_id)
        catalogue.put(dossier, state, pages)

    def _readings(self, item: Item) -> list[PageReading]:
        try:
            return [self.renditions.reading(page.rendition) for page in item.pages]
        except (NotFound, OSError, ValueError, EOFError) as error:
            raise IntegrityError("publish.rendition_damaged", item=item.id) from error

    def _seal(self, folder: Path, name: str, changes: Changes) -> None:
        """Check what was built by opening it as a reader would, then list, digest and sync every file."""
        catalogue = catalogues.open_reader(self.engines[0], folder / "catalogue")
        counts, indexed = (
            catalogue.counts(),
            indexes.open_reader(self.engines[1], folder / "index").count(),
        )
        if counts["open_items"] != indexed or counts["dossiers"] != len(changes.states):
            raise EngineError(
                "publish.counts_differ", catalogue=counts, index=indexed, holdings=len(changes.states)
            )
        manifest = Manifest(
            generation.FORMAT,
            name,
            settings.now().isoformat(),
            self.previous,
            *self.engines,
            counts,
            self._files(folder),
        )
        content = serial.dumps(manifest)
        digest = f"{hashlib.sha256(content).hexdigest()}  {generation.MANIFEST}\n"
        durable.write_synced(folder / generation.MANIFEST, content)
        durable.write_synced(folder / generation.MANIFEST_DIGEST, digest.encode())
        for path in generation.file_paths(folder):
            os.chmod(folder / path, 0o444)
        durable.fsync_tree(folder)

    def _files(self, folder: Path) -> tuple[FileRecord, ...]:
        """Records of all files. One that is a hard link into the previous generation keeps its known digest."""
        known = {}
        for record in self.base.manifest.files if self.base else ():
            status = os.stat(self.base.folder / record.path)
            known[status.st_dev, status.st_ino] = record.sha256
        records = []
        for path in generation.file_paths(folder):
            status = os.stat(folder / path)
            digest = known.get((status.st_dev, status.st_ino)) or _sha256(folder / path)
            records.append(FileRecord(path, status.st_size, digest))
        return tuple(records)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
