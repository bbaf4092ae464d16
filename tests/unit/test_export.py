"""Exports: whole, provable, within the actor's right, and sound whatever happens on the way."""

import hashlib
import io
import random
import shutil
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import bagit
import openpyxl
import pikepdf
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from archive import cells, cli, ids
from archive.audit.heads import heads_in
from archive.audit.log import AuditLog, Wanted
from archive.errors import AuditUnavailable, NotFound, UsageError, Withheld
from archive.export import receiving, selection, zipping
from archive.export.bag import Bag
from archive.export.selection import Selection
from archive.export.verify import verify
from archive.export.writing import HELD
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.rights import restrictions_writer
from archive.rights.access import Actor, Grant
from archive.settings import now
from archive.wiring_read import Archive
from tests import canaries, homes, scenes
from tests.exports import export, imagined_bag
from tests.sinks import MemorySink

FONDS = Selection("fonds", "H01.12")
DOSSIER = "H01.12:DD.2014"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return homes.build(tmp_path_factory.mktemp("export"))


@pytest.fixture(scope="module")
def whole(settings, tmp_path_factory) -> Path:
    """An export of one fonds by the operator."""
    target = tmp_path_factory.mktemp("whole") / "o.zip"
    export(settings, target, FONDS, stamp="BẢN SAO · Máy · 2026-01-01")
    return target


def own_copy(settings, tmp_path: Path):
    """A home of its own, to be damaged or restricted."""
    home = tmp_path / "home"
    shutil.copytree(settings.home, home, symlinks=True)
    return type(settings)(home=home)


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as packed:
        return {name.partition("/")[2]: packed.read(name) for name in packed.namelist()}


# --------------------------------------------------------------------------- the bag


def test_a_bag_is_valid_for_itself_and_for_others(whole, tmp_path):
    with zipfile.ZipFile(whole) as packed:
        assert packed.testzip() is None
        packed.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    bagit.Bag(str(folder)).validate()
    for source in (whole, tmp_path, folder):
        assert not verify(source).findings


def test_originals_are_byte_for_byte_and_every_document_is_there(settings, whole):
    inside, holdings = contents(whole), Holdings(settings.holdings)
    originals = sorted(name for name in inside if "/goc/" in name)
    kept = [
        (item, file)
        for dossier in (DOSSIER, "H01.12:HT.2019")
        for item in holdings.dossier(dossier).items
        for file in item.files
    ]
    assert len(originals) == len(kept) == 8
    for name, (item, file) in zip(originals, kept, strict=True):
        path = holdings.file_path(ids.dossier_of(item.id), file.path)
        assert inside[name] == path.read_bytes()
        assert f"/{item.ordinal:03d}/goc/" in name


def test_a_record_that_moved_leaves_with_the_dossier_where_it_stands(settings, tmp_path):
    """Its id names the dossier where it was, which its taker may not even see; a document there has the same number."""
    config = own_copy(settings, tmp_path)
    writer = HoldingsWriter(config.holdings, config.work / "staging" / "moved")
    old, new = writer.dossier(DOSSIER), writer.dossier("H01:GT.2016")
    files = tuple(replace(file, within=DOSSIER, locator=file.path) for file in old.items[0].files)
    record = replace(old.items[0], ordinal=90, files=files, extra={"moves": "1"})
    writer.commit(replace(new, items=(*new.items, record)))
    writer.commit(replace(old, items=old.items[1:]))
    homes.republish(config)
    taker = Actor("phu-my", "", (Grant(homes.UNIT_B.code, "leader"),))
    bag = export(config, tmp_path / "o.zip", Selection("dossier", new.id), taker)
    assert not bag.refusals and not bag.damaged and not verify(tmp_path / "o.zip").findings
    inside = contents(tmp_path / "o.zip")
    kept = Holdings(config.holdings).file_path(DOSSIER, old.items[0].files[0].path).read_bytes()
    [name] = [name for name, body in inside.items() if body == kept]
    assert name.startswith(f"data/ho-so/H01_GT.2016/{record.id.replace(':', '_')}/goc/1-")
    assert {name.split("/")[2] for name in inside if name.startswith("data/ho-so/")} == {"H01_GT.2016"}


