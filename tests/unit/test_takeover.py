"""A snapshot is kept whole, every row and attachment accounted for, every record kept once, whatever happens on the way."""

import contextlib
import hashlib
import weakref
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from archive import home, settings
from archive.engines.serial_executor import SerialExecutor
from archive.errors import IntegrityError, StorageError, UsageError
from archive.holdings import locator
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.model import Dossier, FieldValue, Fonds, Unit
from archive.rights import declassification_writer
from archive.rights.declassification import GRADES
from ingest.grading import withdrawal
from ingest.progress import Tally
from ingest.recognition import ocr
from ingest.snapshots import attachments, mapping, staging, takeover, volumes, whole
from ingest.snapshots.commands import PROFILES
from ingest.snapshots.contents import Looked
from ingest.snapshots.handed import Handed
from ingest.snapshots.items import Content
from ingest.snapshots.owning import UNNAMED
from ingest.snapshots.volumes import SIZE
from samples.systems.documents import document_system
from samples.systems.onestop import one_stop_system
from tests.snapshots import MadeSource, laid

FONDS = Fonds("H99.21.20", "Phông UBND xã Hòa Lĩnh", Unit("hoa-linh", "Xã Hòa Lĩnh", "commune"))
UNITS = """
[units."000.12.21.H99"]
fonds = "H99.21.30"
unit = "cam-ngan"
name = "Xã Cẩm Ngạn"
level = "commune"
[units."000.11.21.H99"]
fonds = "H99.21.20"
"""


def kept_as_files(config, contained):
    """Looks at an attachment as a file without pages: what it is to be read from is another room's work."""
    content = locator.content(Path(contained.folder), contained.locator, 10**7)
    digest = hashlib.sha256(content).hexdigest()
    return Looked(digest, len(content), "application/pdf", "", 0, "", "")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """`take(made, profile, …)` takes a system over; its folder and home stay."""
    monkeypatch.setattr(attachments.contents, "look", kept_as_files)
    monkeypatch.setattr(ocr, "recipe", lambda: "thu")
    config = settings.load(tmp_path / "home")
    home.create(config)

    def take(made, profile="qlvb", system="qlvb", more=UNITS, folder="chup", as_of="2025-06-30", same=False):
        places = laid(made, tmp_path / folder)
        monkeypatch.setattr(takeover, "opened", lambda path: MadeSource(made, places))
        read_by = mapping.parse((PROFILES / f"{profile}.toml").read_text(encoding="utf-8") + more)
        handed = Handed(system, "Hệ thống thử", as_of)
        return takeover.TakeOver(
            config, tmp_path / folder, handed, FONDS, read_by, SerialExecutor(), Tally("vi"), same
        ).run()

    take.config = config
    return take


def items(config, outcome):
    held = Holdings(config.holdings)
    return [item for dossier_id in outcome.volumes for item in held.dossier(dossier_id).items]


def test_every_row_record_and_attachment_is_accounted_for(place):
    made, truth = document_system(seed=3, documents=400)
    done = place(made)
    assert done.balanced and done.records == truth.documents == done.tally.kept + done.tally.quarantined
    assert done.tally.quarantined == truth.secret and done.tally.unfinished == truth.unfinished
    assert (done.tally.missing, done.tally.unreadable) == (truth.missing, 0)
    of_secret = done.tally.quarantined  # each secret document has one attachment, of which nothing is told
    assert done.tally.named + of_secret == truth.attachments
    counts = {table.name: table for table in done.snapshot.tables}
    assert all(table.declared == table.read for table in counts.values())
    assert counts["van_ban"].taken == truth.documents
    assert counts["xu_ly"].read - counts["xu_ly"].taken == truth.orphans
    found = Counter(finding.code for finding in done.findings)
    assert found == {"snapshot.unit_unknown": 1}, "the district's unit is the one the mapping leaves out"


