"""Durable writing: whole or not at all, faults by name, locks that end with their process."""

import hashlib
import os
import threading

import pytest

from archive import durable
from archive.errors import HomeError, StorageError


@pytest.fixture
def fault(monkeypatch):
    """Switch a fault on: fault("write:1:enospc")."""

    def switch(value):
        monkeypatch.setattr(durable, "_passes", {})
        monkeypatch.setenv("KHO_FAULT", value)

    return switch


def test_a_file_is_written_whole_with_its_folders(tmp_path):
    durable.write_file(tmp_path / "a" / "b" / "c.txt", b"one")
    durable.write_file(tmp_path / "a" / "b" / "c.txt", b"two")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == b"two"
    assert os.listdir(tmp_path / "a" / "b") == ["c.txt"]


@pytest.mark.parametrize("point", ["write", "fsync", "rename"])
@pytest.mark.parametrize("kind, code", [("enospc", "error.disk_full"), ("eio", "error.storage")])
def test_a_failed_write_keeps_the_old_content_and_leaves_nothing(tmp_path, fault, point, kind, code):
    durable.write_file(tmp_path / "c.txt", b"old")
    fault(f"{point}:1:{kind}")
    with pytest.raises(StorageError) as caught:
        durable.write_file(tmp_path / "c.txt", b"new")
    assert caught.value.code == code
    assert (tmp_path / "c.txt").read_bytes() == b"old" and os.listdir(tmp_path) == ["c.txt"]


def test_a_synced_file_is_never_overwritten(tmp_path):
    durable.write_synced(tmp_path / "c.txt", b"old")
    with pytest.raises(StorageError):
        durable.write_synced(tmp_path / "c.txt", b"new")
    with pytest.raises(StorageError):
        durable.copy_file(tmp_path / "c.txt", tmp_path / "c.txt")
    assert (tmp_path / "c.txt").read_bytes() == b"old"


def test_a_copy_tells_what_went_through(tmp_path):
    content = os.urandom(3_000_000)
    (tmp_path / "in").write_bytes(content)
    copied = durable.copy_file(tmp_path / "in", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == content
    assert copied == durable.Copied(
        hashlib.sha256(content).hexdigest(), hashlib.sha512(content).hexdigest(), len(content)
    )


def test_a_missing_source_is_a_storage_error(tmp_path):
    with pytest.raises(StorageError) as caught:
        durable.copy_file(tmp_path / "none", tmp_path / "out")
    assert "none" in caught.value.values["path"] and not (tmp_path / "out").exists()


def test_a_link_is_switched_in_one_step(tmp_path, fault):
    durable.point_link(tmp_path / "current", "one")
    durable.point_link(tmp_path / "current", "two")
    assert os.readlink(tmp_path / "current") == "two" and os.listdir(tmp_path) == ["current"]
    fault("rename:1:eio")
    with pytest.raises(StorageError):
        durable.point_link(tmp_path / "current", "three")
    assert os.readlink(tmp_path / "current") == "two"


def test_removing_takes_files_folders_and_what_is_not_there(tmp_path):
    durable.write_file(tmp_path / "a" / "b.txt", b"x")
    os.symlink(tmp_path / "a", tmp_path / "link")
    durable.remove_tree(tmp_path / "link")
    assert (tmp_path / "a" / "b.txt").exists()
    for name in ("a", "none"):
        durable.remove_tree(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_fault_acts_at_the_pass_it_names(tmp_path, fault):
    fault("write:2:enospc")
    durable.write_synced(tmp_path / "one", b"")
    with pytest.raises(StorageError):
        durable.write_synced(tmp_path / "two", b"")
    durable.write_synced(tmp_path / "three", b"")
    assert sorted(os.listdir(tmp_path)) == ["one", "three"]


def test_a_held_lock_is_refused_or_waited_for(tmp_path):
    order = []
    with durable.lock(tmp_path / "lock"):
        with pytest.raises(HomeError) as caught, durable.lock(tmp_path / "lock"):
            pass
        assert caught.value.code == "error.home_locked"
        waiting = threading.Thread(target=_wait, args=(tmp_path / "lock", order))
        waiting.start()
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_only_its_owner_can_open_a_lock_also_one_of_an_older_version(tmp_path):
    (tmp_path / "old").touch(0o644)
    for name in ("old", "new"):
        with durable.lock(tmp_path / name):
            assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def _wait(path, order):
    with durable.lock(path, wait=True):
        order.append("second")


def test_a_lock_ends_with_its_process(tmp_path):
    child = os.fork()
    if child == 0:
        with durable.lock(tmp_path / "lock"):
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    with durable.lock(tmp_path / "lock"):
        pass


def test_only_an_empty_folder_is_removed_as_empty(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b" / "c").mkdir(parents=True)
    assert durable.remove_empty(tmp_path / "a") and durable.remove_empty(tmp_path / "gone")
    assert not durable.remove_empty(tmp_path / "b")
    assert os.listdir(tmp_path) == ["b"]


def test_what_a_writer_killed_long_ago_left_is_removed_by_the_next_one(tmp_path):
    old, fresh = tmp_path / ".tmp-old", tmp_path / ".tmp-fresh"
    for path in (old, fresh):
        path.write_bytes(b"part")
    os.utime(old, (0, 0))
    durable.write_file(tmp_path / "name", b"whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tmp-fresh", "name"]
