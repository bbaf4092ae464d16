"""Access levels stated in a catalogue: which cell means what, which word holds, and that nothing opens by itself."""

import unicodedata

import pytest

from archive.errors import SourceRefused
from archive.holdings.store import Holdings
from archive.model import Dossier, Item
from ingest.batch.folder import Listed, plan
from ingest.catalogue.match import assign, match, no_dossier
from ingest.catalogue.sheet import Row, read
from ingest.data import table
from ingest.grading import levels
from ingest.grading.levels import Stated, stated, with_level
from tests import scans
from tests.digests import holdings_digest

HEAD = ["Tên tệp", "Mức độ tiếp cận", "Hạn chế đến ngày"]


# --------------------------------------------------------------------------- cells


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("Rộng rãi", "open"),
        ("Sử dụng rộng rãi", "open"),
        ("Không hạn chế", "open"),
        ("Tiếp cận có điều kiện", "conditional"),
        ("HẠN CHẾ", "conditional"),
        ("han che su dung", "conditional"),
        ("Đóng.", "closed"),
        ("Không công khai", "closed"),
        ("Rộng rãi / Nội bộ", "conditional"),
    ],
)
def test_words_mean_a_level_with_or_without_marks_and_case(said, level):
    assert stated(said, "") == stated(unicodedata.normalize("NFD", said), "") == Stated(level)


@pytest.mark.parametrize("said", ["Hạn chế?", "theo quy định", "0", "xem QĐ 12", "rộng rãi trừ trang 3", "M"])
def test_a_word_nobody_knows_closes(said):
    known = said == "Hạn chế?"  # punctuation alone makes no other word
    assert stated(said, "") == (Stated("conditional") if known else Stated("closed", "", unclear=True))


@pytest.mark.parametrize(
    ("until", "embargo"),
    [
        ("31/12/2030", "2031-01-01"),
        ("2030-06-30", "2030-07-01"),
        ("12/2030", "2031-01-01"),
        ("2/2028", "2028-03-01"),
        ("2030", "2031-01-01"),
    ],
)
def test_the_day_named_is_the_last_one_closed(until, embargo):
    assert stated("", until) == Stated("open", embargo)
    assert stated("Hạn chế", until) == Stated("conditional", embargo)


@pytest.mark.parametrize("until", ["năm sau", "32/13/2030", "sau khi giải quyết xong", "31/12/9999"])
def test_a_day_nobody_can_read_closes(until):
    assert stated("Rộng rãi", until) == Stated("closed", "", unclear=True)


def test_blank_cells_say_nothing():
    assert stated(" ", "") == Stated() and not Stated().restricts


def test_the_word_lists_name_every_level_and_no_word_twice():
    lists = table("access_levels")
    words = [levels._plain(word) for group in lists.values() for word in group]
    assert set(lists) == {"open", "conditional", "closed"} and len(words) == len(set(words))


def test_columns_are_read_merged_cells_hold_for_all_their_rows_and_a_grade_is_no_level(tmp_path):
    path = scans.sheet(
        tmp_path / "m.xlsx", HEAD, ["a.pdf", "Hạn chế", "31/12/2030"], ["b.pdf"], ["c.pdf", "Mật"], ["d.pdf"]
    )
    first, second, third, fourth = read(path, "m.xlsx")
    assert first.level == Stated("conditional", "2031-01-01")
    assert (third.grade, third.level) == ("Mật", Stated()) and second.level == fourth.level == Stated()


def test_of_two_columns_of_one_kind_neither_is_overlooked(tmp_path):
    head = ["Tên tệp", "Chế độ sử dụng", "Mức độ tiếp cận", "Độ mật", "Cấp độ mật"]
    path = scans.sheet(
        tmp_path / "m.xlsx", head, ["a.pdf", "Rộng rãi", "Hạn chế"], ["b.pdf", "", "", "Không", "Mật"]
    )
    first, second = read(path, "m.xlsx")
    assert first.level == Stated("conditional") and second.grade == "Mật"


@pytest.mark.parametrize("heading", ["Hạn chế (nếu có)", "Tinh trang tiep can", "Độ mật của văn bản"])
def test_a_column_that_may_close_under_a_name_nobody_knows_refuses_the_sheet(tmp_path, heading):
    path = scans.sheet(tmp_path / "m.xlsx", ["Tên tệp", "Trích yếu", heading], ["a.pdf", "Giao đất", "x"])
    with pytest.raises(SourceRefused) as caught:
        read(path, "m.xlsx")
    assert (caught.value.code, caught.value.values) == ("refused.sheet_column", {"column": heading})


# --------------------------------------------------------------------------- rows


def planned(*names):
    return plan([Listed(name) for name in names], "b").dossiers


