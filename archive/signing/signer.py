"""The archive's own signature on copies it makes and on certificates: PAdES and CMS, with a key from PKCS#12 or PKCS#11.

The key lies in `keys/`, where the web account cannot read, or in a token; so does what opens it, `keys/signing.pin`. Only
access copies made here are signed, as an incremental update; a file that bears a signature already is never touched.
The visible block is that of a digitised copy, Nghị định 30/2020/NĐ-CP, Phụ lục I, Phần II: above the first page at the right, form of the
copy, organisation, time of signing (ISO 8601, Vietnamese zone), Times New Roman upright, 10 points, black; no seal's image.
"""

from __future__ import annotations

import asyncio
import io
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote

from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko.stamp import StaticStampStyle

from archive.copies import stamp
from archive.errors import HomeError, ToolMissing, UsageError
from archive.settings import Settings, now
from archive.signing import pdf as found_in

PIN = "signing.pin"
FIELD = "KhoLuuTru"
_SCHEME = "pkcs11:"
_MARGIN, _LINE = 20, 12
"""Points from the edges of the page; height of a line of 10 points."""


@dataclass(frozen=True)
class Seal:
    """The archive's signature, ready to be used. `organisation` is what the certificate calls its owner."""

    signer: signers.Signer
    organisation: str
    timestamper: TimeStamper | None = None

    def copy(self, pdf: bytes, form: str) -> bytes:
        """The access copy with the signature and its visible block; `form` is the form of the copy, e.g. "SAO Y".

        PAdES B-B, or B-T where an authority for time stamps is configured. Raises UsageError for a signed file.
        """
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        if list(found_in.embedded(writer.prev)):
            raise UsageError("signing.signed_already")
        when = now()
        image = block(form, self.organisation, when)
        target = io.BytesIO()
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            reason=form,
            name=self.organisation,
        )
        signers.PdfSigner(
            meta,
            self.signer,
            timestamper=self.timestamper,
            stamp_style=StaticStampStyle(background=PdfImage(image), border_width=0, background_opacity=1),
            new_field_spec=fields.SigFieldSpec(FIELD, on_page=0, box=_place(writer, image)),
        ).sign_pdf(writer, output=target)
        return target.getvalue()

    def detached(self, content: bytes) -> bytes:
        """A detached signature (CMS, RFC 5652, DER) over any bytes, e.g. a certificate of an export."""
        made = self.signer.async_sign_general_data(
            content, "sha256", timestamper=self.timestamper, use_cades=True, detached=True
        )
        return asyncio.run(made).dump()


# --------------------------------------------------------------------------- the visible block


def block(form: str, organisation: str, when: datetime) -> Image.Image:
    """Three lines, black on white, at 300 dpi."""
    lines = [stamp.strip(text) for text in (form, organisation, when.isoformat())]
    high = _LINE * stamp.DPI // 72
    image = Image.new("L", (max(line.width for line in lines), high * len(lines)), 255)
    for number, line in enumerate(lines):
        top = (line.height - high) // 2
        image.paste(line.crop((0, top, line.width, top + high)), (0, number * high))
    return image


def _place(writer: IncrementalPdfFileWriter, image: Image.Image) -> tuple[int, int, int, int]:
    """The corner at the upper right of the first page, in points."""
    page = writer.prev.find_page_for_modification(0)[0].get_object()
    left, _, right, top = (float(edge) for edge in page["/MediaBox"])
    width, height = (size * 72 / stamp.DPI for size in image.size)
    width = min(width, right - left - 2 * _MARGIN)
    x, y = right - _MARGIN, top - _MARGIN
    return round(x - width), round(y - height), round(x), round(y)


# --------------------------------------------------------------------------- the key


@contextmanager
def seal(settings: Settings) -> Iterator[Seal]:
    """The signature that `signing_key` names. Raises HomeError when there is none, it cannot be opened, or others may read it.

    "con-dau.p12": a PKCS#12 file in `keys/`. "pkcs11:token=Kho;object=con-dau?module-path=/usr/lib/….so" (RFC 7512): a token.
    """
    if not settings.signing_key:
        raise HomeError("signing.no_key")
    stamper = HTTPTimeStamper(settings.signing_tsa) if settings.signing_tsa else None
    if settings.signing_key.startswith(_SCHEME):
        with _in_token(settings) as signer:
            yield _seal(signer, stamper)
    else:
        yield _seal(_in_file(settings), stamper)


def _seal(signer: signers.Signer, stamper: TimeStamper | None) -> Seal:
    return Seal(signer, found_in.called(signer.signing_cert.subject), stamper)


def _in_file(settings: Settings) -> signers.SimpleSigner:
    path = settings.keys / Path(settings.signing_key).name
    _require_private(path)
    pin = _pin(settings)
    try:
        signer = signers.SimpleSigner.load_pkcs12(path, passphrase=pin.encode() if pin else None)
    except (OSError, ValueError) as error:
        raise HomeError("signing.key_unreadable", path=path) from error
    if signer is None:
        raise HomeError("signing.key_unreadable", path=path)
    return signer


@contextmanager
def _in_token(settings: Settings) -> Iterator[signers.Signer]:
    try:
        from pkcs11 import PKCS11Error
        from pyhanko.config.pkcs11 import TokenCriteria
        from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session
    except ImportError as error:
        raise ToolMissing(
            "error.tool_missing", tool="python-pkcs11", command="pip install python-pkcs11"
        ) from error
    place, _, query = settings.signing_key.removeprefix(_SCHEME).partition("?")
    named = {key: unquote(value) for key, _, value in (part.partition("=") for part in place.split(";"))}
    module = parse_qs(query).get("module-path", [""])[0]
    try:
        token = TokenCriteria(label=named.get("token"))
        session = open_pkcs11_session(module, token_criteria=token, user_pin=_pin(settings) or None)
        label = named.get("object")
        with session:
            signer = PKCS11Signer(session, cert_label=label, key_label=label, use_raw_mechanism=True)
            signer.signing_cert  # noqa: B018  a token without this object is told before anything is made
            yield signer
    except (PKCS11Error, OSError, RuntimeError) as error:
        raise HomeError("signing.key_unreadable", path=place) from error


def _pin(settings: Settings) -> str:
    """What opens the key; "" without the file."""
    path = settings.keys / PIN
    if not path.exists():
        return ""
    _require_private(path)
    return path.read_text(encoding="utf-8").strip()


def _require_private(path: Path) -> None:
    """Nobody but its owner may read a key. Raises HomeError."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise HomeError("signing.key_unreadable", path=path) from error
    if stat.S_IMODE(mode) & 0o077:
        raise HomeError("signing.key_open", path=path)
