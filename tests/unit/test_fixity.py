"""Verify: every planted fault is found and named exactly, once; nothing else is."""

import gzip
import hashlib
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from ocfl.validator import Validator

from archive import durable, home_check, messages
from archive.errors import HomeError
from archive.holdings import (
    damage,
    fixity,
    heads,
    package,
    package_bytes,
    package_check,
    package_look,
    page_check,
    places,
)
from archive.holdings.renditions import Renditions
from archive.holdings.writer import HoldingsWriter
from archive.publishing import publish, published_check
from archive.settings import Settings
from tests import dossiers


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """A published home of two dossiers, one in two versions."""
    folder = tmp_path_factory.mktemp("template")
    settings = Settings(home=folder / "home", index_engine="memory")
    holdings = dossiers.make_home(settings, dossiers.sample("hs-1"), dossiers.sample("hs-2", count=1))
    bigger = dossiers.sample("hs-1", count=3)
    dossiers.read_pages(settings, bigger)
    holdings.commit(bigger, dossiers.sources(bigger, folder / "in"))
    publish.publish(settings, holdings, Renditions(settings.renditions))
    return settings.home


@pytest.fixture
def settings(template, tmp_path) -> Settings:
    shutil.copytree(template, tmp_path / "home", symlinks=True)
    return Settings(home=tmp_path / "home", index_engine="memory")


@pytest.fixture
def root(settings) -> Path:
    return dossiers.writer(settings).object_root("H30.01:hs-1")


def faults(settings):
    """(code without prefix, path within its object) of all findings."""
    return sorted(
        (f.code.removeprefix("fixity."), f.file.split("/", 4)[-1]) for f in fixity.verify(settings).findings
    )


def test_a_sound_home_has_no_findings(settings):
    report = fixity.verify(settings)
    assert report.sound and report.notes == ()
    assert (report.objects, report.files) == (2, 4 + 2 + 3)
    assert report.digest == fixity.verify(settings).digest


def test_what_an_ingest_is_just_committing_is_no_damage(settings, root, monkeypatch):
    """What looks damaged is looked at again, and then nobody can commit."""
    real, looks = package_check.check, []
    commits = dossiers.writer(settings).commit_lock

    def check_in_a_commit(at):
        temp = at / ".tmp-1"
        if at == root and root not in looks:
            temp.touch()
        elif at == root:
            with pytest.raises(HomeError), durable.lock(commits):
                pass
        looks.append(at)
        try:
            return real(at)
        finally:
            temp.unlink(missing_ok=True)

    monkeypatch.setattr(package_check, "check", check_in_a_commit)
    assert fixity.verify(settings).sound and looks.count(root) == 2


def test_verify_changes_nothing(settings):
    def listing():
        return sorted((path, path.stat().st_mtime_ns) for path in settings.home.rglob("*"))

    before = listing()
    fixity.verify(settings)
    assert listing() == before


ORIGINAL = "v1/content/original/hs-1 văn bản 1.pdf"


def flip(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def cut(path):
    path.write_bytes(path.read_bytes()[:-10])


def grow(path):
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize(
    "damage, expected",
    [
        (lambda root: flip(root / ORIGINAL), [("changed", ORIGINAL)]),
        (lambda root: grow(root / ORIGINAL), [("changed", ORIGINAL)]),
        (lambda root: cut(root / ORIGINAL), [("truncated", ORIGINAL)]),
        (lambda root: (root / ORIGINAL).write_bytes(b""), [("truncated", ORIGINAL)]),
        (lambda root: (root / ORIGINAL).unlink(), [("missing", ORIGINAL)]),
        (lambda root: (root / ORIGINAL).rename(root / "v1/content/original/x.pdf"), [("renamed", ORIGINAL)]),
        (lambda root: (root / "v1/content/x.txt").write_bytes(b"x"), [("untracked", "v1/content/x.txt")]),
        (
            lambda root: (root / "v2/content/description.json").unlink(),
            [("missing", "v2/content/description.json")],
        ),
        (
            lambda root: flip(root / "v1/content/description.json"),
            [("changed", "v1/content/description.json")],
        ),
        (lambda root: (root / "x.txt").write_bytes(b"x"), [("untracked", "x.txt")]),
        (lambda root: (root / "v1/x.txt").write_bytes(b"x"), [("untracked", "v1/x.txt")]),
        (lambda root: (root / "0=ocfl_object_1.1").unlink(), [("declaration", "0=ocfl_object_1.1")]),
        (lambda root: grow(root / "0=ocfl_object_1.1"), [("declaration", "0=ocfl_object_1.1")]),
        (lambda root: (root / "inventory.json").unlink(), [("missing", "inventory.json")]),
        (lambda root: (root / "inventory.json.sha512").unlink(), [("missing", "inventory.json.sha512")]),
        (lambda root: cut(root / "inventory.json.sha512"), [("sidecar_changed", "inventory.json.sha512")]),
        (lambda root: flip(root / "inventory.json"), [("inventory_changed", "inventory.json")]),
        (lambda root: flip(root / "inventory.json.sha512"), [("sidecar_changed", "inventory.json.sha512")]),
        (lambda root: flip(root / "v2/inventory.json"), [("inventory_differs", "v2/inventory.json")]),
        (
            lambda root: flip(root / "v2/inventory.json.sha512"),
            [("sidecar_changed", "v2/inventory.json.sha512")],
        ),
        (lambda root: flip(root / "v1/inventory.json"), [("inventory_changed", "v1/inventory.json")]),
        (lambda root: (root / "v2/content/empty").mkdir(), [("empty_folder", "v2/content/empty")]),
        (lambda root: os.symlink("/etc/passwd", root / "v1/content/link"), [("link", "v1/content/link")]),
        (lambda root: os.symlink("/none", root / "v1/content/link"), [("link", "v1/content/link")]),
        (lambda root: os.mkfifo(root / "v1/content/pipe"), [("link", "v1/content/pipe")]),
    ],
)
def test_planted_damage_is_named_exactly(settings, root, damage, expected):
    damage(root)
    assert faults(settings) == expected
    if expected[0][0] == "link":  # the independent checker follows links
        return
    validator = Validator()
    assert not validator.validate_object(str(root))


def test_two_files_swapped_are_one_damage(settings, root):
    one, two = root / ORIGINAL, root / ORIGINAL.replace("1.pdf", "2.pdf")
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second), two.write_bytes(first)
    assert faults(settings) == [("swapped", ORIGINAL)]


