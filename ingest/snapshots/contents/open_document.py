"""OpenDocument files as LibreOffice writes them: their text and styles as trees, changed and written anew."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from lxml import etree

STYLE, TEXT, TABLE, FO, SVG, OFFICE = (
    f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("style", "text", "table", "xsl-fo-compatible", "svg-compatible", "office")
)
_PARTS = ("styles.xml", "content.xml")
_PART_BYTES = 32 * 2**20
_CELL_DEFAULT, _MOST_COLUMNS = f"{TABLE}default-cell-style-name", 16_384

Told = TypeVar("Told")


def rewrite(package: Path, target: Path, change: Callable[[list], Told]) -> Told:
    """Copy a document to `target` with its trees as `change` leaves them; what that returned."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        trees = {name: etree.fromstring(part, parser) for name, part in parts(old, _PARTS).items()}
        for tree in trees.values():
            _name_cell_styles(tree)
        told = change(list(trees.values()))
        for info in old.infolist():
            tree = trees.get(info.filename)
            new.writestr(info, old.read(info) if tree is None else etree.tostring(tree, encoding="UTF-8"))
    return told


def parts(package: zipfile.ZipFile, names: Iterable[str]) -> dict[str, bytes]:
    """Those of these parts that are there and of a sensible size."""
    sizes = {info.filename: info.file_size for info in package.infolist()}
    return {name: package.read(name) for name in names if 0 < sizes.get(name, 0) < _PART_BYTES}


def _name_cell_styles(tree) -> None:
    """Give each cell without a style the one of its row or column, by name."""
    for table in tree.iter(f"{TABLE}table"):
        columns: list[str] = []
        for column in table.iter(f"{TABLE}table-column"):
            columns += [column.get(_CELL_DEFAULT, "")] * _repeated(column)
        for row in table.iter(f"{TABLE}table-row"):
            at = 0
            for cell in row:
                style = row.get(_CELL_DEFAULT) or (columns[at] if at < len(columns) else "")
                if style and f"{TABLE}style-name" not in cell.attrib:
                    cell.set(f"{TABLE}style-name", style)
                at += _repeated(cell)


def _repeated(element) -> int:
    return min(int(element.get(f"{TABLE}number-columns-repeated", "1")), _MOST_COLUMNS)
