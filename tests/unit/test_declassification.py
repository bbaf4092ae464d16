"""The way back from secret: a person's act and a catalogue that says so, both, and nothing less."""

import json
import shutil

import pytest

from archive import cli, wiring_write
from archive.audit.log import AuditLog, Wanted
from archive.errors import AuditUnavailable, NotFound, UsageError
from archive.holdings.renditions import Renditions
from archive.holdings.store import Holdings
from archive.holdings.writer import HoldingsWriter
from archive.publishing.publish import publish
from ingest.grading.grades import says_open
from tests import scans
from tests.digests import holdings_digest
from tests.sinks import MemorySink
from tests.unit.test_secrecy import OTHER, access, dossier, lend, refused, run, stamped

BASIS = "QĐ 12/QĐ-UBND ngày 03/02/2026"
HEAD = ["Tên tệp", "Độ mật", "Mức độ tiếp cận"]


@pytest.fixture
def home(settings):
    return scans.new_home(settings)


def listed(folder, *lines):
    return scans.sheet(folder / "muc-luc.xlsx", HEAD, *lines)


@pytest.fixture
def typo(home, tmp_path):
    """A batch whose catalogue closed an open document by mistake."""
    folder = tmp_path / "dot-1"
    scans.write(folder / "A" / "a.png", "THU MOI 11")
    listed(folder, ["a.png", "Mật"])
    run(home, folder)
    return folder


def act(home, record="T1:A:001", basis=BASIS):
    return wiring_write.declassify(home, record, basis)


def other_access(home):
    return [item.access for item in Holdings(home.holdings).dossier("T2:B").items]


@pytest.mark.parametrize("cell", ["Thường", "Đã giải mật theo QĐ 12/QĐ-UBND", "đã giải mật"])
def test_closed_by_mistake_then_declassified_then_delivered_again_is_open(home, typo, cell):
    assert access(home, "A") == ["quarantined"]
    done = act(home)
    assert (done.records, done.grade, done.unit) == (("T1:A:001",), "Mật", scans.FONDS.unit.code)
    assert access(home, "A") == ["quarantined"]
    listed(typo, ["a.png", cell])
    batch = run(home, typo)
    held = dossier(home, "A")
    assert refused(batch) == {} and access(home, "A") == ["open"]
    assert held.items[0].id == "T1:A:001" and held.items[0].files[0].name == "a.png"
    assert publish(home, Holdings(home.holdings), Renditions(home.renditions)).open_items == 1
    [event] = [event for event in held.events if event.type == "declassification"]
    assert BASIS in event.detail and "Mật" in event.detail and event.objects == ("T1:A:001",)
    before = holdings_digest(Holdings(home.holdings))
    run(home, typo)
    assert holdings_digest(Holdings(home.holdings)) == before


@pytest.mark.parametrize("cell", ["Thường", "Đã giải mật theo QĐ 12", ""])
def test_without_the_act_nothing_opens_it(home, typo, cell):
    listed(typo, ["a.png", cell])
    assert refused(run(home, typo))["A/a.png"] == "refused.secret"
    assert access(home, "A") == ["quarantined"]


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("", "refused.declassified"),
        ("Mật", "refused.secret"),
        ("đã giải mật một phần", "refused.unclear_secrecy"),
    ],
)
def test_the_act_alone_opens_nothing(home, typo, cell, why):
    act(home)
    listed(typo, ["a.png", cell])
    assert refused(run(home, typo))["A/a.png"] == why and access(home, "A") == ["quarantined"]
    assert not list(home.renditions.rglob("*.json.gz"))


def test_a_catalogue_that_still_says_secret_closes_it_as_before_the_act(home, typo):
    act(home)
    run(home, typo)
    assert dossier(home, "A").items[0].extra["grade"] == "Mật"
    listed(typo, ["a.png", "Thường"])
    assert refused(run(home, typo))["A/a.png"] == "refused.secret"


def test_the_stamp_on_the_paper_no_longer_closes_what_was_declassified_anywhere(home, tmp_path):
    folder, later = tmp_path / "dot-1", tmp_path / "dot-2"
    stamped(folder / "A" / "a.png")
    run(home, folder)
    assert access(home, "A") == ["quarantined"]
    act(home)
    listed(folder, ["a.png", "Đã giải mật theo QĐ 12"])
    run(home, folder)
    assert access(home, "A") == ["open"]
    (later / "B").mkdir(parents=True)
    shutil.copy(folder / "A" / "a.png", later / "B" / "x.png")
    assert refused(run(home, later, fonds=OTHER)) == {}
    assert access(home, "A") == ["open"] and other_access(home) == ["open"]


@pytest.mark.parametrize(("acts", "left"), [(1, "refused.unclear_secrecy"), (2, None)])
def test_a_whole_dossier_opens_by_one_row_once_all_of_it_is_declassified(home, tmp_path, acts, left):
    folder, head = tmp_path / "dot-1", ["Mã hồ sơ", "Tiêu đề hồ sơ", "Độ mật"]
    scans.write(folder / "HS-01" / "a.png", "THU MOI 11")
    scans.write(folder / "HS-01" / "b.png", "THU MOI 12")
    scans.sheet(folder / "muc-luc.xlsx", head, ["HS-01", "Hồ sơ", "Mật"])
    run(home, folder)
    for number in range(1, acts + 1):
        act(home, f"T1:HS-01:00{number}")
    scans.sheet(folder / "muc-luc.xlsx", head, ["HS-01", "Hồ sơ", "Đã giải mật theo QĐ 12"])
    batch = run(home, folder)
    assert refused(batch).get("HS-01/a.png") == left
    assert access(home, "HS-01") == (["open", "open"] if acts == 2 else ["quarantined", "quarantined"])


