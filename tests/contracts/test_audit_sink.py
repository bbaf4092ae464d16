"""What every AuditSink must do, on each of them."""

import shutil

import pytest

from archive.audit.log import AuditLog
from archive.errors import AuditUnavailable
from tests.audits import entry, journal
from tests.sinks import MemorySink


class InMemory:
    def __init__(self, base):
        self.sink = MemorySink()

    def kept(self):
        return [one.object for one in self.sink.entries]

    def fail(self, failing):
        self.sink.failing = failing


class OnDisk:
    def __init__(self, base):
        self.base, self.sink = base, journal(base)

    def kept(self):
        return [
            one.entry.object for one in AuditLog(self.base / "audit").entries() if one.entry.actor != "kho"
        ]

    def fail(self, failing):
        """The disk of the log vanishes."""
        folder, away = self.base / "audit", self.base / "away"
        if failing:
            folder.rename(away)
            folder.mkdir()
        else:
            shutil.rmtree(folder)
            away.rename(folder)


@pytest.fixture(params=[InMemory, OnDisk])
def kind(request, tmp_path):
    return request.param(tmp_path)


def test_entries_are_kept_in_order_and_numbers_rise(kind):
    numbers = [kind.sink.record(entry(1)), kind.sink.record(entry(2), entry(3)), kind.sink.record(entry(4))]
    assert numbers == sorted(set(numbers)) and numbers[1] - numbers[0] == 2
    assert kind.kept() == [entry(number).object for number in (1, 2, 3, 4)]


def test_nothing_to_record_is_a_mistake(kind):
    with pytest.raises(ValueError):
        kind.sink.record()


BAD = (
    {"detail": {"strange": object()}},
    {"detail": {"n": float("nan")}},
    {"detail": {"deep": [["too"]]}},
    {"detail": {"deep": {"too": 1}}},
    {"detail": {7: "number for a name"}},
    {"detail": {"n": 10**5000}},
    {"object": ["a list"]},
    {"actor": None},
    {"action": "log-pruned"},
    {"action": "head"},
)


@pytest.mark.parametrize("bad", BAD)
def test_an_entry_that_cannot_be_written_is_refused_whole(kind, bad):
    with pytest.raises(ValueError):
        kind.sink.record(entry(1), entry(2, **bad))
    assert kind.kept() == []


def test_what_cannot_be_recorded_is_said_and_does_not_count(kind):
    kind.sink.record(entry(1))
    kind.fail(True)
    with pytest.raises(AuditUnavailable):
        kind.sink.record(entry(2))
    kind.fail(False)
    kind.sink.record(entry(3))
    assert kind.kept() == [entry(1).object, entry(3).object]
