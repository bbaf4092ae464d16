"""The access log: entries a second singly and in company, requests a second logged before shown, speed of verify.

`python -m tests.bench.audit_speed [entries]`; every figure with CPU seconds, as the disk's fsync decides the rest.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from archive.audit.journal import JournalSink
from archive.audit.log import AuditLog, Wanted
from archive.audit.verify import verify
from tests.audits import entry, journal

REQUESTS = 800
COMPANY = (1, 4, 8, 16)


def main(entries: int = 1_000_000) -> int:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        base = Path(folder)
        for threads in COMPANY:
            with journal(base / "requests") as sink:
                _say(
                    f"{threads} at a time, each durable", REQUESTS, lambda t=threads, s=sink: _together(s, t)
                )
        with journal(base / "bulk") as sink:
            _say("1,000 to a call", entries, lambda: _bulk(sink, entries))
        audit = base / "bulk" / "audit"
        _say("verify", entries, lambda: _sound(audit))
        _say(
            "search of one object",
            entries,
            lambda: list(AuditLog(audit).entries(Wanted(object=entry(7).object))),
        )
        size = sum(path.stat().st_size for path in audit.iterdir())
        print(f"{'bytes an entry':32} {size / entries:10.0f}")
    return 0


def _say(what: str, count: int, work: Callable[[], object]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{what:32} {count / wall:10,.0f} /s   {wall:7.2f} s, CPU {cpu:6.2f} s", flush=True)


def _together(sink: JournalSink, threads: int) -> None:
    def work() -> None:
        for number in range(REQUESTS // threads):
            sink.record(entry(number))

    people = [threading.Thread(target=work) for _ in range(threads)]
    for one in people:
        one.start()
    for one in people:
        one.join()


def _bulk(sink: JournalSink, entries: int) -> None:
    for start in range(0, entries, 1000):
        sink.record(*(entry(number) for number in range(start, start + 1000)))


def _sound(audit: Path) -> None:
    if not verify(audit).intact:
        raise SystemExit("the log does not verify")


if __name__ == "__main__":
    sys.exit(main(*(int(number) for number in sys.argv[1:])))
