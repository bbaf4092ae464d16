"""Reading an office's own list, as offices really make them."""

import unicodedata
from datetime import date, datetime
from itertools import pairwise

import pytest
from openpyxl import Workbook

from archive.errors import SourceRefused
from ingest.batch.folder import Listed, plan
from ingest.catalogue.match import assign, match
from ingest.catalogue.sheet import Row, read
from ingest.grading.grades import UNCLEAR, column_grade, grade, grade_of_name
from tests import scans


def rows(path, *lines):
    book = Workbook()
    for line in lines:
        book.active.append(line)
    book.save(path)
    return read(path, path.name)


def test_columns_are_known_by_vietnamese_names_with_or_without_marks(tmp_path):
    [row] = rows(
        tmp_path / "muc-luc.xlsx",
        [
            "SO TT",
            "Tên tệp",
            "Số, ký hiệu",
            "Ngày tháng năm",
            "ten loai",
            "TRÍCH YẾU",
            "Tác giả",
            "Người ký",
            "Số trang",
        ],
        [
            3.0,
            "a.pdf",
            "15/QĐ-UBND",
            "31/5/2019",
            "Quyết định",
            "Về việc giao đất",
            "UBND huyện",
            "Lê Văn A",
            "2 tờ",
        ],
    )
    assert (row.ordinal, row.file, row.pages, row.line) == (3, "a.pdf", 2, 2)
    assert row.fields == {
        "code": "15/QĐ-UBND",
        "issued_date": "2019-05-31",
        "type_name": "Quyết định",
        "subject": "Về việc giao đất",
        "issuer": "UBND huyện",
        "signer": "Lê Văn A",
    }


def test_the_header_is_found_below_titles_and_column_numbers_are_no_row(tmp_path):
    found = rows(
        tmp_path / "muc-luc.xlsx",
        ["ỦY BAN NHÂN DÂN HUYỆN"],
        ["MỤC LỤC VĂN BẢN"],
        [],
        ["STT", "Số và ký hiệu", "Trích yếu", "Ghi chú"],
        ["(1)", "(2)", "(3)", "(4)"],
        [1, "15/QĐ-UBND", "Giao đất", ""],
        [],
        [2, "16/QĐ-UBND", "Thu hồi đất", "bản sao"],
    )
    assert [(row.line, row.ordinal, row.note) for row in found] == [(6, 1, ""), (8, 2, "bản sao")]


def test_dates_as_dates_and_numbers_in_two_columns(tmp_path):
    found = rows(
        tmp_path / "muc-luc.xlsx",
        ["Số văn bản", "Ký hiệu", "Ngày ban hành"],
        [15, "QĐ-UBND", datetime(2019, 5, 31)],
        [16, "QĐ-UBND", date(2019, 6, 1)],
        ["17", "", "khoảng 2019"],
    )
    assert [row.fields.get("code", "") for row in found] == ["15/QĐ-UBND", "16/QĐ-UBND", ""]
    assert [row.fields.get("issued_date") for row in found] == ["2019-05-31", "2019-06-01", None]


