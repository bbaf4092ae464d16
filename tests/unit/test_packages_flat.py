"""Flat tables of Thông tư 02/2019/TT-BNV: every record under its field codes, originals named as it wants, nothing more."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from archive import cells, cli
from archive.holdings.store import Holdings
from archive.packages import flat
from archive.packages.run import Order, Run
from archive.rights.access import Actor, Grant
from archive.wiring_read import Archive
from tests import canaries, homes, scenes
from tests.sinks import MemorySink

ARCHIVIST = Actor("lan", grants=(Grant(homes.UNIT_A.code, "archivist"),))
EVERYWHERE = Actor("op", grants=(Grant("*", "operator"),))


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("flat"))


def run(settings, actor, out: Path, *dossiers: str, files=False) -> Run:
    work = Run(settings, Archive(settings, MemorySink()).reader(), actor, Order(None, out))
    work.tables(dossiers, files, lambda done, total: None)
    return work


def rows(out: Path, name: str) -> list[dict[str, str]]:
    text = (out / "bang-du-lieu" / f"{name}.csv").read_text(encoding="utf-8-sig")
    return [
        {k: cells.plain(v) for k, v in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def test_every_record_under_its_field_codes(settings, tmp_path):
    run(settings, ARCHIVIST, tmp_path, "H01.12:DD.2014", "H01.12:HT.2019")
    (fonds,) = rows(tmp_path, "phong")
    assert (fonds["FondId"], fonds["FondName"], fonds["ArchivesTime"]) == (
        "H01.12",
        homes.FONDS_A.title,
        "2014–2021",
    )
    first, _ = rows(tmp_path, "ho-so")
    assert (first["FileCode"], first["OrganId"], first["FileCatalog"], first["TotalDoc"]) == (
        "DD.2014",
        "H01.12",
        "2014",
        "5",
    )
    assert (first["StartDate"], first["EndDate"], first["Maintenance"]) == (
        "18/03/2014",
        "09/01/2015",
        "Vĩnh viễn",
    )
    documents = rows(tmp_path, "van-ban")
    letters = [letter for made in homes.DOSSIERS[:2] for letter in made[4] if not letter.quarantined]
    assert [row["Subject"] for row in documents] == [letter.subject for letter in letters]
    assert (documents[0]["DocCode"], documents[0]["CodeNumber"], documents[0]["CodeNotation"]) == (
        "DD.2014.001",
        "15",
        "QĐ-UBND",
    )


def test_the_workbook_says_the_same_as_the_csv(settings, tmp_path):
    run(settings, EVERYWHERE, tmp_path, *sorted(Holdings(settings.holdings).dossiers()))
    book = openpyxl.load_workbook(tmp_path / "bang-du-lieu/bang-du-lieu.xlsx")
    for table, name in flat.TABLES.items():
        heads, *lines = ([cell or "" for cell in line] for line in book[name].values)
        assert heads == [column.name for column in flat.columns(table)]
        assert [dict(zip(heads, line, strict=True)) for line in lines] == rows(tmp_path, name)


def test_originals_stand_under_the_names_of_the_circular_byte_for_byte(settings, tmp_path):
    run(settings, ARCHIVIST, tmp_path, "H01.12:DD.2014", files=True)
    held = Holdings(settings.holdings)
    items = {item.id: item for item in held.dossier("H01.12:DD.2014").items if item.access == "open"}
    documents = rows(tmp_path, "van-ban")
    assert documents[0]["FilePath"] == "tep/H01.12/DD.2014.001.pdf"
    assert len(documents) == len(items)
    for row, item in zip(documents, items.values(), strict=True):
        original = held.file_path("H01.12:DD.2014", item.files[0].path).read_bytes()
        assert (tmp_path / "bang-du-lieu" / row["FilePath"]).read_bytes() == original


def test_a_damaged_dossier_is_refused_and_stands_in_no_table(tmp_path):
    settings = homes.build(tmp_path / "home")
    held = Holdings(settings.holdings)
    item = held.dossier("H01.12:DD.2014").items[2]
    path = held.file_path("H01.12:DD.2014", item.files[0].path)
    path.chmod(0o644)
    path.write_bytes(b"khac")
    work = run(settings, EVERYWHERE, tmp_path / "out", "H01.12:DD.2014", "H01.12:HT.2019", files=True)
    assert [(each.dossier, each.why.code) for each in work.outcome.refused] == [
        ("H01.12:DD.2014", "error.damaged_original")
    ]
    assert [row["FileCode"] for row in rows(tmp_path / "out", "ho-so")] == ["HT.2019"]
    assert not list((tmp_path / "out").rglob("DD.2014*"))


def test_values_too_long_for_their_field_are_told_and_stand_whole(settings, tmp_path):
    made = flat.Flat()
    made.add(Holdings(settings.holdings).dossier("H01.15:TH.2012"))
    assert not made.findings
    longest = {column.name: column.longest for column in flat.columns("document")}["Subject"]
    dossier = Holdings(settings.holdings).dossier("H01.15:TH.2012")
    item = dossier.items[0]
    subject = replace(item.fields["subject"], value="x" * (longest + 1))
    made.add(replace(dossier, items=(replace(item, fields={**item.fields, "subject": subject}),)))
    (finding,) = made.findings
    assert (finding.values["field"], finding.values["length"]) == ("Subject", str(longest + 1))
    assert made.rows["document"][-1][8] == "x" * (longest + 1)


@pytest.mark.parametrize("name", ["leader", "archivist", "operator"])
def test_no_table_tells_more_than_its_taker_may_read(tmp_path, name):
    settings, person = scenes.build(tmp_path / "scenes"), scenes.PEOPLE[name]
    run(settings, Actor(name, grants=person.grants), tmp_path / "out", *scenes.DOSSIERS, files=True)
    shown = "".join(
        path.read_text("utf-8", "replace") for path in (tmp_path / "out").rglob("*") if path.is_file()
    )
    words = canaries.words(shown)
    assert words <= scenes.readable_words(person)
    assert words


def test_every_column_says_how_sure_it_is_and_is_filled_by_something_known():
    known = {"verified", "practice", "recalled"}
    for table in flat.TABLES:
        names = [column.name for column in flat.columns(table)]
        assert len(names) == len(set(names)) and {column.sure for column in flat.columns(table)} <= known


def test_the_command_writes_into_a_new_folder_only(settings, tmp_path, capsys):
    def kho(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(["--home", str(settings.home), "package", "tables", *arguments])
        return caught.value.code, capsys.readouterr().out

    out = str(tmp_path / "bang")
    code, told = kho("--fonds", "H01.12", "--out", out, "--json")
    assert code == 0 and json.loads(told)["tables"]["made"] == ["H01.12:DD.2014", "H01.12:HT.2019"]
    assert kho("--fonds", "H01.12", "--out", out)[0] == 2
    assert kho("--out", str(tmp_path / "x"))[0] == 2
