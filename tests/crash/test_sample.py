"""A seeded sample of the crash matrix (`make crash` runs all of it): see tests/crash/matrix.py."""

from __future__ import annotations

import os
import random

import pytest

from tests.crash import preload
from tests.crash.matrix import points
from tests.crash.scenarios import SCENARIOS
from tests.crash.trials import Trials

SEED = int(os.environ.get("KHO_TEST_SEED", "20250701"))
EACH = int(os.environ.get("KHO_CRASH_POINTS", "4"))
"""Points of each scenario."""

pytestmark = pytest.mark.skipif(bool(preload.missing()), reason=preload.missing())


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    made = Trials(tmp_path_factory.mktemp("crash"))
    yield made
    made.close()


@pytest.mark.parametrize("name", SCENARIOS)
def test_disturbed_anywhere_it_is_old_or_new_and_the_same_command_completes_it(trials, name):
    counted = trials.ask(name)
    assert not counted["failures"], counted
    every = list(points(counted["calls"]))
    for fault in random.Random(f"{SEED} {name}").sample(every, min(EACH, len(every))):
        tried = trials.ask(name, fault)
        assert not tried["failures"], (name, str(fault), counted["calls"][fault.at - 1], tried)
