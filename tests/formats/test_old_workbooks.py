"""Registers in .xls read as the same registers in .xlsx do; what is damaged in one is told or refused."""

import os
import shutil
import subprocess
from dataclasses import replace

import pytest

from archive.errors import SourceRefused
from ingest.snapshots.forms import register
from ingest.snapshots.forms.open import opened
from ingest.snapshots.forms.register import old_workbook, workbook
from samples.systems import as_register, views
from samples.systems.documents import document_system
from tests import mutants
from tests.attachments import needs_office

pytestmark = needs_office
MUTANTS = int(os.environ.get("KHO_MUTANTS", "30"))


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The sample registers as .xlsx, and the same saved as .xls."""
    home = tmp_path_factory.mktemp("so")
    made, _ = document_system(documents=900)
    as_register.write(replace(views.registers(made), files={}), home / "new", views.DIRT)
    command = ["soffice", f"-env:UserInstallation=file://{home}/profile", "--headless", "--convert-to", "xls"]
    command += ["--outdir", str(home / "old"), *map(str, (home / "new").glob("*.xlsx"))]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return home / "new", home / "old"


def test_every_sheet_has_the_same_lines(both):
    new, old = both
    for path in sorted(new.glob("*.xlsx")):
        other = old / f"{path.stem}.xls"
        pairs = zip(workbook.sheets(path, "a"), old_workbook.sheets(other, "a"), strict=True)
        for one, twin in pairs:
            assert (one.name, sorted(one.merged)) == (twin.name, sorted(twin.merged))
            lines = [(line.number, line.said, dict(line.links), line.days) for line in one.lines()]
            twins = [(line.number, line.said, dict(line.links), line.days) for line in twin.lines()]
            assert [line for line in lines if line[1]] == [line for line in twins if line[1]]
            assert len(lines) > 50


def test_a_folder_of_old_registers_is_a_snapshot(both):
    rows = []
    for folder in both:
        with opened(folder) as source:
            assert source.kind == "register"
            rows.append([row.cells for row in source.rows()])
            assert not [one for one in source.findings() if one.severity == "error"]
    plain = [[{k: v for k, v in cells.items() if not k.startswith("@id")} for cells in some] for some in rows]
    assert plain[0] == plain[1] and len(plain[0]) > 150


def test_a_damaged_old_workbook_gives_rows_or_a_refusal(both, tmp_path):
    whole = next(both[1].glob("*den*.xls")).read_bytes()

    def attempt(seed: int) -> None:
        folder = tmp_path / str(seed)
        folder.mkdir()
        (folder / "so van ban den 2024.xls").write_bytes(mutants.mutant(whole, seed))
        mutants.read_whole(folder / "so van ban den 2024.xls")
        shutil.rmtree(folder)

    assert not list(mutants.outcomes(attempt, range(MUTANTS)))


def test_one_that_ends_too_soon_keeps_what_was_read_before(both, tmp_path):
    whole = next(both[1].glob("*den*.xls"))
    with whole.open("rb") as file:
        streams = old_workbook.Compound(file).streams
    assert "Workbook" in streams
    (tmp_path / "a.xls").write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(SourceRefused) as refusal:
        register.opened(tmp_path / "a.xls")
    assert refusal.value.code == "refused.register_broken"
