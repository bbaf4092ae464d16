"""A disk that is really full: said with the next step, nothing half visible, finished by the same command.

Needs the right to mount a small file system in memory; skipped without.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.errors import StorageError
from archive.holdings import fixity
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.publishing import generation, publish
from archive.settings import Settings
from tests import dossiers, scans
from tests.digests import holdings_digest

PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Disk:
    """A file system of a few megabytes."""

    root: Path

    def fill(self, left: int) -> None:
        """Leave this many bytes free (rounded up to whole blocks)."""
        free = shutil.disk_usage(self.root).free
        with open(self.root / "ballast", "wb") as file:
            file.write(bytes(free - -(-left // PAGE) * PAGE))
        assert left <= shutil.disk_usage(self.root).free <= left + 2 * PAGE

    def clear(self) -> None:
        (self.root / "ballast").unlink()


@pytest.fixture
def disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
    yield Disk(place)
    subprocess.run(["umount", "--lazy", place], check=True)  # engines let go of their files in their own time


def test_the_disk_of_these_tests_is_really_full(disk):
    disk.fill(left=0)
    with pytest.raises(OSError) as caught:
        (disk.root / "one").write_bytes(b"x")
    assert caught.value.errno == errno.ENOSPC


# --------------------------------------------------------------------------- ingest


def start(home: Path, folder: Path) -> subprocess.Popen:
    words = ["ingest", "folder", str(folder), "--fonds", "T1", "--home", str(home), "--json"]
    env = os.environ | {
        "KHO_EXECUTOR": "serial",
        "KHO_FREE_RESERVE": "0",
        "KHO_LANGUAGE": "vi",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "archive.cli", *words]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ingest(home: Path, folder: Path, disk: Disk | None = None, left: int = 0) -> tuple[int, str, str]:
    """(exit code, output, errors); with a `disk`, something else fills it when the reading of pages begins."""
    running = start(home, folder)
    for line in running.stderr:
        if line.startswith("{") and json.loads(line).get("stage") == "pages":
            if disk:
                disk.fill(left)
            break
    out, err = running.communicate(timeout=120)
    return running.returncode, out, err


@pytest.fixture(scope="module")
def batch(tmp_path_factory) -> tuple[Path, str]:
    """A folder, and the digest of the holdings that an undisturbed ingest of it makes."""
    place = tmp_path_factory.mktemp("undisturbed")
    folder = scans.sample_batch(place / "dot-1", secret=True)
    home = scans.new_home(Settings(home=place / "home")).home
    code, _, err = ingest(home, folder)
    assert code == 1, err
    return folder, holdings_digest(Holdings(home / "holdings"))


@pytest.mark.parametrize("left", [0, 40_000, 120_000])
def test_an_ingest_into_a_full_disk_is_finished_by_the_same_command(disk, batch, left):
    folder, wanted = batch
    settings = scans.new_home(Settings(home=disk.root / "home"))
    code, out, err = ingest(settings.home, folder, disk, left)
    assert (code, out) == (2, "") and "Traceback" not in err
    assert "Hết chỗ trên ổ đĩa" in err and "Giải phóng dung lượng rồi chạy lại cùng lệnh" in err
    assert fixity.verify(settings).findings == ()
    assert not [path for path in settings.renditions.rglob("*") if path.name.startswith(".tmp-")]
    disk.clear()
    code, _, err = ingest(settings.home, folder)
    assert code == 1, err
    assert holdings_digest(Holdings(settings.holdings)) == wanted
    assert fixity.verify(settings).findings == ()


# --------------------------------------------------------------------------- publish


@pytest.mark.parametrize("engine", ["memory", "tantivy", "whoosh"])
def test_a_publish_on_a_full_disk_leaves_the_old_generation_and_completes_later(disk, engine):
    settings = Settings(home=disk.root / "home", index_engine=engine)
    holdings = dossiers.make_home(settings, dossiers.sample("hs-1"))
    run(settings)
    added = dossiers.sample("hs-2", count=8)
    dossiers.read_pages(settings, added)
    holdings.commit(added, dossiers.sources(added, disk.root / "received"))
    failures = 0
    for left in range(0, 2_000_000, 2 * PAGE):
        disk.fill(left)
        try:
            run(settings)
            break
        except StorageError as error:
            assert error.code == "error.disk_full", (left, error)
        finally:
            disk.clear()
        failures += 1
        assert os.listdir(settings.published / "generations") == ["000001"]
        assert generation.current(settings).check() == []
    assert failures > 5
    assert generation.current(settings).catalogue().counts()["dossiers"] == 2
    assert fixity.verify(settings).sound


def run(settings: Settings) -> None:
    publish.publish(settings, Holdings(settings.holdings), Renditions(settings.renditions))
