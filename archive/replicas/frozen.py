"""What changes while a home is in use, copied as of one moment into `<home>/frozen/`, to be saved with the packages.

Packages never change but by commits, which wait meanwhile; page readings only come. The rest is copied in an order in
which nothing copied later is missing from what was copied before: heads before the log they cover, the register's
history before its files. Sessions, `work/`, `run/`, generations and the signing key are not in it.
"""

from __future__ import annotations

from pathlib import Path

from archive import durable, home_identity
from archive.audit import log
from archive.audit.heads import HEADS_FILE, KEYS_FILE
from archive.holdings import heads
from archive.home_check import CONFIG
from archive.keeper import credentials
from archive.keeper.credentials_writer import CredentialsWriter
from archive.settings import Settings

FOLDER = "frozen"


def freeze(settings: Settings) -> Path:
    """Copy it, replacing what an earlier run left. The commit lock is held by the caller."""
    folder = settings.home / FOLDER
    durable.remove_tree(folder)
    durable.make_folder(folder)
    folder.chmod(0o700)
    _copy(settings.home / CONFIG, folder / CONFIG)
    _copy(
        settings.published / home_identity.FOLDER_IDENTITY,
        folder / settings.published.name / home_identity.FOLDER_IDENTITY,
    )
    _copy_all(settings.home / heads.FOLDER, folder / heads.FOLDER)
    _people(settings, folder)
    _copy_all(settings.restrictions, folder / settings.restrictions.name)
    for part in ("history", "files"):
        _copy_all(settings.register / part, folder / settings.register.name / part)
    for source in [settings.audit, *sorted(settings.home.glob("audit-closed-*"))]:
        _log(source, folder / source.name)
    return folder


def _people(settings: Settings, folder: Path) -> None:
    """Accounts and what they are known by, between two changes."""
    secrets = settings.home / credentials.FOLDER
    if not secrets.is_dir():
        _copy_all(settings.accounts, folder / settings.accounts.name)
        return
    with CredentialsWriter(secrets, settings.accounts).locked():
        _copy_all(settings.accounts, folder / settings.accounts.name)
        _copy_all(secrets, folder / secrets.name)
    if (folder / secrets.name).is_dir():
        (folder / secrets.name).chmod(0o700)


def _log(source: Path, target: Path) -> None:
    """Heads, then keys, then the lines; segments but the last never change and need no copy of their own."""
    for name in (HEADS_FILE, KEYS_FILE):
        _copy(source / name, target / name)
    parts = log.segments(source)
    for part in parts[:-1]:
        durable.make_folder(target)
        durable.share_file(part.path, target / part.path.name)
    if parts:
        content = parts[-1].path.read_bytes()
        whole = content if parts[-1].closed else content[: content.rfind(b"\n") + 1]
        durable.write_file(target / parts[-1].path.name, whole, 0o640)
    _copy_all(source / "set-aside", target / "set-aside")


def _copy_all(source: Path, target: Path) -> None:
    """The plain files of a folder; locks are left out."""
    for path in sorted(source.glob("*")) if source.is_dir() else ():
        if path.is_file() and path.suffix != ".lock" and not path.name.startswith("."):
            _copy(path, target / path.name)


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        durable.write_file(target, source.read_bytes(), source.stat().st_mode & 0o777)


def thaw(home: Path) -> None:
    """Put everything in its place in a home just restored. A kill in between is no harm: the restore begins anew."""
    for path in sorted((home / FOLDER).iterdir()):
        durable.rename(path, home / path.name)
    durable.remove_tree(home / FOLDER)
