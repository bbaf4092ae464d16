"""Files made to break readers: bombs, loops, absurd sizes, and ordinary files damaged at random (seeded)."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

from pikepdf import Array, Dictionary, Name

from tests.pdfs import BODY, Maker, scanned


def make_all(folder: Path) -> list[Path]:
    """Write every hostile file; names tell what each is."""
    folder.mkdir()
    made = [*_images(folder), *_pdfs(folder), *_raw_pdfs(folder)]
    return made + _damaged(folder, random.Random(2719))


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def _tiff(entries: list[tuple[int, int, int, int]], following: int) -> bytes:
    """One directory at offset 8 of (tag, type, count, value) entries."""
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + body + struct.pack("<I", following)


def _images(folder: Path) -> list[Path]:
    small = [
        (256, 4, 1, 10),
        (257, 4, 1, 10),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 0),
        (279, 4, 1, 100),
    ]
    huge = [(256, 4, 1, 2**31 - 1), (257, 4, 1, 2**31 - 1), *small[2:]]
    contents = {
        "png-pixel-flood.png": _png(65535, 65535, zlib.compress(bytes(65535))),
        "png-just-over.png": _png(12000, 10001, zlib.compress(bytes(1000))),
        "png-data-bomb.png": _png(100, 100, zlib.compress(bytes(50_000_000))),
        "png-no-data.png": _png(100, 100, b""),
        "tiff-loop.tif": _tiff(small, 8),
        "tiff-huge.tif": _tiff(huge, 0),
        "tiff-strip-count.tif": _tiff([*small[:5], (273, 4, 2**30, 8), (279, 4, 2**30, 8)], 0),
        "tiff-no-strips.tif": _tiff(small[:5], 0),
        "tiff-empty-directory.tif": _tiff([], 0),
        "tiff-outside.tif": b"II*\x00" + struct.pack("<I", 2**31),
        "tiff-many-directories.tif": b"II*\x00" + struct.pack("<I", 8)
        + b"".join(struct.pack("<HI", 0, 8 + 6 * (number + 1)) for number in range(60_000)),
        "bigtiff-empty.tif": b"II+\x00\x08\x00\x00\x00" + struct.pack("<Q", 2**60),
        "jpeg-header-only.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(9) + b"\xff\xd9",
        "jpeg-size.jpg": b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9",
        "bmp-size.bmp": b"BM" + struct.pack("<IHHI", 100, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 2**30, 2**30, 1, 24, 0, 0, 0, 0, 0, 0),
        "pdf-in-jpeg.pdf": b"\xff\xd8\xff%PDF-1.4",
    }  # fmt: skip
    return [_write(folder / name, content) for name, content in contents.items()]


def _pdfs(folder: Path) -> list[Path]:
    made = []

    def maker(name: str):
        one = Maker()
        made.append((one, folder / name))
        return one, one.page()

    one, page = maker("pdf-image-size.pdf")
    one.scan(page, scanned((20, 20)))
    page.Resources.XObject["/Im0"].Width = page.Resources.XObject["/Im0"].Height = 2**30
    one, page = maker("pdf-data-bomb.pdf")
    one.scan(page, scanned((20, 20)))
    bomb = zlib.compress(zlib.compress(bytes(200_000_000)))
    page.Resources.XObject["/Im0"].write(bomb, filter=Array([Name.FlateDecode, Name.FlateDecode]))
    one, page = maker("pdf-content-bomb.pdf")
    page.Contents = one.pdf.make_stream(zlib.compress(b"0 0 m 1 1 l S\n" * 300_000), Filter=Name.FlateDecode)
    one, page = maker("pdf-text-flood.pdf")
    one.unicode_lines(page, BODY)
    one.write(page, (page.Contents.read_bytes().decode() + "\n") * 400)
    one, page = maker("pdf-form-loop.pdf")
    form = one.pdf.make_stream(
        b"/X Do /X Do", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 99, 99])
    )
    form.Resources = Dictionary(XObject=Dictionary(X=form))
    page.Resources.XObject["/X"] = form
    one.write(page, "/X Do")
    one, page = maker("pdf-form-tree.pdf")
    inner = form = None
    for _ in range(12):  # each level draws the next ten times
        form = one.pdf.make_stream(b"/X Do " * 10 if inner is not None else b"0 0 9 9 re f", Type=Name.XObject,
                                   Subtype=Name.Form, BBox=Array([0, 0, 99, 99]))  # fmt: skip
        form.Resources = Dictionary(XObject=Dictionary(X=inner) if inner is not None else Dictionary())
        inner = form
    page.Resources.XObject["/X"] = form
    one.write(page, "/X Do")
    one, page = maker("pdf-launch.pdf")
    one.pdf.Root.OpenAction = Dictionary(S=Name.Launch, F="/bin/sh")
    one, page = maker("pdf-annotation-flood.pdf")
    page.Annots = Array(
        [Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=Array([0, 0, 90, 90]))] * 20_000
    )
    return [one.save(path) for one, path in made]


def _raw_pdfs(folder: Path) -> list[Path]:
    def pdf(*objects: str) -> bytes:
        body = "".join(f"{number} 0 obj\n{content}\nendobj\n" for number, content in enumerate(objects, 1))
        return f"%PDF-1.5\n{body}trailer << /Root 1 0 R >>\n%%EOF\n".encode()

    catalogue = "<< /Type /Catalog /Pages 2 0 R >>"
    page = "<< /Type /Page /Parent 2 0 R /MediaBox {box} >>"
    deep = "[" * 20_000 + "]" * 20_000
    contents = {
        "pdf-page-loop.pdf": pdf(catalogue, "<< /Type /Pages /Kids [2 0 R] /Count 5 >>"),
        "pdf-count-lie.pdf": pdf(catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 2147483647 >>", page.format(box="[0 0 9 9]")),
        "pdf-negative-count.pdf": pdf(catalogue, "<< /Type /Pages /Kids [3 0 R] /Count -1 >>", page.format(box="[0 0 9 9]")),
        "pdf-giant-page.pdf": pdf(catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page.format(box="[0 0 1e30 1e30]")),
        "pdf-no-area.pdf": pdf(catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page.format(box="[5 5 5 5]")),
        "pdf-sliver.pdf": pdf(catalogue, "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page.format(box="[0 0 0.01 14000]")),
        "pdf-deep.pdf": pdf(catalogue, f"<< /Type /Pages /Kids {deep} /Count 1 >>"),
        "pdf-same-page.pdf": pdf(catalogue, "<< /Type /Pages /Kids [" + "3 0 R " * 50_000 + "] /Count 50000 >>", page.format(box="[0 0 9 9]")),
    }  # fmt: skip
    return [_write(folder / name, content) for name, content in contents.items()]


def _damaged(folder: Path, chance: random.Random, each: int = 12) -> list[Path]:
    """Ordinary files with bytes flipped, removed or doubled at random places."""
    maker = Maker()
    page = maker.page()
    maker.unicode_lines(page, BODY)
    maker.scan(maker.page(), scanned((300, 400)))
    good = [maker.save(folder / "good.pdf")]
    for suffix, options in (("jpg", {}), ("png", {}), ("bmp", {}), ("tif", {"compression": "tiff_lzw"})):
        scanned((300, 400)).save(folder / f"good.{suffix}", **options)
        good.append(folder / f"good.{suffix}")
    frames = [scanned((300, 400), "1")] * 3
    frames[0].save(folder / "good-g4.tif", compression="group4", save_all=True, append_images=frames[1:])
    made = []
    for path in [*good, folder / "good-g4.tif"]:
        content = path.read_bytes()
        for number in range(each):
            made.append(_write(folder / f"damaged-{number:02d}-{path.name}", _hurt(content, chance)))
    return made


def _hurt(content: bytes, chance: random.Random) -> bytes:
    hurt = bytearray(content)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(len(hurt))
        match chance.randrange(3):
            case 0:
                hurt[at] ^= 1 << chance.randrange(8)
            case 1:
                del hurt[at : at + chance.randrange(1, 50)]
            case _:
                hurt[at:at] = hurt[at : at + chance.randrange(1, 50)]
        hurt = hurt or bytearray(b"\0")
    return bytes(hurt)


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
