"""Write side of the renditions: used by ingest only."""

from __future__ import annotations

from pathlib import Path

from archive import durable
from archive.errors import IntegrityError
from archive.holdings.renditions import Renditions, pack, pack_text
from archive.model import PageReading


class RenditionsWriter(Renditions):
    """Puts page readings and page images; the image stands before its reading does."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._checked: set[str] = set()

    def has(self, rendition: str) -> bool:
        """Is the page read, and its reading and image as they were kept? A damaged page is to be read again.

        Every byte is checked once in the life of this writer.
        """
        if not super().has(rendition):
            return False
        if rendition not in self._checked:
            try:
                self.check(rendition)
            except IntegrityError:
                return False
            self._checked.add(rendition)
        return True

    def put(self, rendition: str, reading: PageReading, image: bytes, failed: bool = False) -> None:
        """Keep a reading with its page image (JPEG bytes), durably, image first.

        `failed`: the page could not be read, this only keeps its place; the next ingest tries it again.
        """
        mark = self._path(rendition, ".failed")
        if failed:
            durable.write_file(mark, b"")
        durable.write_file(self._path(rendition, ".jpg"), image)
        durable.write_file(self._path(rendition, ".json.gz"), pack(reading, image, rendition))
        if not failed and mark.exists():
            durable.remove_tree(mark)

    def has_text(self, rendition: str) -> bool:
        """Is the text there as it was kept? A damaged one is to be read again."""
        try:
            return super().has_text(rendition) and bool(self.text(rendition))
        except IntegrityError:
            return False

    def put_text(self, rendition: str, text: str) -> None:
        """Keep the text of a file without pages, durably."""
        durable.write_file(self._path(rendition, ".text.gz"), pack_text(text))

    def discard_file(self, sha256: str) -> None:
        """Forget all pages and text of a file, whatever recipe read them: a quarantined document leaves no trace here."""
        for folder in self.root.glob(f"*/{sha256[:2]}/{sha256}"):
            durable.remove_tree(folder)
