"""What is secret stays out, in whatever order dossiers and batches come and whatever says so."""

import shutil

import pytest

from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.errors import IntegrityError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.model import Fonds, Unit
from archive.publishing import generation
from archive.publishing.publish import publish
from archive.rights.access import everything
from ingest.batch import audit, page
from ingest.batch.batch import Batch
from ingest.batch.estimate import estimate
from ingest.batch.keeping import Keeper
from ingest.progress import Tally
from ingest.reports.reporting import make
from tests import scans
from tests.digests import holdings_digest

OTHER = Fonds("T2", "Phông khác", Unit("don-vi-2", "Đơn vị khác"))


@pytest.fixture
def home(settings):
    return scans.new_home(settings)


def stamped(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    scans.page("KE HOACH 55", red="MAT").save(path, dpi=(200, 200))
    return path


def run(home, folder, fonds=scans.FONDS, **options):
    """The batch after its run; what it did not keep is told by `refused`."""
    runner = executor("serial", 1, Limits(120, home.page_memory))
    batch = Batch(home, folder, fonds, folder.name, runner, Tally("vi"), **options)
    batch.prepare()
    batch.run()
    return batch


def make_report(batch):
    return make(batch, batch.account(), audit.listed(batch.folder), (), "2025-01-01", 1.0, "vi")


def refused(batch):
    return {fate.file: fate.code for fate in batch.account().of_kind("refused")}


def dossier(home, code):
    return Holdings(home.holdings).dossier(f"T1:{code}")


def kept_names(home):
    return {path.name for path in home.holdings.rglob("original/*")}


def access(home, code):
    return [item.access for item in dossier(home, code).items]


def test_bytes_that_turn_out_secret_in_a_later_dossier_are_secret_in_the_first(home, tmp_path):
    """A sequence page in dossier A has the bytes of a page that a stamped document of dossier B holds."""
    folder = tmp_path / "dot-1"
    stamped(folder / "B" / "vb_1.png")
    scans.write(folder / "B" / "vb_2.png", "TRANG HAI 12")
    scans.write(folder / "A" / "rieng.png", "x")
    shutil.copy(folder / "B" / "vb_2.png", folder / "A" / "rieng.png")
    first = run(home, folder)
    before = holdings_digest(Holdings(home.holdings))
    assert access(home, "A") == access(home, "B") == ["quarantined"]
    assert len(refused(first)) == 3 and not list(home.renditions.rglob("*.json.gz"))
    run(home, folder)
    assert holdings_digest(Holdings(home.holdings)) == before


def test_a_sheet_changed_during_the_run_is_refused_and_the_run_ends(home, tmp_path, monkeypatch):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    scans.sheet(folder / "A" / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["a.png", "Thư mời"])
    original = page.read_page

    def save_meanwhile(settings, job):
        scans.sheet(folder / "A" / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["a.png", "Thư mời họp gấp"])
        return original(settings, job)

    monkeypatch.setattr(page, "read_page", save_meanwhile)
    batch = run(home, folder)
    assert refused(batch) == {"A/muc-luc.xlsx": "refused.changing"}
    assert kept_names(home) == {"a.png"} and access(home, "A") == ["open"]


def test_a_source_error_that_no_changed_file_explains_stops_the_run(home, tmp_path, monkeypatch):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")

    def fail(self, dossier, files):
        raise IntegrityError("storage.source_changed", path="/elsewhere")

    monkeypatch.setattr("archive.holdings.writer.HoldingsWriter.commit", fail)
    with pytest.raises(IntegrityError):
        run(home, folder)


def test_a_dossier_called_secret_as_a_whole_is_closed_and_its_title_is_not_told(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "HS-01" / "a.png", "THU MOI 11")
    scans.write(folder / "HS-01" / "b.png", "THU MOI 12")
    scans.sheet(
        folder / "muc-luc.xlsx",
        ["Mã hồ sơ", "Tiêu đề hồ sơ", "Độ mật"],
        ["HS-01", "Hồ sơ kế hoạch X7", "Tối mật"],
    )
    batch = run(home, folder)
    assert access(home, "HS-01") == ["quarantined", "quarantined"] and batch.pages_read == 0
    assert dossier(home, "HS-01").title == "HS-01"
    assert refused(batch)["muc-luc.xlsx"] == "refused.secret_sheet" and not kept_names(home)
    assert not any("X7" in path.read_text(encoding="utf-8") for path in home.holdings.rglob("*.json"))


def test_a_sheet_whose_row_means_a_document_with_a_stamp_is_held_back(home, tmp_path):
    folder = tmp_path / "dot-1"
    stamped(folder / "A" / "ke hoach.png")
    scans.write(folder / "A" / "thu.png", "THU MOI 11")
    head = ["Tên tệp", "Trích yếu"]
    scans.sheet(folder / "muc-luc.xlsx", head, ["ke hoach.png", "Kế hoạch X7"], ["thu.png", "Thư mời"])
    batch = run(home, folder)
    assert refused(batch) == {"muc-luc.xlsx": "refused.secret_sheet", "A/ke hoach.png": "refused.secret"}
    assert kept_names(home) == {"thu.png"}
    assert [item.title for item in dossier(home, "A").items if item.access == "open"] == ["Thư mời"]


def test_a_sheet_in_the_dossier_that_gives_no_names_closes_by_number(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    scans.write(folder / "A" / "b.png", "THU MOI 12")
    scans.sheet(folder / "A" / "muc-luc.xlsx", ["STT", "Trích yếu", "Độ mật"], [1, "x", ""], [2, "y", "Mật"])
    run(home, folder)
    assert access(home, "A") == ["open", "quarantined"]


def test_a_broken_file_moves_no_row_of_a_list_without_names_to_its_neighbour(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    (folder / "A" / "b.pdf").write_bytes(b"%PDF-1.4 hong")
    scans.write(folder / "A" / "c.png", "THU MOI 13")
    rows = [1, "một", ""], [2, "hai", ""], [3, "ba", "Mật"]
    scans.sheet(folder / "A" / "muc-luc.xlsx", ["STT", "Trích yếu", "Độ mật"], *rows)
    batch = run(home, folder)
    assert refused(batch)["A/c.png"] == "refused.secret"
    assert [(item.access, item.title) for item in dossier(home, "A").items] == [
        ("open", "một"),
        ("quarantined", ""),
    ]
    assert dossier(home, "A").findings == ()


def test_bytes_held_open_by_an_earlier_batch_are_closed_when_they_turn_out_secret(home, tmp_path):
    earlier, later = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(earlier / "A" / "ke hoach X7.png", "THU MOI 11")
    scans.write(later / "B" / "x.png", "x")
    shutil.copy(earlier / "A" / "ke hoach X7.png", later / "B" / "x.png")
    run(home, earlier)
    assert access(home, "A") == ["open"]
    [recipe] = [path for path in home.renditions.iterdir() if path.is_dir()]
    shutil.copytree(recipe, recipe.with_name("older-recipe"))
    scans.sheet(later / "muc-luc.xlsx", ["Tên tệp", "Độ mật"], ["x.png", "Mật"])
    batch = run(home, later)
    held = dossier(home, "A")
    assert access(home, "A") == access(home, "B") == ["quarantined"] and not held.items[0].title
    assert [(one.code, one.severity) for one in held.findings] == [("secret.bytes_held", "error")]
    assert batch.withdrawn == {"T1:A"} and not list(home.renditions.rglob("*.json.gz"))
    before = holdings_digest(Holdings(home.holdings))
    _, report = scans.ingest(home, later)
    assert [(one.code, one.file) for one in report.findings] == [("secret.bytes_held", "T1:A")]
    assert holdings_digest(Holdings(home.holdings)) == before


def test_a_sheet_changed_between_runs_is_kept_again(home, tmp_path):
    """Also one that describes only another dossier's neighbour: the bytes kept are the bytes there are."""
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    head = ["Tên tệp", "Trích yếu", "Cột lạ"]
    scans.sheet(folder / "muc-luc.xlsx", head, ["a.png", "Thư mời", "một"])
    run(home, folder)
    path = scans.sheet(folder / "muc-luc.xlsx", head, ["a.png", "Thư mời", "hai"])
    run(home, folder)
    held = {file.read_bytes() for file in home.holdings.rglob("original/muc-luc*")}
    assert path.read_bytes() in held and len(held) == 2


# --------------------------------------------------------------------------- other fonds


def lend(home, folder, *lines):
    """Take `folder` into another fonds, T2."""
    scans.sheet(folder / "muc-luc.xlsx", ["Tên tệp", "Độ mật"], *lines)
    return run(home, folder, fonds=OTHER)


def test_bytes_that_turn_out_secret_in_another_fonds_are_closed_in_this_one(home, tmp_path):
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "B" / "x.png", "x")
    shutil.copy(first / "A" / "a.png", second / "B" / "x.png")
    run(home, first)
    publish(home, Holdings(home.holdings), Renditions(home.renditions))
    batch = lend(home, second, ["x.png", "Mật"])
    assert batch.withdrawn == {"T1:A"} and access(home, "A") == ["quarantined"]
    assert Holdings(home.holdings).inventory("T1:A").head == 2
    assert not list(home.renditions.rglob("*.json.gz"))
    [told] = [one for one in make_report(batch).findings if one.severity == "error"]
    assert (told.code, told.values) == ("secret.bytes_held_in", {"fonds": "T1", "dossier": "T1:A"})
    assert publish(home, Holdings(home.holdings), Renditions(home.renditions)).open_items == 0
    before = holdings_digest(Holdings(home.holdings))
    assert refused(run(home, first)) == {"A/a.png": "refused.secret"}
    lend(home, second, ["x.png", "Mật"])
    assert make_report(batch).serious
    assert {item.extra["withdrawn"] for item in dossier(home, "A").items} == {"T2:dot-2"}
    settled = holdings_digest(Holdings(home.holdings))
    run(home, first)
    assert holdings_digest(Holdings(home.holdings)) == settled != before


def test_what_a_stopped_run_did_not_close_in_another_fonds_the_next_run_of_any_closes(
    home, tmp_path, monkeypatch
):
    first, second, third = (tmp_path / name for name in ("dot-1", "dot-2", "dot-3"))
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "B" / "x.png", "x")
    scans.write(third / "C" / "c.png", "THU MOI 12")
    shutil.copy(first / "A" / "a.png", second / "B" / "x.png")
    run(home, first)

    def stop(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Keeper, "withdraw", stop)
        lend(home, second, ["x.png", "Mật"])
    assert access(home, "A") == ["open"]
    batch = run(home, third)
    assert access(home, "A") == ["quarantined"] and access(home, "C") == ["open"]
    [told] = make_report(batch).findings
    assert (told.code, told.file) == ("secret.bytes_held", "T1:A")
    settled = holdings_digest(Holdings(home.holdings))
    lend(home, second, ["x.png", "Mật"])
    assert holdings_digest(Holdings(home.holdings)) == settled


def test_bytes_secret_in_another_fonds_never_come_in_as_open_ones(home, tmp_path):
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(second / "B" / "x.png", "THU MOI 11")
    scans.write(first / "A" / "a.png", "x")
    shutil.copy(second / "B" / "x.png", first / "A" / "a.png")
    lend(home, second, ["x.png", "Mật"])
    assert refused(run(home, first)) == {"A/a.png": "refused.secret"}
    assert access(home, "A") == ["quarantined"] and not kept_names(home)


def test_a_secret_told_by_another_run_meanwhile_is_heeded(home, tmp_path, monkeypatch):
    """Between this run's plan and its keeping, another fonds closes the same bytes."""
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "B" / "x.png", "x")
    shutil.copy(first / "A" / "a.png", second / "B" / "x.png")
    original = page.read_page

    def meanwhile(settings, job):
        done = original(settings, job)
        with monkeypatch.context() as patch:
            patch.setattr(page, "read_page", original)
            lend(home, second, ["x.png", "Mật"])
        return done

    monkeypatch.setattr(page, "read_page", meanwhile)
    assert refused(run(home, first)) == {"A/a.png": "refused.secret"}
    assert not kept_names(home) and not list(home.renditions.rglob("*.json.gz"))


