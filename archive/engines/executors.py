"""The executors by name."""

from __future__ import annotations

from collections.abc import Sequence

from archive.engines.jobs import Limits
from archive.errors import EngineError
from archive.ports import Executor


def executor(name: str, workers: int, limits: Limits, preload: Sequence[str] = ()) -> Executor:
    """The executor called `name`: "process" (default) or "serial". `preload`: modules every job needs."""
    if name == "serial":
        from archive.engines.serial_executor import SerialExecutor

        return SerialExecutor()
    if name == "process":
        from archive.engines.process_executor import ProcessExecutor

        return ProcessExecutor(workers, limits, preload)
    raise EngineError("error.unknown_engine", name=name)
