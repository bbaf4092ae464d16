"""Makes a home. Used by `kho init` only."""

from __future__ import annotations

import uuid

from archive import durable, home, serial
from archive.errors import HomeError
from archive.settings import Settings
from archive.writer import HoldingsWriter


def create(settings: Settings) -> str:
    """Make the home, or finish one that was cut short; returns its id. The identity file is written last.

    Raises HomeError when the folder holds something else.
    """
    if (settings.home / home.IDENTITY).is_file():
        return home.check(settings)
    ours = {"kho.toml", settings.holdings.name, *(folder.name for folder in home.data_folders(settings))}
    if settings.home.is_dir():
        strange = [
            path.name
            for path in settings.home.iterdir()
            if path.name not in ours and not path.name.startswith(durable.TEMP_PREFIX)
        ]
        if strange:
            raise HomeError(
                "storage.home_not_empty", path=settings.home, found=", ".join(sorted(strange)[:3])
            )
    identity = str(uuid.uuid4())
    for folder in home.data_folders(settings):
        durable.write_file(folder / home.FOLDER_IDENTITY, serial.dumps({"id": identity}))
    HoldingsWriter(settings.holdings, settings.work / "staging").init()
    durable.write_file(settings.home / home.IDENTITY, serial.dumps({"format": home.FORMAT, "id": identity}))
    return identity
