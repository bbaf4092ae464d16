"""Kill an ingest at its durable steps, run the same command again: the same holdings, nothing lost or doubled."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ocfl.validator import Validator

from archive import durable
from archive.holdings.store import Holdings
from archive.settings import Settings
from tests import scans
from tests.digests import holdings_digest

SEED = int(os.environ.get("KHO_TEST_SEED", "20250701"))
POINTS = int(os.environ.get("KHO_KILL_POINTS", "6"))
"""How many of the durable steps are tried; the whole sweep with KHO_KILL_POINTS=1000."""


def command(home: Path, folder: Path) -> list[str]:
    arguments = ["ingest", "folder", str(folder), "--fonds", "T1", "--home", str(home), "--json"]
    return [sys.executable, "-m", "archive.cli", *arguments]


def run(home: Path, folder: Path, **environment: str) -> subprocess.CompletedProcess:
    env = os.environ | {"KHO_EXECUTOR": "serial", "PYTHONPATH": str(Path(__file__).parents[2])} | environment
    return subprocess.run(command(home, folder), env=env, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return scans.sample_batch(tmp_path_factory.mktemp("source") / "dot-1", secret=True)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, folder):
    """(digest, report, number of durable steps) of a run nobody disturbs."""
    home = new_home(tmp_path_factory.mktemp("undisturbed") / "home")
    counted = tmp_path_factory.mktemp("count") / "steps"
    code = f"""
import sys
from archive import cli, durable
steps = []
def count(point): steps.append(point)
durable.reached = count
sys.argv = {["kho", *command(home, folder)[3:]]!r}
try:
    cli.main()
finally:
    open({str(counted)!r}, "w").write(" ".join(steps))
"""
    env = os.environ | {"KHO_EXECUTOR": "serial", "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1, done.stderr
    return digest(home), json.loads(done.stdout), counted.read_text().split()


def new_home(path: Path) -> Path:
    scans.new_home(Settings(home=path))
    return path


def digest(home: Path) -> str:
    return holdings_digest(Holdings(home / "holdings"))


def assert_sound(home: Path) -> None:
    """Every object is valid for an independent checker, and no half-written file lies in the storage root."""
    packages = list(Holdings(home / "holdings").object_roots())
    assert len(packages) == 2
    for package in packages:
        checker = Validator()
        assert checker.validate_object(str(package)), str(checker)
    quarantined = Holdings(home / "holdings").dossier("T1:ho-so-b").items[0]
    assert quarantined.access == "quarantined"
    assert not list((home / "renditions").rglob(f"{quarantined.extra['sha256']}/*"))
    leftovers = [path for path in (home / "holdings").rglob("*") if path.name.startswith(durable.TEMP_PREFIX)]
    assert leftovers == []


def account_of(report: dict) -> dict:
    return {
        key: report[key]
        for key in ("counts", "items", "pages", "dossiers", "refusals", "duplicates", "to_check")
    }


def steps_to_try(count: int) -> list[int]:
    """The first and last step and a seeded choice between."""
    between = random.Random(SEED).sample(range(2, count), min(max(0, POINTS - 2), count - 2))
    return sorted({1, count, *between})


def test_killed_at_any_durable_step_it_ends_as_if_undisturbed(tmp_path, folder, undisturbed):
    expected, report, steps = undisturbed
    for number in steps_to_try(len(steps)):
        home = new_home(tmp_path / f"home-{number}")
        killed = run(home, folder, KHO_FAULT=f"*:{number}:kill")
        assert killed.returncode == -signal.SIGKILL, (number, killed.stderr)
        again = run(home, folder)
        assert again.returncode == 1, (number, again.stderr)
        assert digest(home) == expected, f"killed at step {number} ({steps[number - 1]})"
        assert account_of(json.loads(again.stdout)) == account_of(report), number
        assert_sound(home)


def test_pages_read_before_the_kill_are_not_read_again(tmp_path, folder, undisturbed):
    """Killed when the last dossier is put into place: every page has been read by then."""
    steps = undisturbed[2]
    last = max(number for number, point in enumerate(steps, 1) if point == "mkdir")
    home = new_home(tmp_path / "home")
    run(home, folder, KHO_FAULT=f"*:{last}:kill")
    readings = len(list((home / "renditions").rglob("*.json.gz")))
    again = json.loads(run(home, folder).stdout)
    assert readings > 0 and again["pages_read"] == again["pages"] - readings


@pytest.mark.parametrize("kind", ["enospc", "eio"])
def test_a_failing_disk_is_explained_and_the_next_run_completes(tmp_path, folder, undisturbed, kind):
    expected, _, steps = undisturbed
    for number in (3, len(steps) // 2, len(steps) - 4):
        home = new_home(tmp_path / f"home-{kind}-{number}")
        failed = run(home, folder, KHO_FAULT=f"*:{number}:{kind}")
        assert failed.returncode == 2, (number, failed.stderr)
        assert failed.stdout == "" and "Traceback" not in failed.stderr
        assert run(home, folder).returncode == 1
        assert digest(home) == expected, number


def test_kill_9_of_the_whole_group_at_any_time_with_worker_processes(tmp_path, folder, undisturbed):
    expected = undisturbed[0]
    home = new_home(tmp_path / "home")
    choice = random.Random(SEED)
    for _ in range(4):
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        running = subprocess.Popen(
            command(home, folder),
            env=env,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(choice.uniform(1.0, 4.0))
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
    assert run(home, folder, KHO_EXECUTOR="process").returncode == 1
    assert digest(home) == expected
    assert_sound(home)


def test_ctrl_c_stops_at_once_says_how_to_go_on_and_the_same_command_does(tmp_path, folder, undisturbed):
    home = new_home(tmp_path / "home")
    env = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    running = subprocess.Popen(
        command(home, folder),
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # shells ignore it in what they put behind
    )
    for line in running.stderr:
        if '"stage": "pages"' in line:
            break
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130 and "Traceback" not in err and out == ""
    assert run(home, folder).returncode == 1
    assert digest(home) == undisturbed[0]
