"""Signatures: the report on those in received files, and the archive's own on copies it makes."""

import base64
import io
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.sign.timestamps import DummyTimeStamper

from archive import cli
from archive.errors import HomeError, NotFound, SourceRefused, ToolMissing, UsageError
from archive.settings import now
from archive.signing import report, signer
from archive.wiring_read import Archive
from tests import homes
from tests.attachments import Authority, _certificate
from tests.pdfs import Maker, scanned
from tests.sinks import MemorySink

ITEM = "H01.12:DD.2014:001"
OFFICE = "Trung tâm Lưu trữ lịch sử tỉnh"
PIN = "con-dau-so"
DER = serialization.Encoding.DER


@pytest.fixture(scope="module")
def authority():
    return Authority()


@pytest.fixture(scope="module")
def office():
    return Authority(OFFICE, "CA chuyên dùng")


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("signing"))


@pytest.fixture
def keyed(published, office, tmp_path):
    """The home with a key of its own, and the roots that make it known."""
    office.write_root(tmp_path / "roots")
    settings = replace(published, signing_key="con-dau.p12", signature_roots=str(tmp_path / "roots"))
    settings.keys.mkdir(mode=0o700, exist_ok=True)
    protected = serialization.BestAvailableEncryption(PIN.encode())
    made = pkcs12.serialize_key_and_certificates(
        b"x", office.signer_key, office.certificate, [office.root], protected
    )
    for name, content in (("con-dau.p12", made), (signer.PIN, f"{PIN}\n".encode())):
        (settings.keys / name).write_bytes(content)
        (settings.keys / name).chmod(0o600)
    return settings


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> bytes:
    maker = Maker()
    maker.scan(maker.page(), scanned((300, 400)))
    return maker.save(tmp_path_factory.mktemp("plain") / "a.pdf").read_bytes()


@pytest.fixture(scope="module")
def access_copy(published) -> bytes:
    archive = Archive(published, MemorySink())
    return archive.reader().searchable_pdf(archive.operator(), ITEM)


def reported(settings, tmp_path, content: bytes, name="a.pdf"):
    path = tmp_path / name
    path.write_bytes(content)
    return report.report(settings, path, name)


# --------------------------------------------------------------------------- the report


def test_each_signature_with_the_revision_it_covers(settings, tmp_path, plain, authority):
    once = authority.sign(plain)
    (only,) = reported(settings, tmp_path, once)
    assert (only.signature.signer, only.signature.intact, only.signature.whole) == (
        "Nguyễn Văn An",
        True,
        True,
    )
    assert only.revision == only.revisions and only.valid == ("2020-01-01", "2040-01-01")
    assert (only.stamped, only.stamp_sound, only.revocation, only.sound) == ("", None, "unknown", True)
    first, second = reported(settings, tmp_path, Authority("Trần Thị Bình").sign(once))
    assert (first.signature.whole, second.signature.whole) == (False, True)
    assert first.revision < second.revision == second.revisions


def test_a_changed_byte_and_a_chain_that_does_not_hold_are_against_it(settings, tmp_path, plain, authority):
    signed = authority.sign(plain)
    at = signed.index(b"/MediaBox") + 1
    (changed,) = reported(settings, tmp_path, signed[:at] + b"m" + signed[at + 1 :])
    assert changed.signature.intact is False and not changed.sound
    Authority().write_root(tmp_path / "namesakes")
    (broken,) = reported(replace(settings, signature_roots=str(tmp_path / "namesakes")), tmp_path, signed)
    assert broken.signature.chain == "broken" and not broken.sound


def test_files_without_signatures_and_without_sense(settings, tmp_path, plain, authority):
    assert reported(settings, tmp_path, plain) == []
    assert reported(settings, tmp_path, b"x" * 100, "a.txt") == []
    certificate = base64.b64encode(authority.certificate.public_bytes(DER)).decode()
    xml = f'<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Certificate>{certificate}</X509Certificate></Signature>'
    (found,) = reported(settings, tmp_path, xml.encode(), "a.xml")
    assert (found.signature.intact, found.signature.detail, found.sound) == (
        None,
        "signature.unchecked",
        True,
    )
    with pytest.raises(SourceRefused) as caught:
        reported(settings, tmp_path, b"%PDF-1.4 nothing more")
    assert caught.value.code == "signing.unreadable"


