"""From print to scan: paper, stains, bleed-through, crooked feeding, photocopies. RGB or gray arrays in, arrays out."""

from __future__ import annotations

import random

import cv2
import numpy as np

GROUPS = ("clean", "skew", "stained", "stamped", "photocopy", "rotated")
"""Degradation groups, named as in the truth."""


def paper(print_: np.ndarray, source: random.Random, yellow: bool) -> np.ndarray:
    """Gray print on coloured paper with gentle unevenness: RGB."""
    tint = np.array((236, 222, 184) if yellow else (250, 250, 247), np.float32)
    uneven = _patches(source, print_.shape, 9, 0.10 if yellow else 0.02)
    sheet = cv2.multiply(print_, uneven, scale=1 / 255)
    return np.dstack([cv2.convertScaleAbs(sheet, alpha=channel / 255) for channel in tint])


def _patches(source: random.Random, shape: tuple[int, int], cells: int, depth: float) -> np.ndarray:
    """A smooth random field, 255 down to 255 * (1 - depth)."""
    coarse = np.random.default_rng(source.getrandbits(64)).random((cells, cells), np.float32)
    small = cv2.resize(
        255 * (1 - depth * coarse), (shape[1] // 8, shape[0] // 8), interpolation=cv2.INTER_CUBIC
    )
    return cv2.resize(np.clip(small, 0, 255).astype(np.uint8), shape[::-1], interpolation=cv2.INTER_LINEAR)


def stain(page: np.ndarray, source: random.Random) -> np.ndarray:
    """Damp spots and a tide mark."""
    field = np.full((page.shape[0] // 8, page.shape[1] // 8), 255, np.uint8)
    for _ in range(source.randint(2, 5)):
        centre = (source.randrange(field.shape[1]), source.randrange(field.shape[0]))
        axes = (source.randint(8, 50), source.randint(8, 40))
        cv2.ellipse(field, centre, axes, source.randint(0, 180), 0, 360, source.randint(196, 232), -1)
        cv2.ellipse(field, centre, axes, source.randint(0, 180), 0, 360, source.randint(178, 200), 1)
    soft = cv2.resize(cv2.GaussianBlur(field, (0, 0), 2.2), page.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    brown = [
        cv2.addWeighted(soft, share, np.full_like(soft, 255), 1 - share, 0) for share in (0.45, 0.7, 1.0)
    ]
    return cv2.multiply(page, np.dstack(brown), scale=1 / 255)


def bleed(page: np.ndarray, verso: np.ndarray, strength: float) -> np.ndarray:
    """The other side of the sheet shining through, mirrored and soft."""
    ghost = cv2.GaussianBlur(np.fliplr(verso), (0, 0), 1.6)
    ghost = cv2.convertScaleAbs(ghost, alpha=strength, beta=255 * (1 - strength))
    return cv2.multiply(page, np.dstack([ghost] * 3) if page.ndim == 3 else ghost, scale=1 / 255)


def skew(page: np.ndarray, degrees: float) -> np.ndarray:
    """Fed crookedly; the corners show the paper's own colour."""
    high, wide = page.shape[:2]
    matrix = cv2.getRotationMatrix2D((wide / 2, high / 2), degrees, 1.0)
    edge = [
        int(value)
        for value in np.atleast_1d(
            np.median(page[:: high // 40, :: wide // 40].reshape(-1, *page.shape[2:]), axis=0)
        )
    ]
    return cv2.warpAffine(
        page, matrix, (wide, high), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=edge
    )


def grain(page: np.ndarray, source: random.Random, sigma: float) -> np.ndarray:
    """Sensor noise, from a tile that is shifted from page to page."""
    rng = np.random.default_rng(source.getrandbits(64))
    tile = rng.normal(0, sigma, (257, 263))
    light, dark = (np.clip(side, 0, 255).astype(np.uint8) for side in (tile, -tile))
    times = (page.shape[0] // 257 + 1, page.shape[1] // 263 + 1)
    light, dark = (np.tile(side, times)[: page.shape[0], : page.shape[1]] for side in (light, dark))
    if page.ndim == 3:
        light, dark = cv2.merge([light] * 3), cv2.merge([dark] * 3)
    return cv2.subtract(cv2.add(page, light), dark)


def blur(page: np.ndarray, sigma: float) -> np.ndarray:
    return cv2.GaussianBlur(page, (0, 0), sigma)


def photocopy(print_: np.ndarray, source: random.Random, dpi: int) -> np.ndarray:
    """A copy of a copy: uneven toner, vertical streaks from a dirty drum, specks, dark edges. Gray."""
    page = cv2.multiply(blur(print_, 0.6 * dpi / 200), _patches(source, print_.shape, 6, 0.16), scale=1 / 255)
    page = cv2.convertScaleAbs(page, alpha=1.06, beta=2)
    _streaks(page, source, dpi)
    _specks(page, source, dpi)
    edge = round(source.uniform(1.5, 4) / 25.4 * dpi)
    side = slice(0, edge) if source.random() < 0.5 else slice(-edge, None)
    page[:, side] = page[:, side] // 4 + 20
    return page


def _streaks(page: np.ndarray, source: random.Random, dpi: int) -> None:
    for _ in range(source.randint(2, 6)):
        x = source.randrange(page.shape[1] // 20, page.shape[1] - page.shape[1] // 20)
        top, bottom = sorted((source.choice((0, source.randrange(page.shape[0]))), page.shape[0]))
        thick, dark = source.randint(1, max(1, dpi // 90)), source.uniform(0.25, 0.75)
        page[top:bottom, x : x + thick] = (page[top:bottom, x : x + thick] * (1 - dark)).astype(np.uint8)


def _specks(page: np.ndarray, source: random.Random, dpi: int) -> None:
    for _ in range(source.randint(150, 450)):
        centre = (source.randrange(page.shape[1]), source.randrange(page.shape[0]))
        cv2.circle(page, centre, source.randint(0, max(1, dpi // 150)), source.randint(10, 110), -1)


def quarter(page: np.ndarray, clockwise: int) -> np.ndarray:
    """Turned by 0, 90, 180 or 270 degrees clockwise."""
    return np.ascontiguousarray(np.rot90(page, -clockwise // 90))
