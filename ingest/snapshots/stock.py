"""The files of a snapshot as received: listed, hashed, given their logical paths; and the package that keeps them whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from archive.errors import SourceRefused, UsageError
from archive.holdings import locator
from archive.holdings.package import NewFile, original_path
from archive.model import Finding, SourceFile
from archive.ports import Executor, JobFailure
from ingest.batch import survey
from ingest.progress import Tally
from ingest.snapshots.beside import Beside

MEDIA_TYPE = "application/octet-stream"
"""Of a file of the snapshot: what it is, the readers of the snapshot say."""


@dataclass(frozen=True)
class Received:
    """`files`: `name` is relative to `folder`, as received; `path` is the logical path in the package."""

    folder: Path
    files: tuple[SourceFile, ...]
    findings: tuple[Finding, ...]

    @property
    def mark(self) -> str:
        return mark_of(self.files)

    @property
    def new_files(self) -> list[NewFile]:
        return [NewFile(file.path, self.folder / file.name, file.sha256) for file in self.files]

    @cached_property
    def beside(self) -> Beside:
        return Beside(file.name for file in self.files)

    @cached_property
    def _logical(self) -> dict[str, str]:
        return {file.name: file.path for file in self.files}

    @cached_property
    def _sizes(self) -> dict[str, int]:
        return {file.name: file.size for file in self.files}

    def size(self, name: str) -> int:
        """Bytes of a file, by its name as received."""
        return self._sizes[name]

    def kept_locator(self, as_received: str) -> str:
        """The locator into the package for one into the folder as received."""
        found = locator.parse(as_received)
        return str(replace(found, path=self._logical[found.path]))


def mark_of(files: Iterable[SourceFile]) -> str:
    """One digest of all names and contents."""
    said = "\n".join(f"{file.sha256} {file.name}" for file in files)
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()


def take_stock(path: Path, executor: Executor, progress: Tally) -> Received:
    """Raises UsageError when nothing is there, SourceRefused when a file cannot be read: a snapshot is kept whole."""
    found, findings = _listed(path)
    if not found:
        raise UsageError("ingest.no_files", path=path)
    progress.stage("snapshot.stage.stock", len(found))
    digests: dict[str, str] = {}
    for file, outcome in executor.run(_digest, found):
        if isinstance(outcome, JobFailure):
            raise SourceRefused("refused.snapshot_unreadable", file=file.name)
        digests[file.name] = str(outcome)
        progress.step()
    return Received(path if path.is_dir() else path.parent, tuple(_files(found, digests)), findings)


def _listed(path: Path) -> tuple[Sequence[survey.Found], tuple[Finding, ...]]:
    if path.is_dir():
        listing = survey.list_folder(path)
        refused = (Finding(one.code, "error", one.file, values=one.values) for one in listing.refused)
        return listing.found, tuple(refused)
    state = path.stat()
    return [survey.Found(path.name, str(path), state.st_size, state.st_mtime_ns)], ()


def _digest(found: survey.Found) -> str:
    with open(found.path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if survey.changed(found):
        raise SourceRefused("refused.changing")
    return digest


def _files(found: Sequence[survey.Found], digests: dict[str, str]):
    taken: set[str] = set()
    for file in found:
        path = original_path(file.name, taken)
        taken.add(path)
        yield SourceFile(path, file.name, file.size, digests[file.name], MEDIA_TYPE)
