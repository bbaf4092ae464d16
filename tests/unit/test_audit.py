"""The account is checked against the disk and the holdings, and can fail."""

import os
import shutil

import pytest

from archive.errors import UsageError
from archive.holdings.store import Holdings
from ingest.batch import audit
from ingest.batch.survey import list_folder
from ingest.commands import _received
from ingest.reports import reporting
from ingest.reports.accounting import Account
from tests import scans


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """(folder, batch) after a run, with its report balanced."""
    from archive.settings import Settings

    place = tmp_path_factory.mktemp("audit")
    folder = scans.sample_batch(place / "dot-1")
    batch, made = scans.ingest(scans.new_home(Settings(home=place / "home")), folder)
    assert made.balanced and not [one for one in made.findings if one.code.startswith("account.")]
    return folder, batch


def made_again(batch, folder, account):
    return reporting.make(batch, account, audit.listed(folder), (), "2025-01-01T00:00:00+07:00", 1.0, "vi")


def test_the_walk_names_what_the_survey_names(tmp_path):
    folder = scans.sample_batch(tmp_path / "dot-1")
    os.symlink(folder / "Ho so A", folder / "lien ket")
    (folder / ".an").mkdir()
    (folder / ".an" / "x.pdf").write_bytes(b"x")
    listing = list_folder(folder)
    assert audit.listed(folder) == {one.name for one in listing.found} | {one.file for one in listing.refused}


def test_a_file_without_a_fate_does_not_add_up(done):
    folder, batch = done
    short = Account(batch.account().fates[1:])
    made = made_again(batch, folder, short)
    assert not made.balanced and made.counts["received"] == 6
    lost = [one.file for one in made.findings if one.code == "account.lost"]
    assert lost == [batch.account().fates[0].file]


def test_a_kept_file_whose_bytes_are_not_held_does_not_add_up(done, tmp_path):
    folder, batch = done
    path = Holdings(batch.settings.holdings).file_path("T1:ho-so-a", "original/to trinh.tif")
    shutil.move(path, tmp_path / "away")
    made = made_again(batch, folder, batch.account())
    shutil.move(tmp_path / "away", path)
    assert not made.balanced and made.counts["kept"] == 3
    assert [one.file for one in made.findings] == ["Ho so A/to trinh.tif"]


def test_an_empty_dossier_folder_is_told(tmp_path):
    folder = scans.sample_batch(tmp_path / "dot-1")
    (folder / "Ho so C").mkdir()
    (folder / "Ho so C" / "Thumbs.db").write_bytes(b"x")
    found = audit.empty_folders(folder, audit.listed(folder))
    assert [(one.code, one.file) for one in found] == [("folder.empty", "Ho so C/")]


def test_what_is_no_batch_folder_is_refused_with_a_reason(settings, tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"x")
    (tmp_path / "trong").mkdir()
    (settings.home / "scans").mkdir(parents=True)
    for path, code in (
        (tmp_path / "a.pdf", "ingest.is_file"),
        (tmp_path / "khong co", "ingest.no_folder"),
        (tmp_path / "trong", "ingest.no_files"),
        (settings.home, "ingest.home_inside"),
        (settings.home / "scans", "ingest.home_inside"),
        (settings.home.parent, "ingest.home_inside"),
    ):
        with pytest.raises(UsageError) as caught:
            _received(settings, path)
        assert caught.value.code == code, path


def test_a_report_does_not_fail_for_a_missing_or_damaged_reading(done):
    folder, batch = done
    first, second = sorted(batch.settings.renditions.rglob("*.json.gz"))[:2]
    kept = first.read_bytes(), second.read_bytes()
    first.unlink()
    second.write_bytes(b"rubbish")
    made = made_again(batch, folder, batch.account())
    first.write_bytes(kept[0])
    second.write_bytes(kept[1])
    missing = [row for row in made.to_check if row.code == "reading.missing"]
    assert len(missing) == 2 and all(row.page for row in missing)
