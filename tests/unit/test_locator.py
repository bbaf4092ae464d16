"""Bytes inside something kept whole are found again, streamed, and never more than allowed."""

import base64
import binascii
import gzip
import io
import os
import zipfile

import pytest

from archive.errors import IntegrityError
from archive.holdings import decoding, locator
from archive.holdings.locator import Locator, content, parse

LETTER = "Quyết định thu hồi đất".encode() * 1000


def zipped(**members: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as container:
        for name, held in members.items():
            container.writestr(name, held)
    return target.getvalue()


def test_a_locator_is_written_and_read_back():
    for found in (
        Locator("a.zip"),
        Locator("tệp!1%.zip").then("zip", "b!=c.pdf").then("range", "1-2").then("hex"),
    ):
        assert parse(str(found)) == found


def test_bytes_behind_every_step(tmp_path):
    dump = b"INSERT (x'" + LETTER.hex().encode() + b"');"
    message = b"<a>" + base64.encodebytes(zipped(inner=LETTER)) + b"</a>"
    (tmp_path / "a").mkdir()
    for name, held in {
        "a/plain": LETTER,
        "dump.sql": dump,
        "m.edxml": message,
        "x.gz": gzip.compress(LETTER),
    }.items():
        (tmp_path / name).write_bytes(held)
    (tmp_path / "s.siard").write_bytes(zipped(table=dump, lob=LETTER, nested=zipped(inner=LETTER)))
    digits = f"range=10-{len(dump) - 3}!hex"
    for found in (
        "a/plain",
        f"dump.sql!{digits}",
        f"m.edxml!range=3-{len(message) - 4}!base64!zip=inner",
        "x.gz!gz",
        "s.siard!zip=lob",
        f"s.siard!zip=table!{digits}",
        "s.siard!zip=nested!zip=inner",
    ):
        assert content(tmp_path, found, len(LETTER)) == LETTER, found
        with pytest.raises(IntegrityError):
            content(tmp_path, found, len(LETTER) - 1)


def test_the_limit_is_of_what_is_handed_out_not_of_the_container(tmp_path, monkeypatch):
    """In memory and beyond it; a container beyond all measure is not opened."""
    big = zipped(other=os.urandom(300_000), inner=LETTER)
    message = b"<a>" + base64.encodebytes(big) + b"</a>"
    (tmp_path / "m.edxml").write_bytes(message)
    (tmp_path / "s.siard").write_bytes(zipped(lob=big))
    places = f"m.edxml!range=3-{len(message) - 4}!base64!zip=inner", "s.siard!zip=lob!zip=inner"
    assert len(big) > 2 * len(LETTER)
    for held in (locator.HELD, 1000):
        monkeypatch.setattr(locator, "HELD", held)
        assert [content(tmp_path, place, len(LETTER)) for place in places] == [LETTER, LETTER]
    monkeypatch.setattr(locator, "CONTAINER", len(big) - 1)
    for place in places:
        with pytest.raises(IntegrityError):
            content(tmp_path, place, len(LETTER))


@pytest.mark.parametrize("order", ["le", "be"])
def test_digits_in_utf16(tmp_path, order):
    script = "CREATE … 0x".encode(f"utf-16-{order}")
    (tmp_path / "s.sql").write_bytes(script + LETTER.hex().encode(f"utf-16-{order}"))
    found = f"s.sql!range={len(script)}-{len(script) + 4 * len(LETTER)}!utf16={order}!hex"
    assert content(tmp_path, found, len(LETTER)) == LETTER


EVERY = bytes(range(256)) * 3
MYSQL = {0: rb"\0", 10: rb"\n", 13: rb"\r", 26: rb"\Z", 34: rb"\"", 39: rb"\'", 92: rb"\\"}
COPY = {
    8: rb"\b",
    9: rb"\t",
    10: rb"\n",
    11: rb"\v",
    12: rb"\f",
    13: rb"\015",
    92: rb"\\",
    0: rb"\0",
    1: rb"\x1",
}
JSON = {10: rb"\n", 34: rb"\"", 43: rb"\u002B", 47: rb"\/", 92: rb"\\"}


@pytest.mark.parametrize(
    ("rules", "table"),
    [
        ("mysql", MYSQL),
        ("mysql", {**MYSQL, 39: b"''"}),
        ("quote", {39: b"''"}),
        ("copy", COPY),
        ("json", JSON),
    ],
)
@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1 << 18])
def test_the_inside_of_a_literal(tmp_path, monkeypatch, rules, table, chunk):
    """However the chunks fall: an escape is never read in halves."""
    monkeypatch.setattr(decoding, "CHUNK", chunk)
    written = b"".join(table.get(code, bytes([code])) for code in EVERY)
    (tmp_path / "literal").write_bytes(written)
    assert content(tmp_path, f"literal!unescape={rules}", len(EVERY)) == EVERY


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 1 << 18])
def test_bytes_of_postgresql_and_of_mails_however_the_chunks_fall(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(decoding, "CHUNK", chunk)
    escaped = b"".join(
        bytes([code]) if 31 < code < 127 and code != 92 else b"\\%03o" % code for code in EVERY
    )
    calls = b"".join(
        b"SELECT lowrite(0, '\\x%s');\n" % EVERY[at : at + 7].hex().encode() for at in range(0, len(EVERY), 7)
    )
    written = {
        "bytea": escaped, "unescape=quote!bytea": b"\\x" + EVERY.hex().encode(), "lowrite=quote": calls,
        "quoted": binascii.b2a_qp(EVERY, istext=False),
    }  # fmt: skip
    for step, held in written.items():
        (tmp_path / "held").write_bytes(held)
        assert content(tmp_path, f"held!{step}", len(EVERY)) == EVERY, step


@pytest.mark.parametrize(
    "found",
    ["../x", "/etc/passwd", "a/../x", "", "a//b", "gone", "z.zip!zip=gone", "z.zip!range=0-9999", "z.zip!hex", "z.zip!base64",
     "z.zip!gz", "z.zip!utf16=xx", "plain!utf16", "plain!unescape=sql", "plain!zip=a", "locked.zip!zip=a"],
)  # fmt: skip
def test_what_cannot_be_reached_is_damage(tmp_path, found):
    (tmp_path / "z.zip").write_bytes(zipped(a=LETTER))
    (tmp_path / "plain").write_bytes(LETTER)
    locked = bytearray(zipped(a=LETTER))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(locked)
    with pytest.raises(IntegrityError):
        content(tmp_path, found, 10**6)


def test_an_error_of_the_reader_is_not_taken_for_damage(tmp_path):
    (tmp_path / "a").write_bytes(LETTER)
    with pytest.raises(ValueError), locator.opened(tmp_path, "a", 10**6):
        raise ValueError


def test_a_container_changed_meanwhile_is_read_anew(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipped(a=b"1"))
    assert content(tmp_path, "a.zip!zip=a", 9) == b"1"
    path.write_bytes(zipped(a=b"22"))
    assert content(tmp_path, "a.zip!zip=a", 9) == b"22"


def test_ranges_of_one_member_in_order_unpack_it_once(tmp_path, monkeypatch):
    held = bytes(range(256)) * 20_000
    (tmp_path / "s.siard").write_bytes(zipped(table=held, other=LETTER))
    unpacked = []
    plain = zipfile.ZipExtFile._read1
    monkeypatch.setattr(
        zipfile.ZipExtFile, "_read1", lambda self, size: unpacked.append(got := plain(self, size)) or got
    )

    def part(first: int) -> bytes:
        return content(tmp_path, f"s.siard!zip=table!range={first}-{first + 300}", 300)

    for first in range(0, len(held) - 300, 50_000):
        assert part(first) == held[first : first + 300]
    assert sum(map(len, unpacked)) <= len(held)
    assert part(77) == held[77:377]
    assert content(tmp_path, "s.siard!zip=other", len(LETTER)) == LETTER
    assert content(tmp_path, "s.siard!zip=table", len(held)) == held
