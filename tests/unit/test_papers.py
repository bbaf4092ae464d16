"""Registers and lists in their official forms: one definition for screen and files."""

import io
import shutil
import zipfile
from dataclasses import replace

import openpyxl
import pdfplumber
import pytest
from click.testing import CliRunner
from lxml import etree

from archive import cli
from archive.model import FieldValue, Item, ItemRow
from archive.papers import files, forms, lists
from archive.people.accounts_writer import AccountsWriter
from archive.processing import Coded, SystemRecord
from archive.publishing.handles import RegisterKey
from archive.rights.access import Grant
from tests import homes
from tests.architecture.test_routes import sign_in

KEY = RegisterKey("H01.12", "incoming", "Sổ đến", "2019", "qlvb")


def entry(number: int, subject: str = "Về việc thu hồi đất") -> Item:
    fields = {"code": f"{number}/CV", "issuer": "UBND huyện", "subject": subject, "issued_date": "2019-03-01"}
    values = {name: FieldValue(value, 1.0, "system") for name, value in fields.items()}
    record = SystemRecord(
        "qlvb", str(number), "", direction=Coded("1", "incoming"), number=str(number), arrived="2019-03-02"
    )
    return Item(f"H01.12:so:{number:03d}", number, subject, values, (), (), record=record)


def register(count: int) -> files.Filled:
    return lists.of_register(KEY, [entry(n) for n in range(1, count + 1)], homes.FONDS_A, "vi")


def texts(docx: bytes) -> list[list[str]]:
    """The cells of every table, row by row."""
    with zipfile.ZipFile(io.BytesIO(docx)) as packed:
        tree = etree.fromstring(packed.read("word/document.xml"))
    return [["".join(cell.itertext()) for cell in row.iter("{*}tc")] for row in tree.iter("{*}tr")]


def test_every_form_has_a_width_and_a_heading_in_both_languages_for_each_column():
    for form in forms.forms().values():
        assert len(form.shares) == len(form.columns) == len(set(form.columns)) and set(form.numbers) <= set(
            form.columns
        )
        for language in ("vi", "en"):
            assert not [head for head in form.headings(language) if head.startswith("form.col.")]
    assert len(forms.of_register("incoming").columns) == len(forms.of_register("draft").columns) == 10


def test_the_files_of_a_register_hold_the_cells_of_its_screen():
    paper = register(3)
    heads, counted, *rows = texts(files.as_docx([paper], "vi"))
    assert heads == paper.form.headings("vi") and counted[0] == "(1)"
    assert rows == [list(row) for row in paper.rows]
    sheet = openpyxl.load_workbook(io.BytesIO(files.as_xlsx([paper], "vi"))).worksheets[0]
    assert [[cell.value or "" for cell in row] for row in sheet.iter_rows()] == [heads, *rows]
    assert rows[0][:6] == ["02/03/2019", "1", "UBND huyện", "1/CV", "01/03/2019", "Về việc thu hồi đất"]


def test_a_cell_that_looks_like_a_formula_stays_text():
    paper = lists.of_register(KEY, [entry(1, '=HYPERLINK("http://x")')], homes.FONDS_A, "vi")
    sheet = openpyxl.load_workbook(io.BytesIO(files.as_xlsx([paper], "vi"))).worksheets[0]
    assert sheet["F2"].data_type == "s" and sheet["F2"].value.startswith("=HYPERLINK")


def test_a_list_of_documents_tells_on_which_pages_each_stands():
    row = ItemRow("x", "x", 1, "Báo cáo", "1/BC", "2019", "UBND", "Báo cáo", "", "", "", "", "", 3, None)
    rows = [row, replace(row, page_count=0), replace(row, page_count=1)]
    assert [cells["sheets"] for cells in forms.document_lines(rows, "vi")] == ["1–3", "", "4"]


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("papers"))
    AccountsWriter(settings.accounts).add("truong", homes.PASSWORD, [Grant(homes.UNIT_A.code, "leader")], "")
    return settings


def run(settings, *words):
    given = [*(str(word) for word in words), "--home", str(settings.home)]
    return CliRunner().invoke(cli.kho, given, standalone_mode=False, catch_exceptions=True)


def test_the_command_writes_lists_in_every_form(settings, tmp_path):
    out = tmp_path / "ml.docx"
    assert run(settings, "form", "--fonds", "H01.12", "--out", out).exception is None
    _, _, *rows = texts(out.read_bytes())
    assert [row[1] for row in rows] == ["DD.2014", "HT.2019"] and rows[0][4] == "Vĩnh viễn"
    assert (
        run(settings, "form", "--dossier", "H01.12:DD.2014", "--out", tmp_path / "vb.xlsx").exception is None
    )
    sheet = openpyxl.load_workbook(tmp_path / "vb.xlsx").worksheets[0]
    assert sheet.max_row == 7 and sheet["B2"].value == "15/QĐ-UBND" and sheet["F2"].value == "1–3"
    assert run(settings, "form", "--fonds", "H01.12", "--register", "incoming", "--out", out).exception
    assert run(settings, "form", "--fonds", "H01.12", "--out", tmp_path / "x.odt").exception


def test_a_list_becomes_a_pdf_on_a_lying_sheet(settings, tmp_path):
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    out = tmp_path / "ml.pdf"
    assert run(settings, "form", "--fonds", "H01.12", "--out", out).exception is None
    with pdfplumber.open(out) as pdf:
        assert pdf.pages[0].width > pdf.pages[0].height
        assert "MỤC LỤC HỒ SƠ" in pdf.pages[0].extract_text() and "DD.2014" in pdf.pages[0].extract_text()


def test_who_may_export_gets_the_list_of_a_dossier_from_its_page(settings):
    client = sign_in(homes.app(settings), "truong")
    assert "/dossier/H01.12:DD.2014/docx" in client.get("/dossier/H01.12:DD.2014").text
    answer = client.get("/dossier/H01.12:DD.2014/docx")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="muc-luc-DD.2014.docx"'
    assert [row[0] for row in texts(answer.data)][2:] == ["1", "2", "3", "4", "5", "6"]
    listed = texts(client.get("/fonds/H01.12/docx").data)
    assert [row[1] for row in listed][2:] == ["DD.2014", "HT.2019"]


def test_only_what_may_be_exported_is_taken_out_as_a_list(settings):
    """One grant lets look, another take out: a list of what may only be looked at is not made."""
    grants = [Grant(homes.UNIT_A.code, "leader"), Grant(homes.UNIT_B.code, "official")]
    AccountsWriter(settings.accounts).add("hai-quyen", homes.PASSWORD, grants, "")
    client = sign_in(homes.app(settings), "hai-quyen")
    other = "/dossier/H01:GT.2016"
    assert client.get(other).status_code == 200
    assert client.get(f"{other}/docx").status_code == client.get(f"{other}/xlsx").status_code == 404
    assert client.get("/dossier/H01.12:DD.2014/docx").status_code == 200
