"""The access rule: nothing granted means nothing found; decision, words and filter agree on whatever register."""

from datetime import date

import pytest
from hypothesis import given, settings

from archive.rights.access import (
    EVERY_UNIT,
    NOTHING,
    Actor,
    DossierKey,
    Grant,
    Grounds,
    RecordClass,
    Scope,
    everything,
    record_terms,
    roles,
    scope_of,
    stricter,
)
from archive.rights.explanation import explain
from archive.rights.restrictions import Restriction, Restrictions
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession
from tests import registers

TODAY = date(2026, 3, 1)
A, B = RecordClass("a", "F.a"), RecordClass("b", "F.b")


def lan(*grants: Grant) -> Actor:
    return Actor("lan", grants=grants)


def reads(
    actor, record=A, *, today=TODAY, register=None, laid=(), dossier="F.a:k1", item="F.a:k1:001"
) -> bool:
    """Scope and explanation, which must say the same."""
    keys = [DossierKey("F.a:k1", "k1"), DossierKey("F.a:k2", "k2")]
    grounds = Grounds(register or Register(), Restrictions(tuple(laid)), (A, B, record), lambda fonds: keys)
    admitted = scope_of(actor, today, grounds).admits(record_terms(record, dossier, item))
    key = next(key for key in keys if key.id == dossier)
    assert explain(actor, today, grounds, record, key, item).allowed == admitted
    return admitted


def test_nobody_and_nothing_granted_find_nothing():
    assert scope_of(None, TODAY, Grounds(classes=(A,))) == NOTHING
    assert not reads(lan())
    assert not reads(lan(Grant("")))
    assert not NOTHING.admits(record_terms(A, "d", "i"))
    assert not Scope.of().admits(record_terms(A, "d", "i"))


def test_a_record_without_a_unit_meets_no_scope_not_even_every_unit():
    homeless = RecordClass("", "F.x")
    assert not reads(lan(Grant(EVERY_UNIT, "auditor")), homeless)
    assert not everything([homeless]).admits(record_terms(homeless, "d", "i"))


def test_a_grant_reaches_its_unit_and_no_other():
    assert reads(lan(Grant("a")))
    assert not reads(lan(Grant("b")))
    assert reads(lan(Grant(EVERY_UNIT)))


def test_a_grant_begins_and_ends_by_itself():
    actor = lan(Grant("a", valid_from=date(2026, 1, 1), valid_to=date(2026, 2, 28)))
    assert reads(actor, today=date(2026, 2, 28))
    assert not reads(actor)
    assert not reads(actor, today=date(2025, 12, 31))


def test_a_role_that_is_not_known_grants_nothing():
    assert not reads(lan(Grant("a", "king")))


@pytest.mark.parametrize(
    ("level", "readers"),
    [
        ("open", {"official", "leader", "archivist", "auditor", "province", "operator"}),
        ("conditional", {"leader", "archivist", "auditor", "operator"}),
        ("closed", {"archivist", "auditor", "operator"}),
        ("unheard-of", set()),
    ],
)
def test_levels_by_role(level, readers):
    record = RecordClass("a", "F.a", level)
    assert {role for role in roles() if reads(lan(Grant("a", role)), record)} == readers


def test_the_strictest_level_wins_and_a_strange_one_is_closed():
    assert stricter("open", "conditional") == "conditional"
    assert stricter("closed", "open") == "closed"
    assert stricter("open", "secret-ish") == "closed"


def test_an_embargo_ends_on_its_day():
    record = RecordClass("a", "F.a", "open", "2026-03-02")
    assert not reads(lan(Grant("a")), record)
    assert reads(lan(Grant("a")), record, today=date(2026, 3, 2))
    assert reads(lan(Grant("a", "archivist")), record)


COMMUNES = [RegisteredUnit(code, code, code, "commune") for code in ("a", "b", "new", "other")]


def test_successors_inherit_from_the_day_on():
    merged = Succession("a", "new", "merged", "whole", date(2025, 7, 1))
    register = Register(COMMUNES, [merged])
    assert reads(lan(Grant("new")), register=register)
    assert not reads(lan(Grant("new")), register=register, today=date(2025, 6, 30))
    assert not reads(lan(Grant("other")), register=register)


def test_a_split_commune_is_seen_by_every_successor_of_a_part_unless_handed_over():
    day = date(2025, 7, 1)
    split = [Succession("a", heir, "split", "part", day) for heir in ("new", "other")]
    assert reads(lan(Grant("new")), register=Register(COMMUNES, split))
    assert reads(lan(Grant("other")), register=Register(COMMUNES, split))
    handed = Register(COMMUNES, split, [Assignment("F.a", "other", day=day)])
    assert not reads(lan(Grant("new")), register=handed)
    assert reads(lan(Grant("other")), register=handed)


