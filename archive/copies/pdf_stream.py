"""Writes a PDF/A-2b file forward, object by object (ISO 19005-2, ISO 32000-1 §7.5): only offsets are held in memory.

`PdfStream` knows the frame of a file: header, cross-reference table, file identifier, and what PDF/A asks of every file:
an output intent with its colour profile and metadata that declare the conformance.
"""

from __future__ import annotations

import hashlib
import zlib
from functools import cache

from PIL import ImageCms

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
CATALOGUE, PAGES, METADATA, PROFILE = 1, 2, 3, 4
"""Numbers of the objects that every file has."""
_PROFILE_DATE = bytes([7, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0])
"""2000-01-01, so that the same pages give the same bytes (ICC.1:2010 §7.2.8)."""


class PdfStream:
    """Each method returns the bytes to be passed on next; `number` gives the number of a further object."""

    def __init__(self) -> None:
        self._offsets: dict[int, int] = {}
        self._size = 0
        self._last = PROFILE
        self._digest = hashlib.md5(usedforsecurity=False)

    def number(self) -> int:
        self._last += 1
        return self._last

    def begin(self) -> bytes:
        return self._passed(HEADER)

    def add(self, number: int, value: str) -> bytes:
        """An object, e.g. `<< /Type /Page >>`."""
        return self._object(number, value.encode("ascii"))

    def add_stream(self, number: int, content: bytes, entries: str = "", packed: bool = True) -> bytes:
        """A stream; compressed unless `packed` is false, when its filter stands among `entries`."""
        if packed:
            content, entries = zlib.compress(content, 6), f"{entries} /Filter /FlateDecode"
        head = f"<< {entries} /Length {len(content)} >>\nstream\n".encode("ascii")
        return self._object(number, head + content + b"\nendstream")

    def end(self, pages: list[int], language: str = "vi") -> bytes:
        """Page tree, metadata, output intent, catalogue, cross-reference table and trailer."""
        kids = " ".join(f"{page} 0 R" for page in pages)
        parts = [
            self.add(PAGES, f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>"),
            self.add_stream(METADATA, _XMP.encode(), "/Type /Metadata /Subtype /XML", packed=False),
            self.add_stream(PROFILE, srgb(), "/N 3"),
            self.add(CATALOGUE, _CATALOGUE.format(language=language)),
        ]
        return b"".join([*parts, self._table()])

    def _table(self) -> bytes:
        start, size = self._size, self._last + 1
        rows = [b"0000000000 65535 f \n"]
        rows += [b"%010d 00000 n \n" % self._offsets[number] for number in range(1, size)]
        identity = self._digest.hexdigest().upper()
        trailer = f"trailer\n<< /Size {size} /Root {CATALOGUE} 0 R /ID [<{identity}> <{identity}>] >>\n"
        return b"".join(
            [b"xref\n0 %d\n" % size, *rows, trailer.encode(), b"startxref\n%d\n%%%%EOF\n" % start]
        )

    def _object(self, number: int, value: bytes) -> bytes:
        self._offsets[number] = self._size
        return self._passed(b"%d 0 obj\n%b\nendobj\n" % (number, value))

    def _passed(self, content: bytes) -> bytes:
        self._size += len(content)
        self._digest.update(content)
        return content


@cache
def srgb() -> bytes:
    """The sRGB colour profile (IEC 61966-2-1), made by LittleCMS."""
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return made[:24] + _PROFILE_DATE + made[36:]


_CATALOGUE = (
    "<< /Type /Catalog /Pages 2 0 R /Metadata 3 0 R /Lang ({language}) /OutputIntents [<< /Type /OutputIntent"
    " /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /Info (sRGB IEC61966-2.1) /DestOutputProfile 4 0 R >>] >>"
)
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part>
<pdfaid:conformance>B</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
