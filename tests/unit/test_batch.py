"""A batch from folder to holdings, on tiny pages really read."""

import os
import shutil
from dataclasses import replace

import pytest

from archive.engines.executors import executor
from archive.engines.jobs import Limits
from archive.errors import HomeError, StorageError, UsageError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from ingest.batch import describe, page, survey
from ingest.batch.batch import Batch, lock_of
from ingest.batch.origin import conflicts
from ingest.progress import Tally
from ingest.reports.reporting import foreseen, make
from tests import scans
from tests.digests import holdings_digest


@pytest.fixture
def home(settings):
    return scans.new_home(settings)


@pytest.fixture
def folder(tmp_path):
    return scans.sample_batch(tmp_path / "dot-1")


def fates(batch):
    return {fate.file: fate.kind for fate in batch.account().fates}


def digest(settings):
    return holdings_digest(Holdings(settings.holdings))


def test_every_file_is_accounted_for(home, folder):
    batch, report = scans.ingest(home, folder)
    assert report.counts == {"received": 6, "kept": 4, "duplicates": 1, "refused": 1} and report.balanced
    assert fates(batch)["Ho so B/hong.pdf"] == "refused"
    assert (
        report.duplicates[0].file == "Ho so A/quyet dinh.pdf"
        and report.duplicates[0].of == "Ho so A/ban sao.pdf"
    )
    assert report.ignored == ("Ho so B/Thumbs.db",)
    assert report.refusals[0].reason and report.refusals[0].remedy != "refused.broken.remedy"


def test_items_pages_and_other_names_are_described(home, folder):
    scans.ingest(home, folder)
    holdings = Holdings(home.holdings)
    first, second = holdings.dossier("T1:ho-so-a"), holdings.dossier("T1:ho-so-b")
    assert [(item.id, len(item.pages)) for item in first.items] == [
        ("T1:ho-so-a:001", 1),
        ("T1:ho-so-a:002", 2),
    ]
    assert first.items[0].also_received_as == ("quyet dinh.pdf",)
    assert [file.name for file in second.items[0].files] == ["scan_001.jpg", "scan_003.jpg"]
    missing = next(finding for finding in second.items[0].findings if finding.code == "sequence.missing")
    assert missing.values["numbers"] == "2"
    assert {event.type for event in first.events} >= {
        "accession",
        "message digest calculation",
        "text recognition",
    }
    assert first.fonds.unit.code == "don-vi-1"


def test_originals_are_kept_byte_for_byte(home, folder):
    scans.ingest(home, folder)
    kept = Holdings(home.holdings).file_path("T1:ho-so-a", "original/to trinh.tif")
    assert kept.read_bytes() == (folder / "Ho so A" / "to trinh.tif").read_bytes()


def test_the_words_of_every_page_are_there(home, folder):
    scans.ingest(home, folder)
    item = Holdings(home.holdings).dossier("T1:ho-so-a").items[1]
    texts = [Renditions(home.renditions).reading(ref.rendition).text for ref in item.pages]
    assert "34" in texts[0] and "56" in texts[1]


def test_the_same_command_again_changes_nothing_and_reports_the_same(home, folder):
    _, first = scans.ingest(home, folder)
    before, states = digest(home), Holdings(home.holdings).survey()
    batch, second = scans.ingest(home, folder)
    assert (digest(home), Holdings(home.holdings).survey()) == (before, states)
    assert second == replace(first, pages_read=0)
    assert batch.pages_read == 0


def test_it_goes_on_without_the_work_folder(home, folder):
    scans.ingest(home, folder)
    before = digest(home)
    shutil.rmtree(home.work)
    batch, _ = scans.ingest(home, folder)
    assert digest(home) == before and batch.pages_read == 0


def test_lost_readings_are_made_again(home, folder):
    scans.ingest(home, folder)
    before = digest(home)
    shutil.rmtree(home.renditions)
    home.renditions.mkdir()
    shutil.copy(home.accounts / "kho-folder.json", home.renditions / "kho-folder.json")
    batch, _ = scans.ingest(home, folder)
    assert batch.pages_read == 5 and digest(home) == before