def test_copies_have_the_parts_that_pdf_a_asks_for_and_their_stamp(whole):
    copies = [body for name, body in contents(whole).items() if name.endswith("ban-sao.pdf")]
    assert len(copies) == 8
    for body in copies:
        with pikepdf.open(io.BytesIO(body)) as pdf:
            (intent,) = pdf.Root.OutputIntents
            assert intent.S == "/GTS_PDFA1" and intent.DestOutputProfile.read_bytes()[16:20] == b"RGB "
            assert pdf.open_metadata().pdfa_status == "2B"
            assert not pdf.is_encrypted and "/ID" in pdf.trailer
            for page in pdf.pages:
                (font,) = page.Resources.Font.values()
                assert "/FontFile2" in font.DescendantFonts[0].FontDescriptor
                assert "/Group" not in page and "/ExtGState" not in page.Resources
                spaces = {image.ColorSpace for image in page.Resources.XObject.values()}
                assert spaces <= {"/DeviceRGB", "/DeviceGray"}
        assert "BẢN SAO · Máy" in "".join(text for text, _ in canaries._inside(body))


def test_the_tables_say_the_same_in_every_form(whole):
    inside = contents(whole)
    book = openpyxl.load_workbook(io.BytesIO(inside["data/mo-ta/mo-ta.xlsx"]))
    assert [sheet.max_row for sheet in book] == [3, 9, 17, 2]
    lines = inside["data/mo-ta/van-ban.csv"].decode("utf-8-sig").splitlines()
    cells_of = [[cell.value or "" for cell in row] for row in book["Văn bản"].iter_rows()]
    assert lines == [cells.line(row).rstrip("\r\n") for row in cells_of]
    tree = etree.fromstring(inside["data/mo-ta/mo-ta.xml"])
    assert len(tree.findall("{*}document")) == 8 and len(tree.findall("{*}original")) == 8
    listed = {one.get("path"): one.get("sha256") for one in tree.findall("{*}original")}
    manifest = dict(
        reversed(line.split("  ")) for line in inside["manifest-sha256.txt"].decode().splitlines()
    )
    assert listed.items() <= manifest.items()


@given(st.text())
def test_a_guarded_cell_is_no_formula_and_comes_back(text):
    written = cells.guarded(text)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert cells.plain(written) == text


def test_the_certificate_says_who_what_and_when_and_carries_the_newest_head(settings, whole):
    found = verify(whole)
    told = found.certificate
    assert told["actor"]["account"] == "may" and told["selection"] == {"kind": "fonds", "value": "H01.12"}
    assert told["counts"] | {"bytes": 0} == {
        "documents": 8, "originals": 8, "copies": 8, "files": 30, "refused": 1, "bytes": 0,
    }  # fmt: skip
    (head,) = heads_in(contents(whole)["chung-nhan.json"].decode())
    assert head.size > told["log"]["entry"]
    assert verify(whole, held=[head]).anchored and verify(whole, keys=[head.key]).anchored


def test_a_bag_of_another_archive_is_told_by_a_head_held_outside(settings, whole, tmp_path):
    other = homes.build(tmp_path, dossiers=homes.DOSSIERS[:1])
    export(other, tmp_path / "x.zip", FONDS)
    (head,) = heads_in(contents(tmp_path / "x.zip")["chung-nhan.json"].decode())
    codes = {one.code for one in verify(whole, held=[head], keys=["0" * 16]).findings}
    assert codes == {"export.found.other_archive", "export.found.other_key"}


# --------------------------------------------------------------------------- tampering


def _edits(base: Path, seed: int) -> tuple[bytes, str]:
    """The ZIP with one edit by seed, and the name of what was edited ("" for the frame)."""
    chance, body = random.Random(seed), bytearray(base.read_bytes())
    with zipfile.ZipFile(base) as packed:
        entries = packed.infolist()
    kind = seed % 6
    one = chance.choice(entries)
    start = one.header_offset + 30 + len(one.filename)
    if kind == 0:  # any byte at all
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        return bytes(body), "?"
    if kind == 1:  # a byte of one entry
        body[start + chance.randrange(one.file_size)] ^= 1 << chance.randrange(8)
        return bytes(body), one.filename
    if kind == 2:  # cut short
        return bytes(body[: chance.randrange(1, len(body))]), "?"
    if kind == 3:  # something added between, or at the end
        place = chance.choice([one.header_offset, len(body)])
        return bytes(body[:place] + bytes([chance.randrange(256)]) + body[place:]), "?"
    return _repacked(base, one.filename, chance, kind), one.filename


