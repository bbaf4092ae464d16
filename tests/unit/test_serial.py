"""Model types to JSON and back, byte for byte stable."""

import json
from dataclasses import fields, is_dataclass, replace
from typing import get_type_hints

import pytest

from archive import model, serial
from archive.model import Dossier, Finding, Item, PageReading
from tests import dossiers


def full_dossier():
    dossier = dossiers.sample()
    first = replace(
        dossier.items[0],
        findings=(Finding("sequence.missing", "info", "a.jpg", 3, {"numbers": "2"}),),
        also_received_as=("b.pdf",),
        extra={"note": "ghi chú"},
    )
    items = (first, *dossier.items[1:], dossiers.quarantined(dossier.id, 3))
    more = {
        "start_date": "2011",
        "end_date": "2019-05",
        "retention": "Vĩnh viễn",
        "accession": "dot-1",
        "extra": {"a": "b"},
    }
    return replace(dossier, items=items, **more)


@pytest.mark.parametrize("value", [full_dossier(), full_dossier().items[0], dossiers.reading("một hai\nba")])
def test_there_and_back(value):
    content = serial.dumps(value)
    assert serial.loads(type(value), content) == value
    assert serial.dumps(serial.loads(type(value), content)) == content


def test_defaults_are_left_out():
    plain = serial.to_plain(dossiers.sample())
    assert "retention" not in plain and "findings" not in plain and "access" not in plain["items"][0]


def test_unknown_keys_of_newer_files_are_ignored():
    plain = json.loads(serial.dumps(full_dossier())) | {"invented_later": 1}
    plain["items"][0]["invented_later"] = {"x": [1]}
    assert serial.from_plain(Dossier, plain) == full_dossier()


def test_vietnamese_is_readable_and_broken_names_survive():
    item = replace(full_dossier().items[0], title="Đất đai", also_received_as=("x\udc80.pdf",))
    content = serial.dumps(item)
    assert "Đất đai".encode() in content
    assert content.decode("utf-8") and serial.loads(Item, content) == item


def test_every_dataclass_of_the_model_can_be_read_back():
    """A field whose type the serialiser does not know would come back as something else."""
    for kind in (Dossier, Item, PageReading):
        _known_types(kind, set())


def _known_types(kind, seen):
    if kind in seen or not is_dataclass(kind):
        return
    seen.add(kind)
    for spec in fields(kind):
        hint = get_type_hints(kind)[spec.name]
        assert "list[" not in str(hint) and "datetime" not in str(hint), (
            f"{kind.__name__}.{spec.name}: {hint}"
        )
        for inner in [hint, *getattr(hint, "__args__", ())]:
            _known_types(inner, seen)


def test_model_values_are_frozen():
    kinds = [kind for kind in vars(model).values() if isinstance(kind, type) and is_dataclass(kind)]
    assert kinds and all(kind.__dataclass_params__.frozen for kind in kinds)
