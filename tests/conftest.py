"""Fixtures every test may use."""

import os
from pathlib import Path

import hypothesis
import pytest
from hypothesis.internal.conjecture import providers

from archive.settings import Settings

# Generated cases are the same in every run, whatever else has been imported; `make explore` looks for new ones.
hypothesis.settings.register_profile("seeded", derandomize=True, database=None)
hypothesis.settings.register_profile("explore", derandomize=False, print_blob=True)
EXPLORING = "KHO_EXPLORE" in os.environ
hypothesis.settings.load_profile("explore" if EXPLORING else "seeded")
if not EXPLORING:
    providers._get_local_constants = lambda: providers._local_constants  # none


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real inputs: KHO_TEST_DATA, else ../shared/data beside the checkout; a visible skip without."""
    named = os.environ.get("KHO_TEST_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no real inputs: set KHO_TEST_DATA to their folder")
    return folder


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")
