"""Attachments of a snapshot: reached by their locators, told by content, bounded; each failure is that of one file."""

import base64
import hashlib
import io
import os
import stat
import zipfile
import zlib
from dataclasses import replace

import pytest

from archive.errors import SourceRefused, StorageError
from archive.messages import catalogue
from ingest.snapshots.contents import Contained, forget, look, pronom, sweep
from ingest.snapshots.contents import kinds as kinds_module
from samples.systems import as_edxml
from tests.attachments import contained, docx, needs_bsdtar, paragraph, zipped
from tests.pdfs import Maker, coded, scanned

LETTER = "Kính gửi: các ủy ban nhân dân các xã, phường\nVề việc bàn giao hồ sơ đất đai"


@pytest.fixture
def folder(tmp_path):
    found = tmp_path / "snapshot"
    found.mkdir()
    return found


def put(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(settings, what) -> str:
    with pytest.raises(SourceRefused) as refused:
        look(settings, what)
    for language in ("vi", "en"):
        assert {refused.value.code, refused.value.code + ".remedy"} <= set(catalogue(language))
    return refused.value.code


def codes(looked) -> list[str]:
    assert {finding.code for finding in looked.findings} <= set(catalogue("vi"))
    return [finding.code for finding in looked.findings]


def a_pdf(folder, name="a.pdf"):
    maker = Maker()
    maker.scan(maker.page(), scanned((300, 400)))
    return maker.save(folder / name)


# --------------------------------------------------------------------------- reaching the bytes


def test_a_file_of_the_snapshot_is_read_in_place(settings, folder):
    path = a_pdf(folder)
    looked = look(settings, contained(path))
    assert (looked.pages, looked.readable, looked.readable_type) == (1, str(path), "application/pdf")
    assert (
        looked.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() and looked.size == path.stat().st_size
    )
    assert looked.format.startswith("fmt/") and not looked.findings
    assert not list(settings.work.rglob("*")), "nothing was copied"


@pytest.mark.parametrize("step", ["zip", "range", "hex", "base64"])
def test_what_lies_inside_something_is_kept_once_by_digest(settings, folder, step):
    content = a_pdf(folder).read_bytes()
    holder, argument = {
        "zip": (zipped({"x": content}), "x"),
        "range": (b"before" + content + b"after", f"6-{6 + len(content)}"),
        "hex": (content.hex().encode(), ""),
        "base64": (base64.encodebytes(content), ""),
    }[step]
    inside = contained(put(folder, "holder", holder), (step, argument), name="a.pdf")
    first, second = look(settings, inside), look(settings, inside)
    assert first == second and first.pages == 1
    assert first.readable.endswith(f"{first.sha256[:2]}/{first.sha256}")
    assert [path for path in settings.work.rglob("*") if path.is_file()] == [settings.work / first.readable]


def test_a_container_in_a_container_is_read_through(settings, folder):
    inner = zipped({"b/van ban.pdf": a_pdf(folder).read_bytes()})
    outer = put(folder, "outer.zip", zipped({"inner.zip": inner}))
    (middle,) = look(settings, contained(outer)).inner
    (found,) = look(settings, middle).inner
    assert found.locator == "outer.zip!zip=inner.zip!zip=b/van ban.pdf" and found.name == "b/van ban.pdf"
    assert look(settings, found).pages == 1


@pytest.mark.parametrize("path", ["../a.pdf", "/etc/hostname", "khong-co.pdf", "a\0b", "sub"])
def test_no_locator_leads_out_of_the_snapshot(settings, folder, path):
    a_pdf(folder.parent)
    (folder / "sub").mkdir()
    outside = refusal(settings, Contained(str(folder), path, "a.pdf"))
    assert outside in ("refused.symlink", "refused.unreadable", "refused.not_a_file")


def test_links_and_pipes_are_not_opened(settings, folder):
    (folder / "link.pdf").symlink_to(a_pdf(folder.parent))
    os.mkfifo(folder / "pipe.pdf")
    assert refusal(settings, contained(folder / "link.pdf")) == "refused.symlink"
    assert refusal(settings, contained(folder / "pipe.pdf")) == "refused.not_a_file"


def test_empty_large_and_damaged_ones_are_refused(settings, folder):
    small = replace(settings, file_bytes=1000)
    assert refusal(settings, contained(put(folder, "0.pdf", b""))) == "refused.empty"
    assert refusal(small, contained(put(folder, "big.txt", b"a" * 1001))) == "refused.too_large"
    packed = put(folder, "big.zip", zipped({"a": b"a" * 3_000_000}))
    assert refusal(small, contained(packed, ("zip", "a"))) == "refused.too_large"
    assert refusal(settings, contained(packed, ("zip", "b"))) == "refused.unreadable"
    damaged = bytearray(zipped({"a": os.urandom(1000)}))
    damaged[500] ^= 255
    assert (
        refusal(settings, contained(put(folder, "hurt.zip", bytes(damaged)), ("zip", "a")))
        == "refused.broken"
    )
    assert not [path for path in settings.work.rglob("*") if path.is_file()], "nothing half-written stays"


def test_a_refusal_still_tells_the_digest(settings, folder):
    with pytest.raises(SourceRefused) as refused:
        look(settings, contained(put(folder, "a.pdf", b"%PDF-1.4 nothing")))
    assert refused.value.values["sha256"] == hashlib.sha256(b"%PDF-1.4 nothing").hexdigest()
    assert refused.value.values["size"] == "16"


# --------------------------------------------------------------------------- what it is


def test_a_container_is_not_taken_for_the_pdf_at_its_head(settings, folder):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.pdf", a_pdf(folder).read_bytes())
    looked = look(settings, contained(put(folder, "a.zip", target.getvalue())))
    assert looked.media_type == "application/zip" and [one.name for one in looked.inner] == ["a.pdf"]
    junk = look(settings, contained(put(folder, "b.pdf", b"\n\n" + a_pdf(folder).read_bytes())))
    assert junk.media_type == "application/pdf"


def test_names_may_lie_content_counts(settings, folder):
    scanned((300, 400)).save(folder / "quyet-dinh.pdf", format="TIFF")
    looked = look(settings, contained(folder / "quyet-dinh.pdf"))
    assert (looked.media_type, looked.pages) == ("image/tiff", 1) and "file.wrong_extension" in codes(looked)


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("a.txt", LETTER.encode(), ""),
        ("a.txt", LETTER.encode("utf-8-sig"), ""),
        ("a.txt", LETTER.encode("utf-16"), ""),
        ("a.txt", coded(LETTER, "tcvn3").encode("latin-1"), "tcvn3"),
        ("a.txt", coded(LETTER, "vni").encode("latin-1"), "vni"),
    ],
)
def test_texts_are_read_in_their_encodings(settings, folder, name, content, encoding):
    looked = look(settings, contained(put(folder, name, content)))
    assert (looked.text, looked.pages, looked.media_type) == (LETTER, 0, "text/plain")
    assert [finding.values.get("encoding") for finding in looked.findings] == ([encoding] if encoding else [])


