"""Pages per second of the whole ingest against bare tesseract and OCRmyPDF on the same pages.

    python -m tests.bench.ingest_speed [PAGES-FOLDER] [--pages N] [--rounds N]

PAGES-FOLDER holds JPEG scans; without it the pages of the generated samples are used. Everything counts for
`kho ingest`: reading, page images, description, package, report. Bare tesseract writes text only. The ways take
turns, and the cheapest of a way's rounds counts: what else runs on the machine only ever adds. On a shared machine
compare CPU seconds; wall time tells how long one waits there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import pikepdf
from PIL import Image

from tests.bench.measure import Cost, print_table, run

KHO = str(Path(sys.executable).with_name("kho"))
ONE_THREAD = {"OMP_THREAD_LIMIT": "1"}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as temp:
        pages = _pages(options.folder, Path(temp), options.pages)
        bench(pages, Path(temp), options.rounds)


def bench(pages: Sequence[Path], temp: Path, rounds: int = 1) -> None:
    workers = len(os.sched_getaffinity(0))
    found: dict[str, list[Cost]] = defaultdict(list)
    for number in range(rounds):
        room = temp / f"round-{number}"
        room.mkdir()
        for name, way in (("bare", _bare_tesseract), ("ours", _kho), ("ocrmypdf", _ocrmypdf)):
            if (cost := way(pages, room, workers)) is not None:
                found[name].append(cost)
    best = {name: _cheapest(costs) for name, costs in found.items()}
    bare, ours, other = best["bare"], best["ours"], best.get("ocrmypdf")
    rows = [
        _row("tesseract … txt, as many processes as cores", bare, bare, len(pages)),
        _row("kho ingest, everything included", ours, bare, len(pages)),
    ]
    if other is not None:
        rows.append(_row("OCRmyPDF, one PDF", other, bare, len(pages)))
        rows.append(["kho against OCRmyPDF", "", "", other.wall / ours.wall, other.cpu / ours.cpu, ""])
    print_table(
        f"{len(pages)} pages, {workers} cores, best of {rounds}; load {os.getloadavg()[0]:.1f}",
        ["way", "pages/s", "CPU s/page", "wall ×bare", "CPU ×bare", "peak MiB"],
        rows,
    )


def _cheapest(costs: Sequence[Cost]) -> Cost:
    return Cost(*(min(values) for values in zip(*map(astuple, costs), strict=True)))


def _row(name: str, cost: Cost, bare: Cost, pages: int) -> list[object]:
    return [
        name,
        pages / cost.wall,
        cost.cpu / pages,
        cost.wall / bare.wall,
        cost.cpu / bare.cpu,
        round(cost.peak),
    ]


def _pages(folder: Path | None, temp: Path, wanted: int) -> list[Path]:
    """Up to `wanted` JPEG pages, spread evenly over the folder's order."""
    if folder is None:
        from samples.generate import generate

        generate(temp / "samples", seed=7)
        folder = temp / "samples"
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})
    step = max(1, len(found) // wanted)
    return found[::step][:wanted]


def _bare_tesseract(pages: Sequence[Path], temp: Path, workers: int) -> Cost:
    commands = []
    for worker in range(workers):
        listing = temp / f"list-{worker}.txt"
        listing.write_text("\n".join(str(path) for path in pages[worker::workers]))
        commands.append(["tesseract", str(listing), str(temp / f"bare-{worker}"), "-l", "vie", "txt"])
    return run(*commands, env=ONE_THREAD)


def _kho(pages: Sequence[Path], temp: Path, workers: int) -> Cost:
    batch, home = temp / "batch", temp / "home"
    dossier = batch / "ho-so-1"
    dossier.mkdir(parents=True)
    for number, path in enumerate(pages, 1):
        shutil.copy(path, dossier / f"trang-{number:04d}.jpg")
    run([KHO, "init", "--home", str(home)])
    return run([KHO, "ingest", "folder", str(batch), "--fonds", "BENCH", "--home", str(home)], allowed=(0, 1))


def _ocrmypdf(pages: Sequence[Path], temp: Path, workers: int) -> Cost | None:
    """None when OCRmyPDF is not installed."""
    program = Path(sys.executable).with_name("ocrmypdf")
    if not program.exists():
        return None
    scan = temp / "scan.pdf"
    _jpegs_to_pdf(pages, scan)
    command = [str(program), "-l", "vie", "--jobs", str(workers), "-O0", "--output-type", "pdf", str(scan)]
    return run([*command, str(temp / "out.pdf")])


def _jpegs_to_pdf(pages: Sequence[Path], target: Path) -> None:
    """A scanned PDF with the JPEGs passed through byte for byte."""
    with pikepdf.new() as pdf:
        for path in pages:
            with Image.open(path) as image:
                size, gray = image.size, image.mode == "L"
                dpi = image.info.get("dpi", (300, 300))[0] or 300
            stream = pikepdf.Stream(pdf, path.read_bytes())
            stream.update(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.XObject,
                    Subtype=pikepdf.Name.Image,
                    Width=size[0],
                    Height=size[1],
                    ColorSpace=pikepdf.Name.DeviceGray if gray else pikepdf.Name.DeviceRGB,
                    BitsPerComponent=8,
                    Filter=pikepdf.Name.DCTDecode,
                )
            )
            width, height = (side * 72 / float(dpi) for side in size)
            page = pdf.add_blank_page(page_size=(width, height))
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=stream))
            page.obj.Contents = pikepdf.Stream(pdf, f"{width:.2f} 0 0 {height:.2f} 0 0 cm /Im0 Do".encode())
        pdf.save(target)


if __name__ == "__main__":
    main()
