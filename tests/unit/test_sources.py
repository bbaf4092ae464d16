"""Files are told apart by content; every refusal has a reason and a remedy in both languages."""

import os
import zipfile
from dataclasses import replace

import pytest

from archive.errors import SourceRefused
from archive.messages import catalogue
from ingest.files.sources import formats, inspect, named_right
from tests.pdfs import Maker, scanned


def refusal(path, settings) -> str:
    with pytest.raises(SourceRefused) as refused:
        inspect(path, settings)
    for language in ("vi", "en"):
        assert refused.value.code in catalogue(language)
        assert refused.value.code + ".remedy" in catalogue(language)
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "refused.empty"),
        (b"abc", "refused.unknown_format"),
        ("văn bản thường".encode(), "refused.unknown_format"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "refused.office"),
        (b"{\\rtf1 abc}", "refused.office"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "refused.archive_file"),
        (b"GIF89a" + bytes(30), "refused.format_not_taken"),
        (b"\n<!DOCTYPE HTML><html>404</html>", "refused.web_page"),
        (b"<HTML><body>404", "refused.web_page"),
        (b"%PDF-1.4\nnothing else", "refused.broken"),
        (b"\xff\xd8\xff\xe0 no image", "refused.broken"),
        (b"II*\x00" + bytes(20), "refused.broken"),
    ],
)
def test_refused_by_content(tmp_path, settings, content, code):
    path = tmp_path / "van-ban.pdf"
    path.write_bytes(content)
    assert refusal(path, settings) == code


def test_office_files_in_zip_form_are_told_from_plain_archives(tmp_path, settings):
    for name, entry, code in [
        ("a.docx", "[Content_Types].xml", "refused.office"),
        ("b.docx", "_rels/.rels", "refused.office"),
        ("c.xlsx", "docProps/app.xml", "refused.office"),
        ("a.zip", "anh.jpg", "refused.archive_file"),
    ]:
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(entry, "x")
        assert refusal(tmp_path / name, settings) == code


def test_a_wrong_extension_is_a_finding_not_a_refusal(tmp_path, settings):
    path = tmp_path / "quyet-dinh.pdf"
    scanned((200, 300)).save(path, format="JPEG")
    info = inspect(path, settings)
    assert info.media_type == "image/jpeg"
    assert info.findings[0].code == "file.wrong_extension"
    assert info.findings[0].values == {"suffix": "pdf", "type": "image/jpeg"}


def test_a_title_is_no_wrong_file_name():
    for title in (
        "Giấy chứng nhận quyền sử dụng đất",
        "Đơn đề nghị của ông Tr. Văn Bình",
        "Tờ trình số 12.2024",
    ):
        assert named_right(title, "application/pdf", ("pdf",)) == ()
    assert named_right("don.docx", "application/pdf", ("pdf",))[0].values["suffix"] == "docx"


def test_things_that_are_no_files(tmp_path, settings):
    assert refusal(tmp_path, settings) == "refused.not_a_file"
    os.mkfifo(tmp_path / "pipe.pdf")
    assert refusal(tmp_path / "pipe.pdf", settings) == "refused.not_a_file"
    assert refusal(tmp_path / "missing.pdf", settings) == "refused.unreadable"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path, settings):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4")
    path.chmod(0)
    assert refusal(path, settings) == "refused.unreadable"


def test_too_large(tmp_path, settings):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4" + bytes(5000))
    assert refusal(path, replace(settings, file_bytes=4000)) == "refused.too_large"


def test_names_as_archivists_have_them(tmp_path, settings):
    for name in ("Quyết định số 5.PDF", "Quye\u0302\u0301t đi\u0323nh.pdf", "  hai  dấu cách .Pdf"):
        maker = Maker()
        maker.page()
        path = maker.save(tmp_path / name)
        info = inspect(path, settings)
        assert (info.pages, info.findings) == (1, ())


def test_reasons_do_not_name_folders(tmp_path, settings):
    for head in (b"%PDF-1.4", b"II*\x00", b"\xff\xd8\xff\xe0"):
        path = tmp_path / "a.bin"
        path.write_bytes(head + b" no content")
        with pytest.raises(SourceRefused) as refused:
            inspect(path, settings)
        assert str(tmp_path) not in refused.value.values["reason"]


def test_every_refusal_of_the_format_table_has_a_sentence():
    for known in formats():
        if known.refused:
            assert {known.refused, known.refused + ".remedy"} <= set(catalogue("vi"))
        else:
            assert known.suffixes
