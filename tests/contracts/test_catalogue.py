"""What every catalogue engine promises."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from archive.engines import catalogue_writers, catalogues
from archive.errors import EngineError, NotFound
from archive.model import Event
from archive.ports import PageText
from archive.publishing import handles, projection
from archive.publishing.handles import RegisterKey
from archive.rights.access import LEVELS, NOTHING, RecordClass, everything
from tests import dossiers, systems

ONE, TWO = dossiers.fonds("H30.01", "H30"), dossiers.fonds("H40.01", "H40")


@pytest.fixture(params=sorted(catalogues.READERS))
def engine(request):
    return catalogue_writers.engine(request.param)


FONDS = ("H30.01", "H40.01", "H50", *(f"F{number}" for number in range(5)))


def scope(*units):
    return everything(RecordClass(unit, fonds) for unit in units for fonds in FONDS)


EVERYTHING = scope("H30", "H40", "A", "B", "AB", "C")


def texts(dossier):
    return {item.id: [PageText(text, 91.0) for text in dossiers.TEXTS] for item in dossier.items}


def build(engine, folder: Path, entries, previous=None, removed=()):
    """A sealed catalogue of `entries`, opened again."""
    folder.mkdir(parents=True)
    writer = engine.open_writer(folder, previous)
    for dossier_id in removed:
        writer.remove(dossier_id)
    for entry in entries:
        writer.put(entry, f"state of {entry.title}", texts(entry))
    writer.seal()
    return engine.open_reader(folder)


@pytest.fixture
def catalogue(engine, tmp_path):
    entries = [
        dossiers.sample("hs-1", ONE),
        dossiers.sample("hs-2", ONE, count=1),
        dossiers.sample("hs-1", TWO, count=3),
    ]
    return build(engine, tmp_path / "catalogue", entries)


def test_counts_and_states(catalogue):
    assert catalogue.counts() == {"dossiers": 3, "items": 6, "pages": 12, "open_items": 6}
    assert catalogue.states()["H40.01:hs-1"] == "state of Hồ sơ hs-1"


def test_records_in_scope_are_whole(catalogue):
    dossier = dossiers.sample("hs-1", ONE)
    assert catalogue.dossier(dossier.id, scope("H30")) == dossier
    assert catalogue.item(dossier.items[1].id, scope("H30")) == dossier.items[1]
    asked = [dossier.items[1].id, dossier.items[0].id, "H40.01:hs-1:001", "H30.01:hs-1:999"]
    found = catalogue.page_texts(asked, scope("H30"))
    assert {item_id: [page.text for page in pages] for item_id, pages in found.items()} == {
        item_id: list(dossiers.TEXTS) for item_id in asked[:2]
    }
    row = catalogue.dossier_rows(dossier.id, scope("H30"))[1]
    assert (row.id, row.ordinal, row.code, row.date) == ("H30.01:hs-1:002", 2, "2/QĐ-UBND", "2012-05-31")
    assert (row.unit_code, row.fonds_title, row.page_count, row.confidence) == ("H30", ONE.title, 2, 91.0)
    assert catalogue.rows([row.id], scope("H30")) == {row.id: row}


@pytest.mark.parametrize(
    "outside", [NOTHING, scope("H40"), scope("H3"), scope("h30"), scope("H30%"), scope("' OR 1=1 --")]
)
def test_hidden_is_the_same_as_missing(catalogue, outside):
    for identifier in ("H30.01:hs-1:001", "H30.01:hs-1:999"):
        with pytest.raises(NotFound) as caught:
            catalogue.item(identifier, outside)
        assert caught.value.values == {}
        assert catalogue.page_texts([identifier], outside) == {}
    for read in (catalogue.dossier, catalogue.dossier_rows):
        for identifier in ("H30.01:hs-1", "H30.01:none"):
            with pytest.raises(NotFound) as caught:
                read(identifier, outside)
            assert caught.value.values == {}
    assert catalogue.rows(["H30.01:hs-1:001"], outside) == {}
    assert catalogue.dossiers("H30.01", outside) == (0, [])
    assert not {row.fonds_code for row in catalogue.recent(outside)} & {"H30.01"}
    assert "H30.01" not in {entry.fonds.code for entry in catalogue.fonds(outside)}


def test_an_empty_scope_never_reaches_the_engine(engine, tmp_path):
    catalogue = build(engine, tmp_path / "catalogue", [dossiers.sample()])
    for file in (tmp_path / "catalogue").iterdir():
        file.unlink()
    fresh = object.__new__(type(catalogue))
    if engine.name == "sqlite":  # a reader without any connection at all
        assert fresh.fonds(NOTHING) == [] and fresh.recent(NOTHING) == [] and fresh.rows(["x"], NOTHING) == {}
        with pytest.raises(NotFound):
            fresh.item("H30.01:hs-1:001", NOTHING)
    assert catalogue.recent(NOTHING) == []


def test_a_record_without_a_unit_meets_no_scope(engine, tmp_path):
    catalogue = build(engine, tmp_path / "catalogue", [dossiers.sample("hs-1", dossiers.fonds("H50", ""))])
    assert catalogue.fonds(EVERYTHING) == []
    assert catalogue.rows(["H50:hs-1:001"], scope("")) == {}


def test_fonds_summaries(catalogue):
    one, two = catalogue.fonds(EVERYTHING)
    assert (one.fonds, one.dossiers, one.items, one.pages, one.years) == (ONE, 2, 3, 6, ("2011", "2012"))
    assert (two.fonds, two.dossiers, two.items, two.pages, two.years) == (TWO, 1, 3, 6, ("2011", "2013"))
    assert [summary.fonds for summary in catalogue.fonds(scope("H40"))] == [TWO]


def test_dossiers_come_in_slices(catalogue):
    total, rows = catalogue.dossiers("H30.01", EVERYTHING, 1, 1)
    assert total == 2 and [(row.code, row.items, row.pages) for row in rows] == [("hs-2", 1, 2)]


def test_recent_is_newest_first(engine, tmp_path):
    entries = [
        replace(
            dossiers.sample(f"hs-{n}"), events=(Event("ingestion", f"2026-0{n}-01T00:00:00+07:00", "lan"),)
        )
        for n in (2, 3, 1)
    ]
    catalogue = build(engine, tmp_path / "catalogue", entries)
    assert [row.code for row in catalogue.recent(EVERYTHING, 2)] == ["hs-3", "hs-2"]


def test_a_quarantined_item_shows_its_place_and_nothing_else(engine, tmp_path):
    secret = replace(dossiers.sample().items[1], access="quarantined", extra={"grade": "Tuyệt mật"})
    dossier = dossiers.dossier("hs-1", (dossiers.sample().items[0], secret))
    catalogue = build(engine, tmp_path / "catalogue", [dossier])
    row = catalogue.rows([secret.id], EVERYTHING)[secret.id]
    assert (row.title, row.code, row.date, row.issuer, row.type_name, row.page_count) == (
        "",
        "",
        "",
        "",
        "",
        0,
    )
    assert list(catalogue.page_texts([secret.id], EVERYTHING)[secret.id]) == []
    shown = catalogue.item(secret.id, EVERYTHING)
    assert (shown.fields, shown.files, shown.pages, shown.extra) == ({}, (), (), {})
    assert catalogue.dossier(dossier.id, EVERYTHING).items[1] == shown
    assert catalogue.counts() == {"dossiers": 1, "items": 2, "pages": 2, "open_items": 1}
    assert [summary.items for summary in catalogue.fonds(EVERYTHING)] == [1]
    assert [row.items for row in catalogue.recent(EVERYTHING)] == [1]
    assert [row.items for row in catalogue.dossiers("H30.01", EVERYTHING)[1]] == [1]


def test_an_update_starts_from_the_previous_and_leaves_it_alone(engine, tmp_path):
    first = [dossiers.sample("hs-1"), dossiers.sample("hs-2"), dossiers.sample("hs-1", TWO)]
    build(engine, tmp_path / "one", first)
    before = {file.name: file.read_bytes() for file in (tmp_path / "one").iterdir()}
    smaller = replace(dossiers.sample("hs-1", count=1), title="Mới")
    removed = ["H40.01:hs-1", "H30.01:none"]
    catalogue = build(engine, tmp_path / "two", [smaller], tmp_path / "one", removed)
    assert catalogue.states().keys() == {"H30.01:hs-1", "H30.01:hs-2"}
    assert catalogue.dossier("H30.01:hs-1", EVERYTHING).title == "Mới"
    assert catalogue.rows(["H30.01:hs-1:002", "H40.01:hs-1:001"], EVERYTHING) == {}
    assert [summary.fonds for summary in catalogue.fonds(EVERYTHING)] == [ONE]
    assert catalogue.counts() == {"dossiers": 2, "items": 3, "pages": 6, "open_items": 3}
    assert before == {file.name: file.read_bytes() for file in (tmp_path / "one").iterdir()}


def test_the_writer_names_the_items_that_went(engine, tmp_path):
    (tmp_path / "c").mkdir()
    writer = engine.open_writer(tmp_path / "c", None)
    dossier = dossiers.sample()
    writer.put(dossier, "s", texts(dossier))
    assert writer.item_ids(dossier.id) == [item.id for item in dossier.items]
    assert writer.remove(dossier.id) == [item.id for item in dossier.items]
    assert writer.remove(dossier.id) == [] and writer.states() == {}


def test_a_sealed_catalogue_is_one_folder_that_opens_read_only_in_many_threads(engine, tmp_path):
    build(engine, tmp_path / "catalogue", [dossiers.sample()])
    names = sorted(file.name for file in (tmp_path / "catalogue").iterdir())
    for file in (tmp_path / "catalogue").iterdir():
        file.chmod(0o444)
    (tmp_path / "catalogue").chmod(0o555)
    reader, found = engine.open_reader(tmp_path / "catalogue"), []
    threads = [
        threading.Thread(target=lambda: found.append(reader.item("H30.01:hs-1:001", EVERYTHING).id))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["H30.01:hs-1:001"] * 4
    assert sorted(file.name for file in (tmp_path / "catalogue").iterdir()) == names
    os.chmod(tmp_path / "catalogue", 0o755)


UNITS = st.sampled_from(["A", "B", "AB", "", "C"])


@hypothesis_settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    units=st.lists(UNITS, max_size=5),
    granted=st.frozensets(st.sampled_from(["A", "B", "AB", "X"])),
)
def test_scope_agrees_with_the_access_rule(engine, tmp_path_factory, units, granted):
    entries = [
        dossiers.sample(f"hs-{n}", dossiers.fonds(f"F{n}", unit), count=1) for n, unit in enumerate(units)
    ]
    catalogue = build(engine, tmp_path_factory.mktemp("c") / "catalogue", entries)
    allowed = scope(*granted)
    visible = {e.items[0].id for e in entries if allowed.admits(projection.terms(e, e.items[0]))}
    assert catalogue.rows([e.items[0].id for e in entries], allowed).keys() == visible
    assert {row.id + ":001" for row in catalogue.recent(allowed, 9)} == visible
    assert sum(summary.items for summary in catalogue.fonds(allowed)) == len(visible)


# --------------------------------------------------------------------------- system records


A_SCOPE = everything([RecordClass(systems.FONDS_A.unit.code, systems.FONDS_A.code)])
BOTH = everything(
    RecordClass(f.unit.code, f.code, level) for f in (systems.FONDS_A, systems.FONDS_B) for level in LEVELS
)
FIRST = systems.letters()[0].id
INCOMING = RegisterKey(systems.FONDS_A.code, "incoming", "Sổ văn bản đến UBND xã", "2019", systems.DOCS, "AB")


@pytest.fixture
def closed_systems(engine, tmp_path):
    return build(engine, tmp_path / "systems", systems.dossiers())


@pytest.mark.parametrize(
    ("kind", "key", "found"),
    [
        (handles.LEGACY, handles.legacy(systems.DOCS, "VB-4001"), [FIRST]),
        (handles.ADDRESS, handles.address("http://QLVB.anbinh.example:80/vanban/xem/?id=4001#top"), [FIRST]),
        (handles.ADDRESS, handles.address("http://QLVB.anbinh.example:80/vanban/xem?id=4002"), []),
        (handles.EXCHANGE, "000.00.12.H62,2019,101/UBND-VX", [FIRST]),
        (handles.NUMBER, handles.number(systems.DOCS, "45 / UBND-ĐC"), [systems.replies()[0].id]),
        (
            handles.CASE,
            handles.case(systems.CODE.lower()),
            [systems.newer_cases()[0].id, systems.cases()[0].id],
        ),
        (handles.CITES, handles.legacy(systems.DOCS, "VB-4001"), ["H01.12:qlvb-an-binh.den.2019.01:003"]),
        (handles.LEGACY, handles.legacy(systems.DOCS, "VB-7001"), []),
        (handles.LEGACY, handles.legacy(systems.DOCS, "VB-9999"), []),
        (handles.LEGACY, handles.legacy("", "VB-4001"), []),
    ],
)
def test_records_are_found_by_what_their_systems_called_them(closed_systems, kind, key, found):
    met = closed_systems.found(kind, [key, "other"], A_SCOPE)
    assert met == ({key: sorted(found)} if found else {})
    assert closed_systems.found(kind, [key], NOTHING) == {}


def test_a_register_is_in_the_order_of_its_numbers(closed_systems):
    total, items = closed_systems.register(INCOMING, BOTH)
    assert [item.record.number for item in items] == ["9", "12", "12a", "13", "14", "15", "16", "17", "18"]
    assert total == 9 and items[1] == systems.letters()[0]
    total, items = closed_systems.register(INCOMING, A_SCOPE, 2, 3)
    assert (total, [item.record.number for item in items]) == (8, ["12a", "13", "15"])
    for outside in (NOTHING, scope("H30")):
        assert closed_systems.register(INCOMING, outside) == (0, [])
        assert closed_systems.registers(INCOMING.fonds, outside) == []
    assert closed_systems.register(replace(INCOMING, year="2018"), BOTH) == (0, [])


def test_lines_name_register_and_system(closed_systems):
    first, case = systems.letters()[0].id, systems.cases()[0].id
    rows = closed_systems.rows([first, case], BOTH)
    assert (rows[first].number, rows[first].register) == ("12", "Sổ văn bản đến UBND xã")
    assert (rows[case].number, rows[case].register) == ("", "")
    facts = systems.FACTS
    assert (rows[first].system, rows[first].system_title, rows[first].as_of) == (
        facts.system,
        facts.title,
        facts.as_of,
    )
    assert rows[first] in closed_systems.dossier_rows(rows[first].dossier_id, BOTH)


def test_systems_are_named_within_the_scope(closed_systems):
    named = {facts.system: facts.title for facts in (systems.FACTS, systems.CASE_FACTS, systems.NEWER_FACTS)}
    assert closed_systems.systems(A_SCOPE) == named
    assert closed_systems.systems(NOTHING) == {} == closed_systems.systems(scope("H30"))


def test_registers_count_what_is_in_scope(closed_systems):
    mine = {one.key.direction: one.items for one in closed_systems.registers(INCOMING.fonds, A_SCOPE)}
    assert mine == {"incoming": 8, "outgoing": 2}
    assert {one.items for one in closed_systems.registers(INCOMING.fonds, BOTH)} == {9, 2}
    assert closed_systems.registers(systems.FONDS_B.code, A_SCOPE) == []


def test_a_dossier_comes_without_what_its_records_hold(closed_systems):
    """A volume has a thousand records: each is read by itself, and an applicant's name stands in no list."""
    cases = systems.cases()
    volume = closed_systems.dossier(cases[0].id.rpartition(":")[0], A_SCOPE)
    assert [item.id for item in volume.items] == [item.id for item in cases]
    assert not any(item.record for item in volume.items)
    assert closed_systems.item(cases[0].id, A_SCOPE) == cases[0]
    assert "Nguyễn Văn An" not in repr(volume) + repr(closed_systems.dossier_rows(volume.id, A_SCOPE))


