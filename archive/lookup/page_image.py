"""The image of a page as an actor may see it: scaled, with personal numbers painted over. Nothing is kept on disk."""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw

from archive.model import Box

QUALITY = 82
SMALL = 480
"""Up to this width images are kept in memory for a while: thumbnails are asked for again and again."""
COVER = (40, 40, 40)
MARGIN = 0.15
"""Painted around a covered word, as a share of its height: boxes may cut off strokes."""


@dataclass(frozen=True)
class PageImage:
    """A page's JPEG on disk and the boxes to cover in it, in pixels of the whole image.

    The bytes leave only through `jpeg`, so nobody can forget the covering.
    """

    _path: Path
    _covered: tuple[Box, ...] = ()

    def jpeg(self, width: int | None = None) -> bytes:
        """The image at most `width` pixels wide, never enlarged. Raises OSError, ValueError or SyntaxError if damaged."""
        small = width is not None and width <= SMALL
        return _kept(self._path, self._covered, width) if small else _made(self._path, self._covered, width)


@lru_cache(maxsize=200)
def _kept(path: Path, covered: tuple[Box, ...], width: int) -> bytes:
    return _made(path, covered, width)


def _made(path: Path, covered: tuple[Box, ...], width: int | None) -> bytes:
    with Image.open(path, formats=("JPEG",)) as image:
        narrow = width is not None and image.width > width
        if not covered and not narrow:
            return path.read_bytes()
        full = image.size
        target = (width, max(1, round(full[1] * width / full[0]))) if narrow else full
        if narrow:
            image.draft("RGB" if image.mode == "RGB" else "L", target)
        image = image.resize(target, Image.Resampling.LANCZOS) if narrow else image.copy()
    _paint(image, covered, target[0] / full[0])
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _paint(image: Image.Image, covered: tuple[Box, ...], scale: float) -> None:
    draw = ImageDraw.Draw(image)
    fill = COVER if image.mode == "RGB" else COVER[0]
    for left, top, right, bottom in covered:
        margin = MARGIN * (bottom - top)
        corners = ((left - margin, top - margin), (right + margin, bottom + margin))
        draw.rectangle([(x * scale, y * scale) for x, y in corners], fill=fill)
