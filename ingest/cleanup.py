"""Make a scanned page easy to read: pure functions over arrays, no files, no outside tools.

Gray images are uint8, 0 is ink and 255 paper, at the working resolution (`WORK_DPI`) unless said otherwise.
`probe` measures a page cheaply; `clean` applies the steps the probe asks for and says which it took.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from archive.model import Box

WORK_DPI = 200
"""Recognition is as good here as at 300 dots per inch and a third cheaper."""

Gray = np.ndarray
"""Shape (height, width), uint8."""


@dataclass(frozen=True)
class Probe:
    """What a look at the reduced page tells. Shares are of the page's pixels, angles in degrees."""

    colour: float
    ink: float
    skew: float
    paper: float
    unevenness: float
    streaks: float
    specks: float
    sideways: bool

    @property
    def blank(self) -> bool:
        return self.ink < BLANK_INK


BLANK_INK = 0.0004
"""Share of ink below which a page carries no text: a page number alone has about 0.0005."""


@dataclass(frozen=True)
class Cleaned:
    """A gray image ready for recognition. `angle` is the anticlockwise turn in degrees that levelled it."""

    image: Gray
    angle: float
    steps: tuple[str, ...]
    tables: tuple[tuple[Box, ...], ...] = ()
    """The cells of each ruled table, row by row."""


def reduce(pixels: np.ndarray, dpi: int) -> np.ndarray:
    """The page at the working resolution; pages at or below it are left as they are."""
    factor = WORK_DPI / dpi
    if factor > 0.9:
        return pixels
    height, width = pixels.shape[:2]
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def gray_of(pixels: np.ndarray) -> tuple[Gray, float]:
    """Gray image and share of coloured pixels. The red channel is used: red stamps and yellowed paper fade in it."""
    if pixels.ndim == 2:
        return pixels, 0.0
    sample = pixels[::7, ::7].astype(np.int16)
    colour = float(np.mean(np.ptp(sample, axis=2) > 60))
    return cv2.extractChannel(pixels, 0), colour


def probe(gray: Gray, colour: float = 0.0) -> Probe:
    """Measure a page: about 20 ms at the working resolution."""
    small = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    paper = paper_brightness(small)
    flat = cv2.divide(small, paper, scale=255)
    ink = flat < 150
    sideways = line_sharpness(ink) < 0.8 * line_sharpness(ink.T)
    return Probe(
        colour=colour,
        ink=float(ink.mean()),
        skew=skew_angle(np.rot90(ink) if sideways else ink),
        paper=float(np.median(paper)),
        unevenness=float(paper[::4, ::4].std()),
        streaks=streak_share(flat),
        specks=speck_share(ink),
        sideways=sideways,
    )


