"""The preloaded library that disturbs calls (disturb.c): built here, told by environment variables what to do."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).with_name("disturb.c")
KINDS = ("kill", "torn", "enospc", "enospc+", "eio", "eio+", "short")
"""What happens at call N; with "+" to every call from N on. torn: half of a write, then the kill."""
WRITES = ("torn", "short")
"""Kinds that mean something at writes only."""


@dataclass(frozen=True)
class Fault:
    kind: str
    at: int

    @property
    def kills(self) -> bool:
        return self.kind in ("kill", "torn")

    def __str__(self) -> str:
        return f"{self.kind}@{self.at}"


COUNTING = Fault("count", 0)


def missing() -> str:
    """Why the matrix cannot run on this machine; "" when it can."""
    return "" if shutil.which("cc") else "no C compiler (cc)"


def build(folder: Path) -> Path:
    """The library, compiled into `folder`."""
    library = folder / "disturb.so"
    command = ["cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"]
    subprocess.run(command, check=True)
    return library


def begin(root: Path, fault: Fault, state: Path, log: Path | None = None) -> None:
    """From here on count, and disturb, calls of this process and its children below `root`; the library is loaded."""
    state.write_bytes(bytes(16))
    os.environ |= {
        "KHO_CRASH_ROOT": str(root),
        "KHO_CRASH_STATE": str(state),
        "KHO_CRASH_KIND": fault.kind.removesuffix("+"),
        "KHO_CRASH_AT": str(fault.at),
        "KHO_CRASH_STAY": str(int(fault.kind.endswith("+"))),
    }
    if log:
        os.environ["KHO_CRASH_LOG"] = str(log)
    ctypes.CDLL(None).kho_crash_begin()


def disturbed(state: Path) -> tuple[int, int]:
    """(calls, of which disturbed) so far."""
    content = state.read_bytes()
    return int.from_bytes(content[:8], "little"), int.from_bytes(content[8:], "little")
