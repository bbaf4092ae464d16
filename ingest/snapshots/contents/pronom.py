"""PRONOM ids (nationalarchives.gov.uk/PRONOM) of files, by pygfried in a process of its own.

Its runtime claims more address space than a worker may have beside its other work, does not survive a fork, and ends the
process where Python would raise.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

_PROGRAM = """
import json, sys
import pygfried
for line in sys.stdin:
    try:
        found = pygfried.identify(json.loads(line))
    except Exception:  # a container it cannot walk through, others will judge
        found = None
    print("" if found in (None, "UNKNOWN") else found, flush=True)
"""


def identify(path: Path) -> str:
    """The id, e.g. "fmt/18"; "" when the format is unknown, or cannot be told under the limits of this process."""
    for _ in range(2):  # an earlier file may have ended it
        process = _started()
        try:
            process.stdin.write(json.dumps(str(path)) + "\n")
            process.stdin.flush()
            if answer := process.stdout.readline():
                return answer.strip()
        except BrokenPipeError:
            pass
        process.kill()
        process.wait()
        _started.cache_clear()
    return ""


@cache
def _started() -> subprocess.Popen:
    """Ends with this process."""
    command = ["setpriv", "--pdeathsig", "KILL", sys.executable, "-I", "-c", _PROGRAM]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, text=True, **pipes)