def test_a_held_document_with_one_secret_page_is_secret_as_a_whole_everywhere(home, tmp_path):
    """Its other page, the same page in another dossier, and the catalogue that describes it."""
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "vb_1.png", "TRANG MOT 11")
    scans.write(first / "A" / "vb_2.png", "TRANG HAI 12")
    scans.write(first / "C" / "rieng.png", "x")
    shutil.copy(first / "A" / "vb_2.png", first / "C" / "rieng.png")
    scans.sheet(first / "A" / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["vb_1.png", "Kế hoạch X7"])
    run(home, first)
    scans.write(second / "B" / "x.png", "x")
    shutil.copy(first / "A" / "vb_1.png", second / "B" / "x.png")
    batch = lend(home, second, ["x.png", "Mật"])
    assert batch.withdrawn == {"T1:A", "T1:C"}
    assert access(home, "A") == access(home, "C") == ["quarantined"]
    assert not list(home.renditions.rglob("*.json.gz")) and "sheets" not in dossier(home, "A").extra
    assert [one.code for one in dossier(home, "A").findings] == ["secret.bytes_held", "secret.sheet_held"]
    settled = holdings_digest(Holdings(home.holdings))
    lend(home, second, ["x.png", "Mật"])
    assert holdings_digest(Holdings(home.holdings)) == settled
    assert set(refused(run(home, first)).values()) == {"refused.secret", "refused.secret_sheet"}


