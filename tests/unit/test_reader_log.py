"""What the reader shows is on record first: who, what, why and from which generation."""

import pytest

from archive.errors import AuditUnavailable, NotFound
from archive.rights.access import Actor, Grant
from archive.wiring_read import Archive
from tests import homes
from tests.sinks import MemorySink

ITEM = "H01.12:DD.2014:001"
LAN = Actor("lan", grants=(Grant(homes.UNIT_A.code),), session="abc", address="10.0.0.9")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("log"))


@pytest.fixture
def log():
    return MemorySink()


@pytest.fixture
def reader(settings, log):
    return Archive(settings, log).reader()


SHOWS = {
    "search": lambda reader: reader.search(LAN, "thu hồi"),
    "item": lambda reader: reader.item(LAN, ITEM),
    "dossier": lambda reader: reader.dossier(LAN, "H01.12:DD.2014"),
    "page": lambda reader: reader.page(LAN, ITEM, 1),
    "image": lambda reader: reader.page_image(LAN, ITEM, 1),
    "original": lambda reader: reader.original(LAN, ITEM, 0),
    "pdf": lambda reader: reader.searchable_pdf(LAN, ITEM),
    "fonds": lambda reader: reader.fonds(LAN),
    "fonds page": lambda reader: reader.fonds_page(LAN, "H01.12"),
    "overview": lambda reader: reader.overview(LAN),
}


@pytest.mark.parametrize("name", SHOWS)
def test_everything_shown_is_on_record_with_who_and_where_from(reader, log, name):
    SHOWS[name](reader)
    assert log.entries
    entry = log.entries[-1]
    assert (entry.actor, entry.session, entry.address) == ("lan", "abc", "10.0.0.9")
    assert entry.generation == reader.generation and entry.outcome == "allowed"


@pytest.mark.parametrize("name", SHOWS)
def test_what_cannot_be_recorded_is_not_shown(reader, log, name):
    log.failing = True
    with pytest.raises(AuditUnavailable):
        SHOWS[name](reader)


def test_an_entry_tells_why_and_of_which_unit(reader, log):
    reader.page_image(LAN, ITEM, 2)
    entry = log.entries[-1]
    assert (entry.action, entry.object, entry.unit) == ("image", ITEM, homes.UNIT_A.code)
    assert (entry.why, entry.detail) == ("access.unit_granted", {"page": 2})


def test_a_search_tells_what_was_asked_and_what_was_shown(reader, log):
    found = reader.search(LAN, "thu hồi", filters={"year": ["2014"]}, size=2)
    entry = log.entries[-1]
    assert (entry.action, entry.object) == ("search", "thu hồi")
    assert entry.detail["shown"] == [hit.row.id for hit in found.hits]
    assert entry.detail["total"] == found.total and entry.detail["filters"] == ["year=2014"]


@pytest.mark.parametrize("record", ["H01:GT.2016:001", "H01:GT.2016:999", "x" * 5000])
def test_what_is_asked_for_and_not_found_is_on_record_too(reader, log, record):
    with pytest.raises(NotFound):
        reader.item(LAN, record)
    assert [(entry.action, entry.outcome, entry.object) for entry in log.entries] == [
        ("refused", "refused", record[:200])
    ]
