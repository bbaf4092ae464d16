"""Tiny scans for tests: a few words on a small image, so that real recognition takes a fraction of a second."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont

from archive import home
from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.model import Fonds, Unit
from archive.settings import Settings
from ingest.batch import audit
from ingest.batch.batch import Batch
from ingest.progress import Tally
from ingest.reports.report import Report
from ingest.reports.reporting import make

FONDS = Fonds("T1", "Phông thử", Unit("don-vi-1", "Đơn vị thử"))


def page(words: str, red: str = "") -> Image.Image:
    image = Image.new("RGB", (620, 300), "white")
    pen = ImageDraw.Draw(image)
    pen.text((30, 150), words, fill="black", font=ImageFont.load_default(34))
    pen.text((60, 30), red, fill=(200, 20, 30), font=ImageFont.load_default(60))
    return image


def write(path: Path, *pages: str) -> Path:
    """An image file (several pages: a TIFF or PDF) with these words."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = [page(words) for words in pages]
    options = {"dpi": (200, 200)} | (
        {"save_all": True, "append_images": images[1:]} if len(images) > 1 else {}
    )
    if path.suffix == ".pdf":
        options = {"resolution": 200} | {key: value for key, value in options.items() if key != "dpi"}
    images[0].save(path, **options)
    return path


def sheet(path: Path, head: list[str], *rows: list[object]) -> Path:
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def sample_batch(folder: Path, secret: bool = False) -> Path:
    """Two dossiers: a PDF, a two-page TIFF, a sequence with a gap, a duplicate, a broken file; with
    `secret` also a page with a red secrecy stamp."""
    write(folder / "Ho so A" / "quyet dinh.pdf", "QUYET DINH 12")
    write(folder / "Ho so A" / "to trinh.tif", "TO TRINH 34", "TRANG HAI 56")
    (folder / "Ho so A" / "ban sao.pdf").write_bytes((folder / "Ho so A" / "quyet dinh.pdf").read_bytes())
    write(folder / "Ho so B" / "scan_001.jpg", "BIEN BAN 78")
    write(folder / "Ho so B" / "scan_003.jpg", "TRANG BA 90")
    (folder / "Ho so B" / "hong.pdf").write_bytes(b"%PDF-1.4\nrubbish")
    (folder / "Ho so B" / "Thumbs.db").write_bytes(b"x")
    if secret:
        page("KE HOACH 55", red="MAT").save(folder / "Ho so B" / "ke hoach.png", dpi=(200, 200))
    return folder


def new_home(settings: Settings) -> Settings:
    home.create(settings)
    return settings


def ingest(
    settings: Settings, folder: Path, accession: str = "", kind: str = "serial"
) -> tuple[Batch, Report]:
    """Run a batch to its end without a command line."""
    runner = executor(kind, 2, Limits(120, settings.page_memory))
    try:
        batch = Batch(settings, folder, FONDS, accession or folder.name, runner, Tally("vi"))
        batch.prepare()
        account = batch.run()
    finally:
        runner.close()
    return batch, make(batch, account, audit.listed(folder), (), "2025-01-01T00:00:00+07:00", 1.0, "vi")
