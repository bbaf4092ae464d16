"""What the reader shows is on record first: who, what, why and from which generation."""

from dataclasses import replace

import pytest

from archive.errors import AuditUnavailable, NotFound
from archive.lookup.lately import MOST, WHILE, Lately
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


def test_lists_dossiers_units_and_documents_have_words_of_their_own(reader, log):
    for name in ("overview", "fonds", "fonds page", "dossier", "item"):
        SHOWS[name](reader)
    reader.unit(LAN, homes.UNIT_A.code), reader.inheritance(LAN)
    asked = [entry.action for entry in log.entries]
    assert asked == ["overview", "list", "list", "dossier", "view", "unit", "inheritance"]


def test_the_documents_that_queries_to_try_are_made_from_are_told_in_the_one_entry(reader, log):
    overview = reader.overview(LAN)
    assert overview.samples
    assert {item.id for item in overview.samples} <= set(log.entries[-1].detail["shown"])


def test_a_page_shown_in_many_sizes_is_one_look(reader, log):
    for page in (1, 1, 2, 1):
        reader.page_image(LAN, ITEM, page)
    reader.page_image(replace(LAN, session="other"), ITEM, 1)
    told = [(entry.action, entry.session, entry.detail) for entry in log.entries]
    assert told == [
        ("image", "abc", {"page": 1}),
        ("image", "abc", {"page": 2}),
        ("image", "other", {"page": 1}),
    ]


def test_a_look_is_recorded_again_after_a_while_and_when_it_could_not_be():
    now, done = [0.0], []
    lately = Lately(lambda: now[0])

    def fail():
        raise AuditUnavailable("audit.unavailable")

    with pytest.raises(AuditUnavailable):
        lately.once("a", fail)
    for moment in (0.0, WHILE - 1, WHILE, WHILE + 1):
        now[0] = moment
        lately.once("a", lambda: done.append(now[0]))
    assert done == [0.0, WHILE]
    for look in range(MOST + 5):
        lately.once(look, lambda: None)
    assert len(lately._looks) == MOST
