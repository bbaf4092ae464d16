"""Building an index on Whoosh. Used by publish only.

Its quirks: lists are taken as finished tokens; it cannot delete what it has not yet committed.
"""

from __future__ import annotations

from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.fields import ID, KEYWORD, NUMERIC, TEXT, Schema

from archive.engines import links
from archive.engines.analysis import NUMBERS, PAIRS, PHRASES, WHOLE, Analysed, analyse
from archive.engines.whoosh_index import WhooshReader, engine_errors
from archive.model import FACETS, IndexEntry

MEMORY_MB = 128


def _schema() -> Schema:
    return Schema(
        id=ID(unique=True, sortable=True),
        **{name: KEYWORD() for name in (*WHOLE, *PAIRS)},
        **{name: ID(sortable=True) for name in FACETS},
        **{name: TEXT(phrase=True) for name in PHRASES},
        **{name: NUMERIC(int, bits=64, sortable=True) for name in NUMBERS},
    )


def _document(row: Analysed) -> dict[str, object]:
    document: dict[str, object] = {"id": row.id} | {name: list(getattr(row, name)) for name in WHOLE}
    document |= {name: row.facets.get(name, "") for name in FACETS}
    document |= {name: getattr(row, name).split() for name in (*PHRASES, *PAIRS)}
    return document | {name: getattr(row, name) for name in NUMBERS}


class WhooshWriter:
    """Adds segments to those of the previous index, whose files are shared and never changed."""

    def __init__(self, folder: Path, previous: Path | None) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        with engine_errors(folder):
            self._index = self._open(previous)
        self._begin()

    def _open(self, previous: Path | None) -> whoosh_index.Index:
        if previous is None:
            return whoosh_index.create_in(str(self._folder), _schema())
        links.start_from(previous, self._folder, immutable=lambda name: name.endswith(".seg"))
        return whoosh_index.open_dir(str(self._folder))

    def _begin(self) -> None:
        self._writer = self._index.writer(limitmb=MEMORY_MB)
        self._pending: set[str] = set()

    def add(self, entry: IndexEntry) -> None:
        self.remove(entry.id)
        with engine_errors(self._folder):
            self._writer.add_document(**_document(analyse(entry)))
        self._pending.add(entry.id)

    def remove(self, item_id: str) -> None:
        with engine_errors(self._folder):
            if item_id in self._pending:
                self._writer.commit(merge=False)
                self._begin()
            if self._index.doc_count_all():
                self._writer.delete_by_term("id", item_id)

    def commit(self) -> None:
        with engine_errors(self._folder):
            self._writer.commit()
        for lock in self._folder.glob("*LOCK"):
            lock.unlink()


class WhooshEngine:
    name = "whoosh"

    def open_writer(self, folder: Path, previous: Path | None) -> WhooshWriter:
        return WhooshWriter(folder, previous)

    def open_reader(self, folder: Path) -> WhooshReader:
        return WhooshReader(folder)
