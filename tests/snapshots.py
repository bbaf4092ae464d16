"""An invented system as a snapshot without any form: its tables straight from memory, its files on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from ingest.snapshots.source import Blob, Cell, Column, Row, Table
from samples.systems.model import Kept, Made

DATA = "du-lieu.bin"
"""Stands for the database: it holds the bytes of all blobs, one after the other."""


def laid(made: Made, folder: Path) -> dict[bytes, str]:
    """Write what the snapshot's folder holds; returns where each blob is."""
    places: dict[bytes, str] = {}
    held = bytearray(b"du lieu ")
    for table in made.tables.values():
        for row in table.rows:
            for kept in row:
                if isinstance(kept, bytes) and kept not in places:
                    places[kept] = f"{DATA}!range={len(held)}-{len(held) + len(kept)}"
                    held += kept
    held += hashlib.sha256(repr([table.rows for table in made.tables.values()]).encode()).digest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DATA).write_bytes(held)
    for name, content in made.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return places


class MadeSource:
    kind = "made"

    def __init__(self, made: Made, places: dict[bytes, str]) -> None:
        self.made, self.places = made, places

    def __enter__(self) -> MadeSource:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def tables(self) -> tuple[Table, ...]:
        return tuple(
            Table(
                name,
                tuple(Column(*column) for column in table.columns.items()),
                len(table.rows),
                "",
                table.key,
                table.foreign,
            )
            for name, table in self.made.tables.items()
        )

    def rows(self) -> Iterator[Row]:
        for name, table in self.made.tables.items():
            for number, row in enumerate(table.rows, 1):
                cells = dict(zip(table.columns, map(self._cell, row), strict=True))
                yield Row(name, number, cells, f"{DATA}#{name}/{number}")

    def _cell(self, kept: Kept) -> Cell:
        if isinstance(kept, bytes):
            return Blob(self.places[kept], len(kept))
        if kept is None or isinstance(kept, str):
            return kept
        if isinstance(kept, datetime):
            return kept.strftime("%d/%m/%Y %H:%M:%S")
        return kept.strftime("%d/%m/%Y") if isinstance(kept, date) else str(kept)

    def findings(self) -> tuple:
        return ()

    def encodings(self) -> tuple[str, ...]:
        return ("utf-8",)
