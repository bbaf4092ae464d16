"""Makes and checks a home. `check` alone, without a writer behind it, is in home_identity."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from archive import durable, home_identity, serial
from archive.errors import HomeError
from archive.holdings import heads
from archive.holdings.writer import HoldingsWriter
from archive.home_identity import check
from archive.rights import restrictions_writer
from archive.settings import Settings

__all__ = ["check", "create"]


def create(settings: Settings) -> bool:
    """Make the home, or finish one that was cut short; False when it was there already.

    The identity file is written last. Raises HomeError when the folder holds something else.
    """
    if (settings.home / home_identity.IDENTITY).is_file():
        check(settings)
        restrictions_writer.begin(settings.restrictions)
        return False
    folders = home_identity.data_folders(settings)
    places = (
        settings.holdings,
        settings.work,
        settings.audit,
        settings.keys,
        settings.restrictions,
        settings.home / heads.FOLDER,
        *folders,
    )
    ours = {"kho.toml", *(folder.name for folder in places)}
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
    _for_nobody_else(settings.home)
    durable.make_folder(settings.home / heads.FOLDER)  # the look-up gives up what is not there when it starts
    identity = str(uuid.uuid4())
    for folder in folders:
        durable.write_file(folder / home_identity.FOLDER_IDENTITY, serial.dumps({"id": identity}))
    HoldingsWriter(settings.holdings, settings.work / "staging").init()
    restrictions_writer.begin(settings.restrictions)
    durable.write_file(
        settings.home / home_identity.IDENTITY, serial.dumps({"format": home_identity.FORMAT, "id": identity})
    )
    return True


def renew_published(settings: Settings) -> None:
    """The folder of generations, lost for good, made again. Raises HomeError when something is in its place."""
    folder, identity = settings.published, settings.home / home_identity.IDENTITY
    if (folder / home_identity.FOLDER_IDENTITY).exists():
        return
    if folder.exists() and any(folder.iterdir()):
        raise HomeError("storage.published_not_empty", path=folder)
    content = serial.dumps({"id": serial.loads(dict, identity.read_bytes())["id"]})
    durable.write_file(folder / home_identity.FOLDER_IDENTITY, content)


def _for_nobody_else(folder: Path) -> None:
    """Records are read through the look-up, not by whoever has a login on the machine: only owner and group enter."""
    durable.make_folder(folder)
    os.chmod(folder, folder.stat().st_mode & 0o7770)
