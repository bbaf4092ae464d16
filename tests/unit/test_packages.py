"""Preservation packages: what is in them, what never is, and what happens when something goes wrong on the way."""

import gzip
import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from lxml import etree

from archive import cli, ids
from archive.errors import AuditUnavailable, NotFound, SourceRefused, StorageError, Withheld
from archive.holdings.store import Holdings
from archive.packages import check
from archive.packages.opened import opened
from archive.packages.profile import KINDS, schema
from archive.packages.run import Order
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Actor, Grant, roles
from archive.wiring_read import Archive
from tests import canaries, homes, scenes, systems
from tests.packages import make
from tests.sinks import MemorySink

DOSSIER = "H01.12:DD.2014"
ARCHIVIST = Actor("lan", grants=(Grant(homes.UNIT_A.code, "archivist"),))
EVERYWHERE = Actor("op", grants=(Grant("*", "operator"),))
PURPOSE = "lập gói bảo quản"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("packages"))


@pytest.fixture
def log():
    return MemorySink()


def packaged(settings, log, actor, out, *dossiers, kind="DIP", **order):
    reader = Archive(settings, log).reader()
    return make(settings, reader, actor, Order(kind, out, **order), dossiers)


def one(settings, log, actor, out, dossier=DOSSIER, **order) -> Path:
    outcome = packaged(settings, log, actor, out, dossier, **order)
    assert not outcome.refused, outcome.refused
    return out / outcome.made[0]


# --------------------------------------------------------------------------- what is in it


@pytest.mark.parametrize("kind", KINDS)
def test_a_package_holds_every_original_byte_for_byte(settings, log, tmp_path, kind):
    package = one(settings, log, ARCHIVIST, tmp_path, kind=kind)
    assert check.check(package) == []
    held = Holdings(settings.holdings)
    with opened(package) as found:
        assert found.kind == kind
        by_digest = {each.sha256: path for path, each in found.files.items() if each.use == "Data"}
        for item in held.dossier(DOSSIER).items:
            for file in item.files:
                path = package / by_digest[file.sha256]
                assert path.read_bytes() == held.file_path(DOSSIER, file.path).read_bytes()


def test_the_same_dossier_gives_the_same_package_and_is_not_written_twice(settings, log, tmp_path):
    package = one(settings, log, ARCHIVIST, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in package.rglob("*")}
    again = packaged(settings, log, ARCHIVIST, tmp_path, DOSSIER)
    assert (again.made, again.kept) == ([], [package.name])
    assert {path: path.stat().st_mtime_ns for path in package.rglob("*")} == before


@pytest.mark.parametrize("zip", [False, True])
def test_every_change_of_a_package_is_named(settings, log, tmp_path, zip):
    """A file changed, cut, gone or added; all found, each by its name."""
    package = one(settings, log, ARCHIVIST, tmp_path / "made")
    chance = random.Random(7)
    files = sorted(path for path in package.rglob("*") if path.is_file() and path.name != "METS.xml")
    for victim in files:
        content = victim.read_bytes()
        place = chance.randrange(len(content))
        name = victim.relative_to(package).as_posix()
        changes = {
            "changed": content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :],
            "cut": content[:-1],
        }
        for changed in changes.values():
            victim.write_bytes(changed)
            assert [fault.file for fault in check.check(package)] == [name]
        victim.unlink()
        assert [(fault.code, fault.file) for fault in check.check(package)] == [("packages.missing", name)]
        victim.write_bytes(content)
    (package / "la.txt").write_text("lạ", encoding="utf-8")
    assert [(fault.code, fault.file) for fault in check.check(package)] == [("packages.extra", "la.txt")]


def test_the_processing_history_of_the_old_system_is_in_the_events(tmp_path, log):
    settings = systems.build(tmp_path / "systems")
    volume, first = systems.dossiers()[0], systems.letters()[0]
    package = one(settings, log, EVERYWHERE, tmp_path / "out", volume.id, kind="AIP")
    premis = schema("premis")
    root = etree.parse(package / "metadata/preservation/PREMIS.xml")
    events = {
        event.findtext(f".//{premis.tag('eventIdentifierValue')}"): event
        for event in root.iter(premis.tag("event"))
    }
    assert len(first.record.steps) > 2
    for step in first.record.steps:
        event = events[f"{first.id}#step-{step.number}"]
        told = "".join(event.itertext())
        assert (step.opinion or "") in told and step.sender.name in told and step.receiver.name in told
    described = (package / "representations/rep1/metadata/descriptive/EAD_doc_001.xml").read_text("utf-8")
    assert all(step.opinion in described for step in first.record.steps)


