"""The typefaces of the samples. Every face must hold all Vietnamese letters; a missing one is named with its package."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from PIL import ImageFont

from archive.errors import ToolMissing
from samples.truetype import TrueType

ROOT = Path("/usr/share/fonts/truetype")
_STYLES = {"r": "Regular", "b": "Bold", "i": "Italic", "bi": "BoldItalic"}
_DEJAVU = {
    "r": "",
    "b": "-Bold",
    "i": "",
    "bi": "-Bold",
}  # the core package of DejaVu Serif has no italic everywhere
PACKAGES = {
    "tinos": "fonts-croscore",
    "arimo": "fonts-croscore",
    "cousine": "fonts-croscore",
    "liberation": "fonts-liberation2",
    "dejavu": "fonts-dejavu-core",
}


def letters() -> str:
    """The 134 letters of Vietnamese that are not plain a-z: 67 lower case and their capitals."""
    vowels = "aăâeêioôơuưy"
    tones = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
    lower = [unicodedata.normalize("NFC", vowel + tone) for vowel in vowels for tone in tones]
    marked = [letter for letter in lower if letter not in "aeiouy"] + ["đ"]
    return "".join(marked) + "".join(marked).upper()


def path(face: str, style: str = "r") -> Path:
    if face == "dejavu":
        return ROOT / "dejavu" / f"DejaVuSerif{_DEJAVU[style]}.ttf"
    if face == "liberation":
        return ROOT / "liberation2" / f"LiberationSerif-{_STYLES[style]}.ttf"
    return ROOT / "croscore" / f"{face.capitalize()}-{_STYLES[style]}.ttf"


@cache
def font(face: str, style: str = "r") -> TrueType:
    """The parsed font. Raises ToolMissing naming the Debian package when it is absent or incomplete."""
    file = path(face, style)
    if not file.is_file():
        raise ToolMissing("samples.font_missing", file=file, package=PACKAGES[face])
    parsed = TrueType(file)
    lacking = parsed.missing(letters())
    if lacking:
        raise ToolMissing(
            "samples.font_incomplete", file=file, letters=" ".join(lacking), package=PACKAGES[face]
        )
    return parsed


@cache
def drawn(face: str, style: str, pixels: float) -> ImageFont.FreeTypeFont:
    """The font for drawing with Pillow at a size in pixels."""
    font(face, style)
    return ImageFont.truetype(path(face, style), pixels, layout_engine=ImageFont.Layout.BASIC)


def check() -> None:
    """Fails early when any face is missing."""
    for face in PACKAGES:
        for style in _STYLES:
            font(face, style)
