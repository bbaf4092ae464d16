"""The naive index: everything in dictionaries. The reference of the contract suite, and enough for a few boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from archive import durable, serial
from archive.engines.analysis import Analysed, analyse
from archive.engines.sets import SetReader
from archive.errors import EngineError
from archive.model import FACETS, IndexEntry

_FILE = "entries.json"
_TEXTS = (
    "described",
    "title_exact",
    "title_folded",
    "title_pairs",
    "body_exact",
    "body_folded",
    "body_pairs",
)


class MemoryWriter:
    """Keeps all entries and writes them as one file."""

    def __init__(self, folder: Path, previous: Path | None) -> None:
        self._folder = folder
        self._entries = {entry.id: entry for entry in _load(previous)} if previous else {}

    def add(self, entry: IndexEntry) -> None:
        self.remove(entry.id)
        self._entries[entry.id] = entry

    def remove(self, item_id: str) -> None:
        self._entries.pop(item_id, None)

    def commit(self) -> None:
        durable.write_file(self._folder / _FILE, serial.dumps(list(self._entries.values())))


class MemoryReader(SetReader):
    def __init__(self, entries: Sequence[IndexEntry]) -> None:
        super().__init__()
        self._rows = [analyse(entry) for entry in entries]
        self._postings: dict[tuple[str, str], set[int]] = defaultdict(set)
        for number, row in enumerate(self._rows):
            for field, token in _terms(row):
                self._postings[field, token].add(number)
        self._postings.default_factory = None

    def count(self) -> int:
        return len(self._rows)

    def _known(self, field: str, token: str) -> bool:
        return (field, token) in self._postings

    def _everything(self) -> Set[int]:
        return set(range(len(self._rows)))

    def _with_token(self, field: str, token: str) -> Set[int]:
        return self._postings.get((field, token), set())

    def _with_phrase(self, field: str, tokens: tuple[str, ...]) -> Set[int]:
        found = self._everything().intersection(*(self._with_token(field, token) for token in tokens))
        wanted = f" {' '.join(tokens)} "
        return {number for number in found if wanted in f" {getattr(self._rows[number], field)} "}

    def _starting(self, field: str, start: str) -> Iterable[str]:
        return [token for known, token in self._postings if known == field and token.startswith(start)]

    def _dated(self, first: int, last: int) -> Set[int]:
        return {
            n for n, row in enumerate(self._rows) if row.first and row.first <= last and first <= row.last
        }

    def _column(self, name: str, number: int) -> str | int:
        row = self._rows[number]
        return row.facets.get(name, "") if name in FACETS else getattr(row, name)


def _terms(row: Analysed) -> Iterator[tuple[str, str]]:
    yield from (("scope", term) for term in row.scope)
    yield from (("code", code) for code in row.codes)
    yield from row.facets.items()
    for field in _TEXTS:
        yield from ((field, token) for token in getattr(row, field).split())


def _load(folder: Path) -> list[IndexEntry]:
    try:
        return serial.loads(tuple[IndexEntry, ...], (folder / _FILE).read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise EngineError("search.index_damaged", path=folder, reason=error) from error


class MemoryEngine:
    name = "memory"

    def open_writer(self, folder: Path, previous: Path | None) -> MemoryWriter:
        return MemoryWriter(folder, previous)

    def open_reader(self, folder: Path) -> MemoryReader:
        return MemoryReader(_load(folder))
