"""What the web process leaves itself at its start: reading what it shows, the keeper, one port, a passing folder."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import archive
import webui
from archive import confinement
from archive.errors import HomeError
from archive.home_identity import IDENTITY
from archive.settings import Settings

SHOWN = (
    IDENTITY, "kho.toml", "accounts", "sessions", "run", "published", "renditions", "holdings", "register",
    "restrictions", "audit", "fixity",
)  # fmt: skip
"""What it reads of the home. Not there: `secrets`, `keys`, and `frozen`, their copy while kho backup runs."""
CLOSED = ("secrets", "keys")
SYSTEM = ("/usr", "/lib", "/lib64", "/bin", "/etc", "/proc", "/sys", "/dev")


def give_up(settings: Settings, port: int) -> bool:
    """Restrict this process for good; False when the kernel cannot. Call it before any other thread begins.

    Raises HomeError when the secrets can be read all the same.
    """
    _be_alone()
    shown = [settings.home / name for name in SHOWN]
    tempfile.tempdir = tempfile.mkdtemp(prefix="kho-web-")
    if not confinement.confine([*shown, *_programs()], [Path(tempfile.tempdir)], port):
        return False
    for name in CLOSED:
        _check_closed(settings.home / name)
    return True


def _be_alone() -> None:
    """Begin anew without the thread that a number library makes when loaded: rights are given up by each thread."""
    if confinement.abi() and confinement.threads() > 1 and "OPENBLAS_NUM_THREADS" not in os.environ:
        os.execve(sys.executable, sys.orig_argv, {**os.environ, "OPENBLAS_NUM_THREADS": "1"})


def _programs() -> list[Path]:
    """Where Python and its packages lie; our own by name, so that a home beside them is not among them."""
    own = [Path(package.__file__).parent for package in (archive, webui)]
    packages = [Path(place) for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    return [*own, *packages, Path(sys.prefix), Path(sys.base_prefix), *map(Path, SYSTEM)]


def _check_closed(folder: Path) -> None:
    try:
        list(folder.iterdir())
    except (PermissionError, FileNotFoundError):
        return
    raise HomeError("error.confine", reason=f"{folder.name} can be read")
