"""One PDF page: its picture, and its text where that can be trusted.

A page that is one scanned image is handed over as that image, pixel for pixel; any other page is rendered.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image, ImageChops

from archive.errors import EngineError
from archive.model import Box
from archive.settings import Settings
from ingest.files import images, layer, trust
from ingest.files.layer import Rectangle
from ingest.files.opened import PageInput, low_dpi

RENDER_DPI = 300
_LOWER_DPI = (200, 150, 100, 72)
_MAX_OBJECTS = 50_000
_NESTING = 4
_UNSEEN_ANNOTATIONS = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP)
_TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
_PLAIN_COLOURS = (
    raw.FPDF_COLORSPACE_DEVICEGRAY,
    raw.FPDF_COLORSPACE_DEVICERGB,
    raw.FPDF_COLORSPACE_CALGRAY,
    raw.FPDF_COLORSPACE_CALRGB,
    raw.FPDF_COLORSPACE_ICCBASED,
    raw.FPDF_COLORSPACE_INDEXED,
)


@dataclass(frozen=True)
class Survey:
    """What a page is made of: its pictures, and whether anything visible stands beside them."""

    pictures: list[tuple[pdfium.PdfImage, Rectangle]]
    only_one_picture: bool
    cover: float


def read(document: pdfium.PdfDocument, index: int, settings: Settings) -> PageInput:
    """Page `index` (from 0) as a picture, with its text layer where that can be trusted."""
    page, own_words = _prepared(document, index)
    try:
        turned = _turn_upright(page)
        survey = _survey(page, settings, index)
        frame, image, dpi = _picture(page, survey, settings, index)
        found = _with_annotations(own_words, page)
        place = _to_pixels(frame, page.get_rotation(), image.size)
        reading, notes = trust.reading(found, [place(word.place) for word in found], image, dpi, survey.cover)
        if reading:
            return PageInput(image, dpi, replace(reading, turned=turned), notes)
        return PageInput(image, dpi, None, notes + (low_dpi(dpi) if survey.cover > 0.5 else ()))
    finally:
        page.close()


def _prepared(
    document: pdfium.PdfDocument, index: int
) -> tuple[pdfium.PdfPage, list[layer.LayerWord] | None]:
    """The page with what its annotations show (a number or seal set on signing) made part of it.

    The words of the page itself are returned when there were such annotations, None otherwise.
    """
    page = document[index]
    if not _shows_annotations(page):
        return page, None
    own = layer.words(page)
    raw.FPDFPage_Flatten(page.raw, raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[index], own


def _shows_annotations(page: pdfium.PdfPage) -> bool:
    for number in range(min(raw.FPDFPage_GetAnnotCount(page.raw), _MAX_OBJECTS)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, number)
        try:
            if _is_seen(annotation):
                return True
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return False


def _is_seen(annotation: object) -> bool:
    if raw.FPDFAnnot_GetSubtype(annotation) in _UNSEEN_ANNOTATIONS:
        return False
    if raw.FPDFAnnot_GetFlags(annotation) & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW):
        return False
    area = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, ctypes.byref(area))
    return abs(area.right - area.left) > 1 and abs(area.top - area.bottom) > 1


def _turn_upright(page: pdfium.PdfPage) -> int:
    """Turn a page whose text is shown sideways; returns the clockwise turn in degrees."""
    written = layer.direction(page)
    turn = 0 if written is None else (90 * written - page.get_rotation()) % 360
    if turn:
        page.set_rotation((page.get_rotation() + turn) % 360)
    return turn


def _with_annotations(own: list[layer.LayerWord] | None, page: pdfium.PdfPage) -> list[layer.LayerWord]:
    """All words of the page; those of annotations stand in the line they were set on."""
    every = layer.words(page)
    if own is None:
        return every
    known = {(word.text, word.place) for word in own}
    return layer.merged(own, [word for word in every if (word.text, word.place) not in known])


def _survey(page: pdfium.PdfPage, settings: Settings, index: int) -> Survey:
    """Look over the page's objects without drawing. Raises EngineError on pictures too large to decode."""
    bounds = page.get_bbox()
    pictures, others = [], 0
    for number, thing in enumerate(page.get_objects(max_depth=_NESTING)):
        if number > _MAX_OBJECTS:
            break
        if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
            width, height = thing.get_px_size()
            if width * height > settings.page_pixels:
                raise EngineError(
                    "page.too_many_pixels", page=index + 1, limit=settings.page_pixels // 1_000_000
                )
            pictures.append((thing, thing.get_bounds()))
        elif not _is_hidden_text(thing):
            others += 1
    cover = min(1.0, sum(_overlap(area, bounds) for _, area in pictures))
    return Survey(pictures, len(pictures) == 1 and not others, cover)