def test_its_access_level_holds_from_the_first_delivery(home, typo):
    act(home)
    listed(typo, ["a.png", "Đã giải mật theo QĐ 12", "Đóng"])
    run(home, typo)
    assert [(item.access, item.level) for item in dossier(home, "A").items] == [("open", "closed")]


def test_equal_bytes_of_another_fonds_are_declassified_together_and_wait_for_their_own_catalogue(
    home, typo, tmp_path
):
    second = tmp_path / "dot-2"
    (second / "B").mkdir(parents=True)
    shutil.copy(typo / "A" / "a.png", second / "B" / "x.png")
    lend(home, second, ["x.png", ""])
    assert other_access(home) == ["quarantined"]
    assert act(home).records == ("T2:B:001", "T1:A:001")
    lend(home, second, ["x.png", "Thường"])
    assert other_access(home) == ["open"] and access(home, "A") == ["quarantined"]


def test_a_document_that_shares_only_a_page_stays_secret_and_keeps_the_other_closed(home, typo, tmp_path):
    second = tmp_path / "dot-2"
    scans.write(second / "B" / "vb_1.png", "x")
    shutil.copy(typo / "A" / "a.png", second / "B" / "vb_1.png")
    scans.write(second / "B" / "vb_2.png", "TRANG HAI 12")
    run(home, second, fonds=OTHER)
    done = act(home)
    assert (done.records, done.still) == (("T1:A:001",), ("T2:B:001",))
    listed(typo, ["a.png", "Thường"])
    assert refused(run(home, typo))["A/a.png"] == "refused.secret"
    act(home, "T2:B:001")
    assert refused(run(home, typo)) == {} and access(home, "A") == ["open"]


def test_what_is_secret_again_needs_another_act(home, typo, tmp_path):
    act(home)
    listed(typo, ["a.png", "Thường"])
    run(home, typo)
    second = tmp_path / "dot-2"
    (second / "B").mkdir(parents=True)
    shutil.copy(typo / "A" / "a.png", second / "B" / "x.png")
    lend(home, second, ["x.png", "Tối mật"])
    assert access(home, "A") == ["quarantined"]
    assert refused(run(home, typo))["A/a.png"] == "refused.secret"
    assert act(home).grade == "Tối mật"


def test_what_cannot_be_declassified_says_why(home, typo, tmp_path):
    with pytest.raises(UsageError, match=r"declassify\.no_basis"):
        act(home, basis=" ")
    with pytest.raises(NotFound):
        act(home, "T1:A:007")
    with pytest.raises(NotFound):
        act(home, "T1:Z:001")
    scans.write(typo / "C" / "c.png", "THU MOI 12")
    scans.write(typo / "D" / "d.png", "THU MOI 13")
    listed(typo, ["a.png", "Mật"], ["d.png", "da giai mat"])
    run(home, typo)
    with pytest.raises(UsageError, match=r"declassify\.not_secret"):
        act(home, "T1:C:001")
    with pytest.raises(UsageError, match=r"declassify\.only_withheld"):
        act(home, "T1:D:001")
    act(home)
    with pytest.raises(UsageError, match=r"declassify\.done_before"):
        act(home)


def test_an_act_that_cannot_be_recorded_is_not_done(home, typo, monkeypatch):
    before = holdings_digest(Holdings(home.holdings))
    full = MemorySink()
    full.failing = True
    monkeypatch.setattr(wiring_write, "access_log", lambda settings: full)
    with pytest.raises(AuditUnavailable):
        act(home)
    assert holdings_digest(Holdings(home.holdings)) == before


def test_an_act_cut_short_is_finished_by_the_same_call(home, typo, tmp_path, monkeypatch):
    second = tmp_path / "dot-2"
    (second / "B").mkdir(parents=True)
    shutil.copy(typo / "A" / "a.png", second / "B" / "x.png")
    run(home, second, fonds=OTHER)
    original = HoldingsWriter.commit

    def stop(self, dossier):
        if dossier.id == "T1:A":
            raise KeyboardInterrupt
        return original(self, dossier)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(HoldingsWriter, "commit", stop)
        act(home)
    assert Holdings(home.holdings).inventory("T2:B").head == 2
    assert act(home).records == ("T1:A:001",)


def test_the_command_tells_what_to_do_next_and_is_on_record(home, typo, capsys):
    with pytest.raises(SystemExit) as caught:
        cli.main(["--home", str(home.home), "declassify", "T1:A:001", "--basis", BASIS])
    out = capsys.readouterr().out
    assert not caught.value.code and BASIS in out and "Thường" in out and "kho ingest folder" in out
    [found] = AuditLog(home.audit).entries(Wanted(action="declassification"), newest_first=True)
    assert (found.entry.object, found.entry.why) == ("T1:A:001", BASIS)
    assert found.entry.detail["grade"] == "Mật"


def test_the_command_answers_programs(home, typo, capsys):
    with pytest.raises(SystemExit):
        cli.main(["--home", str(home.home), "declassify", "T1:A:001", "--basis", BASIS, "--json"])
    assert json.loads(capsys.readouterr().out)["records"] == ["T1:A:001"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Thường", True),
        ("Đã giải mật", True),
        ("Đã được giải mật theo QĐ 12", True),
        ("da giai mat ngay 3/2/2026", True),
        ("", False),
        ("Mật", False),
        ("Đã giải mật một phần", False),
        ("Chưa giải mật", False),
        ("Mật, đã giải mật", False),
        ("Đề nghị giải mật", False),
        ("Sẽ được giải mật năm 2030", False),
        ("Đã giải mật? hỏi lại", False),
    ],
)
def test_only_clear_words_of_a_cell_say_open(cell, expected):
    assert says_open(cell) is expected
