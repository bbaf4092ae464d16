"""Commits packages to the holdings. Used by ingest and the command line only.

A version is built aside, re-read, fsynced and renamed into place; the object's root sidecar is replaced last
and commits it. A kill at any step leaves the old version or the new one; `recover` tidies what is left.
Commits of several processes take turns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from archive import durable, ids, settings
from archive.errors import IntegrityError, StorageError, UsageError
from archive.holdings import description, heads, heads_writer, package
from archive.holdings.heads import Heads
from archive.holdings.package import Inventory, NewFile
from archive.holdings.store import Holdings
from archive.model import Dossier
from archive.settings import Settings


def turn(config: Settings) -> AbstractContextManager[None]:
    """Held while it is decided what is secret and kept: runs in different fonds take turns, since secret bytes are
    secret in every one."""
    return durable.lock(config.work / "locks" / "keeping.lock", wait=True)


class HoldingsWriter(Holdings):
    def __init__(self, root: Path, staging: Path, agent: str = "kho") -> None:
        """`staging` must be on the same file system as `root`; `agent` is named in each version."""
        super().__init__(root)
        self.staging = staging
        self.agent = agent or "kho"
        self._heads = Heads(root.with_name(heads.FOLDER) / heads.FILE)

    def init(self) -> None:
        """Make the storage root; harmless when it is there. The declaration is written last."""
        durable.make_folder(self.staging)
        for temp in self.root.glob(durable.TEMP_PREFIX + "*"):
            durable.remove_tree(temp)
        for name, content in (*package.ROOT_FILES.items(), package.ROOT_DECLARATION):
            if not (self.root / name).is_file():
                durable.write_file(self.root / name, content)

    # ----------------------------------------------------------------- commit

    def commit(self, dossier: Dossier, new_files: Sequence[NewFile] = ()) -> str:
        """Keep a dossier: a new package, or a new version when anything but times changed. Returns its state.

        Files already held stay; events already recorded stay. Raises IntegrityError when a source is not what
        its digest says or the description names a file that is not held, StorageError when the disk refuses.
        """
        self.check()
        self._check_description(dossier)
        with self._alone():
            return self._commit(dossier, new_files)

    def _alone(self):
        """Commits and recoveries of all processes take turns."""
        return durable.lock(self.commit_lock, wait=True)

    def _commit(self, dossier: Dossier, new_files: Sequence[NewFile]) -> str:
        root = self.object_root(dossier.id)
        self._settle(root)
        known = self.inventory(dossier.id) if self.has(dossier.id) else None
        if known:
            self._require_newest(dossier.id, known.head)
            held = self.dossier(dossier.id)
            dossier = replace(dossier, events=description.merged_events(held.events, dossier.events))
            if self._unchanged(held, dossier, known, new_files):
                return self._remembered(dossier.id, known.head, self.state(dossier.id))
        before = known or package.first_inventory(ids.object_id(dossier.id))
        build = _Version(self.staging / root.name, before, self.agent)
        content = build.write(dossier, new_files)
        build.verify()
        self._place(build.folder, root, build.number, content)
        return self._remembered(dossier.id, build.number, hashlib.sha512(content).hexdigest())

    def _require_newest(self, dossier_id: str, version: int) -> None:
        """No version is put upon a package that was set back: what was committed since would be denied by it."""
        known = self._heads.refresh()
        if known.is_behind(dossier_id, version, self.state(dossier_id)):
            newest = known.newest[dossier_id].version
            raise IntegrityError("storage.rolled_back", id=dossier_id, found=version, newest=newest)

    def _remembered(self, dossier_id: str, version: int, state: str) -> str:
        heads_writer.remember(self._heads, dossier_id, version, state)
        return state

    @staticmethod
    def _check_description(dossier: Dossier) -> None:
        """A quarantined item is a neutral entry: nothing of it may reach a package by mistake."""
        for item in dossier.items:
            said = (
                item.title,
                item.fields,
                item.files,
                item.pages,
                item.texts,
                item.findings,
                item.also_received_as,
            )
            if item.access == "quarantined" and any(said):
                raise UsageError("storage.quarantine", item=item.id)

    @staticmethod
    def _unchanged(held: Dossier, dossier: Dossier, known: Inventory, new_files: Sequence[NewFile]) -> bool:
        sha256s, state = known.sha256s(), known.state
        return all(
            state.get(file.logical) == sha256s.get(file.sha256, "missing") for file in new_files
        ) and description.timeless(held) == description.timeless(dossier)

    def _place(self, built: Path, root: Path, number: int, inventory: bytes) -> None:
        """Make the built version part of the object. The sidecar goes last: it commits."""
        self._same_file_system()
        durable.make_folder(root.parent)
        if number == 1:
            durable.rename(built, root)
        else:
            durable.rename(built / f"v{number}", root / f"v{number}")
            durable.write_file(root / package.INVENTORY, inventory)
            durable.write_file(root / package.SIDECAR, package.sidecar(inventory))
            durable.remove_tree(built)

    def _same_file_system(self) -> None:
        if self.staging.stat().st_dev != self.root.stat().st_dev:
            raise StorageError("storage.other_file_system", path=self.root, staging=self.staging)

    # ----------------------------------------------------------------- recovery

    def recover(self) -> None:
        """Finish or undo what a killed run left behind, and empty the staging folder."""
        durable.make_folder(self.staging)
        with self._alone():
            for folder in sorted(self.staging.iterdir()):
                self._clear(folder)

    def _clear(self, folder: Path) -> None:
        """A staging folder bears the name of the object folder it was made for."""
        digest = folder.name
        root = self.root / digest[0:3] / digest[3:6] / digest[6:9] / digest
        if package.is_object_folder(digest):
            self._settle(root)
            self.prune(root.parent)
        durable.remove_tree(folder)

    def prune(self, folder: Path) -> None:
        """OCFL allows no empty folder in the hierarchy."""
        while folder != self.root and durable.remove_empty(folder):
            folder = folder.parent

    def _settle(self, root: Path) -> None:
        """Finish an object whose newest version folder came into place, but not yet its root inventory.

        That folder was verified and synced before its rename, so going forward is right.
        """
        if not (root / package.SIDECAR).is_file():
            return
        for temp in root.glob(durable.TEMP_PREFIX + "*"):
            durable.remove_tree(temp)
        inventory, _ = package.read_inventory(root)
        following = root / f"v{inventory.head + 1}" / package.INVENTORY
        if not following.parent.is_dir():
            return
        if not _extends(inventory, following):
            raise IntegrityError("storage.version_damaged", path=following.parent)
        content = following.read_bytes()
        durable.write_file(root / package.INVENTORY, content)
        durable.write_file(root / package.SIDECAR, package.sidecar(content))


def _extends(inventory: Inventory, following: Path) -> bool:
    """True when `following` is a sound inventory of the next version of the same object."""
    try:
        content = following.read_bytes()
        sound = following.with_name(package.SIDECAR).read_bytes() == package.sidecar(content)
        found = package.parse_inventory(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
    return sound and found.id == inventory.id and found.head == inventory.head + 1


# --------------------------------------------------------------------------- building a version


@dataclass
class _Version:
    """Builds the version after `before` in the staging folder `folder`."""

    folder: Path
    before: Inventory
    agent: str

    def __post_init__(self) -> None:
        self.number = self.before.head + 1
        self.contents: dict[str, str] = {}
        self.sha256s: dict[str, str] = {}
        self.known = self.before.sha256s()
        self.taken: set[str] = set()
        self.state = dict(self.before.state) if self.before.head else {}

    def write(self, dossier: Dossier, new_files: Sequence[NewFile]) -> bytes:
        """Write the version's folder; returns its inventory."""
        durable.remove_tree(self.folder)
        durable.make_folder(self.folder / f"v{self.number}" / "content")
        for file in new_files:
            self._keep(file)
        self._check_files(dossier)
        self._say(package.DESCRIPTION, description.dump(dossier))
        self._say(package.EVENTS, description.dump_events(dossier))
        return self._finish()

    def _keep(self, file: NewFile) -> None:
        """Copy a received file, hashing what passes; bytes already held are not copied again."""
        logical = package.checked_logical(file.logical)
        sha512 = self.known.get(file.sha256)
        if sha512 is None:
            path = self._new_path(logical)
            copied = durable.copy_file(file.source, self.folder / path)
            if copied.sha256 != file.sha256 or file.sha512 not in (None, copied.sha512):
                raise IntegrityError("storage.source_changed", path=file.source)
            sha512 = self.contents[path] = copied.sha512
            self.sha256s[path] = copied.sha256
            self.known[copied.sha256] = sha512
        self.state[logical] = sha512

    def _say(self, logical: str, content: bytes) -> None:
        digest = hashlib.sha512(content).hexdigest()
        if digest not in self.before.manifest:
            path = self._new_path(logical)
            durable.write_synced(self.folder / path, content)
            self.contents[path] = digest
        self.state[logical] = digest

    def _new_path(self, logical: str) -> str:
        path = package.content_path(self.number, logical, self.taken)
        self.taken.add(package.path_key(path))
        durable.make_folder((self.folder / path).parent)
        return path

    def _check_files(self, dossier: Dossier) -> None:
        """Every file the description names is held with the digest it states; one read in place is another's."""
        named = [(dossier.id, file) for file in dossier.files]
        named += [(item.id, file) for item in dossier.items for file in item.files if not file.within]
        for owner, file in named:
            if file.sha256 not in self.known or self.state.get(file.path) != self.known[file.sha256]:
                raise IntegrityError("storage.file_not_held", item=owner, path=file.path)

    def _finish(self) -> bytes:
        content = self.before.grown(
            self.contents,
            self.state,
            self.sha256s,
            created=settings.now().isoformat(),
            message="new dossier" if self.number == 1 else "changed dossier",
            user={"name": self.agent, "address": f"urn:kho:agent:{quote(self.agent)}"},
        ).dumps()
        self._write_inventory(self.folder / f"v{self.number}", content)
        if self.number == 1:
            durable.write_synced(self.folder / package.OBJECT_DECLARATION[0], package.OBJECT_DECLARATION[1])
            self._write_inventory(self.folder, content)
        _remove_empty(self.folder / f"v{self.number}" / "content")
        for folder in sorted((path for path in self.folder.rglob("*") if path.is_dir()), reverse=True):
            durable.fsync_folder(folder)
        durable.fsync_folder(self.folder)
        return content

    @staticmethod
    def _write_inventory(folder: Path, content: bytes) -> None:
        durable.write_synced(folder / package.INVENTORY, content)
        durable.write_synced(folder / package.SIDECAR, package.sidecar(content))

    def verify(self) -> None:
        """Re-read every new content file: what the disk holds must be what was hashed on the way in."""
        for path, digest in self.contents.items():
            with open(self.folder / path, "rb") as file:
                if hashlib.file_digest(file, "sha512").hexdigest() != digest:
                    raise IntegrityError("error.integrity", path=path)


def _remove_empty(folder: Path) -> None:
    """A version without new content has no content folder: OCFL allows no empty one."""
    if not any(folder.iterdir()):
        folder.rmdir()
