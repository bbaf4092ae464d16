"""The verification report of a file: each signature with who, when, intact, which revision, chain, time stamp. Reads only.

Revocation is never known here: lists and answers of authorities would have to be fetched, and nobody is asked over the
network. The report says so of every signature.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus

from archive.errors import SourceRefused
from archive.processing import Signature
from archive.settings import VIETNAM, Settings
from archive.signing import pdf, xmldsig

MOST_XML = 32 << 20
"""Characters of an XML file that are looked through."""


@dataclass(frozen=True)
class Checked:
    """One signature. It covers revision `revision` of `revisions` of the file; `valid` is the certificate's time.

    `stamped` is the time an authority for time stamps (`stamped_by`) vouches for, "" without a stamp; `stamp_sound`: is
    the stamp one of this signature? `revocation` is always "unknown": see above.
    """

    signature: Signature
    revision: int = 0
    revisions: int = 0
    digest: str = ""
    valid: tuple[str, str] = ("", "")
    stamped: str = ""
    stamped_by: str = ""
    stamp_sound: bool | None = None
    revocation: str = "unknown"

    @property
    def sound(self) -> bool:
        """Nothing found against it: not changed, no broken chain, no foreign stamp. What is unknown is not against it."""
        return (
            self.signature.intact is not False
            and self.signature.chain != "broken"
            and self.stamp_sound is not False
        )


def report(settings: Settings, path: Path, name: str) -> list[Checked]:
    """The signatures of a PDF, Office or OpenDocument package or XML file; [] for a file without any.

    `name` is what the report calls the file. Raises UsageError when the configured roots cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(1024)
    if b"%PDF" in head:
        return _of_pdf(settings, path, name)
    if zipfile.is_zipfile(path):
        return [Checked(found) for found in xmldsig.in_package(path, name)]
    with path.open("rb") as file:
        text = file.read(MOST_XML).decode("utf-8", "replace")
    return [Checked(found) for found in xmldsig.in_text(text, name)]


def _of_pdf(settings: Settings, path: Path, name: str) -> list[Checked]:
    size, roots = path.stat().st_size, pdf.trusted_roots(settings)
    try:
        with path.open("rb") as stream:
            reader = PdfFileReader(stream, strict=False)
            return [
                _checked(reader, one, *pdf.judged(roots, one, name, size)) for one in pdf.embedded(reader)
            ]
    except Exception as error:  # hostile or damaged
        raise SourceRefused("signing.unreadable", path=name) from error


def _checked(
    reader: PdfFileReader, one: EmbeddedPdfSignature, signature: Signature, status: PdfSignatureStatus | None
) -> Checked:
    certificate = one.signer_cert
    between = (certificate.not_valid_before, certificate.not_valid_after) if certificate else ()
    stamp = status.timestamp_validity if status else None
    return Checked(
        replace(signature, when=_here(signature.when)),
        revision=one.signed_revision + 1,
        revisions=reader.xrefs.total_revisions,
        digest=one.md_algorithm,
        valid=tuple(each.date().isoformat() for each in between) or ("", ""),
        stamped=_here(stamp.timestamp.isoformat()) if stamp else "",
        stamped_by=pdf.called(stamp.signing_cert.subject) if stamp else "",
        stamp_sound=(stamp.intact and stamp.valid) if stamp else None,
    )


def _here(when: str) -> str:
    """The same moment in Vietnamese time."""
    return datetime.fromisoformat(when).astimezone(VIETNAM).isoformat() if when else ""
