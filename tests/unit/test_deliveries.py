"""Two deliveries with one folder name: no report is lost, and a person sees what they share."""

import json

from ingest.batch.deliveries import report_folder
from ingest.reports import files as report_files
from tests import scans


def deliver(home, folder, accession="dot-1"):
    _, made = scans.ingest(home, folder, accession)
    return report_files.write(made, report_folder(home.work / "reports", made.name, folder), "vi")


def merged(made):
    return [(row.dossier, row.values["others"]) for row in made.to_check if row.code == "dossier.merged"]


def test_a_report_of_another_folder_is_never_overwritten(settings, tmp_path):
    home = scans.new_home(settings)
    scans.write(tmp_path / "xa-a" / "dot-1" / "Ho so A" / "1.pdf", "MOT 11")
    scans.write(tmp_path / "xa-b" / "dot-1" / "Ho so A" / "2.pdf", "HAI 22")
    first = deliver(home, tmp_path / "xa-a" / "dot-1")
    second = deliver(home, tmp_path / "xa-b" / "dot-1")
    again = deliver(home, tmp_path / "xa-b" / "dot-1")
    assert first.files["json"] != second.files["json"] == again.files["json"]
    with open(first.files["json"], encoding="utf-8") as file:
        assert json.load(file)["source"] == str(tmp_path / "xa-a" / "dot-1")
    assert merged(first) == []
    assert merged(second) == merged(again) == [("T1:ho-so-a", str(tmp_path / "xa-a" / "dot-1"))]


def test_a_dossier_of_another_accession_is_told(settings, tmp_path):
    home = scans.new_home(settings)
    scans.write(tmp_path / "dot-1" / "Ho so A" / "1.pdf", "MOT 11")
    scans.write(tmp_path / "dot-2" / "Ho so A" / "2.pdf", "HAI 22")
    assert merged(deliver(home, tmp_path / "dot-1")) == []
    assert merged(deliver(home, tmp_path / "dot-2", "dot-2")) == [("T1:ho-so-a", "dot-1")]
