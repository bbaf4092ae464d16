"""The shipped mappings for registers and edXML name only what their readers can give, and real files of both fit them."""

from pathlib import Path

import pytest

from archive.processing import STATUSES
from ingest.catalogue.columns import data, register_titles
from ingest.snapshots import mapping
from ingest.snapshots.forms import edxml, jsonexport, register
from ingest.snapshots.forms.edxml import fields
from ingest.snapshots.forms.register.table import OWN
from samples.systems import as_edxml, as_register
from samples.systems.as_json import write as write_json
from samples.systems.model import Made, MadeTable

PROFILES = Path(mapping.__file__).parent / "profiles"
REGISTERS = (("so-van-ban", 0, "incoming"), ("so-van-ban", 1, "outgoing"), ("so-ho-so-tthc", 0, "procedures"))


def named(records):
    """(table, column) that a mapping reads; the table is "" for the record's own row."""
    own = [*records.fields.values(), *records.record.values(), *records.procedure.values()]
    own += filter(None, (records.unit, records.title, *records.unit_by_direction.values()))
    found = {("", column) for value in own for column in value.columns}
    found |= {("", column) for column in (*records.id, *records.only)}
    for child in records.children:
        columns = [column for value in child.fields.values() for column in value.columns]
        found |= {(child.table, column) for column in (*columns, *child.parent, *child.order)}
    return found


@pytest.mark.parametrize(("name", "number", "direction"), REGISTERS)
def test_the_profiles_of_registers_name_titles_of_columns(name, number, direction):
    records = mapping.load(PROFILES / f"{name}.toml").records[number]
    assert {column for _, column in named(records)} <= {*register_titles().values(), *OWN}
    assert records.only == {"@direction": (direction,)}
    assert direction in {rule["value"] for rule in data("register")["direction"]}


def test_the_profile_of_edxml_names_its_columns():
    [records] = mapping.load(PROFILES / "edxml.toml").records
    assert {(table or "document", column) for table, column in named(records)} <= {
        (table, column) for table, columns in fields.COLUMNS.items() for column in columns
    }


@pytest.mark.parametrize("name", ["so-van-ban", "so-ho-so-tthc", "edxml"])
def test_what_the_profiles_read_differently_is_in_their_lists(name):
    found = mapping.load(PROFILES / f"{name}.toml")
    assert set(found.code_lists.get("status", {}).values()) <= set(STATUSES)
    used = {
        value.values
        for records in found.records
        for child in records.children
        for value in child.fields.values()
    }
    assert {each for each in used if each} <= set(found.code_lists)


LEGAL = {
    "incoming": [
        "Ngày đến", "Số đến", "Tác giả", "Số, ký hiệu văn bản", "Ngày tháng văn bản", "Tên loại và trích yếu nội dung văn bản",
        "Đơn vị hoặc người nhận", "Ngày chuyển", "Ký nhận", "Ghi chú",
    ],
    "outgoing": [
        "Số, ký hiệu văn bản", "Ngày tháng văn bản", "Tên loại và trích yếu nội dung văn bản", "Người ký", "Nơi nhận văn bản",
        "Đơn vị, người nhận bản lưu", "Số lượng bản", "Ngày chuyển", "Ký nhận", "Ghi chú",
    ],
}  # fmt: skip
"""The columns of the registers of Nghị định 30/2020/NĐ-CP, Phụ lục IV."""


@pytest.mark.parametrize("direction", LEGAL)
def test_the_registers_of_the_decree_are_known_column_by_column(tmp_path, direction):
    columns = LEGAL[direction]
    table = MadeTable(
        dict.fromkeys(columns, "text"), [tuple(f"x{number}" for number, _ in enumerate(columns))] * 2
    )
    as_register.write(Made({"so": table}), tmp_path)
    with register.opened(tmp_path) as source:
        [found] = source.tables()
        assert [column.note for column in found.columns[:10]] == columns
        assert {row.cells["@direction"] for row in source.rows()} == {direction}


def test_a_folder_is_told_by_what_leads_it(tmp_path):
    """Messages and JSON beneath a register are what the register names; without one they lead."""
    lines = MadeTable(dict.fromkeys(LEGAL["incoming"], "text"), [("1",) * 10])
    papers, both = tmp_path / "papers", tmp_path / "both"
    as_edxml.write(Made({"document": MadeTable({"DocumentId": "text"}, [("x",)])}), papers / "tep")
    as_edxml.write(Made({"document": MadeTable({"DocumentId": "text"}, [("x",)])}), both / "tep")
    write_json(Made({"vb": MadeTable({"id": "integer"}, [(1,)])}), both / "tep")
    assert edxml.takes(papers, b"") and edxml.takes(both, b"") and jsonexport.takes(both, b"")
    as_register.write(Made({"so-den": lines}), both)
    assert not edxml.takes(both, b"") and not jsonexport.takes(both, b"") and register.takes(both, b"")
