"""Write side of the ledger of checks: used by `kho verify`, one run at a time."""

from __future__ import annotations

import json
import time
from pathlib import Path

from archive import durable, serial
from archive.holdings import ledger, sealed_lines
from archive.holdings.heads_writer import append_line, lines
from archive.holdings.ledger import Check, Run

SECONDS = 2.0
"""A run that is killed checks again at most what it looked at in this time."""


class LedgerWriter:
    """Notes checks as they are made. `lock` is held by whoever runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lock = folder / "verify.lock"
        self._waiting: list[str] = []
        self._flushed = time.monotonic()
        self._end = sealed_lines.read(folder / ledger.CHECKS).end

    def begin(self, run: Run) -> None:
        self._say(run)

    def note(self, check: Check) -> None:
        self._waiting.append(_text(check))
        if time.monotonic() - self._flushed > SECONDS:
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            append_line(self.folder / ledger.CHECKS, self._end, *self._waiting)
            self._end += sum(len(sealed_lines.sealed(text)) for text in self._waiting)
        self._waiting, self._flushed = [], time.monotonic()

    def end(self, run: Run) -> None:
        """Note how it ended; when most lines are out of date, the file is written anew with the newest of each part."""
        self.flush()
        self._say(run)
        kept = ledger.load(self.folder)
        if kept.damaged or kept.lines > 2 * len(kept.checks) + 1000:
            texts = (_text(check) for _, check in sorted(kept.checks.items()))
            durable.write_file(self.folder / ledger.CHECKS, lines(texts), 0o640)
        if kept.damaged:
            durable.write_file(self.folder / ledger.RUNS, lines(_run(one) for one in kept.runs), 0o640)

    def _say(self, run: Run) -> None:
        path = self.folder / ledger.RUNS
        append_line(path, sealed_lines.read(path).end, _run(run))


def _run(run: Run) -> str:
    return json.dumps(serial.to_plain(run), ensure_ascii=False)


def _text(check: Check) -> str:
    findings = [serial.to_plain(finding) for finding in check.findings]
    return json.dumps([check.part, check.when, check.bytes, findings], ensure_ascii=False)
