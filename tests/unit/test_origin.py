"""Whose records a batch holds: declaration and options."""

import pytest

from archive.errors import UsageError
from ingest.origin import Options, origin

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
    assert (fonds.code, fonds.title, fonds.unit.code) == ("H30.01", tmp_path.name, "H30.01")


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


def test_a_folder_name_that_is_no_utf8_gives_a_title_that_is(tmp_path):
    fonds, _ = origin(tmp_path / "ph\udcf4ng", Options(fonds="H1"))
    assert fonds.title.encode() and fonds.unit.name.encode()
