"""Words stamped in colour in the upper part of a page, read apart from the page's own words.

The page is read without coloured ink, because round seals spoil the words below them. That would also lose the
stamps that grade a document (Nghị định 30/2020/NĐ-CP, Annex I, boxes 10a and 10b), so these are found by their
colour and shape and read by themselves. A page without such a stamp costs only the look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from PIL import Image

from archive.model import Box, Word
from ingest.recognition.reading_order import Token

LOOK_DPI = 100
READ_DPI = 200
UPPER_PART = 0.45
WIDTH_MM, HEIGHT_MM = (9, 95), (3.5, 45)
ROUND_SEAL_MM = 26
MAX_STAMPS = 6
LEAST_INK = 60
"""Fewer dark or coloured pixels at LOOK_DPI are no stamp."""

Read = Callable[[np.ndarray], list[Token]]
"""Reads the words of a small gray image, boxes in its pixels."""


def stamped_words(image: Image.Image, dpi: int, read: Read) -> tuple[Word, ...]:
    """Words of coloured stamps on an upright page, boxes in its pixels, a line number for each stamp's lines."""
    if not _is_coloured(image):
        return ()
    upper = _upper_part(image)
    words: list[Word] = []
    for box in _places(upper, dpi):
        words += _words(upper, box, dpi, read, first_line=words[-1].line + 1 if words else 0)
    return tuple(words)


def may_have_stamp(image: Image.Image, dpi: int) -> bool:
    """Could the upper part of the page bear a stamp? Nothing is read.

    A coloured patch of a text stamp's size; on a page without colours any ink, since none tells a stamp from print.
    """
    upper = _upper_part(image)
    if _is_coloured(image):
        return next(_places(upper, dpi), None) is not None
    scale = LOOK_DPI / dpi
    size = (max(1, round(upper.width * scale)), max(1, round(upper.height * scale)))
    return int((np.asarray(upper.convert("L").resize(size, Image.Resampling.BOX)) < 128).sum()) >= LEAST_INK


def _is_coloured(image: Image.Image) -> bool:
    return image.mode in ("RGB", "RGBA", "P", "CMYK", "YCbCr")


def _upper_part(image: Image.Image) -> Image.Image:
    return image.crop((0, 0, image.width, int(image.height * UPPER_PART))).convert("RGB")


def coloured(pixels: np.ndarray) -> np.ndarray:
    """True where ink is red, blue or violet: strong in colour, whatever the paper's tint."""
    red, green, blue = (pixels[..., channel].astype(np.int16) for channel in range(3))
    paper_red, paper_blue = (int(np.median(channel - green)) for channel in (red, blue))
    spread = np.maximum(red - green - paper_red, np.minimum(blue - green - paper_blue, blue - red))
    return spread > 45


def _places(upper: Image.Image, dpi: int) -> Iterator[Box]:
    """Boxes of coloured patches with the size of a text stamp, in pixels of `upper`, from the top."""
    scale = LOOK_DPI / dpi
    size = (max(1, round(upper.width * scale)), max(1, round(upper.height * scale)))
    mask = coloured(np.asarray(upper.resize(size, Image.Resampling.BOX))).astype(np.uint8)
    if mask.sum() < LEAST_INK:
        return
    joined = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((5, 13), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(joined)
    found = [tuple(int(value) for value in row[:4]) for row in stats[1:] if _stamp_sized(row[2], row[3])]
    for left, top, width, height in sorted(found, key=lambda row: (row[1], row[0]))[:MAX_STAMPS]:
        margin = 3
        corners = (left - margin, top - margin, left + width + margin, top + height + margin)
        x0, y0, x1, y1 = (round(value / scale) for value in corners)
        yield max(0, x0), max(0, y0), min(upper.width, x1), min(upper.height, y1)


def _stamp_sized(width: int, height: int) -> bool:
    across, down = (side / LOOK_DPI * 25.4 for side in (width, height))
    seal = min(across, down) > ROUND_SEAL_MM and max(across, down) < 1.25 * min(across, down)
    return WIDTH_MM[0] <= across <= WIDTH_MM[1] and HEIGHT_MM[0] <= down <= HEIGHT_MM[1] and not seal


def _words(upper: Image.Image, box: Box, dpi: int, read: Read, first_line: int) -> list[Word]:
    scale = READ_DPI / dpi
    patch = upper.crop(box)
    patch = patch.resize(
        (max(1, round(patch.width * scale)), max(1, round(patch.height * scale))), Image.Resampling.BOX
    )
    ink = _without_frame(coloured(np.asarray(patch)).astype(np.uint8))
    page = cv2.copyMakeBorder(
        np.where(ink > 0, 0, 255).astype(np.uint8), 20, 20, 20, 20, cv2.BORDER_CONSTANT, value=255
    )
    tokens = read(page)
    lines = list(dict.fromkeys(token.line for token in tokens))
    return [
        Word(
            token.text, _placed(token.box, box, scale), token.confidence, first_line + lines.index(token.line)
        )
        for token in tokens
        if any(char.isalnum() for char in token.text)
    ]


def _without_frame(ink: np.ndarray) -> np.ndarray:
    """The patch without the straight strokes of a frame, which would be read as letters.

    Without a frame the patch stays as it is: stems of letters are straight strokes, too.
    """
    height, width = ink.shape
    _, labels, stats, _ = cv2.connectedComponentsWithStats(ink)
    # A frame that is a little turned is one component as large as the patch and nearly empty inside.
    hollow = [
        label
        for label, (_, _, across, down, area) in enumerate(stats[1:], start=1)
        if across > 0.8 * width and down > 0.7 * height and area < 0.25 * across * down
    ]
    if not hollow and not _strokes(ink, max(25, int(width * 0.6)), 1).any():
        return ink
    frame = _strokes(ink, max(25, width // 3), 1) | _strokes(ink, 1, max(25, int(height * 0.6)))
    cleaned = ink & (1 - cv2.dilate(frame, np.ones((3, 3), np.uint8)))
    cleaned[np.isin(labels, hollow)] = 0
    return cleaned


def _strokes(ink: np.ndarray, across: int, down: int) -> np.ndarray:
    """Straight strokes at least this long."""
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return cv2.morphologyEx(closed, cv2.MORPH_OPEN, np.ones((down, across), np.uint8))


def _placed(box: Box, patch: Box, scale: float) -> Box:
    left, top, right, bottom = ((side - 20) / scale for side in box)
    return (
        max(0, int(patch[0] + left)),
        max(0, int(patch[1] + top)),
        max(1, int(patch[0] + right)),
        max(1, int(patch[1] + bottom)),
    )
