"""Probe and clean-up steps on drawn pages: each step mends its own damage and leaves a clean page alone."""

import cv2
import numpy as np
import pytest

from ingest.recognition import cleanup


def page(height: int = 2200, width: int = 1600) -> np.ndarray:
    """White page with lines of letter-like strokes at 200 dpi: stems of 18 pixels, rows of 44."""
    image = np.full((height, width), 255, np.uint8)
    chance = np.random.default_rng(1)
    for top in range(200, height - 200, 44):
        for left in range(180, width - 180, 14):
            if chance.random() < 0.8:
                image[top + chance.integers(0, 6) : top + 18, left : left + 3] = 0
                image[top + 15 : top + 18, left : left + 9] = 0
    return image


def colour(gray: np.ndarray) -> np.ndarray:
    return np.repeat(gray[..., None], 3, axis=2)


@pytest.mark.parametrize(("dpi", "expected"), [(300, (2200, 1600)), (200, (3300, 2400)), (600, (1100, 800))])
def test_pages_are_brought_to_the_working_resolution(dpi, expected):
    assert cleanup.resized(page(3300, 2400), dpi).shape == expected


def test_coarse_scans_are_enlarged_but_never_beyond_a_page():
    assert cleanup.resized(page(1100, 800), 100).shape == (2200, 1600)
    assert cleanup.resized(page(3300, 2400), 72).shape == (3300, 2400)


def test_a_clean_page_needs_little():
    cleaned = cleanup.clean(page(), cleanup.probe(page()))
    assert cleaned.steps == ("paper",) and cleaned.angle == 0 and cleaned.tables == ()


@pytest.mark.parametrize("angle", [-3.0, -0.8, 0.5, 2.4])
def test_skew_is_found_and_levelled(angle):
    skewed = cleanup.level(page(), angle)
    look = cleanup.probe(skewed)
    assert abs(look.skew + angle) < 0.2 and not look.sideways
    assert abs(cleanup.probe(cleanup.level(skewed, look.skew)).skew) < 0.2


def test_sideways_pages_are_suspected():
    assert cleanup.probe(np.ascontiguousarray(np.rot90(page()))).sideways


def test_blank_pages_are_known_even_when_dirty():
    chance = np.random.default_rng(2)
    paper = (225 + chance.normal(0, 6, (2200, 1600))).clip(0, 255).astype(np.uint8)
    assert cleanup.probe(paper).blank
    assert not cleanup.probe(page()).blank
    number = np.full((2200, 1600), 255, np.uint8)
    number[100:130, 780:800] = 0
    number[100:130, 810:830] = 0
    assert not cleanup.probe(number).blank, "a page number is text"


@pytest.mark.parametrize("shade", [40, 110])
def test_streaks_go_and_letters_stay(shade):
    streaked = page()
    streaked[:, 500:503] = np.minimum(streaked[:, 500:503], shade)
    look = cleanup.probe(streaked)
    assert look.streaks > 0.002
    cleaned = cleanup.clean(streaked, look)
    assert "streaks" in cleaned.steps
    between = cleaned.image[224:240, 495:508]
    assert between.min() > 180, "the streak is gone between the lines"
    letters = (page()[:, 600:1400] < 128).mean()
    assert (cleaned.image[:, 600:1400] < 128).mean() == pytest.approx(letters, rel=0.1)


def test_uneven_paper_becomes_white():
    shade = np.linspace(0.55, 1, 1600)[None, :]
    cleaned = cleanup.flatten_paper((page() * shade).astype(np.uint8))
    assert np.median(cleaned[:, :200]) == np.median(cleaned[:, -200:]) == 255


def test_faint_ink_is_not_bleached():
    faint = np.where(page() == 0, np.uint8(165), np.uint8(230))
    look = cleanup.probe(faint)
    assert look.faint and not cleanup.probe(page()).faint
    assert cleanup.clean(faint, look).image[page() == 0].mean() < 190


def test_red_and_blue_stamps_fade_and_black_text_stays():
    for ink in ((215, 30, 40), (50, 50, 180)):
        pixels = colour(page())
        cv2.circle(pixels, (800, 1000), 200, ink, 12)
        gray, share = cleanup.gray_of(pixels)
        ring = gray[1000 - 3 : 1000 + 3, 997:1003]
        assert share > 0
        clear = page()[997:1003, 997:1003] == 255
        assert ring[clear].min() > 190
        assert gray[page() == 0].mean() < 60


def test_text_written_in_blue_is_kept():
    pixels = np.where(colour(page()) == 0, np.array([40, 40, 150], np.uint8), np.uint8(255))
    gray, _ = cleanup.gray_of(pixels)
    assert gray[page() == 0].max() < 100


