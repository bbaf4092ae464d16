"""Composed pages drawn as gray paper images: black print on white, before anything happens to the sheet."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from samples import fonts
from samples.layout import HEIGHT, WIDTH, Page, Rule

INK = 28


def blank(dpi: int) -> Image.Image:
    return Image.new("L", (round(WIDTH * dpi / 72), round(HEIGHT * dpi / 72)), 255)


def draw(page: Page, dpi: int) -> np.ndarray:
    """The page at `dpi` as an array of gray values (height, width)."""
    image, scale = blank(dpi), dpi / 72
    pen = ImageDraw.Draw(image)
    for line in page.lines:
        for piece in line.pieces:
            font = fonts.drawn(page.face, piece.style, line.size * scale)
            pen.text((piece.x * scale, line.baseline * scale), piece.text, font=font, fill=INK, anchor="ls")
    for rule in page.rules:
        _rule(pen, rule, scale)
    return np.asarray(image)


def _rule(pen: ImageDraw.ImageDraw, rule: Rule, scale: float) -> None:
    thick = max(1, round(rule.width * scale))
    if not rule.dashed:
        pen.line([value * scale for value in (rule.x0, rule.y0, rule.x1, rule.y1)], fill=INK, width=thick)
        return
    x = rule.x0
    while x < rule.x1:
        pen.line(
            [x * scale, rule.y0 * scale, min(x + 5, rule.x1) * scale, rule.y1 * scale], fill=INK, width=thick
        )
        x += 7
