"""What is handed over is accounted for to the last row; minutes say it; a copy that differs is found; readiness is true."""

import dataclasses
import io
import json
import shutil
import zipfile
from collections import Counter
from datetime import datetime

import openpyxl
import pypdfium2 as pdfium
import pytest
from click.testing import CliRunner
from lxml import etree

from archive import home, serial, settings
from archive.engines.serial_executor import SerialExecutor
from archive.errors import SourceRefused, UsageError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.messages import catalogue
from archive.model import Item, SourceFile
from archive.papers import docx
from archive.processing import Attachment, SystemRecord
from archive.publishing import publish
from ingest.handover import checking, commands, counting, declaration, files, holding, lines, readiness
from ingest.handover import report as reports
from ingest.handover.counting import count
from ingest.handover.declaration import Declaration, Row
from ingest.papers import pdf
from ingest.progress import Tally
from ingest.recognition import ocr
from ingest.snapshots import attachments, mapping, takeover
from ingest.snapshots.commands import PROFILES
from ingest.snapshots.handed import Handed
from samples.systems.documents import document_system
from samples.systems.onestop import one_stop_system
from tests.snapshots import MadeSource, laid
from tests.unit.test_takeover import FONDS, UNITS, kept_as_files

MADE = "2025-07-15T08:00:00+07:00"


@dataclasses.dataclass
class Place:
    """A home in which systems are taken over; the folders they came in stay."""

    config: settings.Settings
    root: object
    patch: object

    def take(
        self, made, profile="qlvb", system="qlvb", folder="chup", beside=None, as_of="2025-06-30", change=str
    ):
        places = laid(made, self.root / folder)
        for name, content in (beside or {}).items():
            (self.root / folder / name).write_text(content, encoding="utf-8")
        source = MadeSource(made, places)
        self.patch.setattr(takeover, "opened", lambda path: source)
        self.patch.setattr(checking, "opened", lambda path: source)
        said = (PROFILES / f"{profile}.toml").read_text(encoding="utf-8").replace("# urls =", "urls =")
        read_by = mapping.parse(change(said) + UNITS)
        about = Handed(system, "Hệ thống thử", as_of, "xuất SIARD", "QĐ số 1/QĐ-UBND", "2025-07-01")
        run = takeover.TakeOver(
            self.config, self.root / folder, about, FONDS, read_by, SerialExecutor(), Tally("vi")
        )
        return run.run()

    def held(self, name="qlvb"):
        return holding.held(Holdings(self.config.holdings), name)

    def report(self, declared=None, name="qlvb"):
        held = self.held(name)
        return reports.make(held, count(held), declared or Declaration(), MADE)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(attachments.contents, "look", kept_as_files)
    monkeypatch.setattr(ocr, "recipe", lambda: "thu")
    config = settings.load(tmp_path / "home")
    home.create(config)
    return Place(config, tmp_path, monkeypatch)


def dirty(made):
    """Rows without a key, and steps by accounts that were deleted."""
    documents, steps = made.tables["van_ban"], made.tables["xu_ly"]
    without = [(None, *documents.rows[0][1:]), (None, *documents.rows[1][1:])]
    sender = list(steps.columns).index("nguoi_gui_id")
    gone = [(*row[:sender], 9001 + n % 2, *row[sender + 1 :]) for n, row in enumerate(steps.rows[:3])]
    tables = made.tables | {
        "van_ban": dataclasses.replace(documents, rows=[*documents.rows, *without]),
        "xu_ly": dataclasses.replace(steps, rows=[*gone, *steps.rows[3:]]),
    }
    return dataclasses.replace(made, tables=tables)


def found(report):
    return Counter(finding.code for finding in report.findings)


# --------------------------------------------------------------------------- the account


