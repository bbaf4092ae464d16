"""Access logs for tests: made quickly, with their key, in a folder of the test's own."""

from __future__ import annotations

from pathlib import Path

from archive.audit import signer
from archive.audit.entry import Entry
from archive.audit.journal import JournalSink


def journal(base: Path) -> JournalSink:
    """A journal in `base`/audit with its key in `base`/keys; the same log again when there is one."""
    return JournalSink(base / "audit", signer.make(base / "keys", base / "audit"))


def entry(number: int = 1, **fields) -> Entry:
    """A view by one of five people, of records of one of three units."""
    return Entry(
        **{
            "action": "view",
            "actor": f"can-bo-{number % 5}",
            "object": f"H01.12:DD.2014:{number:03d}",
            "why": "access.unit_granted",
            "unit": f"0000{number % 3}.2004",
            "generation": "000003",
            "session": "3f9a",
            "address": "10.0.0.7",
        }
        | fields
    )
