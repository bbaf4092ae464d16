"""How far a batch is: a bar on a terminal, plain lines elsewhere, JSON lines for programs. All on standard error."""

from __future__ import annotations

import json
import sys
import time
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from archive.messages import say
from archive.wording import decimal

SECONDS_BETWEEN_LINES = 5.0


class Tally:
    """Counts of the running stage; the base of all ways to show them."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.code, self.total, self.done, self.worked, self.refusals = "", 0, 0, 0, 0
        self.confidences: list[float] = []
        self.begun = time.monotonic()

    def stage(self, code: str, total: int) -> None:
        self.code, self.total, self.done, self.worked, self.begun = code, total, 0, 0, time.monotonic()
        self.show(first=True)

    def step(self, count: int = 1, confidence: float | None = None) -> None:
        """`count` more are done. Those found done already come several at a time and tell nothing of speed."""
        self.done += count
        self.worked += count == 1 or confidence is not None
        if confidence is not None:
            self.confidences.append(confidence)
        self.show()

    def refused(self, count: int) -> None:
        self.refusals += count
        self.show()

    @property
    def rate(self) -> float:
        """Steps a second."""
        return self.worked / max(0.001, time.monotonic() - self.begun)

    @property
    def seconds_left(self) -> float | None:
        return (self.total - self.done) / self.rate if self.worked else None

    @property
    def confidence(self) -> float | None:
        return sum(self.confidences) / len(self.confidences) if self.confidences else None

    def show(self, first: bool = False) -> None:
        """Nothing is shown."""

    def close(self) -> None:
        """The end."""


class Bar(Tally):
    def __init__(self, language: str) -> None:
        super().__init__(language)
        self.bar = RichProgress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"),
            TimeRemainingColumn(), console=Console(stderr=True),
        )  # fmt: skip
        self.task: TaskID | None = None
        self.bar.start()

    def show(self, first: bool = False) -> None:
        if first or self.task is None:
            self.task = self.bar.add_task(say(self.code, self.language), total=self.total, more="")
        self.bar.update(self.task, completed=self.done, more=_more(self))

    def close(self) -> None:
        self.bar.stop()


class Lines(Tally):
    def __init__(self, language: str, target: TextIO | None = None) -> None:
        super().__init__(language)
        self.target = target or sys.stderr
        self.said = 0.0
        self.finished = False

    def show(self, first: bool = False) -> None:
        last = self.done >= self.total
        if not first and not last and time.monotonic() - self.said < SECONDS_BETWEEN_LINES:
            return
        if last and self.finished:
            return
        self.said, self.finished = time.monotonic(), last
        left = (
            ""
            if last or self.seconds_left is None
            else say("progress.left", self.language, time=clock(self.seconds_left))
        )
        print(
            f"{say(self.code, self.language)} {self.done}/{self.total} {_more(self)} {left}".rstrip(),
            file=self.target,
        )


class JsonLines(Lines):
    def show(self, first: bool = False) -> None:
        if not first and self.done < self.total and time.monotonic() - self.said < 1.0:
            return
        self.said = time.monotonic()
        state = {
            "stage": self.code.rpartition(".")[2],
            "done": self.done,
            "total": self.total,
            "per_second": round(self.rate, 2),
            "seconds_left": None if self.seconds_left is None else round(self.seconds_left),
            "confidence": None if self.confidence is None else round(self.confidence, 1),
            "refused": self.refusals,
        }
        print(json.dumps(state), file=self.target, flush=True)


def progress(as_json: bool, language: str) -> Tally:
    """JSON lines when asked for, a bar on a terminal, else plain lines."""
    if as_json:
        return JsonLines(language)
    return Bar(language) if sys.stderr.isatty() else Lines(language)


def _more(tally: Tally) -> str:
    parts = (
        [say("progress.rate", tally.language, rate=decimal(tally.rate, 1, tally.language))]
        if tally.worked
        else []
    )
    if tally.confidence is not None:
        parts.append(say("progress.confidence", tally.language, confidence=f"{tally.confidence:.0f}"))
    if tally.refusals:
        parts.append(say("progress.refused", tally.language, count=tally.refusals))
    return " · ".join(parts)


def clock(seconds: float) -> str:
    """3725 -> "1:02:05"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