def test_every_table_adds_up_to_the_planted_numbers(place):
    made, truth = document_system(seed=3, documents=400)
    made = dirty(made)
    place.take(made)
    report = place.report()
    tables = {line.name: line for line in report.tables}
    assert report.balanced and all(line.balanced for line in report.tables)
    documents = tables["van_ban"]
    assert (documents.received, documents.declared) == (truth.documents + 2, truth.documents + 2)
    assert documents.quarantined == truth.secret > 0
    assert documents.kept == truth.documents - truth.secret
    assert documents.refused == {"no_id": 2}
    assert tables["xu_ly"].refused == {"orphan": truth.orphans}
    assert tables["don_vi"].kept == tables["don_vi"].received == 3
    total = report.total
    assert (total.kept, total.quarantined, total.missing) == (documents.kept, truth.secret, truth.missing)
    assert total.files + total.missing + total.closed_files == truth.attachments
    assert total.unfinished == truth.unfinished
    assert len(report.lost) == truth.missing
    assert {one.code for one in report.lost} == {"snapshot.attachment_missing"}
    known = found(report)
    assert known["handover.refused.no_id"] == known["handover.refused.orphan"] == 1
    assert known["handover.attachments_missing"] == known["snapshot.key_unknown"] == 1
    (keys,) = (one for one in report.findings if one.code == "snapshot.key_unknown")
    assert keys.values == {"table": "nguoi_dung", "count": "2", "keys": "9001, 9002"}


def test_registers_units_and_years_each_add_up_to_the_whole(place):
    made, truth = document_system(seed=4, documents=300)
    place.take(made)
    report = place.report()
    for groups in (report.registers, report.units, report.years):
        assert sum(line.counts.kept for line in groups) == report.total.kept
        assert sum(line.counts.quarantined for line in groups) == truth.secret
        assert sum(line.counts.files for line in groups) == report.total.files
    days = Counter()
    columns = list(made.tables["van_ban"].columns)
    registers = {row[0]: row for row in made.tables["so_van_ban"].rows}
    for row in made.tables["van_ban"].rows:
        said = dict(zip(columns, row, strict=True))
        days[str(registers[said["so_van_ban_id"]][2]) if said["so_van_ban_id"] else ""] += 1
    assert {line.name: line.counts.records for line in report.years} == days
    assert any(line.name == "Xã Cẩm Ngạn (000.12.21.H99)" for line in report.units)


def test_a_second_report_says_the_same(place):
    made, _ = document_system(seed=4, documents=60)
    place.take(made)
    first = place.report()
    before = {one: place.held().holdings.state(one) for one in Holdings(place.config.holdings).dossiers()}
    place.take(made)
    assert place.report() == first
    assert before == {one: place.held().holdings.state(one) for one in before}, "nothing new to keep"


def test_each_snapshot_of_a_system_keeps_its_own_figures(place):
    """The second one lacks a document and has new ones; a third moves records to other registers."""
    earlier, _ = document_system(seed=4, documents=60)
    documents, registers = earlier.tables["van_ban"], earlier.tables["so_van_ban"]
    later, _ = document_system(seed=4, documents=70)
    less = dataclasses.replace(later.tables["van_ban"], rows=later.tables["van_ban"].rows[1:])
    later = dataclasses.replace(later, tables=later.tables | {"van_ban": less})
    year = list(registers.columns).index("nam")
    rows = [(*row[:year], 2019, *row[year + 1 :]) for row in registers.rows]
    moved = dataclasses.replace(
        earlier, tables=earlier.tables | {"so_van_ban": dataclasses.replace(registers, rows=rows)}
    )
    place.take(earlier)
    first = place.report(name="H99.21.20:qlvb.2025-06-30")
    assert first.total.records == len(documents.rows)
    place.take(later, as_of="2025-07-15", folder="chup-2")
    second = place.report()
    assert second.package.endswith("2025-07-15") and second.balanced
    assert second.total.records == len(less.rows)
    place.take(moved, as_of="2025-07-31", folder="chup-3")
    third = place.report()
    assert third.balanced and third.total.records == len(documents.rows)
    assert place.report(name="H99.21.20:qlvb.2025-06-30") == first
    assert place.report(name="H99.21.20:qlvb.2025-07-15") == second


def test_what_is_closed_later_is_closed_in_the_figures_of_an_earlier_snapshot(place):
    made, _ = document_system(seed=4, documents=60)
    place.take(made)
    lost = next(iter(place.report(name="H99.21.20:qlvb.2025-06-30").lost))
    column = list(made.tables["van_ban"].columns).index("do_mat")
    rows = [
        (*row[:column], "Mật", *row[column + 1 :]) if str(row[0]) == lost.old_id else row
        for row in made.tables["van_ban"].rows
    ]
    secret = dataclasses.replace(
        made, tables=made.tables | {"van_ban": dataclasses.replace(made.tables["van_ban"], rows=rows)}
    )
    place.take(secret, as_of="2025-07-15", folder="chup-2")
    assert lost.old_id not in {one.old_id for one in place.report(name="H99.21.20:qlvb.2025-06-30").lost}