def test_a_changed_inventory_is_named_even_when_it_still_parses(settings, root):
    path = root / "inventory.json"
    plain = json.loads(path.read_bytes())
    plain["versions"]["v1"]["message"] = "forged"
    path.write_text(json.dumps(plain))
    assert faults(settings) == [("inventory_changed", "inventory.json")]


def test_a_forged_inventory_with_its_digest_contradicts_the_version(settings, root):
    path = root / "inventory.json"
    content = path.read_bytes().replace(b"changed dossier", b"Changed dossier")
    path.write_bytes(content)
    (root / package.SIDECAR).write_bytes(package.sidecar(content))
    assert faults(settings) == [("inventory_differs", "v2/inventory.json")]


def test_a_missing_version_is_named(settings, root):
    shutil.rmtree(root / "v1")
    assert ("missing", "v1") in faults(settings)


def test_a_package_in_the_wrong_place_is_named(settings, root):
    target = settings.holdings / "000" / "000" / "000" / root.name
    target.parent.mkdir(parents=True)
    shutil.move(root, target)
    assert ("misplaced", root.name) in faults(settings)


@pytest.mark.parametrize("where", ["x.txt", "abc/x.txt"])
def test_strange_files_between_the_packages_are_named(settings, where):
    path = settings.holdings / where
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert [(f.code, f.file) for f in fixity.verify(settings).findings] == [("fixity.untracked", where)]


def test_an_empty_folder_between_the_packages_is_named(settings):
    (settings.holdings / "abc" / "def").mkdir(parents=True)
    assert [(f.code, f.file) for f in fixity.verify(settings).findings] == [
        ("fixity.empty_folder", "abc/def")
    ]


def test_a_damaged_generation_is_named_and_not_opened(settings):
    path = settings.published / "current" / "catalogue" / "catalogue.sqlite"
    path.chmod(0o644)
    flip(path)
    findings = fixity.verify(settings).findings
    assert [(f.code, f.file) for f in findings] == [
        ("fixity.generation_changed", "000001/catalogue/catalogue.sqlite")
    ]


def test_a_vanished_package_is_named(settings, root):
    shutil.rmtree(root.parents[2])
    assert [(f.code, f.severity, f.values["id"]) for f in fixity.verify(settings).findings] == [
        ("fixity.vanished", "error", "H30.01:hs-1")
    ]


def test_leftovers_and_unpublished_dossiers_are_notes_not_damage(settings):
    (settings.work / "staging" / "H30.01" / ("a" * 64)).mkdir(parents=True)
    dossier = dossiers.sample("hs-9")
    dossiers.read_pages(settings, dossier)
    dossiers.writer(settings).commit(dossier, dossiers.sources(dossier, settings.home.parent / "in"))
    report = fixity.verify(settings)
    assert report.sound
    assert [note.code for note in report.notes] == ["fixity.leftover", "fixity.unpublished"]


def test_a_vanished_disk_is_no_clean_result(settings):
    shutil.rmtree(settings.holdings)
    settings.holdings.mkdir()
    with pytest.raises(HomeError):
        fixity.verify(settings)


