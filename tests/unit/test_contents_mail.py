"""Mails among attachments: what they say, and what is attached, reached where it stands; also inside a ZIP file."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from archive.errors import IntegrityError, SourceRefused
from archive.holdings import locator
from archive.holdings.compound import Compound
from ingest.snapshots.contents import Contained, look
from ingest.snapshots.contents.mail import is_mail
from tests.attachments import contained, zipped
from tests.mails import compound, eml, msg

BODY = "Kính gửi Văn phòng, gửi kèm quyết định thu hồi đất và bản đồ = 100% các thửa."
FILES = {"Quyết định 12.pdf": b"%PDF-1.4 " + bytes(range(256)) * 40, "nho.txt": "Về việc".encode()}


def held(looked) -> dict[str, bytes]:
    return {one.name: locator.content(_folder(one), one.locator, 1 << 20) for one in looked.inner}


def _folder(one: Contained) -> Path:
    return Path(one.folder)


@pytest.mark.parametrize("form", [eml, msg])
@pytest.mark.parametrize("packed", [False, True])
def test_a_mail_is_read_and_its_attachments_stay_in_place(settings, tmp_path, form, packed):
    mail = form("Bàn giao hồ sơ đất đai", BODY, FILES)
    name = f"thu.{form.__name__}"
    path = tmp_path / ("thu.zip" if packed else name)
    path.write_bytes(zipped({name: mail}) if packed else mail)
    looked = look(settings, contained(path, *([("zip", name)] if packed else []), name=name))
    assert looked.media_type == {"eml": "message/rfc822", "msg": "application/vnd.ms-outlook"}[form.__name__]
    assert "Bàn giao hồ sơ đất đai" in looked.text and "gửi kèm quyết định thu hồi đất" in looked.text
    assert "Trần Thị Lan" in looked.text and "2025" in looked.text and "<p>" not in looked.text
    assert held(looked) == FILES
    assert all(one.locator.startswith(path.name) for one in looked.inner)
    assert not looked.findings


def test_a_mail_in_a_mail_is_opened_and_not_for_ever(settings, tmp_path):
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "a@b.example", "Thư bên trong"
    inner.set_content("Nội dung bên trong")
    (tmp_path / "thu.eml").write_bytes(eml("Ngoài", BODY, {}, inner))
    (found,) = look(settings, contained(tmp_path / "thu.eml")).inner
    assert "Nội dung bên trong" in look(settings, found).text and found.name == "chuyen-tiep.eml"
    mail = b"From: a@b.example\nSubject: x\nDate: y\n\n"
    for _ in range(9):
        mail = b"From: a@b.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=%d\n\n--%d\nContent-Type: message/rfc822\n\n%s\n--%d--\n" % (
            (depth := len(mail)), depth, mail, depth
        )  # fmt: skip
    (tmp_path / "sau.eml").write_bytes(mail)
    looked, levels = look(settings, contained(tmp_path / "sau.eml")), 0
    while looked.inner:
        looked, levels = look(settings, looked.inner[0]), levels + 1
    assert levels == 3 and [one.code for one in looked.findings] == ["contents.too_deep"]


@pytest.mark.parametrize(
    ("head", "mail"),
    [
        (b"From: a@b\nTo: c@d\nSubject: x\n\nbody", True),
        (b"From a@b Mon\nReceived: by x\n\tfor y\nDate: z\nX-A: b\n\n", True),
        ("Kính gửi: các xã\nVề việc: bàn giao\nSố: 12\n".encode(), False),
        (b"a: 1\nb: 2\nc: 3\nd: 4\n", False),
        (b"Subject: mot dong\nva mot dong khac\n", False),
        (b"", False),
    ],
)
def test_what_begins_like_a_mail(head, mail):
    assert is_mail(head) is mail


def test_a_body_without_its_last_boundary_is_read_to_the_end(settings, tmp_path):
    mail = b'MIME-Version: 1.0\r\nFrom: a@b\r\nSubject: =?utf-8?q?B=C3=A0n?= =?x-no?q?=ff?=\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\npreface\r\n--b\r\nContent-Type: text/plain; charset=khong-co\r\n\r\nB\xc3\xa0n giao\r\n--b\r\nContent-Disposition: attachment; filename="a.bin"\r\n\r\n12345'
    (tmp_path / "a.eml").write_bytes(mail)
    looked = look(settings, contained(tmp_path / "a.eml"))
    assert "Bàn giao" in looked.text and "preface" not in looked.text
    assert held(looked) == {"a.bin": b"12345"}


def test_compound_files_give_small_and_large_streams(tmp_path):
    streams = {
        "a": b"x" * 63,
        "b": b"",
        "c/lon": bytes(range(256)) * 300,
        "c/d": b"y" * 4095,
        "e": b"z" * 4096,
    }
    (tmp_path / "a.msg").write_bytes(compound(streams))
    with (tmp_path / "a.msg").open("rb") as file:
        read = Compound(file)
        assert {path: b"".join(read.read(path)) for path in read.streams} == streams
    assert locator.content(tmp_path, "a.msg!cfb=c/lon", 1 << 20) == streams["c/lon"]
    for wrong in ("a.msg!cfb=khong-co", "a.msg!range=0-100!cfb=a"):
        with pytest.raises(IntegrityError):
            locator.content(tmp_path, wrong, 1 << 20)


def test_a_chain_that_bites_its_tail_ends(settings, tmp_path):
    whole = bytearray(msg("x", "y", {"a.bin": b"z" * 9000}))
    table = len(whole) - 512
    for at in range(table, len(whole), 4):
        whole[at : at + 4] = b"\0\0\0\0"
    (tmp_path / "a.msg").write_bytes(whole)
    with pytest.raises(SourceRefused) as refusal:
        look(settings, contained(tmp_path / "a.msg"))
    assert refusal.value.code == "refused.broken"
