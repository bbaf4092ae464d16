"""`make demo` on the small samples: what it announces is there and works, step by step."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from archive.keeper import totp
from samples import demo, phone


def kho(home: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([demo.KHO, *words, "--home", home], capture_output=True, text=True)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    for _ in range(2):  # the second run finds everything done
        run = [sys.executable, "-m", "samples.demo", "--home", folder, "--small", "--no-serve"]
        subprocess.run(run, check=True, capture_output=True)
    return folder / "kho"


def found(home: Path, user: str, *words: str) -> set[str]:
    answer = kho(home, "search", *words, "--as", user, "--json", "--size", "100")
    return {hit["id"] for hit in json.loads(answer.stdout)["hits"]}


def test_each_account_sees_what_its_unit_inherited_and_its_role_reads(home):
    lan, minh, hoa, auditor, administrator = (
        found(home, name) for name in ("lan", "minh", "hoa", "thanhtra", "quantri")
    )
    assert lan and minh and not lan & minh
    assert hoa > minh and auditor > hoa | lan and not administrator


def test_what_is_announced_can_be_done(home):
    told = demo.announcement(home, 8080)
    lines = [line.strip() for line in told.splitlines()]
    typed = [shlex.split(line)[1:] for line in lines if line.startswith("kho ")]
    assert len(typed) == len(demo._trials(home))
    refused = [words for words in typed if kho(home, *words).returncode != 0]
    assert [words[:2] for words in refused] == [["explain-access", "lan"]]
    for account in demo._accounts():
        assert account["name"] in told


def test_a_phone_for_those_who_have_none():
    key = totp.make_secret()
    shown = " ".join(key[place : place + 4] for place in range(0, len(key), 4))
    assert totp.step_of(key, phone.code(shown.lower(), 1_800_000_000), 1_800_000_000) is not None


def test_the_queries_it_names_find_something(home):
    for query in demo._example_queries(home):
        assert found(home, "minh", query) or found(home, "thanhtra", query), query


def test_the_document_it_names_for_its_personal_numbers_is_covered(home):
    (document,) = found(home, "minh", demo.PERSONAL)
    shown = kho(home, "search", demo.PERSONAL, "--as", "minh", "--json").stdout
    assert "••••" in shown and "099176004512" not in shown
    assert "099176004512" in kho(home, "show", document, "--json").stdout
