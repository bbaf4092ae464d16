"""The access rule: nothing granted means nothing found, and decision and filter agree."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from archive.access import EVERY_UNIT, NOTHING, Actor, Grant, Scope, decide, record_terms, scope_of

TODAY = date(2026, 3, 1)
units = st.sampled_from(["a", "b", "c", "d"])


def test_no_actor_has_no_scope():
    assert scope_of(None, TODAY) == NOTHING
    assert not scope_of(None, TODAY)


def test_actor_without_grants_has_no_scope():
    assert not scope_of(Actor("lan"), TODAY)


def test_empty_scope_admits_nothing_not_everything():
    assert not NOTHING.admits(record_terms("a"))
    assert not decide(NOTHING, "a").allowed


def test_record_without_unit_meets_no_scope_not_even_every_unit():
    assert not Scope(frozenset({EVERY_UNIT})).admits(record_terms(""))


def test_grant_for_an_empty_unit_grants_nothing():
    assert not scope_of(Actor("lan", grants=(Grant(""),)), TODAY)


def test_grant_ends_by_itself():
    actor = Actor("lan", grants=(Grant("a", valid_from=date(2026, 1, 1), valid_to=date(2026, 2, 28)),))
    assert scope_of(actor, date(2026, 2, 28)).admits(record_terms("a"))
    assert not scope_of(actor, TODAY)
    assert not scope_of(actor, date(2025, 12, 31))


def test_decision_carries_its_reason():
    assert decide(NOTHING, "a").reason == "access.no_grant"
    assert decide(Scope(frozenset({"b"})), "a").reason == "access.other_unit"
    assert decide(Scope(frozenset({"a"})), "a").reason == "access.unit_granted"
    assert decide(Scope(frozenset({EVERY_UNIT})), "a").reason == "access.every_unit"


@given(st.frozensets(units), units)
def test_decision_is_membership(granted, unit):
    actor = Actor("x", grants=tuple(Grant(code) for code in granted))
    assert decide(scope_of(actor, TODAY), unit).allowed == (unit in granted)