def test_a_file_added_later_gets_the_next_number(home, folder):
    scans.ingest(home, folder)
    scans.write(folder / "Ho so A" / "anh dau.pdf", "THU MOI 11")
    batch, report = scans.ingest(home, folder)
    items = Holdings(home.holdings).dossier("T1:ho-so-a").items
    assert [item.files[0].name for item in items] == ["ban sao.pdf", "to trinh.tif", "anh dau.pdf"]
    assert batch.pages_read == 1 and report.counts["kept"] == 5


def test_a_page_added_to_a_sequence_later_is_told_with_both_documents(home, folder):
    scans.ingest(home, folder)
    scans.write(folder / "Ho so B" / "scan_002.jpg", "TRANG HAI 33")
    _, report = scans.ingest(home, folder)
    old, new = Holdings(home.holdings).dossier("T1:ho-so-b").items
    assert (len(old.pages), len(new.pages)) == (2, 3)
    grown = [row for row in report.to_check if row.code == "sequence.grown"]
    assert [(row.item, row.values) for row in grown] == [(new.id, {"old": old.id, "new": new.id})]


def test_bytes_of_an_earlier_batch_are_duplicates_and_not_read_again(home, folder, tmp_path):
    scans.ingest(home, folder)
    later = tmp_path / "dot-2"
    shutil.copytree(folder / "Ho so A", later / "Ho so C")
    batch, report = scans.ingest(home, later)
    assert report.counts == {"received": 3, "kept": 0, "duplicates": 3, "refused": 0}
    assert batch.pages_read == 0
    kept = Holdings(home.holdings)
    copied = kept.dossier("T1:ho-so-c").items
    assert [item.pages for item in copied] == [item.pages for item in kept.dossier("T1:ho-so-a").items]
    assert kept.file_path("T1:ho-so-c", "original/to trinh.tif").is_file()


def test_a_file_renamed_between_runs_keeps_the_name_it_first_came_with(home, folder):
    scans.ingest(home, folder)
    (folder / "Ho so A" / "to trinh.tif").rename(folder / "Ho so A" / "to trinh moi.tif")
    scans.ingest(home, folder)
    items = Holdings(home.holdings).dossier("T1:ho-so-a").items
    [item] = [item for item in items if len(item.pages) == 2]
    assert ([file.name for file in item.files], item.also_received_as) == (
        ["to trinh.tif"],
        ("to trinh moi.tif",),
    )


def test_another_creator_of_the_same_fonds_is_told_before_and_after(home, folder, tmp_path):
    """Whoever is granted the first unit would not see the second batch."""
    scans.ingest(home, folder)
    other = scans.write(tmp_path / "dot-2" / "C" / "c.png", "THU MOI 11").parents[1]
    moved = replace(scans.FONDS, unit=replace(scans.FONDS.unit, code="don-vi-9"))
    batch = Batch(home, other, moved, "dot-2", executor("serial", 1, Limits(120, 0)), Tally("vi"))
    batch.prepare()
    assert [(one.code, one.severity, one.values["unit"]) for one in foreseen(batch)] == [
        ("origin.other_unit", "error", "don-vi-1")
    ]
    batch.run()
    assert make(batch, batch.account(), (), (), "2025-01-01", 1.0, "vi").serious
    named = replace(scans.FONDS, title="Tên khác")
    assert [one.code for one in conflicts(named, [scans.FONDS])] == ["origin.other_names"]
    assert conflicts(scans.FONDS, [scans.FONDS]) == []


def test_the_same_dossier_from_another_batch_is_named_on_the_held_items(home, folder, tmp_path):
    scans.ingest(home, folder)
    later = tmp_path / "dot-2"
    scans.write(later / "Ho so A" / "moi.pdf", "GIAY MOI 99")
    shutil.copy(folder / "Ho so A" / "to trinh.tif", later / "Ho so A" / "to trinh lan 2.tif")
    _, report = scans.ingest(home, later)
    items = Holdings(home.holdings).dossier("T1:ho-so-a").items
    assert report.counts == {"received": 2, "kept": 1, "duplicates": 1, "refused": 0}
    assert [item.ordinal for item in items] == [1, 2, 3]
    assert items[1].also_received_as == ("to trinh lan 2.tif",)


