"""The executors by name, and what they share: how a job's outcome is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from archive.errors import EngineError, KhoError
from archive.ports import Executor, JobFailure


@dataclass(frozen=True)
class Limits:
    """What one worker may use: seconds for a job (0: no limit), bytes of memory, bytes of one output file."""

    seconds: float = 0
    memory: int = 0
    file_bytes: int = 2**30


def attempt(function: Callable, job: object) -> object:
    """The job's result, or a JobFailure that says why there is none."""
    try:
        return function(job)
    except KhoError as error:
        return JobFailure(error.code, error.values.get("reason") or "; ".join(error.values.values()))
    except MemoryError:
        return JobFailure("page.memory")
    except Exception as error:
        return JobFailure("page.failed", f"{type(error).__name__}: {error}")


def executor(name: str, workers: int, limits: Limits, preload: Sequence[str] = ()) -> Executor:
    """The executor called `name`: "process" (default) or "serial". `preload`: modules every job needs."""
    if name == "serial":
        from archive.engines.serial_executor import SerialExecutor

        return SerialExecutor()
    if name == "process":
        from archive.engines.process_executor import ProcessExecutor

        return ProcessExecutor(workers, limits, preload)
    raise EngineError("error.unknown_engine", name=name)
