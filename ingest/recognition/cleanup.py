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

LONGEST = 3600
"""Side in pixels (A3) beyond which no page is enlarged, whatever resolution it claims."""

FAINT, SHARP = 212, 55
"""Ink darker and steeper than this is text that should have been read: what shines through is paler or softer."""

LETTER = 12.0
"""Usual height in pixels of a line's words at half the working resolution."""

SMALLEST = 32
"""Side in pixels below which an image cannot hold a line of text."""

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
    heads: float = 0.0
    """Do marks and tall letters rise above the lines (+) or hang below (-)? ±0.2 and more in text, within ±1."""
    cut: int = 0
    """Letters that touch the side of the image where most do."""
    solid: float = 0.0
    """Share of the page under dark patches thicker than any letter: blots, tape, photographs."""
    tone: float = 0.0
    """Middling gray of the ink where paper is 255: about 90 in print, 125 when blurred, 170 in carbon copies."""

    @property
    def faint(self) -> bool:
        return self.tone > 145

    @property
    def specky(self) -> bool:
        """Black dots all over, as photocopies have. Coloured and faint pages have grain, which a median would smear."""
        return self.specks > 0.7e-4 and self.colour < 0.001 and not self.faint

    @property
    def blank(self) -> bool:
        return self.ink < BLANK_INK and not self.dark

    @property
    def dark(self) -> bool:
        """A page scanned black: nothing can be read, but it is not blank."""
        return self.paper < 80


BLANK_INK = 2e-5
"""Share of ink, specks apart, below which a page carries nothing: a lone page number has twice as much."""


@dataclass(frozen=True)
class Cleaned:
    """A gray image ready for recognition. `angle` is the anticlockwise turn in degrees that levelled it."""

    image: Gray
    angle: float
    steps: tuple[str, ...]
    tables: tuple[tuple[Box, ...], ...]
    """The cells of each ruled table, row by row."""
    pale: Gray
    """The same at half the size with all its ink, also the palest, on even paper."""


def resized(gray: Gray, dpi: int) -> Gray:
    """The page at the working resolution. Small coarse scans are enlarged; anything near it is left as it is."""
    factor = WORK_DPI / dpi
    if 0.9 < factor < 1.4 or (factor > 1 and max(gray.shape) * factor > LONGEST):
        return gray
    height, width = gray.shape
    size = max(1, round(width * factor)), max(1, round(height * factor))
    return cv2.resize(gray, size, interpolation=cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC)


def halved(gray: Gray) -> Gray:
    return cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def gray_of(pixels: np.ndarray) -> tuple[Gray, float]:
    """Gray image and share of coloured pixels.

    The red channel is taken: red stamps and yellowed paper fade in it. Where blue stamps or pen strokes stand
    beside black text, colour is bleached altogether; a page written in blue keeps its red channel.
    """
    if pixels.ndim == 2:
        return pixels, 0.0
    red = cv2.extractChannel(pixels, 0)
    reds, greens, blues = np.ascontiguousarray(pixels[::7, ::7].reshape(-1, 3).T, np.int16)
    lightest = np.maximum(np.maximum(reds, greens), blues)
    darkest = np.minimum(np.minimum(reds, greens), blues)
    colour = float(np.mean(lightest - darkest > 60))
    blue = np.count_nonzero((blues - reds > 50) & (reds < 150))
    black = np.count_nonzero(lightest < 110)
    if blue < 0.0005 * len(reds) or blue > 0.5 * black:
        return red, colour
    other = cv2.extractChannel(pixels, 2)
    return cv2.addWeighted(cv2.max(red, other), 1.5, cv2.min(red, other), -0.5, 0), colour


def probe(gray: Gray, colour: float = 0.0) -> Probe:
    """Measure a page: about 20 ms at the working resolution."""
    small = halved(gray)
    paper = paper_brightness(small)
    flat = cv2.divide(small, paper, scale=255)
    ink = flat < 150
    specks = speck_share(ink)
    sideways = line_sharpness(ink) < 0.8 * line_sharpness(ink.T)
    level_ink = np.rot90(ink) if sideways else ink
    return Probe(
        colour=colour,
        ink=float(ink.mean()) - specks,
        skew=skew_angle(level_ink),
        paper=float(np.median(paper)),
        unevenness=float(paper[::4, ::4].std()),
        streaks=streak_share(flat),
        specks=specks,
        sideways=sideways,
        heads=heads_up(level_ink),
        cut=letters_cut(ink),
        solid=solid_share(small),
        tone=float(np.median(marks)) if len(marks := flat[flat < 200]) else 0.0,
    )


