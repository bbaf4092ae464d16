"""Every benchmark, one after another: `make bench`. Set BENCH_PAGES to use scans of your own."""

from __future__ import annotations

import os
import subprocess
import sys

OF_PAGES = ("ocr_quality", "fields_quality", "ingest_speed")
BENCHES = (
    *OF_PAGES,
    "search_speed",
    "lookup_speed",
    "scope_speed",
    "audit_speed",
    "verify_speed",
    "siard_speed",
    "sql_speed",
    "contents_speed",
    "takeover_speed",
    "export_speed",
)


def main() -> int:
    pages = [folder] if (folder := os.environ.get("BENCH_PAGES")) else []
    failed = [
        name
        for name in BENCHES
        if subprocess.call(
            [sys.executable, "-m", f"tests.bench.{name}", *(pages if name in OF_PAGES else [])]
        )
    ]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
