"""What the executors share: the limits of a worker, and how a job's outcome is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archive.errors import KhoError
from archive.ports import JobFailure


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
