"""What is secret stays out, in whatever order dossiers and batches come and whatever says so."""

import shutil

import pytest

from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.errors import IntegrityError
from archive.holdings import Holdings, holdings_digest
from ingest import page
from ingest.batch import Batch
from ingest.estimate import estimate
from ingest.progress import Tally
from tests import scans


@pytest.fixture
def home(settings):
    return scans.new_home(settings)


def stamped(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    scans.page("KE HOACH 55", red="MAT").save(path, dpi=(200, 200))
    return path


def run(home, folder, **options):
    """The batch after its run; what it did not keep is told by `refused`."""
    runner = executor("serial", 1, Limits(120, home.page_memory))
    batch = Batch(home, folder, scans.FONDS, folder.name, runner, Tally("vi"), **options)
    batch.prepare()
    batch.run()
    return batch


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

    monkeypatch.setattr("archive.writer.HoldingsWriter.commit", fail)
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


# --------------------------------------------------------------------------- trial runs


def test_a_trial_run_leaves_no_reading(home, tmp_path):
    folder = scans.sample_batch(tmp_path / "dot-1", secret=True)
    runner = executor("serial", 1, Limits(120, home.page_memory))
    batch = Batch(home, folder, scans.FONDS, "dot-1", runner, Tally("vi"))
    batch.prepare()
    expected = estimate(batch, 2**40)
    assert expected.sample == expected.pages == expected.pages_left == 6 and expected.gigabytes > 0
    assert not [path for path in home.renditions.rglob("*") if path.suffix in (".gz", ".jpg", ".failed")]
