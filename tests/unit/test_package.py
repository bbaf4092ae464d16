"""Packages: what is written is valid OCFL to an independent checker, complete, and readable again."""

import hashlib
import json
import threading
from dataclasses import replace

import pytest
from ocfl.validator import Validator

from archive import durable
from archive.errors import HomeError, IntegrityError, NotFound, UsageError
from archive.holdings import package
from archive.holdings.package import NewFile, content_path, original_path, path_key
from archive.holdings.writer import HoldingsWriter
from archive.model import Event, Finding
from tests import dossiers
from tests.digests import holdings_digest


@pytest.fixture
def holdings(settings):
    return dossiers.make_home(settings)


def commit(holdings, dossier, folder):
    return holdings.commit(dossier, dossiers.sources(dossier, folder))


def assert_valid(holdings, dossier_id):
    validator = Validator(log_warnings=True)
    valid = validator.validate_object(str(holdings.object_root(dossier_id)))
    assert valid and not validator.log.num_errors, str(validator)
    assert not validator.log.num_warnings, str(validator)


def test_a_committed_dossier_reads_back_equal_and_is_valid_ocfl(holdings, tmp_path):
    dossier = dossiers.sample()
    state = commit(holdings, dossier, tmp_path / "in")
    assert holdings.dossier(dossier.id) == dossier
    assert holdings.state(dossier.id) == state
    assert list(holdings.dossiers()) == [dossier.id]
    assert_valid(holdings, dossier.id)


def test_original_bytes_are_untouched(holdings, tmp_path):
    dossier = dossiers.sample()
    commit(holdings, dossier, tmp_path / "in")
    for item in dossier.items:
        for file in item.files:
            assert holdings.file_path(dossier.id, file.path).read_bytes() == dossiers.content_of(file.name)


def test_committing_the_same_again_makes_no_version_even_at_another_time(holdings, tmp_path):
    dossier = dossiers.sample()
    state = commit(holdings, dossier, tmp_path / "in")
    later = replace(dossier, events=(replace(dossier.events[0], when="2027-01-01T00:00:00+07:00"),))
    assert commit(holdings, later, tmp_path / "in") == state
    assert holdings.inventory(dossier.id).head == 1
    assert holdings.dossier(dossier.id) == dossier


def test_a_new_version_keeps_files_and_events_and_copies_only_what_is_new(holdings, tmp_path):
    first = dossiers.sample(count=1)
    commit(holdings, first, tmp_path / "in")
    second = replace(
        dossiers.sample(count=2), events=(Event("accession", "2026-04-01T00:00:00+07:00", "an"),)
    )
    commit(holdings, second, tmp_path / "in")
    assert_valid(holdings, first.id)
    assert holdings.dossier(first.id).events == first.events + second.events
    content = holdings.object_root(first.id) / "v2" / "content" / "original"
    assert [path.name for path in content.iterdir()] == ["hs-1 văn bản 2.pdf"]


def test_events_only_add_a_version_without_a_second_description(holdings, tmp_path):
    dossier = dossiers.sample()
    commit(holdings, dossier, tmp_path / "in")
    holdings.commit(replace(dossier, events=(Event("fixity check", "2026-04-01T00:00:00+07:00", "kho"),)))
    assert_valid(holdings, dossier.id)
    root = holdings.object_root(dossier.id)
    assert [path.name for path in (root / "v2" / "content").iterdir()] == ["events.json"]


