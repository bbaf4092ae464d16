"""Index on Whoosh, for machines where no compiled engine runs. Usable up to about 25,000 pages; linear beyond.

Its quirks: an index is unpickled, so treat one as code (digests are verified before a generation is opened); a
searcher belongs to one thread; its filters fail open when empty and its counts ignore them, so only posting lists
and columns are read here and combined by SetReader; a damaged table of contents raises any error at all.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from pickle import UnpicklingError

from whoosh import index as whoosh_index
from whoosh import query as engine_query
from whoosh.index import IndexError as WhooshError

from archive import text
from archive.engines.analysis import PAIRS_OF
from archive.engines.sets import SetReader
from archive.errors import EngineError

MOST_PAGES = 25_000
"""Beyond this, queries take longer than a third of a second: use Tantivy."""


class WhooshReader(SetReader):
    def __init__(self, folder: Path) -> None:
        with engine_errors(folder):
            self._index = whoosh_index.open_dir(str(folder), readonly=True)
        self._local = threading.local()
        self._columns: dict[str, list] = {}
        self._loading = threading.Lock()

    @property
    def _searcher(self):
        """This thread's own searcher."""
        if not hasattr(self._local, "searcher"):
            self._local.searcher = self._index.searcher()
        return self._local.searcher

    def count(self) -> int:
        return self._searcher.doc_count()

    def _known(self, field: str, token: str) -> bool:
        return (field, token) in self._searcher.reader()

    def _everything(self) -> Set[int]:
        return set(self._searcher.reader().all_doc_ids())

    def _with_token(self, field: str, token: str) -> Set[int]:
        return set(engine_query.Term(field, token).docs(self._searcher))

    def _with_phrase(self, field: str, tokens: tuple[str, ...]) -> Set[int]:
        """Positions are slow to read here: the syllable pairs answer, or leave few entries to look into."""
        name = PAIRS_OF.get(field)
        pairs = text.pairs([text.fold(token) for token in tokens]) if name else []
        if len(pairs) == 1 and field.endswith("_folded"):
            return self._with_token(name, pairs[0])
        narrowed = [engine_query.Term(name, pair) for pair in pairs]
        return set(
            engine_query.And([*narrowed, engine_query.Phrase(field, list(tokens))]).docs(self._searcher)
        )

    def _starting(self, field: str, start: str) -> Iterable[str]:
        return [token.decode() for token in self._searcher.reader().expand_prefix(field, start)]

    def _dated(self, first: int, last: int) -> Set[int]:
        begins, ends = self._values("first"), self._values("last")
        return {n for n in self._everything() if begins[n] and begins[n] <= last and first <= ends[n]}

    def _column(self, name: str, number: int) -> str | int:
        return self._values(name)[number]

    def _values(self, name: str) -> list:
        """A whole column, read once for all threads."""
        with self._loading:
            if name not in self._columns:
                column = self._searcher.reader().column_reader(name)
                self._columns[name] = [column[n] for n in range(self._searcher.reader().doc_count_all())]
            return self._columns[name]


@contextlib.contextmanager
def engine_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except (WhooshError, OSError, EOFError, ValueError, TypeError, UnpicklingError) as error:
        raise EngineError("search.index_damaged", path=folder, reason=error) from error
