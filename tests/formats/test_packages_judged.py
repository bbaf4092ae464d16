"""Packages before the judges of others: eark-validator, the schemas of PREMIS 3 and EAD 2002, bagit.

eark-validator 1.1.3 can call no SIP valid: its rule SIP14 wants an attribute NOTETYPE without namespace on the note of every
CREATOR, which the METS schema it checks by forbids; CSIP15 wants that note. And it holds the submitting agent, whom SIP15-20
require, to the rules of the software agent (CSIP12, 13, 16). Those four, on agents, are all that it may say.
"""

import shutil
from pathlib import Path

import bagit
import pytest
from lxml import etree

from archive.packages.profile import KINDS, schema
from archive.packages.run import Order
from archive.wiring_read import Archive
from tests import homes, systems
from tests.packages import judged, make
from tests.sinks import MemorySink

DOSSIERS = ("H01.12:DD.2014", "H01.12:HT.2019", "H01.15:TH.2012")
UNSATISFIABLE = {"CSIP12", "CSIP13", "CSIP16", "SIP14"}


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("judged"))


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    return systems.build(tmp_path_factory.mktemp("volumes"))


def made(settings, out: Path, *dossiers: str, **order) -> list[Path]:
    archive = Archive(settings, MemorySink())
    order = Order(out=out, **order)
    outcome = make(settings, archive.reader(), archive.operator(), order, dossiers)
    assert len(outcome.made) == len(dossiers) and not outcome.refused
    return [out / name for name in outcome.made]


def errors(verdict: dict) -> set[str]:
    return {rule for severity, rule in verdict["profile_rules"] if severity == "Error"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_sound_by_structure_schema_and_profile(settings, volumes, tmp_path, kind):
    every = made(settings, tmp_path / "a", *DOSSIERS, kind=kind)
    every += made(volumes, tmp_path / "b", *(dossier.id for dossier in systems.dossiers()), kind=kind)
    for verdict in judged(*every):
        assert verdict["structure"] == "WellFormed"
        bare = [] if verdict["data"] else [["Warn", "CSIPSTR11"]]  # a dossier without any file
        assert verdict["structure_rules"] == [["Info", "CSIPSTR3"], *bare]  # may also be an archive file
        assert verdict["schema"] == []
        assert errors(verdict) == (UNSATISFIABLE if kind == "SIP" else set())
        assert not [rule for severity, rule in verdict["profile_rules"] if severity == "Warn"]
        assert len(verdict["described"]) > 2 and not any(verdict["described"].values())


def test_of_a_sip_the_validator_finds_fault_with_agents_only(settings, tmp_path):
    """Without the submitting agent one rule is left; the note it wants cannot be: the schema forbids it."""
    (package,) = made(settings, tmp_path, DOSSIERS[0], kind="SIP")
    without, bent = tmp_path / "without", tmp_path / "bent"
    for copy in (without, bent):
        shutil.copytree(package, copy)
    _changed(without, lambda agents: [each.getparent().remove(each) for each in agents[2:]])
    _changed(
        bent, lambda agents: agents[0].find(schema("mets").tag("note")).set("NOTETYPE", "IDENTIFICATIONCODE")
    )
    first, second = judged(without, bent)
    assert errors(first) == {"SIP14"} and first["schema"] == []
    assert "SIP14" in errors(second) or second["schema"]
    assert any("NOTETYPE" in message for message in second["schema"])


def _changed(package: Path, change) -> None:
    tree = etree.parse(package / "METS.xml")
    change(tree.findall(f".//{schema('mets').tag('agent')}"))
    tree.write(package / "METS.xml")


def test_a_zip_is_judged_like_its_folder(settings, tmp_path):
    (package,) = made(settings, tmp_path, DOSSIERS[0], kind="DIP", zip=True)
    (verdict,) = judged(package)
    assert (verdict["structure"], verdict["profile"]) == ("WellFormed", "VALID")


def test_a_bag_is_valid_by_bagits_own_checks(settings, tmp_path):
    (package,) = made(settings, tmp_path, DOSSIERS[0], kind="AIP", bag=True)
    bag = bagit.Bag(str(package))
    assert bag.validate() and bag.version_info == (1, 0)
    victim = next((package / "data").rglob("*.pdf"))
    victim.write_bytes(victim.read_bytes() + b" ")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(package)).validate()