def line_sharpness(ink: np.ndarray, strip: int = 96) -> float:
    """How strongly ink gathers in level lines. Measured in narrow strips, so skew and columns do not blur it."""
    height, width = ink.shape
    count = max(1, width // strip)
    profile = ink[:, : count * strip].reshape(height, count, -1).mean(axis=2, dtype=np.float32)
    return float(np.square(profile).sum() / (profile.sum() + 1))


FEW_MARKS = 2.0
"""Ink above and below the lines that tells nothing: a full page has about a hundred, a few unmarked capitals one."""


def heads_up(ink: np.ndarray, strip: int = 48, reach: int = 5) -> float:
    """Ink just above the bodies of lines against ink just below, -1..1, for ink at half the working resolution.

    Vietnamese letters carry most of their marks on top, so an upright page is positive, one on its head negative.
    """
    height, width = ink.shape
    count = max(1, width // strip)
    profile = ink[:, : count * strip].reshape(height, count, -1).mean(axis=2, dtype=np.float32)
    highest = cv2.dilate(profile, np.ones((3 * reach, 1), np.uint8))
    bodies = ((profile > 0.6 * highest) & (profile > 0.08)).astype(np.uint8)
    upward = np.zeros((2 * reach + 1, 1), np.uint8)
    upward[reach:] = 1
    above, below = (
        cv2.dilate(bodies, side) > bodies for side in (upward, np.ascontiguousarray(upward[::-1]))
    )
    over, under = float(profile[above & ~below].sum()), float(profile[below & ~above].sum())
    return (over - under) / (over + under) if over + under > FEW_MARKS else 0.0


def letters_cut(ink: np.ndarray, largest: int = 30) -> int:
    """Pieces of the size of letters that touch a side of the page; the side with the most counts."""
    return max(_touching(np.rot90(ink, side)[: largest + 2], largest) for side in range(4))


def _touching(strip: np.ndarray, largest: int) -> int:
    _, _, pieces, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(strip, np.uint8))
    top, wide, high = (
        pieces[1:, cv2.CC_STAT_TOP],
        pieces[1:, cv2.CC_STAT_WIDTH],
        pieces[1:, cv2.CC_STAT_HEIGHT],
    )
    large = np.maximum(wide, high)
    letters = (np.minimum(wide, high) >= 2) & (large >= 5) & (large <= largest)
    return int(np.count_nonzero(letters & (top == 0)))


def solid_share(gray: Gray, thick: int = 12) -> float:
    """Share of the page under dark patches at least `thick` pixels wide. The black surround of a scan is none."""
    paper = np.percentile(gray[::4, ::4], 90)
    dark = cv2.erode((gray < 0.55 * paper).astype(np.uint8), np.ones((thick, thick), np.uint8))
    _, _, patches, _ = cv2.connectedComponentsWithStats(dark)
    left, top, wide, high, area = patches[1:].T
    bottom, right = gray.shape
    apart = np.minimum(np.minimum(left, top), np.minimum(right - left - wide, bottom - top - high)) > thick
    return float(area[apart].sum() / gray.size)


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
    wide = cv2.erode(flat, np.ones((1, 3), np.uint8))  # a streak may slant
    runs = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, np.ones((61, 1), np.uint8))
    return float(((runs < 215).mean(axis=0) > 0.1).mean())


def speck_share(ink: np.ndarray) -> float:
    """Share of the page covered by tiny dots that stand apart from everything else."""
    around = cv2.boxFilter(ink.astype(np.uint8), cv2.CV_16U, (15, 15), normalize=False)
    return float(((around <= 6) & ink).mean())


