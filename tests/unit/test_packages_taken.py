"""Packages coming in again: the same records in a new home, nothing replaced, nothing hostile let through."""

import gzip
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
from lxml import etree

from archive import cli, home
from archive.errors import NotFound, SourceRefused
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Dossier
from archive.packages.profile import schema
from archive.packages.run import Order
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Actor, Grant
from archive.settings import Settings
from archive.wiring_read import Archive
from ingest.packages.keeping import Keeper
from tests import homes, systems
from tests.packages import make
from tests.sinks import MemorySink

EVERYWHERE = Actor("op", grants=(Grant("*", "operator"),))
DOSSIER = "H01.12:DD.2014"
QUERIES = (
    "",
    "thu hồi đất",
    "thu hoi dat",
    '"giấy chứng nhận"',
    "15/QĐ-UBND",
    "năm:2014",
    "người ký:Lộc",
    "Lê Văn Bền",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("first"))


def packaged(settings: Settings, out: Path, *dossiers: str, kind="DIP", **order) -> list[Path]:
    reader = Archive(settings, MemorySink()).reader()
    outcome = make(settings, reader, EVERYWHERE, Order(kind, out, **order), dossiers)
    assert not outcome.refused
    return [out / name for name in outcome.made]


@pytest.fixture(scope="module")
def package(settings, tmp_path_factory) -> Path:
    return packaged(settings, tmp_path_factory.mktemp("packages"), DOSSIER)[0]


@pytest.fixture
def new(tmp_path) -> Settings:
    made = Settings(home=tmp_path / "new")
    home.create(made)
    AccountsWriter(made.accounts).init()
    return made


def answers(settings: Settings, dossiers) -> list[object]:
    """What every query, every card and every page answers; without the event of coming in and what a name is made of."""
    reader = Archive(settings, MemorySink()).reader()
    told: list[object] = []
    for query in QUERIES:
        found = reader.search(EVERYWHERE, query, size=100, sort="code")
        told.append((found.total, found.hits, found.facets, found.suggestions, found.notices))
    for dossier in dossiers:
        view = reader.dossier(EVERYWHERE, dossier)
        told.append((view.rows, view.dossier.title, view.dossier.fonds, view.dossier.level))
        told.append([event for event in view.dossier.events if not event.detail.startswith("urn:")])
        for row in view.rows:
            if row.access != "open":
                continue
            item = reader.item(EVERYWHERE, row.id).item
            told.append(item)
            told += [
                b"".join(reader.original(EVERYWHERE, row.id, n).chunks()) for n in range(len(item.files))
            ]
            for number in range(1, len(item.pages) + 1):
                told.append(reader.page(EVERYWHERE, row.id, number))
                told.append(reader.page_image(EVERYWHERE, row.id, number).jpeg())
    return told


@pytest.mark.parametrize(
    ("kind", "order"), [("DIP", {}), ("AIP", {"zip": True}), ("DIP", {"zip": True, "bag": True})]
)
def test_a_new_home_gives_the_same_answers(settings, new, tmp_path, kind, order):
    dossiers = sorted(Holdings(settings.holdings).dossiers())
    keeper = Keeper(new, "lan")
    for path in packaged(settings, tmp_path / "goi", *dossiers, kind=kind, **order):
        assert keeper.keep(path)[1] == "kept"
    homes.republish(new)
    assert answers(new, dossiers) == answers(settings, dossiers)
    came = [
        event for event in Holdings(new.holdings).dossier(DOSSIER).events if event.detail.startswith("urn:")
    ]
    assert [(event.type, event.agent) for event in came] == [("accession", "lan")]


def test_records_of_closed_systems_come_in_with_their_course_and_files(new, tmp_path):
    old = systems.build(tmp_path / "old")
    wanted = {dossier.id: dossier for dossier in systems.dossiers()}
    for path in packaged(old, tmp_path / "goi", *wanted):
        Keeper(new, "lan").keep(path)
    homes.republish(new)
    first, second = Archive(old, MemorySink()).reader(), Archive(new, MemorySink()).reader()
    for dossier in wanted.values():
        for item in dossier.items:
            before, after = first.item(EVERYWHERE, item.id), second.item(EVERYWHERE, item.id)
            assert after.item.record.steps == before.item.record.steps == item.record.steps
            texts = [reader.file_texts(EVERYWHERE, item.id) for reader in (first, second)]
            assert texts[0] == texts[1] and len(texts[0]) == len(item.texts)
            assert after.ties == before.ties and after.item.fields == before.item.fields
            for index in range(len(item.files)):
                one, other = (reader.original(EVERYWHERE, item.id, index) for reader in (first, second))
                assert b"".join(one.chunks()) == b"".join(other.chunks())


