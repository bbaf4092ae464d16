"""The whole matrix: every call of every scenario, with every kind of fault. `make crash`; resumable; prints a table.

    python -m tests.crash.matrix FOLDER [--scenario NAME]... [--kind KIND]... [--every N] [--minutes M] [--again]

FOLDER/results.jsonl has a line for each point tried; a second run goes on where it was. `--again` tries failed points anew.
One point: --scenario publish-next --point kill@17.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, Queue

from tests.crash import preload
from tests.crash.preload import COUNTING, KINDS, WRITES, Fault
from tests.crash.scenarios import SCENARIOS
from tests.crash.trials import Trials


def points(calls: list[str], kinds: tuple[str, ...] = KINDS) -> Iterator[Fault]:
    """Every fault that means something at one of these calls ("write home/…")."""
    for at, call in enumerate(calls, 1):
        name = call.split()[0]
        for kind in kinds:
            if kind in WRITES and name != "write":
                continue
            if kind == "enospc" and name in ("unlink", "rmdir", "chmod"):
                continue
            yield Fault(kind, at)


class Results:
    """What was tried, a line each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        rows = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        self.rows = {(row["scenario"], row["point"]): row for row in rows}

    def add(self, row: dict) -> None:
        self.rows[row["scenario"], row["point"]] = row
        with open(self.path, "a") as file:
            print(json.dumps(row, ensure_ascii=False), file=file)

    def table(self) -> str:
        """Points tried, and failures, by scenario and kind."""
        tried, failed = Counter(), Counter()
        for (scenario, point), row in self.rows.items():
            kind = point.partition("@")[0]
            for cell in ((scenario, kind), (scenario, "all"), ("all", kind), ("all", "all")):
                tried[cell] += 1
                failed[cell] += bool(row["failures"])
        names = [name for name in (*SCENARIOS, "all") if tried[name, "all"]]
        columns = (*KINDS, "all")
        lines = [f"{'points / failures':18}" + "".join(f"{kind:>13}" for kind in columns)]
        lines += [
            f"{name:18}" + "".join(f"{tried[name, kind]:>8} /{failed[name, kind]:3}" for kind in columns)
            for name in names
        ]
        return "\n".join(lines)


def run(folder: Path, asked: argparse.Namespace) -> Results:
    folder.mkdir(parents=True, exist_ok=True)
    results = Results(folder / "results.jsonl")
    preload.build(folder)
    waiting: Queue = Queue()
    until = time.monotonic() + asked.minutes * 60
    first = Trials(folder)
    for name in asked.scenario or SCENARIOS:
        _put(waiting, first.ask(name), name, asked, results)
    first.close()
    with ThreadPoolExecutor(asked.workers) as pool:
        for each in [pool.submit(_work, folder, waiting, results, until) for _ in range(asked.workers)]:
            each.result()
    return results


def _put(waiting: Queue, counted: dict, name: str, asked: argparse.Namespace, results: Results) -> None:
    if counted["failures"]:
        results.add({"scenario": name, "point": str(COUNTING), **counted, "calls": len(counted["calls"])})
        return
    print(f"{name}: {len(counted['calls'])} calls", file=sys.stderr)
    for number, fault in enumerate(points(counted["calls"], tuple(asked.kind or KINDS))):
        known = results.rows.get((name, str(fault)))
        wanted = known is None or (asked.again and known["failures"])
        if (asked.point and str(fault) == asked.point) or (
            not asked.point and wanted and number % asked.every == 0
        ):
            waiting.put((name, fault, counted["calls"][fault.at - 1]))


def _work(folder: Path, waiting: Queue, results: Results, until: float) -> None:
    trials = Trials(folder)
    while time.monotonic() < until:
        try:
            name, fault, call = waiting.get_nowait()
        except Empty:
            break
        row = {"scenario": name, "point": str(fault), "call": call, **trials.ask(name, fault)}
        results.add(row)
        if row["failures"]:
            print(f"FAILED {name} {fault} ({call}): {row['failures'][0][:300]}", file=sys.stderr, flush=True)
    trials.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS)
    parser.add_argument("--kind", action="append", choices=KINDS)
    parser.add_argument("--point", default="")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e6)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--again", action="store_true")
    asked = parser.parse_args()
    if why := preload.missing():
        sys.exit(f"The matrix cannot run here: {why}")
    results = run(asked.folder, asked)
    print(results.table())
    sys.exit(any(row["failures"] for row in results.rows.values()))


if __name__ == "__main__":
    main()
