"""Office documents set in fonts from before Unicode (TCVN3/ABC, VNI): as OpenDocument, their text made Unicode.

Without those fonts a program shows other letters than were written. Which codes mean which letters: ingest/legacy.py.
"""

from __future__ import annotations

import mmap
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from ingest import legacy

_NAMED = re.compile(rb"\.\x00?V\x00?n\x00?[A-Z]|V\x00?N\x00?I\x00?[- ]")
_FONT_PARTS = ("word/fontTable.xml", "xl/styles.xml", "xl/sharedStrings.xml", "styles.xml", "content.xml")
_PART_BYTES = 32 * 2**20
_OPEN_DOCUMENT = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_STYLE, _TEXT, _TABLE, _FO, _SVG = (
    _OPEN_DOCUMENT % name for name in ("style", "text", "table", "xsl-fo-compatible", "svg-compatible")
)
_FAMILIES = {
    f"{_TEXT}p": "paragraph", f"{_TEXT}h": "paragraph", f"{_TEXT}span": "text", f"{_TEXT}a": "text",
    f"{_TABLE}table-cell": "table-cell",
}  # fmt: skip
_CELL_DEFAULT = f"{_TABLE}default-cell-style-name"
_CHAIN, _MOST_COLUMNS = 20, 16_384


def named_in(path: Path) -> bool:
    """Does an office file name such a font? A cheap look: it may be named and not used."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as package:
            return any(_NAMED.search(part) for part in _parts(package).values())
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return _NAMED.search(content) is not None


def rewrite(package: Path, target: Path) -> tuple[str, ...]:
    """Copy an OpenDocument file to `target` with such text as Unicode in usual fonts; the names of the rules used."""
    used: set[str] = set()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        trees = {name: etree.fromstring(part, parser) for name, part in _parts(old).items()}
        styles = _Styles(trees.values())
        for tree in trees.values():
            _name_cell_styles(tree)
            _convert(tree, None, styles, used)
            _use_common_fonts(tree)
        for info in old.infolist():
            tree = trees.get(info.filename)
            new.writestr(info, old.read(info) if tree is None else etree.tostring(tree, encoding="UTF-8"))
    return tuple(sorted(used))


def _parts(package: zipfile.ZipFile) -> dict[str, bytes]:
    """The parts of a package that name fonts."""
    sizes = {info.filename: info.file_size for info in package.infolist()}
    return {name: package.read(name) for name in _FONT_PARTS if 0 < sizes.get(name, 0) < _PART_BYTES}


class _Styles:
    """Which font a named style leads to."""

    def __init__(self, trees) -> None:
        self._fonts: dict[tuple[str, str], str | None] = {}
        self._parents: dict[tuple[str, str], str] = {}
        for tree in trees:
            for style in tree.iter(f"{_STYLE}style", f"{_STYLE}default-style"):
                key = (style.get(f"{_STYLE}family", ""), style.get(f"{_STYLE}name", ""))
                self._fonts[key] = _font(style.find(f"{_STYLE}text-properties"))
                self._parents[key] = style.get(f"{_STYLE}parent-style-name", "")

    def font_of(self, element) -> str | None:
        """The font an element sets for what is in it; None when it sets none."""
        family = _FAMILIES.get(element.tag)
        name = element.get(f"{_TABLE if family == 'table-cell' else _TEXT}style-name", "")
        for _ in range(_CHAIN if family and (name or family == "paragraph") else 0):
            if font := self._fonts.get((family, name)):
                return font
            if not name:
                return None
            name = self._parents.get((family, name), "")
        return None


def _name_cell_styles(tree) -> None:
    """Give each cell without a style the one of its row or column, by name."""
    for table in tree.iter(f"{_TABLE}table"):
        columns: list[str] = []
        for column in table.iter(f"{_TABLE}table-column"):
            columns += [column.get(_CELL_DEFAULT, "")] * _repeated(column)
        for row in table.iter(f"{_TABLE}table-row"):
            at = 0
            for cell in row:
                style = row.get(_CELL_DEFAULT) or (columns[at] if at < len(columns) else "")
                if style and f"{_TABLE}style-name" not in cell.attrib:
                    cell.set(f"{_TABLE}style-name", style)
                at += _repeated(cell)


def _repeated(element) -> int:
    return min(int(element.get(f"{_TABLE}number-columns-repeated", "1")), _MOST_COLUMNS)


def _font(properties) -> str | None:
    if properties is None:
        return None
    return properties.get(f"{_STYLE}font-name") or properties.get(f"{_FO}font-family")


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
    for face in tree.iter(f"{_STYLE}font-face"):
        yield face, f"{_SVG}font-family"
    for properties in tree.iter(f"{_STYLE}text-properties"):
        if f"{_FO}font-family" in properties.attrib:
            yield properties, f"{_FO}font-family"