def test_ingest_and_report_count_the_same(place):
    made, truth = document_system(seed=3, documents=300)
    done = place.take(dirty(made))
    total, tally = place.report().total, done.tally
    assert total == tally and (total.named, total.unreadable) == (truth.attachments - total.closed_files, 0)
    assert done.left_out == {"no_id": 2}


def test_what_lies_in_containers_is_neither_missing_nor_named(place):
    attachments = (
        Attachment("a.7z", "1/a.7z"),
        Attachment("b.pdf", missing="snapshot.inside_container"),
        Attachment("c.pdf", "1/c.pdf", missing="refused.broken"),
        Attachment("d.pdf", missing="snapshot.attachment_missing", stated="D:/tep/d.pdf"),
        Attachment("e.zip", "1/e.zip"),
        Attachment("f.pdf", "1/f.pdf"),
    )
    places = {"1/a.7z": "x/a.7z", "1/c.pdf": "x/c.pdf", "1/e.zip": "x/e.zip", "1/f.pdf": "x/e.zip!zip=f.pdf"}
    held = tuple(
        SourceFile(path, path, 10, "00" * 32, "application/pdf", "p", found) for path, found in places.items()
    )
    record = SystemRecord("s", "1", "du-lieu#t/1", attachments=attachments)
    counts = counting.counts_of(Item("H:1:001", 1, "", {}, held, (), record=record))
    assert (counts.files, counts.missing, counts.unreadable, counts.inside) == (2, 1, 1, 2)
    assert (counts.named, counts.bytes) == (4, 30)


def test_procedure_dossiers_are_accounted_for(place):
    made, truth = one_stop_system(dossiers=90)
    place.take(made, "tthc", "mot-cua")
    report = place.report(name="mot-cua")
    assert report.balanced and report.total.kept == truth.dossiers
    assert {line.name for line in report.registers if line.counts.kept}


def test_a_table_the_mapping_does_not_read_is_told_and_its_system_not_ready(place):
    made, _ = document_system(seed=4, documents=20)
    diary = dataclasses.replace(made.tables["don_vi"], rows=[(n, "x", "y", None) for n in range(1, 901)])
    place.take(dataclasses.replace(made, tables=made.tables | {"nhat_ky": diary}))
    report = place.report()
    roles = {line.name: line.role for line in report.tables}
    assert roles["nhat_ky"] == "unmapped" and roles["nguoi_dung"] == "lookup" and roles["xu_ly"] == "child"
    (told,) = (one for one in report.findings if one.code == "handover.unmapped")
    assert told.values == {"table": "nhat_ky", "count": "900"} and report.balanced
    assert lights(judged(place))["mapped"] == ("red", 900)


def test_a_record_that_left_the_holdings_is_noticed(place):
    made, _ = document_system(seed=4, documents=60)
    done = place.take(made)
    writer = HoldingsWriter(place.config.holdings, place.config.work / "staging" / "x")
    volume = writer.dossier(done.volumes[0])
    writer.commit(dataclasses.replace(volume, items=volume.items[1:]))
    report = place.report()
    assert not report.balanced and found(report)["handover.entries_differ"] == 1


def test_what_secret_documents_have_is_not_named(place):
    made, truth = document_system(seed=11, documents=300, blobs=False)
    assert truth.secret
    place.take(made)
    report = place.report()
    secret = {path for path in made.files if path.rpartition("/")[2] not in open_names(made)}
    assert secret
    told = serial.dumps(report).decode()
    assert not [path for path in secret if path in told]
    assert sum(not file.name for file in report.files) == len(secret)


def open_names(made):
    """Names of papers that some document has that is not secret."""
    columns = list(made.tables["van_ban"].columns)
    secret = {row[0] for row in made.tables["van_ban"].rows if "ật" in (row[columns.index("do_mat")] or "")}
    return {row[2] for row in made.tables["tep_dinh_kem"].rows if row[1] not in secret}


# --------------------------------------------------------------------------- declared against received


