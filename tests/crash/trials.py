"""A process with the library preloaded that tries faults: each in a child of its own, judged by other children.

Started by `Trials`; reads one JSON line {"scenario", "kind", "at"} a trial, answers one line {"failures", "ended"}.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from tests.crash import preload
from tests.crash.preload import COUNTING, Fault

SECONDS = 120
"""Longest a command or a verdict may take on a busy machine; longer is a hang, and a failure."""
FROZEN = {
    "KHO_EXECUTOR": "serial",
    "KHO_FREE_RESERVE": "0",
    "KHO_LANGUAGE": "vi",
    "KHO_OPERATOR": "thu",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "SOURCE_DATE_EPOCH": "1767225600",
}
ROOT = Path(__file__).parents[2]


class Trials:
    """The process, in whose `folder` scenarios are prepared and trials take place."""

    def __init__(self, folder: Path) -> None:
        library = preload.build(folder) if not (folder / "disturb.so").exists() else folder / "disturb.so"
        env = os.environ | FROZEN | {"LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.crash.trials", str(folder)]
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def ask(self, scenario: str, fault: Fault = COUNTING) -> dict:
        print(
            json.dumps({"scenario": scenario, "kind": fault.kind, "at": fault.at}),
            file=self.process.stdin,
            flush=True,
        )
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


# --------------------------------------------------------------------------- inside the process


class Place:
    """Where one scenario is tried: its template, made once for all processes, and this process's own copy."""

    def __init__(self, folder: Path, name: str) -> None:
        from tests.crash.scenarios import SCENARIOS

        self.scenario = SCENARIOS[name]
        self.template = folder / name
        self.trial = folder / f"trial-{name}-{os.getpid()}"
        self.state, self.told = (folder / f"{kind}-{name}-{os.getpid()}" for kind in ("state", "told"))
        if not self.template.exists():
            made = folder / f"{name}.tmp-{os.getpid()}"
            apart(lambda: self.scenario.prepare(made))
            made.rename(self.template)

    def fresh(self) -> None:
        shutil.rmtree(self.trial, ignore_errors=True)
        shutil.copytree(self.template / "home", self.trial / "home", symlinks=True)
        (self.trial / "out").mkdir()

    def run(self, fault: Fault, log: Path | None = None, otherwise: bool = False) -> tuple[int | str, str]:
        """(exit code, or the signal that ended it; its words on standard error)."""
        ended = child(lambda: self._command(fault, log, otherwise))
        return ended, self.told.read_text(errors="replace")

    def _command(self, fault: Fault, log: Path | None, otherwise: bool) -> None:
        from archive import cli

        words = self.scenario.words(self.template / "inputs", self.trial, otherwise)
        handle = os.open(self.told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, 1), os.dup2(handle, 2)
        preload.begin(self.trial, fault, self.state, log)
        cli.main(words)

    def seen(self) -> dict:
        from tests.crash import oracle

        return apart(lambda: oracle.seen(self.trial))


def child(action: Callable[[], object]) -> int | str:
    """Run in a process of its own: its exit code, or the name of the signal that ended it."""
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.setsid()
            signal.alarm(SECONDS)
            action()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else signal.Signals(-status).name


def apart(action: Callable[[], object]) -> object:
    """The answer of `action`, run in a process of its own: no trial sees what another left in memory."""
    reading, writing = os.pipe()

    def answer() -> None:
        try:
            said = {"is": action()}
        except Exception:
            said = {"failed": traceback.format_exc()[-3000:]}
        with os.fdopen(writing, "w") as pipe:
            json.dump(said, pipe, default=str)

    pid = os.fork()
    if pid == 0:
        os.close(reading)
        signal.alarm(SECONDS)
        try:
            answer()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = json.loads(pipe.read() or '{"failed": "no answer"}')
    os.waitpid(pid, 0)
    if "failed" in said:
        raise Failed(said["failed"])
    return said["is"]


