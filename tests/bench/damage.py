"""Ways in which a scan goes wrong, to see whether the page alarm notices: seeded, on gray or RGB pixels.

Each takes the page's pixels and a random generator and returns pixels of the same shape; those in HIDING also
return where the page before no longer shows. Lengths are shares of the page, so that any resolution is damaged
alike; strengths vary from hardly to hopelessly.
"""

from __future__ import annotations

import cv2
import numpy as np

Pixels = np.ndarray
Hidden = np.ndarray
"""Bool, shape (height, width) of the page before: True where it is covered, cut off or wiped away."""
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


def blots(pixels: Pixels, chance: Chance) -> tuple[Pixels, Hidden]:
    """Ink spilt over the text."""
    spoilt, hidden = pixels.copy(), np.zeros(pixels.shape[:2], np.uint8)
    height, width = pixels.shape[:2]
    for _ in range(chance.integers(3, 12)):
        centre = int(chance.uniform(0.1, 0.9) * width), int(chance.uniform(0.1, 0.9) * height)
        axes = int(chance.uniform(0.03, 0.15) * width), int(chance.uniform(0.02, 0.08) * height)
        shade = int(chance.integers(0, 60))
        colour = shade if pixels.ndim == 2 else (shade, shade, shade)
        angle = float(chance.uniform(0, 180))
        cv2.ellipse(spoilt, centre, axes, angle, 0, 360, colour, -1)
        cv2.ellipse(hidden, centre, axes, angle, 0, 360, 1, -1)
    return spoilt, hidden > 0


def strips(pixels: Pixels, chance: Chance) -> tuple[Pixels, Hidden]:
    """Level bands that the scanner left white, cutting through lines."""
    left, hidden = pixels.copy(), np.zeros(pixels.shape[:2], bool)
    height = pixels.shape[0]
    for _ in range(chance.integers(1, 6)):
        top, high = chance.uniform(0.1, 0.85) * height, chance.uniform(0.01, 0.06) * height
        hidden[int(top) : int(top + high)] = True
    left[hidden] = 255
    return left, hidden


def blurred(pixels: Pixels, chance: Chance) -> Pixels:
    """The sheet moved, or lay out of focus."""
    size = max(3, int(chance.uniform(0.003, 0.012) * pixels.shape[1]))
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1 / size
    turn = cv2.getRotationMatrix2D(((size - 1) / 2, (size - 1) / 2), float(chance.uniform(0, 180)), 1)
    kernel = cv2.warpAffine(kernel, turn, (size, size))
    return cv2.filter2D(pixels, -1, kernel / kernel.sum())


