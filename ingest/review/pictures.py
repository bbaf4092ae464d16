"""The piece of a page image that an entry speaks of, small enough for a cell."""

from __future__ import annotations

import io

from PIL import Image

from archive.errors import KhoError
from archive.holdings.renditions import Renditions
from archive.model import Box, Dossier, Item
from archive.review.entries import Entry

WIDTH, HIGHEST, QUALITY = 360, 240, 70
"""Pixels of a picture in a cell."""
ABOVE, BELOW = 0.04, 0.05
"""Of a line, how much of the page above and below it is shown; as parts of the page's height."""


class Pictures:
    """Cuts pictures of one dossier's pages."""

    def __init__(self, kept: Renditions, dossier: Dossier) -> None:
        self._kept = kept
        self._items = {item.id: item for item in dossier.items}

    def of(self, entry: Entry) -> bytes | None:
        """A JPEG; None for what has no page, or one that cannot be shown."""
        item = self._items.get(entry.record)
        if item is None or not entry.page or entry.page > len(item.pages):
            return None
        try:
            path = self._kept.image_path(item.pages[entry.page - 1].rendition)
            with Image.open(path) as page:
                return _jpeg(_cut(page, _box(item, entry)))
        except (KhoError, OSError):
            return None


def _box(item: Item, entry: Entry) -> Box | None:
    field = item.fields.get(entry.what) if entry.kind == "field" else None
    return field.box if field and field.page == entry.page else None


def _cut(page: Image.Image, box: Box | None) -> Image.Image:
    """The strip around a line; without one the head of the page for a field, else the whole page."""
    if box is None:
        return page.copy()
    top = max(0, round(box[1] - ABOVE * page.height))
    bottom = min(page.height, round(box[3] + BELOW * page.height))
    return page.crop((0, top, page.width, max(bottom, top + 1)))


def _jpeg(piece: Image.Image) -> bytes:
    piece.thumbnail((WIDTH, HIGHEST), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    piece.convert("RGB").save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue()
