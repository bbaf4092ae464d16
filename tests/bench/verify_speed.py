"""How fast `kho verify` reads originals: CPU seconds for a gigabyte, beside bare SHA-512 and SHA-256 of the same bytes.

`python -m tests.bench.verify_speed [megabytes] [folder]`; the folder should lie in memory, as the disk is not measured.
"""

from __future__ import annotations

import hashlib
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archive.holdings import fixity
from archive.holdings.package import NewFile
from archive.settings import Settings
from tests import dossiers

FILES = 8


def main(megabytes: int = 1024, folder: str | None = None) -> int:
    with tempfile.TemporaryDirectory(dir=folder) as place:
        settings = Settings(home=Path(place) / "home", index_engine="memory", workers=1)
        originals = make(settings, megabytes)
        size = sum(path.stat().st_size for path in originals)
        bare = _cpu(lambda: [_digests(path) for path in originals])
        ours = _cpu(lambda: _sound(settings))
        for what, seconds in (("bare SHA-512 and SHA-256", bare), ("kho verify", ours)):
            print(
                f"{what:28} {seconds / size * 2**30:6.2f} CPU s a GiB  {size / 2**20 / seconds:6.0f} MiB a CPU s"
            )
        print(f"ratio {ours / bare:.2f}")
    return 0


def make(settings: Settings, megabytes: int) -> list[Path]:
    """One dossier with so many megabytes in its originals; returns where they lie."""
    dossiers.make_home(settings)
    chance, source = random.Random(1), settings.home.parent / "in"
    source.mkdir()
    given, files = dossiers.sample("hs-1", count=FILES), []
    items = []
    for number, item in enumerate(given.items):
        path = source / str(number)
        path.write_bytes(chance.randbytes(megabytes * 2**20 // FILES))
        digest = _digests(path)[1]
        file = replace(item.files[0], sha256=digest, size=path.stat().st_size)
        items.append(replace(item, files=(file,), pages=()))
        files.append(NewFile(file.path, path, digest))
    dossiers.writer(settings).commit(replace(given, items=tuple(items)), files)
    return sorted(settings.holdings.rglob("original/*"))


def _digests(path: Path) -> tuple[str, str]:
    one, two = hashlib.sha512(), hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            one.update(block)
            two.update(block)
    return one.hexdigest(), two.hexdigest()


def _sound(settings: Settings) -> None:
    assert fixity.verify(settings).sound


def _cpu(work: Callable[[], object]) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    sys.exit(main(int((sys.argv[1:] or ["1024"])[0]), (sys.argv[2:] or [None])[0]))
