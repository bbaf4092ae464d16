"""Which systems a folder holds: several are taken over one by one, never as one.

A `ban-giao.toml` in the folder says that it is one system. Else several databases, or sub-folders of different forms, are
several; sub-folders of one form (a register of each year, messages of each month) are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from ingest.snapshots.forms.sqldump import database
from ingest.snapshots.handed import DECLARATION

DATABASES = ("siard", "sqldump")
"""Forms of which each one is a system of its own."""

_LOOKED_AT = 5_000
"""So many files are looked at to tell what a folder is."""

Form = Callable[[Path], str]
"""The reader that takes a file or a folder, "" for none."""


def several(folder: Path, form: Form) -> dict[str, str]:
    """Path from the folder -> form of each system in it when there are several, else {}."""
    declared = [place for place in (folder, *_folders(folder, 2)) if (place / DECLARATION).is_file()]
    if len(declared) > 1:
        return _named(folder, declared, form)
    databases = _databases(folder, form)
    if len(databases) > 1:
        return _named(folder, databases, form)
    return {} if declared else _in_folders(folder, form)


def beneath(folder: Path, form: Form) -> dict[str, str]:
    """The same of a folder's sub-folders: to point to them when the folder itself is of no form."""
    return _named(folder, [inner for inner in _folders(folder, 1) if form(inner)], form)


def _named(folder: Path, places: list[Path], form: Form) -> dict[str, str]:
    return {place.relative_to(folder).as_posix(): form(place) or "?" for place in places}


def _databases(folder: Path, form: Form) -> list[Path]:
    """Files of the folder itself: SIARD archives, and one dump of each database that dumps are named after."""
    found = {file: form(file) for file in _files(folder) if file.suffix.lower() in (".siard", ".sql", ".gz")}
    archives = [file for file, name in found.items() if name == "siard"]
    dumps = {database(file): file for file, name in found.items() if name == "sqldump"}
    return archives + sorted(file for name, file in dumps.items() if name)


def _in_folders(folder: Path, form: Form) -> dict[str, str]:
    """The systems of sub-folders, when the folder has no data of its own."""
    own = form(folder)
    if own == "siard" or any(form(file) == own for file in _files(folder)):
        return {}
    forms = {inner: name for inner in _folders(folder, 1) if (name := form(inner))}
    if len(forms) == 1:
        [inner] = forms
        return {f"{inner.name}/{name}": found for name, found in several(inner, form).items()}
    if len(set(forms.values())) == 1 and not set(forms.values()) & {*DATABASES}:
        return {}
    return _named(folder, list(forms), form)


def _files(folder: Path) -> Iterator[Path]:
    files = (each for each in sorted(folder.iterdir()) if each.is_file() and not each.is_symlink())
    return islice(files, _LOOKED_AT)


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    for inner in sorted(each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()):
        yield inner
        if depth > 1:
            yield from _folders(inner, depth - 1)
