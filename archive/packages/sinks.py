"""Where a package is written: a folder, a ZIP file, or either as a BagIt bag. Nothing shows before it is whole."""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from archive import durable
from archive.durable import Copied


class Sink(Protocol):
    def put(self, path: str, chunks: Iterable[bytes]) -> Copied:
        """Write one file of the package, `path` from the package's root folder; says what went through."""


@contextmanager
def folder(target: Path) -> Iterator[Sink]:
    """A folder that comes into its place, synced, when the block ends well. What a killed run left is begun anew."""
    temp = target.parent / f"{durable.TEMP_PREFIX}{target.name}"
    durable.remove_tree(temp)
    durable.make_folder(temp)
    try:
        yield _Folder(temp)
    except Exception:
        durable.remove_tree(temp)
        raise
    for path in sorted((path for path in temp.rglob("*") if path.is_dir()), reverse=True):
        durable.fsync_folder(path)
    durable.fsync_folder(temp)
    durable.rename(temp, target)


class _Folder:
    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, chunks: Iterable[bytes]) -> Copied:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        return durable.copy_chunks(chunks, target)


@contextmanager
def zipped(target: Path, root: str, when: datetime) -> Iterator[Sink]:
    """A ZIP file with the package in the folder `root`, written in one go, not compressed."""
    with (
        durable.new_file(target, part=target.name) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
    ):
        yield _Zip(archive, root, when)


class _Zip:
    def __init__(self, archive: zipfile.ZipFile, root: str, when: datetime) -> None:
        self._archive, self._root, self._when = archive, root, when

    def put(self, path: str, chunks: Iterable[bytes]) -> Copied:
        entry = zipfile.ZipInfo(posixpath.join(self._root, path), self._when.timetuple()[:6])
        entry.external_attr = 0o644 << 16
        sha256, sha512, size = hashlib.sha256(), hashlib.sha512(), 0
        with self._archive.open(entry, "w", force_zip64=True) as member:
            for chunk in chunks:
                sha256.update(chunk)
                sha512.update(chunk)
                size += member.write(chunk)
        return Copied(sha256.hexdigest(), sha512.hexdigest(), size)


@contextmanager
def bagged(sink: Sink, root: str) -> Iterator[Sink]:
    """The package as the payload of a BagIt 1.0 bag (RFC 8493), in the folder `root` of it."""
    bag = _Bag(sink, root)
    yield bag
    bag.close()


class _Bag:
    def __init__(self, sink: Sink, root: str) -> None:
        self._sink, self._root = sink, root
        self._payload: dict[str, Copied] = {}

    def put(self, path: str, chunks: Iterable[bytes]) -> Copied:
        name = f"data/{self._root}/{path}"
        self._payload[name] = copied = self._sink.put(name, chunks)
        return copied

    def close(self) -> None:
        octets = sum(copied.size for copied in self._payload.values())
        tags = {
            "bagit.txt": "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
            "bag-info.txt": f"Bag-Software-Agent: Kho\nPayload-Oxum: {octets}.{len(self._payload)}\n",
            "manifest-sha256.txt": _manifest(self._payload),
        }
        written = {name: self._sink.put(name, [text.encode()]) for name, text in tags.items()}
        self._sink.put("tagmanifest-sha256.txt", [_manifest(written).encode()])


def _manifest(files: dict[str, Copied]) -> str:
    return "".join(f"{copied.sha256}  {_escaped(name)}\n" for name, copied in files.items())


def _escaped(name: str) -> str:
    """RFC 8493, 2.1.3."""
    return name.replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
