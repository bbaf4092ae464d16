"""Exports: MiB per CPU second and peak memory of two sizes; memory is flat when the second peak is no higher.

Originals are zeros of 16 MiB that lie on no disk: what is measured is reading twice, hashing, and the frame.

    python -m tests.bench.export_speed --documents 8 256
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.exports import imagined_bag


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, nargs="*", default=[8, 256])
    parser.add_argument("--one", type=int, help="export as many documents in this process")
    options = parser.parse_args()
    if options.one:
        measure(options.one)
        return
    for count in options.documents:
        subprocess.run([sys.executable, "-m", "tests.bench.export_speed", "--one", str(count)], check=True)


def measure(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bag = imagined_bag(count, Path(folder))
        began = time.process_time()
        size = sum(map(len, bag.chunks())) / 2**20
        took = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{count} documents, {size:,.0f} MiB: {size / took:,.0f} MiB per CPU second, at most {peak:,.0f} MiB held"
    )


if __name__ == "__main__":
    main()
