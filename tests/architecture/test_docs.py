"""The documents stay true: every test a promise names exists, every file and setting the README names is there."""

import dataclasses
import re
from pathlib import Path

import pytest

from archive.settings import Settings

ROOT = Path(__file__).parents[2]
PROMISES = (ROOT / "archive" / "PROMISES.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py::\w+)`", PROMISES)))


def test_promises_name_their_tests():
    assert len(NAMED) > 40


@pytest.mark.parametrize("name", NAMED)
def test_a_named_test_exists(name):
    path, _, function = name.partition("::")
    assert re.search(rf"^def {function}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_links_of_the_readme_lead_somewhere():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert not [link for link in links if not (ROOT / link).exists()]


def test_the_readme_lists_every_setting():
    missing = [field.name for field in dataclasses.fields(Settings) if f"`{field.name}`" not in README]
    assert set(missing) <= {"home"}
