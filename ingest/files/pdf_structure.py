"""PDF structure through pikepdf: rewrite what pdfium cannot open, and count before pdfium draws.

pdfium follows forms drawn inside forms without a bound: a page of 3 KB can ask for 10^12 drawings and takes the
process down. Such a page is found here by counting, before it is opened.
"""

from __future__ import annotations

import io
import logging
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from archive.errors import SourceRefused

MAX_DRAWINGS = 100_000
"""Forms drawn on one page, forms within forms counted each time; a busy real page has some hundreds."""

_REPAIR_LIMIT = 256 * 2**20  # a repaired copy is held in memory
_MAX_DEPTH = 24
_DRAW = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")

logging.getLogger("pikepdf").setLevel(logging.CRITICAL)  # its warnings about damage become our Findings

Forms = dict[bytes, pikepdf.Object]


def repaired(path: Path, error: Exception) -> bytes:
    """The document rewritten; pikepdf's recovery differs from pdfium's. Raises SourceRefused."""
    copy = io.BytesIO()
    try:
        with pikepdf.open(path) as document:
            if path.stat().st_size > _REPAIR_LIMIT:
                raise SourceRefused("refused.broken", reason=error) from error
            document.save(copy)
    except pikepdf.PasswordError as locked:
        raise SourceRefused("refused.encrypted") from locked
    except SourceRefused:
        raise
    except Exception as failed:
        raise SourceRefused("refused.broken", reason=str(failed).removeprefix(f"{path}: ")[:200]) from failed
    return copy.getvalue()


def endless_pages(path: Path) -> frozenset[int]:
    """Indexes of pages that draw too much to be opened."""
    with _document(path) as document:
        if document is None:
            return frozenset()
        return frozenset(index for index, page in enumerate(document.pages) if _is_endless(page))


def is_endless(path: Path, index: int) -> bool:
    """Does this page draw too much to be opened?"""
    with _document(path) as document:
        return document is not None and index < len(document.pages) and _is_endless(document.pages[index])


@contextmanager
def _document(path: Path) -> Iterator[pikepdf.Pdf | None]:
    """The document, or None where pikepdf cannot open what pdfium can: nothing is known then."""
    try:
        document = pikepdf.open(path)
        len(document.pages)
    except Exception:
        yield None
        return
    with document:
        yield document


def _is_endless(page: pikepdf.Page) -> bool:
    try:
        return _Counter(page).drawings() > MAX_DRAWINGS
    except (MemoryError, RecursionError):
        return True
    except Exception:  # a part that cannot be read draws nothing
        return False


class _Counter:
    """Counts the forms one page draws; each form is looked at once."""

    def __init__(self, page: pikepdf.Page) -> None:
        self.page = page
        self.inherited = _forms(page.obj.get("/Resources"))
        self.known: dict[tuple[int, int], float] = {}

    def drawings(self) -> float:
        if not any(self._inside(form) for form in self.inherited.values()):
            return len(self.inherited)  # forms that draw no others: no more than the page's own content asks
        streams = self.page.obj.get("/Contents", [])
        streams = [streams] if isinstance(streams, pikepdf.Stream) else list(streams)
        return sum(self._drawn(stream.read_bytes(), self.inherited, 1) for stream in streams)

    def _inside(self, form: pikepdf.Object) -> Forms:
        """The forms a form may draw; one without resources of its own uses the page's."""
        resources = form.get("/Resources")
        return self.inherited if resources is None else _forms(resources)

    def _drawn(self, content: bytes, forms: Forms, depth: int) -> float:
        return sum(self._cost(forms[name], depth) for name in _DRAW.findall(content) if name in forms)

    def _cost(self, form: pikepdf.Object, depth: int) -> float:
        key = form.objgen
        if depth > _MAX_DEPTH:
            return math.inf
        if key not in self.known:
            self.known[key] = math.inf  # met again before it is known: a loop
            inside = self._inside(form)
            self.known[key] = 1 + (self._drawn(form.read_bytes(), inside, depth + 1) if inside else 0)
        return self.known[key]


def _forms(resources: pikepdf.Object | None) -> Forms:
    drawable = resources.get("/XObject") if resources is not None else None
    if drawable is None:
        return {}
    return {name[1:].encode(): thing for name, thing in drawable.items() if thing.get("/Subtype") == "/Form"}