def test_a_file_that_changes_while_it_is_read_is_refused_and_the_rest_is_kept(home, folder, monkeypatch):
    original = page.read_page

    def meddle(settings, job):
        if job.found.name.endswith("scan_001.jpg"):
            scans.write(folder / "Ho so B" / "scan_001.jpg", "DA THAY DOI 00")
            os.utime(job.found.path, ns=(1, 1))
        return original(settings, job)

    monkeypatch.setattr(page, "read_page", meddle)
    _, report = scans.ingest(home, folder)
    assert [(one.file, one.code) for one in report.refusals] == [
        ("Ho so B/hong.pdf", "refused.broken"),
        ("Ho so B/scan_001.jpg", "refused.changing"),
    ]
    assert report.balanced
    assert [file.name for file in Holdings(home.holdings).dossier("T1:ho-so-b").items[0].files] == [
        "scan_003.jpg"
    ]


def test_a_file_changed_after_reading_never_enters_the_holdings(home, folder, monkeypatch):
    """Same size and time, other bytes: only the digest at copying can tell."""
    monkeypatch.setattr(survey, "changed", lambda found: False)
    original = page.read_page

    def meddle(settings, job):
        done = original(settings, job)
        target = folder / "Ho so A" / "to trinh.tif"
        target.write_bytes(target.read_bytes()[:-1] + b"\x01")
        return done

    monkeypatch.setattr(page, "read_page", meddle)
    _, report = scans.ingest(home, folder)
    assert ("Ho so A/to trinh.tif", "refused.changing") in [(one.file, one.code) for one in report.refusals]
    assert report.balanced


def test_links_are_refused_not_followed(home, folder):
    (folder / "Ho so B" / "lien ket.pdf").symlink_to(folder / "Ho so A" / "quyet dinh.pdf")
    _, report = scans.ingest(home, folder)
    assert ("Ho so B/lien ket.pdf", "refused.symlink") in [(one.file, one.code) for one in report.refusals]


def test_a_full_disk_is_seen_before_anything_is_read(home, folder):
    with pytest.raises(StorageError) as caught:
        scans.ingest(replace(home, free_reserve=2**60), folder)
    assert caught.value.code == "ingest.no_space"
    assert not list(home.renditions.glob("vie-*"))


def test_two_runs_never_write_to_one_fonds(home):
    with lock_of(home, scans.FONDS), pytest.raises(HomeError), lock_of(home, scans.FONDS):
        pass


def test_a_page_that_cannot_be_read_is_kept_without_text_and_tried_again_by_the_next_run(
    home, folder, monkeypatch
):
    original = page.ocr.recognise

    def fail(image, dpi, *, seconds):
        if image.width == 620 and seconds == home.page_seconds and fail.left:
            fail.left -= 1
            raise page.EngineError("page.timeout")
        return original(image, dpi, seconds=seconds)

    fail.left = 1
    monkeypatch.setattr(page.ocr, "recognise", fail)
    _, report = scans.ingest(home, folder)
    assert report.balanced and report.counts["kept"] == 4
    assert [row.code for row in report.to_check if row.severity == "error"] == ["page.timeout"]
    again, second = scans.ingest(home, folder)
    assert again.pages_read == 1 and not [row for row in second.to_check if row.severity == "error"]


def test_the_same_bytes_in_two_dossiers_are_read_once_and_listed_in_both(home, folder):
    shutil.copy(folder / "Ho so A" / "to trinh.tif", folder / "Ho so B" / "to trinh.tif")
    batch, report = scans.ingest(home, folder)
    holdings = Holdings(home.holdings)
    first, second = holdings.dossier("T1:ho-so-a").items[1], holdings.dossier("T1:ho-so-b").items[1]
    assert first.pages == second.pages and batch.pages_read == 5
    assert holdings.file_path("T1:ho-so-b", "original/to trinh.tif").is_file()
    assert fates(batch)["Ho so B/to trinh.tif"] == "duplicate" and report.counts["duplicates"] == 2


# --------------------------------------------------------------------------- secrecy


def test_what_the_catalogue_calls_secret_is_never_read_nor_kept(home, folder):
    scans.sheet(
        folder / "muc-luc.xlsx", ["Tên tệp", "Số và ký hiệu", "Độ mật"], ["to trinh.tif", "34/TTr", "Tối mật"]
    )
    batch, report = scans.ingest(home, folder)
    item = Holdings(home.holdings).dossier("T1:ho-so-a").items[1]
    assert (item.access, item.title, item.files, item.pages, item.fields) == ("quarantined", "", (), (), {})
    assert item.extra["grade"] == "Tối mật"
    assert [(one.file, one.code) for one in report.refusals] == [
        ("Ho so B/hong.pdf", "refused.broken"),
        ("muc-luc.xlsx", "refused.secret_sheet"),
        ("Ho so A/to trinh.tif", "refused.secret"),
    ]
    assert not any("muc-luc" in path.name for path in home.holdings.rglob("*"))
    secret = batch.stock.files["Ho so A/to trinh.tif"].sha256
    assert not any(secret in str(path) for path in home.renditions.rglob("*.json.gz"))
    assert report.balanced and batch.pages_read == 3


