"""Generations: built from packages and readings only, complete, switched in one step, cheap to extend."""

import hashlib
import os
import shutil
from dataclasses import replace

import pytest

from archive import durable
from archive.errors import EngineError, HomeError, IntegrityError, StorageError, UsageError
from archive.holdings.renditions import Renditions
from archive.messages import say
from archive.model import Finding
from archive.publishing import generation, projection, publish, rollback
from archive.queries import parse
from archive.rights.access import EVERY_UNIT, Actor, Grant, RecordClass, everything
from archive.wiring_read import Archive
from tests import dossiers
from tests.sinks import MemorySink

EVERYTHING = everything(
    RecordClass(unit, fonds) for unit in ("H30", "H31", "H40") for fonds in ("H30.01", "H40.01")
)


@pytest.fixture(params=["memory", "tantivy"])
def settings(settings, request):
    return replace(settings, index_engine=request.param)


@pytest.fixture
def holdings(settings):
    return dossiers.make_home(settings, dossiers.sample("hs-1"), dossiers.sample("hs-2", count=1))


def run(settings, holdings, **more):
    return publish.publish(settings, holdings, Renditions(settings.renditions), **more)


def found(settings, text="thu hồi đất"):
    hits = generation.current(settings).index().search(parse(text), EVERYTHING, filters={}, limit=100)
    return {item_id for item_id, _ in hits.hits}


def add(settings, dossier):
    holdings = dossiers.writer(settings)
    dossiers.read_pages(settings, dossier)
    holdings.commit(dossier, dossiers.sources(dossier, settings.home.parent / "received" / dossier.code))
    return holdings


def test_before_the_first_publish_there_is_nothing(settings):
    assert generation.find(settings) is None
    with pytest.raises(HomeError):
        generation.current(settings)


def test_publish_makes_everything_findable(settings, holdings):
    report = run(settings, holdings)
    assert (report.generation, report.changed, report.added) == ("000001", True, 2)
    assert (report.dossiers, report.items, report.pages, report.open_items) == (2, 3, 6, 3)
    assert found(settings) == {"H30.01:hs-1:001", "H30.01:hs-1:002", "H30.01:hs-2:001"}
    made = generation.current(settings)
    assert made.check() == []
    assert made.catalogue().item("H30.01:hs-2:001", EVERYTHING) == dossiers.sample("hs-2", count=1).items[0]


def test_nothing_new_makes_no_generation(settings, holdings):
    first = run(settings, holdings)
    again = run(settings, holdings)
    assert not again.changed and again.generation == first.generation
    assert os.listdir(settings.published / "generations") == ["000001"]


def test_changes_reach_the_next_generation(settings, holdings):
    run(settings, holdings)
    add(settings, dossiers.sample("hs-3", dossiers.fonds("H40.01", "H40")))
    holdings.commit(replace(dossiers.sample("hs-1", count=1), title="Mới"))
    report = run(settings, holdings)
    assert (report.added, report.updated, report.removed, report.previous) == (1, 1, 0, "000001")
    assert found(settings) == {"H30.01:hs-1:001", "H30.01:hs-2:001", "H40.01:hs-3:001", "H40.01:hs-3:002"}
    assert generation.current(settings).catalogue().dossier("H30.01:hs-1", EVERYTHING).title == "Mới"


def test_only_what_changed_is_read_again(settings, holdings, monkeypatch):
    run(settings, holdings)
    add(settings, dossiers.sample("hs-3", count=1))
    read = []
    monkeypatch.setattr(
        Renditions, "reading", lambda self, key, real=Renditions.reading: read.append(key) or real(self, key)
    )
    run(settings, holdings)
    assert len(read) == 2


def test_an_extended_generation_answers_like_one_built_anew(settings, holdings):
    run(settings, holdings)
    add(settings, dossiers.sample("hs-3"))
    run(settings, holdings)
    extended = generation.current(settings)
    before = (
        extended.catalogue().counts(),
        extended.index().count(),
        found(settings),
        extended.catalogue().states(),
    )
    report = run(settings, holdings, rebuild=True)
    rebuilt = generation.current(settings)
    assert report.added == 3 and rebuilt.name != extended.name
    assert before == (
        rebuilt.catalogue().counts(),
        rebuilt.index().count(),
        found(settings),
        rebuilt.catalogue().states(),
    )


