"""The documents stay true: every test a promise names exists, every file and setting the README names is there."""

import dataclasses
import re
from pathlib import Path

import click
import pytest

from archive import cli
from archive.rights.access import roles
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


def test_the_readme_lists_every_role():
    assert not [name for name in roles() if not re.search(rf"^\| `{name}` ", README, re.MULTILINE)]


DOCUMENTS = {
    path.name: path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *(ROOT / "archive").glob("*.md")]
}
COMMANDS = sorted(
    {
        (name, line.strip())
        for name, text in DOCUMENTS.items()
        for line in re.findall(r"(?:^\$ |`|/)kho ((?:[a-z]|--)[^`\n#]*)", text, re.MULTILINE)
    }
)


@pytest.mark.parametrize(("document", "line"), COMMANDS)
def test_every_command_named_in_a_document_is_there(document, line):
    """Up to its first argument, with every option; `a | b` names several."""
    command, place = cli.kho, click.Context(cli.kho)
    words = [word for word in line.replace("|", " ").split() if re.fullmatch(r"-{0,2}[a-z][a-z-]*", word)]
    for word in words:
        if isinstance(command, click.Group) and not word.startswith("-"):
            found = command.get_command(place, word)
            assert found, f"{document}: kho {line}"
            command = found if isinstance(found, click.Group) or "|" not in line else command
    options = {opt for param in [*cli.kho.params, *command.params] for opt in param.opts} | {
        "--help",
        "--out",
    }
    assert {word for word in words if word.startswith("--")} <= options, f"{document}: kho {line}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_of_ours_named_in_a_document_is_there(document):
    named = re.findall(r"`((?:archive|ingest|webui|samples|tests)/[\w./-]+?)(?:::\w+)?`", DOCUMENTS[document])
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_readme_lists_every_setting():
    missing = [field.name for field in dataclasses.fields(Settings) if f"`{field.name}`" not in README]
    assert set(missing) <= {"home"}
