"""The register on disk: the same rows give the same bytes, history is kept, damage is told."""

from datetime import date
from pathlib import Path

import pytest

from archive import durable
from archive.errors import HomeError, StorageError, UsageError
from archive.units import store
from archive.units.changes import Row, SheetRefused
from archive.units.store import National
from archive.units.store_writer import RegisterWriter
from archive.units.succession import RegisteredUnit, Succession

DAY = date(2025, 7, 1)
GROUND = National(
    {"package": "test", "version": "1"},
    (
        RegisteredUnit(
            "00004.2004",
            "00004",
            "Phường Trúc Bạch",
            "commune",
            "phường",
            None,
            None,
            date(2025, 6, 30),
            ("tb",),
        ),
        RegisteredUnit(
            "00004.2025",
            "00004",
            "Phường Ba Đình",
            "commune",
            "phường",
            None,
            DAY,
            None,
            (),
            ("H26",),
            "test 1",
        ),
    ),
    (Succession("00004.2004", "00004.2025", "merged", "whole", DAY, "NQ 1656", "test 1", 0.95),),
    (("00004.2004", "00004.2025"),),
)
AGENCY = Row("agency", 2, "", {"id": "UB", "name": "UBND phường Trúc Bạch", "parent": "00004.2004"})
BENEATH = Row("agency", 2, "", {"id": "TP", "name": "Bộ phận tư pháp", "parent": "UB"})


def writer(folder: Path) -> RegisterWriter:
    made = RegisterWriter(folder / "register")
    made.build(GROUND, "lan", "2026-01-01T08:00:00+07:00")
    return made


def apply(made: RegisterWriter, *rows: Row, name: str = "phieu.csv"):
    return made.apply(name, repr(rows).encode(), rows, "lan", "2026-01-02T08:00:00+07:00")


def test_an_absent_folder_is_an_empty_register(tmp_path):
    assert store.load(tmp_path / "register").units == {}


def test_national_rows_come_back_as_they_were_and_pack_to_the_same_bytes(tmp_path):
    assert store.unpack(store.pack(GROUND)) == GROUND
    assert store.pack(store.unpack(store.pack(GROUND))) == store.pack(GROUND)
    made = writer(tmp_path)
    register = store.load(made.folder)
    assert tuple(register.units.values()) == GROUND.units and register.successions == GROUND.successions


def test_building_from_the_same_data_again_changes_nothing(tmp_path):
    made = writer(tmp_path)
    before = sorted(path.name for path in made.folder.rglob("*"))
    assert made.build(GROUND, "other", "later") is None
    assert sorted(path.name for path in made.folder.rglob("*")) == before


def test_a_sheet_is_kept_whole_and_applied(tmp_path):
    made = writer(tmp_path)
    entry = apply(made, AGENCY)
    assert (entry.number, entry.action, entry.who) == (2, "sheet", "lan")
    assert (made.folder / "files" / entry.file).read_bytes() == repr((AGENCY,)).encode()
    assert "UB" in store.load(made.folder).inherited("00004.2025", DAY)


def test_sheets_stay_above_a_later_build(tmp_path):
    made = writer(tmp_path)
    apply(made, Row("unit", 2, "", {"id": "00004.2025", "name": "Phường Ba Đình (sửa)"}))
    newer = National({"package": "test", "version": "2"}, GROUND.units, GROUND.successions, GROUND.main)
    assert made.build(newer, "lan", "later").number == 3
    assert store.load(made.folder).unit("00004.2025").name == "Phường Ba Đình (sửa)"


def test_the_version_tells_registers_apart(tmp_path):
    made = writer(tmp_path)
    first = store.load(made.folder).version
    assert store.load(made.folder).version == first
    apply(made, AGENCY)
    second = store.load(made.folder).version
    made.undo(2, "lan", "later")
    assert first != second and store.load(made.folder).version == first


def test_an_undo_is_another_entry_and_can_be_undone(tmp_path):
    made = writer(tmp_path)
    apply(made, AGENCY)
    made.undo(2, "lan", "later", "nhầm")
    assert store.load(made.folder).unit("UB") is None
    made.undo(3, "lan", "later")
    assert store.load(made.folder).unit("UB") is not None
    assert [entry.action for entry in store.history(made.folder)] == ["build", "sheet", "undo", "undo"]


def test_what_later_sheets_need_cannot_be_taken_back(tmp_path):
    made = writer(tmp_path)
    apply(made, AGENCY)
    apply(made, BENEATH)
    with pytest.raises(SheetRefused):
        made.undo(2, "lan", "later")
    assert len(store.history(made.folder)) == 3


@pytest.mark.parametrize(("number", "code"), [(9, "units.no_entry"), (2, "units.undone_already")])
def test_only_what_stands_can_be_undone(tmp_path, number, code):
    made = writer(tmp_path)
    apply(made, AGENCY)
    made.undo(2, "lan", "later")
    with pytest.raises(UsageError) as refused:
        made.undo(number, "lan", "later")
    assert refused.value.code == code


def test_a_refused_sheet_leaves_no_entry(tmp_path):
    made = writer(tmp_path)
    with pytest.raises(SheetRefused):
        apply(made, BENEATH)
    assert len(store.history(made.folder)) == 1


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("part", ["history/0002-*.json", "files/*.json"])
@pytest.mark.parametrize("harm", [_flip, lambda path: path.write_bytes(path.read_bytes()[:-9]), Path.unlink])
def test_damage_is_told_and_never_read_past(tmp_path, part, harm):
    made = writer(tmp_path)
    apply(made, AGENCY)
    apply(made, BENEATH)
    harm(next(made.folder.glob(part)))
    with pytest.raises(HomeError) as told:
        store.load(made.folder)
    assert told.value.code in ("units.damaged", "units.history_gap")


@pytest.mark.parametrize(
    ("step", "number"), [("write", 1), ("write", 2), ("fsync", 1), ("fsync", 2), ("rename", 1), ("rename", 2)]
)
def test_a_write_cut_short_leaves_the_register_as_it_was(tmp_path, monkeypatch, step, number):
    """Once while the file is kept, once while the entry is written."""
    made = writer(tmp_path)
    monkeypatch.setattr(durable, "_passes", {})
    monkeypatch.setenv("KHO_FAULT", f"{step}:{number}:enospc")
    lone = Row("unit", 2, "", {"id": "X", "name": "Xã X"})
    with pytest.raises(StorageError):
        apply(made, lone)
    monkeypatch.delenv("KHO_FAULT")
    assert store.load(made.folder).unit("X") is None
    assert apply(made, lone).action == "sheet"
    assert store.load(made.folder).unit("X") is not None


def test_what_cannot_be_recorded_is_not_done(tmp_path):
    def refuse(entry):
        raise StorageError("error.disk_full", path="log")

    made = RegisterWriter(tmp_path / "register", refuse)
    with pytest.raises(StorageError):
        made.build(GROUND, "lan", "now")
    assert store.history(made.folder) == [] and store.load(made.folder).units == {}
