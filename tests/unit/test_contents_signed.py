"""Digital signatures of attachments: what is told of a signed, changed, extended and strangely signed file."""

import base64
import io
import re
from dataclasses import replace

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from archive.errors import UsageError
from ingest.snapshots.contents import look
from tests.attachments import Authority, contained, docx, paragraph, zipped
from tests.pdfs import Maker, scanned

DSIG = "http://www.w3.org/2000/09/xmldsig#"


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> bytes:
    maker = Maker()
    maker.scan(maker.page(), scanned((300, 400)))
    return maker.save(tmp_path_factory.mktemp("plain") / "a.pdf").read_bytes()


def signatures(settings, tmp_path, content, name="a.pdf"):
    path = tmp_path / name
    path.write_bytes(content)
    looked = look(settings, contained(path))
    assert path.read_bytes() == content, "never rewritten"
    return looked.signatures


def test_who_when_and_by_whose_certificate(settings, tmp_path, plain, authority):
    (found,) = signatures(settings, tmp_path, authority.sign(plain))
    assert (found.path, found.signer, found.issuer) == ("a.pdf", "Nguyễn Văn An", "CA Thử nghiệm")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", found.when)
    assert (found.intact, found.whole, found.chain, found.detail) == (True, True, "unknown", "")


def test_the_chain_is_known_where_its_root_is_configured(settings, tmp_path, plain, authority):
    authority.write_root(tmp_path / "roots")
    Authority(name="CA khác").write_root(tmp_path / "others")
    Authority().write_root(tmp_path / "namesakes")
    signed = authority.sign(plain)
    chains = {"roots": "known", "others": "unknown", "namesakes": "broken"}
    for folder, chain in chains.items():
        trusting = replace(settings, signature_roots=str(tmp_path / folder))
        assert [found.chain for found in signatures(trusting, tmp_path, signed)] == [chain], folder


def test_roots_that_cannot_be_read_are_no_empty_list(settings, tmp_path, plain, authority):
    (tmp_path / "roots").mkdir()
    (tmp_path / "roots/a.pem").write_text("no certificate")
    for folder in ("roots", "no-such-folder"):
        with pytest.raises(UsageError):
            signatures(
                replace(settings, signature_roots=str(tmp_path / folder)), tmp_path, authority.sign(plain)
            )


def test_a_changed_byte_is_seen(settings, tmp_path, plain, authority):
    signed = bytearray(authority.sign(plain))
    signed[signed.find(b"/MediaBox") + 1] ^= 32
    (found,) = signatures(settings, tmp_path, bytes(signed))
    assert found.intact is False


def test_a_false_signature_over_true_bytes_is_seen(settings, tmp_path, plain, authority):
    signed = authority.sign(plain)
    contents = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", signed)
    packed = bytes.fromhex(contents[1].decode())
    value = cms.ContentInfo.load(packed)["content"]["signer_infos"][0]["signature"].native
    forged = packed.replace(value, value[:-1] + bytes([value[-1] ^ 1])).hex().encode()
    (found,) = signatures(settings, tmp_path, signed.replace(contents[1], forged))
    assert found.intact is False


def test_what_was_added_later_is_seen(settings, tmp_path, plain, authority):
    first, second = signatures(settings, tmp_path, authority.sign(authority.sign(plain)))
    assert (first.intact, first.whole) == (True, False) and (second.intact, second.whole) == (True, True)


def test_an_old_digest_is_named(settings, tmp_path, plain, authority):
    (found,) = signatures(settings, tmp_path, authority.sign(plain, digest="sha1"))
    assert (found.intact, found.detail) == (True, "signature.weak_digest")


def test_a_signature_that_makes_no_sense_is_a_finding(settings, tmp_path, plain, authority):
    signed = authority.sign(plain)
    contents = re.search(rb"/Contents\s*<([0-9a-fA-F]+)>", signed)
    broken = signed[: contents.start(1)] + b"00" * (len(contents[1]) // 2) + signed[contents.end(1) :]
    path = tmp_path / "a.pdf"
    path.write_bytes(broken)
    looked = look(settings, contained(path))
    assert looked.pages == 1 and not looked.signatures
    assert [finding.code for finding in looked.findings] == ["contents.signatures_unread"]


def test_signatures_in_office_files_and_xml_are_named_not_vouched_for(
    settings, tmp_path, authority, monkeypatch
):
    certificate = base64.b64encode(authority.certificate.public_bytes(Encoding.DER)).decode()
    xml = (
        f'<?xml version="1.0"?><Signature xmlns="{DSIG}"><KeyInfo><X509Data><X509Certificate>{certificate}'
        "</X509Certificate></X509Data></KeyInfo><Object><mdssi:Value>2020-05-31T08:00:00Z</mdssi:Value></Object></Signature>"
    )
    (found,) = signatures(settings, tmp_path, xml.encode(), "a.xml")
    assert (found.signer, found.issuer, found.when) == (
        "Nguyễn Văn An",
        "CA Thử nghiệm",
        "2020-05-31T08:00:00Z",
    )
    assert (found.intact, found.chain, found.detail) == (None, "unknown", "signature.unchecked")

    monkeypatch.setenv("PATH", str(tmp_path))  # the signature is told without any program
    import zipfile

    with zipfile.ZipFile(io.BytesIO(docx(paragraph("a")))) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    (same,) = signatures(settings, tmp_path, zipped(parts | {"_xmlsignatures/sig1.xml": xml}), "a.docx")
    assert (same.signer, same.when) == (found.signer, found.when)
    strange = xml.replace(certificate, "AAAA")
    (nobody,) = signatures(settings, tmp_path, strange.encode(), "b.xml")
    assert nobody.signer == ""
