"""Attachments looked at in a second: each kind apart, read out of one zip file by one worker, its programs counted.

`python -m tests.bench.contents_speed [files of a kind]`; office files are a tenth of that.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from archive.settings import Settings
from ingest.snapshots.contents import Contained, look
from tests.attachments import Authority, docx, paragraph
from tests.bench.measure import print_table, run
from tests.pdfs import BODY, Maker

NONE = "nothing"
TEXT = "\n".join(BODY)


def main(count: int = 200) -> int:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        base = Path(folder).absolute()
        kinds = {name: _write(base, name, make, count) for name, make in _makers().items()}
        start = _looked_at(base, NONE, 0)
        rows = []
        for name, files in kinds.items():
            cost = _looked_at(base, name, files)
            wall, cpu = cost.wall - start.wall, cost.cpu - start.cpu
            rows.append([name, files, f"{files / wall:.1f}", f"{1000 * cpu / files:.1f}", f"{cost.peak:.0f}"])
    print_table(
        "Attachments by one worker, without reading their pages",
        ["kind", "files", "a second", "CPU ms each", "peak MiB"],
        rows,
    )
    return 0


def _looked_at(base: Path, name: str, files: int):
    return run([sys.executable, "-m", "tests.bench.contents_speed", "--look", str(base), name, str(files)])


def _look(base: Path, name: str, files: int) -> None:
    settings = Settings(home=base / f"home-{name}")
    for number in range(files):
        look(settings, Contained(str(base), f"{name}.zip!zip={number}", f"{number}"))


def _write(base: Path, name: str, make: Callable[[int], bytes], count: int) -> int:
    files = max(1, count // 10) if name.startswith("office") else count
    with zipfile.ZipFile(base / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(files):
            archive.writestr(str(number), make(number))
    return files


def _makers() -> dict[str, Callable[[int], bytes]]:
    maker = Maker()
    for _ in range(5):
        maker.unicode_lines(maker.page(), BODY)
    with tempfile.TemporaryDirectory() as folder:
        pdf = maker.save(Path(folder) / "a.pdf").read_bytes()
    signed = Authority().sign(pdf)
    return {
        "text": lambda number: f"{TEXT} {number}".encode(),
        "pdf": lambda number: pdf + b"\n%%%d" % number,
        "pdf signed": lambda number: signed + b"\n%%%d" % number,
        "office docx": lambda number: docx("".join(map(paragraph, [*BODY * 20, str(number)]))),
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--look"]:
        sys.exit(_look(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
    sys.exit(main(*map(int, sys.argv[1:])))
