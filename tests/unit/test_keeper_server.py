"""The socket between web and keeper: answers, errors, restarts, stale sockets, hostile and silent clients."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from archive.audit.entry import Entry
from archive.errors import AuditUnavailable, HomeError, KhoError, NotFound, UsageError
from archive.keeper import protocol, server
from archive.keeper.client import KeeperClient, connect
from archive.keeper.protocol import Refused, SignedIn

ENTRY = Entry("view", "lan", object="H01:DD.2014:001", detail={"q": "thu hồi đất"})


@pytest.fixture
def recorded() -> list[dict]:
    return []


@pytest.fixture
def verbs(recorded) -> dict:
    lock = threading.Lock()

    def record(entries: list[dict]) -> int:
        with lock:
            recorded.extend(entries)
            return len(recorded)

    def refuse(token: str) -> None:
        raise NotFound("error.session_over")

    def broken() -> None:
        raise RuntimeError("a defect of ours")

    return {
        "record": record,
        "sign_in": lambda name, password, code, address: (
            {"code": "web.signin.wait", "wait": 9} if name == "ai" else {"token": "t", "stage": "full"}
        ),
        "end_session": refuse,
        "head": broken,
    }


@pytest.fixture
def keeper(tmp_path, verbs):
    with server.serving(tmp_path / "run", verbs):
        yield KeeperClient(tmp_path / "run")


def test_entries_arrive_whole_and_the_number_comes_back(keeper, recorded):
    assert keeper.record(ENTRY) == 1 and keeper.record(ENTRY, ENTRY) == 3
    assert Entry(**recorded[0]) == ENTRY


def test_outcomes_and_errors_come_back_as_what_they_were(keeper):
    assert keeper.sign_in("lan", "x", "", "") == SignedIn("t", "full")
    assert keeper.sign_in("ai", "x", "", "") == Refused("web.signin.wait", 9)
    with pytest.raises(NotFound, match="session_over"):
        keeper.end_session("t")
    with pytest.raises(KhoError, match="keeper_request"):
        keeper.head()
    with pytest.raises(KhoError, match="keeper_request"):
        keeper.seen("no such verb here")
    assert keeper.record(ENTRY) == 1, "the line goes on after errors"


def test_an_error_of_a_made_up_class_is_still_an_error():
    error = protocol.error_from_plain({"error": "error.x", "kind": "annotations", "values": {"a": "b"}})
    assert type(error) is KhoError and error.values == {"a": "b"}
    plain = protocol.error_to_plain(UsageError("error.usage", reason="r"))
    assert isinstance(protocol.error_from_plain(plain), UsageError)


def test_many_threads_share_a_client(keeper, recorded):
    with ThreadPoolExecutor(16) as pool:
        numbers = list(pool.map(lambda _: keeper.record(ENTRY), range(400)))
    assert sorted(numbers) == list(range(1, 401))


def test_without_a_keeper_nothing_is_recorded(tmp_path):
    with pytest.raises(AuditUnavailable, match="keeper_gone"):
        KeeperClient(tmp_path / "run").record(ENTRY)
    (tmp_path / "run").mkdir()
    with pytest.raises(AuditUnavailable, match="keeper_gone"):
        KeeperClient(tmp_path / "run").record(ENTRY)


def test_a_client_finds_the_keeper_again_after_a_restart(tmp_path, verbs, recorded):
    client = KeeperClient(tmp_path / "run")
    process = _keeper_process(tmp_path / "run")
    try:
        assert client.record(ENTRY) == 1
    finally:
        process.kill()
        process.wait()
    with pytest.raises(AuditUnavailable):
        client.record(ENTRY)
    assert (tmp_path / "run" / "keeper.sock").exists(), "left behind by the killed keeper"
    with server.serving(tmp_path / "run", verbs):
        assert client.record(ENTRY) == 1 and len(recorded) == 1


def _keeper_process(folder) -> subprocess.Popen:
    program = (
        "import sys, time; from pathlib import Path; from archive.keeper import server\n"
        "with server.serving(Path(sys.argv[1]), {'record': lambda entries: len(entries)}):\n"
        "    print('ready', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", program, str(folder)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    return process


def test_a_home_has_one_keeper(tmp_path, verbs):
    process = _keeper_process(tmp_path / "run")
    try:
        with pytest.raises(HomeError, match="keeper_runs"), server.serving(tmp_path / "run", verbs):
            pass
        assert KeeperClient(tmp_path / "run").record(ENTRY) == 1, "the first one goes on"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def test_only_owner_and_group_may_connect_and_the_socket_goes_with_the_keeper(tmp_path, verbs):
    with server.serving(tmp_path / "run", verbs):
        path = tmp_path / "run" / "keeper.sock"
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
    assert not path.exists()


def test_a_long_way_to_the_home_is_no_hindrance(tmp_path, verbs):
    folder = tmp_path / ("thu-muc-" * 12) / ("kho-" * 20) / "run"
    with server.serving(folder, verbs):
        assert KeeperClient(folder).record(ENTRY) == 1


@pytest.mark.parametrize(
    "sent",
    [b"x\n", b"[]\n", b"{}\n", b'{"verb":"record"}\n', b'{"verb":["a"]}\n', b"\xff\xfe\n", b"{" * 5000],
)
def test_what_is_no_request_gets_an_error_or_the_line_closed(tmp_path, keeper, sent):
    with connect(tmp_path / "run") as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").readline()
    assert b"keeper_request" in answer
    assert keeper.record(ENTRY) == 1


def test_a_line_too_long_is_cut_off(tmp_path, keeper):
    with connect(tmp_path / "run") as line, pytest.raises(OSError):
        for _ in range(64):
            line.sendall(b"a" * 65536)
    assert keeper.record(ENTRY) == 1


def test_silent_lines_are_bounded_in_number_and_free_their_place(tmp_path, keeper, monkeypatch):
    lines = [connect(tmp_path / "run") for _ in range(server.CONNECTIONS)]
    _wait_until(lambda: _refused(tmp_path / "run"))
    for line in lines:
        line.close()
    _wait_until(lambda: not _refused(tmp_path / "run"))
    assert keeper.record(ENTRY) == 1


def _refused(folder) -> bool:
    try:
        with connect(folder) as line:
            line.settimeout(5)
            line.sendall(b'{"verb":"?"}\n')
            return line.recv(10) == b""
    except OSError:
        return True


def _wait_until(true) -> None:
    for _ in range(100):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("it never came true")


def test_a_keeper_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("archive.keeper.client.PATIENCE", 0.2)
    silent = server.serving(tmp_path / "run", {"record": lambda entries: time.sleep(1)})
    with silent, pytest.raises(AuditUnavailable, match="keeper_gone"):
        KeeperClient(tmp_path / "run").record(ENTRY)


def test_a_password_hash_may_take_longer_than_a_page_waits(tmp_path, monkeypatch):
    monkeypatch.setattr("archive.keeper.client.PATIENCE", 0.2)
    answer = {"token": "t", "stage": "open"}

    def slowly(**_):
        time.sleep(0.6)
        return answer

    with server.serving(tmp_path / "run", {"sign_in": slowly, "record": lambda entries: slowly() and 1}):
        client = KeeperClient(tmp_path / "run")
        assert client.sign_in("lan", "x", "", "").token == "t"
        with pytest.raises(AuditUnavailable, match="keeper_gone"):
            client.record(ENTRY)


def test_the_process_keeps_no_handles_of_closed_lines(tmp_path, verbs):
    with server.serving(tmp_path / "run", verbs):
        for _ in range(50):
            client = KeeperClient(tmp_path / "run")
            client.record(ENTRY)
            client.close()
        _wait_until(lambda: len(os.listdir("/proc/self/fd")) < 60)
