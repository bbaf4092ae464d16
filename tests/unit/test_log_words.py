"""Entries of the access log in words: no holes, no codes, units and grants by their names."""

import json
import re

import pytest

from archive.audit.entry import Entry, Recorded
from archive.audit.log import Wanted
from archive.log_words import COLUMNS, LogWords
from archive.messages import LANGUAGES, catalogue
from archive.people.accounts import grant_to_plain
from archive.rights.access import Grant
from archive.units.succession import Register
from tests.journeys.test_units_web import HANDED, ROWS, UNITS

WORDS = LogWords(Register(UNITS, ROWS, HANDED), "vi")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_whose_sentence_has_blanks_has_a_few_words(language):
    known = catalogue(language)
    filled = [
        code for code, said in known.items() if code.startswith("access.") and re.search(r"{\w+}", said)
    ]
    told = {code for code in filled if code.count(".") == 1}
    assert told and not [
        code for code in told if "?" in LogWords(Register(), language).why(Entry("view", why=code, actor="a"))
    ]


def test_the_purpose_stands_with_the_reason():
    entry = Entry("reveal", "hoa", why="access.assigned", detail={"purpose": "xác minh hộ tịch", "page": 2})
    assert WORDS.why_and_purpose(entry) == "bàn giao · Mục đích: xác minh hộ tịch"
    assert WORDS.details(entry) == [("Trang", "2")]
    row = dict(zip(COLUMNS, WORDS.row(Recorded(7, "", entry)), strict=True))
    assert (row["number"], row["purpose"], row["detail"]) == ("7", "xác minh hộ tịch", "Trang: 2")


def test_grants_units_levels_and_days_are_told_by_their_names():
    unit = UNITS[0]
    grant = json.dumps(grant_to_plain(Grant(unit.id, "official")))
    detail = {"grants": [grant, "{strange"], "level": "closed", "until": "2026-12-31", "units": [unit.id]}
    told = dict(WORDS.details(Entry("account", "op", detail=detail)))
    assert told["Quyền"] == f"{unit.name} ({unit.id}) · tra cứu, {{strange"
    assert told["Mức tiếp cận"] == "đóng" and told["Đến ngày"] == "31/12/2026"
    assert told["Đơn vị"] == f"{unit.name} ({unit.id})"


def test_of_several_units_any_is_wanted():
    wanted = Wanted(units=("a", "b"))
    assert [wanted.meets(Recorded(1, "", Entry("view", "x", unit=unit))) for unit in "abc"] == [
        True,
        True,
        False,
    ]
    assert Wanted(units=("a",)).needles() == [b'"unit":"a"']
