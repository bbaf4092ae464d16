"""The journal: numbers, links, groups, heads, segments; what a crash or a full disk leaves behind."""

import errno
import json
import os
import subprocess
import sys
import threading

import pytest

from archive import durable, messages
from archive.audit import chain, heads, signer
from archive.audit import journal as journal_module
from archive.audit.entry import Entry, decode
from archive.audit.journal import JournalSink
from archive.audit.log import AuditLog, segments
from archive.audit.verify import verify
from archive.errors import AuditUnavailable
from tests.audits import entry, journal


def lines(base):
    return [line for segment in segments(base / "audit") for line in segment.lines()]


def entries(base):
    """What people did, without what the log says of itself."""
    return [one for one in AuditLog(base / "audit").entries() if one.entry.actor != "kho"]


def test_entries_come_back_as_they_were_recorded(tmp_path):
    told = entry(1, detail={"query": "đất «ở» \u2028 \udc80", "hits": 3})
    with journal(tmp_path) as sink:
        number = sink.record(told, entry(2))
    kept = AuditLog(tmp_path / "audit").entry(number - 1).entry
    assert kept.actor == told.actor and kept.object == told.object
    assert kept.detail == {"query": "đất «ở» \u2028 \udc80", "hits": 3}
    assert len(kept.when) == 25 and kept.when.endswith("+07:00")


