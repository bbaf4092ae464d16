"""What `verify` says: exactly the harm done, on logs of a few entries."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from archive import messages
from archive.audit import heads
from archive.audit import journal as journal_module
from archive.audit.log import segments
from archive.audit.verify import verify
from tests.audits import entry, journal

FORMAT = (Path(__file__).parents[2] / "archive" / "FORMAT.md").read_text(encoding="utf-8")


@pytest.fixture
def log(tmp_path):
    """Seven lines under one head: the opening and six entries."""
    with journal(tmp_path) as sink:
        for number in range(6):
            sink.record(entry(number))
    return tmp_path / "audit"


def change(log, make):
    path = segments(log)[0].path
    lines = make(path.read_bytes().splitlines(keepends=True))
    path.write_bytes(b"".join(lines))


def found(log, **given):
    return [(one.code, one.values["first"], one.values["last"]) for one in verify(log, **given).findings]


def test_a_sound_log(log):
    result = verify(log)
    assert result.intact and (result.entries, result.heads, result.covered) == (7, 1, 7) and not result.notes


def test_a_changed_entry_is_named(log):
    change(log, lambda lines: [*lines[:3], lines[3].replace(b"can-bo", b"can-ba"), *lines[4:]])
    assert found(log) == [("audit.changed", "4", "4")]


def test_a_changed_last_entry_is_named_by_its_head(log):
    change(log, lambda lines: [*lines[:6], lines[6].replace(b"can-bo", b"can-ba")])
    assert found(log) == [("audit.rewritten", "1", "7")]


def test_missing_entries_are_named(log):
    change(log, lambda lines: [*lines[:2], *lines[4:]])
    assert found(log) == [("audit.missing", "3", "4")]


def test_a_repeated_entry_is_named(log):
    change(log, lambda lines: [*lines[:4], lines[2], *lines[4:]])
    assert found(log) == [("audit.out_of_order", "3", "3")]


def test_a_line_of_rubbish_is_named_once(log):
    change(log, lambda lines: [*lines[:2], b"\0" * 50 + b"\n", *lines[3:]])
    assert found(log) == [("audit.line_damaged", "3", "3")]


def test_a_cut_end_is_named(log):
    change(log, lambda lines: lines[:5])
    assert found(log) == [("audit.cut", "6", "7")]


def test_a_rollback_is_found_by_the_head_held_outside(log):
    (held,) = heads.read_heads(log)
    (log / heads.HEADS_FILE).write_text("")
    change(log, lambda lines: lines[:5])
    assert found(log) == []
    assert ("audit.cut", "6", "7") in found(log, outside=[held])


def test_a_forged_head_is_no_ground_to_blame_the_log_for_more(log):
    (held,) = heads.read_heads(log)
    forged = heads.Head(**{**held.__dict__, "size": 9})
    assert [code for code, *_ in found(log, outside=[forged])] == ["audit.head_not_signed"]


def test_a_lost_head_is_named_when_the_log_tells_of_it(log):
    with journal(log.parent) as sink:
        sink.record(entry(7))
    lines = (log / heads.HEADS_FILE).read_text().splitlines(keepends=True)
    (log / heads.HEADS_FILE).write_text("".join(lines[1:]))
    assert found(log) == [("audit.head_lost", "0", "7")]


def test_what_is_not_signed_yet_and_a_torn_end_are_notes_only(log):
    sink = journal(log.parent)
    sink.record(entry(8))
    with segments(log)[0].path.open("ab") as file:
        file.write(b"[10,")
    result = verify(log)
    assert result.intact
    assert [note.code for note in result.notes] == ["audit.note.unfinished", "audit.note.uncovered"]


def test_a_clock_that_went_back_is_noted(tmp_path, monkeypatch):
    with journal(tmp_path) as sink:
        for moment in (1_800_000_000, 1_600_000_000, 1_800_000_100):
            monkeypatch.setenv("SOURCE_DATE_EPOCH", str(moment))
            sink.record(entry(1))
    result = verify(tmp_path / "audit")
    assert result.intact
    assert [(note.code, note.values["first"]) for note in result.notes] == [("audit.note.clock_back", "3")]


def test_an_empty_log_is_intact(tmp_path):
    assert verify(tmp_path).intact


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_finding_says_what_to_do(language):
    told = messages.catalogue(language)
    codes = ("changed", "line_damaged", "missing", "out_of_order", "rewritten", "cut", "head_not_signed")
    more = ("head_order", "head_lost", "head_damaged", "heads_stopped", "other_log", "key_not_vouched")
    assert all(f"audit.{code}.remedy" in told for code in (*codes, *more, "closed_unrecorded"))


def test_the_recipe_in_format_md_checks_the_log_without_our_code(log, tmp_path):
    recipe = FORMAT.split("```python\n")[1].split("```")[0]
    check = [sys.executable, "-I", "-c", recipe]
    assert subprocess.run(check, cwd=log, capture_output=True).returncode == 0
    change(log, lambda lines: [*lines[:6], lines[6].replace(b"can-bo", b"can-ba")])
    assert b"AssertionError: 7" in subprocess.run(check, cwd=log, capture_output=True).stderr


def test_a_log_in_use_is_never_called_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "HEAD_ENTRIES", 7)
    monkeypatch.setattr(journal_module, "SEGMENT_ENTRIES", 40)
    sink, done = journal(tmp_path), threading.Event()

    def work():
        number = 0
        while not done.is_set():
            number = sink.record(*[entry(number)] * (1 + number % 5))

    writers = [threading.Thread(target=work) for _ in range(3)]
    for one in writers:
        one.start()
    try:
        results, until = [], time.monotonic() + 30
        while time.monotonic() < until and (len(results) < 60 or results[-1].heads < 8):
            results.append(verify(tmp_path / "audit"))
    finally:
        done.set()
        for one in writers:
            one.join()
    assert not [one.findings for one in results if not one.intact]
    assert len(results) >= 60 and results[-1].heads >= 8


NASTY = (
    b"",
    b"[]",
    b"[" * 100_000,
    b'[7,"%s","2026-01-01T00:00:00+07:00",{"action":"head","actor":"kho"}]' % (b"0" * 64),
    b'[7,"x","",{"action":"head","actor":"kho","detail":[]}]',
    b'[7,"x",7,{"action":"log-pruned","actor":"kho","detail":{"first":{},"last":[]}}]',
    b'[7,"","",{"action":{},"actor":[]}]',
    b"[" + b"9" * 5000 + b',"' + b"0" * 64 + b'","',
    b"kho-head/1 " + b"9" * 5000 + b" a b c d e f",
    "kho-head/1 ٣ a b c d e f".encode(),
    b"kho-key/1 a \xff\xfe c d e",
)


@pytest.mark.parametrize("name", ["log-000000000001.jsonl", heads.HEADS_FILE, heads.KEYS_FILE])
@pytest.mark.parametrize("place", range(len(NASTY)))
def test_no_line_however_nasty_stops_the_check(log, name, place):
    path = log / name
    path.write_bytes(NASTY[place] + b"\n" + path.read_bytes())
    assert not verify(log).intact
    path.write_bytes(path.read_bytes().split(b"\n", 1)[1] + NASTY[place] + b"\n")
    assert not verify(log).intact
