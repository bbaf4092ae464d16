"""Whose records a batch holds: declaration and options."""

from dataclasses import replace
from datetime import date

import pytest

from archive.errors import UsageError
from archive.model import Fonds, Unit
from archive.units.succession import Assignment, Register, RegisteredUnit
from ingest.batch.origin import Options, conflicts, origin, settled, to_mend

DECLARED = 'ma = "H30.01"\nten = "Phông huyện"\ndon_vi_ma = "huyen-a"\ndon_vi_ten = "Huyện A"\ndon_vi_cap = "huyện"\n'


def test_the_declaration_in_the_folder_is_enough(tmp_path):
    (tmp_path / "phong.toml").write_text(DECLARED, encoding="utf-8")
    fonds, findings = origin(tmp_path, Options())
    assert (fonds.code, fonds.title, fonds.unit.code, fonds.unit.name) == (
        "H30.01",
        "Phông huyện",
        "huyen-a",
        "Huyện A",
    )
    assert fonds.unit.level == "district" and findings == ()


def test_a_code_alone_is_enough(tmp_path):
    fonds, _ = origin(tmp_path, Options(fonds="H30.01"))
    assert (fonds.code, fonds.title, fonds.unit.code) == ("H30.01", "H30.01", "H30.01")


def test_an_option_wins_and_the_difference_is_told(tmp_path):
    (tmp_path / "phong.toml").write_text(DECLARED, encoding="utf-8")
    fonds, findings = origin(tmp_path, Options(fonds="H30.02", title="Phông huyện"))
    assert fonds.code == "H30.02"
    assert [(finding.code, finding.values["key"]) for finding in findings] == [("origin.differs", "ma")]


@pytest.mark.parametrize(
    ("declared", "options", "code"),
    [
        ("", Options(), "ingest.no_fonds"),
        ("ma = ", Options(), "ingest.bad_declaration"),
        ("", Options(fonds="có dấu"), "error.bad_code"),
        ("", Options(fonds="H1", level="thôn"), "ingest.bad_level"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path, declared, options, code):
    (tmp_path / "phong.toml").write_text(declared, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        origin(tmp_path, options)
    assert caught.value.code == code


HELD = Fonds("H30.01", "Phông huyện", Unit("00004.2004", "Huyện A", "district"))


def test_what_a_batch_leaves_unsaid_is_as_the_held_dossiers_say(tmp_path):
    unsaid, _ = origin(tmp_path, Options(fonds="H30.01"))
    assert settled(unsaid, [HELD]) == HELD and settled(unsaid, []) == unsaid
    assert conflicts(settled(unsaid, [HELD]), [HELD]) == []
    said, _ = origin(tmp_path, Options("H30.01", "Phông B", "00005.2004", "Huyện B", "huyện"))
    assert settled(said, [HELD]) == said
    only_unit, _ = origin(tmp_path, Options("H30.01", unit="00005.2004"))
    assert settled(only_unit, [HELD]).unit.code == "00005.2004"
    corrected, _ = origin(tmp_path, Options("H30.01", "Phông huyện cũ", unit_name="Huyện Cũ"))
    assert settled(corrected, [HELD]) == replace(
        HELD, title="Phông huyện cũ", unit=replace(HELD.unit, name="Huyện Cũ")
    )


def test_names_and_a_unit_of_the_register_are_asked_for(tmp_path):
    unsaid, _ = origin(tmp_path, Options(fonds="H30.01"))
    register = Register([RegisteredUnit("00004.2004", "00004", "Huyện A", "district", "huyện")])
    codes = [finding.code for finding in to_mend(unsaid, register, date(2026, 1, 1))]
    assert codes == ["origin.unnamed", "origin.unit_unknown"]
    assert to_mend(HELD, register, date(2026, 1, 1)) == []
    assert [one.code for one in to_mend(unsaid, Register(), date(2026, 1, 1))] == ["origin.unnamed"]
    handed = Register(register.units.values(), (), [Assignment("H30.01", "00004.2004")])
    assert [one.code for one in to_mend(unsaid, handed, date(2026, 1, 1))] == ["origin.unnamed"]
