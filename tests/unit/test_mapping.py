"""A mapping file says what is wrong with it, and where."""

import pytest

from archive.errors import UsageError
from ingest.snapshots.mapping import Value, parse, resolved

GOOD = r"""
title = "Hệ thống thử"
[[records]]
table = "van_ban"
id = "id"
unit = "dv"
only = { loai = [1, 2] }
[records.fields]
code = "so_ky_hieu"
issuer = { column = "cq", from = "co_quan", take = { column = "cha", from = "co_quan", take = "ten" } }
[records.record]
direction = { column = "loai", values = "direction" }
[[records.steps]]
table = "xu_ly"
parent = "vb"
order = ["buoc"]
sender.name = "nguoi_gui"
deadline = { columns = ["a", "b"], join = "/", pattern = "(\\d+)" }
[values.direction]
" 1 " = "incoming"
[units."27"]
fonds = "H30.12"
"""


def test_a_mapping_is_read():
    found = parse(GOOD)
    (records,) = found.records
    assert (records.table, records.id, records.only) == ("van_ban", ("id",), {"loai": ("1", "2")})
    assert records.fields["code"] == Value(columns=("so_ky_hieu",))
    assert records.fields["issuer"].take.take == Value(columns=("ten",))
    (steps,) = records.children
    assert steps.fields["sender.name"] == Value(columns=("nguoi_gui",))
    assert steps.fields["deadline"].pattern.search("x12")[1] == "12"
    assert found.value_of("direction", "1") == "incoming" and found.value_of("direction", "9") is None
    assert found.units["27"].fonds == "H30.12"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("title =", "titel =", "titel"),
        ('table = "van_ban"', "", "records[1]"),
        ("code =", "cod =", "records[1].fields.cod"),
        ("sender.name", "sender.nam", "records[1].steps[1].sender.nam"),
        ('parent = "vb"', "", "records[1].steps[1]"),
        ('"incoming"', '"in"', 'values.direction." 1 "'),
        ("values.direction]", "values.huong]", "values.huong"),
        ('values = "direction"', 'values = "huong"', "records[1].record.direction.values"),
        (', take = "ten"', "", "records[1].fields.issuer.take"),
        ("(\\\\d+)", "(", "records[1].steps[1].deadline.pattern"),
        ('fonds = "H30.12"', "", 'units."27".fonds'),
        ('column = "loai"', 'const = "x", column = "loai"', "records[1].record.direction"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(old, new, place):
    assert old in GOOD
    with pytest.raises(UsageError) as raised:
        parse(GOOD.replace(old, new))
    assert raised.value.code == "mapping.wrong" and raised.value.values["place"] == place


@pytest.mark.parametrize("text", ["", "title = ", "[[records]]\n"])
def test_what_is_no_mapping(text):
    with pytest.raises(UsageError):
        parse(text)


def test_a_pattern_of_tables_meets_those_with_the_id():
    found = parse(GOOD.replace('table = "van_ban"', 'table = "so *"'))
    tables = {"so den": {"id", "x"}, "so di": {"id"}, "so khac": {"x"}, "khac": {"id"}}
    assert [records.table for records in resolved(found, tables).records] == ["so den", "so di"]
    assert resolved(parse(GOOD), tables).records[0].table == "van_ban"


def test_children_nested_in_their_record_are_found():
    found = parse(GOOD)
    (records,) = resolved(found, {"van_ban": {"id"}, "van_ban.xu_ly": {"@parent_id", "buoc"}}).records
    assert [(child.table, child.parent) for child in records.children] == [("van_ban.xu_ly", ("@parent_id",))]
    (records,) = resolved(found, {"van_ban": {"id"}, "xu_ly": {"vb"}, "van_ban.xu_ly": {"vb"}}).records
    assert [(child.table, child.parent) for child in records.children] == [("xu_ly", ("vb",))]