def test_every_finding_has_its_sentence():
    source = "".join(
        Path(module.__file__).read_text(encoding="utf-8")
        for module in (
            damage,
            fixity,
            home_check,
            package_look,
            places,
            page_check,
            package_check,
            package_bytes,
            published_check,
        )
    )
    kinds = set(re.findall(r'fault\(\s*"(\w+)"', source)) | set(re.findall(r'"fixity\.(\w+)"', source))
    assert len(kinds) > 15
    for language in messages.LANGUAGES:
        assert not [kind for kind in kinds if f"fixity.{kind}" not in messages.catalogue(language)]


def test_verdicts_agree_with_the_public_ocfl_fixtures(shared_data):
    folder = shared_data / "08-packages" / "ocfl-fixtures" / "1.0"
    if not folder.is_dir():
        pytest.skip("no OCFL fixtures in the real inputs")
    verdicts = {
        f"{kind}/{path.name}": package_check.check(path).sound
        for kind in ("good", "warn", "bad")
        for path in sorted((folder / f"{kind}-objects").iterdir())
        if path.is_dir()
    }
    assert len(verdicts) == 76
    assert [name for name, sound in verdicts.items() if sound != (not name.startswith("bad/"))] == []


def test_the_staging_folders_of_a_clean_run_are_no_leftovers(settings):
    batch = HoldingsWriter(settings.holdings, settings.work / "staging" / "H30.01", "lan")
    dossier = dossiers.sample("hs-2", count=2)
    batch.commit(dossier, dossiers.sources(dossier, settings.home.parent / "in"))
    batch.recover()
    assert [note.code for note in fixity.verify(settings).notes] == ["fixity.unpublished"]


# --------------------------------------------------------------------------- pages


def page_file(settings, dossier, number, suffix):
    page = dossier.items[0].pages[number - 1]
    recipe, sha256, index = page.rendition.split("/")
    return settings.renditions / recipe / sha256[:2] / sha256 / (index + suffix)


@pytest.mark.parametrize("suffix", [".jpg", ".json.gz"])
@pytest.mark.parametrize("damage, kind", [(flip, "damaged"), (cut, "damaged"), (Path.unlink, "missing")])
def test_a_damaged_page_is_named_exactly(settings, suffix, damage, kind):
    path = page_file(settings, dossiers.sample("hs-1"), 2, suffix)
    damage(path)
    report = fixity.verify(settings)
    assert [(f.code, f.file, f.values) for f in report.findings] == [
        (
            f"fixity.page_{kind}",
            path.relative_to(settings.home).as_posix(),
            {"item": "H30.01:hs-1:001", "page": "2"},
        )
    ]
    assert report.pages == 8 and len(report.notes) == 0


def test_damage_of_a_package_hides_no_damage_of_its_pages(settings, root):
    flip(root / ORIGINAL)
    flip(page_file(settings, dossiers.sample("hs-1"), 1, ".jpg"))
    codes = [f.code for f in fixity.verify(settings).findings]
    assert codes == ["fixity.changed", "fixity.page_damaged"]


def test_pages_without_digests_are_a_note_not_damage(settings):
    path = page_file(settings, dossiers.sample("hs-2"), 1, ".json.gz")
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()).partition(b"\n")[2]))
    report = fixity.verify(settings)
    assert report.sound
    assert [(note.code, note.values) for note in report.notes] == [
        ("fixity.pages_undigested", {"count": "1"})
    ]


def test_a_page_shared_by_two_documents_is_named_once(settings):
    known = dossiers.sample("hs-1", count=3)
    twin = replace(known.items[0], id="H30.01:hs-9:001")
    dossier = dossiers.dossier("hs-9", (twin,))
    dossiers.writer(settings).commit(dossier, dossiers.sources(dossier, settings.home.parent / "in"))
    flip(page_file(settings, known, 1, ".jpg"))
    assert [f.code for f in fixity.verify(settings).findings] == ["fixity.page_damaged"]


def test_a_description_that_says_nothing_is_named(settings, root):
    description = root / "v2" / "content" / "description.json"
    for name in ("inventory.json", "v2/inventory.json"):
        content = (
            (root / name)
            .read_bytes()
            .replace(_sha512(description), hashlib.sha512(b"[]").hexdigest().encode())
        )
        (root / name).write_bytes(content)
        (root / name).with_name(package.SIDECAR).write_bytes(package.sidecar(content))
    description.write_bytes(b"[]")
    assert faults(settings) == [("rewritten", root.name)]
    heads.of(settings.holdings).path.unlink()  # nothing remembers what was committed
    assert ("description", root.name) in faults(settings)


def _sha512(path):
    return hashlib.sha512(path.read_bytes()).hexdigest().encode()


@pytest.mark.parametrize("name", ["inventory.json.sha512", "v1/inventory.json.sha512"])
@pytest.mark.parametrize("change", [bytes.upper, lambda content: content.replace(b" ", b"\t"), bytes.rstrip])
def test_a_sidecar_in_another_form_was_changed(settings, root, name, change):
    path = root / name
    path.write_bytes(change(path.read_bytes()).replace(b"INVENTORY.JSON", b"inventory.json"))
    assert faults(settings) == [("sidecar_changed", name)]