def test_a_quarantined_item_is_in_the_register_but_never_indexed(settings, holdings):
    dossier = dossiers.sample("hs-3", count=1)
    dossier = replace(dossier, items=(*dossier.items, dossiers.quarantined(dossier.id, 2)))
    add(settings, dossier)
    report = run(settings, holdings)
    assert (report.items, report.open_items) == (5, 4)
    assert generation.current(settings).index().count() == 4
    assert len(generation.current(settings).catalogue().dossier_rows(dossier.id, EVERYTHING)) == 2


def test_an_item_quarantined_later_leaves_the_index(settings, holdings):
    run(settings, holdings)
    known = dossiers.sample("hs-1")
    holdings.commit(replace(known, items=(known.items[0], dossiers.quarantined(known.id, 2))))
    run(settings, holdings)
    assert found(settings) == {"H30.01:hs-1:001", "H30.01:hs-2:001"}
    withdrawn = "H30.01:hs-1:002"
    assert list(generation.current(settings).catalogue().page_texts([withdrawn], EVERYTHING)[withdrawn]) == []


def test_no_word_of_what_was_closed_as_secret_stays_in_any_file(settings, holdings):
    """Deleted rows and segments shared with the generation before would keep them."""
    secret = dossiers.dossier("hs-9", (dossiers.item("H30.01:hs-9", 1, "xyzzy.pdf"),))
    add(settings, secret)
    run(settings, holdings)
    assert _having(settings, b"xyzzy")
    holdings.commit(replace(secret, items=(dossiers.quarantined(secret.id, 1),)))
    report = run(settings, holdings)
    assert (report.generation, report.previous, report.open_items) == ("000002", "", 3)
    assert os.listdir(settings.published / "generations") == ["000002"] and not _having(settings, b"xyzzy")
    with pytest.raises(UsageError) as caught:
        rollback.rollback(settings, holdings)
    assert caught.value.code == "publish.no_previous"


def test_what_a_stopped_publish_did_not_clear_the_next_one_clears(settings, holdings, monkeypatch):
    run(settings, holdings)
    known = dossiers.sample("hs-1")
    holdings.commit(replace(known, items=(known.items[0], dossiers.quarantined(known.id, 2))))
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(publish, "_prune", stop)
        run(settings, holdings)
    assert len(os.listdir(settings.published / "generations")) == 2
    assert not run(settings, holdings).changed
    assert os.listdir(settings.published / "generations") == ["000002"]


def stop(*_):
    raise KeyboardInterrupt


def _having(settings, word):
    files = (path for path in settings.published.rglob("*") if path.is_file())
    return [path.name for path in files if word in path.read_bytes()]


def test_the_last_two_generations_are_kept_and_rollback_goes_back(settings, holdings):
    for code in ("hs-3", "hs-4", "hs-5"):
        run(settings, holdings)
        add(settings, dossiers.sample(code, count=1))
    run(settings, holdings)
    assert sorted(os.listdir(settings.published / "generations")) == ["000003", "000004"]
    report = rollback.rollback(settings, holdings)
    assert (report.generation, report.dossiers) == ("000003", 4)
    assert "H30.01:hs-5:001" not in found(settings)
    with pytest.raises(UsageError) as caught:
        rollback.rollback(settings, holdings)
    assert caught.value.code == "publish.no_previous"
    after = run(settings, holdings)
    assert (after.generation, after.previous, after.dossiers) == ("000005", "000003", 5)
    assert generation.current(settings).check() == []


def test_a_damaged_generation_is_not_built_upon(settings, holdings):
    run(settings, holdings)
    path = settings.published / "current" / "catalogue" / "catalogue.sqlite"
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    report = run(settings, holdings)
    assert [finding.code for finding in report.findings] == ["fixity.generation_changed"]
    assert report.changed and report.added == 2
    assert generation.current(settings).check() == []