def test_declared_numbers_are_compared_where_they_are_stated(place):
    made, truth = document_system(seed=4, documents=300)
    place.take(made)
    plain = place.report()
    year = next(line for line in plain.years if line.name == "2024")
    unit = next(line for line in plain.units if "Cẩm Ngạn" in line.name)
    declared = Declaration(
        "khai-bao.toml",
        (
            Row(table="van_ban", records=truth.documents + 7),
            Row(table="nhat_ky", records=12),
            Row(year="2024", records=year.counts.records + 3),
            Row(unit="xã không có", records=0),
            Row(unit="xã CẨM  NGẠN", records=unit.counts.records - 2),
            Row(direction="đến", register="sổ công văn đến", year="2019", records=5),
            Row(files=truth.attachments - truth.missing),
        ),
    )
    report = place.report(declared)
    tables = {line.name: line for line in report.tables}
    assert report.balanced, "what is missing is told, and the rest adds up"
    assert (tables["van_ban"].missing, tables["nhat_ky"].missing) == (7, 12)
    assert next(line for line in report.years if line.name == "2024").missing == 3
    assert next(line for line in report.units if "Cẩm Ngạn" in line.name).extra == 2
    assert [one.missing - one.extra for one in report.compared] == [3, 0, 2 * -1, 5, 0]
    known = found(report)
    assert known["handover.rows_missing"] == 2 and known["handover.declared_twice"] == 1
    assert known["handover.missing.records"] == 2 and known["handover.extra.records"] == 1
    assert "handover.no_declaration" not in known and found(plain)["handover.no_declaration"] == 1


def test_a_declaration_beside_the_data_is_read_from_the_holdings(place):
    made, _ = document_system(seed=4, documents=40)
    digest = "ab" * 32
    text = f'ben_giao = "UBND huyện Lam Khê"\n[[so_lieu]]\nbang = "van_ban"\nso_luong = 41\n[[tep]]\nten = "mat.zip"\nsha256 = "{digest}"\n'
    place.take(made, beside={"khai-bao.toml": text})
    said = files.declared_beside(place.held())
    report = place.report(said)
    assert said.parties.giver == "UBND huyện Lam Khê" and report.declared_in == "khai-bao.toml"
    known = found(report)
    assert known["handover.rows_missing"] == known["handover.file_missing"] == 1
    assert known["handover.file_extra"] == len(made.files) + 1, "the declaration itself is not extra"


def test_declared_digests_find_a_file_that_changed_on_the_way(place):
    made, _ = document_system(seed=4, documents=40)
    place.take(made)
    received = place.held().snapshot.files
    listed = [declaration.DeclaredFile(one.name, one.sha256) for one in received]
    assert not found(place.report(Declaration("x.csv", (), tuple(listed)))).keys() & {
        "handover.file_missing", "handover.file_extra", "handover.file_changed"
    }  # fmt: skip
    listed[0] = dataclasses.replace(listed[0], sha256="00" * 32)
    report = place.report(Declaration("x.csv", (), tuple(listed)))
    assert [one.values["name"] for one in report.findings if one.code == "handover.file_changed"] == [
        listed[0].name
    ]


def test_a_line_that_does_not_add_up_is_no_balance():
    good = lines.TableLine("t", "record", 10, 9, 6, 2, {"no_id": 1}, 1, 0)
    assert good.balanced
    assert not dataclasses.replace(good, kept=5).balanced
    assert not dataclasses.replace(good, kept=9, quarantined=-1).balanced


# --------------------------------------------------------------------------- the forms of a declaration


def workbook(path, rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_the_three_forms_say_the_same(tmp_path):
    heads, row = ["Bảng", "Số lượng", "Năm", "Đơn vị", "Tệp"], [None, 1234, 2024, "27", "1.005"]
    (tmp_path / "a.toml").write_text(
        '[[so_lieu]]\nnam = 2024\ndon_vi = "27"\nso_luong = 1234\ntep = 1005\n', encoding="utf-8"
    )
    (tmp_path / "a.csv").write_text(
        "\ufeff"
        + ";".join(heads)
        + "\n"
        + ";".join("" if cell is None else str(cell) for cell in row)
        + "\n",
        encoding="utf-8",
    )
    workbook(tmp_path / "a.xlsx", [["Khai báo số liệu"], heads, row, [None] * 5])
    read = [declaration.load(tmp_path / f"a.{form}").rows for form in ("toml", "csv", "xlsx")]
    assert read == [(Row(unit="27", year="2024", records=1234, files=1005),)] * 3


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("[[so_lieu]]\nbang = 'x'\n", "handover.declaration_wrong"),
        ("[[so_lieu]]\nbang = 'x'\nnam = 2024\nso_luong = 1\n", "handover.declaration_wrong"),
        ("[[so_lieu]]\nso_luong = 'nhiều'\n", "handover.declaration_wrong"),
        ("[[so_lieu]]\nso_luong = -1\n", "handover.declaration_wrong"),
        ("[[so_lieu]]\nbangg = 'x'\nso_luong = 1\n", "handover.declaration_wrong"),
        ("[[tep]]\nten = 'a'\nsha256 = 'abc'\n", "handover.declaration_wrong"),
        ("la = 1\n", "handover.declaration_wrong"),
        ("so_lieu = [1]\n", "handover.declaration_unreadable"),
        ("[[[", "handover.declaration_unreadable"),
    ],
)
def test_a_wrong_declaration_is_refused_with_the_place(tmp_path, content, code):
    (tmp_path / "khai-bao.toml").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError) as error:
        declaration.load(tmp_path / "khai-bao.toml")
    assert error.value.code == code


