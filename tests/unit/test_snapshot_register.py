"""Registers as clerks keep them: every habit of theirs on its own, then all together, then files that mean harm."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from archive.errors import SourceRefused
from ingest.snapshots.forms import register
from ingest.snapshots.forms.register import delimited, workbook
from ingest.snapshots.forms.register.layout import letter
from ingest.snapshots.forms.register.lines import day_of_serial, link_of
from samples.systems.as_register import Dirt, write
from samples.systems.model import Made, MadeTable
from tests.mails import compound

HEADING = ["Số đến", "Ngày đến", "Tác giả", "Số, ký hiệu", "Ngày tháng", "Trích yếu", "Người nhận"]
ROW = ["1", "02/01/2024", "Sở Nội vụ", "15/SNV-CCVC", "29/12/2023", "Về việc xếp lương", "Phòng Nội vụ"]


def book(path, *lines, merged=(), change=lambda sheet: None):
    made = Workbook()
    for line in lines:
        made.active.append(line)
    for area in merged:
        made.active.merge_cells(area)
    change(made.active)
    made.save(path)
    return path


def read(path):
    """(tables, rows, codes of findings -> their values)"""
    with register.opened(path) as source:
        tables, rows = source.tables(), list(source.rows())
        return tables, rows, {finding.code: finding.values for finding in source.findings()}


def cells(path, column):
    return [row.cells[column] for row in read(path)[1]]


def numbered(*numbers):
    return [[number, *ROW[1:]] for number in numbers]


# --------------------------------------------------------------------------- headings and titles


def test_titles_say_unit_year_and_direction(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["UBND TỈNH PHÚ THỌ", None, None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["UBND HUYỆN THANH BA", None, None, "Độc lập - Tự do - Hạnh phúc"],
        ["SỔ ĐĂNG KÝ VĂN BẢN ĐẾN"],
        ["Từ ngày 01/01/2024 đến ngày 31/12/2024"],
        HEADING,
        ROW,
    )
    [row] = read(path)[1]
    said = {name: row.cells[name] for name in ("@unit", "@year", "@direction", "@id")}
    assert said == {
        "@unit": "UBND HUYỆN THANH BA",
        "@year": "2024",
        "@direction": "incoming",
        "@id": "a - Sheet:6",
    }
    assert "SỔ ĐĂNG KÝ VĂN BẢN ĐẾN" in row.cells["@title"]
    assert row.locator == "a.xlsx#a - Sheet/1"


@pytest.mark.parametrize(
    ("title", "unit", "year", "direction"),
    [
        ("UBND HUYỆN LÂM THAO SỔ VĂN BẢN ĐẾN NĂM 2023", "UBND HUYỆN LÂM THAO", "2023", "incoming"),
        ("SỔ CÔNG VĂN ĐI NĂM 2022", None, "2022", "outgoing"),
        ("Sổ theo dõi hồ sơ một cửa", None, None, "procedures"),
        ("Văn bản nội bộ 2021", None, "2021", "internal"),
    ],
)
def test_a_title_in_one_line(tmp_path, title, unit, year, direction):
    [row] = read(book(tmp_path / "b.xlsx", [title], HEADING, ROW))[1]
    assert (row.cells["@unit"], row.cells["@year"], row.cells["@direction"]) == (unit, year, direction)


def test_file_and_folder_names_say_what_the_sheet_does_not(tmp_path):
    folder = tmp_path / "s" / "2019"
    folder.mkdir(parents=True)
    book(folder / "cong van di.xlsx", HEADING[2:], ROW[2:])
    [row] = read(tmp_path / "s")[1]
    assert (row.cells["@year"], row.cells["@direction"]) == ("2019", "outgoing")
    assert row.locator.startswith("2019/cong van di.xlsx#")


def test_columns_tell_the_direction_when_no_title_does(tmp_path):
    assert cells(book(tmp_path / "x.xlsx", HEADING, ROW), "@direction") == ["incoming"]


def test_a_heading_of_two_lines(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        ["Ngày đến", "Số đến", "Văn bản đến", None, "Trích yếu"],
        [None, None, "Số, ký hiệu", "Ngày tháng", None],
        ["2/1/2024", "1", "15/SNV", "1/1/2024", "A"],
        merged=("A1:A2", "B1:B2", "C1:D1", "E1:E2"),
    )
    [table], [row], _ = read(path)
    assert [(column.name, column.note) for column in table.columns[:5]] == [
        ("Ngày đến", "Ngày đến"),
        ("Số đến", "Số đến"),
        ("Văn bản đến / Số, ký hiệu", "Số, ký hiệu văn bản"),
        ("Văn bản đến / Ngày tháng", "Ngày tháng văn bản"),
        ("Trích yếu", "Tên loại và trích yếu nội dung văn bản"),
    ]
    assert row.cells["Văn bản đến / Số, ký hiệu"] == "15/SNV"


def test_the_same_in_csv_where_nothing_is_merged(tmp_path):
    (tmp_path / "a.csv").write_text(
        "Ngày đến;Số đến;Văn bản đến;;Trích yếu\n;;Số, ký hiệu;Ngày tháng;\n2/1/2024;1;15/SNV;1/1/2024;A\n",
        "utf-8",
    )
    [row] = read(tmp_path / "a.csv")[1]
    assert row.cells["Văn bản đến / Ngày tháng"] == "1/1/2024" and row.cells["Trích yếu"] == "A"


def test_headings_come_twice_and_not_at_all(tmp_path):
    path = book(tmp_path / "a.xlsx", [*HEADING, "Ghi chú", None, "Ghi  chú"], [*ROW, "x", "y", "z"])
    [table], [row], _ = read(path)
    assert [column.name for column in table.columns[7:10]] == ["Ghi chú", "@I", "Ghi chú (2)"]
    assert [row.cells[name] for name in ("Ghi chú", "@I", "Ghi chú (2)")] == ["x", "y", "z"]


def test_cells_beyond_the_heading_are_kept(tmp_path):
    [row] = read(book(tmp_path / "a.xlsx", HEADING, [*ROW, "ngoài bảng"]))[1]
    assert row.cells["@H"] == "ngoài bảng"


def test_letters_of_columns():
    assert [letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


# --------------------------------------------------------------------------- rows


def test_lines_that_are_no_rows_are_counted(tmp_path):
    path = book(
        tmp_path / "a.xlsx",
        HEADING,
        [f"({number})" for number in range(1, 8)],
        ["Tháng 1"],
        *numbered("1"),
        [],
        ["Tháng 2"],
        HEADING,
        *numbered("2"),
        ["Tổng cộng:", "2"],
    )
    _, rows, found = read(path)
    assert [(row.number, row.cells["Số đến"], row.cells["@section"]) for row in rows] == [
        (1, "1", "Tháng 1"),
        (2, "2", "Tháng 2"),
    ]
    assert (found["snapshot.register_between"]["count"], found["snapshot.register_between"]["lines"]) == (
        "3",
        "3, 6, 9",
    )
    assert found["snapshot.register_repeated"]["count"] == "2"


def test_a_line_with_only_a_number_or_only_a_subject_is_a_row(tmp_path):
    path = book(
        tmp_path / "a.xlsx", HEADING, ROW, ["12a"], [None, None, None, None, None, "Trang bị máy cho các xã"]
    )
    assert [row.cells["Trích yếu"] for row in read(path)[1]] == [ROW[5], None, "Trang bị máy cho các xã"]


def test_a_merged_cell_holds_for_all_its_rows(tmp_path):
    path = book(tmp_path / "a.xlsx", HEADING, *numbered("1", None, None, "2"), merged=("A2:A4", "C2:C3"))
    assert cells(path, "Số đến") == ["1", "1", "1", "2"]


def test_days_real_typed_and_as_bare_numbers(tmp_path):
    days = [
        date(2024, 1, 2),
        "02/01/2024",
        "2.1.24",
        "2-1-98",
        45293,
        "45293",
        "tháng 1/2024",
        "ngày 02 tháng 01 năm 2024",
    ]
    path = book(
        tmp_path / "a.xlsx", HEADING, *([str(number), day, *ROW[2:]] for number, day in enumerate(days, 1))
    )
    found = cells(path, "Ngày đến")
    assert found == [
        "2024-01-02",
        "02/01/2024",
        "2.1.2024",
        "2-1-1998",
        "2024-01-02",
        "2024-01-02",
        *days[6:],
    ]
    noted = read(path)[2]
    assert [noted[f"snapshot.register_{what}"]["count"] for what in ("serial", "short_year")] == ["2", "2"]


def test_bare_numbers_elsewhere_stay_numbers(tmp_path):
    assert cells(book(tmp_path / "a.xlsx", HEADING, [45293, *ROW[1:]]), "Số đến") == ["45293"]
    assert [day_of_serial(said) for said in ("12", "45293.5", "99999", "x")] == ["", "2024-01-02", "", ""]


def test_days_that_may_be_swapped_are_told(tmp_path):
    typed = ["25/03/2024", "13/02/2024", "31/01/2024"]
    taken = [date(2024, 5, 3), date(2024, 2, 1), date(2024, 12, 9)]
    lines = [[str(number), day, *ROW[2:]] for number, day in enumerate([*typed, *taken], 1)]
    found = read(book(tmp_path / "a.xlsx", HEADING, *lines))[2]["snapshot.register_swapped"]
    assert (found["column"], found["count"], found["lines"]) == ("Ngày đến", "3", "5, 6, 7")
    lines[3][1] = date(2024, 3, 25)
    assert "snapshot.register_swapped" not in read(book(tmp_path / "b.xlsx", HEADING, *lines))[2]


# --------------------------------------------------------------------------- numbers


def test_numbers_given_twice_and_missing_ones(tmp_path):
    path = book(tmp_path / "a.xlsx", HEADING, *numbered("1", "02", 3.0, "3", "3a", "7", "10"))
    found = read(path)[2]
    assert found["snapshot.register_twice"]["rows"] == "3: 3, 4"
    assert (found["snapshot.register_gaps"]["numbers"], found["snapshot.register_gaps"]["count"]) == (
        "4–6, 8–9",
        "5",
    )


def test_every_year_and_every_notation_counts_on_its_own(tmp_path):
    path = book(tmp_path / "a.xlsx", HEADING, ["1", "3/1/2023", *ROW[2:]], ["1", "3/1/2024", *ROW[2:]])
    assert "snapshot.register_twice" not in read(path)[2]
    out = ["Số, ký hiệu", "Ngày ban hành", "Trích yếu", "Nơi nhận"]
    lines = [
        [code, "2/1/2024", "A", "B"]
        for code in ("1/QĐ-UBND", "1/UBND-VX", "2/QĐ-UBND", "5/QĐ-UBND", "5/QĐ-UBND")
    ]
    found = read(book(tmp_path / "di.xlsx", out, *lines))[2]
    assert found["snapshot.register_twice"]["rows"] == "5: 4, 5"
    assert found["snapshot.register_gaps"]["numbers"] == "3–4"


def test_numbers_of_incoming_documents_have_no_sequence(tmp_path):
    path = book(tmp_path / "a.xlsx", HEADING[1:], *(ROW[1:] for _ in range(3)))
    assert "snapshot.register_twice" not in read(path)[2]


# --------------------------------------------------------------------------- links and formulas


def test_a_link_is_text_and_target(tmp_path):
    def link(sheet):
        sheet["H3"].hyperlink = "tep/c%20d.pdf"

    lines = [*ROW, '=HYPERLINK("tep/b.pdf","b.pdf")'], [*ROW, "xem tệp"], [*ROW, "e.pdf\nf.pdf"]
    path = book(tmp_path / "a.xlsx", [*HEADING, "Tệp đính kèm"], *lines, change=link)
    rows = read(path)[1]
    assert [row.cells["Tệp đính kèm@link"] for row in rows] == ["tep/b.pdf", "tep/c d.pdf", None]
    assert [row.cells["@file"] for row in rows] == ["tep/b.pdf", "tep/c d.pdf", "e.pdf;f.pdf"]
    assert [row.cells["Tệp đính kèm"] for row in rows] == ["b.pdf", "xem tệp", "e.pdf\nf.pdf"]
    assert "snapshot.register_unknown" not in read(path)[2]


def test_a_formula_gives_its_kept_value_and_is_never_computed(tmp_path):
    path = book(
        tmp_path / "a.xlsx", HEADING, ["=1+1", *ROW[1:]], ['=WEBSERVICE("http://127.0.0.1/")', *ROW[1:]]
    )
    assert cells(path, "Số đến") == [None, None]
    assert read(path)[2]["snapshot.register_unknown"]["count"] == "2"
    _replace(path, "xl/worksheets/sheet1.xml", b"<f>1+1</f><v></v>", b"<f>1+1</f><v>7</v>")
    assert cells(path, "Số đến") == ["7", None]


def test_escapes_mean_something_in_workbooks_only(tmp_path):
    row = [*ROW[:5], "Dòng một_x000D_\nvà _x0041_ _x00GG_", ROW[6]]
    assert cells(book(tmp_path / "a.xlsx", HEADING, row), "Trích yếu") == ["Dòng một\nvà A _x00GG_"]
    plain = "\n".join(";".join(line) for line in (HEADING, [*ROW[:5], "mã _x000D_", ROW[6]]))
    (tmp_path / "a.csv").write_text(plain, encoding="utf-8")
    assert cells(tmp_path / "a.csv", "Trích yếu") == ["mã _x000D_"]


def test_links_written_out_and_computed():
    assert link_of('=HYPERLINK("a""b.pdf","x")') == ('a"b.pdf', "x")
    assert link_of('= hyperlink( "a.pdf" )') == ("a.pdf", "a.pdf")
    assert link_of('=HYPERLINK("a.pdf",B2)') == ("a.pdf", "a.pdf")
    assert link_of('=HYPERLINK("tep/"&A1,"x")') is None and link_of("=SUM(A1)") is None


# --------------------------------------------------------------------------- csv

LINES = "Số đến{0}Ngày đến{0}Tác giả{0}Trích yếu\n1{0}2/1/2024{0}Sở Nội vụ tỉnh{0}Về việc nâng bậc lương thường xuyên\n"


@pytest.mark.parametrize("separator", ";,\t|")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_csv_in_any_encoding_and_separator(tmp_path, separator, encoding):
    (tmp_path / "a.csv").write_bytes(LINES.format(separator).encode(encoding))
    assert cells(tmp_path / "a.csv", "Tác giả") == ["Sở Nội vụ tỉnh"]


def test_csv_of_old_windows(tmp_path):
    (tmp_path / "a.csv").write_bytes(_cp1258(LINES.format(";")))
    assert cells(tmp_path / "a.csv", "Trích yếu") == ["Về việc nâng bậc lương thường xuyên"]
    assert register.opened(tmp_path / "a.csv").encodings() == ("cp1258",)


OLD = {
    "tcvn3": (
        "Sè ®Õn;Ngµy ®Õn;T¸c gi¶;TrÝch yÕu\n1;2/1/2004;Së Néi vô;VÒ viÖc n©ng bËc l­¬ng th­êng xuyªn\n",
        "Về việc nâng bậc lương thường xuyên",
    ),
    "vni": (
        "Soá ñeán;Ngaøy ñeán;Taùc giaû;Trích yeáu\n1;2/1/2004;Sôû Noäi vuï;Veà vieäc naâng baäc löông thöôøng xuyeân\n",
        "Về việc nâng bậc lương thường xuyên",
    ),
}


@pytest.mark.parametrize("rule", OLD)
def test_text_from_before_unicode_in_csv_and_workbook(tmp_path, rule):
    written, subject = OLD[rule]
    (tmp_path / "a.csv").write_bytes(written.encode("latin-1"))
    book(tmp_path / "b.xlsx", *(line.split(";") for line in written.splitlines()))
    for path in (tmp_path / "a.csv", tmp_path / "b.xlsx"):
        [table], [row], found = read(path)
        assert [column.name for column in table.columns[:4]] == ["Số đến", "Ngày đến", "Tác giả", "Trích yếu"]
        assert row.cells["Trích yếu"] == subject
        assert found["snapshot.register_legacy"]["rule"] == rule
        assert register.opened(path).encodings() == (rule,)


def test_spreadsheet_habits_in_csv(tmp_path):
    text = 'sep=;\r\nSố đến;Ngày đến;Trích yếu;Tệp\r\n="007";2/1/2024;"a;b\nc";=HYPERLINK("x.pdf","y")\r\n'
    (tmp_path / "a.csv").write_text(
        text.replace('=HYPERLINK("x.pdf","y")', '"=HYPERLINK(""x.pdf"",""y"")"'), "utf-8"
    )
    [row] = read(tmp_path / "a.csv")[1]
    assert [row.cells[name] for name in ("Số đến", "Trích yếu", "Tệp", "Tệp@link")] == [
        "007",
        "a;b\nc",
        "y",
        "x.pdf",
    ]


def test_lines_of_csv_that_cannot_be_read_are_told_and_the_rest_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "MAX_LINE", 10_000)
    good = "2;2/1/2024;B;C\n"
    (tmp_path / "a.csv").write_text(
        LINES.format(";") + "x" * 25_000 + "\n" + good + "9;" + '"' + "y;\n" * 60_000, "utf-8"
    )
    _, rows, found = read(tmp_path / "a.csv")
    assert [row.cells["Số đến"] for row in rows][:2] == ["1", "2"]
    assert found["snapshot.register_broken"]["lines"].startswith("3, 5")


# --------------------------------------------------------------------------- folders


def test_a_folder_is_one_snapshot_of_its_registers(tmp_path):
    book(tmp_path / "den.xlsx", HEADING, ROW)
    (tmp_path / "di.csv").write_text(
        "Số, ký hiệu;Ngày ban hành;Trích yếu;Nơi nhận\n1/QĐ;1/1/2024;A;B\n", "utf-8"
    )
    (tmp_path / "ghi chu.csv").write_text("a;b\n", "utf-8")
    (tmp_path / "tep").mkdir()
    book(tmp_path / "tep" / "danh-sach.xlsx", HEADING, ROW)
    (tmp_path / "tep" / "a.pdf").write_bytes(b"%PDF")
    assert register.takes(tmp_path, b"")
    tables, rows, found = read(tmp_path)
    assert [table.name for table in tables] == ["den - Sheet", "di"] and len(rows) == 2
    assert found["snapshot.register_deeper"]["file"] == "tep/danh-sach.xlsx"
    assert found["snapshot.register_passed"]["file"] == "ghi chu.csv"


def test_sheets_and_files_of_the_same_name_make_different_tables(tmp_path):
    for year in ("2023", "2024"):
        (tmp_path / year).mkdir()
        book(tmp_path / year / "so.xlsx", HEADING, ROW)
    assert [table.name for table in read(tmp_path)[0]] == ["so - Sheet", "so - Sheet (2)"]


def test_a_sheet_without_heading_beside_a_register_is_told(tmp_path):
    made = Workbook()
    for title, lines in (("Tháng 1", [HEADING, ROW]), ("Tháng 2", [ROW, ROW]), ("Trống", [])):
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(line)
    made.save(tmp_path / "a.xlsx")
    tables, _, found = read(tmp_path / "a.xlsx")
    assert [table.name for table in tables] == ["a - Tháng 1"]
    assert found == {"snapshot.register_sheet": {"file": "a.xlsx", "sheet": "Tháng 2", "count": "2"}}


def test_links_to_elsewhere_are_not_followed(tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir(), inside.mkdir()
    book(outside / "so.xlsx", HEADING, ROW)
    (inside / "so.xlsx").symlink_to(outside / "so.xlsx")
    (inside / "more").symlink_to(outside)
    assert not register.takes(inside, b"")


def test_rows_may_be_read_again(tmp_path):
    source = register.opened(book(tmp_path / "a.xlsx", HEADING, *numbered("1", "1")))
    assert list(source.rows()) == list(source.rows())
    assert len(source.findings()) == 1


# --------------------------------------------------------------------------- files that mean harm


def _cp1258(text):
    tones = "\u0300\u0301\u0303\u0309\u0323"
    import unicodedata

    def letters(char):
        plain = unicodedata.normalize("NFD", char)
        tone = "".join(mark for mark in plain if mark in tones)
        return unicodedata.normalize("NFC", "".join(mark for mark in plain if mark not in tones)) + tone

    return "".join(map(letters, text)).encode("cp1258")


def _replace(path, member, old, new):
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    assert old in held[member]
    held[member] = held[member].replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("name", "held", "code"),
    [
        ("a.xls", compound({"Book": b"Excel 5"}), "refused.register_old"),
        ("a.xls", compound({"Workbook": b"\x09\x08\0\0\x2f\0\2\0\0\0\x0a\0\0\0"}), "refused.register_locked"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "refused.register_broken"),
        ("a.xlsx", compound({"EncryptedPackage": b"1"}), "refused.register_locked"),
        ("a.xlsx", b"PK\x03\x04 and then nothing", "refused.register_broken"),
        ("a.csv", b"", "refused.register_no_heading"),
        ("a.csv", "Tên;Tuổi\nAn;12\n".encode(), "refused.register_no_heading"),
        ("a.csv", bytes(range(256)) * 40, "refused.register_no_heading"),
    ],
)
def test_what_is_no_register_is_refused(tmp_path, name, held, code):
    (tmp_path / name).write_bytes(held)
    with pytest.raises(SourceRefused) as refused:
        register.opened(tmp_path / name)
    assert refused.value.code == code


def test_a_workbook_with_a_dtd_is_refused(tmp_path):
    path = book(tmp_path / "a.xlsx", HEADING, ROW)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet'
    _replace(path, "xl/worksheets/sheet1.xml", b"<worksheet", bomb)
    with pytest.raises(SourceRefused):
        register.opened(path)
    assert not register.takes(path, path.read_bytes()[:4096])


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_UNPACKED", 1000)
    with pytest.raises(SourceRefused) as refused:
        register.opened(book(tmp_path / "a.xlsx", HEADING, ROW))
    assert refused.value.code == "refused.register_too_large"


def test_a_sheet_that_breaks_off_gives_what_stands_before(tmp_path):
    path = book(tmp_path / "a.xlsx", HEADING, *numbered("1", "2", "3"))
    _replace(path, "xl/worksheets/sheet1.xml", b'<row r="4"', b'<row r="4"><<<')
    _, rows, found = read(path)
    assert [row.cells["Số đến"] for row in rows] == ["1", "2"]
    assert found["snapshot.register_cut"]["lines"] == "4"


def test_a_line_number_beyond_every_sheet_ends_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_LINES", 1000)
    path = book(tmp_path / "a.xlsx", HEADING, *numbered("1", "2"))
    _replace(path, "xl/worksheets/sheet1.xml", b'<row r="3"', b'<row r="999999999999"')
    _, rows, found = read(path)
    assert len(rows) == 1 and "snapshot.register_cut" in found


def test_a_chunk_border_hides_no_merged_area():
    xml = (
        b"<a>" + b"".join(b'<mergeCell ref="A%d:A%d"/>' % (at, at + 1) for at in range(1, 4000, 2)) + b"</a>"
    )
    found = [workbook._marks(io.BytesIO(xml), {}).merged for workbook._CHUNK in (7, 64, 1 << 20)]
    assert found[0] == found[1] == found[2] and len(found[0]) == 2000


# --------------------------------------------------------------------------- all together


def _made(count):
    first = date(2024, 1, 2)
    rows = [
        (
            number,
            first + timedelta(days=number % 300),
            "Sở Nội vụ",
            f"{number}/SNV",
            f"Việc thứ {number}",
            f"tep/{number}.pdf",
        )
        for number in range(1, count + 1)
    ]
    names = ["Số đến", "Ngày đến", "Tác giả", "Số, ký hiệu", "Trích yếu", "Tệp đính kèm"]
    kinds = ["integer", "date", "text", "text", "text", "text"]
    files = {f"tep/{number}.pdf": b"%PDF" for number in range(1, count + 1)}
    return Made({"so-den": MadeTable(dict(zip(names, kinds, strict=True)), rows, ("Số đến",))}, files)


def test_a_register_with_every_dirt_planted(tmp_path):
    made = _made(40)
    dirt = Dirt(
        title=["UBND HUYỆN THANH BA", "SỔ VĂN BẢN ĐẾN NĂM 2024"],
        groups=(("Văn bản", ("Số, ký hiệu", "Trích yếu")),),
        merged=(("Tác giả", 3, 5),),
        number="Số đến",
        twice=frozenset({7}),
        lettered=frozenset({12}),
        typed=5,
        serial=frozenset({9}),
        sections=((20, "Tháng 2"),),
        empty=frozenset({15}),
        linked="Tệp đính kèm",
    )
    write(made, tmp_path / "s", dirt)
    _, rows, found = read(tmp_path / "s")
    assert len(rows) == 40
    kept = [row[0] for row in made.tables["so-den"].rows]
    expected = [str(number) for number in kept]
    expected[6], expected[11] = "6", "12a"
    assert [row.cells["Số đến"] for row in rows] == expected
    assert [row.cells["@section"] for row in rows] == [None] * 19 + ["Tháng 2"] * 21
    assert [row.cells["@file"] for row in rows] == [f"tep/{number}.pdf" for number in kept]
    assert rows[0].cells["Văn bản / Trích yếu"] == "Việc thứ 1"
    assert found["snapshot.register_twice"]["rows"] == "6: 6, 7"
    assert found["snapshot.register_gaps"]["numbers"] == "7"
    assert (tmp_path / "s" / "tep" / "7.pdf").exists()


cell = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20).map(
    lambda said: "x" + " ".join(said.replace("\u2028", "").split())
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(cell, min_size=7, max_size=7), min_size=1, max_size=6),
    separator=st.sampled_from(";,\t"),
)
def test_what_is_written_to_csv_is_read_back(tmp_path, rows, separator):
    import csv
    import unicodedata

    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as target:
        csv.writer(target, delimiter=separator).writerows([HEADING, *rows])
    plain = [[unicodedata.normalize("NFC", said).strip() for said in row] for row in rows]
    assert [[row.cells[name] for name in HEADING] for row in read(tmp_path / "a.csv")[1]] == plain
