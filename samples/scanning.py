"""One composed page put through signing, ageing and the scanner, by degradation group."""

from __future__ import annotations

import random
from dataclasses import dataclass

import cv2
import numpy as np

from samples import damage, render, stamps
from samples.documents import Document
from samples.layout import Page


@dataclass(frozen=True)
class Scan:
    """`turned` is the clockwise turn that makes the image upright; `skew` in degrees, counter-clockwise."""

    image: np.ndarray
    dpi: int
    group: str
    turned: int
    skew: float


def scan(
    page: Page, verso: Page | None, document: Document, group: str, dpi: int, source: random.Random
) -> Scan:
    """The page as a scanner gives it: RGB, gray for photocopies."""
    image = damage.paper(render.draw(page, dpi), source, yellow=group == "stained")
    _sign(image, page, document, group, dpi, source)
    if group == "photocopy":
        return _copied(image, dpi, source)
    image, angle = _age(image, verso, group, dpi, source)
    turn = source.choice((90, 180, 270)) if group == "rotated" else 0
    return Scan(damage.quarter(image, turn), dpi, group, (360 - turn) % 360, angle)


def _copied(image: np.ndarray, dpi: int, source: random.Random) -> Scan:
    copy = damage.photocopy(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), source, dpi)
    angle = source.uniform(-0.6, 0.6)
    return Scan(damage.skew(damage.grain(copy, source, 4), angle), dpi, "photocopy", 0, angle)


def empty(dpi: int, source: random.Random) -> np.ndarray:
    """A scanned empty sheet."""
    sheet = damage.paper(np.asarray(render.blank(dpi)), source, yellow=False)
    return damage.grain(sheet, source, 2)


def _age(
    image: np.ndarray, verso: Page | None, group: str, dpi: int, source: random.Random
) -> tuple[np.ndarray, float]:
    angle = 0.0
    if group == "stained":
        if verso:
            image = damage.bleed(image, render.draw(verso, dpi), source.uniform(0.10, 0.22))
        image = damage.stain(image, source)
    if group == "skew":
        angle = source.choice((-1, 1)) * source.uniform(0.8, 3.0)
        image = damage.blur(damage.skew(image, angle), 0.5 * dpi / 200)
    return damage.grain(image, source, 6 if group == "skew" else 2.5), angle


def _sign(
    image: np.ndarray, page: Page, document: Document, group: str, dpi: int, source: random.Random
) -> None:
    """Signature, seal and the stamps a page's spots call for."""
    scale = dpi / 72
    at = {name: (x * scale, y * scale) for name, (x, y) in page.spots.items()}
    if "signature" in at and document.number is not None:
        stamps.press(
            image, stamps.signature(source, dpi), at["signature"], source.choice((stamps.BLUE, stamps.BLACK))
        )
        mask = stamps.turned(stamps.seal(document.creator.seal, dpi), source.uniform(-14, 14))
        stamps.press(image, stamps.worn(mask, source, 0.85), at["seal"], stamps.RED)
    for name, label in (("secrecy", document.secrecy), ("urgency", document.urgency)):
        if label and name in at:
            mask = stamps.turned(stamps.boxed([label.upper()], dpi, 14), source.uniform(-2, 2))
            stamps.press(image, stamps.worn(mask, source, 1.0), at[name], stamps.RED)
    if group == "stamped":
        _stamp_over(image, at, document, dpi, source)


def _stamp_over(image: np.ndarray, at: dict, document: Document, dpi: int, source: random.Random) -> None:
    """The receiving office's hand: its registry stamp over the heading, strokes, a second seal on the text."""
    if "incoming" in at:
        x, y = at["incoming"]
        mask = stamps.turned(
            stamps.incoming(source, f"{document.issued:%d/%m/%Y}", dpi), source.uniform(-5, 5)
        )
        where = (x - source.uniform(0, 45) * dpi / 72, y - source.uniform(0, 12) * dpi / 72)
        stamps.press(
            image, stamps.worn(mask, source, 0.85), where, source.choice((stamps.RED, stamps.VIOLET))
        )
    for _ in range(source.randint(1, 3)):
        spot = (source.uniform(0.2, 0.8) * image.shape[1], source.uniform(0.35, 0.8) * image.shape[0])
        stamps.press(image, stamps.stroke(source, dpi), spot, stamps.BLUE)
    spot = (source.uniform(0.25, 0.75) * image.shape[1], source.uniform(0.4, 0.65) * image.shape[0])
    mask = stamps.turned(stamps.seal(document.creator.seal, dpi), source.uniform(-40, 40))
    stamps.press(image, stamps.worn(mask, source, 0.55), spot, stamps.RED)
