"""Digital signatures in PDF files: who, when, intact, whole, trusted chain. Reads only; asks nobody over the network.

What stands in the file is checked by mathematics alone: the digest of the signed bytes, the signature over it by the key
in the certificate, and whether that certificate led, when it was used, to one of the roots in the folder `signature_roots`.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Literal

from asn1crypto import pem, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.policy_decl import AcceptAllAlgorithms

from archive.errors import UsageError
from archive.model import Finding
from archive.processing import Signature
from archive.settings import VIETNAM, Settings

Roots = list[x509.Certificate]
MAX_SIGNATURES = 50
_WEAK = ("md2", "md5", "sha1")
_ANY_USE = KeyUsageConstraints(key_usage=set(), match_all_key_usages=False)

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it finds becomes our Signatures
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def signatures(
    settings: Settings, path: Path, name: str
) -> tuple[tuple[Signature, ...], tuple[Finding, ...]]:
    """The signatures of a PDF in the order they were made; `name` is the file's. A Finding when they cannot be read.

    Raises UsageError when the configured roots cannot be read.
    """
    size, roots = path.stat().st_size, trusted_roots(settings)
    try:
        with path.open("rb") as stream:
            reader = PdfFileReader(stream, strict=False)
            found = tuple(judged(roots, one, name, size)[0] for one in embedded(reader))
    except Exception as error:  # hostile or damaged: the pages can still be read
        return (), (Finding("contents.signatures_unread", values={"reason": type(error).__name__}),)
    return found, () if found else (Finding("contents.signatures_unread", values={"reason": "no field"}),)


def embedded(reader: PdfFileReader) -> Iterator[EmbeddedPdfSignature]:
    listed = [found for found in reader.embedded_signatures if found.sig_object_type == "/Sig"]
    yield from (listed or list(_on_pages(reader)))[:MAX_SIGNATURES]


def _on_pages(reader: PdfFileReader) -> Iterator[EmbeddedPdfSignature]:
    """Signatures whose field stands on a page but in no form: of a file that was cut out of the signed one."""
    for number in range(int(reader.root["/Pages"]["/Count"])):
        page = reader.find_page_for_modification(number)[0].get_object()
        for field in page.get("/Annots", ()):
            field = field.get_object()
            if field.get("/FT") == "/Sig" and "/V" in field:
                yield EmbeddedPdfSignature(reader, field, str(field.get("/T", "")))


def judged(
    roots: Roots, embedded: EmbeddedPdfSignature, name: str, size: int
) -> tuple[Signature, PdfSignatureStatus | None]:
    """What is told of one signature, and all that pyHanko found; None where it could not judge."""
    certificate, when = embedded.signer_cert, _when(embedded)
    told = {
        "path": name,
        "signer": called(certificate.subject) if certificate else "",
        "issuer": called(certificate.issuer) if certificate else "",
        "when": when.isoformat() if when else "",
    }
    if int(embedded.byte_range[-2]) + int(embedded.byte_range[-1]) > size:
        return Signature(**told, intact=False, whole=False, detail="signature.cut_out"), None
    try:
        status = validate_pdf_signature(
            embedded, _trust(roots, when), key_usage_settings=_ANY_USE, skip_diff=True
        )
    except Exception:  # an algorithm or a structure it does not know
        return Signature(**told, detail="signature.unknown_form"), None
    found = Signature(
        **told,
        intact=status.intact and status.valid,
        whole=status.coverage == SignatureCoverageLevel.ENTIRE_FILE,
        chain=_chain(status),
        detail="signature.weak_digest" if embedded.md_algorithm in _WEAK else "",
    )
    return found, status


def _when(embedded: EmbeddedPdfSignature) -> datetime | None:
    """The time the document states, with its zone; signing programs used here wrote local time as UTC into the other one."""
    with contextlib.suppress(Exception):
        stated = generic.parse_pdf_date(embedded.sig_object["/M"], strict=False)
        return stated if stated.tzinfo else stated.replace(tzinfo=VIETNAM)
    return embedded.self_reported_timestamp


def _chain(status) -> Literal["known", "unknown", "broken"]:
    """A chain that leads to a root, but did not hold when it was used, is broken."""
    if status.trusted:
        return "known"
    lost = status.trust_problem_indic in (None, AdESIndeterminate.NO_CERTIFICATE_CHAIN_FOUND)
    return "unknown" if lost else "broken"


def _trust(roots: Roots, when: datetime | None) -> ValidationContext:
    """The roots the configuration names, at the moment of signing; no revocation lists: those would have to be fetched."""
    return ValidationContext(
        trust_roots=roots,
        moment=when,
        allow_fetching=False,
        algorithm_usage_policy=AcceptAllAlgorithms(),
    )


@cache
def trusted_roots(settings: Settings) -> Roots:
    """All certificates in the PEM files of the configured folder; none without one."""
    if not settings.signature_roots:
        return []
    folder = settings.home / settings.signature_roots
    try:
        blocks = [pem.unarmor(path.read_bytes(), multiple=True) for path in sorted(folder.iterdir())]
        return [x509.Certificate.load(held) for kind, _, held in chain(*blocks) if kind == "CERTIFICATE"]
    except (OSError, ValueError) as error:
        raise UsageError("error.config_value", key="signature_roots", value=folder) from error


def called(name: x509.Name) -> str:
    """The common name; without one the whole."""
    said = name.native.get("common_name", "")
    return ", ".join(said) if isinstance(said, list) else said or name.human_friendly
