"""Backup and restore drills with the real restic: a bare machine has the archive again, checked, published, with sign-in.

Skipped, visibly, where restic is not installed.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from archive import cli, durable, wiring_read, wiring_write
from archive import settings as configuration
from archive.audit import signer
from archive.audit.log import AuditLog, Wanted
from archive.audit.verify import verify as verify_log
from archive.errors import AuditUnavailable, StorageError, ToolMissing, UsageError
from archive.holdings import fixity
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.people.accounts_writer import AccountsWriter
from archive.publishing import catalogue_lines, generation
from archive.replicas import frozen, restore
from archive.replicas.restic import Restic
from archive.rights import restrictions, restrictions_writer
from tests import dossiers, homes
from tests.architecture.test_routes import OWN, sign_in
from tests.digests import holdings_digest

pytestmark = pytest.mark.skipif(not shutil.which("restic"), reason="restic is not installed")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A published home with accounts, an access log that is signed, and a restriction."""
    settings = homes.build(tmp_path_factory.mktemp("template"), homes.DOSSIERS[:3])
    signer.make(settings.keys, settings.audit)
    accounts = AccountsWriter(settings.accounts)
    accounts.init()
    homes.add_account(settings, "lan", homes.UNIT_A.code)
    restrictions_writer.restrict(
        settings.restrictions, homes.FONDS_B.code, "closed", until=None, basis="CV 1", by="an"
    )
    wiring_write.rebuild(settings)
    return settings.home


@pytest.fixture
def settings(template, tmp_path):
    shutil.copytree(template, tmp_path / "home", symlinks=True)
    return configuration.load(tmp_path / "home")


@pytest.fixture
def repository(tmp_path):
    password = tmp_path / "password"
    password.write_text("mat-khau")
    made = Restic(str(tmp_path / "repository"), password)
    made.init()
    return made


def bare(settings, name="restored"):
    return replace(settings, home=settings.home.parent / "other-machine" / name)


def run_restore(settings, repository, **more):
    to = bare(settings)
    made = restore.restore(to, repository, by="an", **more)
    return configuration.load(to.home), made


def catalogue(settings):
    shown = generation.current(settings).catalogue()
    return b"".join(line for _, line in catalogue_lines.lines(shown))


def small_files(settings):
    """What cannot be made again beside packages and log: names and content."""
    folders = (settings.accounts, settings.secrets, settings.register, settings.restrictions)
    return {
        path.relative_to(settings.home): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "lock" not in path.name
    }


# --------------------------------------------------------------------------- the drill


@pytest.mark.parametrize("with_key", [True, False])
def test_a_bare_machine_has_the_archive_again(settings, repository, tmp_path, with_key):
    keys = tmp_path / "usb"
    done = wiring_write.backup(settings, repository, keys)
    assert done.files and done.added
    shutil.rmtree(settings.home.with_name("home-lost"), ignore_errors=True)
    lost = settings.home.rename(settings.home.with_name("home-lost"))
    before = replace(settings, home=lost)
    restored, made = run_restore(settings, repository, keys=keys if with_key else None)
    assert made.findings == () and made.packages == 3 and made.generation == "000001"
    assert fixity.verify(restored).findings == ()
    assert holdings_digest(Holdings(restored.holdings)) == holdings_digest(Holdings(before.holdings))
    assert catalogue(restored) == catalogue(before)
    assert small_files(restored) == small_files(before)
    assert restrictions.load(restored.restrictions).rows == restrictions.load(before.restrictions).rows
    assert bool(made.closed_log) is not with_key
    old = restored.home / (made.closed_log or "audit")
    assert verify_log(old).intact and verify_log(restored.audit).intact
    [told] = AuditLog(restored.audit).entries(Wanted(action="restore"))
    assert told.entry.detail["snapshot"] == made.snapshot[:8] or made.snapshot.startswith(
        told.entry.detail["snapshot"]
    )
    client = sign_in(homes.app(restored), "lan")
    assert client.get(f"/item/{OWN}").status_code == 200