def test_readings_that_another_run_forgot_meanwhile_are_made_again(home, tmp_path, monkeypatch):
    """Between this run's reading and its keeping, another fonds withholds the same bytes for an unclear cell."""
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "B" / "x.png", "x")
    shutil.copy(first / "A" / "a.png", second / "B" / "x.png")
    original = page.read_page

    def meanwhile(settings, job):
        monkeypatch.setattr(page, "read_page", original)
        done = original(settings, job)
        lend(home, second, ["x.png", "da giai mat"])
        return done

    monkeypatch.setattr(page, "read_page", meanwhile)
    assert refused(run(home, first)) == {} and access(home, "A") == ["open"]
    assert len(list(home.renditions.rglob("*.json.gz"))) == 1


def test_what_is_only_withheld_leaves_the_readings_of_equal_open_bytes(home, tmp_path):
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "B" / "x.png", "x")
    shutil.copy(first / "A" / "a.png", second / "B" / "x.png")
    run(home, first)
    batch = lend(home, second, ["x.png", "da giai mat"])
    assert refused(batch) == {"B/x.png": "refused.unclear_secrecy", "muc-luc.xlsx": "refused.secret_sheet"}
    assert access(home, "A") == ["open"] and not batch.withdrawn
    assert publish(home, Holdings(home.holdings), Renditions(home.renditions)).open_items == 1
    assert refused(lend(home, second, ["x.png", "Thường"])) == {}
    assert [item.access for item in Holdings(home.holdings).dossier("T2:B").items] == ["open"]


