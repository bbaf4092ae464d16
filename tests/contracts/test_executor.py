"""What every executor promises; what only worker processes can promise is tested apart."""

import multiprocessing
import os
import signal
import time

import pytest

from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.engines.process_executor import ProcessExecutor
from archive.errors import EngineError, StorageError
from archive.ports import JobFailure


def double(job):
    return job * 2


def fail_on_three(job):
    if job == 3:
        raise ValueError("three")
    return job


def disk_full(job):
    raise StorageError("error.disk_full", path="x", reason="no space")


def die_on_three(job):
    if job == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def hang_on_three(job):
    if job == 3:
        time.sleep(60)
    return job


def die_once(path):
    if not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def eat_memory(job):
    return len(bytearray(8 * 2**30))


def write_much(path):
    with open(path, "wb") as file:
        file.write(bytes(4 * 2**20))


def thread_limit(job):
    return os.environ.get("OMP_THREAD_LIMIT")


@pytest.fixture(params=["serial", "process"])
def any_executor(request):
    made = executor(request.param, 2, Limits(seconds=20))
    yield made
    made.close()


@pytest.fixture
def processes():
    made = ProcessExecutor(2, Limits(seconds=1.5, memory=2 * 2**30, file_bytes=2**20))
    yield made
    made.close()


def test_every_job_is_answered_once(any_executor):
    assert sorted(any_executor.run(double, range(40))) == [(job, job * 2) for job in range(40)]


def test_no_jobs_no_answers(any_executor):
    assert list(any_executor.run(double, [])) == []


def test_a_failing_job_fails_alone(any_executor):
    outcomes = dict(any_executor.run(fail_on_three, range(6)))
    assert outcomes.pop(3) == JobFailure("page.failed", "ValueError: three")
    assert outcomes == {job: job for job in (0, 1, 2, 4, 5)}


def test_an_error_keeps_its_code(any_executor):
    [(_, failure)] = any_executor.run(disk_full, [1])
    assert failure.code == "error.disk_full"


def test_an_executor_serves_several_runs(any_executor):
    assert dict(any_executor.run(double, [1])) == {1: 2}
    assert dict(any_executor.run(fail_on_three, [1])) == {1: 1}


def test_jobs_are_drawn_only_as_needed(any_executor):
    drawn = []

    def jobs():
        for number in range(100):
            drawn.append(number)
            yield number

    run = any_executor.run(double, jobs())
    next(run)
    assert len(drawn) <= 6
    run.close()


def test_an_unknown_executor_is_an_error():
    with pytest.raises(EngineError):
        executor("nothing", 1, Limits())


def test_a_job_that_kills_its_worker_fails_alone(processes):
    outcomes = dict(processes.run(die_on_three, range(8)))
    assert outcomes.pop(3).code == "page.crashed"
    assert len(outcomes) == 7 and all(
        isinstance(pid, int) and pid != os.getpid() for pid in outcomes.values()
    )


def test_a_worker_killed_by_accident_costs_nothing(processes, tmp_path):
    path = str(tmp_path / "died")
    assert dict(processes.run(die_once, [path])) == {path: "done"}


def test_a_hung_job_is_ended_and_fails_alone(processes):
    begun = time.monotonic()
    outcomes = dict(processes.run(hang_on_three, range(6)))
    assert outcomes.pop(3) == JobFailure("page.timeout")
    assert outcomes == {job: job for job in (0, 1, 2, 4, 5)}
    assert time.monotonic() - begun < 20


def test_memory_and_output_are_bounded(processes, tmp_path):
    [(_, failure)] = processes.run(eat_memory, [1])
    assert failure.code == "page.memory"
    [(_, failure)] = processes.run(write_much, [str(tmp_path / "big")])
    assert failure.code == "page.failed" and "File too large" in failure.detail


def test_workers_use_one_thread_for_recognition(processes):
    assert dict(processes.run(thread_limit, [1])) == {1: "1"}


def test_abandoning_a_run_ends_the_hung_workers(processes):
    run = processes.run(hang_on_three, [1, 3, 3, 3], seconds=60)
    assert next(run) == (1, 1)
    workers = multiprocessing.active_children()
    begun = time.monotonic()
    run.close()
    assert workers and not any(worker.is_alive() for worker in workers)
    assert time.monotonic() - begun < 10
