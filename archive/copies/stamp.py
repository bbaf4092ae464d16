"""The strip above each page of a stamped copy: "bản sao", whose, for whom and when, as an image of one line. Pure.

It stands beside the page, not on it: nothing of the scan is covered. Type and size after Nghị định 30/2020/NĐ-CP, Phụ lục I,
Phần II (form of copy, organisation, time above the first page at the right, 10 points).
"""

from __future__ import annotations

from functools import cache

from PIL import Image, ImageDraw, ImageFont

from archive.errors import ToolMissing

DPI, POINTS, HEIGHT = 300, 10, 20
"""Resolution of the strip; size of its letters and its height in points."""
_FONTS = ("Tinos-Regular.ttf", "LiberationSerif-Regular.ttf", "times.ttf", "DejaVuSerif.ttf")


def strip(text: str) -> Image.Image:
    """One line in grey on white, 20 points high at 300 dpi. Raises ToolMissing without a Vietnamese font."""
    font, high = _font(), HEIGHT * DPI // 72
    image = Image.new("L", (max(1, round(font.getlength(text))), high), 255)
    ImageDraw.Draw(image).text((0, high / 2), text, fill=0, font=font, anchor="lm")
    return image


@cache
def _font() -> ImageFont.FreeTypeFont:
    for name in _FONTS:
        try:
            return ImageFont.truetype(name, POINTS * DPI // 72)
        except OSError:
            continue
    raise ToolMissing("error.tool_missing", tool="Tinos", command="apt-get install fonts-croscore")