@pytest.mark.parametrize(("handed", "follows"), [(date(2025, 7, 1), True), (date(2026, 1, 1), False)])
def test_what_is_handed_over_after_a_part_of_the_heir_had_left_does_not_follow_that_part(handed, follows):
    left = Succession("heir", "new", "split", "part", date(2025, 7, 1))
    register = Register((), [left], [Assignment("F.a", "heir", day=handed)])
    assert reads(lan(Grant("heir")), register=register)
    assert reads(lan(Grant("new")), register=register) == follows
    assert not reads(lan(Grant("a")), register=register)


def test_what_is_handed_over_again_has_left_who_had_it():
    rows = [Assignment("F.a", "new", day=date(2025, 7, 1)), Assignment("F.a", "other", day=date(2026, 1, 1))]
    register = Register(COMMUNES, (), rows)
    assert reads(lan(Grant("new")), register=register, today=date(2025, 12, 31))
    assert not reads(lan(Grant("new")), register=register)
    assert reads(lan(Grant("other")), register=register)


def test_a_part_handed_over_goes_to_its_heir_and_the_rest_stays():
    day = date(2025, 7, 1)
    merged = [Succession("a", "new", "merged", "whole", day)]
    register = Register(COMMUNES, merged, [Assignment("F.a", "other", Part(codes=("k2",)), day)])
    second = {"dossier": "F.a:k2", "item": "F.a:k2:001"}
    assert reads(lan(Grant("new")), register=register)
    assert not reads(lan(Grant("new")), register=register, **second)
    assert reads(lan(Grant("other")), register=register, **second)
    assert not reads(lan(Grant("other")), register=register)


def test_a_grant_may_be_for_certain_fonds_only():
    assert reads(lan(Grant("a", fonds=("F.a",))))
    assert not reads(lan(Grant("a", fonds=("F.b",))))


@pytest.mark.parametrize("record", ["F.a", "F.a:k1", "F.a:k1:001"])
def test_a_restriction_works_on_fonds_dossier_and_document(record):
    laid = [Restriction(record, "conditional", until=date(2026, 3, 1))]
    assert not reads(lan(Grant("a")), laid=laid)
    assert reads(lan(Grant("a", "leader")), laid=laid)
    assert reads(lan(Grant("a")), laid=laid, today=date(2026, 3, 2))
    assert reads(lan(Grant("a")), laid=[*laid, Restriction(record, "")])


def test_a_restriction_binds_one_grant_and_not_the_other():
    laid = [Restriction("F.a:k1:001", "conditional")]
    assert reads(lan(Grant("a"), Grant("a", "leader")), laid=laid)


def test_personal_numbers_are_shown_by_the_most_open_grant_that_reaches_the_record():
    grounds = Grounds(classes=(A, B))
    scope = scope_of(lan(Grant("a"), Grant("b", "leader")), TODAY, grounds)
    assert scope.personal(record_terms(A, "d", "i")) == "masked"
    assert scope.personal(record_terms(B, "d", "i")) == "on-purpose"
    assert scope.personal(record_terms(RecordClass("c", "F.c"), "d", "i")) == "masked"
    assert scope.unmasked.admits(record_terms(B, "d", "i"))
    assert not scope.unmasked.admits(record_terms(A, "d", "i"))


def test_the_administrator_of_accounts_sees_no_records():
    actor = lan(Grant(EVERY_UNIT, "accounts"))
    assert not reads(actor)
    assert actor.may("accounts", TODAY) and not actor.may("log", TODAY)


def test_the_log_takes_a_grant_for_every_unit():
    assert lan(Grant(EVERY_UNIT, "auditor")).may("log", TODAY)
    assert lan(Grant("a", "auditor")).audits(TODAY) and not lan(Grant("a", "auditor")).may("log", TODAY)
    assert not lan(Grant(EVERY_UNIT, "leader")).audits(TODAY)


@settings(max_examples=400, deadline=None)
@given(registers.registers, registers.restrictions, registers.records, registers.grants)
def test_scope_and_words_say_what_the_plain_rule_says(register, laid, records, grants):
    actor = Actor("lan", grants=tuple(grants))
    grounds = registers.grounds(register, laid, records)
    scope = scope_of(actor, TODAY, grounds)
    for each in records:
        expected = registers.may_read(actor, each, register, laid)
        assert scope.admits(record_terms(each.record, each.dossier_id, each.id)) == expected, each
        assert explain(actor, TODAY, grounds, each.record, each.key, each.id).allowed == expected, each
