"""The files of a snapshot's folder, highest level first. Links are not followed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

TABLES = (".xlsx", ".xlsm", ".xls", ".csv")
_LOOKED_AT = 5_000
"""So many files of a level are opened to tell what a folder is."""


def levels(folder: Path) -> Iterator[list[Path]]:
    """The files of each level, in the order of their folders' and their own names."""
    level = [folder]
    while level:
        entries = [each for inner in level for each in sorted(os.scandir(inner), key=lambda each: each.name)]
        yield [Path(each.path) for each in entries if each.is_file(follow_symlinks=False)]
        level = [Path(each.path) for each in entries if each.is_dir(follow_symlinks=False)]


def leads(folder: Path, mine: Callable[[Path], bool]) -> bool:
    """Is a file of mine no deeper than every sheet? What lies beneath a register is what the register names."""
    for files in levels(folder):
        if any(map(mine, islice(files, _LOOKED_AT))):
            return True
        if any(file.suffix.lower() in TABLES for file in files):
            return False
    return False
