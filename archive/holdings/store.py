"""Read side of the holdings: an OCFL 1.1 storage root with one object per dossier. Opens files read-only."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive import ids
from archive.errors import HomeError, IntegrityError, NotFound
from archive.holdings import description, heads, package
from archive.holdings.heads import Heads
from archive.holdings.package import Inventory
from archive.model import Dossier


@dataclass(frozen=True)
class Survey:
    """`states`: dossier id -> committed state; `damaged`: package folder -> its dossier's id, "" if not known."""

    states: dict[str, str]
    damaged: dict[str, str]


class Holdings:
    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def commit_lock(self) -> Path:
        """The lock held during a commit: packages share the folders above them."""
        return self.root.with_name(self.root.name + ".lock")

    def check(self) -> None:
        """Raises HomeError when this is no storage root, e.g. because its disk is not mounted."""
        if not (self.root / package.ROOT_DECLARATION[0]).is_file():
            raise HomeError("storage.no_holdings", path=self.root)

    def object_root(self, dossier_id: str) -> Path:
        return self.root / ids.object_path(ids.object_id(dossier_id))

    def object_roots(self) -> Iterator[Path]:
        """Folders of all packages, in the order of their paths."""
        self.check()
        for folder in _folders(self.root):
            if folder.name != "extensions":
                for middle in _folders(folder):
                    for last in _folders(middle):
                        yield from _folders(last)

    def has(self, dossier_id: str) -> bool:
        return (self.object_root(dossier_id) / package.SIDECAR).is_file()

    def dossiers(self) -> Iterator[str]:
        """Ids of all dossiers."""
        for root in self.object_roots():
            yield ids.dossier_of_object(package.read_inventory(root)[0].id)

    def survey(self, known: Iterable[str] = ()) -> Survey:
        """The state of every package. Those of the dossiers in `known` are looked at, not parsed."""
        paths = {self.object_root(dossier_id): dossier_id for dossier_id in known}
        states, damaged, remembered = {}, {}, heads.of(self.root)
        for root in self.object_roots():
            try:
                state = package.read_state(root)
                dossier_id = paths.get(root) or ids.dossier_of_object(package.read_inventory(root)[0].id)
                newest = remembered.newest.get(dossier_id)
                if newest and newest.state != state:
                    _require_newest(remembered, dossier_id, root)
                states[dossier_id] = state
            except (IntegrityError, OSError):
                damaged[root.relative_to(self.root).as_posix()] = paths.get(root, "")
        return Survey(states, damaged)

    def state(self, dossier_id: str) -> str:
        """Digest of the committed inventory. Raises NotFound."""
        return package.read_state(self._existing(dossier_id))

    def inventory(self, dossier_id: str) -> Inventory:
        """Raises NotFound, IntegrityError."""
        return package.read_inventory(self._existing(dossier_id))[0]

    def dossier(self, dossier_id: str) -> Dossier:
        """The description with its events, both checked against their digests. Raises NotFound, IntegrityError."""
        root = self._existing(dossier_id)
        return self._described(dossier_id, root, package.read_inventory(root)[0])

    def history(self, dossier_id: str) -> Iterator[Dossier]:
        """The description in every version, the newest first. Raises NotFound, IntegrityError."""
        root = self._existing(dossier_id)
        inventory, _ = package.read_inventory(root)
        for number in range(inventory.head, 0, -1):
            yield self._described(dossier_id, root, inventory.at(number))

    def _described(self, dossier_id: str, root: Path, inventory: Inventory) -> Dossier:
        try:
            return description.load(
                _checked(root, inventory, package.DESCRIPTION), _checked(root, inventory, package.EVENTS)
            )
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrityError("storage.description_unreadable", path=root, id=dossier_id) from error

    def file_path(self, dossier_id: str, logical: str) -> Path:
        """Where the bytes of a logical path lie. Raises NotFound."""
        root = self._existing(dossier_id)
        try:
            return root / package.read_inventory(root)[0].content_path(logical)
        except KeyError as error:
            raise NotFound() from error

    def _existing(self, dossier_id: str) -> Path:
        root = self.object_root(dossier_id)
        if not (root / package.SIDECAR).is_file():
            raise NotFound()
        return root


def _require_newest(remembered: Heads, dossier_id: str, root: Path) -> None:
    """Raises IntegrityError for a package that was set back to an older state, or forged."""
    inventory, state = package.read_inventory(root)
    if remembered.is_behind(dossier_id, inventory.head, state):
        newest = remembered.newest[dossier_id].version
        raise IntegrityError("storage.rolled_back", id=dossier_id, found=inventory.head, newest=newest)


def _folders(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        return sorted(Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False))


def _checked(root: Path, inventory: Inventory, logical: str) -> bytes:
    path = root / inventory.content_path(logical)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise IntegrityError("error.integrity", path=path) from error
    if hashlib.sha512(content).hexdigest() != inventory.state[logical]:
        raise IntegrityError("error.integrity", path=path)
    return content