def test_a_list_of_dossiers_is_told_from_a_list_of_documents(tmp_path):
    [row] = rows(
        tmp_path / "muc-luc-ho-so.xlsx",
        ["Mã hồ sơ", "Tiêu đề hồ sơ", "Thời hạn bảo quản"],
        ["HS-01", "Hồ sơ giao đất", "Vĩnh viễn"],
    )
    assert row.describes_dossier and (row.dossier_code, row.retention) == ("HS-01", "Vĩnh viễn")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("Mật", "Mật"),
        ("MAT", "Mật"),
        ("Độ mật: Tối mật", "Tối mật"),
        ("tuyet mat", "Tuyệt mật"),
        ("Không mật", ""),
        ("Đã giải mật", UNCLEAR),
        ("Giải mật", UNCLEAR),
        ("Mật, đã giải mật năm 2020", UNCLEAR),
        ("Mat, chua giai mat", "Mật"),
        ("da giai mat", UNCLEAR),
        ("Mật, chưa giải mật", "Mật"),
        ("Mật (giải mật năm 2030)", "Mật"),
        ("Đã giải mật: chưa; Tối mật", "Tối mật"),
        ("Mật, phụ lục không mật", "Mật"),
        ("Mặt trận Tổ quốc", ""),
        ("Công khai", ""),
        ("", ""),
    ],
)
def test_secrecy_grades(said, expected):
    assert grade(said) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", ""),
        ("-", ""),
        ("Thường", ""),
        ("thuong", ""),
        ("THƯỜNG / KHÔNG MẬT.", ""),
        ("không mật", ""),
        ("Không", ""),
        ("Công khai", ""),
        ("Mật", "Mật"),
        ("toi mat", "Tối mật"),
        ("Mat, chua giai mat", "Mật"),
        ("Mật, phụ lục không mật", "Mật"),
        ("da giai mat", UNCLEAR),
        ("Tối mật, đã giải mật theo QĐ 12", UNCLEAR),
        ("Không rõ", UNCLEAR),
        ("Nội bộ", UNCLEAR),
        ("M", UNCLEAR),
        ("0", UNCLEAR),
    ],
)
def test_a_secrecy_column_closes_all_that_it_does_not_clearly_call_open(said, expected):
    assert column_grade(said) == expected
    assert column_grade(unicodedata.normalize("NFD", said)) == expected


def test_an_unclear_secrecy_cell_is_told_with_its_line(tmp_path):
    [told] = match(
        rows(tmp_path / "m.xlsx", ["Tên tệp", "Độ mật"], ["a.pdf", "da giai mat"]), dossier("A/a.pdf")
    ).findings
    assert (told.code, told.values["line"]) == ("catalogue.secrecy_unclear", "2")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("A/Kế hoạch tuyệt mật 2019.pdf", "Tuyệt mật"),
        ("A/ke_hoach_TOI_MAT.pdf", "Tối mật"),
        ("Hồ sơ Tối Mật/a.pdf", "Tối mật"),
        ("Mật/a.pdf", "Mật"),
        ("A/MẬT.pdf", "Mật"),
        ("A/Công văn (Mật).pdf", "Mật"),
        ("A [MAT]/a.pdf", "Mật"),
        ("A/(mat) cong van.pdf", "Mật"),
        ("A/MAT.pdf", ""),
        ("A/mật ong rừng.pdf", ""),
        ("Nguyễn Thị Mật/a.pdf", ""),
        ("A/bí mật nghề.pdf", ""),
        ("A/tối mất điện.pdf", ""),
    ],
)
def test_grades_in_names(name, expected):
    assert grade_of_name(name) == expected
    assert grade_of_name(unicodedata.normalize("NFD", name)) == expected


def test_any_of_the_three_columns_can_say_secret(tmp_path):
    found = rows(
        tmp_path / "muc-luc.xlsx",
        ["Tên tệp", "Chế độ sử dụng", "Độ mật", "Ghi chú"],
        ["a.pdf", "Mật", "", ""],
        ["b.pdf", "", "Tối mật", ""],
        ["c.pdf", "", "", "Mật"],
        ["d.pdf", "Hạn chế", "", "mật ong rừng"],
    )
    assert [row.grade for row in found] == ["Mật", "Tối mật", "Mật", ""]


def test_sheets_that_cannot_be_read_are_refused_with_a_reason(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"PK nothing")
    cases = {"x.xls": "refused.sheet_old", "x.xlsx": "refused.sheet_broken"}
    for name, code in cases.items():
        with pytest.raises(SourceRefused) as caught:
            read(tmp_path / "x.xlsx", name)
        assert caught.value.code == code
    with pytest.raises(SourceRefused) as caught:
        rows(tmp_path / "y.xlsx", ["một", "hai"], [1, 2])
    assert caught.value.code == "refused.sheet_no_header"


