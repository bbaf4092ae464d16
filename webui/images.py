"""Page images at a few fixed widths. Reads a JPEG of our own making, answers JPEG bytes; nothing is kept on disk."""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path

from PIL import Image

WIDTHS = (160, 480, 900, 1400, 2200)
QUALITY = 82
SMALL = 480
"""Up to this width images are kept in memory for a while: thumbnails are asked for again and again."""


def scaled(path: Path, width: int) -> bytes:
    """JPEG of the image at most `width` pixels wide (one of WIDTHS), never enlarged."""
    return _kept(path, width) if width <= SMALL else _made(path, width)


@lru_cache(maxsize=200)
def _kept(path: Path, width: int) -> bytes:
    return _made(path, width)


def _made(path: Path, width: int) -> bytes:
    with Image.open(path, formats=("JPEG",)) as image:
        if image.width <= width:
            return path.read_bytes()
        height = max(1, round(image.height * width / image.width))
        image.draft("RGB" if image.mode == "RGB" else "L", (width, height))
        out = io.BytesIO()
        image.resize((width, height), Image.Resampling.LANCZOS).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def levels(width: int, height: int) -> list[tuple[int, int, int]]:
    """(width to ask for, its width, its height) of every size worth having, smallest first."""
    sizes = [(wanted, wanted, round(height * wanted / width)) for wanted in WIDTHS[1:] if wanted < width]
    largest = next((wanted for wanted in WIDTHS if wanted >= width), WIDTHS[-1])
    actual = min(width, largest)
    if not sizes or sizes[-1][1] < actual:
        sizes.append((largest, actual, round(height * actual / width)))
    return sizes
