"""PDF files as documents, through pypdfium2: open, look over, hand out one page (pdf_page).

pdfium is not safe for threads: one process opens one document at a time.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from archive.errors import EngineError, SourceRefused
from archive.model import Finding
from archive.settings import Settings
from ingest.files import pdf_page, pdf_structure
from ingest.files.opened import MAX_PAGES, PageInput, SourceInfo

_MAX_SIDE = 200 * 72.0  # largest page side in PDF units (ISO 32000-1, Annex C)
_DYNAMIC_FORMS = (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND)


def inspect(path: Path, media_type: str, settings: Settings) -> SourceInfo:
    """Count pages, find damaged ones, note signatures and active content. Raises SourceRefused."""
    with _document(path) as (document, repaired):
        pages = len(document)
        if not pages:
            raise SourceRefused("refused.no_pages")
        if pages > MAX_PAGES:
            raise SourceRefused("refused.too_many_pages", pages=pages, limit=MAX_PAGES)
        damaged = repaired or not _ends_well(path)
        bad = _bad_pages(document, pdf_structure.endless_pages(path), thorough=damaged)
        if len(bad) == pages:
            raise SourceRefused("refused.broken", reason="no page can be opened")
        return SourceInfo(media_type, pages, _findings(document, damaged, bad), _is_signed(path))


@contextmanager
def _document(path: Path) -> Iterator[tuple[pdfium.PdfDocument, bool]]:
    """(document, was it repaired). Raises SourceRefused when it cannot be opened."""
    document, repaired = _open(path)
    try:
        yield document, repaired
    finally:
        document.close()


def _open(path: Path) -> tuple[pdfium.PdfDocument, bool]:
    try:
        return pdfium.PdfDocument(path), False
    except (
        pdfium.PdfiumError
    ) as error:  # its reason may be an earlier file's: whether it is locked, pikepdf knows
        return pdfium.PdfDocument(pdf_structure.repaired(path, error)), True


def _ends_well(path: Path) -> bool:
    """A complete PDF ends with %%EOF; one cut short in copying does not."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2048))
        return b"%%EOF" in file.read()


def _is_signed(path: Path) -> bool:
    """A signature states its byte range in plain bytes; some stand in no form, so pdfium does not count them."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"/ByteRange") >= 0


def _bad_pages(document: pdfium.PdfDocument, endless: frozenset[int], thorough: bool) -> list[int]:
    """Numbers of pages that cannot be opened. A sound file is checked by its page list only, which is cheap."""
    bad = []
    for index in range(len(document)):
        try:
            size = document.get_page_size(index) if index not in endless else (0.0, 0.0)
            if thorough and index not in endless:
                document[index].close()
        except pdfium.PdfiumError:
            size = (0.0, 0.0)
        if not all(0 < side <= _MAX_SIDE for side in size):
            bad.append(index + 1)
    return bad


def _findings(document: pdfium.PdfDocument, damaged: bool, bad: list[int]) -> tuple[Finding, ...]:
    found = []
    if bad:
        found.append(Finding("file.damaged", "error", values={"pages": ", ".join(map(str, bad))}))
    elif damaged:
        found.append(Finding("file.incomplete", "warning"))
    if raw.FPDF_GetSecurityHandlerRevision(document.raw) >= 0:
        found.append(Finding("file.restricted", "info"))
    if document.get_formtype() in _DYNAMIC_FORMS:
        found.append(Finding("file.dynamic_form", "warning"))
    if raw.FPDFDoc_GetJavaScriptActionCount(document.raw) > 0:
        found.append(Finding("file.script", "warning"))
    if (count := raw.FPDFDoc_GetAttachmentCount(document.raw)) > 0:
        found.append(Finding("file.attachments", "warning", values={"count": str(count)}))
    return tuple(found)


def open_page(path: Path, index: int, settings: Settings) -> PageInput:
    """Page `index` (from 0) as a picture, with its text layer where that can be trusted."""
    if pdf_structure.is_endless(path, index):
        raise EngineError("page.unreadable", page=index + 1, reason="forms without end")
    with _document(path) as (document, _):
        return pdf_page.read(document, index, settings)