def test_markup_is_read_without_its_tags_scripts_and_entities(settings, folder):
    page = "<html><script>alert(1)</script><style>p{}</style><p>Số&nbsp;15/QĐ-UBND</p><p>Đất <b>đai</b></p></html>"
    assert look(settings, contained(put(folder, "a.html", page))).text == "Số 15/QĐ-UBND\nĐất đai"
    bomb = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bom"><!ENTITY c SYSTEM "file:///etc/hostname">]><a>&b;&c;<![CDATA[chữ]]></a>'
    looked = look(settings, contained(put(folder, "a.xml", bomb)))
    assert looked.text == "&b;&c;chữ" and looked.media_type == "text/xml"


def test_a_long_text_is_cut_and_told(settings, folder):
    looked = look(settings, contained(put(folder, "a.csv", b"so,ngay\n" * 1_100_000)))
    assert codes(looked) == ["contents.text_cut"] and looked.media_type == "text/csv"
    assert len(looked.text) <= 8 * 2**20


def test_what_has_no_pages_and_no_text_is_kept_and_told(settings, folder):
    looked = look(settings, contained(put(folder, "a.dwg", os.urandom(500) + b"\0")))
    assert (looked.pages, looked.text, looked.media_type) == (0, "", "application/octet-stream")
    assert codes(looked) == ["contents.not_read"]


def test_an_unknown_office_variant_is_told_by_its_parts(folder, monkeypatch):
    monkeypatch.setattr(pronom, "identify", lambda path: "")
    word = put(folder, "a", docx(paragraph("a")))
    sheet = put(
        folder, "b", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "Workbook".encode("utf-16-le")
    )
    mail = put(folder, "c", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "__nameid".encode("utf-16-le"))
    writing = put(
        folder, "d", zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""})
    )
    assert [kinds_module.identify(path, "a").type.rpartition(".")[2] for path in (word, sheet, writing)] == [
        "document",
        "ms-excel",
        "text",
    ]
    assert kinds_module.identify(mail, "a").way == "file"


