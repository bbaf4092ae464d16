"""Start a new index folder from a sealed one: immutable files are hard-linked, mutable ones copied.

The sealed folder is never written to: a linked file is only ever read or unlinked by the new index.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from archive import durable


def start_from(previous: Path, folder: Path, *, immutable: Callable[[str], bool]) -> None:
    """Fill the empty `folder` from the sealed index `previous`."""
    durable.make_folder(folder)
    for source in sorted(previous.iterdir()):
        if immutable(source.name):
            _link(source, folder / source.name)
        else:
            shutil.copyfile(source, folder / source.name)


def _link(source: Path, target: Path) -> None:
    """Hard link; a copy where the file system has none (another disk, FAT)."""
    durable.reached("link")
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP):
            raise
        shutil.copyfile(source, target)