def letters_covered(pale: Gray, boxes: list[Box]) -> float:
    """Share of the page's letters, as far as they can be told unread, that lie inside the boxes of words, 0..1.

    `pale` as in Cleaned; the boxes are in pixels of the full size. This falls only when text was dropped.
    """
    rows, columns = letters(
        pale, float(np.median([box[3] - box[1] for box in boxes])) / 2 if boxes else LETTER
    )
    inside = np.zeros(pale.shape, bool)
    for left, top, right, bottom in boxes:
        inside[max(0, top // 2 - 1) : bottom // 2 + 2, max(0, left // 2 - 1) : right // 2 + 2] = True
    return float(inside[rows, columns].mean()) if len(rows) else 1.0


def letters(pale: Gray, height: float, sharp: float = SHARP) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of pieces of ink that look like letters of a line as high as `height`.

    Strokes, stamps and rules are of other sizes, specks stand alone, and what shines through has soft edges.
    """
    ink = (pale < FAINT).astype(np.uint8)
    _, labels, pieces, centres = cv2.connectedComponentsWithStats(ink)
    wide, high = pieces[:, cv2.CC_STAT_WIDTH], pieces[:, cv2.CC_STAT_HEIGHT]
    found = (high >= 0.35 * height) & (high <= 1.8 * height) & (wide >= 0.2 * height) & (wide <= 12 * height)
    found &= _sharpness(pale, ink, labels, len(pieces)) >= sharp
    found[0] = False  # the paper
    columns, rows = centres[found].astype(int).T
    in_line = _neighbours(pale.shape, rows, columns, height) >= 2
    return rows[in_line], columns[in_line]


def _neighbours(shape: tuple[int, int], rows: np.ndarray, columns: np.ndarray, height: float) -> np.ndarray:
    """How many of the other points lie on the same line within three times `height`, for each."""
    points = np.zeros(shape, np.float32)
    points[rows, columns] = 1
    reach = 2 * round(3 * height) + 1, 2 * round(0.7 * height) + 1
    return (
        cv2.boxFilter(points, -1, reach, normalize=False, borderType=cv2.BORDER_CONSTANT)[rows, columns] - 1
    )


def _sharpness(pale: Gray, ink: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """How steeply each labelled piece of ink rises from the paper, in gray levels."""
    where = np.nonzero(ink.ravel())[0]
    of, slope = labels.ravel()[where], np.abs(cv2.Laplacian(pale, cv2.CV_16S).ravel()[where])
    return np.bincount(of, slope, count) / np.maximum(1, np.bincount(of, minlength=count))


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


def flatten_paper(gray: Gray, faint: bool = False) -> Gray:
    """Even paper, pure white: grain that stays gray costs time and errors. Faint ink is not bleached with it."""
    return cv2.divide(gray, paper_brightness(gray), scale=255 if faint else 290)


def deepened(gray: Gray) -> Gray | None:
    """A page that looks blank with its ink made black again, when that has the looks of text; else None.

    Ink may fade to an eighth of its darkness. The back of a sheet through which the front shines stays blank.
    """
    flat = flatten_paper(gray, faint=True)
    darkest = float(np.percentile(halved(flat), 1))
    deep = 255 - cv2.convertScaleAbs(255 - flat, alpha=min(8.0, 200 / max(1.0, 255 - darkest)))
    return deep if _has_text(halved(deep)) else None


def _has_text(pale: Gray) -> bool:
    """Sharp letters, in lines or not lost among other marks: grain makes some, anywhere among many specks."""
    count = len(letters(pale, LETTER, sharp=2 * SHARP)[0])
    if count < 20:
        return False
    ink = pale < FAINT
    lines = line_sharpness(ink) / line_sharpness(ink.T)
    marks, _ = cv2.connectedComponents(ink.astype(np.uint8))
    return lines < 0.67 or lines > 1.5 or count > 0.1 * marks


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
                tables.append(tuple(_doubled(cell, left, top) for cell in cells))
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
    found = [
        (x, y, x + wide, y + high)
        for x, y, wide, high, _ in boxes[1:count].tolist()
        if wide > 10 and high > 8
    ]
    height, width = rules.shape
    found = [c for c in found if not (c[2] - c[0] > 0.9 * width and c[3] - c[1] > 0.9 * height)]
    ordered: list[Box] = []
    while found:
        top = min(found, key=lambda cell: cell[1])
        row = [cell for cell in found if cell[1] < top[1] + 6]
        ordered += sorted(row)
        found = [cell for cell in found if cell not in row]
    return ordered


def _doubled(cell: Box, left: int, top: int) -> Box:
    return 2 * (left + cell[0]), 2 * (top + cell[1]), 2 * (left + cell[2]), 2 * (top + cell[3])


def clean(gray: Gray, look: Probe, median: bool | None = None) -> Cleaned:
    """The steps this page needs, in order; `median` overrules the probe's opinion on specks."""
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
    pale = flatten_paper(halved(gray), faint=True)
    gray = flatten_paper(gray, look.faint)
    steps.append("paper")
    if look.specky if median is None else median:
        gray = cv2.medianBlur(gray, 3)
        steps.append("median")
    return Cleaned(gray, angle, tuple(steps), tables, pale)
