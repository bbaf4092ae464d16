"""`kho units …` as an archivist types it, on the invented province."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from archive import cli, home
from archive.errors import KhoError
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from archive.settings import Settings
from archive.units import national, store
from archive.units.changes import SheetRefused
from samples import units as samples

TODAY = date(2026, 6, 1)


@pytest.fixture
def sheets(tmp_path):
    return samples.write(tmp_path / "sheets")


@pytest.fixture
def run(settings: Settings):
    """Runs a command in a fresh home; returns its output. Raises what it refused with."""
    home.create(settings)

    def call(*arguments: object) -> str:
        words = [*map(str, arguments), "--home", str(settings.home), "--lang", "vi"]
        outcome = CliRunner().invoke(cli.kho, ["units", *words], standalone_mode=False)
        if outcome.exception:
            raise outcome.exception
        return outcome.stdout

    return call


def refused(run, *arguments: object) -> str:
    with pytest.raises(KhoError) as error:
        run(*arguments)
    return error.value.code


def register(settings: Settings):
    return store.load(settings.register)


def test_the_sample_sheets_say_who_inherits_what(run, settings, sheets):
    for path in sheets:
        assert "Đã áp dụng" in run("apply", path, "--yes")
    book = register(settings)
    assert set(book.inherited("hoa-linh.2025", TODAY)) == {
        *("hoa-linh.2025", "hoa-linh", "hoa-linh-ubnd", "cam-ngan", "tan-phung"),
    }
    assert set(book.inherited("tan-phung.2026", TODAY)) == {"tan-phung.2026", "tan-phung.2025", "tan-phung"}
    assert book.heirs("lam-khe", TODAY) == {}
    assert set(book.heirs("lam-khe-tnmt", TODAY)) == {"sa-linh-nnmt", "sa-linh.2026"}
    heirs = {row.heir for row in book.assignments_of("H99.21.08", TODAY)}
    assert heirs == {"tan-phung.2025", "hoa-linh.2025", "thuy-vuc.2025"}
    assert {one.id for one in book.find("hoa lanh")} == {"hoa-linh"}


def test_preview_says_for_whom_and_dry_run_changes_nothing(run, settings, sheets):
    grants = [Grant("hoa-linh.2025")]
    AccountsWriter(settings.accounts).add("minh", "mat-khau-tot-1", grants, "Lê Minh")
    said = run("apply", sheets[0], "--dry-run")
    assert "minh – Lê Minh" in said and "được xem thêm 4 đơn vị" in said and "H99.21.08" in said
    assert register(settings).units == {}


def test_what_changes_and_for_whom_as_json(run, settings, sheets):
    AccountsWriter(settings.accounts).add("minh", "mat-khau-tot-1", [Grant("hoa-linh.2025")], "Lê Minh")
    said = json.loads(run("apply", sheets[0], "--yes", "--json"))
    assert said["changes"]["units_added"] == 16 and said["changes"]["assignments_added"] == 4
    (effect,) = said["accounts"]
    assert (effect["account"], len(effect["gains"]), effect["fonds_gained"]) == ("minh", 4, ["H99.21.08"])
    back = json.loads(run("undo", 1, "--dry-run", "--json"))
    assert back["changes"]["units_removed"] == 16 and len(back["accounts"][0]["losses"]) == 4


def test_without_yes_nothing_is_applied(run, settings, sheets):
    assert refused(run, "apply", sheets[0]) == "units.not_agreed"
    assert register(settings).units == {}


def test_the_same_sheet_again_changes_nothing(run, sheets):
    for path in (*sheets, *sheets):
        said = run("apply", path, "--yes")
    assert "đã áp dụng rồi (lịch sử số 2)" in said
    assert len(json.loads(run("history", "--json"))) == 2


def test_a_bad_sheet_names_its_rows_and_changes_nothing(run, settings, tmp_path, capsys):
    path = tmp_path / "sai.csv"
    path.write_text("Loại;Mã đơn vị;Tên\nĐơn vị;x1;Xã Một\nĐơn vị;x 2;Xã Hai\n", encoding="utf-8")
    assert refused(run, "apply", path, "--yes") == "units.sheet_refused"
    assert register(settings).units == {}


def test_a_bad_sheet_is_told_of_all_kinds_of_mistakes_at_once(run, tmp_path):
    """Of reading a row, of carrying it out, of what can only be judged at the end; not of what merely follows."""
    path = tmp_path / "sai.csv"
    path.write_text(
        "Loại;Mã đơn vị;Tên;Từ ngày;Đến ngày;Trực thuộc;Mã cũ;Mã mới;Hình thức;Ngày\n"
        "Đơn vị;x1;Xã Một;hôm qua;;;;;;\n"
        "Đơn vị;x 2;Xã Hai;;;;;;;\n"
        "Đơn vị;x3;Xã Ba;01/07/2025;30/06/2025;;;;;\n"
        "Đơn vị;x4;Xã Bốn;;;x1;;;;\n"
        "Đơn vị;x5;Xã Năm;;;x9;;;;\n",
        encoding="utf-8",
    )
    with pytest.raises(SheetRefused) as caught:
        run("apply", path, "--yes")
    assert [(one.page, one.code.rpartition(".")[2]) for one in caught.value.problems] == [
        (2, "day"),
        (3, "bad_code"),
        (4, "ends_first"),
        (6, "unknown_unit"),
    ]


def test_an_undo_says_first_for_whom_and_asks(run, settings, sheets):
    AccountsWriter(settings.accounts).add("minh", "mat-khau-tot-1", [Grant("hoa-linh.2025")], "Lê Minh")
    run("apply", sheets[0], "--yes")
    said = run("undo", 1, "--dry-run")
    assert "minh – Lê Minh" in said and "không còn xem 4 đơn vị" in said and "H99.21.08" in said
    assert refused(run, "undo", 1) == "units.not_agreed"
    assert "hoa-linh.2025" in register(settings).units


def test_the_history_shows_times_as_officials_write_them_and_iso_to_programs(run, sheets, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1798700000")
    run("apply", sheets[0], "--yes")
    assert "31/12/2026 13:53" in run("history")
    assert json.loads(run("history", "--json"))[0]["when"] == "2026-12-31T13:53:20+07:00"


def test_undo_and_history(run, settings, sheets):
    run("apply", sheets[0], "--yes")
    run("apply", sheets[1], "--yes")
    assert refused(run, "undo", 1, "--yes") == "units.still_needed"
    assert "Đã rút lại" in run("undo", 2, "--yes", "--why", "chưa có quyết định")
    rows = json.loads(run("history", "--json"))
    assert [(row["action"], row["undone"]) for row in rows] == [
        ("sheet", False),
        ("sheet", True),
        ("undo", False),
    ]
    assert register(settings).unit("tan-phung.2026") is None
    assert refused(run, "undo", 9, "--yes") == "units.no_entry"


def test_every_change_is_in_the_access_log(run, settings, sheets):
    run("apply", sheets[0], "--yes")
    run("apply", sheets[1], "--dry-run")
    run("undo", 1, "--yes")
    logged = "".join(path.read_text(encoding="utf-8") for path in settings.audit.glob("log-*.jsonl"))
    assert logged.count('"action":"units"') == 2
    assert "units_change.sheet" in logged and "units_change.undo" in logged


def test_show_tells_both_sides_and_names_the_others(run, sheets):
    run("apply", sheets[0], "--yes")
    shown = json.loads(run("show", "xa hoa linh", "--json"))
    assert (shown["id"], shown["valid_from"], shown["valid_to"]) == ("hoa-linh.2025", "2025-07-01", None)
    assert [one["id"] for one in shown["predecessors"]] == ["hoa-linh", "cam-ngan", "tan-phung"]
    part = shown["predecessors"][2]
    assert (part["kind"], part["extent"], part["date"], part["confidence"]) == (
        "split",
        "part",
        "2025-07-01",
        1.0,
    )
    assert [one["id"] for one in shown["others"]] == ["hoa-linh"]
    assert "chia tách, một phần, 01/07/2025" in run("show", "Tân Phụng, Lam Khê")
    assert shown["handed_over"][0]["fonds"] == "H99.21.08"
    assert "Được bàn giao (1):\n  H99.21.08: 02-*, 15/07/2025" in run("show", "hoa-linh.2025")
    assert refused(run, "show", "Không Có") == "units.not_found"


def test_an_empty_register_says_what_to_do(run):
    for command in (["show", "x"], ["stats"], ["list"], ["review"]):
        assert refused(run, *command) == "units.empty"


def test_stats_on_any_day(run, sheets):
    for path in sheets:
        run("apply", path, "--yes")
    early, late = (json.loads(run("stats", "--json", "--on", day)) for day in ("01/07/2025", "2026-06-01"))
    assert (early["provinces_old"], early["districts_old"], early["communes_old"]) == (2, 1, 5)
    assert (early["provinces_new"], early["districts_new"], early["communes_new"]) == (1, 0, 4)
    assert (early["splits"], early["renamed"], early["assignments"]) == (1, 1, 0)
    assert (late["provinces_new"], late["communes_new"], late["renamed"], late["assignments"]) == (1, 4, 3, 4)


def test_list_by_name_level_parent_and_day(run, sheets):
    for path in sheets:
        run("apply", path, "--yes")
    assert [row["id"] for row in json.loads(run("list", "--level", "province", "--json"))] == ["sa-linh.2026"]
    assert "Thị trấn Tân Phụng" in run("list", "tân phụng", "--all")
    under = json.loads(run("list", "--under", "lam-khe", "--on", "30/06/2025", "--json"))
    assert "tan-phung" in {row["id"] for row in under}


def test_the_template_is_written_and_is_no_sheet_yet(run, tmp_path):
    run("template", tmp_path / "mau.xlsx")
    assert refused(run, "apply", tmp_path / "mau.xlsx", "--yes") == "units.sheet_refused"


def test_build_without_the_data_package_names_the_command_to_run(run, monkeypatch):
    monkeypatch.setattr(national.importlib.util, "find_spec", lambda name: None)
    assert refused(run, "build") == "units.package_missing"


def test_build_from_a_folder_that_is_not_the_data(run, tmp_path):
    assert refused(run, "build", "--from", tmp_path) == "units.package_file"
    (tmp_path / "dataset.db").write_bytes(b"not a database, only bytes that look like none" * 40)
    (tmp_path / "converter_2025.json").write_text("{}")
    assert refused(run, "build", "--from", tmp_path) == "units.package_strange"


def test_a_day_that_is_none_is_refused(run):
    assert refused(run, "stats", "--on", "2026") == "error.day"
