"""Outside programs that open hostile files run confined: no network, bounded, ended with whoever started them."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_SAID = "errors.txt"
_ALONE = ("--net", "--ipc", "--pid", "--fork", "--kill-child")
_NAMESPACES = (("unshare", *_ALONE), ("unshare", "--user", "--map-current-user", *_ALONE), ())


@contextlib.contextmanager
def started(
    command: list[str],
    folder: Path,
    *,
    seconds: int,
    memory: int,
    file_bytes: int,
    stdout: int = subprocess.DEVNULL,
) -> Iterator[subprocess.Popen]:
    """The running program, in `folder`, which is also its home and the place of its passing files.

    `seconds` of processor time, `memory` and `file_bytes` (of one file) in bytes. When the block is left, however it is,
    the program and all it has started are ended.
    """
    wanted = {"CPU": seconds, "AS": memory, "FSIZE": file_bytes, "CORE": 0}
    limits = [f"--{name.lower()}={_allowed(name, value)}" for name, value in wanted.items()]
    home = {"HOME": str(folder), "TMPDIR": str(folder)}
    with (folder / _SAID).open("wb") as errors:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "prlimit", *limits, *_alone(), *command],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=errors,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", **home},
            process_group=0,
        )
    with process:
        try:
            yield process
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def said(folder: Path) -> bytes:
    """The beginning of what the program that ran in `folder` complained of."""
    with (folder / _SAID).open("rb") as errors:
        return errors.read(2000)


def _allowed(name: str, value: int) -> int:
    """A limit, no higher than the one this process is under itself."""
    own = resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]
    return value if own == resource.RLIM_INFINITY else min(value, own)


@cache
def _alone() -> tuple[str, ...]:
    """The strictest way this machine allows to run a program without a network, its processes ending with it."""
    for way in _NAMESPACES:
        with contextlib.suppress(OSError):
            if subprocess.run([*way, "true"], capture_output=True).returncode == 0:
                return way
    return ()
