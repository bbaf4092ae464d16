"""`kho export` killed, or out of disk, at a durable step: the same command goes on, and what it writes is whole."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.export import receiving
from archive.export.verify import verify
from tests import homes

STEPS = ("write:2", "write:9", "write:30", "write:70", "fsync:4", "rename:2", "fsync-folder:1")
FAILING = ("write:30", "fsync:4", "rename:2")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return homes.build(tmp_path_factory.mktemp("kill")).home


def export(home: Path, out: Path, fault: str = "") -> subprocess.CompletedProcess:
    environment = {**os.environ, "KHO_FAULT": fault} if fault else dict(os.environ)
    command = [sys.executable, "-m", "archive.cli", "export", "--fonds", "H01.12", "--out", str(out)]
    return subprocess.run(
        [*command, "--home", str(home)], env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("step", "kind"), [*((step, "kill") for step in STEPS), *((step, "enospc") for step in FAILING)]
)
def test_stopped_at_a_durable_step_it_goes_on_and_is_whole(home, tmp_path, step, kind):
    mine, out = tmp_path / "home", tmp_path / "o.zip"
    shutil.copytree(home, mine, symlinks=True)
    stopped = export(mine, out, f"{step}:{kind}")
    if kind == "kill":
        assert stopped.returncode == -signal.SIGKILL, f"{step} was never reached: {stopped.stderr}"
    else:
        assert stopped.returncode == 2, stopped.stderr
        assert "Traceback" not in stopped.stderr
    renamed = out.exists()  # only the folder's sync was still to come
    assert not renamed or not verify(out).findings
    again = export(mine, out)
    assert again.returncode == 1, again.stderr  # one document is in quarantine
    assert not verify(out).findings and not receiving.part_of(out).exists()
