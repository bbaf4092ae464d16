"""Seals a generation that was built: opened and counted as a reader would, listed, digested, write-protected, synced."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from archive import durable, serial, settings
from archive.engines import catalogues, indexes
from archive.errors import EngineError
from archive.publishing import generation
from archive.publishing.generation import FileRecord, Generation, Manifest


def seal(
    folder: Path, name: str, engines: tuple[str, str], base: Generation | None, previous: str, dossiers: int
) -> None:
    """Write the manifest. Raises EngineError when catalogue, index and the number of `dossiers` disagree."""
    counts = _checked_counts(folder, engines, dossiers)
    created = settings.now().isoformat()
    files = _records(folder, base)
    _write_manifest(folder, Manifest(generation.FORMAT, name, created, previous, *engines, counts, files))
    for path in generation.file_paths(folder):
        os.chmod(folder / path, 0o444)
    durable.fsync_tree(folder)


def _checked_counts(folder: Path, engines: tuple[str, str], dossiers: int) -> dict[str, int]:
    counts = catalogues.open_reader(engines[0], folder / "catalogue").counts()
    indexed = indexes.open_reader(engines[1], folder / "index").count()
    if (counts["open_items"], counts["dossiers"]) != (indexed, dossiers):
        raise EngineError("publish.counts_differ", catalogue=counts, index=indexed, holdings=dossiers)
    return counts


def _records(folder: Path, base: Generation | None) -> tuple[FileRecord, ...]:
    """Records of all files. One that is a hard link into the previous generation keeps its known digest."""
    known = {}
    for record in base.manifest.files if base else ():
        status = os.stat(base.folder / record.path)
        known[status.st_dev, status.st_ino] = record.sha256
    records = []
    for path in generation.file_paths(folder):
        status = os.stat(folder / path)
        digest = known.get((status.st_dev, status.st_ino)) or _sha256(folder / path)
        records.append(FileRecord(path, status.st_size, digest))
    return tuple(records)


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    content = serial.dumps(manifest)
    durable.write_synced(folder / generation.MANIFEST, content)
    durable.write_synced(folder / generation.MANIFEST_DIGEST, generation.manifest_digest(content))


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
