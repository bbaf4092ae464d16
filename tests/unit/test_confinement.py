"""Self-restriction by the kernel, tried in processes of its own: it can never be taken back."""

import json
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from archive import confinement
from archive.errors import HomeError

PROGRAM = """
import json, os, socket, subprocess, sys, threading
from pathlib import Path
from archive.confinement import confine
folder, port, other = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
version = confine([folder / "open", Path(sys.prefix), Path(sys.base_prefix), folder / "file", folder / "absent"], [folder / "temp"], port)
def outcome(act):
    try:
        act()
        return "done"
    except PermissionError:
        return "refused"
def inside(act):
    told = []
    thread = threading.Thread(target=lambda: told.append(outcome(act))); thread.start(); thread.join()
    return told[0]
def listen(number):
    with socket.socket() as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); found.bind(("127.0.0.1", number))
def keeper():
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(folder / "open" / "k.sock"))
print(json.dumps({
    "version": version,
    "read": outcome(lambda: (folder / "open" / "a").read_bytes()),
    "list": outcome(lambda: os.listdir(folder / "open")),
    "file": outcome(lambda: (folder / "file").read_bytes()),
    "socket": outcome(keeper),
    "temp": outcome(lambda: (folder / "temp" / "x").write_bytes(b"x")),
    "link": outcome(lambda: os.symlink("x", folder / "temp" / "y")),
    "move": outcome(lambda: os.rename(folder / "temp" / "x", folder / "temp" / "z")),
    "listen": outcome(lambda: listen(port)),
    "secret": outcome(lambda: (folder / "secret" / "key").read_bytes()),
    "secrets listed": outcome(lambda: os.listdir(folder / "secret")),
    "secret in a thread": inside(lambda: (folder / "secret" / "key").read_bytes()),
    "write": outcome(lambda: (folder / "open" / "a").write_bytes(b"x")),
    "append": outcome(lambda: open(folder / "open" / "a", "a")),
    "make": outcome(lambda: (folder / "open" / "new").write_bytes(b"x")),
    "remove": outcome(lambda: (folder / "open" / "a").unlink()),
    "folder": outcome(lambda: (folder / "open" / "d").mkdir()),
    "cut": outcome(lambda: os.truncate(folder / "open" / "a", 0)),
    "move in": outcome(lambda: os.rename(folder / "open" / "a", folder / "open" / "b")),
    "run": outcome(lambda: subprocess.run(["/bin/true"])),
    "listen elsewhere": outcome(lambda: listen(port + 1)),
    "connect": outcome(lambda: socket.create_connection(("127.0.0.1", other), 5)),
}))
"""
MAY = ("read", "list", "file", "socket", "temp", "link", "move", "listen")


def _port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def folder(tmp_path) -> Path:
    for name in ("open", "temp", "secret"):
        (tmp_path / name).mkdir()
    for name in ("open/a", "file", "secret/key"):
        (tmp_path / name).write_text("x")
    return tmp_path


def test_only_what_was_left_can_be_done(folder):
    if confinement.abi() < 4:
        pytest.skip("this kernel has no Landlock with network rules")
    with socket.socket(socket.AF_UNIX) as keeper, socket.create_server(("127.0.0.1", 0)) as other:
        keeper.bind(str(folder / "open" / "k.sock"))
        keeper.listen()
        threading.Thread(target=keeper.accept, daemon=True).start()
        arguments = [str(folder), str(_port()), str(other.getsockname()[1])]
        done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("version") == confinement.abi()
    assert told == {name: "done" if name in MAY else "refused" for name in told}
    assert (folder / "open" / "a").read_text() == "x"


def test_a_process_with_another_thread_is_not_half_confined(folder):
    if not confinement.abi():
        pytest.skip("this kernel has no Landlock")
    held = threading.Event()
    thread = threading.Thread(target=held.wait)
    thread.start()
    try:
        with pytest.raises(HomeError, match="confine"):
            confinement.confine([folder / "open"])
    finally:
        held.set()
        thread.join()
    assert (folder / "secret" / "key").read_text() == "x"


def test_a_kernel_without_it_is_told_and_nothing_is_restricted(folder, monkeypatch):
    monkeypatch.setattr(confinement, "_call", lambda *arguments: -1)
    assert confinement.confine([folder / "open"]) == 0
    assert (folder / "secret" / "key").read_text() == "x"
