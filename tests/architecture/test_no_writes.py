"""The web process watched by the kernel: while pages are read it writes nothing, calls nobody but the keeper, and
cannot read the secrets even when made to try."""

import http.cookiejar
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from archive import confinement
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from tests import homes

CALLS = (
    "open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,"
    "symlinkat,truncate,ftruncate,chmod,fchmod,fchmodat,chown,fchown,execve,connect"
)
PLACES = (
    "/",
    "/search?q=thu+hoi+dat",
    "/search?q=khongco",
    "/item/H01.12:DD.2014:001?q=dat&page=2",
    "/item/H01.12:DD.2014:001/print",
    "/item/H01.12:DD.2014:001/page/1/image?w=480",
    "/item/H01.12:DD.2014:001/page/1/words.json?q=dat",
    "/item/H01.12:DD.2014:001/original/0",
    "/dossier/H01.12:DD.2014",
    "/dossier/H01.12:DD.2014/export",
    "/dossier/H01.12:DD.2014/export.zip?stamp=1",
    "/search/export?q=thu+hoi+dat",
    "/fonds",
    "/fonds/H01.12",
    "/unit/UBND-AN-BINH",
    "/units/mine",
    "/units?name=an+binh",
    "/help",
)
WRITES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|^(?!openat2?\(|open\()\w+\(")


def test_serving_writes_nothing_and_calls_nobody(tmp_path):
    if not shutil.which("strace"):
        pytest.skip("no strace on this machine")
    settings = homes.build(tmp_path)
    grants = [Grant(homes.UNIT_A.code, "leader")]
    AccountsWriter(settings.accounts).add("lan", homes.PASSWORD, grants, "")
    trace, port, passing = tmp_path / "trace", _free_port(), tmp_path / "passing"
    passing.mkdir()
    homes.start_keeper(settings)
    with _served(settings.home, port, trace, passing):
        _walk(f"http://127.0.0.1:{port}")
    calls = [re.sub(r"^\d+ +", "", line) for line in trace.read_text(errors="replace").splitlines()]
    read = [call for call in calls if call.startswith("open") and str(settings.home) in call]
    assert len(read) > 10, "the watch saw no reading: it proves nothing"
    assert not [call for call in calls if _is_bad(call, str(settings.home), str(passing))]
    assert [path for path in passing.rglob("*") if not path.is_dir()] == []
    called = {call for call in calls if call.startswith("connect(") and "= 0" in call}
    assert called and all("keeper.sock" in call for call in called)
    secrets = [
        call for call in calls if any(f"{settings.home}/{name}" in call for name in ("secrets", "keys"))
    ]
    if confinement.abi():
        assert secrets and all("EACCES" in call for call in secrets), "its own check at the start, refused"


def _is_bad(call: str, home: str, passing: str) -> bool:
    """A write anywhere but in the passing folder (where an index engine makes links), a program, a connection."""
    if "resumed>" in call or call.startswith(("+++", "---")) or "/dev/null" in call or "/dev/tty" in call:
        return False
    if call.startswith("execve("):
        return "python" not in call
    if call.startswith("connect(") and "keeper.sock" in call:
        return False
    if not WRITES.search(call):
        return False
    return passing not in call or (home in call and not call.startswith("symlink"))


class _served:
    """`kho serve` under strace; the trace is whole when the block is left."""

    def __init__(self, home: Path, port: int, trace: Path, passing: Path) -> None:
        serve = [sys.executable, "-m", "archive.cli", "serve", "--web-only", "--home", str(home)]
        serve += ["--port", str(port)]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(passing)}
        watch = ["strace", "-f", "-y", "-qq", "-o", str(trace), "-e", f"trace={CALLS}"]
        self.port = port
        self.process = subprocess.Popen([*watch, *serve], env=environment, start_new_session=True)

    def __enter__(self) -> None:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.__exit__()
        pytest.fail("kho serve did not start")

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(timeout=10)


def _walk(site: str) -> None:
    jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(jar)
    token = re.search(r'name="token" value="(\w+)"', browser.open(f"{site}/signin").read().decode())[1]
    form = {"token": token, "name": "lan", "password": homes.PASSWORD}
    browser.open(f"{site}/signin", urllib.parse.urlencode(form).encode())
    for place in PLACES:
        answer = browser.open(site + place)
        assert answer.status == 200 and "/signin" not in answer.url, place
        answer.read()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