class Failed(Exception):
    """Something that should always work did not."""


class Bench:
    """One scenario with what an undisturbed run of it does."""

    def __init__(self, folder: Path, name: str) -> None:
        self.place = Place(folder, name)
        self.place.fresh()
        self.before = self.place.seen()
        log = folder / f"calls-{name}-{os.getpid()}"
        self.code, told = self.place.run(COUNTING, log)
        if self.code not in (0, 1):
            raise Failed(f"undisturbed: {self.code}: {told}")
        self.calls = log.read_text().splitlines()
        self.after = self.place.seen()
        self.problems = self.finished(again=False)
        self.again, _ = self.place.run(COUNTING)
        """How the same command ends when everything is done already."""

    def tried(self, fault: Fault) -> dict:
        self.place.fresh()
        ended, told = self.place.run(fault)
        _, hit = preload.disturbed(self.place.state)
        try:
            failures = [*self.as_expected(fault, ended, told, bool(hit)), *self.midway()]
            failures += self.finished(again=not self._acknowledged(ended))
        except Failed as failed:
            failures = [str(failed)]
        return {"ended": ended, "hit": hit, "failures": failures, "told": told[-500:] if failures else ""}

    def _acknowledged(self, ended: int | str) -> bool:
        return ended == self.code

    def as_expected(self, fault: Fault, ended: int | str, told: str, hit: bool) -> list[str]:
        """A kill kills; of anything else the command gets over, or says what happened and ends with 2."""
        from archive.messages import say

        if fault.kills or not hit:
            return [] if ended == ("SIGKILL" if hit else self.code) else [f"ended with {ended}"]
        unexpected = say("error.unexpected", "vi", reason="").split("{")[0][:20]
        if fault.kind == "short" and ended != self.code:
            return [f"a short write is no error, but it ended with {ended}"]
        if ended not in (self.code, 2) or "Traceback" in told or unexpected in told:
            return [f"ended with {ended}: {told[-300:]}"]
        return []

    def midway(self) -> list[str]:
        from tests.crash import oracle

        return apart(
            lambda: oracle.midway(self.place.trial, self.before, self.after, self.place.scenario.growing)
        )

    def finished(self, again: bool) -> list[str]:
        """After the same command once more, unless it was acknowledged or is done: as undisturbed, nothing left over."""
        from tests.crash import oracle

        done = again and self.place.scenario.once and self.place.seen() == self.after
        if again and not done:
            apart(lambda: oracle.age(self.place.trial))
            ended, told = self.place.run(COUNTING)
            if ended == 2 and self.place.scenario.otherwise:
                ended, told = self.place.run(COUNTING, otherwise=True)
            if ended not in (self.code, self.again):
                return [f"the same command again ended with {ended}: {told[-300:]}"]
        return apart(lambda: oracle.finally_(self.place.trial, self.after, swept=not done))


def _import_all() -> None:
    """Once, for all children: what the commands and verdicts need."""
    import click

    from archive import cli
    from ingest.recognition import tesseract
    from tests.crash import oracle, scenarios  # noqa: F401

    for name in cli.kho.list_commands(click.Context(cli.kho)):
        cli.kho.get_command(click.Context(cli.kho), name)
    tesseract.identity()  # asked once, for all trials: it is remembered
    tesseract.check = lambda: None


def main() -> None:
    folder, benches = Path(sys.argv[1]), {}
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _import_all()
    for line in sys.stdin:
        asked = json.loads(line)
        name, fault = asked["scenario"], Fault(asked["kind"], asked["at"])
        try:
            bench = benches.setdefault(name, None) or Bench(folder, name)
            benches[name] = bench
            if fault.kind == "count":
                answer = {"calls": bench.calls, "failures": bench.problems, "ended": bench.code}
            else:
                answer = bench.tried(fault)
        except Exception:
            answer = {"ended": "broken", "failures": [traceback.format_exc()[-1500:]], "calls": [], "hit": 0}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
