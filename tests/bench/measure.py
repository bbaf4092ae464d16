"""Timing whole commands: wall seconds, and CPU seconds of the command with all its children."""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """`wall` and `cpu` in seconds; `peak` the largest single process so far, in MiB."""

    wall: float
    cpu: float
    peak: float


PR_SET_CHILD_SUBREAPER = 36


def _wait_for_orphans() -> None:
    """Reap what the commands left behind, e.g. the process that forks workers: its CPU time counts too."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def run(
    *commands: Sequence[str], env: Mapping[str, str] | None = None, allowed: Sequence[int] = (0,)
) -> Cost:
    """Run the commands at the same time and wait for all. Raises when one ends with another exit code."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with ThreadPoolExecutor(len(commands)) as pool:
        ended = list(pool.map(lambda command: _call(command, env), commands))
    wall = time.perf_counter() - started
    _wait_for_orphans()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command, (code, errors) in zip(commands, ended, strict=True):
        if code not in allowed:
            raise RuntimeError(f"{command[0]} ended with {code}: {errors[-500:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, after.ru_maxrss / 1024)


def _call(command: Sequence[str], env: Mapping[str, str] | None) -> tuple[int, str]:
    done = subprocess.run(
        list(command),
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A plain table with aligned columns."""
    cells = [[_shown(cell) for cell in row] for row in [headings, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    print(f"\n{title}")
    for row in cells:
        print(
            "  "
            + "  ".join(
                cell.rjust(width) if place else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        )


def _shown(cell: object) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else str(cell)
