"""Ways in which a scan goes wrong, to see whether the page alarm notices: seeded, on gray or RGB pixels.

Each takes the page's pixels and a random generator and returns pixels of the same shape. Lengths are shares of
the page, so that any resolution is damaged alike; strengths vary from hardly to hopelessly.
"""

from __future__ import annotations

import cv2
import numpy as np

Pixels = np.ndarray
Chance = np.random.Generator


def noise(pixels: Pixels, chance: Chance) -> Pixels:
    """Grain of a worn-out sensor, and pepper."""
    grain = chance.normal(0, chance.uniform(50, 120), pixels.shape[:2])
    worn = pixels + (grain if pixels.ndim == 2 else grain[..., None])
    worn[chance.random(pixels.shape[:2]) < chance.uniform(0.02, 0.12)] = 0
    return worn.clip(0, 255).astype(np.uint8)


def washed(pixels: Pixels, chance: Chance) -> Pixels:
    """Half of the page has lost its ink to water: what is left is a shade."""
    height, width = pixels.shape[:2]
    share = (
        np.linspace(-1, 1, height)[:, None] if chance.random() < 0.5 else np.linspace(-1, 1, width)[None, :]
    )
    side = chance.choice([-1, 1])
    wet = 1 / (1 + np.exp(-20 * (side * share + chance.uniform(-0.3, 0.3)))) * np.ones((height, width))
    kept = 1 - wet * chance.uniform(0.8, 0.99)
    kept = kept if pixels.ndim == 2 else kept[..., None]
    paper = np.median(pixels, axis=(0, 1))
    return (paper - (paper - pixels) * kept).clip(0, 255).astype(np.uint8)


def blots(pixels: Pixels, chance: Chance) -> Pixels:
    """Ink spilt over the text."""
    spoilt = pixels.copy()
    height, width = pixels.shape[:2]
    for _ in range(chance.integers(3, 12)):
        centre = int(chance.uniform(0.1, 0.9) * width), int(chance.uniform(0.1, 0.9) * height)
        axes = int(chance.uniform(0.03, 0.15) * width), int(chance.uniform(0.02, 0.08) * height)
        shade = int(chance.integers(0, 60))
        colour = shade if pixels.ndim == 2 else (shade, shade, shade)
        cv2.ellipse(spoilt, centre, axes, float(chance.uniform(0, 180)), 0, 360, colour, -1)
    return spoilt


def strips(pixels: Pixels, chance: Chance) -> Pixels:
    """Level bands that the scanner left white, cutting through lines."""
    gone = pixels.copy()
    height = pixels.shape[0]
    for _ in range(chance.integers(1, 6)):
        top, high = chance.uniform(0.1, 0.85) * height, chance.uniform(0.01, 0.06) * height
        gone[int(top) : int(top + high)] = 255
    return gone


def blurred(pixels: Pixels, chance: Chance) -> Pixels:
    """The sheet moved, or lay out of focus."""
    size = max(3, int(chance.uniform(0.003, 0.012) * pixels.shape[1]))
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1 / size
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), float(chance.uniform(0, 180)), 1)
    kernel = cv2.warpAffine(kernel, turn, (size, size))
    return cv2.filter2D(pixels, -1, kernel / kernel.sum())


def folded(pixels: Pixels, chance: Chance) -> Pixels:
    """A corner folded over the text: its back is paper, its edge a shadow."""
    covered = pixels.copy()
    height, width = pixels.shape[:2]
    across, down = int(chance.uniform(0.25, 0.8) * width), int(chance.uniform(0.2, 0.6) * height)
    corners = np.array([(0, 0), (across, 0), (0, down)])
    if chance.random() < 0.5:
        corners[:, 0] = width - 1 - corners[:, 0]
    if chance.random() < 0.5:
        corners[:, 1] = height - 1 - corners[:, 1]
    paper = [int(value) for value in np.atleast_1d(np.median(pixels, axis=(0, 1)))]
    cv2.fillPoly(covered, [corners], paper)
    shadow = [value * 2 // 3 for value in paper]
    cv2.line(covered, tuple(map(int, corners[1])), tuple(map(int, corners[2])), shadow, 3)
    return covered


def coarse(pixels: Pixels, chance: Chance) -> Pixels:
    """Scanned at the resolution of a screen and enlarged."""
    height, width = pixels.shape[:2]
    small = int(8.27 * chance.uniform(50, 95))
    reduced = cv2.resize(pixels, (small, small * height // width), interpolation=cv2.INTER_AREA)
    return cv2.resize(reduced, (width, height), interpolation=cv2.INTER_CUBIC)


def mirrored(pixels: Pixels, chance: Chance) -> Pixels:
    """Film laid in the wrong way round."""
    return np.ascontiguousarray(pixels[:, ::-1])


def overlaid(pixels: Pixels, chance: Chance) -> Pixels:
    """Two sheets drawn in at once: another text shines through, here the same one upside down or shifted."""
    other = pixels[::-1, ::-1] if chance.random() < 0.5 else np.roll(pixels, chance.integers(20, 600), axis=0)
    strength = chance.uniform(0.4, 1)
    return np.minimum(pixels, 255 - ((255 - other) * strength).astype(np.uint8))


def cut(pixels: Pixels, chance: Chance) -> Pixels:
    """The sheet lay askew on the glass: a side is missing, and with it the ends of lines."""
    shift = int(chance.uniform(0.12, 0.35) * pixels.shape[1]) * int(chance.choice([-1, 1]))
    moved = np.full_like(pixels, 255)
    if shift > 0:
        moved[:, shift:] = pixels[:, :-shift]
    else:
        moved[:, :shift] = pixels[:, -shift:]
    return moved


def waved(pixels: Pixels, chance: Chance) -> Pixels:
    """A page bent over the spine of a bound volume."""
    height, width = pixels.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    depth, length = chance.uniform(0.002, 0.012) * height, chance.uniform(0.3, 0.9) * width
    bent = y + (depth * np.sin(2 * np.pi * x / length)).astype(np.float32)
    return cv2.remap(pixels, x, bent, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


KINDS = (noise, washed, blots, strips, blurred, folded, coarse, mirrored, overlaid, cut, waved)
