"""Run by test_hostile in a process of its own: look at files under limits, print one JSON line for each.

Arguments: seconds per file, memory in MiB; paths on standard input.
"""

import json
import resource
import signal
import sys
import time
from pathlib import Path

from archive.errors import EngineError, SourceRefused
from archive.settings import Settings
from ingest.files.sources import inspect, open_page


def look(path: Path, settings: Settings) -> dict:
    try:
        info = inspect(path, settings)
    except SourceRefused as refusal:
        return {"outcome": "refused", "code": refusal.code}
    bad = []
    for index in range(min(info.pages, 3)):
        try:
            open_page(path, info.media_type, index, settings).image.load()
        except EngineError as error:
            bad.append(error.code)
    codes = [finding.code for finding in info.findings]
    return {"outcome": "taken", "type": info.media_type, "pages": info.pages, "findings": codes, "bad": bad}


def peak() -> int:
    """The most memory so far in MiB; unlike ru_maxrss it forgets the process that started this one."""
    said = Path("/proc/self/status").read_text()
    return int(said.partition("VmHWM:")[2].split()[0]) // 1024


def main() -> None:
    seconds, mebibytes = int(sys.argv[1]), int(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (mebibytes * 2**20, mebibytes * 2**20))
    settings = Settings(home=Path("unused"))
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        print(json.dumps({"start": str(path)}), flush=True)
        signal.alarm(seconds)  # without a handler: a file that hangs ends this process
        started = time.process_time()
        row = look(path, settings)
        signal.alarm(0)
        print(
            json.dumps({"path": str(path), "cpu": time.process_time() - started, "peak": peak(), **row}),
            flush=True,
        )


if __name__ == "__main__":
    main()
