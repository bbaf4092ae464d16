"""Whose records a take-over makes is settled before a row is read; a fonds never changes its unit in passing."""

from datetime import date

import pytest

from archive.errors import UsageError
from archive.model import Fonds, Unit
from archive.units.succession import Register, RegisteredUnit
from ingest.snapshots import mapping
from ingest.snapshots.ownership import contradictions, settle, unknown_units

MAIN = Fonds("H1.00", "Phông huyện", Unit("huyen", "Huyện A", "district"))
PLAIN = '[[records]]\ntable = "t"\nid = "id"\n'
KNOWN = Register(
    [RegisteredUnit("00004.2004", "00004", "Phường Trúc Bạch"), RegisteredUnit("huyen", "h", "Huyện A")]
)
DAY = date(2026, 1, 1)


def units(*lines):
    return mapping.parse(
        PLAIN + "".join(f'[units."{number}"]\n{line}\n' for number, line in enumerate(lines))
    )


def held(*fonds):
    return lambda code: [one for one in fonds if one.code == code]


def settled(*lines, before=(), main=MAIN):
    return settle(main, units(*lines), held(*before), KNOWN, DAY)


def test_a_fonds_has_the_unit_that_the_mapping_says():
    found = settled('fonds = "H1.01"\nunit = "00004.2004"\nname = "Phường Trúc Bạch"\nlevel = "xã"').fonds
    assert found["H1.00"] == MAIN
    assert found["H1.01"] == Fonds(
        "H1.01", "Phông Phường Trúc Bạch", Unit("00004.2004", "Phường Trúc Bạch", "commune")
    )


def test_what_is_left_unsaid_is_as_it_is_held():
    before = Fonds("H1.01", "Phông cũ", Unit("00004.2004", "Phường Trúc Bạch", "commune"))
    assert settled('fonds = "H1.01"', before=[before]).fonds["H1.01"] == before
    assert settled('fonds = "H1.01"\nunit = "00004.2004"', before=[before]).fonds["H1.01"] == before
    placeholder = Fonds("H1.01", "H1.01", Unit("H1.01", "H1.01"))
    named = settled('fonds = "H1.01"\nunit = "00004.2004"', before=[placeholder]).fonds["H1.01"]
    assert named.unit.code == "00004.2004", "a code that only stood for a unit gives way"


def test_two_ids_of_one_unit_share_its_fonds():
    found = settled(
        'fonds = "H1.01"\nunit = "00004.2004"', 'fonds = "H1.01"\nname = "Phường Trúc Bạch"'
    ).fonds
    assert (found["H1.01"].unit.code, found["H1.01"].unit.name) == ("00004.2004", "Phường Trúc Bạch")


@pytest.mark.parametrize(
    ("lines", "before", "code"),
    [
        (['fonds = "H1.01"\nunit = "b"'], [Fonds("H1.01", "x", Unit("a", "A"))], "ownership.other_unit"),
        ([], [Fonds("H1.00", "x", Unit("a", "A"))], "ownership.other_unit"),
        (['fonds = "H1.01"\nunit = "b"', 'fonds = "H1.01"\nunit = "c"'], [], "ownership.two_units"),
        (['fonds = "H1.00"\nunit = "b"'], [], "ownership.two_units"),
    ],
)
def test_a_fonds_of_two_units_is_refused(lines, before, code):
    with pytest.raises(UsageError) as raised:
        settled(*lines, before=before)
    assert raised.value.code == code
    assert [one.code for one in contradictions(units(*lines), held(*before), MAIN)] == [code]


def test_a_unit_the_register_does_not_know_is_told():
    said = units(
        'fonds = "H1.01"\nunit = "00004"\nname = "Phường Trúc Bạch"', 'fonds = "H1.02"\nunit = "huyen"'
    )
    [found] = unknown_units(said, held(), KNOWN, DAY)
    assert found.values == {"fonds": "H1.01", "unit": "00004", "near": "00004.2004 (Phường Trúc Bạch)"}
    assert settle(MAIN, said, held(), KNOWN, DAY).findings == (found,)
    assert not unknown_units(said, held(), Register([]), DAY), "nobody can say while there is no register"


def test_a_level_is_a_word_of_either_language():
    with pytest.raises(UsageError) as raised:
        units('fonds = "H1.01"\nlevel = "làng"')
    assert raised.value.values["place"] == 'units."0".level' and "xã" in str(raised.value.values["expected"])
