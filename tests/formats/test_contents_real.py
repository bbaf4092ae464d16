"""Real office files, real signed documents and files made to break readers, as attachments of a snapshot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from archive.holdings import locator
from archive.messages import catalogue
from ingest.files.sources import open_page
from ingest.snapshots.contents import look
from tests.attachments import contained, docx, needs_bsdtar, needs_office, zipped

ROOT = Path(__file__).parents[2]
SECONDS, MEBIBYTES = 120, 1500


def look_at(paths: list[Path], home: Path) -> dict[str, dict]:
    """Outcome by file name; all files go through one process under limits."""
    command = [sys.executable, "-m", "tests.formats.look_contents", str(SECONDS), str(MEBIBYTES), str(home)]
    lines = "".join(f"{path}\n" for path in paths)
    run = subprocess.run(command, input=lines, capture_output=True, text=True, cwd=ROOT)
    rows = [json.loads(line) for line in run.stdout.splitlines()]
    last = rows[-1].get("start") if rows else "nothing"
    assert run.returncode == 0, f"died with {run.returncode} on {last}: {run.stderr[-500:]}"
    return {Path(row["path"]).name: row for row in rows if "path" in row}


def assert_bounded(rows: dict[str, dict]) -> None:
    known = set(catalogue("vi"))
    for name, row in rows.items():
        assert row["cpu"] < 10 and row["peak"] < 600, name
        codes = set(row["codes"]).union(*row["inner"])
        assert codes <= known, name
        assert not row["refused"] or row["codes"][0] + ".remedy" in known


@needs_office
@pytest.mark.parametrize(
    ("name", "format_", "pages", "words"),
    [
        ("06_LUAT_jt1cu2cf.lne-LuatPCCC_L27QH.docx", "fmt/40", range(15, 40), "phòng cháy và chữa cháy"),
        ("14012014-90439-PMCV gui STP bao cao tong ket CTVP 12122013.doc", "fmt/40", range(2, 5), "VP-TH"),
    ],
)
def test_real_office_files_have_pages_and_text(shared_data, settings, name, format_, pages, words):
    looked = look(settings, contained(shared_data / "03-vn-office" / name))
    assert (looked.media_type, looked.format) == ("application/msword", format_)
    assert looked.pages in pages
    wrong = [finding.values for finding in looked.findings if finding.code == "file.wrong_extension"]
    assert wrong == ([{"suffix": "docx", "type": "application/msword"}] if name.endswith("docx") else [])
    first = open_page(Path(looked.readable), looked.readable_type, 0, settings)
    assert first.layer, "text made by a program needs no reading from the picture"
    assert words.lower() in first.layer.text.lower()


def test_equal_bytes_under_two_names_are_one_content(shared_data, settings, monkeypatch):
    monkeypatch.setenv("PATH", "")
    names = ("06_LUAT_jt1cu2cf.lne-LuatPCCC_L27QH.docx", "07_LUAT_LuatPCCC_L27QH.DOC")
    one, other = (look(settings, contained(shared_data / "03-vn-office" / name)) for name in names)
    assert one.sha256 == other.sha256 == "6d1756be3bef3d5fd01d73f1da68bcce8ab4e5221701c8b9ff3d1566057e3095"
    assert {finding.code for finding in one.findings} - {finding.code for finding in other.findings} == {
        "file.wrong_extension"
    }


AUTHORITY = "CA phục vụ các cơ quan Nhà nước G2"
PORTAL = "CỔNG THÔNG TIN ĐIỆN TỬ CHÍNH PHỦ"
SIGNED = {
    "01-vn-scans/scan_45-2020-ND-CP_signed-sha1.pdf": [
        ("Cổng Thông tin điện tử Chính phủ", "2020-04-09T16:53:38+07:00", True, True, "signature.weak_digest")
    ],
    "01-vn-scans/scan_51-2025-TT-BCA_signed.pdf": [(PORTAL, "2025-07-09T08:44:47+07:00", True, True, "")],
    "01-vn-scans/scan_CV-2243-PCCC-P6_2025-07-23_signed.pdf": [
        ("C07", "2025-07-23T13:51:24+07:00", True, False, ""),
        ("C07", "2025-07-23T13:51:32+07:00", True, False, ""),
        ("C07", "2025-07-23T13:51:39+07:00", True, False, ""),
        ("C07", "2025-07-23T13:51:55+07:00", True, False, ""),
        ("C07", "2025-07-23T13:52:01+07:00", True, True, ""),
    ],
    "02-vn-born-digital/39_VAN_BAN_DU_THAO_iuv10wbc.0uz-3. cv lấy ý kiến t06 và ca các tỉnh, tp_signed_signed_signed.pdf": [
        ("Đoàn Văn Giáp", "2026-01-24T00:09:58+07:00", True, False, ""),
        ("Nguyễn Thanh Điệp", "2026-01-27T11:45:42+07:00", True, False, ""),
        ("C07", "2026-01-27T14:17:42+07:00", True, False, ""),
        ("C07", "2026-01-27T14:17:50+07:00", True, False, ""),
        ("C07", "2026-01-27T14:17:58+07:00", True, True, ""),
    ],
    "02-vn-born-digital/congbao_26-2023-QH15_signed.pdf": [
        (PORTAL, "2024-01-23T16:15:47+07:00", False, False, "signature.cut_out")
    ],
    "02-vn-born-digital/born_02-2021-TT-BTC.pdf": [],
}


@pytest.mark.parametrize("name", SIGNED)
def test_signatures_of_real_documents(shared_data, settings, name):
    found = look(settings, contained(shared_data / name)).signatures
    assert [(one.signer, one.when, one.intact, one.whole, one.detail) for one in found] == SIGNED[name]
    assert all(one.chain == "unknown" for one in found), "no root is configured"
    assert {one.issuer for one in found} <= {AUTHORITY, "Co quan chung thuc so Chinh phu"}


REFUSED = {
    "testWORD_protected_passtika.doc": "refused.encrypted",
    "testWORD_protected_passtika.docx": "refused.encrypted",
    "testEXCEL_protected_passtika.xls": "refused.encrypted",
    "testWORD_truncated.docx": "refused.broken",
    "testZIP_corrupted_oom.zip": "refused.broken",
    "oom-225817ca0f8c663be7ab4b9e717b02c661e66834.tif": "refused.broken",
    "poppler-85140-0.pdf": "refused.broken",
}


def test_found_hostile_files_are_bounded_and_named(shared_data, tmp_path):
    paths = sorted(path for path in (shared_data / "09-hostile").rglob("*") if path.is_file())
    rows = look_at(paths, tmp_path)
    assert len(rows) == len({path.name for path in paths})
    assert_bounded(rows)
    assert {name: rows[name]["codes"][0] for name in REFUSED} == REFUSED
    assert rows["testZipEncrypted.zip"]["inner"] == [[], ["refused.encrypted"]]
    page = rows["33_TIEU_CHUAN_QUY_CHUAN_9.TCVN 13878 - 2023.pdf"]
    assert page["codes"] == ["file.wrong_extension"] and page["type"] == "text/html"


@needs_bsdtar
def test_a_7z_under_a_password_is_told_so(shared_data, tmp_path):
    path = shared_data / "09-hostile/test7Z_protected_passTika.7z"
    assert look_at([path], tmp_path)[path.name]["codes"] == ["refused.encrypted"]


def test_hostile_files_are_bounded_and_named(tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    made = {
        "deep.docx": docx("<w:p>" * 100_000 + "</w:p>" * 100_000),
        "entities.docx": docx("&a;").replace(b"x", b"x"),
        "empty-package.docx": zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": ""}),
        "deep.html": "<html>" + "<div>" * 100_000 + "chữ",
        "deep.xml": "<?xml?>" + "<a>" * 100_000,
        "comments.html": "<html>" + "<!--" * 200_000,
        "declarations.xml": "<?xml?>" + "<!DOCTYPE a [" * 50_000,
        "tags.html": "<html>" + "<a " * 200_000,
        "signatures.xml": '<?xml?><a xmlns="http://www.w3.org/2000/09/xmldsig#">' + "<Signature>" * 50_000,
        "office.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x09\x08\x10\x00" * 500_000,
        "rich.rtf": "{\\rtf1" + "{" * 100_000,
        "overlapping.zip": overlapping(),
        "long.zip": zipped({"a" * 65_000 + str(number): "" for number in range(200)}),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    rows = look_at([folder / name for name in made], tmp_path / "home")
    assert_bounded(rows)
    assert rows["overlapping.zip"]["codes"] == ["refused.bomb"]


def overlapping() -> bytes:
    """Many names for one run of compressed zeros."""
    content = zipped({"a": bytes(10_000_000)})
    at = content.find(b"PK\x01\x02")
    end = content.find(b"PK\x05\x06")
    entry, tail = content[at:end], bytearray(content[end:])
    count = 2000
    tail[8:12] = count.to_bytes(2, "little") * 2
    tail[12:16] = (count * len(entry)).to_bytes(4, "little")
    return content[:at] + entry * count + bytes(tail)


@pytest.mark.parametrize(
    ("name", "said", "attached"),
    [
        (
            "testMSG_att_msg.msg",
            "Blah blah blah",
            {"smbprn.00009008.KdcPjl.pdf": 13539},
        ),  # words of the mail in it
        ("testMSG_att_doc.msg", "contenu", {"test-unicode.doc": 24064, "pj1.txt": 89}),
        ("testEmailWithPNGAtt.eml", "has a PNG attachment", {"testPNG.png": 17041}),
        ("testRFC822_encrypted_zip", "Includes encrypted zip file", {"test.zip": 267}),
    ],
)
def test_real_mails_give_their_text_and_attachments(shared_data, settings, name, said, attached):
    folder = shared_data / "05-mail"
    looked = look(settings, contained(folder / name))
    assert said in looked.text
    assert {one.name: len(locator.content(folder, one.locator, 1 << 20)) for one in looked.inner} == attached