def test_files_that_lie_in_a_snapshot_are_files_of_the_package(tmp_path, log):
    settings = systems.build(tmp_path / "systems")
    for volume in systems.dossiers():
        package = one(settings, log, EVERYWHERE, tmp_path / "out", volume.id)
        said = json.loads((package / "metadata/other/description.json").read_bytes())["dossier"]
        files = [file for item in said["items"] for file in item.get("files", ())]
        wanted = [file for item in volume.items for file in item.files]
        assert [file["sha256"] for file in files] == [file.sha256 for file in wanted]
        assert not any("within" in file or "locator" in file for file in files)
        paths = {file["path"] for file in files}
        for item in said["items"]:
            attached = item["record"].get("attachments", ())
            assert {each["path"] for each in attached if each.get("path")} <= paths


def test_a_snapshot_itself_is_never_packaged(tmp_path, log):
    settings = systems.build(tmp_path / "systems")
    outcome = packaged(settings, log, EVERYWHERE, tmp_path / "out", f"H01.12:chup-{systems.DOCS}")
    assert [refused.why.code for refused in outcome.refused] == ["taking.snapshot"]
    assert not outcome.planned


# --------------------------------------------------------------------------- what never is


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    return scenes.build(tmp_path_factory.mktemp("scenes"))


def seen_in(folder: Path) -> canaries.Seen:
    """All the canaries in the files of a folder, and in their names."""
    found = []
    for path in (path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        content = b" " + gzip.decompress(content) if path.suffix == ".gz" else content
        name = path.relative_to(folder).as_posix()
        found.append(canaries.look(SimpleNamespace(status=name, headers={}, data=content)))
    every = {
        part: frozenset().union(*(getattr(each, part) for each in found))
        for part in ("words", "numbers", "pages")
    }
    return canaries.Seen(**every)


@pytest.mark.parametrize("name", [name for name, person in scenes.PEOPLE.items() if person.state == "well"])
def test_no_package_tells_more_than_its_taker_may_read(many, log, tmp_path, name):
    """With a purpose and without, of every dossier there is; by the table of tests/scenes.py."""
    person = scenes.PEOPLE[name]
    actor = Actor(name, grants=person.grants)
    reader = Archive(many, log).reader()
    exporting = {g.role for g in person.grants if roles()[g.role].export}
    for purpose in ("", PURPOSE):
        out = tmp_path / (purpose or "none")
        if not exporting:
            with pytest.raises((Withheld, NotFound)):
                make(many, reader, actor, Order("DIP", out, purpose=purpose), list(scenes.DOSSIERS))
            assert not out.exists()
            continue
        try:
            made = make(many, reader, actor, Order("DIP", out, purpose=purpose), list(scenes.DOSSIERS))
        except Withheld as error:  # its grants do not hold today
            assert error.code == "export.no_right" and name in ("expired", "not-yet")
            continue
        seen = seen_in(out)
        asked = person.on_purpose if purpose else set()
        shown = {kind for kind in person.reads - {"quarantined"} if person.clear or kind in asked}
        allowed = scenes.readable_words(person) | {
            scenes.word(scenes.BY_KIND[kind].id, "applicant") for kind in shown
        }
        assert seen.words <= allowed, sorted(seen.words - allowed)
        numbers = {scenes.number(scenes.BY_KIND[kind].id) for kind in shown if scenes.BY_KIND[kind].numbers}
        numbers |= {scenes.number(scenes.NUMBERED)} if person.clear else set()
        assert seen.numbers <= numbers
        assert {scenes.RECORDS[page].kind for page in seen.pages} <= person.reads
        if purpose and person.clear:
            assert not made.refused
            assert seen.pages and {scenes.word(scenes.BY_KIND[k].id, "page") for k in shown} <= seen.words


def test_a_document_with_numbers_leaves_for_a_purpose_only_and_that_is_on_record(many, log, tmp_path):
    leader = Actor("leader", grants=scenes.PEOPLE["leader"].grants)
    record = scenes.BY_KIND["personal"]
    reader = Archive(many, log).reader()
    left = reader.takeable(leader, record.dossier)
    assert record.id in left.withheld and record.id not in {item.id for item in left.dossier.items}
    taken = reader.takeable(leader, record.dossier, PURPOSE)
    assert record.id in {item.id for item in taken.dossier.items}
    assert [e.detail["purpose"] for e in log.entries if (e.action, e.object) == ("reveal", record.id)] == [
        PURPOSE
    ]


# --------------------------------------------------------------------------- on record first


def test_what_leaves_is_on_record_before_its_first_byte(settings, log, tmp_path):
    reader = Archive(settings, log).reader()
    takeable = reader.takeable(ARCHIVIST, DOSSIER)
    log.failing = True
    with pytest.raises(AuditUnavailable):
        reader.take(takeable, form="DIP")
    with pytest.raises(AuditUnavailable):
        packaged(settings, log, ARCHIVIST, tmp_path, DOSSIER)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    log.failing = False
    one(settings, log, ARCHIVIST, tmp_path)
    entry = next(entry for entry in log.entries if entry.action == "export")
    assert (entry.object, entry.unit, entry.detail["form"]) == (DOSSIER, homes.UNIT_A.code, "DIP")
    assert [ids.dossier_of(item) for item in entry.detail["shown"]] == [DOSSIER] * 6


def test_a_restriction_laid_meanwhile_stops_the_bytes(tmp_path, log):
    from archive.rights import restrictions_writer

    settings = homes.build(tmp_path)
    reader = Archive(settings, log).reader()
    leader = Actor("boss", grants=(Grant(homes.UNIT_A.code, "leader"),))
    taken = reader.take(reader.takeable(leader, DOSSIER))
    item = Holdings(settings.holdings).dossier(DOSSIER).items[0]
    assert taken.original(item.id, item.files[0])
    restrictions_writer.restrict(settings.restrictions, DOSSIER, "closed", until=None, basis="CV 1", by="Kho")
    for ask in (lambda: taken.original(item.id, item.files[0]), lambda: taken.page(item.id, 1)):
        with pytest.raises(NotFound):
            ask()


# --------------------------------------------------------------------------- when something goes wrong


def test_a_damaged_file_refuses_its_dossier_and_no_other(tmp_path, log):
    settings = homes.build(tmp_path)
    held = Holdings(settings.holdings)
    item = held.dossier(DOSSIER).items[1]
    path = held.file_path(DOSSIER, item.files[0].path)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-1.4 something else")
    out = tmp_path / "out"
    outcome = packaged(settings, log, EVERYWHERE, out, DOSSIER, "H01.12:HT.2019")
    assert [(each.dossier, each.why.code) for each in outcome.refused] == [
        (DOSSIER, "error.damaged_original")
    ]
    assert outcome.refused[0].why.values["item"] == item.id
    assert [path.name for path in out.iterdir()] == outcome.made and len(outcome.made) == 1


@pytest.mark.parametrize("zip", [False, True])
@pytest.mark.parametrize("fault", ["write:1", "write:5", "fsync:2", "rename:1", "mkdir:1"])
def test_a_failing_disk_leaves_nothing_half_made_and_the_next_run_goes_on(
    settings, log, tmp_path, monkeypatch, fault, zip
):
    from archive import durable

    out = tmp_path / "out"
    monkeypatch.setattr(durable, "_passes", {})
    monkeypatch.setenv("KHO_FAULT", f"{fault}:enospc")
    try:
        packaged(settings, log, ARCHIVIST, out, DOSSIER, zip=zip)
    except StorageError:
        assert not out.exists() or not [path for path in out.iterdir() if not path.name.startswith(".tmp-")]
    monkeypatch.delenv("KHO_FAULT")
    package = out / next(
        iter((o := packaged(settings, log, ARCHIVIST, out, DOSSIER, zip=zip)).made or o.kept)
    )
    assert check.check(package) == []
    assert [path.name for path in out.iterdir()] == [package.name]


@pytest.mark.parametrize(("zipped", "fault"), [(False, "fsync:25"), (True, "rename:1")])
def test_a_killed_run_leaves_nothing_behind_once_the_next_one_is_done(settings, tmp_path, zipped, fault):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "archive.cli", "--home", str(settings.home), "package", "dip", "--fonds", "H01.12", "--out", str(out)]  # fmt: skip
    command += ["--zip"] if zipped else []
    done = subprocess.run(
        command, env=os.environ | {"KHO_FAULT": f"{fault}:kill"}, capture_output=True, check=False
    )
    assert done.returncode == -signal.SIGKILL and list(out.glob(".tmp-*"))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
    assert len(list(out.iterdir())) == 2 and not list(out.glob(".tmp-*"))
    assert not [fault for path in out.iterdir() for fault in check.check(path)]


