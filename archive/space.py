"""Is there room? Asked before much is written, so that nothing stops half-way."""

from __future__ import annotations

import shutil
from pathlib import Path

from archive.errors import StorageError


def require(folder: Path, needed: int, reserve: int) -> None:
    """Raises StorageError when writing `needed` bytes would leave less than `reserve` bytes free on the folder's disk."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < needed + reserve:
        raise StorageError(
            "storage.no_room",
            path=there,
            needed=gigabytes(needed),
            reserve=gigabytes(reserve),
            free=gigabytes(free),
        )


def gigabytes(size: int) -> str:
    return f"{size / 2**30:.2f}".replace(".", ",")


def size_of(folder: Path) -> int:
    """Bytes of all plain files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
