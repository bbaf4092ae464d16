"""Checks a package against what it states of itself: every file there, whole and unchanged, and none beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from archive.model import Finding
from archive.packages.opened import Opened, Stated, opened

_CHUNK = 1 << 20


def check(path: Path) -> list[Finding]:
    """Every fault of the package at `path`; [] when it is whole. Raises SourceRefused when it cannot be read as one."""
    with opened(path) as package:
        return list(faults(package))


def faults(package: Opened) -> Iterator[Finding]:
    for stated in package.files.values():
        if stated.path not in package.container.names:
            yield Finding("packages.missing", "error", stated.path)
        elif not _sound(package, stated):
            yield Finding("packages.changed", "error", stated.path)
    for name in sorted(package.container.names - package.files.keys() - package.described):
        yield Finding("packages.extra", "error", name)


def _sound(package: Opened, stated: Stated) -> bool:
    """Never reads more than one chunk beyond what is stated."""
    digest, size = hashlib.sha256(), 0
    try:
        with package.container.open(stated.path) as file:
            while size <= stated.size and (chunk := file.read(_CHUNK)):
                size += len(chunk)
                digest.update(chunk)
    except Exception:  # damaged in its container: whatever the decoder says
        return False
    return (size, digest.hexdigest()) == (stated.size, stated.sha256)