def test_what_is_quarantined_or_gone_answers_to_no_handle(engine, tmp_path):
    letters = systems.letters()
    secret = replace(letters[0], access="quarantined")
    first, *others = systems.dossiers()
    build(engine, tmp_path / "one", [first, *others])
    changed = replace(first, items=(secret, *letters[2:]))
    catalogue = build(engine, tmp_path / "two", [changed], tmp_path / "one", [others[0].id])
    gone = [handles.legacy(systems.DOCS, old) for old in ("VB-4001", "VB-4002", "VB-5001")]
    assert catalogue.found(handles.LEGACY, gone, BOTH) == {}
    numbers = [item.record.number for item in catalogue.register(INCOMING, BOTH)[1]]
    assert "12" not in numbers and "12a" not in numbers and "9" in numbers


def test_sqlite_denies_every_write(tmp_path):
    reader = build(catalogue_writers.engine("sqlite"), tmp_path / "c", [dossiers.sample()])
    for statement in (
        "DELETE FROM item",
        "PRAGMA journal_mode = WAL",
        "ATTACH DATABASE '/tmp/x' AS x",
        "CREATE TABLE x (y)",
        "UPDATE dossier SET state = ''",
        "SELECT load_extension('x')",
    ):
        with pytest.raises(EngineError):
            reader._all(statement)