def test_counts_that_differ_stop_the_switch(settings, holdings, monkeypatch):
    monkeypatch.setattr(projection, "index_entry", _first_entry_only(projection.index_entry))
    with pytest.raises(EngineError) as caught:
        run(settings, holdings)
    assert caught.value.code == "publish.counts_differ"
    assert generation.find(settings) is None and os.listdir(settings.published / "generations") == []


def _first_entry_only(real):
    entries = []

    def entry(*arguments):
        entries.append(real(*arguments))
        return entries[0]

    return entry


def test_a_reading_that_an_ingest_takes_away_meanwhile_stops_the_publish_and_says_so(
    settings, holdings, monkeypatch
):
    run(settings, holdings)
    new = dossiers.sample("hs-3", count=1)
    add(settings, new)
    planned = publish.plan

    def plan_then_lose(*arguments):
        changes = planned(*arguments)
        Renditions(settings.renditions)._path(new.items[0].pages[0].rendition, ".json.gz").unlink()
        return changes

    monkeypatch.setattr(publish, "plan", plan_then_lose)
    with pytest.raises(EngineError) as caught:
        run(settings, holdings)
    assert (caught.value.code, caught.value.values) == ("publish.changed_meanwhile", {"dossier": new.id})
    assert generation.current(settings).name == "000001"


def test_two_publishes_do_not_collide(settings, holdings):
    with durable.lock(settings.published / ".lock"), pytest.raises(HomeError) as caught:
        run(settings, holdings)
    assert caught.value.code == "error.home_locked"


def test_a_full_disk_leaves_the_old_generation_in_use(settings, holdings, monkeypatch):
    run(settings, holdings)
    add(settings, dossiers.sample("hs-3"))
    monkeypatch.setenv("KHO_FAULT", "write:1:enospc")
    monkeypatch.setattr(durable, "_passes", {})
    with pytest.raises(StorageError) as caught:
        run(settings, holdings)
    assert caught.value.code == "error.disk_full"
    monkeypatch.delenv("KHO_FAULT")
    assert generation.current(settings).name == "000001" and len(found(settings)) == 3
    assert run(settings, holdings).dossiers == 3


def test_every_file_of_a_generation_is_write_protected_and_listed(settings, holdings):
    run(settings, holdings)
    made = generation.current(settings)
    listed = {record.path for record in made.manifest.files}
    assert listed == set(generation.file_paths(made.folder)) - {
        generation.MANIFEST,
        generation.MANIFEST_DIGEST,
    }
    assert all(not os.stat(made.folder / path).st_mode & 0o222 for path in listed)


@pytest.mark.parametrize("kind", ["changed", "missing", "extra"])
def test_check_names_exactly_the_file_that_is_wrong(settings, holdings, kind):
    run(settings, holdings)
    made = generation.current(settings)
    path = made.folder / made.manifest.files[-1].path
    if kind == "changed":
        path.chmod(0o644)
        path.write_bytes(path.read_bytes() + b"x")
    elif kind == "missing":
        path.unlink()
    else:
        path = made.folder / "index" / "strange"
        path.write_bytes(b"x")
    findings = made.check()
    assert [(f.code, f.file) for f in findings] == [
        (f"fixity.generation_{kind}", f"000001/{path.relative_to(made.folder)}")
    ]


# --------------------------------------------------------------------------- damaged and vanished packages


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)


def test_names_that_are_no_utf8_are_shown_with_their_bytes(settings, holdings):
    name = "H\udce9 so.pdf"
    item = dossiers.item("H30.01:hs-3", 1, name, dossiers.TEXTS)
    item = replace(item, findings=(Finding("page.blank", file=name, values={"name": name}),))
    add(settings, dossiers.dossier("hs-3", (item,), title="Hồ sơ \udce9", extra={"folder": "\udcff\ud83d"}))
    assert run(settings, holdings).added == 3
    catalogue = generation.current(settings).catalogue()
    dossier = catalogue.dossier("H30.01:hs-3", EVERYTHING)
    assert (dossier.title, dossier.extra["folder"]) == ("Hồ sơ %E9", "%FF\ufffd")
    assert dossier.items[0].files[0].name == "H%E9 so.pdf"
    assert catalogue.rows(["H30.01:hs-3:001"], EVERYTHING)["H30.01:hs-3:001"].dossier_title == "Hồ sơ %E9"
    assert "H30.01:hs-3:001" in found(settings)


