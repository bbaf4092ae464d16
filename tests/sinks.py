"""An AuditSink that keeps entries in memory, for tests that ask what went on record."""

from __future__ import annotations

from archive.audit.entry import OWN_ACTIONS, Entry, body
from archive.errors import AuditUnavailable


class MemorySink:
    """Keeps `entries` in a list. While `failing` is true it refuses, as a full disk does."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.failing = False

    def record(self, *entries: Entry) -> int:
        if not entries or any(entry.action in OWN_ACTIONS for entry in entries):
            raise ValueError("nothing to record, or what only the log may say of itself")
        if self.failing:
            raise AuditUnavailable("audit.unavailable", reason="failing on purpose")
        for entry in entries:
            body(entry)  # refuses what a file could not keep either
        self.entries += entries
        return len(self.entries)
