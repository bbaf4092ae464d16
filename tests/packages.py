"""Packages made in tests, and the validators of others that judge them, in an environment of their own (`.ci/setup test`)."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from archive.lookup.reader import HoldingsReader
from archive.packages.run import Order, Outcome, Run
from archive.rights.access import Actor
from archive.settings import Settings

ROOT = Path(__file__).parents[1]
VALIDATORS = Path(os.environ.get("KHO_VALIDATORS", ROOT / "var" / "validators" / "bin" / "python"))


def make(
    settings: Settings, reader: HoldingsReader, actor: Actor, order: Order, dossiers: Sequence[str]
) -> Outcome:
    run = Run(settings, reader, actor, order)
    run.plan(dossiers)
    return run.make(lambda done, total: None)


def judged(*packages: Path) -> list[dict]:
    """What eark-validator and the schemas of PREMIS and EAD say of packages; a visible skip where they are not there."""
    if not VALIDATORS.is_file():
        pytest.skip(f"no validators at {VALIDATORS}: .ci/setup test makes them, KHO_VALIDATORS names others")
    script = Path(__file__).with_name("judge_packages.py")
    done = subprocess.run([VALIDATORS, script, *packages], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
