"""Machine-made page readings and page images, keyed by content hash and recipe: regenerable, but costly.

Read side; renditions_writer puts them there.

renditions/<recipe>/<sha256[:2]>/<sha256>/<index:04d>.json.gz   digests of image and reading, then the PageReading
                                        <index:04d>.jpg       the upright page image
                                        <index:04d>.failed    there when the page could not be read
                                        <index:04d>.text.gz   of a file without pages: the digest of its text, then that
A reading is there exactly when its .json.gz is; the image is written before it. Nothing damaged is handed out.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from archive import serial
from archive.errors import IntegrityError, NotFound
from archive.model import PageReading, Word

TEXT = "text-1"
"""The recipe of texts of files without pages: the text as its reader gives it."""
JPEG_ENDS = (b"\xff\xd8", b"\xff\xd9")


def key(recipe: str, sha256: str, index: int) -> str:
    """Rendition key of page `index` (from 0) of the file with this digest."""
    return f"{recipe}/{sha256}/{index:04d}"


class Renditions:
    """Read side; opens files read-only.

    Raises NotFound when the page has not been read with this recipe, IntegrityError when reading or image is not what
    was kept; both name the file (`path`).
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, rendition: str, suffix: str) -> Path:
        recipe, sha256, index = rendition.split("/")
        return self.root / recipe / sha256[:2] / sha256 / (index + suffix)

    def files(self, rendition: str) -> list[Path]:
        """What there is of a page, below the root: the image first."""
        paths = [self._path(rendition, suffix) for suffix in (".failed", ".jpg", ".json.gz", ".text.gz")]
        return [path.relative_to(self.root) for path in paths if path.exists()]

    def has(self, rendition: str) -> bool:
        return self._path(rendition, ".json.gz").is_file()

    def failed(self, rendition: str) -> bool:
        """Is this reading only the place of a page that could not be read?"""
        return self._path(rendition, ".failed").exists()

    def reading(self, rendition: str) -> PageReading:
        with _whole(self._path(rendition, ".json.gz")) as packed:
            return unpack(packed, rendition)

    def image_path(self, rendition: str) -> Path:
        """JPEG of the upright page, every byte checked."""
        path = self._path(rendition, ".jpg")
        self._check_image(path, self.check_reading(rendition))
        return path

    def image_size(self, rendition: str) -> int:
        """Bytes of the page image; 0 when it is not there."""
        try:
            return self._path(rendition, ".jpg").stat().st_size
        except FileNotFoundError:
            return 0

    def check(self, rendition: str) -> bool:
        """Every byte of reading and image. False when they are too old to have digests and only seem whole."""
        digests = self.check_reading(rendition)
        self._check_image(self._path(rendition, ".jpg"), digests)
        return bool(digests)

    def check_reading(self, rendition: str) -> dict[str, str]:
        """Every byte of the reading. Returns the digests it states, {} when it is too old to have any."""
        with _whole(self._path(rendition, ".json.gz")) as packed:
            return _opened(packed, rendition)[0]

    def has_text(self, rendition: str) -> bool:
        return self._path(rendition, ".text.gz").is_file()

    def text(self, rendition: str) -> str:
        """The text of a file without pages, every byte checked."""
        with _whole(self._path(rendition, ".text.gz")) as packed:
            digest, _, said = gzip.decompress(packed).partition(b"\n")
            if hashlib.sha256(said).hexdigest().encode() != digest:
                raise ValueError(digest)
            return said.decode()

    @staticmethod
    def _check_image(path: Path, digests: dict[str, str]) -> None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise IntegrityError("error.integrity", path=path) from error
        if digests:
            sound = hashlib.sha256(content).hexdigest() == digests["image"]
        else:
            sound = (content[:2], content[-2:]) == JPEG_ENDS
        if not sound:
            raise IntegrityError("error.integrity", path=path)


@contextlib.contextmanager
def _whole(path: Path) -> Iterator[bytes]:
    """The bytes of a reading; whatever cannot be made of them inside is damage."""
    try:
        yield path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(path=path) from error
    except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, zlib.error) as error:
        raise IntegrityError("error.integrity", path=path) from error


def pack(reading: PageReading, image: bytes, rendition: str = "") -> bytes:
    """Two lines of JSON, compressed: the SHA-256 of the image and of the second line, whose page it is; the reading.

    Words are [text, left, top, right, bottom, confidence, line].
    """
    plain = serial.to_plain(replace(reading, words=()))
    plain["words"] = [[word.text, *word.box, round(word.confidence, 1), word.line] for word in reading.words]
    said = _json(plain)
    digests = {
        "image": hashlib.sha256(image).hexdigest(),
        "reading": hashlib.sha256(said).hexdigest(),
    }
    digests |= {"page": rendition} if rendition else {}
    return gzip.compress(_json(digests) + b"\n" + said, 5, mtime=0)


def pack_text(text: str) -> bytes:
    """The SHA-256 of the text, a line end, the text; compressed."""
    said = text.encode("utf-8", "replace")
    return gzip.compress(hashlib.sha256(said).hexdigest().encode() + b"\n" + said, 5, mtime=0)


def _json(plain: dict) -> bytes:
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()


def _opened(packed: bytes, rendition: str) -> tuple[dict[str, str], bytes]:
    """(digests, JSON of the reading). Readings of the first version are one line without digests.

    Raises ValueError when the reading is not what its digest says, or another page's.
    """
    first, newline, said = gzip.decompress(packed).partition(b"\n")
    digests = json.loads(first)
    if not newline:
        return {}, first
    other = rendition and digests.get("page", rendition) != rendition
    if other or hashlib.sha256(said).hexdigest() != digests["reading"]:
        raise ValueError(digests)
    return digests, said


def unpack(packed: bytes, rendition: str = "") -> PageReading:
    """The reading that `pack` kept. Words are made directly: there are hundreds on a page."""
    plain = json.loads(_opened(packed, rendition)[1])
    words = tuple(Word(row[0], tuple(row[1:5]), row[5], row[6]) for row in plain["words"])
    return replace(serial.from_plain(PageReading, {**plain, "words": ()}), words=words)
