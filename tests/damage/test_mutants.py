"""Damaged at random, every form of snapshot and every kind of attachment gives what is left of it, or a refusal with a
sentence; never another error, never a hang, never more memory than a worker has. KHO_MUTANTS=<n> tries n of each."""

import os
import shutil
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from archive.errors import SourceRefused, ToolMissing
from ingest.snapshots.contents import Contained, look, office, pronom
from samples.systems import generate
from tests import mutants
from tests.attachments import docx, paragraph, zipped

MUTANTS = int(os.environ.get("KHO_MUTANTS", "30"))
DATA = (".siard", ".sql", ".json", ".xlsx", ".edxml")
FORMS = (
    "qlvb-siard",
    "qlvb-mysql",
    "qlvb-sqlserver",
    "motcua-sql",
    "motcua-json",
    "so-van-ban",
    "lien-thong",
)


@pytest.fixture(scope="module")
def systems(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("systems")
    generate.generate(made, documents=12, dossiers=6)
    return made


@pytest.mark.parametrize("form", FORMS)
def test_a_damaged_snapshot_gives_rows_or_a_refusal(systems, tmp_path, form):
    data = sorted(path for path in (systems / form).iterdir() if path.suffix in DATA)
    assert data

    def attempt(seed: int) -> None:
        folder = tmp_path / str(seed)
        folder.mkdir()
        try:
            hurt = data[seed % len(data)]
            for path in data[:8]:
                (folder / path.name).write_bytes(path.read_bytes())
            (folder / hurt.name).write_bytes(mutants.mutant(hurt.read_bytes(), seed))
            mutants.read_whole(folder)
            mutants.read_whole(folder / hurt.name)
        finally:
            shutil.rmtree(folder)

    mutants.read_whole(systems / form)
    assert not list(mutants.outcomes(attempt, range(MUTANTS)))


# --------------------------------------------------------------------------- attachments


@pytest.fixture(scope="module")
def attachments(systems) -> dict[str, bytes]:
    """The sample systems' own papers by their ends, and one of each kind they lack."""
    found = {}
    for path in sorted(systems.rglob("*")):
        if path.is_file() and path.stat().st_size < 200_000:
            found.setdefault(path.suffix.lower(), path.read_bytes())
    made = {
        ".zip": zipped({"a.txt": "Kính gửi", "b/c.html": "<p>Quyết định</p>"}),
        ".txt": "Về việc".encode(),
    }
    made |= {".docx": docx(paragraph("Quyết định")), ".html": "<html><body><p>Nơi nhận</p>".encode()}
    return {
        ending: held for ending, held in (found | made).items() if ending not in (".siard", ".sql", ".toml")
    }


def test_a_damaged_attachment_gives_what_it_is_or_a_refusal(settings, attachments, tmp_path, monkeypatch):
    monkeypatch.setattr(office, "pdf_of", partial(_lacking))
    pronom.identify(_put(tmp_path, "warm.txt", b"warm"))
    numbers = count()
    assert len(attachments) > 6
    for ending, held in attachments.items():

        def attempt(seed: int, ending=ending, held=held) -> None:
            path = _put(tmp_path, f"{next(numbers)}{ending}", mutants.mutant(held, seed))
            try:
                looked = look(settings, Contained(str(tmp_path), path.name, path.name))
                mutants.told(looked.findings)
            except SourceRefused as refusal:
                mutants.refused(refusal)
            finally:
                path.unlink()

        failures = list(mutants.outcomes(attempt, range(MUTANTS), crashes=True))
        assert not failures, (ending, failures)


def _lacking(*_):
    raise ToolMissing("error.tool_missing", tool="LibreOffice", command="…")


def _put(folder: Path, name: str, content: bytes) -> Path:
    (folder / name).write_bytes(content)
    return folder / name
