"""Signatures in XML (W3C XML Signature, in Office packages as of ECMA-376 part 2): who and when, as far as they say.

They are not checked: `intact` stays None and `detail` says so.
"""

from __future__ import annotations

import base64
import re
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cryptography import x509

from archive.processing import Signature

_OPENED, _CLOSED = re.compile(r"<(?:\w+:)?Signature[\s>]"), re.compile(r"</(?:\w+:)?Signature>")
_CERTIFICATE = re.compile(r"<(?:\w+:)?X509Certificate>([^<]+)<")
_TIME = re.compile(r"<(?:\w+:)?(?:SigningTime|Value)>\s*(\d{4}-\d\d-\d\dT[^<\s]+)\s*<")
_NAMESPACE = "http://www.w3.org/2000/09/xmldsig#"
_MOST, _ENTRY_BYTES = 50, 2**20


def in_package(path: Path, name: str) -> tuple[Signature, ...]:
    """The signatures of an Office Open XML or OpenDocument package; none of any other file."""
    try:
        with zipfile.ZipFile(path) as package:
            entries = [entry for entry in package.namelist() if _holds_signatures(entry)]
            texts = [_read(package, entry) for entry in entries[:_MOST]]
    except Exception:  # no package, or one that the converter will judge
        return ()
    return tuple(signature for value in texts for signature in in_text(value, name))


def in_text(value: str, name: str) -> tuple[Signature, ...]:
    """The signatures that stand in an XML text."""
    if _NAMESPACE not in value:
        return ()
    return tuple(_signature(part, name) for part in islice(_parts(value), _MOST))


def _parts(value: str) -> Iterator[str]:
    """In one pass: one that is never closed ends the search."""
    at = 0
    while (opened := _OPENED.search(value, at)) and (closed := _CLOSED.search(value, opened.end())):
        yield value[opened.start() : closed.end()]
        at = closed.end()


def _holds_signatures(entry: str) -> bool:
    return entry == "META-INF/documentsignatures.xml" or (
        entry.startswith("_xmlsignatures/") and entry.endswith(".xml")
    )


def _read(package: zipfile.ZipFile, entry: str) -> str:
    with package.open(entry) as file:
        return file.read(_ENTRY_BYTES).decode("utf-8", "replace")


def _signature(value: str, name: str) -> Signature:
    signer, issuer = _parties(value)
    when = _TIME.search(value)
    return Signature(name, signer, when[1] if when else "", issuer, detail="signature.unchecked")


def _parties(value: str) -> tuple[str, str]:
    """Names of the signer and of who certified them; "" when no certificate can be read."""
    found = _CERTIFICATE.search(value)
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(found[1])) if found else None
        return (_called(certificate.subject), _called(certificate.issuer)) if certificate else ("", "")
    except ValueError:
        return "", ""


def _called(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
