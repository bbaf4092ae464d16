"""The same bytes under two access levels are told to whoever restricts, lists or ingests; no right is changed."""

import json
from datetime import date

import pytest

from archive import cli
from archive.rights.restrictions import Restriction
from archive.rights.same_bytes import differing, standings
from tests import dossiers, scans
from tests.homes import republish

SAME, OWN = "chung.pdf", "rieng.pdf"


def sample(code: str, **more):
    dossier_id = f"H30.01:{code}"
    items = (dossiers.item(dossier_id, 1, SAME), dossiers.item(dossier_id, 2, f"{code}-{OWN}"))
    return dossiers.dossier(code, items, **more)


def twins(*found, laid=None) -> list[tuple[str, str]]:
    told = differing(one for dossier in found for one in standings(dossier, laid))
    return [(twin.item.item, twin.other.item) for twin in told]


def test_bytes_under_one_level_everywhere_are_no_matter():
    assert twins(sample("a"), sample("b")) == []
    assert twins(sample("a", level="closed"), sample("b", level="closed")) == []


@pytest.mark.parametrize(
    "stricter", [{"level": "closed"}, {"level": "conditional"}, {"embargo": "2050-01-01"}]
)
def test_bytes_under_two_levels_name_the_stricter_and_every_other(stricter):
    found = twins(sample("a"), sample("b", **stricter), sample("c"))
    assert found == [("H30.01:b:001", "H30.01:a:001"), ("H30.01:b:001", "H30.01:c:001")]


@pytest.mark.parametrize("record", ["H30.01:a", "H30.01:a:001"])
def test_a_restriction_counts_as_a_level(record):
    laid = {record: Restriction(record, "closed", date(2050, 1, 1))}
    assert twins(sample("a"), sample("b"), laid=laid) == [("H30.01:a:001", "H30.01:b:001")]
    assert twins(sample("a"), sample("b"), laid={"H30.01": Restriction("H30.01", "closed")}) == []


def test_a_quarantined_document_has_no_bytes_to_compare():
    closed = dossiers.dossier("a", (dossiers.quarantined("H30.01:a", 1),))
    assert twins(closed, sample("b")) == []


# --------------------------------------------------------------------------- told


@pytest.fixture
def kho(settings, capsys):
    nobodys = dossiers.fonds("H31", unit="")
    dossiers.make_home(settings, sample("a"), sample("b"), dossiers.sample("c", nobodys))
    republish(settings)

    def run(*words: str) -> tuple[str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(settings.home), *words])
        out, err = capsys.readouterr()
        assert ended.value.code == 0, err
        return out, err

    run("init")
    return run


def test_who_restricts_is_told_where_the_same_bytes_stay_open(kho):
    _, told = kho("restrict", "H30.01:a", "--level", "closed", "--basis", "CV 1")
    assert "H30.01:a:001 bị hạn chế nhưng đúng tệp ấy còn nằm ở H30.01:b:001" in told
    assert len(told.splitlines()) == 1, "the bytes of its own are nowhere else"
    assert "H30.01:b:001" in kho("restrictions")[1]
    [row] = json.loads(kho("restrictions", "--json")[0])
    assert row["same_bytes_elsewhere"] == ["H30.01:b:001"]
    kho("restrict", "H30.01:b", "--level", "closed", "--basis", "CV 1")
    assert kho("restrictions")[1] == ""


def test_ingest_tells_of_one_file_under_two_levels(settings, tmp_path):
    home, folder = scans.new_home(settings), tmp_path / "dot-1"
    for name in ("A/a.png", "B/b.png", "B/khac.png"):
        scans.write(folder / name, "THU MOI 12" if name.endswith("khac.png") else "THU MOI 11")
    scans.sheet(folder / "muc-luc.xlsx", ["Tên tệp", "Mức độ tiếp cận"], ["a.png", "Đóng"], ["b.png", ""])
    _, report = scans.ingest(home, folder)
    [told] = [one for one in report.findings if one.code == "levels.same_file"]
    assert (told.values["record"], told.values["other"]) == ("T1:A:001", "T1:B:001")
    scans.sheet(folder / "muc-luc.xlsx", ["Tên tệp", "Mức độ tiếp cận"], ["a.png", "Đóng"], ["b.png", "Đóng"])
    _, report = scans.ingest(home, folder)
    assert "levels.same_file" not in {one.code for one in report.findings}


def test_ingest_tells_of_a_folder_whose_name_has_a_personal_number(settings, tmp_path):
    home, folder = scans.new_home(settings), tmp_path / "dot-1"
    scans.write(folder / "Lê Văn Bền CCCD 001085012345" / "a.png", "THU MOI 11")
    scans.write(folder / "Đất đai năm 2014" / "b.png", "THU MOI 12")
    _, report = scans.ingest(home, folder)
    told = [one.file for one in report.findings if one.code == "name.personal"]
    assert told == ["Lê Văn Bền CCCD 001085012345"]
