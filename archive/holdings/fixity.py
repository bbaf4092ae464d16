"""`kho verify`: every byte of the holdings, of their page images and readings, and of the published generation
against its digest. Changes nothing. What looks damaged is looked at again while nobody commits: an ingest may be running.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from archive import durable, home_identity, ids
from archive.errors import EngineError, IntegrityError, NotFound
from archive.holdings import package, package_check
from archive.holdings.page_check import PageCheck
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Dossier, Finding
from archive.publishing import generation
from archive.publishing.generation import Generation
from archive.settings import Settings

Progress = Callable[[int, int], None]
"""Called with (objects checked, objects in all)."""


@dataclass(frozen=True)
class Report:
    """What was read and what is wrong. `bytes` counts content; `digest` is one digest over all package states.

    `files` and `bytes` are those of packages, `pages` those of which reading and image were checked.
    `findings` name every damaged or strange file; `notes` are no damage: leftovers of a killed run, dossiers
    not yet published, page images without digests.
    """

    objects: int
    files: int
    bytes: int
    digest: str
    findings: tuple[Finding, ...]
    notes: tuple[Finding, ...]
    seconds: float
    pages: int = 0

    @property
    def sound(self) -> bool:
        return not self.findings


def verify(settings: Settings, progress: Progress | None = None) -> Report:
    """Check the whole home. Raises HomeError when there is none."""
    started = time.monotonic()
    home_identity.check(settings)
    holdings, pages = Holdings(settings.holdings), PageCheck(Renditions(settings.renditions))
    with durable.held_off(holdings.commit_lock):
        findings = [*_storage_root(holdings), *_stray(holdings.root)]
    roots, states, files, size = list(holdings.object_roots()), {}, 0, 0
    for done, root in enumerate(roots, 1):
        checked, found = _package(holdings, root)
        files, size = files + checked.files, size + checked.size
        if checked.sound:
            states[ids.dossier_of_object(checked.id)] = package.read_state(root)
        findings += found + _pages(holdings, ids.dossier_of_object(checked.id), pages, bool(found))
        if progress:
            progress(done, len(roots))
    published = generation.find(settings)
    damage = _generation(published) if published else []
    shown = published.catalogue().states() if published and not damage else {}
    findings += damage + _vanished(holdings, set(roots), shown)
    notes = [
        *_leftovers(settings),
        *_undigested(pages),
        *(_unpublished(states, shown) if not damage else ()),
    ]
    digest = hashlib.sha256(repr(sorted(states.items())).encode()).hexdigest()
    seconds = round(time.monotonic() - started, 3)
    return Report(len(roots), files, size, digest, tuple(findings), tuple(notes), seconds, pages.pages)


# --------------------------------------------------------------------------- holdings


def _storage_root(holdings: Holdings) -> Iterator[Finding]:
    """The storage root says what it is, and nothing else lies beside the packages."""
    name, content = package.ROOT_DECLARATION
    if (holdings.root / name).read_bytes() != content:
        yield Finding("fixity.declaration", "error", name, values={"rule": "E080"})
    known = {name, "ocfl_layout.json"}
    for path in sorted(holdings.root.iterdir()):
        if path.is_file() and path.name not in known:
            yield Finding("fixity.untracked", "error", path.name, values={"rule": "E087"})


def _stray(root: Path) -> Iterator[Finding]:
    """Files and empty folders between the root and the packages."""
    for parent, folders, files in os.walk(root):
        depth = len(Path(parent).relative_to(root).parts)
        if depth == 0:
            folders[:] = [name for name in folders if name != "extensions"]
            continue
        if depth >= 4:
            folders[:] = []
            continue
        name = os.path.relpath(parent, root)
        if not folders and not files:
            yield Finding("fixity.empty_folder", "error", name, values={"rule": "E073"})
        for file in sorted(files):
            yield Finding("fixity.untracked", "error", f"{name}/{file}", values={"rule": "E072"})


def _package(holdings: Holdings, root: Path) -> tuple[package_check.Checked, list[Finding]]:
    checked = package_check.check(root)
    if not _placed(holdings, root, checked):
        return checked, []
    with durable.held_off(holdings.commit_lock):
        checked = package_check.check(root)
        return checked, _placed(holdings, root, checked)


def _placed(holdings: Holdings, root: Path, checked: package_check.Checked) -> list[Finding]:
    """The object's findings with whole paths and the dossier's id; an object in a wrong place is one more."""
    where = root.relative_to(holdings.root).as_posix()
    dossier_id = ids.dossier_of_object(checked.id)
    findings = [
        replace(finding, file=f"{where}/{finding.file}", values={**finding.values, "id": dossier_id or "?"})
        for finding in checked.findings
    ]
    if checked.id and holdings.object_root(dossier_id) != root:
        findings.append(Finding("fixity.misplaced", "error", where, values={"id": dossier_id}))
    return findings


def _pages(holdings: Holdings, dossier_id: str, pages: PageCheck, damaged: bool) -> list[Finding]:
    """The pages of a dossier, as far as its description can be read; that of a `damaged` package is named already."""
    try:
        return list(pages.dossier(_dossier(holdings, dossier_id)))
    except (NotFound, IntegrityError, OSError) as error:
        if damaged:
            return []
        file = holdings.object_root(dossier_id).relative_to(holdings.root).as_posix()
        return [Finding("fixity.description", "error", file, values={"id": dossier_id, "reason": str(error)})]


def _dossier(holdings: Holdings, dossier_id: str) -> Dossier:
    try:
        return holdings.dossier(dossier_id)
    except IntegrityError:
        with durable.held_off(holdings.commit_lock):
            return holdings.dossier(dossier_id)


# --------------------------------------------------------------------------- the rest


def _generation(published: Generation) -> list[Finding]:
    """Digests first; only then is anything opened, and the counts compared."""
    findings = published.check()
    if findings:
        return findings
    if not published.readable:
        values = {"format": published.manifest.format}
        return [Finding("fixity.generation_format", "error", published.name, values=values)]
    try:
        counts, indexed = published.catalogue().counts(), published.index().count()
    except EngineError as error:
        return [Finding("fixity.generation_unreadable", "error", published.name, values=error.values)]
    if counts != published.manifest.counts or counts["open_items"] != indexed:
        values = {"catalogue": str(counts["open_items"]), "index": str(indexed)}
        return [Finding("fixity.generation_counts", "error", published.name, values=values)]
    return []


def _leftovers(settings: Settings) -> Iterator[Finding]:
    """What a killed run left: packages and generations not finished. Each fonds may stage in its own folder."""
    staging, generations = settings.work / "staging", generation.generations_folder(settings)
    staged = [path for place in ("*", "*/*") for path in staging.glob(place)]
    left = [path for path in staged if package.is_object_folder(path.name)]
    left += [path for path in generations.glob("*") if path.suffix]
    for path in sorted(left):
        yield Finding("fixity.leftover", "info", path.relative_to(settings.home).as_posix())


def _vanished(holdings: Holdings, roots: set[Path], shown: Mapping[str, str]) -> list[Finding]:
    """Published dossiers whose package is not there any more."""
    gone = [
        (dossier_id, root)
        for dossier_id in sorted(shown)
        if (root := holdings.object_root(dossier_id)) not in roots
    ]
    return [
        Finding("fixity.vanished", "error", root.relative_to(holdings.root).as_posix(), values={"id": key})
        for key, root in gone
    ]


def _unpublished(states: Mapping[str, str], shown: Mapping[str, str]) -> list[Finding]:
    """How many sound dossiers the published generation does not show as they are now."""
    behind = sum(shown.get(dossier_id) != state for dossier_id, state in states.items())
    return [Finding("fixity.unpublished", "info", values={"count": str(behind)})] if behind else []


def _undigested(pages: PageCheck) -> list[Finding]:
    """How many pages were read by an earlier version, which kept no digests."""
    count = pages.undigested
    return [Finding("fixity.pages_undigested", "info", values={"count": str(count)})] if count else []
