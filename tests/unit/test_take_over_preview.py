"""A rehearsal says what the take-over then does, and leaves nothing behind."""

import json
from collections import Counter
from dataclasses import replace

import pytest
from click.testing import CliRunner

from archive.engines.serial_executor import SerialExecutor
from archive.errors import UsageError
from archive.holdings.store import Holdings
from ingest.progress import Tally
from ingest.snapshots import commands, mapping, preview
from ingest.snapshots.commands import PROFILES
from ingest.snapshots.handed import Handed
from samples.systems import as_siard
from samples.systems.documents import document_system
from tests.snapshots import MadeSource, laid
from tests.unit.test_takeover import FONDS, UNITS, items, place, with_cells  # noqa: F401


@pytest.fixture
def rehearse(place, tmp_path, monkeypatch):  # noqa: F811
    def run(made, folder="chup", as_of="2025-06-30", **more):
        places = laid(made, tmp_path / folder)
        monkeypatch.setattr(preview, "opened", lambda path: MadeSource(made, places))
        read_by = mapping.parse((PROFILES / "qlvb.toml").read_text(encoding="utf-8") + UNITS)
        about = Handed("qlvb", "Hệ thống thử", as_of)
        return preview.preview(
            place.config, tmp_path / folder, about, FONDS, read_by, SerialExecutor(), Tally("vi"), **more
        )

    return run


def everything_in(folder):
    return sorted(str(path) for path in folder.rglob("*") if path.is_file())


def test_the_rows_of_a_killed_rehearsal_go_with_the_next_run(rehearse, place, monkeypatch):  # noqa: F811
    made, _ = document_system(seed=3, documents=20)
    with monkeypatch.context() as killed:
        killed.setattr(preview, "clear", lambda *_: None)
        rehearse(made)
    left = everything_in(place.config.work / "dry-run")
    assert [path.endswith("rows.sqlite") for path in left] == [True]
    rehearse(made)
    assert not everything_in(place.config.work / "dry-run")


def test_it_tells_what_the_take_over_then_keeps(rehearse, place):  # noqa: F811
    made, truth = document_system(seed=3, documents=400)
    made = with_cells(made, "id", lambda row: None if row["id"] in (5, 9) else row["id"])
    before = everything_in(place.config.home)
    seen = rehearse(made)
    assert everything_in(place.config.home) == before, "nothing is written, also not in the work folder"
    done = place(made)
    assert (seen.package, seen.records, seen.known) == (done.package, done.records, 0)
    assert seen.left_out == done.left_out == {"no_id": 2} and seen.tables == done.snapshot.tables
    assert _codes(seen) == _codes(done)
    assert sum(group.records for group in seen.groups) == done.records
    kept = Counter(
        (item.id.partition(":")[0], item.record.register_year)
        for item in items(place.config, done)
        if item.record
    )
    told = Counter()
    for group in seen.groups:
        told[group.fonds, group.year] += group.records - group.secret
    assert {key: count for key, count in told.items() if count} == kept
    dropped = sum(row[1] in (5, 9) for row in made.tables["tep_dinh_kem"].rows)
    assert (seen.missing, seen.attachments + seen.missing) == (truth.missing, truth.attachments - dropped)
    assert seen.estimate.seconds > 0 and seen.lost
    again = rehearse(made)
    assert again.known == again.records == seen.records


def _codes(one):
    return Counter((finding.code, *sorted(finding.values.items())) for finding in one.findings)


def test_it_refuses_what_the_take_over_would(rehearse, place):  # noqa: F811
    made, _ = document_system(seed=13, documents=40)
    other, _ = document_system(seed=14, documents=40)
    place(made)
    with pytest.raises(UsageError, match=r"snapshot\.evidently_other"):
        rehearse(other, "khac", "2025-07-31")
    assert rehearse(other, "khac", "2025-07-31", same_system=True).known > 20
    assert not everything_in(place.config.work / "dry-run")


@pytest.mark.parametrize("as_json", [False, True])
def test_the_command_tells_it(place, tmp_path, as_json):  # noqa: F811
    made, _ = document_system(seed=13, documents=20)
    made.files.clear()
    (tmp_path / "ban-chup").mkdir()
    as_siard.write(replace(made), tmp_path / "ban-chup" / "qlvb.siard")
    arguments = [
        str(tmp_path / "ban-chup"), "--mapping", "qlvb", "--system", "qlvb", "--fonds", "T1", "--dry-run",
        "--home", str(place.config.home), *(["--json"] if as_json else []),
    ]  # fmt: skip
    told = CliRunner().invoke(commands.snapshot, arguments, catch_exceptions=False)
    assert told.exit_code in (0, 1)
    if as_json:
        said = json.loads(told.stdout)
        assert said["records"] == 20 and sum(group["records"] for group in said["groups"]) == 20
    else:
        assert "T1:qlvb" in told.output and "20 bản ghi" in told.output
    assert not list(Holdings(place.config.holdings).dossiers())
