"""Runs jobs one after another in this process: for tests, debugging and machines without processes.

A job that crashes takes the caller with it; time and memory are not limited.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from archive.engines.jobs import attempt


class SerialExecutor:
    def run(
        self, function: Callable, jobs: Iterable[object], seconds: float | None = None
    ) -> Iterator[tuple[object, object]]:
        for job in jobs:
            yield job, attempt(function, job)

    def close(self) -> None:
        """Nothing to end."""