def test_a_packed_bomb_is_no_declaration(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as packed:
        for name in range(3):
            packed.writestr(f"xl/{name}.xml", b"\0" * (100 << 20))
    with pytest.raises(UsageError, match=r"handover.declaration_unreadable"):
        declaration.load(tmp_path / "a.xlsx")


@pytest.mark.parametrize("form", ["toml", "csv", "xlsx"])
def test_the_template_can_be_read_and_is_never_written_over(tmp_path, form):
    path = tmp_path / f"khai-bao.{form}"
    run = CliRunner().invoke(commands.handover, ["template", str(path)], standalone_mode=False)
    assert run.exception is None, run.output
    assert declaration.load(path) == Declaration(path.name)
    again = CliRunner().invoke(commands.handover, ["template", str(path)], standalone_mode=False)
    assert isinstance(again.exception, UsageError)


# --------------------------------------------------------------------------- check


def copy_of(place, name="chup"):
    return checking.check(place.report(), place.root / name, Tally("vi"))


def test_an_untouched_copy_agrees(place):
    made, _ = document_system(seed=11, documents=300, blobs=False)
    place.take(made)
    checked = copy_of(place)
    assert checked.agrees and checked.same == len(made.files) + 1
    assert all(one.stated == one.found for one in checked.tables) and len(checked.tables) == len(made.tables)


def test_a_tampered_copy_is_found_file_by_file(place):
    made, _ = document_system(seed=4, documents=60)
    place.take(made)
    first, second, third = sorted(made.files)[:3]
    folder = place.root / "chup"
    (folder / first).write_bytes(b"khac")
    (folder / second).unlink()
    (folder / third).rename(folder / "doi-ten.bin")
    (folder / "them.txt").write_text("them", encoding="utf-8")
    checked = copy_of(place)
    assert not checked.agrees and checked.same == len(made.files) + 1 - 3
    assert {(one.code, one.values["name"]) for one in checked.findings} == {
        ("handover.copy.changed", first),
        ("handover.copy.missing", second),
        ("handover.copy.renamed", third),
        ("handover.copy.extra", "them.txt"),
    }


def test_notes_laid_beside_the_data_by_one_side_are_told_and_no_more(place):
    made, _ = document_system(seed=4, documents=20)
    place.take(made, beside={"ban-giao.toml": 'ten = "a"\n'})
    (place.root / "chup" / "ban-giao.toml").unlink()
    (place.root / "chup" / "khai-bao.csv").write_text("bang,so_luong\n", encoding="utf-8")
    checked = copy_of(place)
    assert checked.agrees and checked.mark != checked.stated_mark
    assert {(one.severity, one.values["name"]) for one in checked.findings} == {
        ("info", "ban-giao.toml"),
        ("info", "khai-bao.csv"),
    }


def test_rows_added_behind_the_same_tables_are_found(place):
    made, _ = document_system(seed=4, documents=60)
    place.take(made)
    report = place.report()
    steps = made.tables["xu_ly"]
    more = dataclasses.replace(
        made, tables=made.tables | {"xu_ly": dataclasses.replace(steps, rows=steps.rows[:-2])}
    )
    place.patch.setattr(checking, "opened", lambda path: MadeSource(more, laid(made, place.root / "chup")))
    checked = checking.check(report, place.root / "chup", Tally("vi"))
    assert [(one.code, one.values["table"]) for one in checked.findings] == [("handover.copy.rows", "xu_ly")]


def test_a_copy_no_reader_can_read_is_told(place):
    made, _ = document_system(seed=4, documents=20)
    place.take(made)

    def refuse(path):
        raise SourceRefused("refused.no_snapshot", path=path.name)

    place.patch.setattr(checking, "opened", refuse)
    checked = copy_of(place)
    assert not checked.agrees and [one.code for one in checked.findings] == ["refused.no_snapshot"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "other"}'])
def test_what_is_no_report_is_refused(tmp_path, content):
    (tmp_path / "r.json").write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=r"handover.no_report"):
        checking.load(tmp_path / "r.json")


