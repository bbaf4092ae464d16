"""Office documents set in fonts from before Unicode (TCVN3/ABC, VNI): as OpenDocument, their text made Unicode.

Without those fonts a program shows other letters than were written. Which codes mean which letters: ingest/files/legacy.py.
"""

from __future__ import annotations

import mmap
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ingest.files import legacy
from ingest.snapshots.contents.open_document import FO, STYLE, SVG, TABLE, TEXT, parts

_NAMED = re.compile(rb"\.\x00?V\x00?n\x00?[A-Z]|V\x00?N\x00?I\x00?[- ]")
_FONT_PARTS = ("word/fontTable.xml", "xl/styles.xml", "xl/sharedStrings.xml", "styles.xml", "content.xml")
_FAMILIES = {
    f"{TEXT}p": "paragraph", f"{TEXT}h": "paragraph", f"{TEXT}span": "text", f"{TEXT}a": "text",
    f"{TABLE}table-cell": "table-cell",
}  # fmt: skip
_CHAIN = 20


def named_in(path: Path) -> bool:
    """Does an office file name such a font? A cheap look: it may be named and not used."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            return any(_NAMED.search(part) for part in parts(package, _FONT_PARTS).values())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _NAMED.search(content) is not None


def to_unicode(trees: Iterable) -> tuple[str, ...]:
    """Turn such text in the parts of a document into Unicode, set in usual fonts; the names of the rules used."""
    used: set[str] = set()
    styles = _Styles(trees)
    for tree in trees:
        _convert(tree, None, styles, used)
        _use_common_fonts(tree)
    return tuple(sorted(used))


class _Styles:
    """Which font a named style leads to."""

    def __init__(self, trees) -> None:
        self._fonts: dict[tuple[str, str], str | None] = {}
        self._parents: dict[tuple[str, str], str] = {}
        for tree in trees:
            for style in tree.iter(f"{STYLE}style", f"{STYLE}default-style"):
                key = (style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", ""))
                self._fonts[key] = _font(style.find(f"{STYLE}text-properties"))
                self._parents[key] = style.get(f"{STYLE}parent-style-name", "")

    def font_of(self, element) -> str | None:
        """The font an element sets for what is in it; None when it sets none."""
        family = _FAMILIES.get(element.tag)
        name = element.get(f"{TABLE if family == 'table-cell' else TEXT}style-name", "")
        for _ in range(_CHAIN if family and (name or family == "paragraph") else 0):
            if font := self._fonts.get((family, name)):
                return font
            if not name:
                return None
            name = self._parents.get((family, name), "")
        return None


def _font(properties) -> str | None:
    if properties is None:
        return None
    return properties.get(f"{STYLE}font-name") or properties.get(f"{FO}font-family")


def _convert(element, font: str | None, styles: _Styles, used: set[str]) -> None:
    """No deeper than the parser lets a document be."""
    font = styles.font_of(element) or font
    element.text = _unicode(element.text, font, used)
    for child in element:
        _convert(child, font, styles, used)
        child.tail = _unicode(child.tail, font, used)


def _unicode(said: str | None, font: str | None, used: set[str]) -> str | None:
    if not said or not font:
        return said
    converted, rule = legacy.convert(said, font)
    used.update([rule] if rule else [])
    return converted


def _use_common_fonts(tree) -> None:
    for element, attribute in _font_names(tree):
        name = element.get(attribute, "").strip("'")
        if legacy.rule_of(name):
            element.set(attribute, "Arial" if "arial" in name.lower() else "Times New Roman")


def _font_names(tree) -> Iterator[tuple]:
    for face in tree.iter(f"{STYLE}font-face"):
        yield face, f"{SVG}font-family"
    for properties in tree.iter(f"{STYLE}text-properties"):
        if f"{FO}font-family" in properties.attrib:
            yield properties, f"{FO}font-family"
