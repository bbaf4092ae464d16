"""Runs keeper and web process side by side: the keeper first and last, begun again when it dies."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from archive.errors import HomeError
from archive.keeper.client import connect

PATIENCE = 30.0
"""Seconds a process may take to start or to end."""
RESTARTS, WITHIN = 5, 60.0
"""The keeper may die so often within so many seconds; then something is wrong that a restart does not mend."""
TICK = 0.1
_DIE_WITH_PARENT = 1


def run(keeper: Sequence[str], web: Sequence[str], folder: Path) -> int:
    """Run both until asked to stop (SIGTERM, SIGINT) or the web process ends; returns its exit code.

    `folder` holds the keeper's socket. The web process gets a passing folder of its own (TMPDIR).
    Raises HomeError when the keeper cannot be kept running.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with tempfile.TemporaryDirectory(prefix="kho-web-") as passing:
        kept = _Keeper(keeper, folder)
        serving = None
        try:
            kept.start()
            serving = _begin(
                web, TMPDIR=passing, OPENBLAS_NUM_THREADS="1"
            )  # no thread before it gives up its rights
            while not stop.wait(TICK) and serving.poll() is None:
                kept.look_after()
            return 0 if serving.poll() is None else serving.returncode
        finally:
            _end(serving)
            _end(kept.process)


class _Keeper:
    """The keeper's process and the moments it was begun."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self._command = command
        self._folder = folder
        self._begun: deque[float] = deque(maxlen=RESTARTS)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Returns once it answers."""
        self._begun.append(time.monotonic())
        self.process = _begin(self._command)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.process.poll() is None:
            try:
                connect(self._folder).close()
                return
            except OSError:
                time.sleep(TICK)
        raise HomeError("error.keeper_fails")

    def look_after(self) -> None:
        """Begin it again when it has died."""
        if self.process.poll() is None:
            return
        if len(self._begun) == RESTARTS and time.monotonic() - self._begun[0] < WITHIN:
            raise HomeError("error.keeper_fails")
        self.start()


def _begin(command: Sequence[str], **environment: str) -> subprocess.Popen:
    """A process in a session of its own, so that Ctrl+C reaches us only; it ends when we are killed."""
    return subprocess.Popen(
        command, env={**os.environ, **environment}, start_new_session=True, preexec_fn=_die_with_parent
    )


_LIBC = ctypes.CDLL(None)


def _die_with_parent() -> None:
    _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _end(process: subprocess.Popen | None) -> None:
    if process is None or process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