def _is_hidden_text(thing: pdfium.PdfObject) -> bool:
    return (
        thing.type == raw.FPDF_PAGEOBJ_TEXT
        and raw.FPDFTextObj_GetTextRenderMode(thing.raw) in layer.INVISIBLE
    )


def _overlap(area: Rectangle, bounds: Rectangle) -> float:
    """Share of `bounds` under `area`."""
    width = min(area[2], bounds[2]) - max(area[0], bounds[0])
    height = min(area[3], bounds[3]) - max(area[1], bounds[1])
    whole = (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])
    return max(0.0, width) * max(0.0, height) / whole if whole > 0 else 0.0


def _picture(
    page: pdfium.PdfPage, survey: Survey, settings: Settings, index: int
) -> tuple[Rectangle, Image.Image, int]:
    """(area shown in PDF units, image, dpi): the scan itself when the page is nothing else, else a rendering."""
    if survey.only_one_picture and survey.cover > 0.96:
        scan, area = survey.pictures[0]
        with suppress(pdfium.PdfiumError):
            if (image := _scan_itself(scan, page.get_rotation())) is not None:
                return area, image, _dpi_of(scan, area)
    dpi = _render_dpi(page, survey, settings, index)
    bitmap = page.render(scale=dpi / 72, draw_annots=False, prefer_bgrx=True, rev_byteorder=True)
    shared = bitmap.to_pil()  # four bytes a pixel can be used in place; three would be copied
    image = shared.convert("RGB" if _has_colour(shared) else "L")
    bitmap.close()
    return page.get_bbox(), image, dpi


def _scan_itself(scan: pdfium.PdfImage, rotation: int) -> Image.Image | None:
    """The decoded image when drawing it would change nothing: upright, opaque, in a plain colour space."""
    a, b, c, d, _, _ = scan.get_matrix().get()
    upright = a > 0 and d > 0 and abs(b) < 1e-3 * a and abs(c) < 1e-3 * d
    plain = scan.get_metadata().colorspace in _PLAIN_COLOURS
    if not upright or not plain or raw.FPDFPageObj_HasTransparency(scan.raw):
        return None
    bitmap = scan.get_bitmap()
    image = images.plain(bitmap.to_pil())
    turn = _TURNS.get(rotation)
    if turn is not None:
        return image.transpose(turn)
    return image.copy() if image.readonly else image  # read-only: still pdfium's memory


def _dpi_of(scan: pdfium.PdfImage, area: Rectangle) -> int:
    return max(1, round(scan.get_px_size()[0] * 72 / max(1.0, area[2] - area[0])))


def _render_dpi(page: pdfium.PdfPage, survey: Survey, settings: Settings, index: int) -> int:
    """The resolution of the scan a page shows (in one piece or in strips), otherwise 300 dpi; lower when the
    page would be too large."""
    bounds = page.get_bbox()
    scans = [_dpi_of(scan, area) for scan, area in survey.pictures if _overlap(area, bounds) > 0.05]
    wanted = min(max(*scans, 150), 400) if scans and survey.cover > 0.5 else RENDER_DPI
    width, height = page.get_size()
    for dpi in (wanted, *(lower for lower in _LOWER_DPI if lower < wanted)):
        if 0 < width * height * (dpi / 72) ** 2 <= settings.page_pixels:
            return dpi
    raise EngineError("page.too_many_pixels", page=index + 1, limit=settings.page_pixels // 1_000_000)


def _has_colour(image: Image.Image) -> bool:
    """A page without colour is handed on in gray: a third of the work for every later step."""
    red, green, blue, *_ = image.reduce(max(1, image.width // 300)).split()
    differences = (ImageChops.difference(red, green), ImageChops.difference(green, blue))
    return any(band.getextrema()[1] > 2 for band in differences)


def _to_pixels(frame: Rectangle, rotation: int, size: tuple[int, int]) -> Callable[[Rectangle], Box]:
    """Function from a rectangle in PDF units to a box in pixels of the displayed page."""
    left, bottom, right, top = frame
    across, up = max(right - left, 1e-6), max(top - bottom, 1e-6)
    width, height = size

    def corner(x: float, y: float) -> tuple[float, float]:
        u, v = (x - left) / across, (top - y) / up  # 0..1 from the upper left of the unturned page
        u, v = {90: (1 - v, u), 180: (1 - u, 1 - v), 270: (v, 1 - u)}.get(rotation, (u, v))
        return min(max(u, 0.0), 1.0) * width, min(max(v, 0.0), 1.0) * height

    def place(area: Rectangle) -> Box:
        (x1, y1), (x2, y2) = corner(area[0], area[1]), corner(area[2], area[3])
        left_edge, upper = min(int(min(x1, x2)), width - 1), min(int(min(y1, y2)), height - 1)
        return left_edge, upper, min(int(max(x1, x2)) + 1, width), min(int(max(y1, y2)) + 1, height)

    return place
