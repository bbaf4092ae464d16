"""Searching by the name of a unit, old or new: what came to it is found, inside the scope, on every engine."""

from datetime import date

import pytest

from archive import queries
from archive.rights.access import Actor, Grant
from archive.units import unit_search
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession
from archive.wiring_read import Archive
from tests import homes

DAY = date(2025, 7, 1)
NEW = RegisteredUnit("phu-an.2025", "00101", "Phường Phú An", "commune", "phường", valid_from=DAY)
OTHER = RegisteredUnit("tan-hoa.2025", "00102", "Xã Tân Hòa", "commune", "xã", valid_from=DAY)
ENDED = date(2025, 6, 30)
UNITS = (
    NEW,
    OTHER,
    RegisteredUnit(homes.UNIT_A.code, "00001", "Xã An Bình", "commune", "xã", valid_to=ENDED),
    RegisteredUnit(homes.UNIT_B.code, "002", "Huyện Phú Mỹ", "district", "huyện", valid_to=ENDED),
    RegisteredUnit(homes.UNIT_C.code, "00003", "Xã Tân Hòa", "commune", "xã", valid_to=ENDED),
)
ROWS = (
    Succession(homes.UNIT_A.code, NEW.id, "merged", "whole", DAY, "Nghị quyết 1"),
    Succession(homes.UNIT_C.code, OTHER.id, "continued", "whole", DAY, "Nghị quyết 1"),
    Succession(homes.UNIT_B.code, "", "abolished", "whole", DAY, "Nghị quyết 1"),
)
HANDED = Assignment("H01", NEW.id, Part(prefixes=("GT.",)), DAY, "Biên bản 7")
REGISTER = Register(UNITS, ROWS, (HANDED,))
ALL = Actor("thanhtra", grants=(Grant("*", "auditor"),))


class Log:
    def record(self, *entries) -> int:
        return 1


@pytest.fixture(scope="module", params=["memory", "tantivy", "whoosh"])
def reader(request, tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("units"), index_engine=request.param)
    found = Archive(settings, log=Log())
    found._register = lambda: REGISTER
    return found.reader()


def found(reader, text: str, actor: Actor = ALL) -> set[str]:
    return {hit.row.unit_code for hit in reader.search(actor, text, size=100).hits}


def test_a_new_name_finds_what_the_unit_inherited_and_was_handed(reader):
    assert found(reader, 'đơn vị:"Phường Phú An"') == {homes.UNIT_A.code, homes.UNIT_B.code}
    assert found(reader, "đơn vị:phu-an.2025") == {homes.UNIT_A.code, homes.UNIT_B.code}
    assert found(reader, "đơn vị:00101") == {homes.UNIT_A.code, homes.UNIT_B.code}


@pytest.mark.parametrize("typed", ["đơn vị:Phú An", "don vi: phuong phu an", 'đơn vị:"UBND phường Phú An"'])
def test_a_name_needs_no_quotes_no_marks_and_no_kind(reader, typed):
    assert found(reader, typed) == {homes.UNIT_A.code, homes.UNIT_B.code}
    assert found(reader, f"{typed} bê tông") == {homes.UNIT_A.code, homes.UNIT_B.code}
    assert found(reader, f'{typed} "hộ tịch"') == {homes.UNIT_A.code}


def test_an_old_name_finds_what_the_unit_left(reader):
    assert found(reader, 'đơn vị:"xã An Bình"') == {homes.UNIT_A.code}
    assert found(reader, "đơn vị:Huyện Phú Mỹ") == {homes.UNIT_B.code}


def test_without_a_unit_of_that_name_words_of_the_name_on_record_still_count(reader):
    assert found(reader, "đơn vị:Bình") == {homes.UNIT_A.code}
    assert found(reader, "đơn vị:khongcotunay") == set()


def test_excluding_a_unit_excludes_what_came_to_it(reader):
    assert found(reader, '-đơn vị:"Phường Phú An"') == {homes.UNIT_C.code}


def test_a_name_never_leads_out_of_the_scope(reader):
    lan = Actor("lan", grants=(Grant(homes.UNIT_A.code),))
    assert found(reader, 'đơn vị:"Phường Phú An"', lan) == {homes.UNIT_A.code}
    assert found(reader, 'đơn vị:"Xã Tân Hòa"', lan) == set()
    heir = Actor("minh", grants=(Grant(OTHER.id),))
    assert found(reader, 'đơn vị:"Phường Phú An"', heir) == set()
    assert found(reader, 'đơn vị:"Xã Tân Hòa"', heir) == {homes.UNIT_C.code}
    assert reader.units_meant(heir, "Phường Phú An") == ()


def test_a_name_alone_is_offered_as_a_unit_with_its_count(reader):
    (meant,) = reader.units_meant(ALL, "phu an")
    assert (meant.unit, meant.query) == (NEW, 'đơn vị:"Phường Phú An"')
    assert meant.total == reader.search(ALL, meant.query).total > 0
    assert [meant.unit.id for meant in reader.units_meant(ALL, "UBND xã Tân Hòa")] == [
        OTHER.id,
        homes.UNIT_C.code,
    ]
    for other in ("phu an hộ tịch", "đơn vị:Phú An", "-phu an", "", "năm:2014"):
        assert reader.units_meant(ALL, other) == ()


def test_a_namesake_is_asked_for_by_its_id():
    assert unit_search.asked_for(REGISTER, OTHER) == "đơn vị:tan-hoa.2025"
    assert unit_search.asked_for(REGISTER, NEW) == 'đơn vị:"Phường Phú An"'


def test_words_after_a_name_stay_words():
    query = queries.parse("đơn vị:phường Phú An thu hồi đất")
    first, *rest = unit_search.resolved(query, REGISTER, lambda grants: unit_search.Scope()).clauses
    assert (first.units, first.folded) == ((NEW.id,), ("phuong", "phu", "an"))
    assert [clause.folded for clause in rest] == [("thu",), ("hoi",), ("dat",)]


def test_words_of_a_name_are_not_marked_on_the_page(reader):
    item = "H01.12:DD.2014:001"
    asked = "đơn vị:phường Phú An thu hồi"
    assert reader.page(ALL, item, 1, asked).hits == reader.page(ALL, item, 1, "thu hồi").hits != ()
    assert reader.hit_pages(ALL, item, "đơn vị:Phú An") == []


def test_heirs_are_named_with_the_decision(reader):
    (heir,) = reader.heirs("H01.12", homes.UNIT_A.code)
    assert (heir.unit, heir.since, heir.basis, heir.assigned) == (NEW, DAY, "Nghị quyết 1", False)
    (heir,) = reader.heirs("H01", homes.UNIT_B.code, "H01:GT.2016")
    assert (heir.unit, heir.basis, heir.assigned) == (NEW, "Biên bản 7", True)
    assert reader.heirs("X", NEW.id) == ()


def test_what_a_unit_inherits_tells_way_and_hand_over(reader):
    minh = Actor("minh", grants=(Grant(NEW.id),))
    own, old, handed = reader.inheritance(minh)
    assert (own.code, own.way, own.fonds) == (NEW.id, (), ())
    assert (old.code, old.way, old.handed) == (homes.UNIT_A.code, ROWS[:1], None)
    assert [summary.items for summary in old.fonds] == [8]
    assert (handed.code, handed.way, handed.handed) == (homes.UNIT_B.code, (), HANDED)
    assert [summary.items for summary in handed.fonds] == [2]
