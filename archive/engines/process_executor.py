"""Runs jobs in worker processes, each under limits of time, memory and output.

Each worker has its own pipe and at most two jobs (one in work, one waiting), so a worker that dies names its
culprit: the oldest of its jobs. The others go back to the front of the line. A crash is tried once more, since
the system may have killed the wrong process; running out of time is not.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import resource
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait

from archive.engines.jobs import Limits, attempt
from archive.ports import JobFailure

DEPTH = 2
"""Jobs handed to a worker at once: it need not wait for us between two."""

_processes = multiprocessing.get_context("forkserver")


@dataclass
class _Task:
    job: object
    crashes: int = 0


@dataclass
class _Worker:
    process: multiprocessing.process.BaseProcess
    pipe: Connection
    tasks: deque[_Task] = field(default_factory=deque)


class ProcessExecutor:
    def __init__(self, workers: int = 2, limits: Limits | None = None, preload: Sequence[str] = ()) -> None:
        """`preload` names modules to be imported once, before the workers are forked."""
        _processes.set_forkserver_preload(["archive.engines.process_executor", *preload])
        self.count = max(1, workers)
        self.limits = limits or Limits()
        self._workers: list[_Worker] = []

    def run(
        self, function: Callable, jobs: Iterable[object], seconds: float | None = None
    ) -> Iterator[tuple[object, object]]:
        """(job, result or JobFailure) as they finish. `function` must be picklable; `seconds` overrides the limit."""
        limit = self.limits.seconds if seconds is None else seconds
        source, again = iter(jobs), deque()
        try:
            while True:
                self._hand_out(function, limit, source, again)
                if not any(worker.tasks for worker in self._workers):
                    return
                yield from self._collect(again)
        finally:
            if any(worker.tasks for worker in self._workers):
                self.close()

    def close(self) -> None:
        """End all workers at once, with whatever programs they have started."""
        for worker in self._workers:
            _end(worker)
        self._workers = []

    # ------------------------------------------------------------------ inside

    def _hand_out(self, function: Callable, limit: float, source: Iterator, again: deque[_Task]) -> None:
        while len(self._workers) < self.count:
            self._workers.append(_start(self.limits))
        for depth in range(1, DEPTH + 1):
            for worker in self._workers:
                if len(worker.tasks) < depth:
                    task = again.popleft() if again else _next(source)
                    if task is None:
                        return
                    worker.tasks.append(task)
                    with contextlib.suppress(
                        BrokenPipeError, ConnectionResetError
                    ):  # its death is seen in _collect
                        worker.pipe.send((function, task.job, limit))

    def _collect(self, again: deque[_Task]) -> Iterator[tuple[object, object]]:
        busy = {worker.pipe: worker for worker in self._workers if worker.tasks}
        for pipe in wait(list(busy)):
            worker = busy[pipe]
            try:
                outcome = pipe.recv()
            except (EOFError, ConnectionResetError):
                yield from self._bury(worker, again)
            else:
                yield worker.tasks.popleft().job, outcome

    def _bury(self, worker: _Worker, again: deque[_Task]) -> Iterator[tuple[object, object]]:
        self._workers.remove(worker)
        worker.process.join()
        _end(worker)
        culprit, *rest = worker.tasks
        again.extendleft(reversed(rest))
        if worker.process.exitcode == -signal.SIGALRM:
            yield culprit.job, JobFailure("page.timeout")
        elif culprit.crashes:
            yield culprit.job, JobFailure("page.crashed", f"exit {worker.process.exitcode}")
        else:
            culprit.crashes += 1
            again.append(culprit)


def _next(source: Iterator) -> _Task | None:
    try:
        return _Task(next(source))
    except StopIteration:
        return None


def _start(limits: Limits) -> _Worker:
    ours, theirs = _processes.Pipe()
    process = _processes.Process(target=_work, args=(theirs, limits), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _end(worker: _Worker) -> None:
    """Kill the worker and its children: each worker leads a process group of its own."""
    worker.pipe.close()
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(worker.process.pid, signal.SIGKILL)
    worker.process.join()


# --------------------------------------------------------------------------- in the worker


def _work(pipe: Connection, limits: Limits) -> None:
    _confine(limits)
    with contextlib.suppress(
        EOFError, BrokenPipeError, ConnectionResetError
    ):  # the parent is gone: so are we
        while True:
            function, job, seconds = pipe.recv()
            signal.setitimer(signal.ITIMER_REAL, seconds)
            outcome = attempt(function, job)
            signal.setitimer(signal.ITIMER_REAL, 0)
            pipe.send(outcome)


def _confine(limits: Limits) -> None:
    """A group of its own (Ctrl-C is the parent's to handle), one thread for tesseract, limits, low priority."""
    os.setsid()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # a hung job ends the worker, whatever C code it hangs in
    os.nice(5)
    for kind, value in ((resource.RLIMIT_AS, limits.memory), (resource.RLIMIT_FSIZE, limits.file_bytes)):
        if value:
            resource.setrlimit(kind, (value, value))
