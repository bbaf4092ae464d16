"""SIARD: rows per CPU second and peak memory of reading one large table, and many attachments.

Memory is flat when the peak does not grow with the rows. Each reading runs in a process of its own; CPU is user + system.

    python -m tests.bench.siard_speed --rows 100000 1000000 --attachments 20000
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ingest.snapshots.forms import siard
from samples.systems import as_siard
from samples.systems.model import Made, MadeTable
from tests.bench.measure import print_table

COLUMNS = {
    "id": "integer", "so_den": "integer", "ngay_den": "text", "so_ky_hieu": "text", "co_quan": "text", "trich_yeu": "text",
    "y_kien": "text", "noi_dung": "text", "trang_thai": "integer", "don_vi_id": "integer", "nguoi": "text", "han": "text",
}  # fmt: skip
SENTENCE = (
    "kính gửi ủy ban nhân dân huyện về việc giải quyết đơn đề nghị cấp giấy chứng nhận quyền sử dụng đất"
)


class Letters:
    """Rows of about 1,000 bytes of XML, made as they are asked for."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple]:
        chance = random.Random(2719)
        bodies = [" ".join(chance.choices(SENTENCE.split(), k=110)) for _ in range(997)]
        for number in range(self._count):
            body = bodies[chance.randrange(997)]
            yield (
                number, number % 4000, "2019-03-04", f"{number}/UBND-VP", body[:40], body[40:160], body[160:240], body,
                number % 5, number % 300, body[:20], None,
            )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--attachments", type=int, default=20_000)
    parser.add_argument("--read", type=Path, help="read this file and say what it took")
    options = parser.parse_args()
    if options.read:
        print(json.dumps(read(options.read)))
        return
    with tempfile.TemporaryDirectory(prefix="kho-bench-") as folder:
        measure(Path(folder), options.rows, options.attachments)


def measure(folder: Path, counts: list[int], attachments: int) -> None:
    made = [(f"{count} rows", {"van_ban": MadeTable(COLUMNS, Letters(count))}) for count in counts]
    files = [(number, random.Random(number).randbytes(3000)) for number in range(attachments)]
    made.append((f"{attachments} attachments", {"tep": MadeTable({"id": "integer", "tep": "blob"}, files)}))
    lines = []
    for name, tables in made:
        path = folder / "a.siard"
        as_siard.write(Made(tables), path)
        took = json.loads(subprocess.check_output([sys.executable, "-m", __spec__.name, "--read", str(path)]))
        with zipfile.ZipFile(path) as container:
            size = sum(
                member.file_size for member in container.infolist() if member.filename.endswith(".xml")
            )
        lines.append(
            [name, size / 2**20, took["rows"], took["cpu"], took["rows"] / took["cpu"], took["peak"]]
        )
    print_table("reading", ["what", "MiB of XML", "rows", "CPU s", "rows/CPU s", "peak MiB"], lines)


def read(path: Path) -> dict[str, float]:
    started = time.process_time()
    with siard.opened(path) as source:
        rows = sum(1 for _ in source.rows())
        assert not source.findings()
    return {"rows": rows, "cpu": time.process_time() - started, "peak": peak()}


def peak() -> float:
    """MiB this program ever held; what getrusage says includes the program that started it."""
    line = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
