"""Searches whole answers for canary words, personal numbers and page images of records (see scenes.py).

An answer is looked at as status, headers, raw bytes, and what is inside: gzip, JSON, HTML, JPEG, PDF, ZIP.
"""

from __future__ import annotations

import gzip
import html
import io
import json
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import numpy as np
import pikepdf
import pypdfium2
from PIL import Image

from tests import scenes

_WORD = re.compile(r"zq[a-z]{8}")
_TAG = re.compile(r"<[^>]*>")
_BETWEEN = re.compile(r"[\s.\-\u00a0]+")


@dataclass(frozen=True)
class Seen:
    """What an answer shows: canary words, personal numbers, numbers of records whose page is drawn; is number ink?"""

    words: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    pages: frozenset[int] = frozenset()
    ink: bool = False


def look(answer) -> Seen:
    """All that a test client's answer shows."""
    texts, images = [answer.status, *_headers(answer)], []
    for text, image in _inside(_unpacked(answer)):
        texts.append(text)
        images += image
    folded = _folded("\n".join(texts))
    bare = _BETWEEN.sub("", folded) + _BETWEEN.sub("", _TAG.sub("", folded))
    pages = {page for image in images if (page := drawn(image)) is not None}
    return Seen(
        frozenset(_WORD.findall(folded)) & scenes.PLANTED,
        frozenset(number for number in scenes.NUMBERS if number in bare),
        frozenset(pages),
        any(map(has_ink, images)),
    )


def look_into(body: bytes) -> Seen:
    """All that a file shows."""
    return look(_File(body))


@dataclass(frozen=True)
class _File:
    data: bytes
    status: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def words(text: str) -> frozenset[str]:
    """The canary words in a text."""
    return frozenset(_WORD.findall(_folded(text)))


def _headers(answer) -> Iterator[str]:
    for name, value in dict(answer.headers).items():
        yield f"{name}: {value}"
        yield unquote(value)


def _unpacked(answer) -> bytes:
    zipped = answer.headers.get("Content-Encoding") == "gzip"
    return gzip.decompress(answer.data) if zipped and answer.data else answer.data


def _inside(body: bytes) -> Iterator[tuple[str, list[Image.Image]]]:
    """(text, images) of a body, as it is and as what is in it."""
    text = body.decode("utf-8", "replace")
    yield text, []
    if body.startswith(b"%PDF") and b"startxref" in body:
        yield from _inside_pdf(body)
    elif body.startswith(b"\xff\xd8"):
        yield "", [_opened(body)]
    elif body.startswith(b"PK\x03\x04"):
        yield from _inside_zip(body)
    elif body[:1] in (b"{", b"["):
        yield json.dumps(json.loads(body), ensure_ascii=False), []
    else:
        yield unquote(html.unescape(text)), []


def _inside_zip(body: bytes) -> Iterator[tuple[str, list[Image.Image]]]:
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        for name in packed.namelist():
            yield name, []
            yield from _inside(packed.read(name))


def _inside_pdf(body: bytes) -> Iterator[tuple[str, list[Image.Image]]]:
    document = pypdfium2.PdfDocument(body)
    for page in document:
        yield page.get_textpage().get_text_range(), []
    with pikepdf.open(io.BytesIO(body)) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Stream):
                yield from _inside_stream(each)
        yield repr(dict(pdf.docinfo)), []


def _inside_stream(stream: pikepdf.Stream) -> Iterator[tuple[str, list[Image.Image]]]:
    if stream.get("/Filter") == "/DCTDecode":
        yield "", [_opened(stream.read_raw_bytes())]
    else:
        yield stream.read_bytes().decode("utf-8", "replace"), []


def _opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def _folded(text: str) -> str:
    """Letters and digits without marks in lower case; whatever is not ASCII then is left out."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


# --------------------------------------------------------------------------- pixels


def drawn(image: Image.Image) -> int | None:
    """The number spelled by the row of blocks of a page (scenes.spelled); None when there is none."""
    bits = [sum(image.getpixel(_middle(image, place))) > 384 for place in range(scenes.BITS)]
    if bits[:2] != [0, 1] or bits[-2:] != [0, 1]:
        return None
    return sum(bit << place for place, bit in enumerate(bits[2:-2]))


def _middle(image: Image.Image, place: int) -> tuple[int, int]:
    width, height = scenes.SIZE
    x, y = 20 + place * scenes.BLOCK + scenes.BLOCK / 2, 350
    return int(x * image.width / width), int(y * image.height / height)


def has_ink(image: Image.Image) -> bool:
    """Is there a spot of the colour that only personal numbers are drawn in?"""
    pixels = np.asarray(image).astype(int)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    return bool(((red > 150) & (green < 110) & (blue < 110)).any())
