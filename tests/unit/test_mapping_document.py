"""MAPPING.md is true: its examples are mappings that work, and it names every word of the language."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from archive.model import FIELD_NAMES
from ingest.progress import Tally
from ingest.snapshots import checking, mapping
from ingest.snapshots.commands import PROFILES
from ingest.snapshots.inspection import staged
from ingest.snapshots.records import RecordReader

TEXT = (Path(mapping.__file__).parent / "MAPPING.md").read_text(encoding="utf-8")
MAPPINGS = re.findall(r"^```toml\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
[DUMP] = re.findall(r"^```sql\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
WORDS = {
    *mapping.TOP_NAMES, *mapping.RECORDS_NAMES, *mapping.CHILD_KEYS, *mapping.VALUE_NAMES, *FIELD_NAMES,
    *mapping.RECORD_NAMES, *mapping.PROCEDURE_NAMES, *mapping.VALUE_LISTS, *(one.name for one in fields(mapping.Owner)),
    *(name for names in mapping.CHILD_NAMES.values() for name in names),
    *(ours for known in mapping.VALUE_LISTS.values() for ours in known if ours),
    *(file.stem for file in PROFILES.glob("*.toml")),
}  # fmt: skip


@pytest.mark.parametrize("text", MAPPINGS)
def test_every_example_is_a_mapping(text):
    assert mapping.parse(text).records


def test_the_reference_names_every_word_of_the_language():
    reference = TEXT.partition("## A worked example")[0] + TEXT.partition("## Reference")[2]
    quoted = re.findall(r"`([^`]+)`", reference)
    named = {*quoted, *(word for said in quoted for word in re.findall(r"[\w.-]+", said))}
    assert len(WORDS) > 100 and not WORDS - named


def test_the_worked_example_works(tmp_path):
    path = tmp_path / "congvan.sql"
    path.write_text(DUMP, encoding="utf-8")
    said = mapping.parse(MAPPINGS[0])
    with staged(path, Tally("vi")) as (staging, _):
        found = checking.check(said, staging)
        assert found.usable and not (found.absent or found.unmapped or found.unknown or found.unknown_units)
        draft = RecordReader(staging, said, "cong-van").draft(said.records[0], staging.row("congvan", 1))
    record = draft.record
    assert {name: value.value for name, value in draft.fields.items()} == {
        "code": "15/QĐ-UBND",
        "issued_date": "2021-04-03",
        "subject": "Về việc thu hồi đất",
        "issuer": "UBND xã Hòa Lĩnh",
    }
    assert (record.old_id, record.direction.value, record.number, record.status.value, record.unit) == (
        "7", "incoming", "12a", "done", "XA1",
    )  # fmt: skip
    assert [(step.receiver.name, step.opinion, step.deadline) for step in record.steps] == [
        ("Lê Văn B", "Tham mưu", "2021-04-10")
    ]
    assert [claim.path for claim in draft.claims] == ["Upload/qd15.pdf", "Upload/phuluc.pdf"]