def test_records_stand_in_the_fonds_of_their_unit_and_in_the_order_of_their_register(place):
    made, _ = document_system(seed=4, documents=300)
    done = place(made)
    held = Holdings(place.config.holdings)
    volumes = [held.dossier(dossier_id) for dossier_id in done.volumes]
    assert {volume.fonds.code for volume in volumes} == {"H99.21.20", "H99.21.30"}
    assert {volume.fonds.unit.name for volume in volumes} == {"Xã Hòa Lĩnh", "Xã Cẩm Ngạn"}
    for volume in volumes:
        records = [item.record for item in volume.items if item.record]
        assert len({(record.direction.value, record.register_year) for record in records}) == 1
        numbers = [int("".join(filter(str.isdigit, record.number)) or 10**9) for record in records]
        assert numbers == sorted(numbers) and len(volume.items) <= SIZE
    titles = {volume.title for volume in volumes}
    assert "Sổ văn bản đi năm 2024" in titles and "Sổ văn bản đến – Sổ công văn đến năm 2024" in titles


def test_a_record_tells_all_its_system_knew(place):
    made, _ = document_system(seed=5, documents=120)
    done = place(made)
    table = made.tables["van_ban"]
    rows = {str(row[0]): dict(zip(table.columns, row, strict=True)) for row in table.rows}
    steps = Counter(str(row[1]) for row in made.tables["xu_ly"].rows)
    for item in items(place.config, done):
        if item.record is None:
            continue
        record, row = item.record, rows[item.record.old_id]
        assert item.value("code") == (row["so_ky_hieu"] or "") and item.value("subject") == row["trich_yeu"]
        assert record.number == (row["so_den"] or "")
        assert record.arrived == (row["ngay_den"].isoformat() if row["ngay_den"] else "")
        assert [step.number for step in record.steps] == list(range(1, steps[record.old_id] + 1))
        assert record.locator == f"du-lieu.bin#van_ban/{record.old_id}"
        first = record.steps[0]
        assert (
            first.sender.name
            and first.sender.position == "Văn thư"
            and first.role.value == "lead"
            and first.role.raw == "Xử lý chính"
        )
    late = [
        step for item in items(place.config, done) if item.record for step in item.record.steps if step.late
    ]
    assert late and all(step.deadline and (step.done or "2025-06-30")[:10] > step.deadline for step in late)


