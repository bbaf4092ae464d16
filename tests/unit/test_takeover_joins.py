"""Rows find the record they belong to: by padded keys, by keys of several columns, and quickly; never a wrong one."""

import sqlite3

import pytest

from archive.errors import SourceRefused, UsageError
from archive.holdings.locator import content
from ingest.progress import Tally
from ingest.snapshots import checking, mapping, staging
from ingest.snapshots.forms import sqldump
from ingest.snapshots.outcome import _belonging
from ingest.snapshots.records import RecordReader
from samples.systems.model import Made, MadeTable
from tests.snapshots import MadeSource

TEXT = "text"
PLAIN = """
[[records]]
table = "van_ban"
id = "id"
only = { loai = ["DEN"] }
unit = { column = "don_vi", from = "don_vi", take = "ten" }
[[records.steps]]
table = "xu_ly"
parent = "van_ban_id"
opinion = "y_kien"
"""
TWO = """
[[records]]
table = "van_ban"
id = ["so", "nam"]
[[records.steps]]
table = "xu_ly"
parent = ["so", "nam"]
opinion = "y_kien"
"""


def table(columns, *rows):
    return MadeTable(dict.fromkeys(columns.split(), TEXT), list(rows), (columns.split()[0],), {})


@pytest.fixture
def loaded(tmp_path):
    opened = []

    def load(name="rows", **tables):
        held = staging.Staging(tmp_path / f"{name}.sqlite")
        opened.append(held)
        held.load(MadeSource(Made(tables, {}), {}), "dấu", Tally("vi"))
        return held

    yield load
    for held in opened:
        held.close()


def opinions(held, said):
    read_by = mapping.parse(said)
    reader = RecordReader(held, read_by, "thu")
    drafts = [reader.draft(read_by.records[0], row) for row in held.rows("van_ban")]
    return {draft.record.old_id: [step.opinion for step in draft.record.steps] for draft in drafts}, drafts


def test_padded_keys_find_their_children_and_what_they_name(loaded):
    held = loaded(
        van_ban=table("id loai don_vi", ("A   ", "DEN  ", "U"), ("B", "DEN", "U   "), ("C", "DI", "U")),
        xu_ly=table("id van_ban_id y_kien", ("1", "A", "một"), ("2", "A \u00a0", "hai"), ("3", " B  ", "ba")),
        don_vi=table("id ten", ("U  ", "Văn phòng")),
    )
    found, drafts = opinions(held, PLAIN)
    assert found == {"A": ["một", "hai"], "B": ["ba"], "C": []}
    assert {draft.unit for draft in drafts} == {"Văn phòng"}
    assert checking.check(mapping.parse(PLAIN), held).records == 2
    assert staging.same("DEN  ", ("DEN",)) and not staging.same("DI", ("DEN",))


def test_rows_of_padded_keys_are_counted_as_belonging(loaded):
    held = loaded(xu_ly=table("id van_ban_id", ("1", "A   "), ("2", "A"), ("3", "B"), ("4", None)))
    held.db.execute("CREATE TABLE _record (block INTEGER, old_id TEXT)")
    held.db.execute("INSERT INTO _record VALUES (0, 'A')")
    assert _belonging(held, "xu_ly", {(0, ("van_ban_id",))}) == 2


def test_a_bar_within_a_key_is_no_border_between_columns(loaded):
    children = table("id van_ban_id y_kien", ("1", "A", "của A"), ("2", "A|B", "của A|B"))
    found, _ = opinions(
        loaded(van_ban=table("id loai don_vi", ("A|B", "DEN", ""), ("A", "DEN", "")), xu_ly=children), PLAIN
    )
    assert found == {"A|B": ["của A|B"], "A": ["của A"]}


def test_keys_of_several_columns_stay_distinct(loaded):
    keys = [("1|2", "3"), ("1", "2|3"), ("1\\", "|2"), ("1\\|", "2")]
    held = loaded(
        van_ban=table("so nam", *keys, ("9", None)),
        xu_ly=table("so nam y_kien", *((*key, repr(key)) for key in keys), ("9", None, "lạc")),
    )
    found, drafts = opinions(held, TWO)
    assert len(found) == 5
    assert [[step.opinion for step in draft.record.steps] for draft in drafts] == [
        *([repr(key)] for key in keys),
        [],
    ]


