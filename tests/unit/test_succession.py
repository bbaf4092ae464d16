"""Closures over the register: who inherits what, when, and never more than that."""

from datetime import date
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Step, Succession

DAY = date(2025, 7, 1)
LATER = date(2026, 6, 1)


def unit(name: str, **more) -> RegisteredUnit:
    return RegisteredUnit(id=name, code=name.partition(".")[0], name=more.pop("called", name), **more)


def became(before: str, after: str, day: date = DAY, extent: str = "whole") -> Succession:
    return Succession(before, after, "merged" if extent == "whole" else "split", extent, day)


def register(*rows) -> Register:
    """Units for every name the successions mention, besides those given."""
    units = {row.id: row for row in rows if isinstance(row, RegisteredUnit)}
    successions = [row for row in rows if isinstance(row, Succession)]
    for row in successions:
        for name in filter(None, (row.predecessor, row.successor)):
            units.setdefault(name, unit(name))
    return Register(units.values(), successions, [row for row in rows if isinstance(row, Assignment)])


def test_a_unit_inherits_itself_with_an_empty_path_even_when_unknown():
    assert Register().inherited("X", DAY) == {"X": ()}


def test_predecessors_at_any_depth_from_their_day_on():
    book = register(became("A", "B", date(2020, 1, 1)), became("B", "C"))
    assert set(book.inherited("C", DAY)) == {"A", "B", "C"}
    assert set(book.inherited("C", date(2025, 6, 30))) == {"C"}
    assert [step.predecessor for step in book.inherited("C", DAY)["A"]] == ["B", "A"]


def test_a_split_unit_passes_to_every_successor_of_a_part():
    book = register(became("A", "B", extent="part"), became("A", "C", extent="part"))
    assert "A" in book.inherited("B", DAY) and "A" in book.inherited("C", DAY)
    assert set(book.heirs("A", DAY)) == {"B", "C"}


def test_what_came_after_a_part_had_left_does_not_follow_it():
    book = register(became("B", "C", DAY, "part"), became("A", "B", date(2026, 1, 1)))
    assert set(book.inherited("C", LATER)) == {"B", "C"}
    assert set(book.heirs("A", LATER)) == {"B"}


def test_a_later_way_to_the_same_unit_opens_what_the_earlier_one_does_not():
    book = register(
        became("B", "C", DAY, "part"), became("A", "B", date(2026, 1, 1)), became("B", "C", date(2026, 2, 1))
    )
    assert set(book.inherited("C", LATER)) == {"A", "B", "C"}


def test_agencies_beneath_come_with_their_unit_and_other_units_only_when_asked_for():
    book = register(
        unit("P", level="province"),
        unit("SO", level="agency", parent="P"),
        unit("PHONG", level="agency", parent="SO"),
        unit("X", level="commune", parent="P"),
        unit("OLD-UB", level="agency", parent="OLD"),
        became("OLD", "X"),
    )
    assert set(book.inherited("P", DAY)) == {"P", "SO", "PHONG"}
    assert book.inherited("P", DAY)["PHONG"] == (Step("P", "SO"), Step("SO", "PHONG"))
    assert set(book.inherited("X", DAY)) == {"X", "OLD", "OLD-UB"}
    assert set(book.inherited("P", DAY, beneath=True)) == {"P", "SO", "PHONG", "X", "OLD", "OLD-UB"}
    assert set(book.heirs("OLD-UB", DAY)) == {"OLD", "X"}


def test_circles_end():
    book = register(became("A", "B"), became("B", "A"), unit("A", parent="B"), unit("B", parent="A"))
    assert set(book.inherited("A", DAY, beneath=True)) == {"A", "B"}
    assert [above.id for above in book.ancestors("A")] == ["B", "A"]


def test_above_a_unit_in_force_stands_what_its_parent_became():
    city = unit("T2", valid_from=DAY)
    book = register(
        unit("T1", valid_to=date(2025, 6, 30)),
        city,
        unit("X", parent="T1"),
        unit("OLD", parent="T1", valid_to=date(2025, 6, 30)),
        became("T1", "T2"),
    )
    assert book.ancestors("X") == [city]
    assert [above.id for above in book.ancestors("OLD")] == ["T1"]


def test_an_abolished_unit_has_no_heir_until_an_assignment_names_one():
    ended = Succession("H", "", "abolished", "whole", DAY)
    hand_over = Assignment("H01", "X", Part(prefixes=("DD.",)), DAY)
    book = register(ended, unit("X"), hand_over)
    assert book.heirs("H", DAY) == {}
    assert book.successors("H") == (ended,)
    assert "H" not in book.inherited("X", DAY) and "" not in book.inherited("X", DAY)
    assert book.assignments_of("H01", DAY) == (hand_over,)
    assert book.assignments_of("H01", date(2025, 6, 30)) == ()


