"""Verify over time: shares, time boxes and stopped runs; what is remembered, and what only memory can tell."""

import json
import shutil
from datetime import datetime, timedelta

import pytest

from archive import cli, durable
from archive import settings as clock
from archive.audit import signer
from archive.audit.log import AuditLog, Wanted
from archive.errors import HomeError, IntegrityError
from archive.holdings import fixity, heads, ledger, recorded_verify
from archive.holdings.fixity import Choice
from archive.holdings.renditions import Renditions
from archive.publishing import generation, publish
from archive.settings import Settings
from tests import dossiers

CODES = [f"hs-{number}" for number in range(1, 8)]


@pytest.fixture
def home(tmp_path) -> Settings:
    """Seven dossiers of one document, published, with an access log."""
    settings = Settings(home=tmp_path / "home", index_engine="memory", workers=1)
    dossiers.make_home(settings, *(dossiers.sample(code, count=1) for code in CODES))
    signer.make(settings.keys, settings.audit)
    run_publish(settings)
    return settings


def run_publish(settings, **more):
    return publish.publish(settings, dossiers.writer(settings), Renditions(settings.renditions), **more)


def folder(settings):
    return settings.home / heads.FOLDER


def check(settings, choice=None):
    return recorded_verify.verify(settings, None, choice or Choice(), by="lan")


def grow(settings, code="hs-1"):
    """A second version of a dossier; returns its package."""
    bigger = dossiers.sample(code, count=2)
    dossiers.read_pages(settings, bigger)
    dossiers.writer(settings).commit(bigger, dossiers.sources(bigger, settings.home.parent / "in"))
    return dossiers.writer(settings).object_root(bigger.id)


def codes(report):
    return [finding.code.removeprefix("fixity.") for finding in report.findings]


class Clock:
    """Stands still unless told."""

    def __init__(self, monkeypatch):
        self.time = datetime(2026, 5, 4, 8, 0, tzinfo=clock.VIETNAM)
        monkeypatch.setattr(clock, "now", lambda: self.time)

    def pass_days(self, days):
        self.time += timedelta(days=days)


# --------------------------------------------------------------------------- choosing


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_the_parts_of_a_whole_are_the_whole_and_share_nothing(home, count):
    seen = []
    for number in range(1, count + 1):
        part = Choice(part=(number, count))
        names = [*ledger.load(folder(home)).checks]
        seen += part.of(
            sorted({ledger.part_of(f"H30.01:{code}") for code in CODES}), ledger.load(folder(home)), "9"
        )
        assert not names
    assert sorted(seen) == sorted(ledger.part_of(f"H30.01:{code}") for code in CODES)


def test_shares_go_round_oldest_first(home, monkeypatch):
    time, checked = Clock(monkeypatch), []
    for _ in range(3):
        report = check(home, Choice(percent=34))
        assert report.parts == 4 and not report.whole and report.digest == ""
        kept = ledger.load(folder(home))
        parts = kept.checks.keys() - {ledger.ROOT}
        checked.append({part for part in parts if kept.when(part) == clock.now().isoformat()})
        time.pass_days(1)
    assert set.union(*checked) == {*(ledger.part_of(f"H30.01:{code}") for code in CODES), "home", "published"}
    assert not checked[0] & checked[1]


def test_a_time_to_come_counts_as_never(home, monkeypatch):
    time = Clock(monkeypatch)
    time.pass_days(365 * 30)
    check(home, Choice(percent=50))
    time.pass_days(-365 * 30)
    kept = ledger.load(folder(home))
    parts = sorted(ledger.part_of(f"H30.01:{code}") for code in CODES)
    assert Choice().of(parts, kept, clock.now().isoformat()) == parts


def test_a_time_box_ends_and_the_next_goes_on_where_it_ended(home, monkeypatch):
    Clock(monkeypatch)
    ticks = iter(range(1000))
    monkeypatch.setattr(fixity.time, "monotonic", lambda: next(ticks))
    report = check(home, Choice(seconds=3))
    assert 0 < report.parts < 9 and not report.whole
    first = set(ledger.load(folder(home)).checks)
    monkeypatch.undo()
    check(home, Choice(percent=100 * (9 - len(first)) / 9))
    assert set(ledger.load(folder(home)).checks) > first


def test_a_stopped_run_goes_on_and_tells_all_it_found(home, monkeypatch):
    time = Clock(monkeypatch)
    for code in CODES:
        path = dossiers.writer(home).object_root(f"H30.01:{code}") / "v1/content/events.json"
        path.write_bytes(path.read_bytes() + b" ")

    def stop(done, total):
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recorded_verify.verify(home, stop, Choice())
    stopped = recorded_verify.stopped(home)
    assert stopped and len(ledger.load(folder(home)).checks) == 4
    time.pass_days(1)
    report = check(home, Choice(since=stopped.began))
    assert codes(report) == ["changed"] * 7 and report.parts == 5 and report.whole
    assert recorded_verify.stopped(home) is None


def test_only_one_run_at_a_time(home):
    with durable.lock(folder(home) / "verify.lock"), pytest.raises(HomeError):
        check(home)


# --------------------------------------------------------------------------- memory