# --------------------------------------------------------------------------- minutes


def words(docx):
    with zipfile.ZipFile(io.BytesIO(docx)) as packed:
        assert packed.testzip() is None
        for name in packed.namelist():
            etree.fromstring(packed.read(name))
        body = etree.fromstring(packed.read("word/document.xml"))
    return " ".join(body.itertext())


def test_the_minutes_say_the_numbers_digests_and_what_is_missing(place):
    made, truth = document_system(seed=3, documents=200)
    place.take(made)
    said = declaration.Parties(
        "12", "UBND huyện Lam Khê", "Trần Văn An", "Chánh Văn phòng", "UBND xã Hòa Lĩnh"
    )
    report = place.report(
        Declaration("khai-bao.toml", (Row(table="van_ban", records=truth.documents + 7),), parties=said)
    )
    folder = place.root / "out"
    files.write(report, folder, "vi")
    told = words((folder / files.MINUTES).read_bytes())
    assert (folder / files.MINUTES).read_bytes() == files.docx.write(
        files.minutes.blocks(report, "vi"), files.minutes.title(report, "vi"), "vi"
    )
    for text in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Số: 12/BB",
        "UBND HUYỆN LAM KHÊ",
        "Trần Văn An",
        report.mark,
    ):
        assert text in told
    assert f"khai {truth.documents + 7} dòng, nhận {truth.documents}, thiếu 7" in told
    assert all(file.sha256 in told for file in report.files)
    assert all(one.name in told for one in report.lost)
    assert checking.load(folder / files.REPORT) == report, "what is written is what the other side reads"


def test_the_pdf_of_the_minutes_says_the_same_on_a4(place):
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    made, truth = document_system(seed=3, documents=40)
    place.take(made)
    report = place.report(Declaration("x.toml", (Row(table="van_ban", records=truth.documents + 7),)))
    files.write(report, place.root / "out", "vi")
    with pdfium.PdfDocument(files.write_pdf(place.config, place.root / "out")) as pdf:
        told = " ".join(pdf[page].get_textpage().get_text_range() for page in range(len(pdf)))
        assert [round(side) for side in pdf[0].get_size()] == [595, 842]
    told = " ".join(told.split())
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in told and "ĐẠI DIỆN BÊN NHẬN" in told
    assert f"khai {truth.documents + 7} dòng" in told and report.mark in told.replace(" ", "")
    assert not list((place.config.work / "contents").rglob("*.pdf")), "no second copy stays"


def test_minutes_hold_whatever_names_files_have(place):
    made, _ = document_system(seed=4, documents=10)
    hostile = "a\u202e<&>]]>\x01\udcff.pdf"
    place.take(made)
    report = place.report()
    changed = dataclasses.replace(report, files=(reports.FileLine(hostile, 1, "00" * 32), *report.files[1:]))
    files.write(changed, place.root / "out", "vi")
    told = words((place.root / "out" / files.MINUTES).read_bytes())
    assert "[202E]<&>]]>[0001]" in told
    assert checking.load(place.root / "out" / files.REPORT).files[0].name == hostile


def test_missing_files_are_listed_with_the_path_the_system_states(place):
    made, truth = document_system(seed=3, documents=200)
    place.take(made)
    report = place.report()
    rows = {str(row[1]): row for row in made.tables["tep_dinh_kem"].rows}
    column = list(made.tables["tep_dinh_kem"].columns).index("duong_dan")
    assert truth.missing and len(report.lost) == truth.missing
    files.write(report, place.root / "out", "vi")
    book = openpyxl.load_workbook(place.root / "out" / files.WORKBOOK)
    listed = list(book["Tệp thiếu, không đọc được"].iter_rows(values_only=True))[1:]
    assert [row[3] for row in listed] == [one.stated for one in report.lost]
    assert {one.stated for one in report.lost} <= {row[column] for row in made.tables["tep_dinh_kem"].rows}
    assert all(one.stated and one.old_id in rows for one in report.lost)
    told = words((place.root / "out" / files.MINUTES).read_bytes())
    assert all(one.stated in told for one in report.lost)


