"""Keeper and web process side by side: begun in order, the keeper again when it dies, both ended together."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.audit.entry import Entry
from archive.errors import AuditUnavailable
from archive.keeper.client import KeeperClient

KEEPER = """
import os, signal, sys, threading
from pathlib import Path
from archive.keeper import server
ended = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: ended.set())
with server.serving(Path(sys.argv[1]), {"record": lambda entries: os.getpid()}):
    ended.wait()
"""
WEB = "import os, sys, time; open(sys.argv[1], 'w').write(f'{os.getpid()} {os.environ[\"TMPDIR\"]}'); time.sleep(60)"
SUPERVISOR = """
import sys
from pathlib import Path
from archive.keeper import supervise
folder = Path(sys.argv[1])
keeper = [sys.executable, "-c", sys.argv[2], str(folder / "run")]
web = [sys.executable, "-c", sys.argv[3], str(folder / "web")]
sys.exit(supervise.run(keeper, web, folder / "run"))
"""


def _start(folder: Path, keeper: str = KEEPER, web: str = WEB) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(folder), keeper, web], stderr=subprocess.PIPE
    )


def _web(folder: Path) -> tuple[int, Path]:
    """(process id, passing folder) of the web process."""
    _wait_until(lambda: (folder / "web").exists() and " " in (folder / "web").read_text())
    number, passing = (folder / "web").read_text().split(" ", 1)
    return int(number), Path(passing)


def _keeper(folder: Path) -> int:
    return KeeperClient(folder / "run").record(Entry("view", "lan"))


def _lives(number: int) -> bool:
    status = Path(f"/proc/{number}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


def _wait_until(true) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it never came true")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_both_end_when_asked_and_nothing_stays_behind(tmp_path, asked):
    process = _start(tmp_path)
    web, passing = _web(tmp_path)
    keeper = _keeper(tmp_path)
    assert passing.is_dir() and list(passing.iterdir()) == []
    process.send_signal(asked)
    assert process.wait(20) == 0
    assert not _lives(web) and not _lives(keeper)
    assert not passing.exists() and not (tmp_path / "run" / "keeper.sock").exists()


def test_a_keeper_that_dies_is_begun_again_and_the_web_goes_on(tmp_path):
    process = _start(tmp_path)
    try:
        web, _ = _web(tmp_path)
        first = _keeper(tmp_path)
        os.kill(first, signal.SIGKILL)
        _wait_until(lambda: _answers(tmp_path, other_than=first))
        assert _lives(web)
    finally:
        process.terminate()
        process.wait(20)


def _answers(folder: Path, other_than: int) -> bool:
    try:
        return _keeper(folder) != other_than
    except AuditUnavailable:
        return False


def test_the_end_of_the_web_process_ends_the_keeper_and_is_the_outcome(tmp_path):
    process = _start(tmp_path, web=WEB.replace("time.sleep(60)", "time.sleep(2); sys.exit(7)"))
    keeper = _keeper_when_there(tmp_path)
    assert process.wait(20) == 7 and not _lives(keeper)


def _keeper_when_there(folder: Path) -> int:
    _wait_until(lambda: _answers(folder, other_than=0))
    return _keeper(folder)


def test_a_keeper_that_cannot_start_opens_no_web(tmp_path):
    process = _start(tmp_path, keeper="import sys; sys.exit(2)")
    assert process.wait(20) != 0 and b"keeper_fails" in process.stderr.read()
    assert not (tmp_path / "web").exists()


def test_a_killed_supervisor_leaves_neither(tmp_path):
    process = _start(tmp_path)
    web, passing = _web(tmp_path)
    keeper = _keeper(tmp_path)
    process.kill()
    process.wait()
    _wait_until(lambda: not _lives(web) and not _lives(keeper))
    passing.rmdir()
