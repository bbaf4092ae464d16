"""What is pressed and written on paper: seals, registry and secrecy stamps, signatures, pen strokes.

Each maker returns an ink mask (h, w) of 0..1; `press` lays it on a page image.
"""

from __future__ import annotations

import math
import random

import cv2
import numpy as np
from PIL import Image, ImageDraw

from samples import fonts

RED, VIOLET, BLUE, BLACK = (205, 32, 44), (96, 52, 150), (34, 52, 150), (40, 40, 48)


def press(
    page: np.ndarray, mask: np.ndarray, centre: tuple[float, float], colour: tuple[int, int, int]
) -> None:
    """Ink laid on an RGB page in place, centred at pixel (x, y); what is under it shows through."""
    top, left = round(centre[1] - mask.shape[0] / 2), round(centre[0] - mask.shape[1] / 2)
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + mask.shape[0], page.shape[0]), min(left + mask.shape[1], page.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    ink = mask[y0 - top : y1 - top, x0 - left : x1 - left, None]
    filtered = page[y0:y1, x0:x1] * (np.array(colour, np.float32) / 255)
    page[y0:y1, x0:x1] = (page[y0:y1, x0:x1] * (1 - ink) + filtered * ink).astype(np.uint8)


def worn(mask: np.ndarray, source: random.Random, strength: float) -> np.ndarray:
    """Uneven ink, as rubber leaves it."""
    noise = np.random.default_rng(source.getrandbits(64)).random((12, 12), np.float32)
    patches = cv2.resize(noise, mask.shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.clip(mask * strength * (0.65 + 0.5 * patches), 0, 1)


def turned(mask: np.ndarray, degrees: float) -> np.ndarray:
    image = Image.fromarray((mask * 255).astype(np.uint8)).rotate(
        degrees, Image.Resampling.BILINEAR, expand=True
    )
    return np.asarray(image, np.float32) / 255


def seal(text: str, dpi: int) -> np.ndarray:
    """A round seal of 36 mm: two rings, the name around, a star in the middle."""
    radius = 18 / 25.4 * dpi
    size = round(2 * radius) + 4
    image = Image.new("L", (size, size), 0)
    pen, middle = ImageDraw.Draw(image), size / 2
    for share, share_width in ((1.0, 0.05), (0.66, 0.025)):
        edge = radius * share
        pen.ellipse(
            [middle - edge, middle - edge, middle + edge, middle + edge],
            outline=255,
            width=max(1, round(radius * share_width)),
        )
    points = [(middle + radius * reach * math.sin(n * math.pi / 5), middle - radius * reach * math.cos(n * math.pi / 5))
              for n in range(10) for reach in [0.42 if n % 2 == 0 else 0.17]]  # fmt: skip
    pen.polygon(points, fill=255)
    _around(image, text, middle, radius * 0.83, radius * 0.21)
    return np.asarray(image, np.float32) / 255


def _around(image: Image.Image, text: str, middle: float, radius: float, height: float) -> None:
    """Letters set along a circle, reading clockwise from the lower left."""
    font = fonts.drawn("arimo", "b", height)
    step = min(300 / max(len(text), 1), 17)
    for n, letter in enumerate(text):
        angle = (n - (len(text) - 1) / 2) * step
        glyph = Image.new("L", (round(height * 2),) * 2, 0)
        ImageDraw.Draw(glyph).text((height, height), letter, font=font, fill=255, anchor="mm")
        glyph = glyph.rotate(-angle, Image.Resampling.BILINEAR)
        x = middle + radius * math.sin(math.radians(angle)) - height
        y = middle - radius * math.cos(math.radians(angle)) - height
        image.paste(255, (round(x), round(y)), glyph)


def boxed(lines: list[str], dpi: int, size: float, style: str = "b", minimum: float = 0) -> np.ndarray:
    """Lines of text in a frame; `size` and `minimum` width in points. A line of dots is left for a pen."""
    scale = dpi / 72
    font = fonts.drawn("tinos", style, size * scale)
    wide = max(max(font.getlength(line) for line in lines) + 1.2 * size * scale, minimum * scale)
    high = (len(lines) * 1.35 + 0.5) * size * scale
    image = Image.new("L", (round(wide) + 2, round(high) + 2), 0)
    pen = ImageDraw.Draw(image)
    pen.rectangle([1, 1, image.width - 2, image.height - 2], outline=255, width=max(2, round(1.4 * scale)))
    for n, line in enumerate(lines):
        pen.text((image.width / 2, (n * 1.35 + 0.95) * size * scale), line, font=font, fill=255, anchor="mm")
    return np.asarray(image, np.float32) / 255


def incoming(source: random.Random, day: str, dpi: int) -> np.ndarray:
    """The registry's stamp for incoming mail (Nghị định 30/2020/NĐ-CP, Annex IV)."""
    lines = [
        "CÔNG VĂN ĐẾN",
        f"Số: {source.randint(20, 2400)}........",
        f"Ngày: {day}",
        "Chuyển: ................",
    ]
    return boxed(lines, dpi, 9.5, "r", minimum=110)


def signature(source: random.Random, dpi: int) -> np.ndarray:
    """A quick hand: a few loops and a long final stroke, 45 mm wide."""
    scale = dpi / 25.4
    wide, high = round(48 * scale), round(22 * scale)
    knots = [
        (0.08 + 0.8 * n / 9 + source.uniform(-0.05, 0.05), source.uniform(0.12, 0.88)) for n in range(10)
    ]
    knots += [(0.25, 0.75), (0.98, source.uniform(0.35, 0.6))]
    canvas = np.zeros((high, wide), np.uint8)
    curve = np.array([(x * wide, y * high) for x, y in _smooth(knots)], np.int32)
    cv2.polylines(canvas, [curve.reshape(-1, 1, 2)], False, 255, max(2, round(0.45 * scale)), cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def stroke(source: random.Random, dpi: int) -> np.ndarray:
    """A wavering pen line in the margin or under a sentence."""
    scale = dpi / 25.4
    length = source.randint(25, 70)
    canvas = np.zeros((round(6 * scale), round(length * scale)), np.uint8)
    knots = [(n / 6, 0.5 + source.uniform(-0.25, 0.25)) for n in range(7)]
    curve = np.array([(x * canvas.shape[1], y * canvas.shape[0]) for x, y in _smooth(knots)], np.int32)
    cv2.polylines(canvas, [curve.reshape(-1, 1, 2)], False, 255, max(1, round(0.4 * scale)), cv2.LINE_AA)
    return canvas.astype(np.float32) / 255


def _smooth(knots: list[tuple[float, float]], steps: int = 14) -> list[tuple[float, float]]:
    """Catmull-Rom curve through the knots."""
    padded = [knots[0], *knots, knots[-1]]
    curve = []
    for a, b, c, d in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for n in range(steps):
            t = n / steps
            curve.append(tuple(0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t**2 + (3 * q - p - 3 * r + s) * t**3)
                               for p, q, r, s in zip(a, b, c, d, strict=True)))  # fmt: skip
    return curve