def test_equal_bytes_are_stored_once(holdings, tmp_path):
    dossier = dossiers.sample(count=1)
    file = dossiers.sources(dossier, tmp_path / "in")[0]
    again = replace(file, logical=original_path("cùng nội dung.pdf"))
    holdings.commit(dossier, [file, again])
    assert holdings.file_path(dossier.id, file.logical) == holdings.file_path(dossier.id, again.logical)
    assert_valid(holdings, dossier.id)


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "a:b?.pdf",
        "x\udc80y.tif",
        ". .",
        "trang/001.jpg",
        "ho\u0300a.pdf",
        "x" * 300 + ".pdf",
    ],
)
def test_every_name_is_kept_as_received_and_stored_safely(holdings, tmp_path, name):
    dossier = dossiers.dossier("hs-1", (dossiers.item("H30.01:hs-1", 1, name),))
    commit(holdings, dossier, tmp_path / "in")
    assert holdings.dossier(dossier.id).items[0].files[0].name == name
    path = holdings.file_path(dossier.id, dossier.items[0].files[0].path)
    assert path.resolve().is_relative_to(holdings.object_root(dossier.id).resolve())
    assert_valid(holdings, dossier.id)


def test_content_paths_differ_where_case_and_normal_form_do_not_count():
    first = content_path(1, "original/Hòa.PDF", set())
    taken = {path_key(first)}
    for other in ("original/hòa.pdf", "original/Ho\u0300a.pdf"):
        assert path_key(content_path(1, other, taken)) not in taken


def test_original_paths_avoid_those_taken():
    assert original_path("a.pdf", {"original/a.pdf", "original/a~2.pdf"}) == "original/a~3.pdf"


def test_a_source_that_is_not_what_its_digest_says_is_refused(holdings, tmp_path):
    dossier = dossiers.sample(count=1)
    files = dossiers.sources(dossier, tmp_path / "in")
    files[0].source.write_bytes(b"changed while scanning")
    with pytest.raises(IntegrityError) as caught:
        holdings.commit(dossier, files)
    assert caught.value.code == "storage.source_changed"
    assert not holdings.has(dossier.id)
    holdings.recover()
    assert list(holdings.staging.iterdir()) == [] and list(holdings.dossiers()) == []


def test_a_description_may_not_name_a_file_that_is_not_held(holdings):
    with pytest.raises(IntegrityError) as caught:
        holdings.commit(dossiers.sample(), [])
    assert caught.value.code == "storage.file_not_held"


def test_a_quarantined_item_with_content_is_refused(holdings, tmp_path):
    dossier = dossiers.sample(count=1)
    leaking = replace(dossier, items=(replace(dossier.items[0], access="quarantined"),))
    with pytest.raises(UsageError):
        commit(holdings, leaking, tmp_path / "in")


@pytest.mark.parametrize(
    "more", [{"findings": (Finding("page.blank"),)}, {"also_received_as": ("tên khác.pdf",)}]
)
def test_a_quarantined_item_with_any_trace_is_refused(holdings, more):
    item = replace(dossiers.quarantined("H30.01:hs-1", 1), **more)
    with pytest.raises(UsageError) as caught:
        holdings.commit(dossiers.dossier("hs-1", (item,)))
    assert caught.value.code == "storage.quarantine"


def test_commits_of_all_fonds_take_turns(settings, holdings, tmp_path):
    other = HoldingsWriter(settings.holdings, settings.work / "staging" / "H40.01")
    with durable.lock(settings.home / "holdings.lock"):
        run = threading.Thread(target=commit, args=(other, dossiers.sample(), tmp_path / "in"))
        run.start()
        run.join(0.3)
        assert run.is_alive() and not holdings.has("H30.01:hs-1")
    run.join()
    assert holdings.has("H30.01:hs-1")


def test_tidying_up_leaves_what_shares_the_folders(settings, holdings, monkeypatch):
    neighbour = holdings.object_root("H30.01:hs-1").with_name("0" * 64)
    (holdings.staging / holdings.object_root("H30.01:hs-1").name).mkdir()
    real = durable.remove_empty
    monkeypatch.setattr(durable, "remove_empty", lambda path: neighbour.mkdir(parents=True) or real(path))
    holdings.recover()
    assert neighbour.is_dir()


@pytest.mark.parametrize("logical", ["original/../x", "/x", "x//y", "description.json", "events.json"])
def test_bad_logical_paths_are_refused(holdings, tmp_path, logical):
    source = tmp_path / "x"
    source.write_bytes(b"x")
    with pytest.raises(UsageError):
        holdings.commit(
            dossiers.dossier("hs-1", ()), [NewFile(logical, source, hashlib.sha256(b"x").hexdigest())]
        )


