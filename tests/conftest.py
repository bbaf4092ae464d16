"""Fixtures every test may use."""

import os
from pathlib import Path

import pytest

from archive.settings import Settings


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