def folded(pixels: Pixels, chance: Chance) -> tuple[Pixels, Hidden]:
    """A corner folded over the text: its back is paper, its edge a shadow."""
    covered, hidden = pixels.copy(), np.zeros(pixels.shape[:2], np.uint8)
    height, width = hidden.shape
    across, down = int(chance.uniform(0.25, 0.8) * width), int(chance.uniform(0.2, 0.6) * height)
    corners = np.array([(0, 0), (across, 0), (0, down)])
    if chance.random() < 0.5:
        corners[:, 0] = width - 1 - corners[:, 0]
    if chance.random() < 0.5:
        corners[:, 1] = height - 1 - corners[:, 1]
    paper = [int(value) for value in np.atleast_1d(np.median(pixels, axis=(0, 1)))]
    cv2.fillPoly(covered, [corners], paper)
    cv2.fillPoly(hidden, [corners], 1)
    shadow = [value * 2 // 3 for value in paper]
    cv2.line(covered, tuple(map(int, corners[1])), tuple(map(int, corners[2])), shadow, 3)
    return covered, hidden > 0


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


def cut(pixels: Pixels, chance: Chance) -> tuple[Pixels, Hidden]:
    """The sheet lay askew on the glass: a side is missing, and with it the ends of lines."""
    hidden = np.zeros(pixels.shape[:2], bool)
    shift = int(chance.uniform(0.12, 0.35) * pixels.shape[1]) * int(chance.choice([-1, 1]))
    moved = np.full_like(pixels, 255)
    if shift > 0:
        moved[:, shift:] = pixels[:, :-shift]
        hidden[:, -shift:] = True
    else:
        moved[:, :shift] = pixels[:, -shift:]
        hidden[:, :-shift] = True
    return moved, hidden


def waved(pixels: Pixels, chance: Chance) -> Pixels:
    """A page bent over the spine of a bound volume."""
    height, width = pixels.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    depth, length = chance.uniform(0.002, 0.012) * height, chance.uniform(0.3, 0.9) * width
    bent = y + (depth * np.sin(2 * np.pi * x / length)).astype(np.float32)
    return cv2.remap(pixels, x, bent, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def faded(pixels: Pixels, chance: Chance) -> Pixels:
    """Ink that has paled all over, on paper with grain."""
    paper, kept = np.median(pixels, axis=(0, 1)), chance.uniform(0.1, 0.4)
    grain = chance.normal(0, 4, pixels.shape[:2])
    pale = paper - (paper - pixels) * kept + (grain if pixels.ndim == 2 else grain[..., None])
    return pale.clip(0, 255).astype(np.uint8)


def shadowed(pixels: Pixels, chance: Chance) -> Pixels:
    """The lid stood open, or a thick volume kept the page off the glass: one side lies in the dark."""
    height, width = pixels.shape[:2]
    across = np.linspace(0, 1, width)[:: int(chance.choice([-1, 1]))]
    light = 1 - chance.uniform(0.6, 1) / (1 + np.exp(25 * (across - chance.uniform(0.1, 0.5))))
    lit = pixels * (light[None, :] if pixels.ndim == 2 else light[None, :, None])
    return (
        (lit + chance.normal(0, 6, (height, width) if pixels.ndim == 2 else (height, width, 1)))
        .clip(0, 255)
        .astype(np.uint8)
    )


def tilted(pixels: Pixels, chance: Chance) -> Pixels:
    """Laid on the glass far from straight; corners leave the image."""
    height, width = pixels.shape[:2]
    angle = chance.uniform(4, 25) * int(chance.choice([-1, 1]))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 0.85)
    paper = [int(value) for value in np.atleast_1d(np.median(pixels, axis=(0, 1)))]
    return cv2.warpAffine(pixels, turn, (width, height), borderValue=paper)


def scribbled(pixels: Pixels, chance: Chance) -> Pixels:
    """Crossed out with a thick pen, loops over the text."""
    spoilt = pixels.copy()
    height, width = pixels.shape[:2]
    for _ in range(chance.integers(1, 6)):
        steps = np.linspace(0, chance.uniform(4, 30) * np.pi, 600)
        x = chance.uniform(0.1, 0.3) * width + steps / steps[-1] * chance.uniform(0.3, 0.6) * width
        y = chance.uniform(0.1, 0.9) * height + np.sin(steps) * chance.uniform(0.01, 0.08) * height
        line = np.stack([x, y], axis=1).astype(np.int32)
        colour = 30 if pixels.ndim == 2 else (30, 30, 60)
        cv2.polylines(spoilt, [line], False, colour, max(2, width // 400))
    return spoilt


def pressed(pixels: Pixels, chance: Chance) -> Pixels:
    """Saved smaller and at the lowest quality on the way."""
    height, width = pixels.shape[:2]
    part = chance.uniform(0.35, 0.8)
    small = cv2.resize(pixels, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(chance.integers(3, 16))])
    return cv2.resize(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), (width, height)).reshape(pixels.shape)


HIDING = (blots, strips, folded, cut)
KINDS = (
    noise, washed, blots, strips, blurred, folded, coarse, mirrored, overlaid, cut, waved, faded, shadowed,
    tilted, scribbled, pressed,
)  # fmt: skip