def test_what_is_there_is_never_replaced(settings, new, package, tmp_path):
    keeper = Keeper(new, "lan")
    keeper.keep(package)
    state = Holdings(new.holdings).state(DOSSIER)
    assert Keeper(new, "lan").keep(package)[1] == "there"
    assert Holdings(new.holdings).state(DOSSIER) == state
    other = tmp_path / "other"
    shutil.copytree(package, other)
    said(other, lambda dossier: dossier["items"][0].update(title="Nhan đề khác"))
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(other)
    assert caught.value.code == "packages.held_otherwise"
    assert Holdings(new.holdings).state(DOSSIER) == state


def test_a_package_mends_readings_that_are_damaged_here(settings, new, package):
    Keeper(new, "lan").keep(package)
    key = Holdings(new.holdings).dossier(DOSSIER).items[0].pages[0].rendition
    path = Renditions(new.renditions)._path(key, ".jpg")
    path.chmod(0o644)
    sound = path.read_bytes()
    path.write_bytes(sound[:-2])
    assert Keeper(new, "lan").keep(package)[1] == "there"
    assert path.read_bytes() == sound


def test_a_sip_without_readings_is_refused_where_they_are_not(settings, new, tmp_path):
    (sip,) = packaged(settings, tmp_path / "goi", DOSSIER, kind="SIP")
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(sip)
    assert caught.value.code == "packages.no_readings"
    assert not Holdings(new.holdings).has(DOSSIER)
    assert Keeper(settings, "lan").look(sip)[1] == "there"


def test_a_fonds_of_another_unit_is_refused(new, package, settings, tmp_path):
    Keeper(new, "lan").keep(package)
    (second,) = packaged(settings, tmp_path / "goi", "H01.12:HT.2019")
    said(second, lambda dossier: dossier["fonds"]["unit"].update(code="UBND-KHAC"))
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(second)
    assert caught.value.code == "packages.other_unit"


def test_bytes_that_are_secret_here_do_not_come_in(settings, package, new):
    from archive.holdings.writer import HoldingsWriter
    from archive.model import Item

    digest = Holdings(settings.holdings).dossier(DOSSIER).items[1].files[0].sha256
    entry = Item(
        "H01:M:001", 1, "", {}, (), (), access="quarantined", extra={"grade": "Mật", "sha256": digest}
    )
    secret = Dossier("H01:M", "M", "Hồ sơ", homes.FONDS_B, (entry,), ())
    HoldingsWriter(new.holdings, new.work / "staging").commit(secret)
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(package)
    assert caught.value.code == "packages.secret" and not Holdings(new.holdings).has(DOSSIER)


# --------------------------------------------------------------------------- hostile packages


def restated(package: Path, path: str) -> None:
    """Make the METS say what a file now is, as who makes a package on purpose would."""
    inside = path.startswith("representations/") and not path.endswith("/METS.xml")
    base = "/".join(path.split("/")[:2]) + "/" if inside else ""
    content = (package / path).read_bytes()
    mets = package / f"{base}METS.xml"
    tree = etree.parse(mets)
    for place in tree.iter():
        if place.get(schema("xlink").tag("href")) == path.removeprefix(base):
            about = place if place.get("SIZE") else place.getparent()
            if about.get("SIZE"):
                about.set("SIZE", str(len(content)))
                about.set("CHECKSUM", hashlib.sha256(content).hexdigest())
    tree.write(mets, xml_declaration=True, encoding="UTF-8")
    if inside:
        restated(package, f"{base}METS.xml")


def said(package: Path, change) -> None:
    """Change the dossier a package describes."""
    path = package / "metadata/other/description.json"
    plain = json.loads(path.read_bytes())
    change(plain["dossier"])
    path.write_text(json.dumps(plain), encoding="utf-8")
    restated(package, "metadata/other/description.json")


def _first(**values):
    return lambda dossier: dossier["items"][0].update(values)


def _file(**values):
    return lambda dossier: dossier["items"][0]["files"][0].update(values)


def _page(**values):
    return lambda dossier: dossier["items"][0]["pages"][0].update(values)


