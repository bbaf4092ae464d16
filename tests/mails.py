"""Mails made for tests: .eml with parts of each encoding, .msg as a compound file with small and large streams."""

from __future__ import annotations

import struct
from email.message import EmailMessage
from itertools import pairwise

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
SECTOR, SMALL, CUTOFF = 512, 64, 4096


def eml(subject: str, body: str, attached: dict[str, bytes], inner: EmailMessage | None = None) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"] = "Trần Thị Lan <lan@lamkhe.example>", "vanphong@hoalinh.example"
    mail["Date"], mail["Subject"] = "Mon, 30 Jun 2025 08:00:00 +0700", subject
    mail.set_content(body, cte="quoted-printable")
    mail.add_alternative(f"<html><body><p>{body}</p></body></html>", subtype="html")
    for name, held in attached.items():
        mail.add_attachment(held, maintype="application", subtype="octet-stream", filename=name)
    if inner:
        mail.add_attachment(inner, filename="chuyen-tiep.eml")
    return mail.as_bytes()


def msg(subject: str, body: str, attached: dict[str, bytes]) -> bytes:
    streams = {
        "__properties_version1.0": bytes(32) + struct.pack("<IIQ", 0x00390040, 6, 133957188000000000),
        "__substg1.0_0037001F": subject.encode("utf-16-le"),
        "__substg1.0_1000001F": body.encode("utf-16-le"),
        "__substg1.0_0C1A001F": "Trần Thị Lan".encode("utf-16-le"),
    }
    for number, (name, held) in enumerate(attached.items()):
        storage = f"__attach_version1.0_#{number:08X}"
        streams[f"{storage}/__substg1.0_3707001F"] = name.encode("utf-16-le")
        streams[f"{storage}/__substg1.0_37010102"] = held
    return compound(streams)


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file of one level of storages (MS-CFB); trees are mere lists: each right of the one before it."""
    fat: list[int] = []
    sectors: list[bytes] = []
    mini: list[int] = []
    mini_stream = b""

    def chained(held: bytes, size: int, table: list[int]) -> int:
        count = -(-len(held) // size)
        first = len(table)
        table.extend([*range(first + 1, first + count), _END])
        return first if count else _END

    def put(held: bytes) -> int:
        if not held:
            return _END
        first = chained(held, SECTOR, fat)
        padded = held.ljust(-(-len(held) // SECTOR) * SECTOR, b"\0")
        sectors.extend(padded[at : at + SECTOR] for at in range(0, len(padded), SECTOR))
        return first

    entries: list[list] = [["Root Entry", 5, _FREE, _FREE, _FREE, _END, 0]]
    below: dict[str, list[int]] = {"": []}
    for path, held in streams.items():
        storage, _, name = path.rpartition("/")
        if storage and storage not in below:
            entries.append([storage, 1, _FREE, _FREE, _FREE, 0, 0])
            below[storage], place = [], len(entries) - 1
            below[""].append(place)
        if len(held) < CUTOFF:
            start = chained(held, SMALL, mini) if held else _END
            mini_stream += held.ljust(-(-len(held) // SMALL) * SMALL, b"\0")
        else:
            start = put(held)
        entries.append([name, 2, _FREE, _FREE, _FREE, start, len(held)])
        below[storage].append(len(entries) - 1)
    for storage, places in below.items():
        above = next(entry for entry in entries if entry[0] == (storage or "Root Entry"))
        above[4] = places[0]
        for here, there in pairwise(places):
            entries[here][3] = there
    entries[0][5], entries[0][6] = put(mini_stream), len(mini_stream)
    mini_at = put(struct.pack(f"<{len(mini)}I", *mini))
    directory = put(b"".join(map(_entry, entries)))
    fat_sectors = -(-(len(fat) + 40) // (SECTOR // 4))
    fat_at = len(sectors)
    table = [*fat, *[_FAT] * fat_sectors]
    table += [_FREE] * (fat_sectors * SECTOR // 4 - len(table))
    raw = struct.pack(f"<{len(table)}I", *table)
    header = struct.pack("<8s16xHHHHH6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<9I", 0, fat_sectors, directory, 0, CUTOFF, mini_at, 1, _END, 0)
    header += struct.pack("<109I", *range(fat_at, fat_at + fat_sectors), *[_FREE] * (109 - fat_sectors))
    return header + b"".join(sectors) + raw


def _entry(entry: list) -> bytes:
    name, kind, left, right, child, start, size = entry
    wide = (name + "\0").encode("utf-16-le")
    return struct.pack("<64sHBBIII36xIQ", wide, len(wide), kind, 1, left, right, child, start, size)