def test_a_package_that_was_damaged_since_is_told_and_not_written_over(settings, log, tmp_path):
    package = one(settings, log, ARCHIVIST, tmp_path)
    (package / "metadata/descriptive/EAD.xml").write_text("khác", encoding="utf-8")
    outcome = packaged(settings, log, ARCHIVIST, tmp_path, DOSSIER)
    assert [refused.why.code for refused in outcome.refused] == ["packages.there_damaged"]
    assert (package / "metadata/descriptive/EAD.xml").read_text(encoding="utf-8") == "khác"


def test_a_package_is_never_read_beyond_what_it_states_nor_outside_itself(settings, log, tmp_path):
    package = one(settings, log, ARCHIVIST, tmp_path)
    mets = package / "METS.xml"
    sound = mets.read_text(encoding="utf-8")
    hostile = {
        "packages.path_outside": sound.replace("metadata/descriptive/EAD.xml", "../../etc/passwd"),
        "packages.entities": sound.replace("<mets", '<!DOCTYPE x [<!ENTITY a "b">]><mets', 1),
        "packages.xml_unreadable": sound[:-30],
        "packages.mets_unsound": sound.replace('CHECKSUMTYPE="SHA-256"', 'CHECKSUMTYPE="MD5"'),
        "packages.part_changed": sound.replace(
            'MIMETYPE="application/xml" SIZE="', 'MIMETYPE="application/xml" SIZE="1'
        ),
    }
    for code, content in hostile.items():
        assert content != sound, code
        mets.write_text(content, encoding="utf-8")
        with pytest.raises(SourceRefused) as caught:
            check.check(package)
        assert caught.value.code == code
    mets.write_text(sound, encoding="utf-8")
    (package / "lien-ket").symlink_to("/etc/passwd")
    with pytest.raises(SourceRefused) as caught:
        check.check(package)
    assert caught.value.code == "packages.no_plain_file"


