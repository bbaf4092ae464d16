"""How fast dumps are read, and in how much memory: python -m tests.bench.sql_speed [ROWS]

Rows a CPU second of one core for both passes together (tables, then rows), a million rows for each dialect by default.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from samples.systems import as_sql
from samples.systems.model import Made, MadeTable
from tests.bench.measure import print_table

COLUMNS = {
    "id": "integer", "so_ky_hieu": "text", "trich_yeu": "text", "ngay": "timestamp", "don_vi_id": "integer",
    "nguoi_ky": "text", "mat": "boolean", "y_kien": "text",
}  # fmt: skip
FIRST = datetime(2015, 1, 1, 8)


def rows(count: int) -> list[tuple]:
    subject = "V/v phối hợp rà soát hồ sơ giải phóng mặt bằng dự án nâng cấp tuyến đường liên xã, giai đoạn "
    return [
        (
            number, f"{number % 3000}/QĐ-UBND", f"{subject}{number % 17}", FIRST + timedelta(minutes=number), number % 40,
            "Nguyễn Văn A" if number % 3 else None, number % 50 == 0, "Chuyển phòng xử lý;\n(xem 'tờ trình')" if number % 5 == 0 else "",
        )
        for number in range(count)
    ]  # fmt: skip


def read(path: Path) -> None:
    """One reading in a process of its own; prints what it took."""
    from ingest.snapshots.forms import sqldump

    started = time.process_time()
    with sqldump.opened(path) as source:
        source.tables()
        gathered = time.process_time() - started
        count = sum(1 for _ in source.rows())
    said = Path("/proc/self/status").read_text()
    peak = int(said.partition("VmHWM:")[2].split()[0]) / 1024
    print(count, gathered, time.process_time() - started, peak)


def main(count: int) -> None:
    made = Made({"van_ban": MadeTable(COLUMNS, rows(count), ("id",))})
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for dialect in as_sql.FORMS:
            path = Path(folder) / "dump.sql"
            as_sql.write(made, path, dialect)
            command = [sys.executable, "-m", "tests.bench.sql_speed", "--read", str(path)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
            total, gathered, cpu, peak = int(said[0]), *map(float, said[1:])
            if total != count:
                raise RuntimeError(f"{dialect}: {total} rows of {count}")
            size = path.stat().st_size / (1 << 20)
            found.append([dialect, total, round(size), gathered, cpu, round(total / cpu), round(peak)])
    print_table(
        "SQL dumps", ["dialect", "rows", "MiB", "tables s CPU", "both s CPU", "rows/s", "peak MiB"], found
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
