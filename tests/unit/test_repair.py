"""A second copy: compared by the digests of its inventories, and repaired from with bytes that verify only."""

import contextlib
import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from archive import cli, durable, wiring_write
from archive.audit import signer
from archive.audit.entry import Entry
from archive.audit.log import AuditLog, Wanted
from archive.errors import HomeError, KhoError, UsageError
from archive.holdings import recorded_verify
from archive.holdings.fixity import Choice
from archive.replicas import second_copy
from archive.settings import Settings
from tests import dossiers

ID = "H30.01:hs-1"


@pytest.fixture(scope="module")
def template(tmp_path_factory) -> Path:
    """Two dossiers, one in two versions."""
    settings = Settings(home=tmp_path_factory.mktemp("template") / "home", index_engine="memory")
    holdings = dossiers.make_home(settings, dossiers.sample("hs-1"), dossiers.sample("hs-2", count=1))
    bigger = dossiers.sample("hs-1", count=3)
    dossiers.read_pages(settings, bigger)
    holdings.commit(bigger, dossiers.sources(bigger, settings.home.parent / "in"))
    signer.make(settings.keys, settings.audit)
    return settings.home


@pytest.fixture
def home(template, tmp_path) -> Settings:
    shutil.copytree(template, tmp_path / "home", symlinks=True)
    return Settings(home=tmp_path / "home", index_engine="memory", workers=1)


@pytest.fixture
def copy(template, tmp_path) -> Path:
    shutil.copytree(template, tmp_path / "copy", symlinks=True)
    return tmp_path / "copy"


@pytest.fixture
def root(home) -> Path:
    return dossiers.writer(home).object_root(ID)


def at(copy: Path, dossier_id: str = ID) -> Path:
    return dossiers.writer(Settings(home=copy)).object_root(dossier_id)


def check(home):
    return recorded_verify.verify(home, None, Choice())


def repair(home, copy, **more):
    check(home)
    return wiring_write.repair(home, copy, dry_run=more.get("dry_run", False))


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


ORIGINAL = "v1/content/original/hs-1 văn bản 1.pdf"


def swap(root):
    one, two = root / ORIGINAL, root / ORIGINAL.replace("1.pdf", "2.pdf")
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second), two.write_bytes(first)


def set_back(root):
    for name in ("inventory.json", "inventory.json.sha512"):
        shutil.copy(root / "v1" / name, root / name)
    shutil.rmtree(root / "v2")


def misplace(root):
    target = root.parents[3] / "000" / "000" / "000" / root.name
    target.parent.mkdir(parents=True)
    shutil.move(root, target)
    for parent in root.parents[:3]:
        parent.rmdir()


