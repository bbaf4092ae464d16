"""A message of the exchange belongs to the own unit that sent or received it, and goes that way."""

import pytest

from ingest.progress import Tally
from ingest.snapshots import mapping, proposal
from ingest.snapshots.forms.open import opened
from ingest.snapshots.owning import UNNAMED
from ingest.snapshots.records import RecordReader
from ingest.snapshots.staging import Staging
from ingest.snapshots.units_seen import units_seen
from samples.systems import as_edxml
from samples.systems.model import Made, MadeTable

DISTRICT, ONE, TWO, FAR = "H9.1", "000.11.1.H9", "000.12.1.H9", "G22"
OWN = f'''
[units."{ONE}"]
fonds = "H9.11"
[units." {TWO.lower()} "]
fonds = "H9.12"
[units."{DISTRICT}"]
fonds = "H9.10"
'''
SENT = {
    "to one": (FAR, [ONE]),
    "to two": (FAR, [TWO]),
    "to both": (FAR, [TWO, ONE]),
    "by one": (ONE, [FAR]),
    "down": (DISTRICT, [FAR, TWO]),
    "strange": (FAR, ["G30"]),
    "nobody": ("", []),
}
"""DocumentId -> (organ that sent it, organs that received it)."""


@pytest.fixture
def read(tmp_path):
    """`read(units)`: id -> (unit, direction, others) of every message, and what is still unknown."""
    documents = [(name, sender, f"Cơ quan {sender}") for name, (sender, _) in SENT.items()]
    receivers = [(name, unit, f"Nơi {unit}") for name, (_, units) in SENT.items() for unit in units]
    made = Made({
        "document": MadeTable(dict.fromkeys(("DocumentId", "From.OrganId", "From.OrganName"), "text"), documents),
        "receiver": MadeTable(dict.fromkeys(("@document", "OrganId", "OrganName"), "text"), receivers),
    })  # fmt: skip
    as_edxml.write(made, tmp_path / "tin")
    staging = Staging(tmp_path / "s.sqlite")
    with opened(tmp_path / "tin") as source:
        staging.load(source, "1", Tally("vi"))

    def drafts(units):
        said = mapping.parse(proposal.profiles()["edxml"] + units)
        reader = RecordReader(staging, said, "truc")
        found = [reader.draft(said.records[0], row) for row in staging.rows("document")]
        told = {one.record.old_id: (one.unit, one.record.direction.value, one.others) for one in found}
        return told, {(one.unit, one.name, one.records) for one in units_seen(said, staging)}

    yield drafts
    staging.close()


def test_ownership_and_direction_follow_from_the_own_units(read):
    found, unknown = read(OWN)
    assert found == {
        "to one": (ONE, "incoming", ()),
        "to two": (TWO, "incoming", ()),
        "to both": (TWO, "incoming", (ONE,)),
        "by one": (ONE, "outgoing", ()),
        "down": (DISTRICT, "outgoing", (TWO,)),
        "strange": ("G30", "incoming", ()),
        "nobody": (UNNAMED, "incoming", ()),
    }
    assert unknown == {(FAR, "Nơi G22", 1), ("G30", "Nơi G30", 1), (UNNAMED, "", 1)}, (
        "only of messages without an own unit"
    )


def test_without_own_units_every_organ_is_offered(read):
    found, unknown = read("")
    assert {direction for _, direction, _ in found.values()} == {"incoming"}
    assert {unit for unit, _, _ in unknown} == {DISTRICT, ONE, TWO, FAR, "G30", UNNAMED}


def test_directions_are_taken_in_the_order_of_the_mapping(read, monkeypatch):
    said = proposal.profiles()["edxml"]
    first, second = (line for line in said.splitlines() if line.startswith("unit."))
    turned = said.replace(first, "#").replace(second, f"{second}\n{first}")
    monkeypatch.setattr(proposal, "profiles", lambda: {"edxml": turned})
    assert read(OWN)[0]["down"] == (TWO, "incoming", (DISTRICT,))
