"""`kho audit …`: what a person or a program gets, and that every reading is on record first."""

import csv
import io
import json

import cv2
import pytest
from openpyxl import load_workbook

from archive import cli, console, home, messages, settings
from archive.audit import heads, journal, report, sheet
from archive.audit.entry import ACTIONS, OWN_ACTIONS
from archive.audit.log import AuditLog, Wanted, segments
from archive.audit.verify import verify
from archive.errors import IntegrityError
from tests.audits import entry

DAY = 1_798_700_000  # 31/12/2026 in Viet Nam


@pytest.fixture
def there(tmp_path, monkeypatch, capsys):
    """A home whose log has thirty views of 31/12/2026, one of them by a person with a hostile name."""
    monkeypatch.setenv("KHO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(DAY))
    with pytest.raises(SystemExit):
        cli.main(["init"])
    found = settings.load()
    with journal.of_home(found) as sink:
        sink.record(
            *(entry(number) for number in range(29)), entry(5, actor="=1+1[b]<script>", outcome="refused")
        )
    capsys.readouterr()
    return found


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        cli.main(["audit", *map(str, arguments)])
    printed = capsys.readouterr()
    return ended.value.code, printed.out, printed.err


def read_actions(there):
    return [
        one.entry for one in AuditLog(there.audit).entries() if one.entry.action in ("log-read", "log-export")
    ]


def test_init_makes_the_key_and_the_log_can_begin(there):
    assert home.check(there)
    assert (there.keys / "audit.key").stat().st_mode & 0o777 == 0o600
    assert heads.Keyring(heads.read_keys(there.audit)).keys


def test_search_filters_newest_first_and_is_logged_with_what_was_asked(there, capsys):
    code, out, _ = run(capsys, "search", "--actor", "can-bo-2", "--unit", "00002.2004", "--json")
    found = json.loads(out)
    wanted = [n for n in range(28, -1, -1) if n % 5 == 2 and n % 3 == 2]
    assert code == console.OK and [one["object"] for one in found] == [entry(n).object for n in wanted]
    (read,) = read_actions(there)
    assert read.detail == {"how": "search", "actor": "can-bo-2", "units": ["00002.2004"]}


def test_search_by_day_limit_and_words(there, capsys):
    assert json.loads(run(capsys, "search", "--from", "01/01/2027", "--json")[1]) == []
    assert len(json.loads(run(capsys, "search", "--to", "31/12/2026", "--limit", "7", "--json")[1])) == 7
    code, out, _ = run(capsys, "search", "--outcome", "refused")
    assert code == console.OK and "=1+1[b]<script>" in out and "bị từ chối" in out and "31/12/2026" in out


def test_csv_holds_no_formula(there, capsys):
    _, out, _ = run(capsys, "search", "--outcome", "refused", "--csv")
    (row,) = csv.DictReader(io.StringIO(out))
    assert out.startswith("\ufeff"), "Excel takes a table without this mark for another encoding"
    assert (
        row["Người dùng"] == "'=1+1[b]<script>" and row["\ufeffSố"] == "31" and row["Việc"] == "xem văn bản"
    )


def test_a_log_that_cannot_be_written_is_not_read_either(there, capsys):
    (there.audit / heads.KEYS_FILE).unlink()
    code, out, err = run(capsys, "search", "--json")
    assert code == console.FAILED and out == "" and "Chưa có nhật ký truy cập" in err


@pytest.mark.parametrize("said", ["view", "xem văn bản", "XEM VAN BAN", "view of a document"])
def test_an_action_may_be_named_by_code_or_by_its_word_in_either_language(there, capsys, said):
    code, out, _ = run(capsys, "search", "--action", said, "--outcome", "bị từ chối", "--json")
    assert code == 0 and [one["action"] for one in json.loads(out)] == ["view"]


def test_an_unknown_action_or_outcome_is_told_with_all_there_are(there, capsys):
    code, out, err = run(capsys, "search", "--action", "foo")
    assert (
        code == 2 and not out and "«foo»" in err and "xem văn bản (view); " in err and "ký mốc (head)" in err
    )
    assert "view of a page (page); " in run(capsys, "report", "--lang", "en", "--action", "foo")[2]
    assert "bị từ chối (refused)" in run(capsys, "export", "--outcome", "x", "--out", "y")[2]


def test_report_counts_per_day_unit_person_and_action(there, capsys):
    counted = json.loads(run(capsys, "report", "--action", "view", "--json")[1])
    assert counted["total"] == {"count": 30, "refused": 1, "people": 6, "objects": 29}
    assert counted["by_day"] == {"2026-12-31": counted["total"]}
    assert counted["by_unit"]["00000.2004"]["count"] == 10 and counted["by_unit"]["00002.2004"]["count"] == 10
    assert counted["by_actor"]["can-bo-1"] == {"count": 6, "refused": 0, "people": 1, "objects": 6}
    assert list(counted["by_action"]) == ["view"]


def test_report_as_table_page_and_workbook(there, capsys, tmp_path):
    code, out, _ = run(capsys, "report")
    assert code == console.OK and "can-bo-1" in out and "xem văn bản" in out
    run(capsys, "report", "--html", tmp_path / "r.html", "--xlsx", tmp_path / "r.xlsx")
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<script>" not in page and "=1+1[b]&lt;script&gt;" in page and "<svg" in page
    book = load_workbook(tmp_path / "r.xlsx")
    cells = [cell for row in book["Theo người dùng"].iter_rows() for cell in row]
    assert any(cell.value == "=1+1[b]<script>" and cell.data_type == "s" for cell in cells)


def test_the_daily_statement_holds_a_head_that_verify_takes(there, capsys, tmp_path):
    code, _, _ = run(capsys, "sheet", "--day", "31/12/2026", "--out", tmp_path / "s.html")
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    named = sheet.html("2026-12-31", None, report.count([]), None, "vi", "Chi cục <Văn thư>")
    assert "Chi cục &lt;Văn thư&gt;" in named and "Chi cục" not in page
    (head,) = heads.heads_in(page)
    assert code == console.OK and head == heads.read_heads(there.audit)[-1]
    assert "Ngày 31/12/2026" in page and "xem văn bản" in page and "<svg" in page
    code, out, _ = run(capsys, "verify", "--head", tmp_path / "s.html")
    assert code == console.OK and "nguyên vẹn" in out and "1 mốc giữ ở ngoài" in out


def test_the_qr_code_reads_as_the_head(there, tmp_path):
    head = heads.read_heads(there.audit)[-1]
    sheet.qr(head).save(str(tmp_path / "qr.png"), scale=6)
    read, *_ = cv2.QRCodeDetectorAruco().detectAndDecode(cv2.imread(str(tmp_path / "qr.png")))
    assert heads.parse_head(read) == head


def test_a_head_is_read_however_its_lines_are_wrapped(there):
    head = heads.read_heads(there.audit)[-1]
    wrapped = "\n".join(head.text[place : place + 40] for place in range(0, len(head.text), 40))
    assert heads.heads_in(f"Mốc:\n{wrapped}\nKý tên") == [head]
    with pytest.raises(IntegrityError):
        heads.heads_in(head.text[:-5])


def test_verify_names_the_entry_what_and_the_remedy(there, capsys):
    path = segments(there.audit)[0].path
    path.write_bytes(path.read_bytes().replace(b'"actor":"can-bo-3"', b'"actor":"can-bo-4"', 1))
    code, out, _ = run(capsys, "verify")
    assert code == console.SOME_REFUSED and "Bản ghi số 5 đã bị sửa" in out and "bản sao lưu" in out
    told = json.loads(run(capsys, "verify", "--json")[1])
    assert told["intact"] is False and told["findings"][0]["code"] == "audit.changed"


def test_a_vanished_disk_is_no_intact_log(there, capsys):
    there.audit.rename(there.home / "away")
    code, _, err = run(capsys, "verify")
    assert code == console.FAILED and "chưa được gắn" in err


def test_head_and_key_can_be_printed_and_the_key_replaced(there, capsys):
    code, out, _ = run(capsys, "head")
    assert code == console.OK and heads.parse_head(out).size == 31
    first = run(capsys, "key")[1]
    _, out, _ = run(capsys, "key", "--rotate")
    assert first.splitlines()[-1] in out and len(heads.read_keys(there.audit)) == 2
    run(capsys, "search")
    result = verify(there.audit, keys=[key.id for key in heads.read_keys(there.audit)])
    assert result.intact and result.heads > 1


def test_an_export_proves_itself_and_a_changed_one_does_not(there, capsys, tmp_path):
    held = tmp_path / "moc.txt"
    run(capsys, "head", "--out", held)
    target = tmp_path / "xuat"
    code, out, _ = run(capsys, "export", "--actor", "can-bo-1", "--head", held, "--out", target)
    assert code == console.OK and "6 bản ghi" in out and read_actions(there)[-1].action == "log-export"
    assert run(capsys, "check", target)[0] == console.OK
    content = (target / "entries.jsonl").read_bytes()
    (target / "entries.jsonl").write_bytes(content.replace(b"can-bo-1", b"can-bo-2", 1))
    code, out, _ = run(capsys, "check", target)
    assert code == console.SOME_REFUSED and "không khớp với chứng minh" in out
    (target / "entries.jsonl").write_bytes(content.split(b"\n", 1)[1])
    code, _, err = run(capsys, "check", target)
    assert code == console.FAILED and "thiếu hoặc hỏng" in err


def test_old_parts_are_closed_only_under_a_head_from_outside_and_still_verify(
    there, capsys, tmp_path, monkeypatch
):
    monkeypatch.setattr(journal, "SEGMENT_ENTRIES", 10)
    held = tmp_path / "moc.txt"
    run(capsys, "search")
    run(capsys, "head", "--out", held)
    code, _, err = run(capsys, "prune")
    assert code == console.FAILED and "mốc giữ ở ngoài" in err
    assert "Chưa có phần nào" in run(capsys, "prune", "--head", held)[1]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(DAY + 800 * 86400))
    run(capsys, "search")  # the log goes on, in a segment of the new month
    before = heads.read_heads(there.audit)
    code, out, _ = run(capsys, "prune", "--head", held)
    assert code == console.OK and "Đã đóng các bản ghi số 1 đến 31" in out
    assert not any(b"can-bo" in path.read_bytes() for path in there.audit.glob("log-*"))
    result = verify(there.audit, before)
    assert result.intact and {note.code for note in result.notes} == {"audit.note.closed"}
    assert list(AuditLog(there.audit).entries(Wanted(actor="can-bo-1"))) == []


def test_a_forged_head_closes_nothing(there, capsys, tmp_path):
    run(capsys, "head", "--out", tmp_path / "moc.txt")
    head = heads.parse_head((tmp_path / "moc.txt").read_text())
    (tmp_path / "moc.txt").write_text(heads.Head(**{**head.__dict__, "size": head.size + 50}).text)
    code, _, err = run(capsys, "prune", "--head", tmp_path / "moc.txt")
    assert code == console.FAILED and "chưa qua kiểm tra" in err


@pytest.mark.parametrize("action", [*ACTIONS, *OWN_ACTIONS])
def test_every_action_has_a_word(action):
    assert all(f"audit.action.{action}" in messages.catalogue(language) for language in messages.LANGUAGES)
