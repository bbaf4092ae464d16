"""One package as `kho verify` looks at it: its bytes, its place in history, its description, its pages. Changes nothing."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive import durable, ids
from archive import settings as clock
from archive.errors import IntegrityError, NotFound
from archive.holdings import damage, package, package_check
from archive.holdings.damage import Differences
from archive.holdings.heads import Heads
from archive.holdings.page_check import PageCheck
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Dossier, Finding
from archive.settings import Settings


@dataclass(frozen=True)
class Looked:
    """A part that was looked at. Of a package also its dossier `id`, `state`, and the `differences` of its files."""

    id: str = ""
    state: str = ""
    files: int = 0
    size: int = 0
    findings: list[Finding] = field(default_factory=list)
    differences: Differences = field(default_factory=Differences)
    when: str = field(default_factory=lambda: clock.now().isoformat())

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity != "info"]

    @property
    def sound(self) -> bool:
        return not any(finding.severity == "error" for finding in self.findings)


class Look:
    """Looks at packages, from several threads."""

    def __init__(self, settings: Settings, holdings: Holdings, heads: Heads) -> None:
        self.holdings, self.heads = holdings, heads
        self.pages = PageCheck(Renditions(settings.renditions))

    def package(self, root: Path, where: str) -> Looked:
        try:
            looked = self._bytes(root, where)
            if looked.findings:
                with durable.held_off(self.holdings.commit_lock):
                    looked = self._bytes(root, where)
        except OSError as error:
            values = {"reason": os.strerror(error.errno or 0)}
            return Looked(findings=[Finding("fixity.unreadable", "error", where, values=values)])
        placed = self.holdings.object_root(looked.id) == root if looked.id else False
        pages = self._pages(looked.id, bool(looked.findings)) if placed else []
        return replace(looked, findings=looked.findings + pages)

    def _bytes(self, root: Path, where: str) -> Looked:
        """Findings have whole paths and the dossier's id."""
        checked = package_check.check(root)
        dossier_id = ids.dossier_of_object(checked.id) if checked.id else ""
        faults = [*checked.findings, *_sidecars(root, {one.file for one in checked.findings})]
        findings = [damage.whole(one, where, id=dossier_id or "?") for one in faults]
        sound = checked.sound and faults == checked.findings
        behind = self._behind(root, where, dossier_id, checked.head, sound)
        if behind:
            findings = [one for one in findings if one.code != "fixity.unfinished"] + [behind]
        state = package.read_state(root) if sound and not behind else ""
        moved = checked.differences.below(where)
        return Looked(dossier_id, state, checked.files, checked.size, findings, moved)

    def _behind(self, root: Path, where: str, dossier_id: str, head: int, sound: bool) -> Finding | None:
        """A package that says less than was committed, or something else: set back, or written anew."""
        known = self.heads.newest.get(dossier_id)
        if known is None or not head:
            return None
        values = {"id": dossier_id, "found": str(head), "newest": str(known.version)}
        if head < known.version:
            return Finding("fixity.rolled_back", "error", where, values=values)
        if sound and _state_of(root, known.version) != known.state:
            return Finding("fixity.rewritten", "error", where, values=values)
        return None

    def _pages(self, dossier_id: str, damaged: bool) -> list[Finding]:
        """The pages of a dossier, as far as its description can be read; that of a `damaged` package is named."""
        try:
            return list(self.pages.dossier(self._dossier(dossier_id)))
        except (NotFound, IntegrityError, OSError) as error:
            if damaged:
                return []
            file = self.holdings.object_root(dossier_id).relative_to(self.holdings.root).as_posix()
            values = {"id": dossier_id, "reason": str(error)}
            return [Finding("fixity.description", "error", file, values=values)]

    def _dossier(self, dossier_id: str) -> Dossier:
        try:
            return self.holdings.dossier(dossier_id)
        except IntegrityError:
            with durable.held_off(self.holdings.commit_lock):
                return self.holdings.dossier(dossier_id)


def _sidecars(root: Path, named: set[str | None]) -> Iterator[Finding]:
    """Sidecars that say the right digest, but not in our own bytes: OCFL allows other blanks and letters, we write one form."""
    for path in sorted([*root.glob(package.SIDECAR), *root.glob(f"v*/{package.SIDECAR}")]):
        file, inventory = path.relative_to(root).as_posix(), path.with_name(package.INVENTORY)
        if file in named or inventory.relative_to(root).as_posix() in named or not inventory.is_file():
            continue
        if path.read_bytes() != package.sidecar(inventory.read_bytes()):
            yield Finding("fixity.sidecar_changed", "error", file, values={"rule": "E061"})


def _state_of(root: Path, version: int) -> str:
    """The digest of the inventory that a version was committed with; "" when it is not there."""
    try:
        return hashlib.sha512((root / f"v{version}" / package.INVENTORY).read_bytes()).hexdigest()
    except OSError:
        return ""
