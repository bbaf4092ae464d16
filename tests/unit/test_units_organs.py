"""Organisation ids of both shapes, and the province codes."""

from pathlib import Path

import pytest

from archive.units import national, organs


@pytest.mark.parametrize(
    ("written", "shape", "levels"),
    [
        ("000.00.12.H62", "reversed", ("H62", "12")),
        ("000.12.30.A36", "reversed", ("A36", "30", "12")),
        ("001.03.08.H30", "reversed", ("H30", "08", "03", "001")),
        ("28.22.H17", "reversed", ("H17", "22", "28")),
        ("01.02.G22", "reversed", ("G22", "02", "01")),
        ("000.00.00.H26", "reversed", ("H26",)),
        ("G22.99.3", "forward", ("G22", "99", "3")),
        ("H37.DN.002", "forward", ("H37", "DN", "002")),
        ("H26", "forward", ("H26",)),
    ],
)
def test_both_shapes(written, shape, levels):
    found = organs.parse(written)
    assert (found.text, found.shape, found.levels, found.top) == (written, shape, levels, levels[0])


@pytest.mark.parametrize(
    "written", ["", "vxp.saas.03", "000.00.12", "H62.", "Sở Tư pháp", "H62." + "1" * 40, "1.2.3.4.H62"]
)
def test_what_is_no_organisation_id(written):
    assert organs.parse(written) is None


def test_every_old_province_has_one_code():
    codes = [code for found in organs.province_codes().values() for code in found]
    assert len(codes) == len(set(codes)) == 63 == len(organs.province_codes())
    assert organs.province_codes()["01.2004"] == ("H26",)


def test_the_lock_names_the_data_we_know():
    lock = (Path(__file__).parents[2] / "requirements-data.lock").read_text(encoding="utf-8")
    assert f"{national.facts()['package']}=={national.facts()['version']} " in lock
