"""Builds the next generation aside: catalogue and index filled, then sealed, then in its place but not in use."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from archive import durable
from archive.engines import catalogue_writers, index_writers
from archive.errors import EngineError, IntegrityError, NotFound, StorageError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Dossier
from archive.ports import CatalogueWriter, IndexWriter
from archive.publishing import generation, projection
from archive.publishing.generation import Generation
from archive.publishing.plan import Changes, moves, readable
from archive.publishing.seal import seal
from archive.rights import covering
from archive.settings import Settings

BUILDING = ".building"
NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
FULL = 2**20
"""Bytes free below which an engine's failure is the disk's: Tantivy's threads do not always say what stopped them."""

Progress = Callable[[int, int], None]
"""Called with (dossiers done, dossiers to do)."""


@dataclass
class Builder:
    """Builds upon `base`, or from nothing. `engines` name those of catalogue and index."""

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
        try:
            self._make_folders(folder)
            self._build(folder, final.name, changes, progress)
            durable.rename(folder, final)
        except BaseException:
            with suppress(StorageError):  # the next publish clears it; what went wrong first is to be told
                durable.remove_tree(folder)
            raise
        return Generation(final)

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

    def _build(self, folder: Path, name: str, changes: Changes, progress: Progress | None) -> None:
        """What an engine throws becomes an EngineError, what the disk refuses a StorageError."""
        try:
            with durable.storage_errors(folder):
                self._fill(folder, changes, progress)
                seal(folder, name, self.engines, self.base, self.previous, len(changes.states))
        except (EngineError, ValueError, RuntimeError) as error:
            if _no_space(error) or shutil.disk_usage(folder.parent).free < FULL:
                raise StorageError("error.disk_full", path=folder) from error
            if isinstance(error, EngineError):
                raise
            raise EngineError("error.engine", tool=", ".join(self.engines), reason=error) from error

    def _fill(self, folder: Path, changes: Changes, progress: Progress | None) -> None:
        catalogue, index = self._writers(folder)
        for dossier_id in changes.removed:
            for item_id in catalogue.remove(dossier_id):
                index.remove(item_id)
        changed = changes.added + changes.updated
        for done, dossier_id in enumerate(changed, 1):
            try:
                dossier = self._as_it_stands(self.holdings.dossier(dossier_id), changes.moved, catalogue)
                self._put(dossier, changes.states[dossier_id], catalogue, index)
            except (NotFound, IntegrityError) as error:  # it was sound when the publish was planned
                raise EngineError("publish.changed_meanwhile", dossier=dossier_id) from error
            if progress:
                progress(done, len(changed))
        catalogue.seal()
        index.commit()

    def _writers(self, folder: Path) -> tuple[CatalogueWriter, IndexWriter]:
        before = self.base.folder if self.base else None
        catalogue, index = catalogue_writers.engine(self.engines[0]), index_writers.engine(self.engines[1])
        return (
            catalogue.open_writer(folder / "catalogue", before and before / "catalogue"),
            index.open_writer(folder / "index", before and before / "index"),
        )

    def _put(self, dossier: Dossier, state: str, catalogue: CatalogueWriter, index: IndexWriter) -> None:
        """One dossier into both. A quarantined item has a neutral row and no index entry."""
        dossier, pages = projection.shown(dossier), {}
        gone = {*catalogue.item_ids(dossier.id), *(item.id for item in dossier.items)}
        for item in dossier.items:
            if item.access == "open":
                readings = [self.renditions.reading(page.rendition) for page in item.pages]
                known = covering.known(item)
                pages[item.id] = [projection.page_text(reading, known) for reading in readings]
                for one in item.texts:
                    pages[item.id] += projection.file_texts(self.renditions.text(one.rendition), known)
                index.add(projection.index_entry(dossier, item, pages[item.id], projection.kind(readings)))
                gone.discard(item.id)
        for item_id in sorted(gone):
            index.remove(item_id)
        catalogue.put(dossier, state, pages)

    def _as_it_stands(
        self, dossier: Dossier, moved: Mapping[str, str], catalogue: CatalogueWriter
    ) -> Dossier:
        """Without items that moved on: between the commits of a move a record is where it was and where it goes."""
        later = self._later(dossier, catalogue)
        kept = tuple(
            item
            for item in dossier.items
            if moved.get(item.id, dossier.id) == dossier.id and item.id not in later
        )
        return dossier if len(kept) == len(dossier.items) else replace(dossier, items=kept)

    def _later(self, dossier: Dossier, catalogue: CatalogueWriter) -> set[str]:
        """Items of which another dossier in the catalogue holds a copy that moved there later."""
        own = {item.id: moves(item) for item in dossier.items}
        homes = {catalogue.home(item_id) for item_id in own} - {"", dossier.id}
        others = filter(None, (readable(self.holdings, home) for home in sorted(homes)))
        return {one.id for other in others for one in other.items if moves(one) > own.get(one.id, moves(one))}


def _no_space(error: BaseException | None) -> bool:
    """Was it the full disk? Engines wrap what the system said; Tantivy and its threads only quote it."""
    while error:
        if getattr(error, "errno", 0) in NO_SPACE or any(
            f"os error {code}" in str(error) for code in NO_SPACE
        ):
            return True
        error = error.__cause__ or error.__context__
    return False