@pytest.mark.parametrize(
    "name", ["inventory.json.sha512", "inventory.json", "v2/inventory.json", "v2/content/description.json"]
)
def test_a_newer_version_that_cannot_be_read_leaves_its_dossier_out_and_stops_nobody_else(
    settings, holdings, name
):
    """It may have closed what was published: the old version is not shown in its place."""
    run(settings, holdings)
    known = dossiers.sample("hs-1")
    holdings.commit(replace(known, items=(known.items[0], dossiers.quarantined(known.id, 2))))
    for copy in ["v2/inventory.json", "inventory.json"] if name.endswith("inventory.json") else [name]:
        flip(holdings.object_root("H30.01:hs-1") / copy)
    add(settings, dossiers.sample("hs-3", count=1))
    report = run(settings, holdings)
    assert [(f.code, f.severity, f.values["id"]) for f in report.findings] == [
        ("publish.package_left_out", "error", "H30.01:hs-1")
    ]
    assert found(settings) == {"H30.01:hs-2:001", "H30.01:hs-3:001"}
    again = run(settings, holdings)
    assert not again.changed and [(f.code, f.file) for f in again.findings] == [
        (f.code, f.file) for f in report.findings
    ]


def test_no_word_of_a_dossier_that_was_left_out_stays_in_any_file(settings, holdings):
    """Its version that cannot be read may have closed it as secret; restored, nothing would tell."""
    run(settings, holdings)
    assert _having(settings, b"hs-1")
    holdings.commit(replace(dossiers.sample("hs-1"), title="Mới"))
    flip(holdings.object_root("H30.01:hs-1") / "v2/content/description.json")
    report = run(settings, holdings)
    assert report.previous == "" and not _having(settings, b"hs-1")


def test_a_published_dossier_whose_package_says_nothing_newer_stays_as_it_was(settings, holdings):
    run(settings, holdings)
    flip(holdings.object_root("H30.01:hs-1") / "inventory.json.sha512")
    add(settings, dossiers.sample("hs-3", count=1))
    report = run(settings, holdings)
    assert [f.code for f in report.findings] == ["publish.package_carried"]
    assert (report.dossiers, report.added, report.removed) == (3, 1, 0)
    assert generation.current(settings).catalogue().dossier("H30.01:hs-1", EVERYTHING).title == "Hồ sơ hs-1"
    again = run(settings, holdings)
    assert not again.changed and again.findings == report.findings


@pytest.mark.parametrize("name", ["inventory.json.sha512", "v1/content/events.json"])
def test_a_package_damaged_before_it_was_published_is_left_out(settings, holdings, name):
    flip(holdings.object_root("H30.01:hs-1") / name)
    report = run(settings, holdings)
    assert [finding.code for finding in report.findings] == ["publish.package_left_out"]
    assert found(settings) == {"H30.01:hs-2:001"}


@pytest.fixture(params=["missing", "damaged"])
def harm(settings, request):
    """Removes or damages the reading of one page."""

    def harm(page):
        path = Renditions(settings.renditions)._path(page.rendition, ".json.gz")
        path.unlink() if request.param == "missing" else flip(path)

    return harm


