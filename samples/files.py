"""Page images as the files a scanner room leaves: JPEG, PNG, TIFF, scanned PDF. Same input, same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pikepdf
from pikepdf import Array, Dictionary, Name
from PIL import Image

from samples.scanning import Scan


def _image(scan: Scan) -> Image.Image:
    return Image.fromarray(scan.image)


def jpeg(scan: Scan, quality: int = 88) -> bytes:
    out = io.BytesIO()
    _image(scan).save(out, "JPEG", quality=quality, dpi=(scan.dpi, scan.dpi))
    return out.getvalue()


def png(scan: Scan) -> bytes:
    """Indexed colours keep it small, as scanning programs do."""
    out = io.BytesIO()
    _image(scan).quantize(48, Image.Quantize.FASTOCTREE).save(
        out, "PNG", compress_level=3, dpi=(scan.dpi, scan.dpi)
    )
    return out.getvalue()


def tiff(scans: Sequence[Scan], compression: str) -> bytes:
    """All pages in one file. `group4` is black and white; `tiff_lzw` and `jpeg` keep the tones."""
    frames = [_image(scan) for scan in scans]
    if compression == "group4":
        frames = [
            frame.convert("L").point(lambda value: 255 if value > 140 else 0).convert("1") for frame in frames
        ]
    elif compression == "tiff_lzw":
        frames = [frame.convert("L").point(lambda value: value & 0xF0) for frame in frames]
    out = io.BytesIO()
    frames[0].save(
        out, "TIFF", save_all=True, append_images=frames[1:], compression=compression, dpi=(scans[0].dpi,) * 2
    )
    return out.getvalue()


def scanned_pdf(scans: Sequence[Scan]) -> pikepdf.Pdf:
    """One full-page JPEG a page. Still open: `save` makes the bytes."""
    pdf = pikepdf.new()
    for scan in scans:
        high, wide = scan.image.shape[:2]
        points = [value * 72 / scan.dpi for value in (wide, high)]
        picture = pdf.make_stream(
            jpeg(scan), Type=Name.XObject, Subtype=Name.Image, Width=wide, Height=high, BitsPerComponent=8,
            ColorSpace=Name.DeviceRGB if scan.image.ndim == 3 else Name.DeviceGray, Filter=Name.DCTDecode,
        )  # fmt: skip
        add_page(
            pdf,
            points,
            b"q %.2f 0 0 %.2f 0 0 cm /Im0 Do Q\n" % tuple(points),
            XObject=Dictionary(Im0=picture),
        )
    return pdf


def add_page(pdf: pikepdf.Pdf, points: Sequence[float], content: bytes, **resources: pikepdf.Object) -> None:
    page = Dictionary(
        Type=Name.Page,
        MediaBox=Array([0, 0, *(round(value, 2) for value in points)]),
        Resources=Dictionary(**resources),
        Contents=pdf.make_stream(content),
    )
    pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def save(pdf: pikepdf.Pdf, password: str = "") -> bytes:
    """The PDF's bytes, the same on every run. With a password: RC4, whose keys need no chance."""
    out = io.BytesIO()
    lock = (
        pikepdf.Encryption(owner=password, user=password, R=3, aes=False, metadata=False)
        if password
        else False
    )
    pdf.save(
        out,
        static_id=True,
        encryption=lock,
        object_stream_mode=pikepdf.ObjectStreamMode.disable
        if password
        else pikepdf.ObjectStreamMode.generate,
    )
    return out.getvalue()
