"""Kill a take-over at its durable steps and at any moment, run the same command again: the same holdings, nothing lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ocfl.validator import Validator

from archive import home as homes
from archive.holdings.store import Holdings
from archive.settings import Settings
from samples.systems import as_siard
from samples.systems.documents import document_system
from tests.digests import holdings_digest

SEED = int(os.environ.get("KHO_TEST_SEED", "20250701"))
POINTS = int(os.environ.get("KHO_KILL_POINTS", "4"))
"""How many of the durable steps are tried; the whole sweep with KHO_KILL_POINTS=1000."""


def command(home: Path, snapshot: Path) -> list[str]:
    arguments = [
        "ingest",
        "snapshot",
        str(snapshot),
        "--mapping",
        "qlvb",
        "--system",
        "thu",
        "--as-of",
        "30/06/2025",
    ]
    return [sys.executable, "-m", "archive.cli", *arguments, "--fonds", "T1", "--home", str(home), "--json"]


def environment(**more: str) -> dict[str, str]:
    return os.environ | {"KHO_EXECUTOR": "serial", "PYTHONPATH": str(Path(__file__).parents[2])} | more


def run(home: Path, snapshot: Path, **more: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command(home, snapshot), env=environment(**more), capture_output=True, text=True, timeout=300
    )


def new_home(path: Path) -> Path:
    homes.create(Settings(home=path))
    return path


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """Documents without attachments but for a few: what is killed here is the keeping, not the reading of pages."""
    made, _ = document_system(seed=11, documents=40)
    made.tables["tep_dinh_kem"].rows[6:] = []
    made.files.clear()
    path = tmp_path_factory.mktemp("chup") / "qlvb.siard"
    as_siard.write(made, path)
    return path


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """The same system a month later: two documents stand in another register."""
    made, _ = document_system(seed=11, documents=40)
    made.tables["tep_dinh_kem"].rows.clear()
    made.files.clear()
    table = made.tables["van_ban"]
    direction = list(table.columns).index("huong")
    incoming = [place for place, row in enumerate(table.rows) if row[direction] == 1][:2]
    for place in incoming:
        row = table.rows[place]
        table.rows[place] = (*row[:direction], 2, *row[direction + 1 :])
    path = tmp_path_factory.mktemp("chup-sau") / "qlvb.siard"
    as_siard.write(made, path)
    return path


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, snapshot):
    """(digest, outcome, number of durable steps) of a run nobody disturbs."""
    home = new_home(tmp_path_factory.mktemp("yen") / "home")
    done = run(home, snapshot, KHO_FAULT="*:999999:kill")
    assert done.returncode in (0, 1), done.stderr
    steps = steps_of(new_home(tmp_path_factory.mktemp("dem") / "home"), snapshot)
    return holdings_digest(Holdings(home / "holdings")), json.loads(done.stdout), steps


def steps_of(home: Path, snapshot: Path) -> int:
    """How many durable steps a run takes."""
    counted = subprocess.run(
        [sys.executable, "-c", COUNT, *command(home, snapshot)[3:]],
        env=environment(), capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    return int(counted.stderr.split()[-1])


COUNT = """
import sys
from archive import cli, durable
steps = []
durable.reached = lambda point: steps.append(point)
try:
    cli.main(sys.argv[1:])
finally:
    print(len(steps), file=sys.stderr)
"""


def assert_sound(home: Path, expected: str) -> None:
    held = Holdings(home / "holdings")
    for package in held.object_roots():
        assert Validator().validate_object(str(package)), package
    assert holdings_digest(held) == expected


def test_killed_at_a_durable_step_it_ends_as_if_undisturbed(tmp_path, snapshot, undisturbed):
    expected, outcome, count = undisturbed
    steps = {1, count, *random.Random(SEED).sample(range(2, count), min(max(0, POINTS - 2), count - 2))}
    for number in sorted(steps):
        home = new_home(tmp_path / f"home-{number}")
        killed = run(home, snapshot, KHO_FAULT=f"*:{number}:kill")
        assert killed.returncode == -signal.SIGKILL, (number, killed.stderr)
        again = run(home, snapshot)
        assert again.returncode in (0, 1), (number, again.stderr)
        assert_sound(home, expected)
        told = json.loads(again.stdout)
        assert (told["records"], told["tally"], told["volumes"]) == (
            outcome["records"],
            outcome["tally"],
            outcome["volumes"],
        )


def test_kill_9_of_all_its_processes_at_any_time(tmp_path, snapshot, undisturbed):
    expected, _, _ = undisturbed
    home = new_home(tmp_path / "home")
    for moment in (0.8, 1.6, 2.4):
        begun = subprocess.Popen(
            command(home, snapshot), env=environment(KHO_EXECUTOR="process"), start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(moment)
        os.killpg(begun.pid, signal.SIGKILL)
        begun.wait()
    assert run(home, snapshot).returncode in (0, 1)
    assert_sound(home, expected)


def homes_of(home: Path) -> dict[str, list[str]]:
    """{item id: the dossiers that have it now}."""
    held, found = Holdings(home / "holdings"), {}
    for dossier_id in sorted(held.dossiers()):
        for item in held.dossier(dossier_id).items:
            found.setdefault(item.id, []).append(dossier_id)
    return found


def test_killed_while_records_move_none_is_lost_or_doubled(tmp_path, snapshot, changed):
    """Each commit of a later take-over in which records change their register is a step to be killed at."""
    first = new_home(tmp_path / "home")
    assert run(first, snapshot).returncode in (0, 1)
    before = homes_of(first)
    copied = shutil.copytree(first, tmp_path / "yen")
    assert run(copied, changed).returncode in (0, 1)
    expected, after = holdings_digest(Holdings(copied / "holdings")), homes_of(copied)
    assert after.keys() == before.keys() and sum(after[one] != before[one] for one in after) == 2
    total = steps_of(shutil.copytree(first, tmp_path / "dem"), changed)
    late = range(total // 3, total + 1)  # what goes before keeps the snapshot itself
    for number in sorted({total, *random.Random(SEED).sample(late, min(POINTS, len(late)))}):
        home = shutil.copytree(first, tmp_path / f"home-{number}")
        killed = run(home, changed, KHO_FAULT=f"*:{number}:kill")
        assert killed.returncode == -signal.SIGKILL, (number, killed.stderr)
        assert homes_of(home).keys() == before.keys(), "at no moment is a record nowhere"
        assert run(home, changed).returncode in (0, 1)
        assert homes_of(home) == after
        assert_sound(home, expected)