DAMAGES = [
    lambda root: flip(root / ORIGINAL),
    lambda root: (root / ORIGINAL).unlink(),
    lambda root: (root / ORIGINAL).rename(root / "v1/content/x.pdf"),
    lambda root: (root / "v1/x.txt").write_bytes(b"x"),
    lambda root: (root / "inventory.json").unlink(),
    lambda root: flip(root / "v1/inventory.json"),
    lambda root: shutil.rmtree(root / "v1"),
    lambda root: shutil.rmtree(root.parents[2]),
    swap,
    set_back,
    misplace,
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_package_is_put_in_order_and_what_was_damaged_is_kept(home, copy, root, damage):
    damage(root)
    left = {path.relative_to(root.parents[3]): path.read_bytes() for path in _files(root.parents[3])}
    report = repair(home, copy)
    assert [finding.values.get("id", ID) for finding in report.repaired][-1] == ID and not report.left
    assert check(home).sound
    held = dossiers.writer(home).dossier(ID)
    assert held.events[-1].type == "repair" and str(copy) in held.events[-1].detail
    for entry in held.items:
        for file in entry.files:
            path = dossiers.writer(home).file_path(ID, file.path)
            assert path.read_bytes() == dossiers.content_of(file.name)
    kept = {path.read_bytes() for path in _files(home.home)}
    assert set(left.values()) <= kept
    assert len(list(AuditLog(home.audit).entries(Wanted(action="repair")))) >= 1


def _files(folder):
    return [path for path in folder.rglob("*") if path.is_file() and "original" in path.parts]


def test_each_file_comes_from_where_it_is_sound(home, copy, root):
    flip(root / ORIGINAL)
    flip(at(copy) / ORIGINAL.replace("1.pdf", "2.pdf"))
    report = repair(home, copy)
    assert [finding.values["files"] for finding in report.repaired] == ["1"] and check(home).sound


def test_what_is_sound_nowhere_is_not_repaired(home, copy, root):
    flip(root / ORIGINAL)
    flip(at(copy) / ORIGINAL)
    before = sorted((path, path.read_bytes()) for path in root.rglob("*") if path.is_file())
    report = repair(home, copy)
    assert [(f.code, f.values["missing"]) for f in report.left] == [("copies.not_in_copy", ORIGINAL)]
    assert sorted((path, path.read_bytes()) for path in root.rglob("*") if path.is_file()) == before


def test_an_old_copy_never_takes_the_place_of_what_was_committed_since(home, copy, root):
    set_back(at(copy))
    shutil.rmtree(root.parents[2])
    report = repair(home, copy)
    assert [finding.code for finding in report.left] == ["copies.not_newest"] and not root.exists()


def test_an_old_copy_still_gives_the_files_it_has(home, copy, root):
    set_back(at(copy))
    flip(root / ORIGINAL)
    assert len(repair(home, copy).repaired) == 1 and check(home).sound


def test_two_packages_that_changed_places_are_put_back(home, copy, root):
    other, aside = dossiers.writer(home).object_root("H30.01:hs-2"), root.with_name("aside")
    root.rename(aside), other.rename(root), aside.rename(other)
    report = repair(home, copy)
    assert len(report.repaired) == 2 and check(home).sound


def test_a_second_package_in_a_strange_place_is_put_aside(home, copy, root):
    shutil.copytree(root, home.holdings / "000" / "000" / "000" / root.name)
    report = repair(home, copy)
    assert [finding.code for finding in report.repaired] == ["copies.put_aside"] and check(home).sound


def test_damaged_pages_come_from_the_copy_when_they_verify(home, copy):
    images = sorted(home.renditions.rglob("*.jpg"))
    readings = sorted(home.renditions.rglob("*.json.gz"))
    flip(images[0]), readings[1].unlink(), flip(images[2])
    (copy / images[2].relative_to(home.home)).unlink()
    report = repair(home, copy)
    assert len(report.pages) == 2
    assert [finding.code for finding in report.left] == ["copies.page_not_in_copy"]
    assert [finding.code for finding in check(home).findings] == ["fixity.page_damaged"]


def test_a_dry_run_changes_nothing_but_says_what_would_be_done(home, copy, root):
    flip(root / ORIGINAL)
    check(home)

    def listing():
        return sorted((path, path.stat().st_size) for path in home.home.rglob("*") if path.is_file())

    before = listing()
    report = wiring_write.repair(home, copy, dry_run=True)
    assert [finding.code for finding in report.repaired] == ["copies.would"] and listing() == before


def test_nothing_is_repaired_before_it_is_on_record(home, copy, root):
    flip(root / ORIGINAL)
    check(home)
    wiring_write.access_log(home).record(Entry("verify", "lan"))
    shutil.rmtree(home.keys)
    with pytest.raises(HomeError, match="audit"):
        wiring_write.repair(home, copy, dry_run=False)
    assert [finding.code for finding in check(home).findings if finding.file.endswith("pdf")] == [
        "fixity.changed"
    ]


def test_accounts_and_restrictions_are_never_taken_from_a_copy(home, copy):
    path = home.restrictions / "restrictions.json"
    path.write_bytes(path.read_bytes().replace(b"rows", b"rowz"))
    report = repair(home, copy)
    assert [finding.file for finding in report.left] == ["restrictions/restrictions.json"]


def test_the_home_itself_is_no_copy_and_before_a_check_nobody_knows(home, copy, tmp_path):
    with pytest.raises(UsageError, match="verify_first"):
        wiring_write.repair(home, copy, dry_run=False)
    with pytest.raises(UsageError, match="same_home"):
        repair(home, home.home)
    with pytest.raises(UsageError, match="no_copy"):
        repair(home, tmp_path)


# --------------------------------------------------------------------------- comparing


def difference(home, copy):
    return [finding.code.removeprefix("copies.") for finding in second_copy.compare(home, copy).findings]


def test_equal_copies_have_one_digest(home, copy):
    found = second_copy.compare(home, copy)
    assert found.same and found.packages == 2
    assert second_copy.compare(home, copy / "holdings") == found


def forge(root):
    """Another history under the same number, right by itself."""
    from archive.holdings import package

    content = (root / "inventory.json").read_bytes().replace(b"changed dossier", b"another dossier")
    for folder in (root, root / "v2"):
        (folder / "inventory.json").write_bytes(content)
        (folder / package.SIDECAR).write_bytes(package.sidecar(content))


@pytest.mark.parametrize(
    ("damage", "in_copy", "here"),
    [
        (set_back, "older_there", "older_here"),
        (lambda root: shutil.rmtree(root.parents[2]), "missing_there", "missing_here"),
        (forge, "differs_here", "differs_there"),
    ],
)
def test_each_difference_says_which_copy_is_odd(home, copy, root, damage, in_copy, here):
    damage(at(copy))
    assert difference(home, copy) == [in_copy]
    damage(root)
    shutil.rmtree(copy)
    shutil.copytree(root.parents[3], copy / "holdings")
    assert difference(home, copy) == []


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (set_back, "older_here"),
        (forge, "differs_there"),
        (shutil.rmtree, "missing_here"),
        (lambda root: flip(root / "inventory.json.sha512"), "unreadable_here"),
    ],
)
def test_damage_here_is_not_blamed_on_the_copy(home, copy, root, damage, code):
    damage(root)
    assert difference(home, copy) == [code]