def test_what_ends_the_identifying_program_ends_nothing_else(folder):
    path = a_pdf(folder)
    known = pronom.identify(path)
    pronom._started().kill()
    assert known.startswith("fmt/") and pronom.identify(path) == known
    assert pronom.identify(folder / "không\ncó") == "" and pronom.identify(path) == known


def test_office_files_under_a_password_are_refused_before_anything_opens_them(settings, folder):
    opened = zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "META-INF/manifest.xml": "<manifest:encryption-data/>",
            "content.xml": os.urandom(200),
        }
    )
    assert refusal(settings, contained(put(folder, "a.odt", opened))) == "refused.encrypted"


# --------------------------------------------------------------------------- containers


def test_names_in_a_container_are_shown_safely_and_never_become_paths(settings, folder):
    entries = [
        "../../etc/passwd",
        "/root/a.txt",
        "C:\\Users\\b.txt",
        "thư mục\\c.txt",
        "d\x1b[2J\u202e.txt",
        "e.txt",
        "..",
    ]
    looked = look(settings, contained(put(folder, "a.zip", zipped(dict.fromkeys(entries, "nội dung")))))
    names = [inner.name for inner in looked.inner]
    assert names[:4] == ["etc/passwd", "root/a.txt", "Users/b.txt", "thư mục/c.txt"] and names[5] == "e.txt"
    assert not any(char in names[4] for char in "\x1b\u202e")
    (odd,) = looked.findings
    assert (odd.code, odd.values["count"]) == ("contents.odd_names", "5")
    assert all(look(settings, inner).text == "nội dung" for inner in looked.inner), "each can still be read"


def test_links_doubles_and_leftovers_in_a_container_are_told(settings, folder):
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive, pytest.warns(UserWarning):
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        for name, content in (
            ("a.txt", "một"),
            ("a.txt", "hai"),
            ("Thumbs.db", "x"),
            ("__MACOSX/._a", "x"),
            ("b/", ""),
        ):
            archive.writestr(name, content)
    looked = look(settings, contained(path))
    assert [inner.name for inner in looked.inner] == ["a.txt"]
    assert codes(looked) == ["contents.links", "contents.left_out", "contents.same_names"]


def test_names_in_utf_8_are_known_without_a_flag(settings, folder):
    raw = zipped({"van ban.txt": "x"}).replace(b"van ban.txt", "vân bản".encode().ljust(11, b"_"))
    (inner,) = look(settings, contained(put(folder, "a.zip", raw))).inner
    assert inner.name.startswith("vân bản") and look(settings, inner).text == "x"


def test_a_member_under_a_password_is_refused_alone(settings, folder):
    content = bytearray(zipped({"mat.txt": "x" * 50, "thuong.txt": "y"}))
    for head, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.find(head) + flag] |= 1
    looked = look(settings, contained(put(folder, "a.zip", bytes(content))))
    locked, plain = looked.inner
    assert refusal(settings, locked) == "refused.encrypted" and look(settings, plain).text == "y"


def test_bombs_are_refused_unopened(settings, folder):
    flat = zipped({f"{number}.txt": bytes(30_000_000) for number in range(3)})
    assert refusal(settings, contained(put(folder, "flat.zip", flat))) == "refused.bomb"
    many = put(folder, "many.zip", zipped({f"{number}": "" for number in range(10_001)}))
    assert refusal(settings, contained(many)) == "refused.bomb"
    office = put(
        folder, "bomb.docx", zipped({"[Content_Types].xml": "", "word/document.xml": bytes(90_000_000)})
    )
    assert refusal(settings, contained(office)) == "refused.bomb"


def test_a_directory_that_claims_to_be_endless_is_not_read(settings, folder):
    content = bytearray(zipped({"a": "b"}))
    at = content.rfind(b"PK\x05\x06")
    content[at + 12 : at + 16] = (2**31).to_bytes(4, "little")
    assert refusal(settings, contained(put(folder, "a.zip", bytes(content)))) in (
        "refused.bomb",
        "refused.broken",
    )


def test_containers_within_containers_end(settings, folder):
    content = zipped({"cuoi.txt": "đáy"})
    for _ in range(5):
        content = zipped({"trong.zip": content})
    waiting, depth = [contained(put(folder, "a.zip", content))], 0
    while waiting:
        looked = look(settings, waiting.pop())
        waiting, depth = list(looked.inner), depth + 1
    assert depth == 4 and codes(looked) == ["contents.too_deep"]


