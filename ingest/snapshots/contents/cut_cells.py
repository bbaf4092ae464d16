"""Sheets show a text as far as the next filled cell: on paper the rest is lost. Such cells are made to wrap."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from itertools import pairwise

from lxml import etree

from ingest.snapshots.contents.open_document import FO, OFFICE, STYLE, TABLE, TEXT

_NAME, _CELL_STYLE = f"{STYLE}name", f"{TABLE}style-name"
_PROPERTIES = f"{STYLE}table-cell-properties"


def wrap(trees: Iterable) -> None:
    """Let texts beside a filled cell go on in lines of their own, and rows be as high as that needs."""
    for tree in trees:
        automatic = tree.find(f"{OFFICE}automatic-styles")
        if automatic is None:
            continue
        styles = _Wrapping(automatic)
        for row in tree.iter(f"{TABLE}table-row"):
            for cell, beside in pairwise(row):
                if _is_filled(cell) and _is_filled(beside):
                    cell.set(_CELL_STYLE, styles.named(cell.get(_CELL_STYLE, "Default")))
        for height in automatic.iter(f"{STYLE}table-row-properties"):
            height.attrib.pop(f"{STYLE}row-height", None)
            height.set(f"{STYLE}use-optimal-row-height", "true")


def _is_filled(cell) -> bool:
    return cell.find(f"{TEXT}p") is not None


class _Wrapping:
    """Styles of cells, each once more as one that wraps."""

    def __init__(self, automatic) -> None:
        self._automatic = automatic
        cells = [one for one in automatic.iter(f"{STYLE}style") if one.get(f"{STYLE}family") == "table-cell"]
        self._styles = {one.get(_NAME): one for one in cells}
        self._made: set[str] = set()

    def named(self, name: str) -> str:
        wrapping = f"{name}-wrapping"
        if wrapping not in self._made:
            self._made.add(wrapping)
            self._automatic.append(self._make(name, wrapping))
        return wrapping

    def _make(self, name: str, wrapping: str):
        if name in self._styles:
            style = deepcopy(self._styles[name])
        else:
            style = etree.Element(f"{STYLE}style")
            style.set(f"{STYLE}family", "table-cell")
            style.set(f"{STYLE}parent-style-name", name)
        style.set(_NAME, wrapping)
        properties = style.find(_PROPERTIES)
        if properties is None:
            properties = etree.Element(_PROPERTIES)
            style.insert(0, properties)
        properties.set(f"{FO}wrap-option", "wrap")
        return style