def test_sixty_tables_leave_the_minutes_short(place):
    made, _ = document_system(seed=4, documents=20)
    more = {f"bang_{n}": made.tables["don_vi"] for n in range(60)}
    place.take(dataclasses.replace(made, tables=made.tables | more))
    report = place.report()
    blocks = files.minutes.blocks(report, "vi")
    signed = blocks[: next(place for place, one in enumerate(blocks) if isinstance(one, docx.NewPage))]
    assert sum(isinstance(one, docx.Table) for one in signed) == 1
    assert len([one for one in signed if isinstance(one, docx.Par) and one.text.startswith("– ")]) < 10
    assert any("60 bảng với 180 dòng" in one.text for one in signed if isinstance(one, docx.Par))


def test_a_mended_mapping_leaves_no_notes_of_the_run_before_it(place):
    made, _ = document_system(seed=4, documents=60)
    place.take(made)
    assert found(place.report())["snapshot.unit_unknown"] == 1
    blocks = files.minutes.blocks(place.report(), "vi")
    signed = blocks[: next(place for place, one in enumerate(blocks) if isinstance(one, docx.NewPage))]
    assert any("«H99.21»" in one.text for one in signed if isinstance(one, docx.Par)), "both sides sign it"
    place.take(made, change=lambda said: f'{said}\n[units."H99.21"]\nfonds = "H99.21.20"\n')
    after = place.report()
    assert after.balanced and not found(after)["snapshot.unit_unknown"]
    assert not {code for code in found(after) if code.startswith("snapshot.")}
    files.write(after, place.root / "out", "vi")
    assert "PHỤ LỤC IV" not in words((place.root / "out" / files.MINUTES).read_bytes())


# --------------------------------------------------------------------------- readiness


def judged(place, declared=None):
    held = place.held()
    counted = count(held)
    report = reports.make(held, counted, declared or Declaration(), MADE)
    return readiness.judge(place.config, held, counted, report)


def lights(found):
    return {one.name: (one.light, one.open) for one in found.measures}


def test_readiness_is_red_until_every_old_id_and_address_is_answered(place):
    made, truth = document_system(seed=4, documents=120)
    done = place.take(made)
    kept = truth.documents - truth.secret
    before = lights(judged(place))
    assert before["old_ids"] == before["old_addresses"] == ("red", kept)
    assert before["published"] == ("red", len(done.volumes))
    publish.publish(place.config, Holdings(place.config.holdings), Renditions(place.config.renditions))
    after = judged(place)
    assert after.generation == "000001"
    told = lights(after)
    assert told["old_ids"] == told["old_addresses"] == told["published"] == ("green", 0)
    assert told["rows"] == ("green", 0) and told["children"][1] == truth.orphans
    assert told["attachments"][1] == truth.missing and told["unfinished"] == ("amber", truth.unfinished)
    (units,) = (one for one in after.measures if one.name == "units")
    assert units.open and units.light == "red", "the district's unit is not in the mapping"


def test_a_change_after_publishing_is_told(place):
    made, _ = document_system(seed=4, documents=60)
    done = place.take(made)
    holdings = Holdings(place.config.holdings)
    publish.publish(place.config, holdings, Renditions(place.config.renditions))
    writer = HoldingsWriter(place.config.holdings, place.config.work / "staging" / "x")
    volume = writer.dossier(done.volumes[0])
    writer.commit(dataclasses.replace(volume, retention="Vĩnh viễn"))
    assert lights(judged(place))["published"] == ("red", 1)


def test_differences_from_the_declaration_make_it_red(place):
    made, truth = document_system(seed=4, documents=60)
    place.take(made)
    declared = Declaration("x.toml", (Row(table="van_ban", records=truth.documents + 1),))
    assert lights(judged(place))["declared"] == ("green", 0)
    assert lights(judged(place, declared))["declared"] == ("red", 1)


def test_where_nobody_states_how_many_rows_there_are_it_is_not_green(place):
    made, _ = document_system(seed=4, documents=20)
    place.patch.setattr(
        MadeSource,
        "tables",
        lambda self, known=MadeSource.tables: tuple(
            dataclasses.replace(table, declared=None) for table in known(self)
        ),
    )
    place.take(made)
    assert lights(judged(place))["stated"] == ("amber", len(made.tables))
    declared = Declaration("x.toml", tuple(Row(table=name, records=1) for name in made.tables))
    assert lights(judged(place, declared))["stated"] == ("green", 0)