def line_sharpness(ink: np.ndarray, strip: int = 96) -> float:
    """How strongly ink gathers in level lines. Measured in narrow strips, so skew and columns do not blur it."""
    height, width = ink.shape
    count = max(1, width // strip)
    profile = ink[:, : count * strip].reshape(height, count, -1).mean(axis=2, dtype=np.float32)
    return float(np.square(profile).sum() / (profile.sum() + 1))


def skew_angle(ink: np.ndarray, reach: float = 5.0) -> float:
    """Degrees by which lines fall to the right (positive) or rise (negative), within ±reach."""
    ys, xs = np.nonzero(ink)
    if len(ys) < 200:
        return 0.0
    step = max(1, len(ys) // 40_000)
    ys, xs = ys[::step].astype(np.float32), xs[::step].astype(np.float32)

    def sharpness(angle: float) -> float:
        rows = (ys - xs * np.tan(np.radians(angle)) + ink.shape[1]).astype(np.int32)
        return float(np.square(np.bincount(rows).astype(np.float64)).sum())

    coarse = max(np.arange(-reach, reach + 0.1, 0.5), key=sharpness)
    return float(max(np.arange(coarse - 0.4, coarse + 0.41, 0.1), key=sharpness))


def paper_brightness(gray: Gray) -> Gray:
    """The page without its ink: bright local background, same size."""
    small = cv2.resize(gray, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    small = cv2.dilate(small, np.ones((5, 5), np.uint8))
    small = cv2.medianBlur(small, 5)
    return cv2.resize(small, gray.shape[::-1], interpolation=cv2.INTER_LINEAR)


def streak_share(flat: Gray) -> float:
    """Share of columns in which dark runs are longer than any letter."""
    runs = cv2.morphologyEx(flat, cv2.MORPH_CLOSE, np.ones((61, 1), np.uint8))
    return float(((runs < 215).mean(axis=0) > 0.1).mean())


def speck_share(ink: np.ndarray) -> float:
    """Isolated ink pixels for each ink pixel."""
    mask = ink.astype(np.uint8)
    neighbours = cv2.filter2D(mask, cv2.CV_8U, np.ones((5, 5), np.uint8))
    return float(((neighbours <= 3) & ink).sum() / max(1, ink.sum()))


def level(gray: Gray, angle: float) -> Gray:
    """Turn by `angle` degrees anticlockwise about the centre; new corners are paper."""
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1)
    return cv2.warpAffine(
        gray, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def unlevel(
    box: tuple[int, int, int, int], angle: float, width: int, height: int
) -> tuple[float, float, float, float]:
    """Where a box of the levelled page lies on the page before: its middle line is turned back, its height kept."""
    if not angle:
        return box
    left, top, right, bottom = box
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -angle, 1)
    middle = (top + bottom) / 2
    (x1, y1), (x2, y2) = (matrix @ [x, middle, 1] for x in (left, right))
    half = (bottom - top) / 2
    return x1, min(y1, y2) - half, x2, max(y1, y2) + half


def flatten_paper(gray: Gray) -> Gray:
    return cv2.divide(gray, paper_brightness(gray), scale=250)


def remove_streaks(gray: Gray) -> Gray:
    """Divide every column by its own brightness: dark runs longer than letters turn to paper.

    Text under a gray streak comes back; text under a black one is gone already.
    """
    smooth = cv2.blur(gray, (1, 5))
    columns = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, np.ones((81, 1), np.uint8))
    return cv2.divide(gray, np.maximum(columns, 16), scale=250)


def find_tables(gray: Gray) -> tuple[tuple[tuple[Box, ...], ...], np.ndarray]:
    """The cells of ruled tables, row by row, and a mask of their rules. The page must be level."""
    small = cv2.erode(gray, np.ones((2, 2), np.uint8))[::2, ::2]
    ink = (cv2.divide(small, paper_brightness(small), scale=255) < 170).astype(np.uint8)
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, 31), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((21, 1), np.uint8))
    rules = cv2.dilate(across | down, np.ones((3, 3), np.uint8))
    found = np.zeros_like(rules)
    tables = []
    count, _, boxes, _ = cv2.connectedComponentsWithStats(rules)
    for left, top, width, height, _area in boxes[1:count].tolist():
        part = slice(top, top + height), slice(left, left + width)
        if width > 100 and height > 25 and _rule_count(across[part]) >= 3:
            cells = _cells(rules[part])
            if len(cells) >= 4:
                tables.append(
                    tuple(
                        (2 * (left + l), 2 * (top + t), 2 * (left + r), 2 * (top + b)) for l, t, r, b in cells
                    )
                )
                found[part] |= rules[part]
    mask = cv2.resize(found, gray.shape[::-1], interpolation=cv2.INTER_NEAREST) if tables else found
    return tuple(tables), mask > 0


def _rule_count(across: np.ndarray) -> int:
    """Level rules that run over most of the width."""
    thick = cv2.dilate(across, np.ones((5, 1), np.uint8)).mean(axis=1) > 0.6
    return int(np.count_nonzero(np.diff(thick.astype(np.int8)) == 1))


def _cells(rules: np.ndarray) -> list[Box]:
    """Closed fields between rules, row by row."""
    count, _, boxes, _ = cv2.connectedComponentsWithStats((rules == 0).astype(np.uint8), connectivity=4)
    found = [(l, t, l + w, t + h) for l, t, w, h, _ in boxes[1:count] if w > 10 and h > 8]
    height, width = rules.shape
    found = [c for c in found if not (c[2] - c[0] > 0.9 * width and c[3] - c[1] > 0.9 * height)]
    ordered: list[Box] = []
    while found:
        top = min(found, key=lambda cell: cell[1])
        row = [cell for cell in found if cell[1] < top[1] + 6]
        ordered += sorted(row)
        found = [cell for cell in found if cell not in row]
    return [tuple(int(v) for v in cell) for cell in ordered]


def clean(gray: Gray, look: Probe) -> Cleaned:
    """The steps this page needs, in order."""
    steps: list[str] = []
    angle = 0.0
    if abs(look.skew) >= 0.15:
        angle = look.skew
        gray = level(gray, angle)
        steps.append("level")
    tables, rules = find_tables(gray)
    if tables:
        gray = np.where(rules, np.uint8(255), gray)
        steps.append("rules")
    if look.streaks > 0.002:
        gray = remove_streaks(gray)
        steps.append("streaks")
    gray = flatten_paper(gray)
    steps.append("paper")
    if look.specks > 0.02:
        gray = cv2.medianBlur(gray, 3)
        steps.append("median")
    return Cleaned(gray, angle, tuple(steps), tables)
