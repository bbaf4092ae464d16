"""What an archivist's rows do to the register, and what they may not do."""

import contextlib
import random
import warnings
from datetime import date

import pytest

from archive.errors import KhoError, UsageError
from archive.units import sheet
from archive.units.changes import Row, SheetRefused, apply
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession

DAY, EVE = date(2025, 7, 1), date(2025, 6, 30)


def unit(unit_id: str, name: str = "", **more) -> RegisteredUnit:
    return RegisteredUnit(
        unit_id, unit_id.partition(".")[0], name or f"Xã {unit_id}", "commune", "xã", **more
    )


def book() -> Register:
    return Register(
        [
            RegisteredUnit("75.2025", "75", "Tỉnh Đồng Nai", "province", "tỉnh", valid_from=DAY),
            unit("26000.2025", "Xã Long Thành", parent="75.2025", valid_from=DAY),
            unit("26003.2025", "Xã Phước Thái", parent="75.2025", valid_from=DAY),
            unit("26000.2004", "Thị trấn Long Thành", valid_to=EVE),
            RegisteredUnit("740.2004", "740", "Huyện Long Thành", "district", "huyện", valid_to=EVE),
        ],
        [
            Succession("26000.2004", "26000.2025", "merged", "whole", DAY, confidence=0.9),
            Succession("740.2004", "", "abolished", "whole", DAY),
        ],
    )


def row(what: str, /, **values: str) -> Row:
    return Row(what, 7, "", values)


def problems(*rows: Row) -> list[str]:
    with pytest.raises(SheetRefused) as refused:
        apply(book(), rows)
    return [problem.code for problem in refused.value.problems]


def test_blank_leaves_a_value_and_a_dash_empties_it():
    changed = apply(
        book(), [row("unit", id="26003.2025", name="Xã Phước Thái Mới", parent="-", aliases="A; B")]
    )
    after = changed.unit("26003.2025")
    assert (after.name, after.parent, after.valid_from, after.aliases) == (
        "Xã Phước Thái Mới",
        None,
        DAY,
        ("A", "B"),
    )
    assert book().unit("26003.2025").name == "Xã Phước Thái"


def test_a_new_unit_takes_level_and_kind_from_its_code_and_name():
    after = apply(book(), [row("unit", id="26009.2026", name="Phường Bình An", parent="75")]).unit(
        "26009.2026"
    )
    assert (after.code, after.level, after.kind, after.parent) == ("26009", "commune", "phường", "75.2025")


def test_an_agency_stands_beneath_its_unit_and_is_inherited_with_it():
    changed = apply(book(), [row("agency", id="UB-LT", name="UBND thị trấn Long Thành", parent="26000.2004")])
    assert changed.unit("UB-LT").level == "agency"
    assert "UB-LT" in changed.inherited("26000.2025", DAY)


def test_the_change_of_2026_is_ordinary_rows():
    """Nghị quyết 30/2026/QH16: Đồng Nai becomes a city on 30/4/2026, communes become wards; codes stay."""
    sheet_2026 = [
        row("renamed", predecessor="26000.2025", name="Phường Long Thành", day="2026-04-30"),
        row(
            "renamed",
            predecessor="75.2025",
            name="Thành phố Đồng Nai",
            day="2026-04-30",
            basis="NQ 30/2026/QH16",
        ),
    ]
    changed = apply(book(), sheet_2026)
    city, ward = changed.unit("75.2026"), changed.unit("26000.2026")
    assert (city.name, city.kind, city.code, city.valid_from) == (
        "Thành phố Đồng Nai",
        "thành phố",
        "75",
        date(2026, 4, 30),
    )
    assert (ward.kind, ward.level, changed.unit("26000.2025").valid_to) == (
        "phường",
        "commune",
        date(2026, 4, 29),
    )
    assert set(changed.inherited("26000.2026", date(2026, 5, 1))) == {
        "26000.2026",
        "26000.2025",
        "26000.2004",
    }
    everything = changed.inherited("75.2026", date(2026, 5, 1), beneath=True)
    assert {"26003.2025", "26000.2004", "26000.2026"} <= set(everything)
    assert set(changed.heirs("26000.2004", date(2026, 5, 1))) == {"26000.2026"}


def test_a_renamed_unit_stands_beneath_the_renamed_parent_when_the_parent_comes_first():
    changed = apply(
        book(),
        [
            row("renamed", predecessor="75.2025", name="Thành phố Đồng Nai", day="2026-04-30"),
            row("renamed", predecessor="26000.2025", name="Phường Long Thành", day="2026-04-30"),
        ],
    )
    assert changed.unit("26000.2026").parent == "75.2026"