def test_attachments_are_read_in_place_and_kept_once(place):
    made, truth = document_system(seed=6, documents=200)
    done = place(made)
    held = Holdings(place.config.holdings)
    whole = held.dossier(done.package)
    assert whole.kind == "snapshot" and not whole.items and len(whole.files) == len(made.files) + 1
    for file in whole.files:
        content = held.file_path(whole.id, file.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == file.sha256
    seen = set()
    for item in items(place.config, done):
        for file in item.files:
            assert file.within == done.package
            found = locator.parse(file.locator)
            path = held.file_path(file.within, found.path)
            with locator.opened_in(path, found.steps, 10**8) as stream:
                assert hashlib.sha256(stream.read()).hexdigest() == file.sha256
            seen.add(file.sha256)
    assert len(seen) == truth.contents - 1, "all but the one that only secret documents have"


def test_the_text_of_a_file_without_pages_is_kept_unless_its_record_is_secret(place, monkeypatch):
    """A line at its head that is nothing but a grade of secrecy makes the record secret, as a stamp on a page does."""
    made, _ = document_system(seed=6, documents=60)
    said: dict[str, str] = {}

    def look(config, contained):
        found = kept_as_files(config, contained)
        secret = "\nMẬT\n" if found.sha256[0] in "0123" else "\n"
        said[found.sha256] = f"Kính gửi: Ban giám đốc{secret}Thư số {found.sha256[:8]}"
        return replace(found, media_type="message/rfc822", text=said[found.sha256])

    monkeypatch.setattr(attachments.contents, "look", look)
    done = place(made)
    kept = Renditions(place.config.renditions)
    texts = [text for item in items(place.config, done) for text in item.texts]
    assert texts and all(kept.text(text.rendition) == said[text.sha256] for text in texts)
    secret = {digest for digest, text in said.items() if "MẬT" in text}
    assert secret and not secret & {text.sha256 for text in texts}
    on_disk = {path.parent.name for path in place.config.renditions.rglob("*.text.gz")}
    assert {text.sha256 for text in texts} <= on_disk and not secret & on_disk
    assert not list((place.config.work / "contents").rglob("*.text"))
    place.config.renditions.joinpath(next(place.config.renditions.rglob("*.text.gz"))).unlink()
    place(made)
    assert {text.sha256 for text in texts} <= {
        path.parent.name for path in place.config.renditions.rglob("*.text.gz")
    }


def test_a_secret_record_leaves_nothing_but_a_control_entry(place):
    made, truth = document_system(seed=11, documents=500)
    assert truth.secret
    done = place(made)
    closed = [item for item in items(place.config, done) if item.access == "quarantined"]
    assert len(closed) == truth.secret
    for item in closed:
        assert not item.title and not item.fields and not item.files and item.record is None
        assert item.extra["grade"] in ("Mật", "Tối mật") and item.extra["snapshot"] == done.package


def test_a_file_of_a_secret_record_closes_others_that_have_it_without_calling_them_secret(place):
    made, _ = document_system(seed=8, documents=60, blobs=False)
    table = made.tables["van_ban"]
    attached = made.tables["tep_dinh_kem"].rows
    digest = {path: hashlib.sha256(content).hexdigest() for path, content in made.files.items()}
    by_content = {}
    for row in attached:
        path = (row[3] or "").replace("D:\\QLVB\\", "").replace("\\", "/")
        if path in digest:
            by_content.setdefault(digest[path], []).append(row[1])
    shared = next(owners for owners in by_content.values() if len(set(owners)) > 1)
    secret = shared[0]
    column = list(table.columns).index("do_mat")
    rows = [(*row[:column], "Mật" if row[0] == secret else "", *row[column + 1 :]) for row in table.rows]
    done = place(replace(made, tables={**made.tables, "van_ban": replace(table, rows=rows)}))
    closed = [item for item in items(place.config, done) if item.access == "quarantined"]
    grades = Counter(item.extra["grade"] for item in closed)
    assert grades["Mật"] == 1 and grades["chưa rõ, có tệp của văn bản mật"] >= len(set(shared)) - 1
    again = place(replace(made, tables={**made.tables, "van_ban": replace(table, rows=rows)}))
    assert again.tally == done.tally, "a second run asks the same and answers the same"


def test_procedure_dossiers(place):
    made, truth = one_stop_system(dossiers=150)
    done = place(made, "tthc", "mot-cua")
    found = [item for item in items(place.config, done)]
    assert done.balanced and len(found) == truth.dossiers and done.tally.unfinished == truth.unfinished
    rows = {str(row[0]): row for row in made.tables["ho_so"].rows}
    for item in found:
        procedure, row = item.record.procedure, rows[item.record.old_id]
        assert procedure.code == row[1] == item.value("code")
        assert procedure.applicant.name == row[3] and row[3] not in item.title
        assert procedure.procedure == item.title and procedure.papers
        assert procedure.due == row[8].isoformat() and procedure.received == row[7].isoformat()
    assert sum(len(item.record.procedure.supplements) for item in found) == truth.supplemented
    assert sum(any(step.late for step in item.record.steps) for item in found) >= truth.late


@pytest.mark.parametrize("fault", [1, 2, 5, 9])
def test_a_run_broken_off_goes_on_and_ends_alike(place, monkeypatch, fault):
    made, _ = document_system(seed=9, documents=150)
    commit, left = HoldingsWriter.commit, [fault]

    def failing(self, *args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(HoldingsWriter, "commit", failing)
    with pytest.raises(KeyboardInterrupt):
        place(made)
    monkeypatch.setattr(HoldingsWriter, "commit", commit)
    done = place(made)
    held = Holdings(place.config.holdings)
    before = {dossier_id: held.state(dossier_id) for dossier_id in held.dossiers()}
    assert place(made) == replace(done, pages_read=0)
    assert {dossier_id: held.state(dossier_id) for dossier_id in held.dossiers()} == before, (
        "nothing new to keep"
    )


def test_a_snapshot_that_changed_on_the_way_is_not_kept(place, monkeypatch):
    made, _ = document_system(seed=9, documents=20)
    keep = whole.Whole.keep

    def changed(self, received, *rest):
        (received.folder / "du-lieu.bin").write_bytes(b"khac")
        keep(self, received, *rest)

    monkeypatch.setattr(whole.Whole, "keep", changed)
    with pytest.raises(IntegrityError):
        place(made)
    assert not list(Holdings(place.config.holdings).dossiers())


def test_a_snapshot_for_which_there_is_no_room_is_not_begun(place, monkeypatch):
    made, _ = document_system(seed=9, documents=20)
    monkeypatch.setattr(takeover.space.shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    with pytest.raises(StorageError, match="no_room"):
        place(made)
    assert not list(Holdings(place.config.holdings).dossiers())
    assert not list((place.config.work / "snapshots").glob("*.sqlite"))


def places_of(config, outcome):
    return {item.record.old_id: item.id for item in items(config, outcome) if item.record}


def test_a_record_keeps_its_id_when_the_system_is_taken_over_again(place, monkeypatch):
    """A later snapshot brings new documents in the middle of the register and has lost one: no id moves, nothing is lost."""
    monkeypatch.setattr(volumes, "SIZE", 7)
    made, _ = document_system(seed=12, documents=60)
    table = made.tables["van_ban"]
    column = list(table.columns).index("so_den")
    earlier = replace(made, tables={**made.tables, "van_ban": replace(table, rows=table.rows[10:])})
    first = places_of(place.config, place(earlier))
    lost = next(row[0] for row in table.rows[10:] if str(row[0]) in first)
    renumbered = [
        (*row[:column], f"1{row[column] or ''}", *row[column + 1 :]) for row in table.rows if row[0] != lost
    ]
    later = replace(made, tables={**made.tables, "van_ban": replace(table, rows=renumbered)})
    done = place(later)
    again = places_of(place.config, done)
    assert done.balanced and len(again) > len(first)
    assert {old_id: again[old_id] for old_id in first} == first, "also the one that is no longer there"
    assert len(set(again.values())) == len(again)
    assert place(later) == replace(done, pages_read=0)


def with_cell(made, old_id, column, cell):
    """The system with one cell of one document changed."""
    return with_cells(made, column, lambda row: cell if str(row["id"]) == old_id else row[column])


def standing(config):
    """{item id: [the dossiers that have it now]} of the whole home."""
    held, found = Holdings(config.holdings), {}
    for dossier_id in sorted(held.dossiers()):
        for item in held.dossier(dossier_id).items:
            found.setdefault(item.id, []).append(dossier_id)
    return found


def test_a_record_that_moves_to_another_register_keeps_its_id_and_stands_there_only(place):
    made, _ = document_system(seed=13, documents=30)
    first = places_of(place.config, place(made))
    moved, item = max((pair for pair in first.items() if ".den." in pair[1]), key=lambda pair: pair[1])
    done = place(with_cell(made, moved, "huong", 2))
    assert places_of(place.config, done) == first
    [now] = standing(place.config)[item]
    assert ".di." in now and done.balanced
    assert [finding.values["count"] for finding in done.findings if finding.code == "snapshot.moved"] == ["1"]
    assert place(with_cell(made, moved, "huong", 2)).tally == done.tally
    assert places_of(place.config, place(made)) == first and ".den." in standing(place.config)[item][0]


def test_what_a_person_said_of_a_record_stays_when_it_is_taken_over_again_and_when_it_moves(place):
    made, _ = document_system(seed=13, documents=30)
    first = places_of(place.config, place(made))
    moved, record = max((pair for pair in first.items() if ".den." in pair[1]), key=lambda pair: pair[1])
    said = FieldValue("Về việc giao đất", 1.0, "person")

    def held():
        [home] = standing(place.config)[record]
        dossier = Holdings(place.config.holdings).dossier(home)
        return dossier, next(item for item in dossier.items if item.id == record)

    dossier, item = held()
    corrected = replace(item, fields=item.fields | {"subject": said}, extra=item.extra | {"seen": "abc"})
    writer = HoldingsWriter(place.config.holdings, place.config.work / "staging" / "t")
    writer.recover()
    writer.commit(
        replace(dossier, items=tuple(corrected if one.id == record else one for one in dossier.items))
    )
    for snapshot, shelf in ((made, ".den."), (with_cell(made, moved, "huong", 2), ".di.")):
        place(snapshot)
        dossier, item = held()
        assert shelf in dossier.id and item.fields["subject"] == said
        assert item.title == said.value and item.extra["seen"] == "abc"


def test_a_record_whose_owning_unit_changes_keeps_its_id_in_another_fonds(place):
    made, _ = document_system(seed=13, documents=40)
    column = next(name for name in made.tables["van_ban"].columns if "don_vi" in name)
    rows = [
        dict(zip(made.tables["van_ban"].columns, row, strict=True)) for row in made.tables["van_ban"].rows
    ]
    units = {row[column] for row in rows}
    first = places_of(place.config, place(made))
    before = standing(place.config)
    moved = next(str(row["id"]) for row in rows if str(row["id"]) in first and row[column] == rows[0][column])
    for unit in sorted(units - {rows[0][column]}, key=str):
        done = place(with_cell(made, moved, column, unit))
        assert places_of(place.config, done) == first
        now = standing(place.config)
        assert all(len(dossiers) == 1 for dossiers in now.values()) and now.keys() == before.keys()
    assert len({dossiers[0].partition(":")[0] for dossiers in now.values()}) > 1


@pytest.mark.parametrize("fault", range(1, 9))
def test_a_move_broken_off_never_loses_the_record_or_its_id(place, monkeypatch, fault):
    made, _ = document_system(seed=13, documents=30)
    first = places_of(place.config, place(made))
    moved = max((old_id for old_id in first if ".den." in first[old_id]), key=first.get)
    other = with_cell(made, moved, "huong", 2)
    commit, left = HoldingsWriter.commit, [fault]

    def failing(self, *args, **kwargs):
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return commit(self, *args, **kwargs)

    monkeypatch.setattr(HoldingsWriter, "commit", failing)
    with contextlib.suppress(KeyboardInterrupt):
        place(other)
    monkeypatch.setattr(HoldingsWriter, "commit", commit)
    assert standing(place.config).keys() >= set(first.values()), "at no moment is a record nowhere"
    assert places_of(place.config, place(other)) == first
    assert {tuple(where) for where in standing(place.config).values() if len(where) > 1} == set()


def test_a_digest_the_snapshot_states_is_compared(place, monkeypatch):
    made, _ = document_system(seed=11, documents=60)
    cell, given = MadeSource._cell, []

    def stated(self, kept):
        found = cell(self, kept)
        if isinstance(kept, bytes):
            right = hashlib.md5(kept, usedforsecurity=False).hexdigest()
            found = replace(found, digest=f"md5:{right if given else '0' * 32}")
            given.append(kept)
        return found

    monkeypatch.setattr(MadeSource, "_cell", stated)
    done = place(made)
    assert len(set(given)) > 1
    told = [finding for item in items(place.config, done) for finding in item.findings]
    wrong = [finding for finding in told if finding.code == "snapshot.digest_differs"]
    assert wrong and {finding.values["stated"] for finding in wrong} == {"0" * 32}


def test_a_mapping_that_does_not_fit_is_refused_with_the_place(place, monkeypatch):
    made, _ = document_system(seed=11, documents=10)
    read = mapping.parse
    monkeypatch.setattr(
        mapping, "parse", lambda text: read(text.replace('parent = "van_ban_id"', 'parent = "khac"'))
    )
    with pytest.raises(UsageError) as raised:
        place(made)
    assert raised.value.code == "mapping.unfit" and raised.value.values["column"] == "khac"
    assert not list(Holdings(place.config.holdings).dossiers())


def with_cells(made, column, given):
    """The documents with `given(row as a dict)` in one column, which is added when it is not there."""
    table = made.tables["van_ban"]
    columns = table.columns if column in table.columns else {**table.columns, column: "text"}
    rows = []
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        rows.append(tuple({**cells, column: given(cells)}[name] for name in columns))
    return replace(made, tables={**made.tables, "van_ban": replace(table, columns=columns, rows=rows)})


def test_a_record_whose_owner_the_mapping_does_not_know_is_closed(place):
    made, _ = document_system(seed=11, documents=60)
    done = items(place.config, place(made))
    levels = {(item.record.unit, item.level) for item in done if item.record}
    assert levels == {("H99.21", "closed"), ("000.11.21.H99", "open"), ("000.12.21.H99", "open")}


def test_a_record_that_names_no_unit_is_closed_not_the_owners_of_the_system(place):
    """An empty cell, or a key that leads nowhere: whose record it is, nobody said."""
    made, _ = document_system(seed=11, documents=60)
    keys = {1: None, 2: 987654}
    done = place(with_cells(made, "don_vi_id", lambda row: keys.get(row["id"], row["don_vi_id"])))
    closed = {one.record.old_id for one in items(place.config, done) if one.record and one.level == "closed"}
    assert {"1", "2"} <= closed
    told = [
        one for one in done.findings if one.code == "snapshot.unit_unknown" and UNNAMED in one.values["unit"]
    ]
    assert [one.values["count"] for one in told] == ["2"]


def test_a_grade_in_a_column_nobody_mapped_closes_the_record(place):
    made, _ = document_system(seed=12, documents=40)
    graded = with_cells(made, "mat_do", lambda row: " Tối mật " if row["id"] == 7 else "")
    done = items(place.config, place(graded))
    assert [item.extra["spot"] for item in done if item.extra.get("grade") == "Tối mật"] == [
        '["van_ban", "7", 1]'
    ]


def test_a_grade_in_the_folder_of_an_attachment_closes_its_record(place):
    made, truth = document_system(seed=12, documents=40, blobs=False)
    attached = made.tables["tep_dinh_kem"]
    path = list(attached.columns).index("duong_dan")
    rows = [(*row[:path], "12-TUYET MAT/van ban.pdf", *row[path + 1 :]) for row in attached.rows[:1]]
    tables = {**made.tables, "tep_dinh_kem": replace(attached, rows=rows)}
    done = place(replace(made, tables=tables, files={"12-TUYET MAT/van ban.pdf": b"%PDF noi dung"}))
    stated = {row[0] for row in made.tables["van_ban"].rows if row[13] in ("Mật", "Tối mật")}
    assert done.tally.quarantined == len(stated | {rows[0][1]}) >= truth.secret


def test_registers_of_like_names_never_share_a_volume(place):
    made, truth = document_system(seed=12, documents=30)
    books = made.tables["so_van_ban"]
    names = ["Sổ A/1", "Sổ A-1", "So A 1"]
    rows = [(row[0], names[row[0] % 3], 2024, 1, row[4]) for row in books.rows]
    made = replace(made, tables={**made.tables, "so_van_ban": replace(books, rows=rows)})
    done = place(made)
    held = items(place.config, done)
    assert len(set(done.volumes)) == len(done.volumes) and len(held) == truth.documents


def test_a_mapping_that_makes_no_record_takes_nothing_in(place):
    made, _ = document_system(seed=11, documents=10)
    with pytest.raises(UsageError, match=r"mapping\.no_records"):
        place(made, "tthc")
    assert not list(Holdings(place.config.holdings).dossiers())


def test_one_code_for_the_systems_of_two_owners_is_refused(place, monkeypatch):
    made, _ = document_system(seed=11, documents=30)
    owned = UNITS.replace('fonds = "H99.21.20"', 'fonds = "H99.21.40"')
    place(made, more=owned)
    monkeypatch.setitem(globals(), "FONDS", replace(FONDS, code="H99.21.99"))
    with pytest.raises(UsageError, match=r"snapshot\.other_system"):
        place(made, more=owned)


def test_a_fonds_of_another_unit_is_refused_before_anything_is_read(place):
    made, _ = document_system(seed=11, documents=20)
    place(made)
    held = Holdings(place.config.holdings)
    before = {dossier_id: held.state(dossier_id) for dossier_id in held.dossiers()}
    other = UNITS.replace('unit = "cam-ngan"', 'unit = "xa-khac"')
    for staged in (place.config.work / "snapshots").glob("*.sqlite"):
        staged.unlink()
    with pytest.raises(UsageError, match=r"ownership\.other_unit"):
        place(made, more=other)
    assert not list((place.config.work / "snapshots").glob("*.sqlite")), "no row was read"
    assert {dossier_id: held.state(dossier_id) for dossier_id in held.dossiers()} == before


def test_a_record_that_another_batch_closed_keeps_its_id_and_stands_once(place):
    """Its bytes came in as secret later, with paper: the next take-over still knows which record that is."""
    made, truth = document_system(seed=12, documents=40)
    first = place(made)
    held = HoldingsWriter(place.config.holdings, place.config.work / "staging" / "other")
    record = next(item for item in items(place.config, first) if item.record and item.files)
    secret = {file.sha256: "Mật" for file in record.files}
    closed = set()
    for dossier_id in first.volumes:
        before = held.dossier(dossier_id)
        after = withdrawal.withdrawn(before, secret, "H99.21.20:dot-2", place.config)
        if after is not before:
            held.commit(after)
            closed |= {item.id for item in after.items if item.extra.get("withdrawn")}
    assert record.id in closed
    again = place(made)
    found = items(place.config, again)
    assert len({item.id for item in found}) == len(found) == truth.documents
    assert {item.id for item in found} == {item.id for item in items(place.config, first)}
    assert closed <= {item.id for item in found if item.access == "quarantined"}


# --------------------------------------------------------------------------- what a person has declassified


def secret_ids(config, outcome):
    return {item.extra["spot"]: item.id for item in items(config, outcome) if item.access == "quarantined"}


def declassified(config, record):
    return declassification_writer.declassify(
        config, record, basis="QĐ 12/QĐ-UBND", by="Lan", witness=lambda act: None
    )


def test_a_record_without_attachments_is_declassified_alone_and_stays_open(place):
    made, _ = document_system(seed=12, documents=40)
    made.tables["tep_dinh_kem"].rows.clear()
    secret = {"3": "Mật", "8": "Tối mật", "9": "Mật"}
    made = with_cells(made, "do_mat", lambda row: secret.get(str(row["id"]), ""))
    first = secret_ids(place.config, place(made))
    assert len(first) == 3
    record = first['["van_ban", "3", 1]']
    act = declassified(place.config, record)
    assert (act.records, act.system, act.grade) == ((record,), "qlvb", "Mật")
    for _ in range(2):
        done = place(made)
        assert secret_ids(place.config, done).keys() == first.keys() - {'["van_ban", "3", 1]'}
        assert places_of(place.config, done)["3"] == record
    moved = place(with_cell(made, "3", "huong", 3))
    assert places_of(place.config, moved)["3"] == record, "the act goes with the record"
    higher = place(with_cell(made, "3", "do_mat", "Tuyệt mật"))
    assert first.items() <= secret_ids(place.config, higher).items(), "a higher grade was not lifted"


def test_a_record_declassified_with_its_attachments_stays_open(place):
    made, _ = document_system(seed=11, documents=500)
    first = secret_ids(place.config, place(made))
    held = Holdings(place.config.holdings)
    with_files = next(
        item.id
        for dossier_id in held.dossiers()
        for item in held.dossier(dossier_id).items
        if item.extra.get("sha256") and item.extra.get("grade") in GRADES
    )
    act = declassified(place.config, with_files)
    for _ in range(2):
        done = place(made)
        closed = secret_ids(place.config, done).values()
        assert with_files not in closed and done.balanced
        assert set(closed) == set(first.values()) - set(act.records)


# --------------------------------------------------------------------------- the rows in the work folder


def test_no_row_of_a_secret_record_stays_in_the_work_folder(place, monkeypatch):
    made, _ = document_system(seed=12, documents=20)
    modes = []
    load = staging.Staging.load

    def seen(self, *rest):
        modes.append(self.path.stat().st_mode & 0o777)
        load(self, *rest)

    monkeypatch.setattr(staging.Staging, "load", seen)
    monkeypatch.setattr(HoldingsWriter, "commit", broken_off)
    with pytest.raises(KeyboardInterrupt):
        place(made)
    [left] = (place.config.work / "snapshots").glob("*.sqlite")
    assert modes == [0o600] and left.stat().st_mode & 0o777 == 0o600, (
        "an owner's only, while it can be resumed"
    )
    monkeypatch.undo()
    monkeypatch.setattr(attachments.contents, "look", kept_as_files)
    monkeypatch.setattr(ocr, "recipe", lambda: "thu")
    place(made)
    assert not list((place.config.work / "snapshots").glob("*.sqlite*"))


def broken_off(*_, **__):
    raise KeyboardInterrupt


# --------------------------------------------------------------------------- one code, two systems


def test_a_snapshot_of_another_system_under_a_code_in_use_is_refused_unless_a_person_says_so(place):
    made, _ = document_system(seed=13, documents=40)
    other, _ = document_system(seed=14, documents=40)
    first = places_of(place.config, place(made))
    with pytest.raises(UsageError, match=r"snapshot\.evidently_other") as raised:
        place(other, as_of="2025-07-31", folder="khac")
    assert int(raised.value.values["differing"]) > 20
    held = Holdings(place.config.holdings)
    assert not held.has("H99.21.20:qlvb.2025-07-31") and standing(place.config).keys() >= set(first.values())
    assert place(other, as_of="2025-07-31", folder="khac", same=True).balanced
    assert place(other, system="qlvb-2", as_of="2025-07-31", folder="khac").balanced


def test_a_snapshot_of_another_form_with_other_tables_is_refused_unless_a_person_says_so(place, monkeypatch):
    made, _ = document_system(seed=13, documents=20)
    place(made)
    fewer = replace(made, tables={name: one for name, one in made.tables.items() if name != "don_vi"})
    monkeypatch.setattr(MadeSource, "kind", "json")
    with pytest.raises(UsageError, match=r"snapshot\.other_form"):
        place(replace(fewer, tables=fewer.tables | {"khac": made.tables["don_vi"]}), folder="khac")
    assert place(made, as_of="2025-07-31", folder="sau").balanced, "the same tables in another form"


def test_records_that_lose_their_unit_make_the_take_over_serious(place):
    made, _ = document_system(seed=13, documents=20)
    done = place(made)
    assert not [one for one in done.findings if one.code == "snapshot.unit_lost"]
    after = place(made, as_of="2025-07-31", folder="sau", more="")
    [told] = [one for one in after.findings if one.code == "snapshot.unit_lost"]
    assert int(told.values["count"]) > 0 and after.serious


# --------------------------------------------------------------------------- what many rows have alike


def test_rows_without_a_key_are_told_in_one_finding(place):
    made, _ = document_system(seed=12, documents=200)
    done = place(with_cells(made, "id", lambda row: None if row["id"] % 2 else row["id"]))
    told = [finding for finding in done.findings if finding.code == "snapshot.no_id"]
    assert [(one.values["count"], one.values["rows"]) for one in told] == [("100", "1, 3, 5, 7, 9")]
    assert done.left_out["no_id"] == 100 and done.balanced
    assert {table.name: table.refused for table in done.snapshot.tables}["van_ban"] == 100


def test_ids_of_several_rows_are_told_in_one_finding_and_all_rows_are_kept(place):
    made, _ = document_system(seed=12, documents=60)
    double = with_cells(made, "id", lambda row: row["id"] // 2)
    done = place(double)
    [told] = [finding for finding in done.findings if finding.code == "snapshot.id_repeated"]
    assert int(told.values["rows"]) >= 58 and done.records == 60 and done.balanced
    again = place(double)
    assert again.tally == done.tally
    assert all(len(where) == 1 for where in standing(place.config).values())


# --------------------------------------------------------------------------- memory


class Living:
    """How many objects of a class are alive at once at most."""

    def __init__(self, monkeypatch, kind, counts=lambda one: True):
        self.now = self.most = 0
        self.seen = {}
        made = kind.__init__

        def counted(one, *args, **kwargs):
            made(one, *args, **kwargs)
            if counts(one):
                self.now += 1
                self.most = max(self.most, self.now)
                number = len(self.seen)
                self.seen[number] = weakref.ref(one, lambda _: self._gone(number))

        monkeypatch.setattr(kind, "__init__", counted)

    def _gone(self, number):
        self.now -= 1
        self.seen[number] = None


@pytest.mark.parametrize("size", [40, 10])
def test_however_many_volumes_and_contents_there_are_few_are_held_at_once(place, monkeypatch, size):
    monkeypatch.setattr(volumes, "SIZE", size)
    made, _ = document_system(seed=6, documents=200)
    first = place(made)
    assert len(first.volumes) >= 200 / size
    held = Living(monkeypatch, Dossier, lambda one: one.kind == "register")
    contents = Living(monkeypatch, Content)
    assert place(made).tally == first.tally
    assert len(held.seen) > 20 and held.most <= 8
    assert len(contents.seen) > 100 and contents.most <= 12