def test_a_formula_is_taken_by_its_value_and_an_error_as_nothing(tmp_path):
    path = scans.sheet(
        tmp_path / "m.xlsx", ["Tên tệp", "Trích yếu"], ["a.pdf", "#REF!"], ["b.pdf", '=HYPERLINK("x")']
    )
    assert [row.fields for row in read(path, "m.xlsx")] == [{}, {}]


def test_a_merged_secrecy_cell_holds_for_all_its_rows(tmp_path):
    book = Workbook()
    for line in (["Tên tệp", "Độ mật"], ["a.pdf", "Mật"], ["b.pdf"], ["c.pdf"], ["d.pdf"]):
        book.active.append(line)
    book.active.merge_cells("B2:B4")
    book.save(tmp_path / "m.xlsx")
    assert [row.grade for row in read(tmp_path / "m.xlsx", "m.xlsx")] == ["Mật", "Mật", "Mật", ""]


@pytest.mark.parametrize("head", ["Độ mật", "Chế độ sử dụng"])
@pytest.mark.parametrize("said", ['=IF(TRUE,"Mật","")', "#REF!"])
def test_an_unknown_value_in_a_secrecy_column_refuses_the_sheet(tmp_path, head, said):
    with pytest.raises(SourceRefused) as caught:
        rows(tmp_path / "m.xlsx", ["Tên tệp", head], ["a.pdf", said])
    assert caught.value.code == "refused.sheet_formula"


@pytest.mark.parametrize("named", ['=A1&".pdf"', "#N/A"])
def test_a_row_that_closes_nobody_knows_what_refuses_the_sheet(tmp_path, named):
    head = ["Tên tệp", "Trích yếu", "Độ mật"]
    assert len(rows(tmp_path / "m.xlsx", head, [named, "x", ""])) == 1
    with pytest.raises(SourceRefused) as caught:
        rows(tmp_path / "m.xlsx", head, [named, "x", "Mật"])
    assert caught.value.code == "refused.sheet_formula"


def test_rows_beyond_the_limit_refuse_the_sheet(tmp_path, monkeypatch):
    monkeypatch.setattr("ingest.catalogue.sheet.MAX_ROWS", 3)
    lines = [["Tên tệp", "Độ mật"], ["a.pdf", ""], ["b.pdf", ""]]
    assert len(rows(tmp_path / "m.xlsx", *lines)) == 2
    with pytest.raises(SourceRefused) as caught:
        rows(tmp_path / "m.xlsx", *lines, [], ["c.pdf", "Mật"])
    assert caught.value.code == "refused.sheet_too_large"


# --------------------------------------------------------------------------- matching


def test_any_graded_row_of_a_file_counts_and_closes_every_file_its_name_fits():
    planned = dossier("A/a.pdf", "A/b.pdf", "A/scan (1).pdf", "A/scan (2).pdf")
    found = match(
        [
            row(file="a.pdf"),
            row(file="a.pdf", grade="Mật"),
            row(file="b.pdf"),
            row(file="scan", grade="Tối mật"),
        ],
        planned,
    )
    closed = {
        planned.items[place].files[0]: found.grade_of(place)
        for place in range(len(planned.items))
        if found.grade_of(place)
    }
    assert closed == {"A/a.pdf": "Mật", "A/scan (1).pdf": "Tối mật", "A/scan (2).pdf": "Tối mật"}


def test_a_secret_row_in_another_dossier_s_sheet_reaches_the_file_it_names():
    dossiers = plan([Listed(name) for name in ("A/x.pdf", "B/1.pdf", "B/muc-luc.xlsx")], "b").dossiers
    rows, _ = assign([Row("B/muc-luc.xlsx", 2, file="x.pdf", grade="Mật")], dossiers)
    assert "A" in rows


def dossier(*names):
    return plan([Listed(name) for name in names], "b").dossiers[0]