def test_a_parent_must_have_as_many_columns_as_the_id():
    with pytest.raises(UsageError) as error:
        mapping.parse(TWO.replace('parent = ["so", "nam"]', 'parent = "so"'))
    assert error.value.code == "mapping.wrong"
    assert error.value.values["place"] == "records[1].steps[1].parent"


@pytest.mark.parametrize("columns", [("van_ban_id",), ("van_ban_id", "y_kien")])
def test_looking_up_by_key_uses_the_index(loaded, columns):
    held = loaded(xu_ly=table("id van_ban_id y_kien", ("1", "A", "x")))
    held.index("xu_ly", columns)
    asked = []
    held.db.set_trace_callback(asked.append)
    assert len(held.where("xu_ly", columns, staging.key("A", "x") if len(columns) > 1 else "A")) == 1
    held.db.set_trace_callback(None)
    plan = " ".join(row[3] for row in held.db.execute(f"EXPLAIN QUERY PLAN {asked[0]}"))
    assert "SEARCH" in plan and "USING INDEX key_" in plan and "SCAN" not in plan


def test_a_table_of_too_many_columns_is_refused_by_name(loaded):
    held = loaded("hẹp")
    room = held.db.getlimit(sqlite3.SQLITE_LIMIT_COLUMN) - 2
    assert loaded("vua", bang=table(" ".join(f"x{n}" for n in range(room)))).is_loaded("dấu")
    with pytest.raises(SourceRefused) as error:
        loaded("qua", bang=table(" ".join(f"x{n}" for n in range(room + 1))))
    assert error.value.code == "refused.too_many_columns"
    assert error.value.values == {"table": "bang", "count": str(room + 1), "most": str(room)}


def test_the_load_says_the_form_itself_and_is_done_anew_when_the_readers_changed(loaded, monkeypatch):
    held = loaded(van_ban=table("id", ("A",)))
    assert held.state("kind") == "made" and held.is_loaded("dấu") and not held.is_loaded("khác")
    monkeypatch.setattr(staging, "VERSION", "mới")
    assert not held.is_loaded("dấu")
    again = loaded(van_ban=table("id", ("A",), ("B",)))
    assert again.is_loaded("dấu") and len(list(again.rows("van_ban"))) == 2


LARGE = """
[[records]]
table = "van_ban"
id = "id"
[[records.attachments]]
name = "tep"
content = { column = "noi_dung", from = "pg_largeobject", take = "data" }
"""


def test_an_attachment_may_be_a_large_object(tmp_path):
    dump = (
        "-- PostgreSQL database dump\nCREATE TABLE van_ban (id integer, tep text, noi_dung oid);\n"
        "COPY van_ban (id, tep, noi_dung) FROM stdin;\n1\ta.txt\t16400\n2\tb.txt\t16401\n\\.\n"
        "SELECT pg_catalog.lo_open('16400', 131072);\nSELECT pg_catalog.lowrite(0, '\\x4b68');\n"
        "SELECT pg_catalog.lowrite(0, '\\x6f');\nSELECT pg_catalog.lo_close(0);\n"
    )
    (tmp_path / "dump.sql").write_text(dump)
    read_by, held = mapping.parse(LARGE), staging.Staging(tmp_path / "rows.sqlite")
    try:
        with sqldump.opened(tmp_path / "dump.sql") as source:
            held.load(source, "dấu", Tally("vi"))
        reader = RecordReader(held, read_by, "thu")
        claims = [reader.draft(read_by.records[0], row).claims for row in held.rows("van_ban")]
        blobs = [claim.blob for of_record in claims for claim in of_record]
        assert content(tmp_path, blobs[0].locator, 10) == b"Kho"
        assert blobs[1] is None  # there is no such object
        assert reader.values.dangling == {"pg_largeobject": {"16401"}}
    finally:
        held.close()