HOSTILE = {
    "another's id": lambda d: d.update(id="H99:X"),
    "a code that leads outside": lambda d: d.update(code="../x", id="H01.12:../x"),
    "a fonds code with a bar": lambda d: d["fonds"]["unit"].update(code="A|B"),
    "a level nobody knows": _first(level="public"),
    "an embargo that is no day": _first(embargo="2020|open"),
    "an item of another dossier": _first(id="H01:GT.2016:001"),
    "an item twice": lambda d: d["items"].append(d["items"][0]),
    "a path that leads outside": _file(path="original/../../x"),
    "a path elsewhere": _file(path="description.json"),
    "a file in a snapshot": _file(within="H01:chup", locator="original/x!zip=y"),
    "a size that is not": _file(size=1),
    "a digest of nothing": _file(sha256="0" * 64),
    "a text that is a number": _first(title=7),
    "a list that is a text": lambda d: d.update(items="x"),
    "no items at all": lambda d: d.pop("items"),
    "a confidence that is none": lambda d: next(iter(d["items"][0]["fields"].values())).update(
        confidence=float("nan")
    ),
    "a reading that leads outside": _page(rendition="../" + "0" * 64 + "/0000"),
    "a reading of other bytes": _page(rendition="test-1/" + "0" * 64 + "/0000"),
    "a page of no file": _page(file="original/khong-co.pdf"),
    "a snapshot": lambda d: d.update(kind="snapshot"),
    "a quarantined item that says something": _first(access="quarantined"),
    "a grade": lambda d: d["items"][0]["fields"].update(
        secrecy={"value": "Mật", "confidence": 1, "origin": "person"}
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_description_made_on_purpose_is_refused(package, new, tmp_path, name):
    hostile = tmp_path / "hostile"
    shutil.copytree(package, hostile)
    said(hostile, HOSTILE[name])
    before = {path for path in new.home.rglob("*") if path.is_file()}
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(hostile)
    assert caught.value.code in ("packages.description_unsound", "packages.secret"), name
    kept = {path for path in new.home.rglob("*") if path.is_file()} - before
    assert not [path for path in kept if path.suffix not in (".lock",)], name
    assert not Holdings(new.holdings).has(DOSSIER)


def test_readings_made_on_purpose_are_refused(package, new, tmp_path):
    first = next(package.glob("representations/rep3/data/**/0000.jpg")).relative_to(package).as_posix()
    reading = first.removesuffix(".jpg") + ".json.gz"
    sound = gzip.decompress((package / reading).read_bytes())
    head, _, body = sound.partition(b"\n")
    wrong = json.loads(body) | {"width": "rộng"}
    hostile = {
        first: [b"\xff\xd8\xff\xd9", b"GIF89a"],
        reading: [
            b"no gzip",
            gzip.compress(b"0" * (65 << 20)),
            gzip.compress(head + b"\n" + json.dumps(wrong).encode()),
            gzip.compress(head + b"\n" + body.replace(b"words", b"werds")),
        ],
    }
    for number, (path, contents) in enumerate(hostile.items()):
        for place, content in enumerate(contents):
            copy = tmp_path / f"{number}-{place}"
            shutil.copytree(package, copy)
            (copy / path).write_bytes(content)
            restated(copy, path)
            with pytest.raises(SourceRefused) as caught:
                Keeper(new, "lan").keep(copy)
            assert caught.value.code in ("packages.reading_unsound", "packages.description_unsound"), (
                path,
                place,
            )
    assert not Holdings(new.holdings).has(DOSSIER)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("../x", "packages.path_outside"),
        ("/etc/x", "packages.path_outside"),
        ("C:/x", "packages.path_outside"),
        ("goi\\x", "packages.path_outside"),
        ("khac/x", "packages.no_single_root"),
    ],
)
def test_names_in_a_zip_never_lead_outside(settings, new, tmp_path, name, code):
    (path,) = packaged(settings, tmp_path / "goi", DOSSIER, zip=True)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(path)
    assert caught.value.code == code


def test_a_bomb_is_not_unpacked(new, tmp_path):
    path = tmp_path / "bom.zip"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("goi/METS.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(300):
            member.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    with pytest.raises(SourceRefused) as caught:
        Keeper(new, "lan").keep(path)
    assert caught.value.code == "packages.bomb"


def test_a_stopped_take_over_goes_on_with_the_same_command(package, new, monkeypatch):
    from archive import durable
    from archive.errors import StorageError

    for fault in ("write:3", "rename:4", "fsync:9", "write:20"):
        monkeypatch.setattr(durable, "_passes", {})
        monkeypatch.setenv("KHO_FAULT", f"{fault}:enospc")
        with pytest.raises(StorageError):
            Keeper(new, "lan").keep(package)
        monkeypatch.delenv("KHO_FAULT")
        assert not Holdings(new.holdings).has(DOSSIER)
    assert Keeper(new, "lan").keep(package)[1] == "kept"
    assert not list((new.work / "packages").glob("*"))


def test_the_command_says_what_became_of_each(settings, new, package, tmp_path, capsys):
    def kho(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            cli.main(["--home", str(new.home), "ingest", "package", *arguments])
        return caught.value.code, capsys.readouterr().out

    empty = tmp_path / "rong"
    empty.mkdir()
    code, told = kho(str(package), "--dry-run")
    assert code == 0 and "Sẽ nhận" in told and not Holdings(new.holdings).has(DOSSIER)
    code, told = kho(str(empty), str(package), "--json")
    assert code == 1
    assert [row["fate"] for row in json.loads(told)] == ["refused", "kept"]
    code, told = kho(str(package))
    assert code == 0 and "đã có đủ" in told
    with pytest.raises(NotFound):
        Holdings(new.holdings).dossier("H01.12:HT.2019")