def test_an_unknown_engine_or_a_damaged_file_is_named(tmp_path):
    with pytest.raises(EngineError):
        catalogues.open_reader("oracle", tmp_path)
    with pytest.raises(EngineError):
        catalogue_writers.engine("oracle")
    (tmp_path / "catalogue.sqlite").write_bytes(b"no database" * 1000)
    with pytest.raises(EngineError):
        catalogues.open_reader("sqlite", tmp_path).counts()


def test_an_item_that_moved_stands_where_it_was_put_last(engine, tmp_path):
    old, new = dossiers.sample("hs-1", ONE), dossiers.sample("hs-9", TWO, count=1)
    before = tmp_path / "1"
    build(engine, before, [old])
    both = replace(new, items=(*new.items, replace(old.items[1], ordinal=2)))
    catalogue = build(engine, tmp_path / "2", [both], before)
    assert catalogue.counts()["items"] == 3
    assert catalogue.rows([old.items[1].id], EVERYTHING)[old.items[1].id].dossier_id == new.id
    assert [row.ordinal for row in catalogue.dossier_rows(old.id, EVERYTHING)] == [1]
    three = tmp_path / "3"
    three.mkdir()
    writer = engine.open_writer(three, tmp_path / "2")
    assert (writer.home(old.items[1].id), writer.home(old.items[0].id)) == (new.id, old.id)
    assert writer.home("H30.01:hs-1:999") == ""
    writer.remove(old.id)
    writer.seal()
    assert old.items[1].id in engine.open_reader(three).rows([old.items[1].id], EVERYTHING)