def test_a_secrecy_stamp_quarantines_and_leaves_no_reading(home, tmp_path):
    folder = scans.sample_batch(tmp_path / "dot-1", secret=True)
    batch, report = scans.ingest(home, folder)
    secret = batch.stock.files["Ho so B/ke hoach.png"].sha256
    assert ("Ho so B/ke hoach.png", "refused.secret") in [(one.file, one.code) for one in report.refusals]
    assert report.quarantined == 1 and report.balanced
    assert not list(home.renditions.rglob(f"{secret}/*"))
    assert secret not in Holdings(home.holdings).inventory("T1:ho-so-b").sha256s()
    before = digest(home)
    again, second = scans.ingest(home, folder)
    assert digest(home) == before and again.pages_read == 0 and second.counts == report.counts


def test_the_name_of_a_secret_file_is_nowhere_in_the_holdings(home, folder):
    scans.write(folder / "Ho so A" / "ke hoach X7.pdf", "KE HOACH 77")
    scans.sheet(
        folder / "Ho so A" / "muc-luc.xlsx", ["Tên tệp", "Độ mật"], ["ke hoach X7.pdf", "Mật"], ["la.pdf", ""]
    )
    scans.ingest(home, folder)
    for path in home.holdings.rglob("*.json"):
        assert "X7" not in path.read_text(encoding="utf-8")


# --------------------------------------------------------------------------- the catalogue


def test_the_catalogue_wins_and_the_difference_is_a_finding(home, folder, monkeypatch):
    monkeypatch.setattr(
        describe.letterhead,
        "describe",
        lambda readings: {"code": describe.FieldValue("12/QĐ-UBND", 0.9, "letterhead", 1, (0, 0, 9, 9))},
    )
    scans.sheet(
        folder / "Ho so A" / "muc-luc.xlsx",
        ["Số TT", "Tên tệp", "Số và ký hiệu", "Trích yếu", "Số trang"],
        [1, "quyet dinh.pdf", "21/QĐ-UBND", "Về việc giao đất", 1],
        [2, "to trinh.tif", "12/QĐ-UBND", "", 5],
        [3, "khong co.pdf", "", "Mất", ""],
    )
    _, report = scans.ingest(home, folder)
    items = Holdings(home.holdings).dossier("T1:ho-so-a").items
    assert items[0].value("code") == "21/QĐ-UBND" and items[0].fields["code"].origin == "catalogue"
    assert items[0].title == "Về việc giao đất"
    codes = [row.code for row in report.to_check]
    assert codes.count("catalogue.differs") == 1
    assert codes.count("catalogue.pages_differ") == 1 and codes.count("catalogue.no_file") == 1
    assert report.counts["kept"] == 5


def test_the_sheet_is_kept_with_the_dossiers_it_describes(home, folder):
    path = scans.sheet(folder / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["to trinh.tif", "Tờ trình về đất"])
    scans.ingest(home, folder)
    holdings = Holdings(home.holdings)
    assert holdings.file_path("T1:ho-so-a", "original/muc-luc.xlsx").read_bytes() == path.read_bytes()
    assert "original/muc-luc.xlsx" not in holdings.inventory("T1:ho-so-b").state


def test_a_broken_sheet_stops_the_run_before_anything_is_kept(home, folder):
    (folder / "muc-luc.xlsx").write_bytes(b"no workbook")
    with pytest.raises(UsageError) as caught:
        scans.ingest(home, folder)
    assert caught.value.code == "ingest.bad_catalogue" and caught.value.values["sheet"] == "muc-luc.xlsx"
    assert not list(Holdings(home.holdings).dossiers()) and not list(home.renditions.rglob("*.json.gz"))