def test_a_new_dossier_with_a_bad_reading_is_left_out_and_stops_nobody_else(settings, holdings, harm):
    run(settings, holdings)
    bad = dossiers.sample("hs-3")
    add(settings, bad)
    add(settings, dossiers.sample("hs-4", count=1))
    harm(bad.items[1].pages[1])
    report = run(settings, holdings)
    assert [(f.code, f.severity, f.page) for f in report.findings] == [
        ("publish.reading_left_out", "error", 2)
    ]
    assert report.findings[0].values == {"id": bad.id, "item": bad.items[1].id, "page": "2", "count": "1"}
    assert (report.dossiers, report.added) == (3, 1) and "H30.01:hs-4:001" in found(settings)
    again = run(settings, holdings)
    assert not again.changed and again.findings == report.findings
    dossiers.read_pages(settings, bad)
    after = run(settings, holdings)
    assert (after.dossiers, after.findings) == (4, ())


def test_a_published_dossier_with_a_bad_reading_stays_as_it_was(settings, holdings, harm):
    run(settings, holdings)
    new = replace(dossiers.sample("hs-1"), title="Mới")
    holdings.commit(new)
    harm(new.items[0].pages[0])
    report = run(settings, holdings)
    assert [f.code for f in report.findings] == ["publish.reading_carried"] and not report.changed
    title = generation.current(settings).catalogue().dossier(new.id, EVERYTHING).title
    assert title == "Hồ sơ hs-1" and len(found(settings)) == 3
    dossiers.read_pages(settings, new)
    assert run(settings, holdings).updated == 1
    assert generation.current(settings).catalogue().dossier(new.id, EVERYTHING).title == "Mới"


def test_what_was_closed_meanwhile_is_not_carried_over(settings, holdings, harm):
    run(settings, holdings)
    known = dossiers.sample("hs-1")
    holdings.commit(replace(known, items=(known.items[0], dossiers.quarantined(known.id, 2))))
    harm(known.items[0].pages[0])
    report = run(settings, holdings)
    assert [f.code for f in report.findings] == ["publish.reading_left_out"]
    assert (report.removed, found(settings)) == (1, {"H30.01:hs-2:001"})


def test_readings_of_a_dossier_that_did_not_change_are_not_asked_for(settings, holdings, harm):
    run(settings, holdings)
    harm(dossiers.sample("hs-1").items[0].pages[0])
    add(settings, dossiers.sample("hs-3", count=1))
    assert run(settings, holdings).findings == () and len(found(settings)) == 4


@pytest.mark.parametrize("rebuild", [False, True])
def test_vanished_packages_stop_a_publish_until_accepted(settings, holdings, rebuild):
    run(settings, holdings)
    shutil.rmtree(holdings.object_root("H30.01:hs-1"))
    with pytest.raises(IntegrityError) as caught:
        run(settings, holdings, rebuild=rebuild)
    assert caught.value.code == "publish.packages_missing"
    assert caught.value.values == {"count": "1", "dossier": "H30.01:hs-1"}
    assert generation.current(settings).name == "000001"
    assert run(settings, holdings, rebuild=rebuild, accept_missing=True).dossiers == 1
    assert found(settings) == {"H30.01:hs-2:001"}


# --------------------------------------------------------------------------- another version's


def _in_another_format(made):
    """The sealed generation as another version would have left it."""
    content = (
        (made.folder / generation.MANIFEST).read_bytes().replace(b"kho-generation/", b"kho-generation/0")
    )
    digest = f"{hashlib.sha256(content).hexdigest()}  {generation.MANIFEST}\n"
    for name, written in ((generation.MANIFEST, content), (generation.MANIFEST_DIGEST, digest.encode())):
        os.chmod(made.folder / name, 0o644)
        (made.folder / name).write_bytes(written)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_generation_of_another_version_is_refused_and_the_remedy_named(settings, holdings, language):
    run(settings, holdings)
    _in_another_format(generation.current(settings))
    with pytest.raises(HomeError) as refused:
        generation.current(settings).require_sound()
    error = refused.value
    assert error.values["format"].startswith("kho-generation/0")
    assert "kho publish --rebuild" in say(f"{error.code}.remedy", language, **error.values)


def test_a_generation_of_another_version_is_replaced_and_never_gone_back_to(settings, holdings):
    run(settings, holdings)
    _in_another_format(generation.current(settings))
    report = run(settings, holdings)
    assert (report.changed, report.added, report.generation) == (True, 2, "000002")
    generation.current(settings).require_sound()
    with pytest.raises(HomeError):
        rollback.rollback(settings, holdings)
    assert generation.current(settings).name == "000002"


