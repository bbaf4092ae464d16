"""Kill, fill the disk or fail it at every durable step of a commit and of a publish: old or new, never between."""

import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from ocfl.validator import Validator

from archive import durable, home
from archive.errors import IntegrityError, StorageError
from archive.holdings import fixity
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Event
from archive.publishing import generation, publish, rollback
from archive.settings import Settings
from tests import dossiers
from tests.digests import holdings_digest

OLD = dossiers.sample("hs-1", count=1)
NEW = replace(
    dossiers.sample("hs-1", count=2), events=(Event("accession", "2026-04-01T00:00:00+07:00", "an"),)
)
OTHER = dossiers.sample("hs-2", count=1)


def commit_new(settings):
    dossiers.writer(settings).commit(OTHER, dossiers.sources(OTHER, settings.home.parent / "in"))


def commit_version(settings):
    dossiers.writer(settings).commit(NEW, dossiers.sources(NEW, settings.home.parent / "in"))


def run_publish(settings):
    publish.publish(settings, Holdings(settings.holdings), Renditions(settings.renditions))


def roll_back(settings):
    rollback.rollback(settings, Holdings(settings.holdings))


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A home with one dossier, published; readings of everything that may come."""
    settings = Settings(home=tmp_path_factory.mktemp("template") / "home", index_engine="memory")
    dossiers.make_home(settings, OLD)
    dossiers.read_pages(settings, NEW)
    dossiers.read_pages(settings, OTHER)
    run_publish(settings)
    return settings.home


def copied(template: Path, to: Path) -> Settings:
    shutil.copytree(template, to / "home", symlinks=True)
    return Settings(home=to / "home", index_engine="memory")


def steps(settings, action, monkeypatch) -> int:
    """How many durable steps the undisturbed action takes."""
    passed = []
    with monkeypatch.context() as patch:
        patch.setattr(durable, "reached", passed.append)
        action(settings)
    assert set(passed) <= set(durable.POINTS)
    return len(passed)


def disturbed(settings, action, step: int, kind: str) -> int:
    """Run `action` in a child with a fault at its `step`-th durable step; returns how the child ended."""
    child = os.fork()
    if child == 0:
        os.environ["KHO_FAULT"] = f"*:{step}:{kind}"
        durable._passes.clear()
        try:
            action(settings)
        except StorageError:
            os._exit(7)
        except BaseException:
            os._exit(8)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def assert_fault(ended: int, kind: str) -> None:
    assert ended == (-signal.SIGKILL if kind == "kill" else 7)


def assert_readable(settings, dossier_id, allowed):
    """Before any recovery a reader sees a whole dossier: one of `allowed` (None: not there at all)."""
    holdings = Holdings(settings.holdings)
    if not holdings.has(dossier_id):
        assert None in allowed
        return
    seen = holdings.dossier(dossier_id)
    assert seen in [dossier for dossier in allowed if dossier]
    for item in seen.items:
        for file in item.files:
            assert holdings.file_path(dossier_id, file.path).read_bytes() == dossiers.content_of(file.name)


def assert_recovered(settings):
    dossiers.writer(settings).recover()
    report = fixity.verify(settings)
    assert report.findings == ()
    assert "fixity.leftover" not in [note.code for note in report.notes]
    for root in Holdings(settings.holdings).object_roots():
        validator = Validator()
        assert validator.validate_object(str(root)), str(validator)


GROWN = replace(NEW, events=OLD.events + NEW.events)
COMMITS = [(commit_new, OTHER.id, (None, OTHER)), (commit_version, OLD.id, (OLD, GROWN))]


@pytest.mark.parametrize("kind", ["kill", "enospc", "eio"])
@pytest.mark.parametrize("action, dossier_id, allowed", COMMITS)
def test_a_commit_disturbed_at_any_step_leaves_old_or_new(
    template, tmp_path, monkeypatch, action, dossier_id, allowed, kind
):
    undisturbed = copied(template, tmp_path / "undisturbed")
    count = steps(undisturbed, action, monkeypatch)
    wanted = holdings_digest(Holdings(undisturbed.holdings))
    assert count > 10
    stride = {"kill": 1, "enospc": 2, "eio": 3}[kind]
    for turn, step in enumerate(range(1, count + 1, stride)):
        settings = copied(template, tmp_path / str(step))
        assert_fault(disturbed(settings, action, step, kind), kind)
        assert_readable(settings, dossier_id, allowed)
        if turn % 2:  # also without the work folder, which may be thrown away at any time
            shutil.rmtree(settings.work)
        else:
            assert_recovered(settings)
        action(settings)
        assert_recovered(settings)
        assert holdings_digest(Holdings(settings.holdings)) == wanted
        shutil.rmtree(settings.home)


@pytest.mark.parametrize("kind", ["kill", "enospc"])
@pytest.mark.parametrize("action", [run_publish, roll_back])
def test_a_publish_disturbed_at_any_step_shows_old_or_new(template, tmp_path, monkeypatch, action, kind):
    before = copied(template, tmp_path / "before")
    commit_new(before)
    commit_version(before)
    if action is roll_back:
        run_publish(before)
    undisturbed = copied(before.home, tmp_path / "undisturbed")
    count = steps(undisturbed, action, monkeypatch)
    wanted = generation.current(undisturbed).catalogue().states()
    for step in range(1, count + 1, {"kill": 1, "enospc": 3}[kind]):
        settings = copied(before.home, tmp_path / str(step))
        ended = disturbed(settings, action, step, kind)
        assert ended != 0 and ended != 8
        shown = generation.current(settings)
        assert shown.check() == [] and shown.name in ("000001", "000002")
        assert shown.catalogue().counts()["open_items"] == shown.index().count()
        if action is run_publish:
            run_publish(settings)
            assert generation.current(settings).catalogue().states() == wanted
            assert fixity.verify(settings).notes == ()
        shutil.rmtree(settings.home)


def test_a_half_made_home_is_finished_by_the_same_command(tmp_path, monkeypatch):
    count = steps(Settings(home=tmp_path / "undisturbed"), home.create, monkeypatch)
    for step in range(1, count + 1):
        settings = Settings(home=tmp_path / str(step))
        assert_fault(disturbed(settings, home.create, step, "kill"), "kill")
        home.create(settings)
        home.check(settings)
        assert fixity.verify(settings).sound


def test_a_damaged_new_version_is_never_taken_for_whole(template, tmp_path, monkeypatch):
    settings = copied(template, tmp_path)
    root = Holdings(settings.holdings).object_root(OLD.id)
    for step in range(1, 200):
        disturbed(settings, commit_version, step, "kill")
        if (root / "v2").is_dir():
            break
    (root / "v2" / "inventory.json").write_bytes(b"{}")
    assert Holdings(settings.holdings).dossier(OLD.id) == OLD
    with pytest.raises(IntegrityError) as caught:
        dossiers.writer(settings).recover()
    assert caught.value.code == "storage.version_damaged"


@pytest.mark.parametrize("name", ["inventory.json", "inventory.json.sha512", "v1/content/description.json"])
def test_every_flipped_byte_of_a_package_s_own_files_is_found(template, tmp_path, name):
    settings = copied(template, tmp_path)
    path = Holdings(settings.holdings).object_root(OLD.id) / name
    content = path.read_bytes()
    places = range(0, len(content), max(1, len(content) // 60))
    for place in places:
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x04]) + content[place + 1 :])
        assert [name] == [finding.file.split("/", 4)[-1] for finding in fixity.verify(settings).findings]
    path.write_bytes(content)
    assert fixity.verify(settings).sound