def row(**values):
    return Row("muc-luc.xlsx", 2, **values)


def test_rows_find_files_by_name_path_stem_folder_or_sequence():
    planned = dossier(
        "A/Quyết định.pdf", "A/vb2/1.jpg", "A/vb2/2.jpg", "A/scan_001.jpg", "A/scan_002.jpg", "A/x.tif"
    )
    names = ["quyết định", "vb2", "scan", "A/x.tif"]
    found = match([row(file=name) for name in names], planned)
    by_file = {planned.items[position].files[0]: pair.file for position, pair in found.rows.items()}
    assert by_file == {
        "A/Quyết định.pdf": "quyết định",
        "A/vb2/1.jpg": "vb2",
        "A/scan_001.jpg": "scan",
        "A/x.tif": "A/x.tif",
    }
    assert found.findings == ()


def test_rows_without_file_names_match_by_ordinal_or_by_order():
    planned = dossier("A/H30.81.2024.K4.002.pdf", "A/H30.81.2024.K4.001.pdf")
    found = match([row(dossier_title="A", ordinal=2), row(dossier_title="A", ordinal=1)], planned)
    assert (
        all(planned.items[place].ordinal == pair.ordinal for place, pair in found.rows.items())
        and len(found.rows) == 2
    )
    ordered = match(
        [row(dossier_title="A", ordinal=7), row(dossier_title="A", ordinal=8)], dossier("A/a.pdf", "A/b.pdf")
    )
    assert [(place, pair.ordinal) for place, pair in ordered.rows.items()] == [(0, 7), (1, 8)]


def test_what_does_not_fit_is_said():
    found = match([row(file="a.pdf"), row(file="mất.pdf", dossier_title="A")], dossier("A/a.pdf", "A/b.pdf"))
    assert sorted(finding.code for finding in found.findings) == ["catalogue.no_file", "catalogue.no_row"]


def test_a_refused_file_is_not_missing():
    found = match(
        [row(file="a.pdf"), row(file="hong.pdf", dossier_title="A")],
        dossier("A/a.pdf"),
        absent=["A/hong.pdf"],
    )
    assert found.findings == ()


def test_a_secret_row_without_a_file_is_not_named():
    [finding] = match(
        [row(file="ke hoach.pdf", dossier_title="A", grade="Mật")], dossier("A/a.pdf")
    ).findings[:1]
    assert "ke hoach" not in str(finding.values)
    assert (finding.code, finding.severity) == ("catalogue.secret_no_file", "error")


def test_each_row_describes_one_item():
    planned = dossier("A/a.pdf", "A/b.pdf", "A/c.pdf")
    found = match([row(file="a.pdf"), row(file="a.pdf")], planned)
    assert all(one is not two for one, two in pairwise(found.rows.values())) and len(found.rows) == 1


def test_rows_belong_where_their_sheet_lies_to_the_dossier_named_or_to_the_one_with_the_file():
    dossiers = plan(
        [Listed(name) for name in ("A/1.pdf", "A/x.pdf", "B/1.pdf", "B/muc-luc.xlsx")], "b"
    ).dossiers
    lines = [
        Row("B/muc-luc.xlsx", 2, file="gi do.pdf"),
        row(dossier_title="A", file="1.pdf"),
        row(file="x.pdf"),
        row(dossier_code="ma la", file="x.pdf"),
        row(file="1.pdf"),
        row(file="khong co.pdf"),
    ]
    rows, homeless = assign(lines, dossiers)
    assert rows == {"B": [lines[0]], "A": lines[1:4]}
    assert homeless == lines[4:]


def test_a_secret_row_that_could_mean_several_files_holds_for_all():
    dossiers = plan([Listed("A/1.pdf"), Listed("B/1.pdf")], "b").dossiers
    rows, homeless = assign([row(file="1.pdf", grade="Mật")], dossiers)
    assert set(rows) == {"A", "B"} and not homeless
