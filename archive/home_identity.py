"""The home folder's identity, read side: checked before anything is touched. Opens files read-only.

<home>/kho-home.json holds the format version and an id; each data folder repeats the id in `kho-folder.json`,
so that the empty mount point of a vanished disk, or a disk of another home, is never taken for ours.
"""

from __future__ import annotations

import json
from pathlib import Path

from archive.errors import HomeError
from archive.holdings.store import Holdings
from archive.settings import Settings

FORMAT = "kho-home/1"
IDENTITY = "kho-home.json"
FOLDER_IDENTITY = "kho-folder.json"


def data_folders(settings: Settings) -> list[Path]:
    """Folders that repeat the id. The holdings are known by their OCFL declaration instead."""
    return [settings.renditions, settings.published, settings.accounts]


def check(settings: Settings) -> str:
    """The id of this home. Raises HomeError when it is absent, of another format, or a part of it vanished."""
    path = settings.home / IDENTITY
    if not path.is_file():
        raise HomeError("error.home_absent", path=settings.home)
    identity = _read(path)
    if identity.get("format") != FORMAT:
        raise HomeError("storage.home_format", path=path, found=identity.get("format", "?"), expected=FORMAT)
    Holdings(settings.holdings).check()
    for folder in data_folders(settings):
        if _read(folder / FOLDER_IDENTITY).get("id") != identity.get("id"):
            raise HomeError("storage.foreign_folder", path=folder)
    return identity["id"]


def _read(path: Path) -> dict:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    except FileNotFoundError:
        raise HomeError("storage.folder_vanished", path=path.parent) from None
    except (OSError, ValueError) as error:
        raise HomeError("storage.home_unreadable", path=path, reason=error) from error