def row(**values):
    return Row("m.xlsx", 2, **values)


def test_the_strictest_row_about_a_document_counts():
    rows = [row(file="a.pdf", level=Stated("open")), row(file="a.pdf", level=Stated("closed"))]
    found = match(rows, planned("A/a.pdf")[0])
    assert found.level_of([0]) == Stated("closed")


def test_a_row_for_the_whole_dossier_is_the_dossier_s():
    found = match([row(describes_dossier=True, level=Stated("conditional"))], planned("A/a.pdf")[0])
    assert found.level == Stated("conditional") and found.level_of([0]) == Stated()


def test_a_restricting_row_that_could_mean_several_files_holds_for_all():
    rows, homeless = assign([row(file="1.pdf", level=Stated("closed"))], planned("A/1.pdf", "B/1.pdf"))
    assert set(rows) == {"A", "B"} and not homeless


def test_what_is_not_clear_and_what_restricts_nothing_there_is_told():
    unclear = row(file="a.pdf", level=Stated("closed", unclear=True))
    lost = row(file="ten rieng.pdf", dossier_title="A", level=Stated("conditional"))
    found = match([unclear, lost], planned("A/a.pdf")[0]).findings
    assert [(one.code, one.severity) for one in found] == [
        ("catalogue.restricted_no_file", "error"),
        ("catalogue.level_unclear", "warning"),
    ]
    assert "ten rieng" not in str(found) and no_dossier(lost).code == "catalogue.restricted_no_dossier"


# --------------------------------------------------------------------------- what holds


def item(**more):
    return Item("T1:A:001", 1, "", {}, (), (), **more)


def test_of_several_batches_words_the_strictest_holds_and_each_may_change_its_own():
    first = with_level(item(), None, "dot-1", Stated("conditional", "2031-01-01"))
    second = with_level(item(), first, "dot-2", Stated("closed"))
    assert (second.level, second.embargo) == ("closed", "2031-01-01")
    third = with_level(item(), second, "dot-2", Stated("open"))
    assert (third.level, third.embargo) == ("conditional", "2031-01-01")
    last = with_level(item(), third, "dot-1", Stated("open"))
    assert (last.level, last.embargo) == ("open", "")


def test_saying_nothing_opens_nothing():
    closed = with_level(item(), None, "dot-1", Stated("closed"))
    assert with_level(item(), closed, "dot-1", Stated()) == closed


def test_a_control_entry_stays_neutral_and_remembers():
    entry = with_level(item(access="quarantined"), None, "dot-1", Stated("closed"))
    assert entry.level == "open" and with_level(item(), entry, "dot-1", Stated()).level == "closed"


# --------------------------------------------------------------------------- a batch


@pytest.fixture
def home(settings):
    return scans.new_home(settings)


def held(home) -> Dossier:
    return Holdings(home.holdings).dossier("T1:A")


def test_a_changed_sheet_run_again_makes_a_new_version_and_the_same_one_none(home, tmp_path):
    folder = tmp_path / "dot-1"
    for name in ("a", "b"):
        scans.write(folder / "A" / f"{name}.png", f"THU MOI {name} 11")
    scans.sheet(
        folder / "muc-luc.xlsx", HEAD, ["a.png", "Hạn chế", "31/12/2030"], ["b.png", "theo quy định", ""]
    )
    _, report = scans.ingest(home, folder)
    assert [(one.level, one.embargo) for one in held(home).items] == [
        ("conditional", "2031-01-01"),
        ("closed", ""),
    ]
    assert "catalogue.level_unclear" in {row.code for row in report.checks} and report.restricted == 2
    before, state = holdings_digest(Holdings(home.holdings)), Holdings(home.holdings).state("T1:A")
    scans.ingest(home, folder)
    assert Holdings(home.holdings).state("T1:A") == state
    scans.sheet(folder / "muc-luc.xlsx", HEAD, ["a.png", "", ""], ["b.png", "Rộng rãi", ""])
    scans.ingest(home, folder)
    assert [(one.level, one.embargo) for one in held(home).items] == [
        ("conditional", "2031-01-01"),
        ("open", ""),
    ]
    assert holdings_digest(Holdings(home.holdings)) != before
    assert Holdings(home.holdings).inventory("T1:A").head == 2


def test_a_list_of_dossiers_closes_the_dossier(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    head = ["Mã hồ sơ", "Tiêu đề hồ sơ", "Chế độ sử dụng", "Hạn chế đến ngày"]
    scans.sheet(folder / "muc-luc-ho-so.xlsx", head, ["A", "Hồ sơ A", "Đóng", "2040"])
    scans.ingest(home, folder)
    found = held(home)
    assert (found.level, found.embargo, found.extra["rights"]) == ("closed", "2041-01-01", "Đóng")
