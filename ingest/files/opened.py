"""What opening a received file yields: a look at the file (SourceInfo) and one page of it (PageInput)."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from archive.model import Finding, PageReading


@dataclass(frozen=True)
class SourceInfo:
    """One received file that can be taken in. `pages` counts PDF pages or image frames."""

    media_type: str
    pages: int
    findings: tuple[Finding, ...] = ()
    signed: bool = False


@dataclass(frozen=True)
class PageInput:
    """One page, ready for reading.

    `image` is the page at its own resolution in mode "1", "L" or "RGB". `layer` is the page's embedded text
    as a finished reading when it can be trusted (boxes in pixels of `image`), otherwise None.
    """

    image: Image.Image
    dpi: int
    layer: PageReading | None = None
    findings: tuple[Finding, ...] = ()


MAX_PAGES = 20_000
"""More pages than any real bound volume; a larger count is a broken or hostile file."""

LOW_DPI = 200
"""Least resolution of a digital copy (Nghị định 30/2020/NĐ-CP, Annex I, part II)."""


def low_dpi(dpi: int) -> tuple[Finding, ...]:
    """A Finding when a scan has less than the required resolution."""
    if dpi >= LOW_DPI:
        return ()
    return (Finding("scan.low_dpi", "warning", values={"dpi": str(dpi), "least": str(LOW_DPI)}),)
