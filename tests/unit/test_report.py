"""The report in its three forms, with names that try to break them."""

import io
import json
from dataclasses import replace
from html.parser import HTMLParser

import openpyxl
import pytest

from archive.model import Finding
from ingest.reports import as_html, as_xlsx
from ingest.reports.files import write
from ingest.reports.quality import ToCheck, histogram
from ingest.reports.report import DossierLine, Duplicate, Refused, Report
from ingest.reports.words import duration, explain, moment, shown, tables

EVIL = '=HYPERLINK("http://x","<script>alert(1)</script>")'


@pytest.fixture
def report():
    return Report(
        batch="dot-1",
        folder="dot-1",
        fonds="T1",
        fonds_title="Phông thử",
        unit="Đơn vị",
        started="2025-01-01T08:00:00+07:00",
        seconds=61.0,
        counts={"received": 4, "kept": 2, "duplicates": 1, "refused": 1},
        items=2,
        quarantined=0,
        restricted=0,
        pages=3,
        pages_read=3,
        confidence=91.5,
        histogram=histogram([95.0, 62.0, None]),
        dossiers=(DossierLine("T1:a", EVIL, 2, 0, 3, 91.5),),
        refusals=(Refused(EVIL, "refused.empty", "Tệp rỗng", "Chép lại"),),
        duplicates=(Duplicate("b\udcff.pdf", "a.pdf"),),
        ignored=("Thumbs.db",),
        findings=(Finding("catalogue.no_dossier", values={"sheet": "m.xlsx", "line": "3"}),),
        to_check=(ToCheck("T1:a", "T1:a:001", EVIL, 2, "page.blank", "info", {}),),
    )


def test_the_numbers_add_up(report):
    assert report.balanced
    assert not Report(**{**vars(report), "counts": report.counts | {"kept": 1}}).balanced


@pytest.mark.parametrize("language", ["vi", "en"])
def test_no_cell_of_the_workbook_is_a_formula(report, language):
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx.render(report, language)))
    cells = [cell for page in book for row in page.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == EVIL for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_runs_nothing_and_loads_nothing(report, language):
    parser = Tags()
    parser.feed(as_html.render(report, language))
    tags = {tag for tag, _ in parser.seen}
    assert "script" not in tags and {"svg", "table"} <= tags
    assert not [attrs for _, attrs in parser.seen if {"src", "href"} & set(attrs)]


def test_every_text_of_the_page_has_a_sentence(report):
    for language in ("vi", "en"):
        page = as_html.render(report, language)
        assert "report." not in page and "catalogue." not in page and "page.blank" not in page


def test_all_three_files_are_written_and_say_the_same(report, tmp_path):
    written = write(report, tmp_path / "reports", "vi")
    plain = json.loads((tmp_path / "reports" / "report.json").read_text(encoding="utf-8"))
    assert plain["counts"] == report.counts and plain["refusals"][0]["file"] == EVIL
    assert set(written.files) == {"json", "xlsx", "html"}


def test_names_that_would_play_tricks_on_a_screen_are_shown_as_escapes():
    assert shown("b\udcff.pdf") == "b\\udcff.pdf"
    assert shown("a\x1b[31m\nfdp.\u202eexe") == "a\\x1b[31m\\nfdp.\\u202eexe"
    assert shown("Hồ sơ số 1 – đất") == "Hồ sơ số 1 – đất"


def test_a_finding_names_its_field_in_words():
    said = explain("catalogue.differs", {"field": "issuer", "sheet": "A", "paper": ""}, "vi")
    assert said.startswith("Cơ quan ban hành") and "—" in said


def test_histogram_has_a_place_for_every_page():
    counts = histogram([0.0, 9.99, 10.0, 89.9, 90.0, 100.0, None])
    assert counts[""] == 1 and counts["0-9"] == 2 and counts["10-19"] == 1 and counts["90-100"] == 2
    assert sum(counts.values()) == 7


def test_technical_reasons_have_their_own_column(report):
    refused = Refused(
        "x.pdf", "refused.broken", "Tệp bị hỏng", "Chép lại", {"reason": "xref missing (ValueError)"}
    )
    found = {table.title: table.rows for table in tables(replace(report, refusals=(refused,)), "vi")}
    assert found["report.refusals"] == [("x.pdf", "Tệp bị hỏng", "Chép lại", "xref missing (ValueError)")]


def test_times_are_said_as_people_say_them():
    assert [duration(seconds, "vi") for seconds in (0.2, 80, 3600, 3725)] == [
        "1 giây",
        "1 phút 20 giây",
        "1 giờ",
        "1 giờ 2 phút 5 giây",
    ]
    assert duration(80.4, "en") == "1 min 20 s"
    assert moment("2025-07-01T08:05:09+07:00") == "01/07/2025 08:05"


def test_errors_come_first_and_stand_out(report):
    alarm = Finding("catalogue.secret_no_dossier", "error", values={"sheet": "m.xlsx", "line": "9"})
    report = replace(report, findings=(*report.findings, alarm))
    [checks] = [table for table in tables(report, "vi") if table.title == "report.to_check"]
    assert checks.severe == {0} and checks.rows[0][0] == "Nghiêm trọng" and "dòng 9" in checks.rows[0][1]
    assert [row[0] for row in checks.rows[1:]] == ["Cần xem", "Ghi chú"]
    assert as_html.render(report, "vi").count("<tr class=severe>") == 1
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx.render(report, "vi")))
    fills = [row[0].fill.fgColor.rgb for row in book["Cần người xem"].iter_rows(min_row=2)]
    assert len(set(fills[:1])) == 1 and fills[0] not in fills[1:]


def test_only_what_concerns_more_than_a_page_is_serious(report):
    calm = replace(report, refusals=())
    on_page = ToCheck("T1:a", "T1:a:001", "a.png", 1, "page.timeout", "error", {})
    on_dossier = replace(on_page, item="", code="secret.bytes_held")
    assert report.serious and not calm.serious
    assert not replace(calm, to_check=(on_page,)).serious
    assert replace(calm, to_check=(on_dossier,)).serious


def test_columns_of_numbers_stand_right_and_empty_ones_are_left_out(report):
    page = as_html.render(report, "vi")
    assert "<th class=n>Trang số</th>" in page and "<th class=n>Độ tin cậy</th>" in page
    assert "Chi tiết kỹ thuật" not in page
    broken = replace(report.refusals[0], values={"reason": "xref missing"})
    assert "<th>Chi tiết kỹ thuật</th>" in as_html.render(replace(report, refusals=(broken,)), "vi")
