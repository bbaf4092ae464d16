"""Run by test_contents_real in a process of its own: look at attachments under limits, print one JSON line for each.

Arguments: seconds per file, memory in MiB, home; paths on standard input. Containers are looked into.
"""

import json
import resource
import signal
import sys
import time
from pathlib import Path

from archive.errors import SourceRefused
from archive.settings import Settings
from ingest.snapshots.contents import Contained, look


def row(settings: Settings, contained: Contained) -> dict:
    try:
        looked = look(settings, contained)
    except SourceRefused as refusal:
        return {"codes": [refusal.code], "refused": True, "inner": []}
    inner = [row(settings, member)["codes"] for member in looked.inner]
    codes = [finding.code for finding in looked.findings]
    return {
        "codes": codes,
        "refused": False,
        "inner": inner,
        "type": looked.media_type,
        "pages": looked.pages,
    }


def peak() -> int:
    """The most memory so far in MiB; unlike ru_maxrss it forgets the process that started this one."""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> None:
    seconds, mebibytes, home = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    resource.setrlimit(resource.RLIMIT_AS, (mebibytes * 2**20, mebibytes * 2**20))
    settings = Settings(home=home, page_seconds=seconds // 2)
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        print(json.dumps({"start": str(path)}), flush=True)
        signal.alarm(seconds)  # without a handler: a file that hangs ends this process
        started = time.process_time()
        found = row(settings, Contained(str(path.parent), path.name, path.name))
        signal.alarm(0)
        cpu = time.process_time() - started
        print(json.dumps({"path": str(path), "cpu": cpu, "peak": peak(), **found}), flush=True)


if __name__ == "__main__":
    main()