@pytest.mark.parametrize(
    ("part", "code", "years", "inside"),
    [
        (Part(), "K1", None, True),
        (Part(prefixes=("K1.",)), "K1.02", None, True),
        (Part(prefixes=("K1.",)), "K10.02", None, False),
        (Part(codes=("K7",)), "K7", None, True),
        (Part(codes=("K7",), prefixes=("K1.",)), "K1.3", None, True),
        (Part(codes=("K7",)), "K70", None, False),
        (Part(years=(2010, 2015)), "K1", (2010, 2015), True),
        (Part(years=(2010, 2015)), "K1", (2014, 2016), False),
        (Part(years=(2010, 2015)), "K1", None, False),
        (Part(prefixes=("K1",), years=(2010, 2015)), "K2", (2012, 2012), False),
    ],
)
def test_parts_of_a_fonds(part, code, years, inside):
    assert part.holds(code, years) is inside


NAMED = Register(
    [
        unit(
            "00004.2004",
            called="Phường Trúc Bạch",
            level="commune",
            aliases=("phuongnguyentrungtruc",),
            parent="001.2004",
        ),
        unit("001.2004", called="Quận Ba Đình", level="district"),
        unit("00004.2025", called="Phường Ba Đình", level="commune", valid_from=DAY, parent="01.2025"),
        unit("01.2025", called="Thành phố Hà Nội", level="province", valid_from=DAY),
        unit("16171.2025", called="Xã Ba Đình", level="commune", valid_from=DAY),
        unit("21499.2025", called="Xã Ba Dinh", level="commune", valid_from=DAY),
        unit("26740.2025", called="Phường 5", level="commune", valid_from=DAY),
    ]
)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("00004", ["00004.2025", "00004.2004"]),
        ("00004.2004", ["00004.2004"]),
        ("Phường Ba Đình", ["00004.2025"]),
        ("P. Ba Đình", ["00004.2025", "16171.2025", "001.2004", "21499.2025"]),
        ("ba dinh, Hà Nội", ["00004.2025"]),
        ("xa ba dinh", ["16171.2025", "21499.2025"]),
        ("Ba Dinh", ["21499.2025", "00004.2025", "16171.2025", "001.2004"]),
        ("tp ha noi", ["01.2025"]),
        ("NGUYỄN TRUNG TRỰC", ["00004.2004"]),
        ("phường 5", ["26740.2025"]),
        ("trúc", ["00004.2004"]),
        ("không có đâu", []),
        ("", []),
        ("  ", []),
        ("!!", []),
    ],
)
def test_units_are_found_as_people_write_them(wanted, found):
    assert [one.id for one in NAMED.find(wanted)] == found


NAMES = "ABCDEFG"
DAYS = [date(2020 + n, 1, 1) for n in range(6)]


@st.composite
def registers(draw) -> Register:
    """Any few units, some of them agencies, with any successions: circles, returns and gaps included."""
    units = [
        RegisteredUnit(
            id=name,
            code=name,
            name=name,
            level=draw(st.sampled_from(["commune", "agency"])),
            parent=draw(st.sampled_from([None, *NAMES])),
            valid_from=draw(st.sampled_from([None, *DAYS])),
            valid_to=draw(st.sampled_from([None, *DAYS])),
        )
        for name in NAMES
    ]
    names, days = st.sampled_from(NAMES), st.sampled_from(DAYS)
    rows = draw(st.lists(st.tuples(names, st.sampled_from([*NAMES, ""]), days), max_size=10))
    return Register(units, [became(*row) for row in rows if row[0] != row[1]])


@settings(max_examples=300, deadline=None)
@given(registers(), st.sampled_from(DAYS))
def test_heirs_are_exactly_those_who_inherit(book, day):
    backwards = {
        (heir, old)
        for heir in NAMES
        if book.unit(heir).holds(day)
        for old in book.inherited(heir, day)
        if old != heir
    }
    forwards = {(heir, old) for old in NAMES for heir in book.heirs(old, day)}
    assert backwards == forwards


def test_nothing_is_inherited_through_a_succession_nobody_is_sure_of():
    unsure = Succession("A", "B", "split", "part", DAY, confidence=0.4)
    book = register(unsure)
    assert set(book.inherited("B", DAY)) == {"B"} and book.heirs("A", DAY) == {}
    assert book.predecessors("B") == (unsure,)


@settings(max_examples=200, deadline=None)
@given(registers(), st.sampled_from(NAMES), st.sampled_from(DAYS))
def test_a_path_is_a_walk_through_the_register_that_never_goes_forward_in_time(book, start, day):
    for target, path in book.inherited(start, day, beneath=True).items():
        here, until = start, day
        for step in path:
            if isinstance(step, Step):
                assert step.above == here and step.below in {one.id for one in book.beneath(here)}
                here = step.below
            else:
                assert step.successor == here and step.day <= until
                here, until = step.predecessor, step.day
        assert here == target


def test_a_closure_looks_at_its_own_rows_only():
    """What one small unit inherits must not cost a walk over the whole country."""
    many = [became(f"O{n}", f"N{n}") for n in range(5000)]
    book = register(*many)
    looked = SimpleNamespace(count=0)

    class Counted(dict):
        def get(self, *args):
            looked.count += 1
            return super().get(*args)

    book.__dict__["_into"] = Counted(book._into)
    assert set(book.inherited("N7", DAY)) == {"N7", "O7"}
    assert looked.count == 2


@settings(max_examples=200, deadline=None)
@given(registers(), st.sampled_from(NAMES))
def test_what_stands_above_always_ends(book, start):
    assert len(book.ancestors(start)) <= len(NAMES)