def test_cells_of_a_ruled_table_come_row_by_row():
    drawn = page()
    drawn[900:1300, 300:1300] = 255
    for y in (900, 1000, 1150, 1300):
        drawn[y : y + 3, 300:1303] = 0
    for x in (300, 500, 1300):
        drawn[900:1300, x : x + 3] = 0
    (cells,), rules = cleanup.find_tables(drawn)
    assert [(round(c[0], -1), round(c[1], -1)) for c in cells] == [
        (300, 900),
        (510, 900),
        (300, 1000),
        (510, 1000),
        (300, 1150),
        (510, 1150),
    ] or [
        (abs(c[0] - x) < 12 and abs(c[1] - y) < 12)
        for c, (x, y) in zip(
            cells, [(300, 900), (500, 900), (300, 1000), (500, 1000), (300, 1150), (500, 1150)], strict=True
        )
    ] == [True] * 6
    assert rules[950, 301] and not rules[950, 700]


def test_streaks_and_underlines_are_no_table():
    drawn = page()
    drawn[:, 400:403] = 0
    drawn[:, 1200:1203] = 0
    drawn[300:303, 380:700] = 0
    assert cleanup.find_tables(drawn)[0] == ()


def test_dropped_text_is_noticed_and_stamps_are_not():
    drawn = page()
    rows = [(170, top - 4, 1430, top + 20) for top in range(200, 2000, 44)]
    assert cleanup.letters_covered(cleanup.halved(drawn), rows) > 0.99
    assert cleanup.letters_covered(cleanup.halved(drawn), rows[:-4]) < 0.95
    cv2.circle(drawn, (800, 2100), 60, 0, 5)
    assert cleanup.letters_covered(cleanup.halved(drawn), rows) > 0.99


def test_a_box_is_turned_back_where_it_came_from():
    left, top, right, bottom = cleanup.unlevel((100, 100, 200, 130), 2.0, 1600, 2200)
    dot = np.zeros((2200, 1600), np.uint8)
    dot[113:118, 148:153] = 255
    original = cv2.warpAffine(dot, cv2.getRotationMatrix2D((800, 1100), -2.0, 1), (1600, 2200))
    y, x = np.argwhere(original > 100).mean(axis=0)
    assert left < x < right and top < y < bottom
    assert bottom - top < 40


def test_letters_cut_by_a_side_are_counted():
    ink = page() == 0
    assert cleanup.letters_cut(ink) == 0
    for side in (ink[:, 296:], ink[:, :704], ink[210:], ink[:1972]):
        assert cleanup.letters_cut(side) > 20
    framed = ink.copy()
    framed[:, :40] = framed[:20] = True
    assert cleanup.letters_cut(framed) == 0, "the black surround of a scan is no letter"


def test_blots_are_solid_and_letters_stamps_and_surrounds_are_not():
    drawn = page()
    cv2.circle(drawn, (800, 1000), 150, 0, 8)
    drawn[:, :60] = 0
    assert cleanup.solid_share(drawn) == 0
    cv2.circle(drawn, (800, 1000), 150, 0, -1)
    assert 0.01 < cleanup.solid_share(drawn) < 0.03


def test_pale_text_that_was_dropped_is_noticed():
    drawn = page()
    drawn[1200:][drawn[1200:] == 0] = 180
    rows = [(170, top - 4, 1430, top + 20) for top in range(200, 1200, 44)]
    assert cleanup.letters_covered(cleanup.halved(drawn), rows) < 0.7


def through_the_paper(drawn: np.ndarray, strength: float = 0.15) -> np.ndarray:
    """The page's back: its print shines through, mirrored, pale and soft."""
    soft = cv2.GaussianBlur(drawn[:, ::-1], (0, 0), 2).astype(float)
    return (255 - (255 - soft) * strength).astype(np.uint8)


def test_what_shines_through_is_no_text_that_was_dropped():
    drawn = page()
    rows = [(170, top - 4, 1430, top + 20) for top in range(200, 2000, 44)]
    behind = cleanup.halved(np.minimum(drawn, np.roll(through_the_paper(drawn, 0.25), 22, axis=0)))
    assert cleanup.letters_covered(behind, rows) > 0.99


def test_a_faded_page_is_deepened_and_the_back_of_a_page_stays_blank():
    drawn = page()
    faded = (235 - (255 - drawn.astype(float)) * 0.15).astype(np.uint8)
    assert cleanup.probe(faded).blank
    deep = cleanup.deepened(faded)
    assert deep is not None and not cleanup.probe(deep).blank and deep.min() < 80
    assert cleanup.deepened(through_the_paper(drawn)) is None
    for grain in (0, 3, 6, 8, 12):
        paper = np.random.default_rng(grain).normal(235, grain, drawn.shape)
        assert cleanup.deepened(paper.clip(0, 255).astype(np.uint8)) is None