def _repacked(base: Path, name: str, chance: random.Random, kind: int) -> bytes:
    """The same made anew, in its own form, without one entry or with another's bytes in its place, lists mended."""
    with zipfile.ZipFile(base) as packed:
        rows = [(info.filename, packed.read(info), info) for info in packed.infolist()]
    when = receiving.datetime(*rows[0][2].date_time)
    writer, out = zipping.ZipStream(when), bytearray()
    for entry, content, _ in rows:
        if entry == name and kind == 4:
            continue
        content = chance.choice(rows)[1] + b"\n" if entry == name else content
        out += writer.entry(entry, len(content), zipping.crc32(content)) + content
    return bytes(out + writer.end())


def test_every_seeded_edit_of_an_export_is_found(whole, tmp_path):
    sound, path, named = whole.read_bytes(), tmp_path / "edited.zip", 0
    for seed in range(240):
        edited, name = _edits(whole, seed)
        if edited == sound:
            continue
        path.write_bytes(edited)
        try:
            found = verify(path)
        except UsageError:
            assert len(edited) < 200, seed
            continue
        assert found.findings, seed
        if name != "?":
            assert name.partition("/")[2] in {one.file for one in found.findings}, seed
            named += 1
    assert named >= 100


def test_a_changed_missing_or_added_file_of_an_unpacked_bag_is_named(whole, tmp_path):
    with zipfile.ZipFile(whole) as packed:
        packed.extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    copies = sorted(folder.rglob("ban-sao.pdf"))
    copies[0].write_bytes(copies[0].read_bytes() + b" ")
    copies[1].unlink()
    (folder / "data/them.txt").write_text("x")
    (folder / "moi.txt").write_text("x")
    found = {(one.code.rpartition(".")[2], one.file) for one in verify(folder).findings}
    inside = [path.relative_to(folder).as_posix() for path in copies]
    assert {
        ("changed", inside[0]),
        ("missing", inside[1]),
        ("extra", "data/them.txt"),
        ("extra", "moi.txt"),
    } <= found


# --------------------------------------------------------------------------- rights


def test_only_roles_that_may_export_do_and_only_what_these_grants_reach(settings):
    reader = Archive(settings, MemorySink()).reader()
    official, leader = Grant(homes.UNIT_A.code), Grant(homes.UNIT_B.code, "leader")
    with pytest.raises(Withheld):
        reader.plan_export(Actor("lan", grants=(official,)), FONDS)
    with pytest.raises(Withheld):
        reader.plan_export(None, FONDS)
    both = Actor("lan", grants=(official, leader))
    with pytest.raises(NotFound):
        reader.plan_export(both, FONDS)  # readable, but not by the grant that may export
    assert {ids.fonds_of(one) for one in reader.plan_export(both, selection.of_search("")).records} == {"H01"}


def test_hidden_is_like_missing_in_a_list(settings):
    reader = Archive(settings, MemorySink()).reader()
    asked = Selection(
        "list", "x.txt", (f"{DOSSIER}:001", "H01:GT.2016:001", "H01.12:KHONG:001", "H01:GT.2016", "gì đó")
    )
    plan = reader.plan_export(Actor("an", grants=(Grant(homes.UNIT_A.code, "archivist"),)), asked)
    assert plan.records == (f"{DOSSIER}:001",)
    assert {(one.record, one.reason) for one in plan.refusals} == {
        (one, "export.refused.missing") for one in asked.ids[1:]
    }


def test_what_leaves_is_on_record_first(settings):
    log = MemorySink()
    reader, actor = (
        Archive(settings, log).reader(),
        Actor("an", grants=(Grant(homes.UNIT_A.code, "archivist"),)),
    )
    plan = reader.plan_export(actor, FONDS)
    log.failing = True
    with pytest.raises(AuditUnavailable):
        reader.begin_export(actor, plan, "x")
    log.failing, before = False, len(log.entries)
    reader.begin_export(actor, plan, "x")
    whole, *each = log.entries[before:]
    assert whole.detail["documents"] == 8 and whole.detail["bytes"] == plan.bytes and whole.actor == "an"
    assert [entry.object for entry in each] == list(plan.records)
    assert all(entry.action == "export" and entry.why and entry.detail["export"] == "x" for entry in each)


