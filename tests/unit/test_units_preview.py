"""For whom a change of the register matters."""

from datetime import date

from archive.people.accounts import Account
from archive.rights.access import EVERY_UNIT, Grant
from archive.units.changes import Row, apply
from archive.units.preview import Effect, difference, for_whom
from archive.units.succession import Register, RegisteredUnit, Succession

DAY, TODAY = date(2025, 7, 1), date(2026, 6, 1)
BOOK = Register(
    [RegisteredUnit(name, name, f"Xã {name}", "commune") for name in ("OLD", "NEW", "OTHER")],
    [Succession("OLD", "NEW", "split", "part", DAY)],
)
SECOND = Row(
    "succession", 2, "", {"predecessor": "OLD", "successor": "OTHER", "kind": "split", "day": "2025-07-01"}
)
GIVEN = Row("assignment", 2, "", {"fonds": "H01", "heir": "OTHER", "day": "2025-07-01"})
RENAMED = Row(
    "renamed", 2, "", {"predecessor": "NEW", "successor": "NEW2", "name": "Phường NEW", "day": "2026-01-01"}
)


def account(name: str, *units: str, role: str = "official", disabled: bool = False) -> Account:
    return Account(name, name.title(), tuple(Grant(unit, role) for unit in units), disabled=disabled)


PEOPLE = [
    account("lan", "NEW"),
    account("minh", "OTHER"),
    account("gone", "OTHER", disabled=True),
    account("all", EVERY_UNIT),
]


def touched(*rows: Row, before: Register = BOOK, came_from=None) -> list[Effect]:
    return for_whom(before, apply(before, rows), PEOPLE, TODAY, came_from)


def test_who_gains_a_unit_and_a_fonds():
    assert touched(SECOND) == [Effect("minh", "Minh", gains=("OLD",))]
    assert touched(GIVEN) == [Effect("minh", "Minh", fonds_gained=("H01",))]


def test_who_loses_them_again():
    both = apply(BOOK, [SECOND, GIVEN])
    out = Row("succession", 2, "", {"predecessor": "OLD", "successor": "OTHER", "remove": "x"})
    back = Row("assignment", 3, "", {"fonds": "H01", "heir": "OTHER", "remove": "x"})
    assert touched(out, back, before=both) == [Effect("minh", "Minh", losses=("OLD",), fonds_lost=("H01",))]


def test_who_has_a_part_of_a_fonds_gains_and_loses_another_part_of_it():
    def part(prefix: str, heir: str, day: str) -> Row:
        return Row("assignment", 2, "", {"fonds": "H01", "heir": heir, "prefixes": prefix, "day": day})

    before = apply(BOOK, [part("01-", "OTHER", "2025-07-15"), part("02-", "NEW", "2025-07-15")])
    assert touched(part("01-", "NEW", "2025-07-20"), before=before) == [
        Effect("lan", "Lan", fonds_gained=("H01",)),
        Effect("minh", "Minh", fonds_lost=("H01",)),
    ]


PART = Row("assignment", 3, "", {"fonds": "H01", "heir": "OTHER", "prefixes": "01-", "day": "2025-07-15"})
GAINS, LOSES = Effect("minh", "Minh", fonds_gained=("H01",)), Effect("lan", "Lan", fonds_lost=("H01",))


def test_who_has_a_whole_fonds_by_hand_over_is_told_when_a_part_goes_elsewhere():
    whole = Row("assignment", 2, "", {"fonds": "H01", "heir": "NEW", "day": "2025-07-01"})
    before = apply(BOOK, [whole])
    assert touched(PART, before=before) == [LOSES, GAINS]
    both = apply(before, [PART])
    back = Row("assignment", 3, "", PART.values | {"remove": "x"})
    assert touched(back, before=both) == [
        Effect("lan", "Lan", fonds_gained=("H01",)),
        Effect("minh", "Minh", fonds_lost=("H01",)),
    ]


def test_who_has_a_fonds_by_succession_is_told_when_it_or_a_part_goes_elsewhere():
    for row in (PART, GIVEN):
        assert touched(row, came_from={"H01": "OLD"}) == [LOSES, GAINS]
        assert touched(row, came_from={"H01": "OTHER"}) == []
    to_both = Row("assignment", 4, "", PART.values | {"heir": "NEW"})
    assert touched(PART, to_both, came_from={"H01": "OLD"}) == [GAINS]


def test_who_is_granted_other_fonds_only_is_not_told():
    people = [Account("lan", "Lan", (Grant("NEW", fonds=("H02",)),))]
    assert not for_whom(BOOK, apply(BOOK, [PART]), people, TODAY, {"H01": "OLD"})


def test_a_fonds_given_after_a_part_had_left_its_heir_is_no_gain_of_that_part():
    def given(day: str) -> set[str]:
        row = Row("assignment", 2, "", {"fonds": "H01", "heir": "OLD", "day": day})
        return {effect.account for effect in touched(row) if effect.fonds_gained}

    assert given("2025-07-01") == {"lan"}
    assert given("2025-08-01") == set()


def test_who_must_be_granted_the_successor_of_an_ended_unit():
    assert touched(RENAMED) == [Effect("lan", "Lan", ended=("NEW",))]


def test_nobody_is_told_of_what_has_not_happened_yet():
    later = Row("assignment", 2, "", {"fonds": "H01", "heir": "OTHER", "day": "2027-01-01"})
    assert touched(later) == []


def test_a_role_that_reaches_beneath_gains_what_comes_beneath():
    after = apply(BOOK, [Row("unit", 2, "", {"id": "CHILD", "name": "Xã CHILD", "parent": "NEW"})])
    people = [account("lan", "NEW"), account("ha", "NEW", role="province")]
    assert for_whom(BOOK, after, people, TODAY) == [Effect("ha", "Ha", gains=("CHILD",))]


def test_differences_are_told_apart():
    changed = difference(
        BOOK, apply(BOOK, [SECOND, RENAMED, Row("unit", 4, "", {"id": "OTHER", "name": "Xã Khác"})])
    )
    assert [unit.id for unit in changed.units_added] == ["NEW2"]
    assert {after.id for _, after in changed.units_changed} == {"NEW", "OTHER"}
    assert [row.successor for row in changed.successions_added] == ["NEW2", "OTHER"]
    assert not difference(BOOK, apply(BOOK, []))