def test_the_commands_on_a_bare_machine(settings, tmp_path, capsys):
    (tmp_path / "password").write_text("mat-khau")
    more = [str(tmp_path / "repository"), "--password-file", str(tmp_path / "password")]

    def run(home, *words):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(home), "--lang", "en", *words])
        return ended.value.code, *capsys.readouterr()

    assert "add --init" in run(settings.home, "backup", *more)[2]
    code, out, _ = run(
        settings.home, "backup", *more, "--init", "--keys", str(tmp_path / "usb"), "--read-back", "100%"
    )
    assert (
        code == 0 and "Backed up as" in out and "intact" in out and (tmp_path / "usb" / "audit.key").is_file()
    )
    code, out, _ = run(settings.home, "restore", *more, "--list", "--json")
    assert code == 0 and len(json.loads(out)) == 1
    assert "There is something in" in run(settings.home, "restore", *more)[2]
    code, out, _ = run(tmp_path / "new", "restore", *more, "--keys", str(tmp_path / "usb"))
    assert code == 0 and "every byte checked; generation 000001" in out
    assert run(tmp_path / "new", "verify")[0] == 0
    code, out, _ = run(tmp_path / "new", "search", "đất", "--json")
    assert code == 0 and json.loads(out)["total"]


def test_what_is_in_the_backup_and_what_is_not(settings, repository, tmp_path):
    (settings.sessions).mkdir(exist_ok=True)
    (settings.sessions / "one.json").write_text("{}")
    saved = wiring_write.backup(settings, repository, None)
    assert not (settings.home / frozen.FOLDER).exists()
    repository.restore(saved.snapshot, tmp_path / "look")
    there = {path.relative_to(tmp_path / "look").as_posix() for path in (tmp_path / "look").rglob("*")}
    assert "frozen/secrets/lan.json" in there and "frozen/accounts/lan.json" in there
    assert "frozen/fixity/heads" in there and "frozen/published/kho-folder.json" in there
    strange = [name for name in there if "audit.key" in name or "sessions" in name or "generations" in name]
    assert not strange and not [name for name in there if name.startswith("work")]


# --------------------------------------------------------------------------- while others work