# --------------------------------------------------------------------------- rollback


@pytest.mark.parametrize("change", ["quarantined", "moved", "gone", "unreadable"])
def test_rollback_never_shows_what_was_closed_since(settings, holdings, change):
    run(settings, holdings)
    run(settings, holdings, rebuild=True)
    known = dossiers.sample("hs-1")
    if change == "quarantined":
        holdings.commit(replace(known, items=(known.items[0], dossiers.quarantined(known.id, 2))))
    elif change == "moved":
        holdings.commit(replace(known, fonds=dossiers.fonds("H30.01", "H99")))
    elif change == "gone":
        shutil.rmtree(holdings.object_root(known.id))
    if change == "unreadable":
        flip(holdings.object_root(known.id) / "inventory.json.sha512")
    with pytest.raises(IntegrityError) as caught:
        rollback.rollback(settings, holdings)
    assert caught.value.code == "publish.closed_since"
    assert generation.current(settings).name == "000002"


@pytest.mark.parametrize("what", [generation.MANIFEST, generation.MANIFEST_DIGEST])
def test_rollback_works_when_the_manifest_in_use_is_damaged(settings, holdings, what):
    run(settings, holdings)
    add(settings, dossiers.sample("hs-3", count=1))
    run(settings, holdings)
    flip(settings.published / "current" / what)
    assert rollback.rollback(settings, holdings).generation == "000001"


def test_a_publish_over_a_damaged_generation_keeps_the_sound_one_before(settings, holdings):
    run(settings, holdings)
    add(settings, dossiers.sample("hs-3", count=1))
    run(settings, holdings)
    flip(settings.published / "current" / generation.MANIFEST)
    report = run(settings, holdings)
    assert (report.generation, report.previous) == ("000003", "000001")
    assert sorted(os.listdir(settings.published / "generations")) == ["000001", "000003"]


# --------------------------------------------------------------------------- before serving


def served(settings):
    return (
        Archive(settings, MemorySink())
        .reader()
        .search(Actor("lan", grants=(Grant(EVERY_UNIT),)), "thu hồi đất")
        .total
    )


@pytest.mark.parametrize("part", ["catalogue", "index", generation.MANIFEST])
def test_a_damaged_generation_is_never_served(settings, holdings, part):
    run(settings, holdings)
    assert served(settings) == 3
    place = settings.published / "current" / part
    flip(max(place.iterdir(), key=lambda path: path.stat().st_size) if place.is_dir() else place)
    with pytest.raises(IntegrityError) as caught:
        served(settings)
    assert caught.value.code == "storage.generation_damaged"


def test_of_a_big_generation_sizes_are_checked_before_serving(settings, holdings, monkeypatch):
    run(settings, holdings)
    monkeypatch.setattr(generation, "QUICK", 0)
    made = generation.current(settings)
    path = made.folder / made.manifest.files[0].path
    flip(path)
    made.require_sound()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(IntegrityError) as caught:
        made.require_sound()
    assert caught.value.code == "storage.generation_damaged"


def test_an_index_that_is_code_is_always_checked_whole(settings, monkeypatch):
    settings = replace(settings, index_engine="whoosh")
    run(settings, dossiers.make_home(settings, dossiers.sample()))
    monkeypatch.setattr(generation, "QUICK", 0)
    index = settings.published / "current" / "index"
    flip(next(index.glob("*.toc")))
    with pytest.raises(IntegrityError) as caught:
        generation.current(settings).require_sound()
    assert caught.value.code == "storage.generation_damaged"


def test_a_generation_is_checked_once_per_process(settings, holdings, monkeypatch):
    run(settings, holdings)
    checked, real = [], generation.Generation.require_sound
    monkeypatch.setattr(
        generation.Generation, "require_sound", lambda self: checked.append(self.name) or real(self)
    )
    archive = Archive(settings, MemorySink())
    assert archive.reader() is archive.reader() and checked == ["000001"]