def test_a_system_without_records_is_not_ready(place):
    made, truth = document_system(seed=4, documents=20)
    done = place.take(
        made, change=lambda said: said.replace('id = "id"', 'id = "id"\nonly = { trich_yeu = ["?"] }', 1)
    )
    told = lights(judged(place))
    assert done.left_out == {"not_selected": truth.documents}
    assert told["records"] == ("red", 1) and told["selected"] == ("amber", truth.documents)


def test_rows_nobody_chose_are_not_green(place):
    made, truth = document_system(seed=4, documents=60)
    column = list(made.tables["van_ban"].columns).index("huong")
    kinds = Counter(row[column] for row in made.tables["van_ban"].rows)
    chosen, count = kinds.most_common(1)[0]
    only = f'id = "id"\nonly = {{ huong = ["{chosen}"] }}'
    place.take(made, change=lambda said: said.replace('id = "id"', only, 1))
    told = lights(judged(place))
    assert told["records"] == ("green", 0) and told["selected"] == ("amber", truth.documents - count)


def test_every_measure_has_its_words():
    assert {limit.kind for limit in readiness.thresholds()} == {"share", "count"}
    for limit in readiness.thresholds():
        assert {f"handover.ready.{limit.name}.{part}" for part in ("name", "open")} <= catalogue("vi").keys()


# --------------------------------------------------------------------------- commands


def run(place, *words):
    return CliRunner().invoke(
        commands.handover, [*words, "--home", str(place.config.home)] if words[0] in ("report", "readiness") else [*words], standalone_mode=False
    )  # fmt: skip


def test_report_check_and_readiness_by_command(place):
    made, _ = document_system(seed=4, documents=60)
    place.take(made)
    place.patch.setattr(commands.files, "write_pdf", lambda config, folder: folder / "bien-ban.pdf")
    done = run(place, "report", "qlvb", "--out", str(place.root / "out"), "--json")
    assert done.return_value == 1, done.output
    told = json.loads(done.output)
    assert told["balanced"] is True and told["mark"] == place.report().mark
    assert datetime.fromisoformat(told["made"])
    report = str(place.root / "out" / "report.json")
    assert run(place, "check", report, str(place.root / "chup")).return_value == 0
    (place.root / "chup" / "them.txt").write_text("x", encoding="utf-8")
    assert run(place, "check", report, str(place.root / "chup")).return_value == 1
    ready = run(place, "readiness", "--out", str(place.root / "out"), "--json")
    assert ready.return_value == 1 and json.loads(ready.output)[0]["light"] == "red"
    page = (place.root / "out" / "readiness.html").read_text(encoding="utf-8")
    assert "Chưa tắt được" in page and "qlvb" in page


def test_without_libreoffice_there_is_still_the_docx(place):
    made, _ = document_system(seed=4, documents=20)
    place.take(made)
    place.patch.setattr(pdf.office.shutil, "which", lambda name: None)
    done = run(place, "report", "qlvb", "--out", str(place.root / "out"))
    assert done.return_value == 1, done.output
    assert (place.root / "out" / "bien-ban.docx").is_file()
    assert not (place.root / "out" / "bien-ban.pdf").exists()


def test_a_system_that_is_not_held_is_named(place):
    with pytest.raises(UsageError, match=r"handover.no_system"):
        place.held("khong-co")


def test_a_copy_of_another_system_is_told_first(place):
    made, _ = document_system(seed=4, documents=20)
    place.take(made)
    report = place.report()
    other, _ = one_stop_system(dossiers=5)
    place.patch.setattr(checking, "opened", lambda path: MadeSource(other, laid(other, place.root / "khac")))
    laid(other, place.root / "khac")
    (place.root / "khac" / "khac.txt").write_text("của hệ thống khác", encoding="utf-8")
    found = checking.check(report, place.root / "khac", Tally("vi")).findings
    assert found[0].code == "handover.copy.other" and len(found) > 1


def test_a_unit_written_in_two_cases_is_counted_once():
    shelf = counting.Shelf("H99.1", "register", "incoming", "", "2024")
    cells = {
        counting.Cell(shelf, unit): counting.Counts(kept=2) for unit in ("000.12.21.h99", "000.12.21.H99")
    }
    made = counting._one_spelling(cells)
    assert {cell.unit: counts.kept for cell, counts in made.items()} == {"000.12.21.H99": 4}
