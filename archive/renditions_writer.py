"""Write side of the renditions: used by ingest only."""

from __future__ import annotations

from archive import durable
from archive.model import PageReading
from archive.renditions import Renditions, pack


class RenditionsWriter(Renditions):
    """Puts page readings and page images; the image stands before its reading does."""

    def put(self, rendition: str, reading: PageReading, image: bytes) -> None:
        """Keep a reading with its page image (JPEG bytes), durably, image first."""
        durable.write_file(self._path(rendition, ".jpg"), image)
        durable.write_file(self._path(rendition, ".json.gz"), pack(reading))

    def discard(self, rendition: str) -> None:
        """Forget a page, reading first (a quarantined document leaves no trace here)."""
        for suffix in (".json.gz", ".jpg"):
            self._path(rendition, suffix).unlink(missing_ok=True)