def test_a_backup_taken_while_dossiers_are_committed_is_consistent(settings, repository, tmp_path):
    """Commits go on until the second pass, wait for it, and go on after; the log is written to all the time."""
    stop, done = threading.Event(), []
    log = wiring_write.access_log(settings)

    def ingest():
        kept = HoldingsWriter(settings.holdings, settings.work / "staging")
        number = 0
        while not stop.is_set():
            number += 1
            new = dossiers.sample(f"bk-{number % 4}", count=1 + number // 4)
            dossiers.read_pages(settings, new)
            kept.commit(new, dossiers.sources(new, tmp_path / "in" / str(number)))
            log.record(*[_entry(number)])
            done.append(number)

    worker = threading.Thread(target=ingest)
    worker.start()
    try:
        while not done:
            time.sleep(0.01)
        for _ in range(2):
            saved = wiring_write.backup(settings, repository, tmp_path / "usb")
            to = bare(settings, saved.snapshot)
            made = restore.restore(to, repository, snapshot=saved.snapshot, keys=tmp_path / "usb", by="an")
            assert made.findings == ()
            assert verify_log(to.audit).intact
    finally:
        stop.set()
        worker.join()
    assert fixity.verify(settings).findings == ()


def _entry(number):
    from archive.audit.entry import Entry

    return Entry("view", "lan", object=f"H30.01:bk-{number}")


@pytest.mark.parametrize("seconds", [0.9, 2.4])
def test_a_backup_killed_at_any_time_harms_nothing_and_the_next_one_completes(
    settings, repository, tmp_path, seconds
):
    wiring_write.backup(settings, repository, None)
    new = dossiers.sample("hs-9", count=4)
    dossiers.read_pages(settings, new)
    HoldingsWriter(settings.holdings, settings.work / "staging").commit(
        new, dossiers.sources(new, tmp_path / "in")
    )
    command = [
        sys.executable,
        "-m",
        "archive.cli",
        "--home",
        str(settings.home),
        "backup",
        repository.repository,
    ]
    child = subprocess.Popen(
        [*command, "--password-file", str(repository.password_file)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    assert fixity.verify(settings).findings == ()
    wiring_write.backup(settings, repository, tmp_path / "usb")
    restored, made = run_restore(settings, repository, keys=tmp_path / "usb")
    assert made.findings == () and Holdings(restored.holdings).has("H30.01:hs-9")


def test_a_restore_stopped_at_any_step_leaves_no_home_and_the_same_command_completes(
    settings, repository, tmp_path, monkeypatch
):
    wiring_write.backup(settings, repository, tmp_path / "usb")
    passed = []
    with monkeypatch.context() as patch:
        patch.setattr(durable, "reached", passed.append)
        run_restore(settings, repository, keys=tmp_path / "usb")
    for step in range(2, len(passed), max(1, len(passed) // 3)):
        to = bare(settings)
        shutil.rmtree(to.home.parent)
        count = iter(range(1, 100_000))

        def stop(point, step=step, count=count):
            if next(count) == step:
                raise OSError(5, "stopped")

        with monkeypatch.context() as patch:
            patch.setattr(durable, "reached", stop)
            with pytest.raises((StorageError, OSError, AuditUnavailable)):
                run_restore(settings, repository, keys=tmp_path / "usb")
        assert not to.home.exists()
        _, made = run_restore(settings, repository, keys=tmp_path / "usb")
        assert made.findings == ()


# --------------------------------------------------------------------------- what goes wrong


def test_damage_that_was_backed_up_is_named_when_it_is_restored(settings, repository):
    path = next(settings.holdings.rglob("original/*"))
    path.write_bytes(b"x" + path.read_bytes()[1:])
    wiring_write.backup(settings, repository, None)
    _, made = run_restore(settings, repository)
    assert [finding.code for finding in made.findings] == ["fixity.changed"]


def test_a_damaged_repository_is_no_good_restore(settings, repository):
    wiring_write.backup(settings, repository, None)
    for pack in Path(repository.repository, "data").rglob("*"):
        if pack.is_file():
            pack.chmod(0o600)
            content = bytearray(pack.read_bytes())
            content[len(content) // 3] ^= 1
            pack.write_bytes(content)
    with pytest.raises(Exception, match="restic_failed"):
        repository.check("100%")
    to = bare(settings)
    try:
        made = restore.restore(to, repository, by="an")
    except Exception:
        assert not to.home.exists()
    else:
        assert made.findings


def test_what_cannot_work_is_said_before_anything_is_done(settings, repository, tmp_path, monkeypatch):
    wrong = tmp_path / "wrong"
    wrong.write_text("x")
    with pytest.raises(UsageError, match="wrong_password"):
        wiring_write.backup(settings, replace(repository, password_file=wrong), None)
    with pytest.raises(UsageError, match="no_password"):
        wiring_write.backup(settings, replace(repository, password_file=None), None)
    with pytest.raises(UsageError, match="no_repository"):
        wiring_write.backup(settings, replace(repository, repository=str(tmp_path / "none")), None)
    with pytest.raises(UsageError, match="inside"):
        wiring_write.backup(settings, replace(repository, repository=str(settings.home / "r")), None)
    with pytest.raises(UsageError, match="inside"):
        wiring_write.backup(settings, repository, settings.home / "k")
    with pytest.raises(UsageError, match="no_snapshot"):
        run_restore(settings, repository)
    with pytest.raises(UsageError, match="repository_there"):
        repository.init()
    with pytest.raises(StorageError, match="no_room"):
        wiring_write.backup(replace(settings, free_reserve=2**60), repository, None)
    wiring_write.backup(settings, repository, None)
    with pytest.raises(StorageError, match="no_room"):
        restore.restore(replace(bare(settings), free_reserve=2**60), repository, by="an")
    assert not bare(settings).home.exists()
    monkeypatch.setenv("KHO_RESTIC", "no-such-program")
    with pytest.raises(ToolMissing):
        wiring_write.backup(settings, repository, None)


def test_two_archives_in_one_repository_are_never_taken_for_each_other(settings, repository, tmp_path):
    other = homes.build(tmp_path / "second", homes.DOSSIERS[:1])
    signer.make(other.keys, other.audit)
    one = wiring_write.backup(settings, repository, None)
    wiring_write.backup(other, repository, None)
    with pytest.raises(UsageError, match="several_homes"):
        run_restore(settings, repository)
    _, made = run_restore(settings, repository, snapshot=one.snapshot)
    assert made.packages == 3


def test_signed_in_people_have_to_sign_in_again(settings, repository):
    wiring_write.backup(settings, repository, None)
    restored, _ = run_restore(settings, repository)
    assert not list(wiring_read.Archive(restored).sessions.all())
