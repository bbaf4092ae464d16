"""Machine-made page readings and page images, keyed by content hash and recipe: regenerable, but costly.

Read side; renditions_writer puts them there.

renditions/<recipe>/<sha256[:2]>/<sha256>/<index:04d>.json.gz   the PageReading
                                        <index:04d>.jpg       the upright page image
                                        <index:04d>.failed    there when the page could not be read
A reading is there exactly when its .json.gz is; the image is written before it.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

from archive import serial
from archive.errors import NotFound
from archive.model import PageReading, Word


def key(recipe: str, sha256: str, index: int) -> str:
    """Rendition key of page `index` (from 0) of the file with this digest."""
    return f"{recipe}/{sha256}/{index:04d}"


class Renditions:
    """Read side; opens files read-only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, rendition: str, suffix: str) -> Path:
        recipe, sha256, index = rendition.split("/")
        return self.root / recipe / sha256[:2] / sha256 / (index + suffix)

    def has(self, rendition: str) -> bool:
        return self._path(rendition, ".json.gz").is_file()

    def failed(self, rendition: str) -> bool:
        """Is this reading only the place of a page that could not be read?"""
        return self._path(rendition, ".failed").exists()

    def reading(self, rendition: str) -> PageReading:
        """Raises NotFound when the page has not been read with this recipe."""
        try:
            packed = self._path(rendition, ".json.gz").read_bytes()
        except FileNotFoundError as error:
            raise NotFound(key=rendition) from error
        return unpack(packed)

    def image_path(self, rendition: str) -> Path:
        """JPEG of the upright page. Raises NotFound."""
        path = self._path(rendition, ".jpg")
        if not path.is_file():
            raise NotFound(key=rendition)
        return path


def pack(reading: PageReading) -> bytes:
    """Compact form: words as [text, left, top, right, bottom, confidence, line]."""
    plain = serial.to_plain(replace(reading, words=()))
    plain["words"] = [[word.text, *word.box, round(word.confidence, 1), word.line] for word in reading.words]
    return gzip.compress(json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode(), 5, mtime=0)


def unpack(packed: bytes) -> PageReading:
    """The inverse of `pack`. Words are made directly: there are hundreds on a page."""
    plain = json.loads(gzip.decompress(packed))
    words = tuple(Word(row[0], tuple(row[1:5]), row[5], row[6]) for row in plain["words"])
    return replace(serial.from_plain(PageReading, {**plain, "words": ()}), words=words)