def test_a_sheet_added_later_is_applied_without_reading_again(home, folder):
    scans.ingest(home, folder)
    scans.sheet(folder / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["to trinh.tif", "Tờ trình về đất"])
    batch, _ = scans.ingest(home, folder)
    assert Holdings(home.holdings).dossier("T1:ho-so-a").items[1].title == "Tờ trình về đất"
    assert batch.pages_read == 0


def test_a_catalogue_without_documents_is_refused(home, tmp_path):
    scans.sheet(tmp_path / "dot-9" / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["a.pdf", "x"])
    _, report = scans.ingest(home, tmp_path / "dot-9")
    assert [(one.file, one.code) for one in report.refusals] == [("muc-luc.xlsx", "refused.sheet_alone")]
    assert report.balanced and not report.dossiers


def test_an_empty_folder_is_no_error(home, tmp_path):
    (tmp_path / "dot-0").mkdir()
    _, report = scans.ingest(home, tmp_path / "dot-0")
    assert report.counts == {"received": 0, "kept": 0, "duplicates": 0, "refused": 0}


def test_names_in_any_bytes_are_kept_as_received(home, tmp_path):
    folder = tmp_path / "dot-3" / "H"
    scans.write(folder / "a.jpg", "GIAY MOI 12")
    os.rename(os.fsencode(folder / "a.jpg"), os.fsencode(folder) + b"/b\xe1o c\xe1o.jpg")
    _, report = scans.ingest(home, tmp_path / "dot-3")
    [item] = Holdings(home.holdings).dossier("T1:H").items
    assert os.fsencode(item.files[0].name) == b"b\xe1o c\xe1o.jpg" and report.counts["kept"] == 1


# --------------------------------------------------------------------------- findings of several batches


@pytest.fixture
def two_batches(home, tmp_path):
    """Two deliveries of dossier A; the catalogue of the first lists a document that did not come."""
    first, second = tmp_path / "dot-1", tmp_path / "dot-2"
    scans.write(first / "A" / "a.png", "THU MOI 11")
    scans.write(second / "A" / "b.png", "THU MOI 12")
    head = ["Tên tệp", "Trích yếu"]
    scans.sheet(first / "A" / "muc-luc.xlsx", head, ["a.png", "Thư mời"], ["khac.png", "Kế hoạch X7"])
    return first, second


def found_in(home, code="A"):
    return [(one.batch, one.code) for one in Holdings(home.holdings).dossier(f"T1:{code}").findings]


def test_what_a_batch_found_in_a_dossier_outlives_another_batch(home, two_batches):
    first, second = two_batches
    scans.ingest(home, first)
    scans.sheet(second / "A" / "muc-luc-2.xlsx", ["Tên tệp", "Trích yếu"], ["c.png", "Không có"])
    scans.ingest(home, second)
    both = [("dot-1", "catalogue.no_file"), ("dot-2", "catalogue.no_file"), ("dot-2", "catalogue.no_row")]
    assert sorted(found_in(home)) == both
    before = digest(home)
    _, report = scans.ingest(home, first)
    assert "khac.png" in [row.values.get("name") for row in report.to_check] and digest(home) == before
    scans.sheet(first / "A" / "muc-luc.xlsx", ["Tên tệp", "Trích yếu"], ["a.png", "Thư mời"])
    scans.ingest(home, first)
    assert sorted(found_in(home)) == both[1:]


@pytest.mark.parametrize("red", ["", "MAT"])
def test_a_document_that_a_later_batch_brings_is_missing_no_more(home, two_batches, red):
    """Also a secret one: its name is not told on."""
    first, second = two_batches
    scans.ingest(home, first)
    scans.page("KE HOACH 55", red=red).save(second / "A" / "khac.png", dpi=(200, 200))
    scans.ingest(home, second)
    assert found_in(home) == []


def test_what_a_batch_found_of_a_document_that_another_one_closes_is_told_no_more(home, two_batches):
    first, second = two_batches
    scans.write(first / "A" / "ke hoach X7.png", "THU MOI 13")
    scans.ingest(home, first)
    assert ("dot-1", "catalogue.no_row") in found_in(home)
    shutil.copy(first / "A" / "ke hoach X7.png", second / "A" / "c.png")
    scans.sheet(second / "muc-luc.xlsx", ["Tên tệp", "Độ mật"], ["c.png", "Mật"])
    scans.ingest(home, second)
    held = Holdings(home.holdings).dossier("T1:A")
    assert "ke hoach" not in str((held.findings, held.items))
