"""Making the key, replacing it and closing old parts, disturbed at every durable step: the log stays sound and goes on."""

import shutil
from datetime import date
from itertools import pairwise

from archive import durable
from archive.audit import heads, prune, signer
from archive.audit import journal as journal_module
from archive.audit.journal import JournalSink
from archive.audit.log import segments
from archive.audit.verify import verify
from archive.errors import StorageError
from tests.audits import entry, journal

STEPS = range(1, 60)


def disturbed(monkeypatch, step, work):
    """Run `work` with a failing disk at durable step `step`; False when it has fewer steps."""
    monkeypatch.setattr(durable, "_passes", {})
    monkeypatch.setenv("KHO_FAULT", f"*:{step}:eio")
    try:
        work()
    except (StorageError, OSError):
        return True
    finally:
        monkeypatch.delenv("KHO_FAULT")
    return False


def goes_on(base):
    """The next entry is recorded and everything verifies."""
    with journal(base) as sink:
        sink.record(entry(77))
    return verify(base / "audit", heads.read_heads(base / "audit")).intact


def test_making_the_key(tmp_path, monkeypatch):
    for step in STEPS:
        base = tmp_path / str(step)
        if not disturbed(monkeypatch, step, lambda b=base: signer.make(b / "keys", b / "audit")):
            break
        assert goes_on(base), step
    assert step > 5


def test_replacing_the_key(tmp_path, monkeypatch):
    with journal(tmp_path / "log") as sink:
        sink.record(entry(1))
    for step in STEPS:
        base = tmp_path / str(step)
        shutil.copytree(tmp_path / "log", base)
        if not disturbed(monkeypatch, step, lambda b=base: signer.rotate(b / "keys", b / "audit")):
            break
        assert goes_on(base), step
        signer.rotate(base / "keys", base / "audit")
        assert goes_on(base), step
    assert step > 5


def test_closing_old_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(journal_module, "SEGMENT_ENTRIES", 6)
    for number in range(20):
        with journal(tmp_path / "log") as sink:
            sink.record(entry(number))
    held = heads.read_heads(tmp_path / "log" / "audit")[-1]

    def close(base):
        with JournalSink(base / "audit", signer.load(base / "keys")) as sink:
            return prune.close_old(sink, held, date(2999, 1, 1), "lan")

    for step in STEPS:
        base = tmp_path / str(step)
        shutil.copytree(tmp_path / "log", base)
        try:
            if not disturbed(monkeypatch, step, lambda b=base: close(b)):
                break
        except journal_module.AuditUnavailable:
            pass
        assert verify(base / "audit", [held]).intact, step
        assert goes_on(base), step
        close(base)
        assert goes_on(base), step
        parts = segments(base / "audit")
        old = [part for part, after in pairwise(parts) if after.first - 1 <= held.size]
        assert len(old) > 3 and all(part.closed for part in old), step
    assert step > 10
