"""One planned document made into the bytes of its files, in the form the plan asks for."""

from __future__ import annotations

import random
from dataclasses import dataclass

from archive import text
from samples import digital, files, scanning
from samples.documents import Document
from samples.layout import WIDTH, Page
from samples.plan import FilePlan
from samples.scanning import Scan

DIGITAL = ("born", "tcvn3")
"""Forms without a scan."""

_TIFF = {"tiff-g4": "group4", "tiff-lzw": "tiff_lzw", "tiff-jpeg": "jpeg"}


@dataclass(frozen=True)
class Made:
    """Files as (name, bytes) and the truth of their pages; `at` is the position of a page's file."""

    files: list[tuple[str, bytes]]
    pages: list[dict]


def make(source: random.Random, file: FilePlan, document: Document, pages: list[Page]) -> Made:
    """The document's files and what is true of each page in them."""
    if file.form in DIGITAL:
        return _digital(file, pages)
    scans = [
        scanning.scan(page, pages[n - 1] if n else None, document, file.group, file.dpi, source)
        for n, page in enumerate(pages)
    ]
    truth = [_page(scan, page.orders()) for scan, page in zip(scans, pages, strict=True)]
    if file.blank:
        scans.insert(1, Scan(scanning.empty(file.dpi, source), file.dpi, "clean", 0, 0.0))
        truth.insert(1, _page(scans[1], [""]) | {"blank": True})
    if file.form in ("jpg", "png"):
        return _sequence(file, scans, truth)
    if file.form == "signed":
        truth[0]["orders"] += ["\n".join((*_signature_text(document), order)) for order in truth[0]["orders"]]
    if file.form == "torn-tiff":
        truth = truth[:-1]
    data = _one_file(source, file, document, pages, scans)
    return Made([(file.stored, data)], [page | {"index": n} for n, page in enumerate(truth)])


def _digital(file: FilePlan, pages: list[Page]) -> Made:
    pdf = digital.born_digital(pages) if file.form == "born" else digital.legacy(pages)
    common = {"at": 0, "group": "digital", "turned": 0, "skew": 0.0}
    truth = [common | {"index": n, "orders": page.orders()} for n, page in enumerate(pages)]
    return Made([(file.stored, files.save(pdf))], truth)


def _page(scan: Scan, orders: list[str]) -> dict:
    measured = {"group": scan.group, "dpi": scan.dpi, "turned": scan.turned, "skew": round(scan.skew, 2)}
    return {"at": 0, "index": 0, **measured, "orders": orders}


def _sequence(file: FilePlan, scans: list[Scan], truth: list[dict]) -> Made:
    """One image a page, numbered; the numbers in `skip` are missing, with their pages."""
    kept = [n for n in range(len(scans)) if n + 1 not in file.skip]
    encode = files.jpeg if file.form == "jpg" else files.png
    images = [(file.stored.replace("{n}", f"{n + 1:03d}"), encode(scans[n])) for n in kept]
    return Made(images, [truth[n] | {"at": at} for at, n in enumerate(kept)])


def _one_file(
    source: random.Random, file: FilePlan, document: Document, pages: list[Page], scans: list[Scan]
) -> bytes:
    match file.form:
        case "tiff-g4" | "tiff-lzw" | "tiff-jpeg":
            return files.tiff(scans, _TIFF[file.form])
        case "cut-tiff":
            return _cut(files.tiff(scans[:1], "tiff_lzw"))
        case "torn-tiff":  # all pages but the last are whole
            return files.tiff(scans, "jpeg")[: len(files.tiff(scans[:-1], "jpeg")) + 100]
        case "cut-pdf":
            return _cut(files.save(files.scanned_pdf(scans)))
        case "locked":
            return files.save(files.scanned_pdf(scans), password="khong-ai-biet")
        case "garbage":
            return files.save(
                digital.with_layer(scans, [_garbled(source, page) for page in pages], hidden=True)
            )
        case "signed":
            lines = [
                (WIDTH - 190, 20 + 12 * n, 10.0, said) for n, said in enumerate(_signature_text(document))
            ]
            return files.save(digital.with_layer(scans, [lines, *([] for _ in scans[1:])], hidden=False))
        case _:
            return files.save(files.scanned_pdf(scans))


def _cut(whole: bytes) -> bytes:
    """A copy that broke off, too early for any page to be read."""
    return whole[: len(whole) * 2 // 5]


def _signature_text(document: Document) -> tuple[str, ...]:
    """The electronic copy's signature text, top right of page 1 (Nghị định 30/2020/NĐ-CP, Annex I, box 14)."""
    when = document.issued.isoformat()
    return ("SAO Y", f"Ký bởi: {document.creator.issuer.title()}", f"Thời gian ký: {when}T09:15:00+07:00")


def _garbled(source: random.Random, page: Page) -> list[digital.Placed]:
    """What a program set to English makes of Vietnamese: marks lost, marked letters misread."""
    return [
        (piece.x, line.baseline, line.size, "".join(_misread(source, letter) for letter in piece.text))
        for line in page.lines
        for piece in line.pieces
    ]


def _misread(source: random.Random, letter: str) -> str:
    plain = text.fold(letter)
    if letter.lower() != plain and source.random() < 0.7:
        return source.choice(("q", "6", "~", "ii", "'", "t?", "fi", "é", "1"))
    return source.choice("xvzc|") if source.random() < 0.12 and letter.isalpha() else plain