def test_a_package_set_back_is_named_and_neither_published_nor_added_to(home):
    root = grow(home)
    newer = root.parent / "newer"
    shutil.copytree(root, newer)
    for name in ("inventory.json", "inventory.json.sha512"):
        shutil.copy(root / "v1" / name, root / name)
    shutil.rmtree(root / "v2")
    shutil.move(newer, home.home.parent / "newer")
    report = check(home)
    assert codes(report) == ["rolled_back"]
    assert report.findings[0].values == {"id": "H30.01:hs-1", "found": "1", "newest": "2"}
    told = run_publish(home)
    assert [finding.code for finding in told.findings] == ["publish.package_left_out"]
    assert "H30.01:hs-1" not in generation.current(home).catalogue().states()
    with pytest.raises(IntegrityError, match="rolled_back"):
        grow(home)


def test_a_package_set_back_whose_newest_version_is_published_stays_as_published(home):
    root = grow(home)
    run_publish(home)
    for name in ("inventory.json", "inventory.json.sha512"):
        shutil.copy(root / "v1" / name, root / name)
    shutil.rmtree(root / "v2")
    told = run_publish(home)
    assert [finding.code for finding in told.findings] == ["publish.package_carried"]
    assert generation.current(home).catalogue().counts()["items"] == 8


def test_setting_back_the_root_alone_is_one_damage(home):
    root = grow(home)
    for name in ("inventory.json", "inventory.json.sha512"):
        shutil.copy(root / "v1" / name, root / name)
    assert codes(check(home)) == ["rolled_back"]


def test_a_package_gone_before_it_was_ever_published_is_missed(home):
    new = dossiers.sample("hs-9", count=1)
    dossiers.read_pages(home, new)
    dossiers.writer(home).commit(new, dossiers.sources(new, home.home.parent / "in"))
    shutil.rmtree(dossiers.writer(home).object_root(new.id).parents[2])
    assert codes(check(home)) == ["vanished"]


def test_a_package_given_up_is_missed_no_more(home):
    shutil.rmtree(dossiers.writer(home).object_root("H30.01:hs-1").parents[2])
    assert codes(check(home)) == ["vanished"]
    run_publish(home, accept_missing=True)
    assert check(home).sound


def test_a_home_without_memory_learns_it_from_a_whole_sound_run(home):
    (folder(home) / heads.FILE).unlink()
    check(home, Choice(percent=50))
    assert not heads.of(home.holdings).newest
    check(home)
    assert len(heads.of(home.holdings).newest) == 7


def test_damage_of_the_memory_is_named_and_mended_by_a_whole_run(home):
    check(home)
    for file in (heads.FILE, ledger.CHECKS, ledger.RUNS):
        path = folder(home) / file
        content = path.read_bytes()
        path.write_bytes(content[:30] + bytes([content[30] ^ 1]) + content[31:])
    report = check(home)
    assert codes(report) == ["memory"] * 3
    assert {finding.file for finding in report.findings} == {"fixity/heads", "fixity/checks", "fixity/runs"}
    assert check(home).sound and len(heads.of(home.holdings).newest) == 7


def test_what_a_crash_left_of_a_line_is_no_damage(home):
    check(home)
    for file in (heads.FILE, ledger.CHECKS, ledger.RUNS):
        with open(folder(home) / file, "ab") as end:
            end.write(b"0123456789abcdef [half")
    assert check(home).sound
    grow(home)
    assert heads.of(home.holdings).newest["H30.01:hs-1"].version == 2 and check(home).sound


# --------------------------------------------------------------------------- told


def test_status_tells_the_age_of_the_oldest_unchecked_byte(home, monkeypatch):
    time = Clock(monkeypatch)
    check(home)
    first = clock.now().isoformat()
    time.pass_days(10)
    grow(home, "hs-9")
    check(home, Choice(percent=30))
    found = ledger.status(folder(home))
    assert (found.packages, found.never, found.oldest) == (8, 0, first)
    assert found.last.by == "lan" and not found.findings


@pytest.fixture
def run(home, capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(home.home), "--lang", "en", *words])
        return ended.value.code, *capsys.readouterr()

    return run


def test_the_command_says_what_it_did_and_puts_it_on_record(run, home):
    assert run("verify", "--subset", "1/2")[0] == 0
    code, out, err = run("verify", "--json")
    assert code == 0 and json.loads(out)["whole"] and not err
    path = dossiers.writer(home).object_root("H30.01:hs-1") / "v1/content/events.json"
    path.unlink()
    code, out, _ = run("verify", "--for", "20m")
    assert code == 1 and "Missing file" in out
    code, out, _ = run("verify", "--status")
    assert code == 1 and "7 packages; 0 were never checked" in out and "Missing file" in out
    entries = [one.entry.detail for one in AuditLog(home.audit).entries(Wanted(action="verify"))]
    assert [(detail["choice"], detail["findings"]) for detail in entries] == [
        ("--subset 1/2", 0), ("", 0), ("--for 20m", 1),
    ]  # fmt: skip
    assert entries[1]["digest"] and entries[2]["first"][0].startswith("fixity.missing")


@pytest.mark.parametrize(
    "words", [("--subset", "3/2"), ("--subset", "0/2"), ("--for", "20"), ("--for", "0m")]
)
def test_a_choice_that_is_none_is_refused(run, words):
    assert run("verify", *words)[0] == 2


def test_damage_is_found_and_told_even_where_nothing_can_be_remembered(run, home, monkeypatch):
    shutil.rmtree(home.keys)
    (dossiers.writer(home).object_root("H30.01:hs-1") / "v1/content/events.json").unlink()

    def full(*_):
        from archive.errors import StorageError

        raise StorageError("error.disk_full", path=home.home)

    monkeypatch.setattr(durable, "append", full)
    code, out, err = run("verify")
    assert code == 1 and "Missing file" in out
    assert "cannot be remembered" in err and "could not be put into the access log" in err