@pytest.fixture
def kho(published, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(["--home", str(published.home), *arguments])
        return (caught.value.code, *capsys.readouterr())

    return run


def test_the_report_in_words_says_what_is_not_known(kho, tmp_path, plain, authority):
    path = tmp_path / "a.pdf"
    signed = authority.sign(plain)
    path.write_bytes(signed)
    code, told, _ = kho("signatures", "verify", str(path))
    assert code == 0
    for part in (
        "Nguyễn Văn An",
        "còn nguyên",
        "toàn bộ tệp",
        "chưa biết nguồn",
        "không có dấu thời gian",
        "thu hồi",
    ):
        assert part in told, part
    at = signed.index(b"/MediaBox") + 1
    path.write_bytes(signed[:at] + b"m" + signed[at + 1 :])
    code, told, _ = kho("signatures", "verify", str(path), "--json")
    assert code == 1 and json.loads(told)[0]["signature"]["intact"] is False
    code, _, told = kho("signatures", "verify", str(tmp_path / "khong-co.pdf"))
    assert code == 2 and "khong-co" in told
    assert kho("signatures", "verify", "H01.12:DD.2014:099")[0] == 2


# --------------------------------------------------------------------------- the archive's own


def test_a_copy_is_signed_by_the_organisation_and_nothing_of_it_changed(keyed, tmp_path, access_copy):
    with signer.seal(keyed) as seal:
        made = seal.copy(access_copy, "SAO Y")
    assert made.startswith(access_copy), "added to, never rewritten"
    (found,) = reported(keyed, tmp_path, made)
    assert (found.signature.signer, found.signature.issuer) == (OFFICE, "CA chuyên dùng")
    assert (found.signature.intact, found.signature.whole, found.signature.chain) == (True, True, "known")
    assert found.signature.when[:10] == now().date().isoformat() and found.digest == "sha256"
    with pikepdf.open(io.BytesIO(made)) as pdf:
        value = pdf.Root.AcroForm.Fields[0].V
        assert (str(value.SubFilter), str(value.Reason)) == ("/ETSI.CAdES.detached", "SAO Y")


def test_its_block_stands_at_the_upper_right_of_the_first_page(keyed, access_copy):
    """Nghị định 30/2020/NĐ-CP: three lines of 10 points, black: form of the copy, organisation, time."""
    with signer.seal(keyed) as seal:
        made = seal.copy(access_copy, "SAO Y")
    with pikepdf.open(io.BytesIO(made)) as pdf:
        page, other = pdf.pages[0], pdf.pages[1]
        left, bottom, right, top = map(float, page.Annots[0].Rect)
        assert "/Annots" not in other
        assert float(page.MediaBox[2]) - right == pytest.approx(20, abs=1)
        assert float(page.MediaBox[3]) - top == pytest.approx(20, abs=1)
        assert top - bottom == pytest.approx(36, abs=1) and right - left < float(page.MediaBox[2]) / 2
    before, after = map(rendered, (access_copy, made))
    height = before.height
    corner = (int(left * 2), int(height - top * 2), int(right * 2), int(height - bottom * 2))
    assert before.crop(corner).tobytes() != after.crop(corner).tobytes()
    assert (
        before.crop((0, height // 3, before.width, height)).tobytes()
        == after.crop((0, height // 3, after.width, height)).tobytes()
    )


def rendered(pdf: bytes):
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    return document[0].render(scale=2).to_pil()


def test_the_block_says_form_organisation_and_time():
    wide, narrow = (signer.block(form, OFFICE, now()) for form in (f"SAO Y {OFFICE} {OFFICE}", "SAO Y"))
    assert wide.width > narrow.width and wide.height == narrow.height == 150
    for number in range(3):
        assert narrow.crop((0, 50 * number, narrow.width, 50 * (number + 1))).getextrema()[0] < 60


def test_a_time_stamp_makes_it_b_t_and_is_told(keyed, office, tmp_path, access_copy):
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    certificate = _certificate("Dấu thời gian thử", "CA chuyên dùng", key, office.key)
    stamper = DummyTimeStamper(
        asn1.Certificate.load(certificate.public_bytes(DER)), asn1_keys.PrivateKeyInfo.load(private)
    )
    with signer.seal(keyed) as seal:
        made = replace(seal, timestamper=stamper).copy(access_copy, "SAO Y")
    (found,) = reported(keyed, tmp_path, made)
    assert (
        found.stamp_sound is True
        and found.stamped_by == "Dấu thời gian thử"
        and found.stamped[:4] == str(now().year)
    )


def test_a_signed_file_is_never_signed_over(keyed, plain, authority):
    with signer.seal(keyed) as seal, pytest.raises(UsageError) as caught:
        seal.copy(authority.sign(plain), "SAO Y")
    assert caught.value.code == "signing.signed_already"


def test_a_detached_signature_is_what_openssl_accepts(keyed, office, tmp_path):
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("no openssl on this machine")
    content = b'{"chung": "nhan"}'
    with signer.seal(keyed) as seal:
        (tmp_path / "a.p7s").write_bytes(seal.detached(content))

    def accepted(said: bytes) -> bool:
        (tmp_path / "a.json").write_bytes(said)
        command = [openssl, "cms", "-verify", "-binary", "-inform", "DER", "-in", tmp_path / "a.p7s", "-content", tmp_path / "a.json", "-CAfile", tmp_path / "roots/root.pem", "-purpose", "any"]  # fmt: skip
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    assert accepted(content) and not accepted(content + b" ")


def opened(settings) -> str:
    """The code that opening the key ends with."""
    with pytest.raises((HomeError, ToolMissing)) as caught, signer.seal(settings):
        pass
    return caught.value.code


def test_a_key_that_is_absent_open_to_others_or_locked_is_not_used(keyed, published):
    assert opened(published) == "signing.no_key"
    assert opened(replace(keyed, signing_key="../khac.p12")) == "signing.key_unreadable"
    for name in ("con-dau.p12", signer.PIN):
        (keyed.keys / name).chmod(0o640)
        assert opened(keyed) == "signing.key_open"
        (keyed.keys / name).chmod(0o600)
    (keyed.keys / signer.PIN).write_text("sai", encoding="utf-8")
    assert opened(keyed) == "signing.key_unreadable"


def test_the_command_writes_a_copy_and_records_it(keyed, kho, tmp_path, monkeypatch):
    monkeypatch.setenv("KHO_SIGNING_KEY", "con-dau.p12")
    out = tmp_path / "ban-sao.pdf"
    code, told, _ = kho("signatures", "copy", ITEM, "--out", str(out), "--form", "SAO Y")
    assert code == 0 and OFFICE in told
    assert report.report(keyed, out, "x")[0].sound
    with pytest.raises(NotFound):
        Archive(keyed, MemorySink()).reader().searchable_pdf(Archive(keyed).operator(), "H01.12:DD.2014:099")
    assert kho("signatures", "copy", "H01.12:DD.2014:099", "--out", str(tmp_path / "b.pdf"))[0] == 2
    assert not (tmp_path / "b.pdf").exists()


MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


def test_a_key_in_a_token(keyed, office, tmp_path, access_copy, monkeypatch):
    """SoftHSM2 stands for a token; a visible skip where it or python-pkcs11 is not installed."""
    pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
    module = next((path for path in MODULES if Path(path).is_file()), None)
    if not module or not shutil.which("softhsm2-util"):
        pytest.skip("softhsm2 is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(
        f"directories.tokendir = {tmp_path / 'tokens'}\n", encoding="utf-8"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    _into_token(office, module, tmp_path)
    token = replace(keyed, signing_key=f"pkcs11:token=Kho;object=con-dau?module-path={module}")
    with signer.seal(token) as seal:
        made = seal.copy(access_copy, "SAO Y")
    (found,) = reported(keyed, tmp_path, made)
    assert (found.signature.signer, found.signature.intact, found.signature.chain) == (OFFICE, True, "known")
    (keyed.keys / signer.PIN).write_text("sai", encoding="utf-8")
    assert opened(token) == "signing.key_unreadable"


def _into_token(office: Authority, module: str, folder: Path) -> None:
    import pkcs11
    from pkcs11.util.ec import encode_named_curve_parameters  # noqa: F401  the extra is there
    from pkcs11.util.x509 import decode_x509_certificate

    key = folder / "key.pem"
    key.write_bytes(
        office.signer_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    pins = ["--so-pin", "1234", "--pin", PIN]
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "Kho", *pins], check=True, capture_output=True
    )
    command = [
        "softhsm2-util",
        "--import",
        key,
        "--token",
        "Kho",
        "--label",
        "con-dau",
        "--id",
        "A1",
        "--pin",
        PIN,
    ]
    subprocess.run(command, check=True, capture_output=True)
    token = pkcs11.lib(module).get_token(token_label="Kho")
    with token.open(rw=True, user_pin=PIN) as session:
        plain = decode_x509_certificate(office.certificate.public_bytes(DER))
        plain |= {
            pkcs11.Attribute.TOKEN: True,
            pkcs11.Attribute.LABEL: "con-dau",
            pkcs11.Attribute.ID: b"\xa1",
        }
        session.create_object(plain)
