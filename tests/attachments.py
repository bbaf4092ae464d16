"""Attachments made for tests: office packages, containers, signed files; and what a machine lacks."""

from __future__ import annotations

import datetime
import io
import shutil
import zipfile
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ingest.snapshots.contents import Contained

_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"

needs_office = pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
needs_bsdtar = pytest.mark.skipif(not shutil.which("bsdtar"), reason="bsdtar is not installed")


def contained(path: Path, *steps: tuple[str, str], name: str = "") -> Contained:
    """A file, or what lies in it, as a reader of snapshots would name it."""
    from archive.holdings.locator import Locator

    return Contained(str(path.parent), str(Locator(path.name, steps)), name or path.name)


def zipped(entries: dict[str, bytes | str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return target.getvalue()


def docx(body: str, outside: dict[str, str] | None = None, template: str = "") -> bytes:
    """A Word file of this body; `outside` are linked pictures by relation id, `template` a template to be fetched."""
    links = [_relation(name, "image", target, external=True) for name, target in (outside or {}).items()]
    settings = f'<w:attachedTemplate xmlns:r="{_OFFICE}" r:id="rId1"/>' if template else ""
    spaces = f'xmlns:w="{_WORD}" xmlns:r="{_OFFICE}" xmlns:a="{_DRAWING}/main" '
    spaces += f'xmlns:pic="{_DRAWING}/picture" xmlns:wp="{_DRAWING}/wordprocessingDrawing"'
    return zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/>'
            + _part("document.main", "document")
            + _part("settings", "settings")
            + "</Types>",
            "_rels/.rels": _relations([_relation("rId1", "officeDocument", "word/document.xml")]),
            "word/document.xml": f"<w:document {spaces}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": _relations(
                [_relation("rIdS", "settings", "settings.xml"), *links]
            ),
            "word/settings.xml": f'<w:settings xmlns:w="{_WORD}">{settings}</w:settings>',
            "word/_rels/settings.xml.rels": _relations(
                [_relation("rId1", "attachedTemplate", template, external=True)] if template else []
            ),
        }
    )


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def linked_picture(relation: str) -> str:
    size = 'cx="900000" cy="900000"'
    return (
        f'<w:p><w:r><w:drawing><wp:inline><wp:extent {size}/><wp:docPr id="1" name="a"/><a:graphic><a:graphicData '
        f'uri="{_DRAWING}/picture"><pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="a"/><pic:cNvPicPr/></pic:nvPicPr>'
        f'<pic:blipFill><a:blip r:link="{relation}"/></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/>'
        '</a:xfrm><a:prstGeom prst="rect"/></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing>'
        "</w:r></w:p>"
    )


def field(instruction: str) -> str:
    """A field with an old result, to be filled anew by who opens the document."""
    kinds = ("begin", "separate", "end")
    begin, middle, end = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in kinds)
    code = f"<w:r><w:instrText>{instruction}</w:instrText></w:r>"
    return f"<w:p>{begin}{code}{middle}<w:r><w:t>cũ</w:t></w:r>{end}</w:p>"


def _part(kind: str, name: str) -> str:
    type_ = f"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"
    return f'<Override PartName="/word/{name}.xml" ContentType="{type_}"/>'


def _relation(name: str, kind: str, target: str, external: bool = False) -> str:
    mode = ' TargetMode="External"' if external else ""
    return f'<Relationship Id="{name}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'


def _relations(rows: list[str]) -> str:
    return f'<Relationships xmlns="{_RELATIONS}">{"".join(rows)}</Relationships>'


class Authority:
    """A certification authority with one signer, both fictional; valid from 2020 to 2040."""

    def __init__(self, signer: str = "Nguyễn Văn An", name: str = "CA Thử nghiệm") -> None:
        self.key, self.signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = _certificate(name, name, self.key, self.key, authority=True)
        self.certificate = _certificate(signer, name, self.signer_key, self.key)

    def write_root(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "root.pem").write_bytes(self.root.public_bytes(serialization.Encoding.PEM))

    def sign(self, pdf: bytes, digest: str = "sha256") -> bytes:
        """The PDF with a signature added to it."""
        from asn1crypto import keys
        from asn1crypto import x509 as asn1
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.sign import signers
        from pyhanko_certvalidator.registry import SimpleCertificateStore

        der = serialization.Encoding.DER
        private = self.signer_key.private_bytes(
            der, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signer = signers.SimpleSigner(
            asn1.Certificate.load(self.certificate.public_bytes(der)),
            keys.PrivateKeyInfo.load(private),
            SimpleCertificateStore(),
        )
        target = io.BytesIO()
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        meta = signers.PdfSignatureMetadata(field_name=f"S{len(pdf)}", md_algorithm=digest)
        signers.sign_pdf(writer, meta, signer=signer, output=target)
        return target.getvalue()


def _certificate(subject: str, issuer: str, key, by, authority: bool = False) -> x509.Certificate:
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in (subject, issuer)]
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    usage |= {"key_cert_sign": True} if authority else {"digital_signature": True, "content_commitment": True}
    return (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2040, 1, 1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(by, hashes.SHA256())
    )