def test_every_line_is_canonical_and_names_the_one_before(tmp_path):
    with journal(tmp_path) as sink:
        for number in range(5):
            sink.record(entry(number))
    previous = "0" * 64
    for number, line in enumerate(lines(tmp_path), start=1):
        read = json.loads(line)
        assert line == json.dumps(read, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
        assert read[:2] == [number, previous]
        previous = chain.leaf(line).hex()


def test_threads_share_commits_and_every_one_gets_its_own_number(tmp_path, monkeypatch):
    writes = []
    append = durable.append
    monkeypatch.setattr(durable, "append", lambda *given: (writes.append(given), append(*given)))
    numbers = []
    with journal(tmp_path) as sink:
        people = [
            threading.Thread(target=lambda n=n: numbers.append((n, sink.record(entry(n))))) for n in range(40)
        ]
        with sink._turn:  # all come while one commit is under way
            for one in people:
                one.start()
            while len(sink._waiting) < 40:
                pass
        for one in people:
            one.join()
    log = AuditLog(tmp_path / "audit")
    assert len({number for _, number in numbers}) == 40
    assert all(log.entry(number).entry.object == entry(n).object for n, number in numbers)
    assert len([1 for given in writes if given[0].suffix == ".jsonl"]) == 1


def test_two_writers_of_one_log_take_turns(tmp_path):
    with journal(tmp_path) as first, journal(tmp_path) as second:
        for number in range(6):
            (first, second)[number % 2].record(entry(number))
    assert [one.entry.object for one in entries(tmp_path)] == [entry(n).object for n in range(6)]
    assert [decode(line).number for line in lines(tmp_path)] == list(range(1, len(lines(tmp_path)) + 1))


def test_a_head_covers_the_log_at_close_and_the_next_entry_tells_of_it(tmp_path):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
    (head,) = heads.read_heads(tmp_path / "audit")
    assert head.size == 2 and heads.Keyring(heads.read_keys(tmp_path / "audit")).signed(head)
    assert head.root == chain.root([chain.leaf(line) for line in lines(tmp_path)]).hex()
    with journal(tmp_path) as sink:
        sink.record(entry(2))
    told = [one.entry for one in AuditLog(tmp_path / "audit").entries() if one.entry.action == "head"]
    assert [one.detail["head"] for one in told] == [head.digest]


def test_asking_for_the_head_again_signs_nothing_new(tmp_path):
    with journal(tmp_path) as sink:
        assert sink.head() is None
        sink.record(entry(1))
        assert sink.head() == sink.head()
    assert len(heads.read_heads(tmp_path / "audit")) == 1


def test_heads_come_after_so_many_entries_and_after_so_long(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "HEAD_ENTRIES", 10)
    sink = journal(tmp_path)
    for number in range(25):
        sink.record(entry(number))
    assert len(heads.read_heads(tmp_path / "audit")) == 2
    monkeypatch.setattr(journal_module, "HEAD_SECONDS", 0)
    sink.record(entry(26))
    assert len(heads.read_heads(tmp_path / "audit")) == 3


def test_a_head_is_signed_in_time_also_when_nothing_more_happens(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "HEAD_SECONDS", 0.05)
    sink = journal(tmp_path)
    sink.record(entry(1))
    sink._timer.join(5)
    assert heads.read_heads(tmp_path / "audit")[-1].size == AuditLog(tmp_path / "audit").size()


def test_a_long_log_goes_on_in_a_new_segment(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "SEGMENT_ENTRIES", 10)
    for number in range(25):
        with journal(tmp_path) as sink:
            sink.record(entry(number))
    assert len(segments(tmp_path / "audit")) > 3
    assert len(entries(tmp_path)) == 25
    assert [decode(line).number for line in lines(tmp_path)] == list(range(1, len(lines(tmp_path)) + 1))


def test_a_clock_that_goes_back_reorders_nothing(tmp_path, monkeypatch):
    with journal(tmp_path) as sink:
        for moment in (1_800_000_000, 1_600_000_000, 1_800_000_100):
            monkeypatch.setenv("SOURCE_DATE_EPOCH", str(moment))
            sink.record(entry(moment))
    assert [one.entry.object for one in entries(tmp_path)] == [
        entry(moment).object for moment in (1_800_000_000, 1_600_000_000, 1_800_000_100)
    ]
    assert len(segments(tmp_path / "audit")) == 1


@pytest.mark.parametrize("tear", [1, 40, 200])
def test_a_line_cut_short_by_a_crash_is_set_aside_and_told(tmp_path, tear):
    sink = journal(tmp_path)
    sink.record(entry(1))
    sink.head()
    sink.record(entry(2))
    path = segments(tmp_path / "audit")[-1].path
    whole = path.read_bytes()
    path.write_bytes(whole[:-tear])
    with journal(tmp_path) as again:
        again.record(entry(3))
    assert [one.entry.object for one in entries(tmp_path)] == [entry(1).object, entry(3).object]
    (told,) = [
        one.entry for one in AuditLog(tmp_path / "audit").entries() if one.entry.action == "log-recovered"
    ]
    kept = tmp_path / "audit" / "set-aside" / told.detail["file"]
    assert kept.read_bytes() and whole.endswith(kept.read_bytes() + whole[-tear:])


def test_what_a_head_covers_is_never_set_aside(tmp_path):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
    path = segments(tmp_path / "audit")[-1].path
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(AuditUnavailable):
        journal(tmp_path).record(entry(2))
    assert not (tmp_path / "audit" / "set-aside").exists()


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_a_changed_log_is_said_to_be_changed_and_not_to_be_a_fault_of_the_disk(tmp_path, language):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
    path = segments(tmp_path / "audit")[-1].path
    path.write_bytes(path.read_bytes().replace(b"can-bo-1", b"can-bo-2"))
    for ask in (lambda: journal(tmp_path).record(entry(2)), lambda: journal(tmp_path).head()):
        with pytest.raises(AuditUnavailable) as caught:
            ask()
        assert caught.value.code == "audit.not_as_signed" and int(caught.value.values["size"]) >= 2
        said = messages.say(caught.value.code, language, **caught.value.values)
        assert {"vi": "đã bị sửa", "en": "was changed"}[language] in said
        assert "kho audit verify" in messages.say(f"{caught.value.code}.remedy", language)
        assert not {"ổ đĩa", "disk"} & {word for word in ("ổ đĩa", "disk") if word in said}


def test_the_lock_of_the_log_lies_where_only_its_writers_get_at_it(tmp_path):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
    assert [path.parent.name for path in tmp_path.rglob("*lock*")] == ["keys"]
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("point", ["write", "fsync"])
@pytest.mark.parametrize("kind", ["enospc", "eio"])
def test_what_is_not_durable_is_not_acknowledged_and_the_log_goes_on_later(
    tmp_path, monkeypatch, point, kind
):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
        monkeypatch.setattr(durable, "_passes", {})
        monkeypatch.setenv("KHO_FAULT", f"{point}:1:{kind}")
        with pytest.raises(AuditUnavailable):
            sink.record(entry(2))
        monkeypatch.delenv("KHO_FAULT")
        sink.record(entry(3))
    assert [one.entry.object for one in entries(tmp_path)] == [entry(1).object, entry(3).object]


def test_a_short_write_leaves_no_torn_line(tmp_path, monkeypatch):
    pwrite = os.pwrite

    def full_disk(file, content, at):
        if len(content) < 100:
            raise OSError(errno.ENOSPC, "full")
        return pwrite(file, content[: len(content) - 50], at)

    with journal(tmp_path) as sink:
        sink.record(entry(1))
        monkeypatch.setattr(os, "pwrite", full_disk)
        with pytest.raises(AuditUnavailable):
            sink.record(entry(2))
        monkeypatch.undo()
        sink.record(entry(3))
    assert [one.entry.object for one in entries(tmp_path)] == [entry(1).object, entry(3).object]
    assert not (tmp_path / "audit" / "set-aside").exists()


KILLED = """
import sys
from pathlib import Path
from tests.audits import entry, journal
from archive.audit import journal as module
module.SEGMENT_ENTRIES, module.HEAD_ENTRIES = 6, 4
with journal(Path(sys.argv[1])) as sink:
    for number in range(20):
        sink.record(entry(number))
        print(number, flush=True)
"""


@pytest.mark.parametrize("step", [1, 4, 7, 9, 11, 16, 21, 30, 41, 50])
def test_killed_at_any_step_what_was_acknowledged_is_there(tmp_path, step):
    done = subprocess.run(
        [sys.executable, "-c", KILLED, tmp_path],
        env={**os.environ, "KHO_FAULT": f"*:{step}", "PYTHONPATH": os.getcwd()},
        capture_output=True,
        text=True,
    )
    acknowledged = [entry(int(number)).object for number in done.stdout.split()]
    assert done.returncode != 0 and len(acknowledged) < 20
    with journal(tmp_path) as sink:
        sink.record(entry(99))
    kept = [one.entry.object for one in entries(tmp_path)]
    assert kept[: len(acknowledged)] == acknowledged and kept[-1] == entry(99).object
    assert len(kept) <= len(acknowledged) + 2


def test_an_empty_mount_point_is_no_new_log(tmp_path):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
    (tmp_path / "audit").rename(tmp_path / "away")
    (tmp_path / "audit").mkdir()
    with pytest.raises(AuditUnavailable):
        journal(tmp_path).record(entry(2))
    assert not segments(tmp_path / "audit")


def test_an_entry_that_cannot_be_written_stops_nobody_else(tmp_path):
    with journal(tmp_path) as sink:
        with pytest.raises(ValueError):
            sink.record(Entry("view", "lan", detail={"strange": object()}))
        assert sink.record(entry(1)) == 2


def test_the_key_is_for_its_owner_only_and_a_new_one_is_vouched_for(tmp_path):
    with journal(tmp_path) as sink:
        sink.record(entry(1))
    key = tmp_path / "keys" / signer.KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600 and key.parent.stat().st_mode & 0o777 == 0o700
    new = signer.rotate(tmp_path / "keys", tmp_path / "audit")
    with JournalSink(tmp_path / "audit", new) as sink:
        sink.record(entry(2))
    ring = heads.Keyring(heads.read_keys(tmp_path / "audit"))
    signed = heads.read_heads(tmp_path / "audit")
    assert not ring.doubtful and all(ring.signed(head) for head in signed)
    assert len({head.key for head in signed}) == 2


def test_a_segment_that_another_process_filled_and_left_behind_is_not_gone_on_with(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "SEGMENT_ENTRIES", 6)
    with journal(tmp_path) as keeper, journal(tmp_path) as command:
        keeper.record(entry(0, actor="keeper"))
        for number in range(9):
            command.record(entry(number, actor="command"))
        keeper.record(entry(1, actor="keeper"))
    assert [one.entry.object for one in entries(tmp_path) if one.entry.actor == "command"] == [
        entry(number).object for number in range(9)
    ]
    assert verify(tmp_path / "audit", heads.read_heads(tmp_path / "audit")).intact


BESIDE = """
import sys
from pathlib import Path
from tests.audits import entry, journal
from archive.audit import journal as module
module.SEGMENT_ENTRIES, module.HEAD_ENTRIES = 30, 8
with journal(Path(sys.argv[1])) as sink:
    for number in range(60):
        sink.record(entry(number, actor=sys.argv[2]))
"""


def test_processes_that_write_at_the_same_time_make_one_sound_log(tmp_path):
    journal(tmp_path)
    running = [
        subprocess.Popen(
            [sys.executable, "-c", BESIDE, tmp_path, name], env={**os.environ, "PYTHONPATH": os.getcwd()}
        )
        for name in ("keeper", "command")
    ]
    assert [one.wait() for one in running] == [0, 0]
    for name in ("keeper", "command"):
        own = [one.entry.object for one in entries(tmp_path) if one.entry.actor == name]
        assert own == [entry(number).object for number in range(60)]
    result = verify(tmp_path / "audit", heads.read_heads(tmp_path / "audit"))
    assert result.intact and result.covered == result.entries