def test_a_succession_takes_the_place_of_the_one_on_record_or_takes_it_out():
    again = row(
        "succession", predecessor="26000.2004", successor="26000.2025", kind="split", day="2025-07-01"
    )
    assert apply(book(), [again]).successors("26000.2004")[0].extent == "part"
    out = row("succession", predecessor="26000.2004", successor="26000.2025", remove="x")
    assert apply(book(), [out]).successors("26000.2004") == ()


def test_a_whole_successor_replaces_nobody_and_a_part_leaves_it():
    whole = row("succession", predecessor="740", successor="26003.2025", kind="merged", day="2025-07-01")
    part = row(
        "succession",
        predecessor="740",
        successor="26003.2025",
        kind="function-moved",
        extent="part",
        day="2025-07-01",
    )
    assert [link.successor for link in apply(book(), [whole]).successors("740.2004")] == ["26003.2025"]
    assert [link.successor for link in apply(book(), [part]).successors("740.2004")] == ["", "26003.2025"]


def test_a_unit_wholly_gone_ends_the_day_before():
    gone = row(
        "succession", predecessor="26003.2025", successor="26000.2025", kind="merged", day="2026-01-01"
    )
    assert apply(book(), [gone]).unit("26003.2025").valid_to == date(2025, 12, 31)


def test_hand_over_of_a_fonds_or_a_part_and_back():
    given = row(
        "assignment", fonds="H01", heir="26000.2025", prefixes="DD.; QH.", first_year="2010", day="2025-08-01"
    )
    changed = apply(book(), [given])
    part = Part(("DD.", "QH."), (), (2010, 9999))
    assert changed.assignments == (Assignment("H01", "26000.2025", part, date(2025, 8, 1)),)
    back = row(
        "assignment", fonds="H01", heir="26000.2025", prefixes="DD.; QH.", first_year="2010", remove="x"
    )
    assert apply(changed, [back]).assignments == ()


def test_the_order_of_rows_in_a_sheet_does_not_matter():
    rows = [
        row("assignment", fonds="H01", heir="X9", day="2025-08-01"),
        row("agency", id="X9", name="Phòng X", parent="Y9"),
        row("unit", id="Y9", name="Xã Y"),
    ]
    assert apply(book(), rows).unit("X9").parent == "Y9"


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row("unit", id="mã xấu", name="X"), "bad_code"),
        (row("unit", id="99999.2026"), "new_without_name"),
        (row("unit", id="26003.2025", parent="nobody"), "unknown_unit"),
        (row("unit", id="26003.2025", parent="26000"), "ambiguous"),
        (row("unit", id="75.2025", parent="26000.2025"), "circle"),
        (row("unit", id="75.2025", parent="75.2025"), "circle"),
        (row("unit", id="26003.2025", valid_to="2024-01-01"), "ends_first"),
        (row("unit", id="26003.2025", organ_ids="not an id"), "organ"),
        (row("renamed", predecessor="75.2025", name="X"), "no_day"),
        (row("renamed", predecessor="75.2025", day="2026-01-01"), "no_new_name"),
        (row("renamed", predecessor="75.2025", successor="740.2004", name="X", day="2026-01-01"), "id_taken"),
        (
            row("succession", predecessor="1", successor="75.2025", kind="merged", day="2026-01-01"),
            "unknown_unit",
        ),
        (row("succession", successor="75.2025", kind="merged", day="2026-01-01"), "no_unit"),
        (
            row("succession", predecessor="75.2025", successor="75.2025", kind="merged", day="2026-01-01"),
            "itself",
        ),
        (row("succession", predecessor="75.2025", kind="merged", day="2026-01-01"), "no_successor"),
        (row("succession", predecessor="75.2025", successor="740", day="2026-01-01"), "no_kind"),
        (row("succession", predecessor="75.2025", successor="740", remove="x"), "nothing_to_remove"),
        (row("assignment", fonds="H 1", heir="740", day="2026-01-01"), "bad_code"),
        (row("assignment", fonds="H1", heir="740", remove="x"), "nothing_to_remove"),
        (
            row("assignment", fonds="H1", heir="740", first_year="2020", last_year="2010", day="2026-01-01"),
            "years",
        ),
    ],
)
def test_what_a_row_may_not_say(bad, code):
    assert problems(bad) == [f"units.row.{code}"]


def test_every_problem_is_told_and_nothing_is_half_applied():
    register = book()
    with pytest.raises(SheetRefused) as refused:
        apply(
            register,
            [row("unit", id="ok1", name="Xã Tốt"), row("unit", id="x y", name="Z"), row("unit", id="nn")],
        )
    assert len(refused.value.problems) == 2 and {one.page for one in refused.value.problems} == {7}
    assert register.unit("ok1") is None


# --------------------------------------------------------------------------- the sheet itself

