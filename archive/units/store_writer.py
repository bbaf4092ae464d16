"""The register on disk, write side: used by the `kho` command only. Every change is another entry; nothing is rewritten."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from archive import durable, serial
from archive.errors import UsageError
from archive.units import store
from archive.units.changes import Row
from archive.units.store import Entry, National


class RegisterWriter:
    """Changes one register, one change at a time; what a change would do, `preview` tells before."""

    def __init__(self, folder: Path, record: Callable[[Entry], None] = lambda entry: None) -> None:
        """`record` puts a change on record before it is made; what it raises keeps the change from being made."""
        self.folder = folder
        self._record = record

    def build(self, national: National, who: str, when: str) -> Entry | None:
        """Keep national rows as the ground of the register; None when the same rows are its ground already."""
        content = store.pack(national)
        entry = Entry(0, "build", who, when, national.source["package"], file=kept_name(content, "json"))
        return self._add(entry, content)

    def apply(self, name: str, content: bytes, rows: Sequence[Row], who: str, when: str) -> Entry | None:
        """Keep a sheet and its rows; None when the same sheet stands. Raises SheetRefused."""
        return self._add(sheet_entry(name, content, rows, who, when), content)

    def undo(self, number: int, who: str, when: str, why: str = "") -> Entry:
        """Take back an entry by another one. Raises UsageError when there is none, SheetRefused when others need it."""
        return self._add(Entry(0, "undo", who, when, undoes=number, why=why), None)

    def _add(self, entry: Entry, content: bytes | None) -> Entry | None:
        """File first, entry last: an entry never names a file that is not there."""
        durable.make_folder(self.folder)
        with durable.lock(self.folder / ".lock"):
            entries = store.history(self.folder)
            if standing(entries, entry):
                return None
            entry = replace(entry, number=len(entries) + 1)
            if content is not None:
                self._keep(entry.file, content)
            store.compiled(self.folder, with_entry(entries, entry))
            self._record(entry)
            written = serial.dumps(entry)
            path = self.folder / "history" / store.entry_name(entry.number, written)
            durable.write_file(path, written)
            return entry

    def _keep(self, name: str, content: bytes) -> None:
        path = self.folder / "files" / name
        if not path.is_file() or path.read_bytes() != content:
            durable.write_file(path, content)


def with_entry(entries: Sequence[Entry], entry: Entry) -> list[Entry]:
    """The history as it would be. Raises UsageError when an undo names nothing that stands."""
    if entry.action == "undo":
        if not any(one.number == entry.undoes for one in entries):
            raise UsageError("units.no_entry", number=entry.undoes, last=len(entries))
        if entry.undoes in store.undone_numbers(entries):
            raise UsageError("units.undone_already", number=entry.undoes)
    return [*entries, entry]


def standing(entries: Sequence[Entry], entry: Entry) -> Entry | None:
    """The entry that did the very same and still stands: the national rows in use, or any sheet with the same bytes."""
    same = [one for one in store.in_force(entries) if one.action == entry.action != "undo"]
    same = same[-1:] if entry.action == "build" else same
    return next((one for one in same if one.file == entry.file), None)


def kept_name(content: bytes, ending: str) -> str:
    """The name under which a file is kept."""
    return f"{hashlib.sha256(content).hexdigest()}.{ending}"


def sheet_entry(name: str, content: bytes, rows: Sequence[Row], who: str = "", when: str = "") -> Entry:
    """The entry of a sheet, not yet numbered."""
    ending = "xlsx" if content[:2] == b"PK" else "csv"
    return Entry(0, "sheet", who, when, name, file=kept_name(content, ending), rows=tuple(rows))
