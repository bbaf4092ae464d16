"""Scanned images through Pillow: TIFF (any number of frames, CCITT G4 included), JPEG, PNG, BMP.

Sizes are checked from the headers before anything is decoded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from PIL import Image, ImageOps

from archive.errors import EngineError, SourceRefused
from archive.model import Finding
from archive.settings import Settings
from ingest.files import tiff
from ingest.files.opened import MAX_PAGES, PageInput, SourceInfo, low_dpi

FORMATS = ("TIFF", "JPEG", "PNG", "BMP")

_SUBFILE, _STRIP_OFFSETS, _STRIP_SIZES, _TILE_OFFSETS, _TILE_SIZES = 254, 273, 279, 324, 325
_REDUCED = 1  # bit of the TIFF subfile type: a small preview of another frame, not a page
_JPEG_END, _JPEG_SCAN = b"\xff\xd9", b"\xff\xda"  # neither can occur inside compressed data
_TAIL = 65536
_COMMON_DPI = (72, 96, 100, 150, 200, 240, 300, 400, 600, 1200)
_A4_LONG_SIDE = 11.69  # inches


def inspect(path: Path, media_type: str, settings: Settings) -> SourceInfo:
    """Count the pages and find the damaged ones. Raises SourceRefused."""
    try:
        with _opened(path, settings) as image:
            if image.format == "TIFF":
                pages, bad, whole = _look_at_frames(image, path, settings)
            else:
                whole = _is_whole(image, path)
                pages, bad = 1, [] if whole else [1]
    except Image.DecompressionBombError as error:
        raise SourceRefused("refused.too_many_pixels", limit=_millions(settings)) from error
    if len(bad) == pages:
        raise SourceRefused("refused.broken", reason="image data incomplete")
    if pages > MAX_PAGES:
        raise SourceRefused("refused.too_many_pages", pages=pages, limit=MAX_PAGES)
    return SourceInfo(media_type, pages, _damage(pages, bad, whole))


def _damage(pages: int, bad: list[int], whole: bool) -> tuple[Finding, ...]:
    """Which pages are lost; "7…" stands for page 7 and an unknown number after it."""
    lost = [str(number) for number in bad] + ([] if whole or bad else [f"{pages + 1}…"])
    return (Finding("file.damaged", "error", values={"pages": ", ".join(lost)}),) if lost else ()


def open_page(path: Path, index: int, settings: Settings) -> PageInput:
    """Frame `index` of an image file, turned as its orientation tag says."""
    with _opened(path, settings) as image:
        if image.format == "TIFF":
            next(islice(_page_frames(image, MAX_PAGES), index, None))
        elif index:
            raise EOFError("no such page")
        if _pixels(image) > settings.page_pixels:
            raise EngineError("page.too_many_pixels", page=index + 1, limit=_millions(settings))
        dpi = _dpi(image)
        image.load()
        with suppress(Exception):  # a broken orientation tag: the page stays as scanned
            ImageOps.exif_transpose(image, in_place=True)
        mapped = getattr(image, "map", None) is not None  # raw pixels still in the file, which may vanish
        return PageInput(plain(image.copy() if mapped else image), dpi, findings=low_dpi(dpi))


@contextmanager
def _opened(path: Path, settings: Settings) -> Iterator[Image.Image]:
    """An image with only its header read. Too many pixels raise DecompressionBombError."""
    Image.MAX_IMAGE_PIXELS = settings.page_pixels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            image = Image.open(path, formats=FORMATS)
        except Image.DecompressionBombWarning as error:
            raise Image.DecompressionBombError(str(error)) from error
        with image:
            yield image


def _look_at_frames(image: Image.Image, path: Path, settings: Settings) -> tuple[int, list[int], bool]:
    """(number of pages, numbers of the damaged ones, is the file whole) of a TIFF."""
    size = path.stat().st_size
    count, whole = tiff.directories(path, MAX_PAGES + 1)
    pages, bad = 0, []
    try:
        for _ in _page_frames(image, count):
            pages += 1
            if _pixels(image) > settings.page_pixels:
                raise Image.DecompressionBombError(f"page {pages}")
            if not _frame_is_whole(image, size):
                bad.append(pages)
    except Image.DecompressionBombError:
        raise
    except Exception:  # a directory that makes no sense: what stands before it is still good
        whole = False
    return pages, bad, whole


def _page_frames(image: Image.Image, count: int) -> Iterator[int]:
    """Go to each of the first `count` frames that is a page; previews are left out."""
    for frame in range(count):
        image.seek(frame)
        if not image.tag_v2.get(_SUBFILE, 0) & _REDUCED:
            yield frame


def _frame_is_whole(image: Image.Image, size: int) -> bool:
    """All pixel data lies inside the file; cheap bilevel frames are decoded as well."""
    tags = image.tag_v2
    starts = tags.get(_STRIP_OFFSETS) or tags.get(_TILE_OFFSETS) or ()
    sizes = tags.get(_STRIP_SIZES) or tags.get(_TILE_SIZES) or ()
    if not starts or any(start + length > size for start, length in zip(starts, sizes, strict=False)):
        return False
    return image.mode != "1" or _succeeds(image.load)


def _is_whole(image: Image.Image, path: Path) -> bool:
    """The file was not cut short: checked by a JPEG's end marker, a PNG's checksums, else by decoding.

    Decoding a JPEG or PNG here would double the cost of opening its page.
    """
    if image.format == "JPEG":
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _TAIL))
            tail = file.read()
        return tail.rfind(_JPEG_END) > tail.rfind(_JPEG_SCAN)
    return _succeeds(image.verify if image.format == "PNG" else image.load)


def _succeeds(step: Callable[[], object]) -> bool:
    try:
        step()
    except Exception:
        return False
    return True


def plain(image: Image.Image) -> Image.Image:
    """The image in mode "1", "L" or "RGB"; transparency on white paper."""
    if image.mode in ("1", "L", "RGB"):
        return image
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        coloured = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(coloured, mask=coloured.getchannel("A"))
        return paper
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("I", "F"):
        low, high = image.getextrema()
        return image.point(lambda value: (value - low) * (255 / ((high - low) or 1))).convert("L")
    return image.convert("RGB")


def _dpi(image: Image.Image) -> int:
    """Resolution from the file; when absent or a mere default, the one that makes the page A4."""
    try:
        declared = round(float(image.info.get("dpi", (0, 0))[0]))
    except (TypeError, ValueError, ArithmeticError):
        declared = 0
    if 100 <= declared <= 1200:
        return declared
    guessed = max(image.size) / _A4_LONG_SIDE
    return min(_COMMON_DPI, key=lambda common: abs(common - guessed))


def _pixels(image: Image.Image) -> int:
    return image.size[0] * image.size[1]


def _millions(settings: Settings) -> str:
    return str(settings.page_pixels // 1_000_000)