ONE_TABLE = """Loại;Mã đơn vị;Tên;Mã cũ;Mã mới;Hình thức;Phạm vi;Ngày;Căn cứ;Mã phông;Đơn vị nhận;Đầu mã hồ sơ
Cơ quan;UB-LT;UBND xã Long Thành;;;;;;;;;

ke thua;;;26000.2004;26000.2025;NHẬP;Toàn bộ;01/07/2025;Nghị quyết 1662;;;
Bàn giao;;;;;;;1/8/2025;Biên bản;H01;26000.2025;DD.
"""


def test_one_table_with_a_kind_column_in_any_usual_encoding():
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        rows = sheet.rows("phieu.csv", ONE_TABLE.encode(encoding))
        assert [(one.kind, one.number) for one in rows] == [
            ("agency", 2),
            ("succession", 4),
            ("assignment", 5),
        ]
    assert rows[1].values["kind"] == "merged" and rows[1].values["day"] == "2025-07-01"
    assert rows[2].values == {
        "day": "2025-08-01",
        "basis": "Biên bản",
        "fonds": "H01",
        "heir": "26000.2025",
        "prefixes": "DD.",
    }


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Chẳng rõ;x;;;;;;;;;;", "kind"),
        ("Đơn vị;;Tên;;;;;;;;;", "missing"),
        ("Kế thừa;;;a;b;bay mất;;;;;;", "word"),
        ("Kế thừa;;;a;b;nhập;;2025;;;;", "day"),
        ("Kế thừa;;;a;b;nhập;;31/02/2025;;;;", "day"),
        ("Đơn vị;=A1;Tên;;;;;;;;;", "formula"),
    ],
)
def test_bad_cells_are_told_by_row(line, code):
    with pytest.raises(SheetRefused) as refused:
        sheet.rows("phieu.csv", (ONE_TABLE.splitlines()[0] + "\n" + line).encode())
    assert [(one.code, one.page) for one in refused.value.problems] == [(f"units.row.{code}", 2)]


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"Lo\xe1i;x", b"PK\x03\x04nonsense", b"\x00\x01\x02", b"a;b\n1;2\n"]
)
def test_what_is_no_sheet_is_refused_in_words(content):
    with pytest.raises(UsageError) as refused:
        sheet.rows("x", content)
    assert refused.value.code.startswith("units.")


def test_damaged_workbooks_are_refused_in_words():
    """Any byte of a workbook may be another: it is still a sheet, or it is refused."""
    whole = sheet.filled([Row("unit", 2, "Đơn vị", {"id": "a", "name": "Xã A"})])
    source = random.Random(7)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(source.randint(1, 20)):
            damaged[source.randrange(len(damaged))] = source.randrange(256)
        with contextlib.suppress(KhoError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sheet.rows("x.xlsx", bytes(damaged))


def test_the_template_is_a_sheet_without_rows_and_filled_rows_come_back():
    with pytest.raises(SheetRefused) as refused:
        sheet.rows("mau.xlsx", sheet.template())
    assert [one.code for one in refused.value.problems] == ["units.sheet_empty"]
    given = [
        Row("unit", 2, "Đơn vị", {"id": "26000.2025", "level": "commune", "valid_from": "2025-07-01"}),
        Row(
            "succession",
            2,
            "Kế thừa",
            {"predecessor": "a", "successor": "b", "kind": "split", "extent": "part"},
        ),
    ]
    assert sheet.rows("lai.xlsx", sheet.filled(given)) == given


def test_the_examples_of_the_guide_are_rows_that_can_be_read():
    for kind in ("unit", "agency", "renamed", "succession", "assignment"):
        spec = sheet._spec()[kind]
        headings = [names[0] for names in spec["columns"].values()]
        assert len(headings) == len(spec["example"])
        table = "\t".join(["Loại", *headings]) + "\n" + "\t".join([spec["names"][0], *spec["example"]])
        assert [one.kind for one in sheet.rows("x.csv", table.encode())] == [kind]


def test_a_unit_may_be_named_where_only_one_bears_the_name():
    after = apply(book(), [row("assignment", fonds="H1", heir="xã phước thái", day="2025-08-01")])
    assert [one.heir for one in after.assignments] == ["26003.2025"]
    with pytest.raises(SheetRefused) as refused:
        apply(book(), [row("assignment", fonds="H1", heir="Long Thành", day="2025-08-01")])
    (problem,) = refused.value.problems
    assert problem.code == "units.row.ambiguous"
    assert "Xã Long Thành, Tỉnh Đồng Nai (26000.2025)" in problem.values["units"]
    assert problems(row("assignment", fonds="H1", heir="Long", day="2025-08-01")) == [
        "units.row.unknown_unit"
    ]
