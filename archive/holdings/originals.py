"""An original file as it was received, wherever its bytes lie: in its dossier's package, or inside a snapshot kept whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archive.errors import IntegrityError
from archive.holdings import locator
from archive.holdings.store import Holdings
from archive.model import SourceFile

_CHUNK = 1 << 18


@dataclass(frozen=True)
class Original:
    """One original. Its bytes are read in place; nothing is unpacked to disk."""

    file: SourceFile
    _path: Path
    _steps: tuple[tuple[str, str], ...] = ()

    def opened(self) -> AbstractContextManager[BinaryIO]:
        """The bytes as a stream, forward only. Raises IntegrityError, also while they are read."""
        return locator.opened_in(self._path, self._steps, self.file.size)

    def chunks(self) -> Iterator[bytes]:
        with self.opened() as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def require_sound(self) -> None:
        """Every byte against size and digest. Raises IntegrityError."""
        digest, size = hashlib.sha256(), 0
        for chunk in self.chunks():
            digest.update(chunk)
            size += len(chunk)
        if (size, digest.hexdigest()) != (self.file.size, self.file.sha256):
            raise IntegrityError("error.integrity", path=self._path)


def original(holdings: Holdings, dossier_id: str, file: SourceFile) -> Original:
    """The original `file` of a dossier. Raises NotFound when there is no such package or path in it."""
    if not file.within:
        return Original(file, holdings.file_path(dossier_id, file.path))
    place = locator.parse(file.locator)
    return Original(file, holdings.file_path(file.within, place.path), place.steps)
