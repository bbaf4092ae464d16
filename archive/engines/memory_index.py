"""The naive index: everything in dictionaries. The reference of the contract suite, and enough for a few boxes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

from archive import serial
from archive.engines.analysis import PAIRS, PHRASES, WHOLE, Analysed, analyse
from archive.engines.sets import SetReader
from archive.errors import EngineError
from archive.model import FACETS, IndexEntry

FILE = "entries.json"


class MemoryReader(SetReader):
    def __init__(self, folder: Path) -> None:
        self._rows = [analyse(entry) for entry in load(folder)]
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
    yield from row.facets.items()
    for field in WHOLE:
        yield from ((field, token) for token in getattr(row, field))
    for field in (*PHRASES, *PAIRS):
        yield from ((field, token) for token in getattr(row, field).split())


def load(folder: Path) -> tuple[IndexEntry, ...]:
    """The entries kept in a folder."""
    try:
        return serial.loads(tuple[IndexEntry, ...], (folder / FILE).read_bytes())
    except (OSError, ValueError, TypeError) as error:
        raise EngineError("search.index_damaged", path=folder, reason=error) from error