def test_the_log_tells_of_every_document_that_left_and_of_every_seal(settings, whole):
    log = AuditLog(settings.audit)
    digest = hashlib.sha256(contents(whole)["chung-nhan.json"]).hexdigest()
    assert len(list(log.entries(Wanted(action="seal", object=digest)))) == 1
    assert len(list(log.entries(Wanted(action="export", object=f"{DOSSIER}:001")))) >= 1


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    return scenes.build(tmp_path_factory.mktemp("scene"))


@pytest.mark.parametrize("name", ["leader", "archivist", "unit-auditor", "two-grants", "auditor", "operator"])
def test_no_export_tells_of_what_the_look_up_hides(scene, tmp_path, name):
    person = scenes.PEOPLE[name]
    actor = Actor(name, grants=person.grants)
    named = [record.id for record in scenes.RECORDS] + list(scenes.DOSSIERS)
    everything = Selection("list", "ids.txt", tuple(named))
    export(scene, tmp_path / "x.zip", everything, actor)
    inside = contents(tmp_path / "x.zip")
    seen = canaries.look_into((tmp_path / "x.zip").read_bytes())
    kinds = person.exports
    allowed = scenes.Person(person.grants, frozenset(kinds), person.on_purpose, person.clear)
    assert seen.words <= scenes.readable_words(allowed)
    pages = {n for n, record in enumerate(scenes.RECORDS) if record.kind in kinds and not record.quarantined}
    assert seen.pages == pages, "every page that may leave is there, and no other"
    assert bool(seen.numbers) == person.clear and seen.ink == person.clear
    personal = [one for one in inside if "F.M_MO/007/goc" in one]
    assert bool(personal) == person.clear


def test_what_is_closed_while_it_leaves_does_not_leave(settings, tmp_path):
    home, closed = own_copy(settings, tmp_path), f"{DOSSIER}:006"
    actor = Actor("an", grants=(Grant(homes.UNIT_A.code, "leader"),))

    def close(bag: Bag) -> None:
        restrictions_writer.restrict(home.restrictions, closed, "closed", until=None, basis="CV 1", by="Kho")

    bag = export(home, tmp_path / "x.zip", FONDS, actor, during=close)
    assert closed in {one.record for one in bag.refusals}
    inside = contents(tmp_path / "x.zip")
    assert not [name for name in inside if "H01.12_DD.2014/006" in name]
    assert (
        "31/QĐ-UBND" not in inside["data/mo-ta/van-ban.csv"].decode()
        and not verify(tmp_path / "x.zip").findings
    )


# --------------------------------------------------------------------------- damage, stops, size


def test_damaged_bytes_are_left_out_and_named(settings, tmp_path):
    home = own_copy(settings, tmp_path)
    holdings = Holdings(home.holdings)
    item = holdings.dossier(DOSSIER).items[0]
    path = holdings.file_path(DOSSIER, item.files[0].path)
    path.chmod(0o644)
    path.write_bytes(b"%PDF-1.4 test original oF H01.12:DD.2014:001")
    image = home.renditions / f"{item.pages[0].rendition}.jpg"
    image = next(home.renditions.rglob(f"{item.pages[0].sha256}/0000.jpg"))
    image.write_bytes(image.read_bytes()[:-9] + b"x" * 9)
    bag = export(home, tmp_path / "x.zip", FONDS)
    assert bag.damaged
    assert {(one.record, one.what) for one in bag.refusals if one.reason == "export.refused.damaged"} == {
        (item.id, "original"), (item.id, "copy"),
    }  # fmt: skip
    inside = contents(tmp_path / "x.zip")
    assert not [name for name in inside if "DD.2014/001/" in name]
    assert item.id in inside["data/mo-ta/khong-xuat.csv"].decode()
    assert not verify(tmp_path / "x.zip").findings