def test_the_commands(home, copy, root, capsys):
    def run(*words):
        with pytest.raises(SystemExit) as ended:
            cli.main(["--home", str(home.home), "--lang", "en", *words])
        return ended.value.code, capsys.readouterr().out

    assert run("verify", "--against", str(copy))[0] == 0
    flip(root / ORIGINAL)
    assert run("verify")[0] == 1
    code, out = run("repair", "--from", str(copy), "--json")
    assert code == 0 and json.loads(out)["repaired"][0]["values"]["files"] == "1"
    assert run("verify")[0] == 0
    code, out = run("verify", "--against", str(copy), "--json")
    assert code == 1 and json.loads(out)["findings"][0]["code"] == "copies.older_there"


def test_a_repair_stopped_at_any_step_is_finished_by_the_same_command(
    home, copy, root, tmp_path, monkeypatch
):
    """Between two steps the package is the damaged one, gone, or whole; never half of both, and nothing is lost."""
    flip(root / ORIGINAL)
    check(home)
    passed = []
    with monkeypatch.context() as patch:
        patch.setattr(durable, "reached", passed.append)
        wiring_write.repair(_again(home, tmp_path / "count"), copy, dry_run=False)
    for step in range(1, len(passed), max(1, len(passed) // 12)):
        settings = _again(home, tmp_path / str(step))
        count = itertools.count(1)

        def stop(point, step=step, count=count):
            if next(count) == step:
                raise OSError(5, "stopped")

        with monkeypatch.context() as patch:
            patch.setattr(durable, "reached", stop)
            with contextlib.suppress(KhoError, OSError):
                wiring_write.repair(settings, copy, dry_run=False)
        check(settings)
        wiring_write.repair(settings, copy, dry_run=False)
        assert check(settings).sound, step
        kept = [path.read_bytes() for path in _files(settings.home)]
        assert (root / ORIGINAL).read_bytes() in kept and dossiers.content_of("hs-1 văn bản 1.pdf") in kept
        shutil.rmtree(settings.home)


def _again(home, folder):
    shutil.copytree(home.home, folder, symlinks=True)
    return replace(home, home=folder)