def test_equal_bytes_in_another_fonds_are_told_and_kept(home, tmp_path):
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    shutil.copytree(first, second)
    run(home, first)
    report = make_report(run(home, second, fonds=OTHER))
    [told] = [one for one in report.findings if one.code == "held.elsewhere"]
    assert told.values == {"fonds": "T1", "count": "1", "name": "A/a.png"}
    assert report.counts["kept"] == 1 and not report.serious


def test_a_damaged_package_of_another_fonds_is_told_and_stops_nothing(home, tmp_path):
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "B" / "b.png", "THU MOI 12")
    run(home, first)
    path = Holdings(home.holdings).object_root("T1:A") / "v1" / "content" / "description.json"
    path.write_bytes(path.read_bytes()[:-9])
    report = make_report(run(home, second, fonds=OTHER))
    [told] = report.findings
    assert (told.code, told.values) == ("secret.package_damaged", {"package": "T1:A"})
    assert report.counts["kept"] == 1 and report.serious


# --------------------------------------------------------------------------- sheets


def test_a_sheet_kept_before_it_was_known_to_be_secret_is_named_no_more_and_told(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    head = ["Tên tệp", "Trích yếu"]
    scans.sheet(folder / "muc-luc.xlsx", head, ["a.png", "Thư mời"], ["b.png", "Kế hoạch X7"])
    run(home, folder)
    assert "muc-luc.xlsx" in dossier(home, "A").extra["sheets"]
    stamped(folder / "A" / "b.png")
    batch = run(home, folder)
    held = dossier(home, "A")
    assert refused(batch) == {"muc-luc.xlsx": "refused.secret_sheet", "A/b.png": "refused.secret"}
    assert "sheets" not in held.extra and [one.code for one in held.findings if one.severity == "error"] == [
        "secret.sheet_held"
    ]
    report = make_report(batch)
    assert "secret.sheet_held" in {row.code for row in report.to_check} and report.serious
    publish(home, Holdings(home.holdings), Renditions(home.renditions))
    catalogue = generation.current(home).catalogue()
    shown = catalogue.dossier("T1:A", everything(catalogue.classes()))
    assert "X7" not in str(shown) and "muc-luc" not in str((shown.extra, shown.items))
    before = holdings_digest(Holdings(home.holdings))
    run(home, folder)
    assert holdings_digest(Holdings(home.holdings)) == before


def test_an_unclear_cell_closes_until_a_person_says_open_and_leaves_no_alarm_behind(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    run(home, folder)
    head = ["Tên tệp", "Độ mật"]
    scans.sheet(folder / "muc-luc.xlsx", head, ["a.png", "da giai mat"])
    report = make_report(run(home, folder))
    told = {row.code for row in report.checks}
    assert access(home, "A") == ["quarantined"] and {"secret.bytes_held", "catalogue.secrecy_unclear"} <= told
    scans.sheet(folder / "muc-luc.xlsx", head, ["a.png", "Thường"])
    report = make_report(run(home, folder))
    assert access(home, "A") == ["open"] and kept_names(home) == {"a.png", "muc-luc.xlsx"}
    assert not report.serious and "secret.bytes_held" not in {row.code for row in report.checks}


# --------------------------------------------------------------------------- graded rows without a document


@pytest.mark.parametrize(
    ("place", "code"),
    [("A/muc-luc.xlsx", "catalogue.secret_no_file"), ("muc-luc.xlsx", "catalogue.secret_no_dossier")],
)
def test_a_graded_row_that_fits_no_document_stands_out_and_is_no_success(home, tmp_path, place, code):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    scans.sheet(folder / place, ["Tên tệp", "Độ mật"], ["a.png", "Thường"], ["khac.png", "Mật"])
    report = make_report(run(home, folder))
    told = {row.code: row.severity for row in (*report.to_check, *report.findings)}
    assert told[code] == "error" and report.serious
    assert "khac" not in str((report.to_check, report.findings))


# --------------------------------------------------------------------------- names


def test_names_that_say_secret_close_the_document_and_are_not_told(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "Kế hoạch X7 (Mật).png", "THU MOI 11")
    scans.write(folder / "A" / "mật ong.png", "THU MOI 12")
    scans.write(folder / "Kế hoạch X7 tuyệt mật" / "a.png", "THU MOI 13")
    scans.sheet(folder / "Kế hoạch X7 tuyệt mật" / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["a.png", "X7"])
    batch = run(home, folder)
    assert access(home, "A") == ["quarantined", "open"] and kept_names(home) == {"mật ong.png"}
    assert sorted(refused(batch).values()) == ["refused.secret", "refused.secret", "refused.secret_sheet"]
    assert batch.pages_read == 1
    [code] = [one.code for one in batch.stock.plan.dossiers if one.code != "A"]
    assert access(home, code) == ["quarantined"] and dossier(home, code).title == code
    assert not any("X7" in path.read_text(encoding="utf-8") for path in home.holdings.rglob("*.json"))


# --------------------------------------------------------------------------- a catalogue that cannot be read


def test_without_the_catalogue_a_broken_sheet_is_refused_and_stops_nothing(home, tmp_path):
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    (folder / "muc-luc.xls").write_bytes(b"old")
    batch = run(home, folder, without_catalogue=True)
    assert refused(batch) == {"muc-luc.xls": "refused.sheet_old"} and access(home, "A") == ["open"]


# --------------------------------------------------------------------------- pages that could not be read


def fail_to_read(monkeypatch):
    def fail(image, dpi, *, seconds):
        raise page.EngineError("page.timeout")

    monkeypatch.setattr(page.ocr, "recognise", fail)


def test_an_unread_page_with_a_stamp_is_withheld_until_it_is_read(home, tmp_path, monkeypatch):
    folder = tmp_path / "dot-1"
    scans.page("THONG BAO 55", red="DEN").save(stamped(folder / "A" / "a.png"), dpi=(200, 200))
    scans.write(folder / "A" / "b.png", "THU MOI 11")
    with monkeypatch.context() as patch:
        fail_to_read(patch)
        batch = run(home, folder)
    assert refused(batch) == {"A/a.png": "refused.unread_stamp"}
    assert access(home, "A") == ["quarantined", "open"] and kept_names(home) == {"b.png"}
    assert not list(home.renditions.rglob(f"{batch.stock.files['A/a.png'].sha256}/*"))
    assert refused(run(home, folder)) == {} and access(home, "A") == ["open", "open"]
    assert kept_names(home) == {"a.png", "b.png"}


def test_an_unread_page_without_colours_is_withheld_and_one_nobody_could_open_is_told(
    home, tmp_path, monkeypatch
):
    folder = tmp_path / "dot-1"
    (folder / "A").mkdir(parents=True)
    scans.page("KE HOACH 55", red="MAT").convert("L").save(folder / "A" / "xam.png", dpi=(200, 200))
    scans.page("KE HOACH 56").save(folder / "A" / "mau.png", dpi=(200, 200))
    original = page.sources.open_page

    def fail(path, *rest):
        if path.name == "mau.png":
            raise page.EngineError("page.unreadable", page=1, reason="x")
        return original(path, *rest)

    monkeypatch.setattr(page.sources, "open_page", fail)
    fail_to_read(monkeypatch)
    batch = run(home, folder)
    assert refused(batch) == {"A/xam.png": "refused.unread_stamp"}
    told = {row.code: row.severity for row in make_report(batch).to_check}
    assert told["page.unseen"] == "error"


# --------------------------------------------------------------------------- trial runs


def test_a_trial_run_leaves_no_reading(home, tmp_path):
    folder = scans.sample_batch(tmp_path / "dot-1", secret=True)
    runner = executor("serial", 1, Limits(120, home.page_memory))
    batch = Batch(home, folder, scans.FONDS, "dot-1", runner, Tally("vi"))
    batch.prepare()
    expected = estimate(batch, 2**40)
    assert expected.sample == expected.pages == expected.pages_left == 6 and expected.gigabytes > 0
    assert not [path for path in home.home.rglob("*") if path.suffix in (".gz", ".jpg", ".failed")]


def test_a_trial_run_takes_nothing_away(home, tmp_path):
    """A damaged page image is read on trial, too; its sound reading stays."""
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    run(home, folder)
    [image] = home.renditions.rglob("*.jpg")
    image.write_bytes(image.read_bytes()[:-1])
    batch = Batch(
        home, folder, scans.FONDS, "dot-1", executor("serial", 1, Limits(120, home.page_memory)), Tally("vi")
    )
    batch.prepare()
    assert estimate(batch, 2**40).pages_left == 1
    assert image.exists() and len(list(home.renditions.rglob("*.json.gz"))) == 1
