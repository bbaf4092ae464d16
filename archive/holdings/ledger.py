"""What `kho verify` looked at, when, and what it found: so that the oldest comes first and a stopped run goes on. Read side.

Sealed lines: `<home>/fixity/checks` has JSON [part, when, bytes, findings] for each part checked (a package by its
folder, PUBLISHED, HOME, ROOT), the newest counts; `<home>/fixity/runs` has {"began", "choice", …} when a run begins, and the
same with "ended" and its outcome when it ends.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from archive import ids, serial
from archive.holdings import heads, sealed_lines
from archive.model import Finding

CHECKS, RUNS = "checks", "runs"
PUBLISHED, HOME, ROOT = "published", "home", "holdings"
"""Parts that are no packages. ROOT, what lies between the packages, is looked at in every run."""


@dataclass(frozen=True)
class Check:
    """One part, checked once. `when` is ISO 8601."""

    part: str
    when: str
    bytes: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Run:
    """One run. `ended` is "" while it runs and when it was stopped. `whole`: everything there was is checked."""

    began: str
    choice: str = ""
    ended: str = ""
    by: str = ""
    parts: int = 0
    bytes: int = 0
    seconds: float = 0.0
    findings: int = 0
    whole: bool = False
    digest: str = ""
    settings: str = ""


@dataclass(frozen=True)
class Ledger:
    """The newest check of each part, the runs in order, and lines that are not as they were written."""

    checks: dict[str, Check]
    runs: tuple[Run, ...] = ()
    damaged: tuple[Finding, ...] = ()
    lines: int = 0

    def when(self, part: str, now: str = "9999") -> str:
        """When a part was checked last; "" for never, and for a time still to come: the clock was wrong then."""
        when = self.checks[part].when if part in self.checks else ""
        return when if when <= now else ""


def load(folder: Path) -> Ledger:
    checks, runs = sealed_lines.read(folder / CHECKS), sealed_lines.read(folder / RUNS)
    newest = {}
    for text in checks.texts:
        part, when, size, findings = json.loads(text)
        newest[part] = Check(part, when, size, tuple(serial.from_plain(Finding, one) for one in findings))
    damaged = [*_damaged(CHECKS, checks.damaged), *_damaged(RUNS, runs.damaged)]
    told = tuple(serial.loads(Run, text) for text in runs.texts)
    return Ledger(newest, told, tuple(damaged), len(checks.texts) + len(checks.damaged))


def _damaged(file: str, numbers: list[int]) -> list[Finding]:
    name = f"{heads.FOLDER}/{file}"
    return [Finding("fixity.memory", "error", name, values={"line": str(number)}) for number in numbers]


def part_of(dossier_id: str) -> str:
    """The name of a dossier's package in the ledger: its folder below the holdings."""
    return ids.object_path(ids.object_id(dossier_id))


# --------------------------------------------------------------------------- what a status page says


@dataclass(frozen=True)
class Status:
    """How far the holdings are checked. `oldest`: since when the bytes looked at least recently were not checked.

    `never` packages were not checked since they were committed. `last` is the newest run that ended, `stopped` one
    after it that did not. `findings` are those of the newest check of each part.
    """

    packages: int
    never: int
    oldest: str
    last: Run | None
    stopped: Run | None
    findings: tuple[Finding, ...]


def status(folder: Path) -> Status:
    """Read from memory and ledger alone: what is on the disk now is not looked at."""
    known, kept = heads.Heads(folder / heads.FILE).refresh().newest, load(folder)
    since = {part_of(dossier_id): head.when for dossier_id, head in known.items()}
    ages = [kept.when(part) or when for part, when in since.items()]
    ended = [run for run in kept.runs if run.ended]
    stopped = kept.runs[-1] if kept.runs and not kept.runs[-1].ended else None
    findings = [finding for _, check in sorted(kept.checks.items()) for finding in check.findings]
    never = sum(part not in kept.checks for part in since)
    return Status(
        len(since), never, min(ages, default=""), ended[-1] if ended else None, stopped, tuple(findings)
    )