def test_the_description_carries_standard_names(holdings, tmp_path):
    dossier = replace(dossiers.sample(), retention="Vĩnh viễn", start_date="2011-05-31")
    commit(holdings, dossier, tmp_path / "in")
    plain = json.loads(holdings.file_path(dossier.id, package.DESCRIPTION).read_bytes())
    assert plain["fields"]["Maintenance"] == "Vĩnh viễn"
    assert plain["fields"]["StartDate"] == "31/05/2011"
    assert (plain["fields"]["TotalDoc"], plain["fields"]["PageNumber"]) == ("2", "4")
    document = plain["documents"][1]
    assert document["fields"]["CodeNumber"] == "2"
    assert document["fields"]["CodeNotation"] == "QĐ-UBND"
    assert document["fields"]["IssuedDate"] == "31/05/2012"
    assert document["fields"]["DocOrdinal"] == "002"
    assert document["dublin_core"]["dc:date"] == "2012-05-31"
    assert document["dublin_core"]["dc:identifier"] == "H30.01:hs-1:002"


def test_a_quarantined_item_is_described_by_place_and_mode_only(holdings, tmp_path):
    dossier = dossiers.dossier("hs-1", (dossiers.quarantined("H30.01:hs-1", 1),))
    commit(holdings, dossier, tmp_path / "in")
    document = json.loads(holdings.file_path(dossier.id, package.DESCRIPTION).read_bytes())["documents"][0]
    assert document["fields"] == {"DocCode": "hs-1.001", "DocOrdinal": "001", "Mode": "quarantined"}


def test_events_are_premis_like(holdings, tmp_path):
    dossier = dossiers.sample()
    commit(holdings, dossier, tmp_path / "in")
    event = json.loads(holdings.file_path(dossier.id, package.EVENTS).read_bytes())["events"][0]
    assert event["eventIdentifier"]["eventIdentifierValue"] == "H30.01:hs-1#event-1"
    assert event["eventType"] == "ingestion"
    assert event["linkingAgentIdentifier"]["linkingAgentIdentifierValue"] == "lan"


def test_what_is_missing_is_not_found(holdings, tmp_path):
    dossier = dossiers.sample()
    with pytest.raises(NotFound):
        holdings.dossier(dossier.id)
    commit(holdings, dossier, tmp_path / "in")
    with pytest.raises(NotFound):
        holdings.file_path(dossier.id, "original/none.pdf")


def test_an_unmounted_root_is_never_written_to(holdings, tmp_path):
    (holdings.root / "0=ocfl_1.1").unlink()
    with pytest.raises(HomeError):
        commit(holdings, dossiers.sample(), tmp_path / "in")


def test_states_parse_only_packages_that_are_not_known(holdings, tmp_path, monkeypatch):
    for code in ("hs-1", "hs-2", "hs-3"):
        commit(holdings, dossiers.sample(code), tmp_path / "in")
    known = holdings.survey().states
    commit(holdings, dossiers.sample("hs-4"), tmp_path / "in")
    parsed = []
    read = package.read_inventory
    monkeypatch.setattr(package, "read_inventory", lambda root: parsed.append(root) or read(root))
    assert holdings.survey(known).states.keys() == known.keys() | {"H30.01:hs-4"}
    assert len(parsed) == 1


def test_the_holdings_digest_ignores_times_and_sees_everything_else(settings, tmp_path):
    from archive.settings import Settings

    digests = []
    for number, change in enumerate(({}, {"when": "2030-01-01T00:00:00+07:00"}, {"agent": "an"})):
        holdings = dossiers.make_home(Settings(home=tmp_path / str(number) / "home"))
        dossier = dossiers.sample()
        commit(holdings, replace(dossier, events=(replace(dossier.events[0], **change),)), tmp_path / "in")
        digests.append(holdings_digest(holdings))
    assert digests[0] == digests[1] != digests[2]