# --------------------------------------------------------------------------- the command


@pytest.fixture
def kho(settings, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(["--home", str(settings.home), *arguments])
        return (caught.value.code, *capsys.readouterr())

    return run


def test_the_command_plans_first_and_says_what_it_did(settings, kho, tmp_path):
    AccountsWriter(settings.accounts).add("lan", homes.PASSWORD, [Grant(homes.UNIT_A.code, "archivist")])
    AccountsWriter(settings.accounts).add("hoa", homes.PASSWORD, [Grant(homes.UNIT_A.code)])
    out = tmp_path / "goi"
    arguments = ("package", "dip", "--fonds", "H01.12", "--as", "lan", "--out", str(out))
    code, told, _ = kho(*arguments, "--dry-run", "--json")
    assert code == 0 and not out.exists()
    assert [row["dossier"] for row in json.loads(told)["planned"]] == ["H01.12:DD.2014", "H01.12:HT.2019"]
    code, told, _ = kho(*arguments)
    assert code == 0 and "2 gói" in told and len(list(out.iterdir())) == 2
    assert kho("package", "check", *map(str, out.iterdir()))[0] == 0
    next(out.rglob("EAD.xml")).write_text("x", encoding="utf-8")
    code, told, _ = kho("package", "check", *map(str, out.iterdir()))
    assert code == 1 and "metadata/descriptive/EAD.xml" in told
    hidden = ("package", "dip", "--dossier", "H01:GT.2016", "--as", "lan", "--out", str(tmp_path / "x"))
    missing = (*hidden[:3], "H01:KHONG-CO", *hidden[4:])
    told_hidden, told_missing = kho(*hidden), kho(*missing)
    assert told_hidden[0] == 1
    assert told_hidden[1].replace("GT.2016", "") == told_missing[1].replace("KHONG-CO", "")
    assert kho("package", "dip", "--dossier", DOSSIER, "--as", "hoa", "--out", str(tmp_path / "x"))[0] == 2
    inside = str(settings.home / "goi")
    assert kho("package", "dip", "--dossier", DOSSIER, "--out", inside)[0] == 2
    assert not Path(inside).exists()
