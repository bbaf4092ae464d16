"""Pages of a record and its files: reading, image, original, searchable copy; covered where the actor's sight is.

Where access is granted, whatever cannot be read is damage: IntegrityError, never NotFound.
"""

from __future__ import annotations

import contextlib
import zlib
from collections.abc import Iterator
from functools import partial

from archive.copies.searchable import searchable_pdf
from archive.errors import IntegrityError, KhoError, NotFound, Withheld
from archive.holdings import originals
from archive.holdings.originals import Original
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.lookup import highlight
from archive.lookup.gate import Seen
from archive.lookup.page_image import PageImage
from archive.lookup.search import SearchLookup
from archive.lookup.views import FileText, PageView
from archive.model import Item, PageReading, SourceFile
from archive.queries import Query
from archive.rights import covering
from archive.rights.access import Actor
from archive.rights.personal import COVER, covered, covered_words
from archive.text import clean

LONGEST_TEXT = 20_000
"""Letters of a file's text on one page."""
_UNREADABLE = (KhoError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zlib.error)


@contextlib.contextmanager
def sound(code: str, **values: object) -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise IntegrityError(code, **values) from error


class PageLookup(SearchLookup):
    """The part of the reader that opens pages and files. `_renditions` and `_holdings` are the reader's."""

    _renditions: Renditions
    _holdings: Holdings

    def page(self, actor: Actor | None, item_id: str, number: int, text: str = "") -> PageView:
        """Page `number` (from 1) with the boxes of the query's words. Raises IntegrityError when damaged."""
        seen = self._see(actor, item_id)
        reading = self._reading(seen, number)
        hidden = any(COVER in word.text for word in (*reading.words, *reading.stamps))
        query = self._parsed(text)
        sought = () if query.is_empty else highlight.matching_words(reading.words, query)
        self._record_look(actor, "page", seen, page=number)
        return PageView(
            number,
            reading,
            tuple(reading.words[index].box for index in sought),
            seen.sight.covered and hidden,
        )

    def unread(self, actor: Actor | None, item_id: str) -> list[int]:
        """Numbers of the item's pages that no machine could read; blank pages are none of them."""
        item, scope = self._see(actor, item_id).item, self._required_scope(actor)
        texts = self._catalogue.page_texts([item_id], scope)[item_id]
        return [
            number
            for number, (page, kept) in enumerate(zip(item.pages, texts, strict=False), 1)
            if kept.words.empty and self._is_unread(page.rendition)
        ]

    def _is_unread(self, rendition: str) -> bool:
        with contextlib.suppress(*_UNREADABLE):
            reading = self._renditions.reading(rendition)
            return reading.source == "none" and not reading.blank
        return True

    def _reading(self, seen: Seen, number: int) -> PageReading:
        """The reading as the actor may see it."""
        rendition = _rendition(seen.item, number)
        with sound("error.damaged_page", item=seen.item.id, page=number):
            reading = self._renditions.reading(rendition)
        return covering.reading(reading, covering.known(seen.item)) if seen.sight.covered else reading

    def page_image(self, actor: Actor | None, item_id: str, number: int) -> PageImage:
        """The upright page. Raises IntegrityError when it is missing or damaged."""
        seen = self._see(actor, item_id)
        image = self._image(seen, number)
        self._record_look(actor, "image", seen, page=number)
        return image

    def _image(self, seen: Seen, number: int) -> PageImage:
        rendition = _rendition(seen.item, number)
        with sound("error.damaged_page", item=seen.item.id, page=number):
            path = self._renditions.image_path(rendition)
            reading = self._renditions.reading(rendition) if seen.sight.covered else None
        known = covering.known(seen.item)
        texts = (reading.words, reading.stamps) if reading else ()
        return PageImage(path, tuple(box for words in texts for box in covered_words(words, known)[1]))

    def file_texts(self, actor: Actor | None, item_id: str, text: str = "") -> tuple[FileText, ...]:
        """The texts of an item's files without pages, LONGEST_TEXT letters of each: from the query's first word on.

        Raises IntegrityError when one is missing or damaged.
        """
        seen, query = self._see(actor, item_id), self._parsed(text)
        if not seen.item.texts:
            return ()
        known = covering.known(seen.item)
        hide = partial(covered, known=known) if seen.sight.covered else str
        found = []
        for one in seen.item.texts:
            with sound("error.damaged_original", item=item_id):
                said = hide(clean("\n".join(self._renditions.text(one.rendition).splitlines())))
            found.append(_excerpt(hide(one.name), said, query))
        self._record_look(actor, "view", seen)
        return tuple(found)

    def original(self, actor: Actor | None, item_id: str, index: int) -> Original:
        """Original file `index` (from 0) of an item. Raises IntegrityError rather than serve damaged bytes.

        Raises Withheld where it would show personal numbers that are covered for the actor.
        """
        seen = self._see(actor, item_id)
        if not 0 <= index < len(seen.item.files):
            raise NotFound()
        if self._keeps_files_back(seen):
            raise Withheld("access.on_purpose" if seen.sight.on_purpose else "access.personal", item=item_id)
        file = seen.item.files[index]
        found = self._sound_original(seen, file)
        self._record_item(actor, "original", seen.row, file=file.name, sha256=file.sha256)
        return found

    def _sound_original(self, seen: Seen, file: SourceFile) -> Original:
        """Every byte checked. Raises IntegrityError."""
        with sound("error.damaged_original", item=seen.item.id):
            found = self._found_original(seen, file)
            found.require_sound()
        return found

    def _found_original(self, seen: Seen, file: SourceFile) -> Original:
        return originals.original(self._holdings, seen.row.dossier_id, file)

    def _keeps_files_back(self, seen: Seen) -> bool:
        """Would the original files show personal numbers that are covered for the actor?"""
        return seen.sight.keeps_files_back or (seen.sight.covered and self._stamped(seen.item))

    def _stamped(self, item: Item) -> bool:
        """Is there a personal number in a stamp? Stamps are in no text of the catalogue."""
        with sound("error.damaged_original", item=item.id):
            return any(
                covered_words(self._renditions.reading(page.rendition).stamps)[1] for page in item.pages
            )

    def searchable_pdf(self, actor: Actor | None, item_id: str) -> bytes:
        """Access copy of a document: its page images with the words as invisible text. NotFound without pages."""
        seen = self._see(actor, item_id)
        if not seen.item.pages:
            raise NotFound()
        self._record_item(actor, "pdf", seen.row)
        return searchable_pdf(self._copied_pages(seen))

    def _copied_pages(self, seen: Seen) -> Iterator[tuple[bytes, PageReading]]:
        """(JPEG, reading) of each page, covered where they must be."""
        for number in range(1, len(seen.item.pages) + 1):
            yield self._image(seen, number).jpeg(), self._reading(seen, number)


def _excerpt(name: str, said: str, query: Query) -> FileText:
    marks = highlight.marks(said, query)
    first = max(0, marks[0][0] - LONGEST_TEXT // 10) if marks and marks[0][1] > LONGEST_TEXT else 0
    shown = said[first : first + LONGEST_TEXT]
    inside = tuple(
        (start - first, end - first) for start, end in marks if first <= start and end <= first + len(shown)
    )
    return FileText(name, shown, inside, len(shown) == len(said))


def _rendition(item: Item, number: int) -> str:
    if not 1 <= number <= len(item.pages):
        raise NotFound()
    return item.pages[number - 1].rendition