@pytest.mark.parametrize("seed", range(12))
def test_an_export_stopped_anywhere_goes_on_and_is_whole(settings, whole, tmp_path, seed):
    target, body = tmp_path / "o.zip", whole.read_bytes()
    chance = random.Random(seed)
    cut = chance.randrange(len(body))
    part = bytearray(body[:cut])
    if seed % 3 == 0:  # and what was written last is not what it should be
        part[-chance.randrange(1, min(cut, 4000)) :] = bytes(1)
    receiving.part_of(target).write_bytes(part)
    bag = export(settings, target, FONDS, stamp="BẢN SAO · Máy · 2026-01-01")
    assert bag.resumed_at <= cut and (bag.resumed_at or cut < 1000)
    assert not verify(target).findings
    again, first = contents(target), contents(whole)
    assert again["manifest-sha256.txt"] == first["manifest-sha256.txt"]
    assert not receiving.part_of(target).exists()


def test_an_unfinished_export_of_somebody_else_is_not_gone_on_with(settings, whole, tmp_path):
    target = tmp_path / "o.zip"
    receiving.part_of(target).write_bytes(whole.read_bytes()[:400_000])
    actor = Actor("an", grants=(Grant(homes.UNIT_A.code, "archivist"),))
    bag = export(settings, target, FONDS, actor)
    assert bag.resumed_at < 200 and verify(target).certificate["actor"]["account"] == "an"


def test_memory_does_not_grow_with_the_size_of_what_leaves(tmp_path):
    peaks, sizes = [], []
    for count in (1, 4, 24):  # the first only fills caches
        bag = imagined_bag(count, tmp_path)
        tracemalloc.start()
        sizes.append(sum(map(len, bag.chunks())))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert not bag.refusals
    assert sizes[2] > 5 * sizes[1] and peaks[2] < peaks[1] + 300_000 and max(peaks) < 3 * HELD


def test_entries_and_places_beyond_four_gigabytes_are_read_by_others(tmp_path):
    """On a file of holes: two entries of 5 GiB, then a small one."""
    path, writer, big = tmp_path / "big.zip", zipping.ZipStream(now()), 5 << 30
    with path.open("wb") as file:
        for number in range(2):
            file.write(writer.entry(f"x/{number}", big, 0))
            file.seek(big, 1)
        file.write(writer.entry("x/last", 3, zipping.crc32(b"end")) + b"end" + writer.end())
    with zipfile.ZipFile(path) as packed:
        assert [info.file_size for info in packed.infolist()] == [big, big, 3]
        assert packed.read("x/last") == b"end"
    with path.open("rb") as file:
        scan = zipping.Scan(file)
        assert [entry.size for entry in scan.entries()] == [big, big, 3]
        assert b"".join(scan.rest()) == writer.end() and not scan.strange


# --------------------------------------------------------------------------- the commands


def run(*words: object):
    return CliRunner().invoke(cli.kho, [str(word) for word in words], standalone_mode=False)


def test_the_commands_plan_write_and_check(settings, tmp_path):
    home, out = ("--home", settings.home), tmp_path / "x.zip"
    planned = run("export", "--dossier", "H01.12:HT.2019", "--dry-run", "--json", *home)
    assert planned.return_value == 0 and '"documents": 3' in planned.output and not out.exists()
    assert (
        run(
            "export", "--query", "thu hồi", "--filter", "fonds=H01.12", "--stamp", "--out", out, *home
        ).return_value
        == 0
    )
    assert run("verify-export", out).return_value == 0
    damaged = bytearray(out.read_bytes())
    damaged[5000] ^= 1
    out.write_bytes(damaged)
    told = run("verify-export", out)
    assert told.return_value == 1 and "bị đổi: data/" in told.output
    assert run("export", "--dossier", DOSSIER, "--out", tmp_path / "y.zip", *home).return_value == 1


def test_a_list_of_ids_is_read_with_remarks(tmp_path):
    path = tmp_path / "ma.txt"
    path.write_text(
        "# ghi chú\nH01.12:DD.2014:001  # quyết định\n\nH01.12:HT.2019\nH01.12:HT.2019\n", encoding="utf-8"
    )
    assert selection.of_list(path).ids == ("H01.12:DD.2014:001", "H01.12:HT.2019")