def edxml(name: str, content: bytes) -> bytes:
    row = {"@document": "1", "name": name, "content": content}
    return as_edxml.message({"DocumentId": "1", "Subject": "Về việc bàn giao"}, {"attachment": [row]})


def test_a_message_among_attachments_gives_its_fields_and_files(settings, folder):
    message = edxml("công văn.txt", LETTER.encode())
    zipped_message = put(folder, "a.zip", zipped({"nhan.edxml": message}))
    looked = look(settings, contained(zipped_message, ("zip", "nhan.edxml")))
    assert "Về việc bàn giao" in looked.text and looked.media_type == "text/xml"
    (inner,) = looked.inner
    assert inner.name == "công văn.txt" and look(settings, inner).text == LETTER


def test_messages_within_messages_end(settings, folder):
    content = LETTER.encode()
    for _ in range(5):
        content = edxml("trong.edxml", content)
    waiting, depth = [contained(put(folder, "a.edxml", content))], 0
    while waiting:
        looked = look(settings, waiting.pop())
        waiting, depth = list(looked.inner), depth + 1
    assert depth == 4 and codes(looked) == ["contents.too_deep"]


def test_the_reserve_of_the_disk_is_left_alone(settings, folder):
    inside = contained(put(folder, "a.zip", zipped({"a.txt": LETTER})), ("zip", "a.txt"))
    with pytest.raises(StorageError) as full:
        look(replace(settings, free_reserve=2**60), inside)
    assert full.value.code == "error.disk_full"


def test_copies_are_forgotten_and_leftovers_swept(settings, folder):
    looked = look(settings, contained(put(folder, "a.zip", zipped({"a.txt": LETTER})), ("zip", "a.txt")))
    (settings.work / "contents" / looked.sha256[:2] / ".office-killed").mkdir()
    (settings.work / "contents" / ".tmp-killed").touch()
    sweep(settings)
    assert [path.name for path in settings.work.rglob("*") if path.is_file()] == [looked.sha256]
    forget(settings, looked.sha256)
    assert not [path for path in settings.work.rglob("*") if path.is_file()]


@needs_bsdtar
def test_7z_members_are_kept_as_files(settings, folder):
    import subprocess

    put(folder, "thư.txt", LETTER)
    (folder / "link").symlink_to("/etc/passwd")
    subprocess.run(
        ["bsdtar", "-c", "-f", "a.7z", "--format", "7zip", "thư.txt", "link"], cwd=folder, check=True
    )
    looked = look(settings, contained(folder / "a.7z"))
    (inner,) = looked.inner
    assert inner.name == "thư.txt" and look(settings, inner).text == LETTER
    assert codes(looked) == ["contents.links"]
    assert not list(settings.work.rglob(".unpack-*"))
    hurt = (folder / "a.7z").read_bytes()[:-20]
    assert refusal(settings, contained(put(folder, "hurt.7z", hurt))) == "refused.broken"


@needs_bsdtar
def test_a_7z_bomb_is_refused(settings, folder):
    import subprocess

    put(folder, "zeros", bytes(100_000_000))
    subprocess.run(["bsdtar", "-c", "-f", "a.7z", "--format", "7zip", "zeros"], cwd=folder, check=True)
    assert refusal(settings, contained(folder / "a.7z")) == "refused.bomb"


def test_where_a_program_is_missing_the_file_is_kept_and_the_command_told(settings, folder, monkeypatch):
    monkeypatch.setenv("PATH", str(folder))
    for name, content in (("a.docx", docx(paragraph("a"))), ("a.7z", b"7z\xbc\xaf\x27\x1c" + bytes(30))):
        looked = look(settings, contained(put(folder, name, content)))
        (told,) = looked.findings
        assert told.code == "contents.program_missing" and told.values["command"].startswith(
            "apt-get install"
        )
        assert looked.pages == 0 and not looked.inner


def test_deflate_lies_do_not_pass(settings, folder):
    """A member that unpacks to more than it declares is damaged, not endless."""
    honest = zipped({"a": bytes(100)})
    packed = zlib.compress(bytes(10_000_000), wbits=-15)
    with zipfile.ZipFile(put(folder, "a.zip", honest)) as archive:
        info = archive.infolist()[0]
    start = 30 + len("a")
    lie = honest[:start] + packed + honest[start + info.compress_size :]
    looked = contained(put(folder, "lie.zip", lie), ("zip", "a"))
    assert refusal(settings, looked) in ("refused.broken", "refused.unreadable")
