"""Taking a system over: rows and records a CPU second, attachments a CPU second, memory, and the time to the first hit.

python -m tests.bench.takeover_speed [--documents 20000]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from samples.systems import as_siard
from samples.systems.documents import document_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch), chosen.documents)


def measure(folder: Path, documents: int) -> None:
    made, _ = document_system(documents=documents)
    (folder / "chup").mkdir()
    as_siard.write(made, folder / "chup" / "qlvb.siard")
    rows = sum(len(table.rows) for table in made.tables.values())
    home = str(folder / "home")
    Ran("init", home=home)
    take = [
        "ingest",
        "snapshot",
        str(folder / "chup"),
        "--mapping",
        "qlvb",
        "--system",
        "qlvb",
        "--as-of",
        "30/06/2025",
        "--fonds",
        "T1",
        "--json",
    ]
    first = Ran(*take, home=home)
    again = Ran(*take, home=home)
    published = Ran("publish", home=home)
    found = Ran("search", "đất đai", "--json", home=home)
    outcome = json.loads(first.out)
    print(
        f"{rows} rows, {outcome['records']} records, {outcome['tally']['files']} attachments in {len(made.files)} files, {outcome['pages_read']} pages read"
    )
    print("                          CPU s   wall s   peak MiB")
    for name, ran in (
        ("take over", first),
        ("the same again", again),
        ("publish", published),
        ("first search", found),
    ):
        print(f"{name:<22} {ran.cpu:>8.1f} {ran.wall:>8.1f} {ran.peak / 1024:>10.0f}")
    print(
        f"again: {rows / again.cpu:.0f} rows and {outcome['records'] / again.cpu:.0f} records a CPU second, nothing read twice"
    )
    print(
        f"first hit after {first.wall + published.wall + found.wall:.0f} s; {json.loads(found.out)['total']} found"
    )


class Ran:
    """One command run to its end: its output, CPU and wall seconds, and the peak of memory of any process so far."""

    def __init__(self, *words: str, home: str) -> None:
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "archive.cli", *words, "--home", home], capture_output=True, text=True
        )
        if done.returncode not in (0, 1):
            sys.exit(done.stderr)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.out, self.wall = done.stdout, time.monotonic() - begun
        self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.peak = after.ru_maxrss


if __name__ == "__main__":
    main()
