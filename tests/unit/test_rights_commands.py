"""`kho restrict | lift | restrictions | explain-access`: at once, on record, and in the same words as the rule."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from archive import cli, wiring_read, wording
from archive.audit import journal
from archive.audit.log import AuditLog, Wanted
from archive.commands import explaining
from archive.errors import AuditUnavailable
from archive.messages import LANGUAGES
from archive.model import Fonds, Unit
from archive.people.accounts import Account
from archive.people.accounts_writer import AccountsWriter
from archive.rights import restrictions, restrictions_writer
from archive.rights.access import Actor, Grant, record_terms, scope_of
from archive.rights.explanation import explain
from archive.units.succession import Step
from samples import units as sample_units
from tests import homes, registers

DISTRICT = Fonds("H99.21.08", "Ủy ban nhân dân huyện Lam Khê", Unit("lam-khe", "Huyện Lam Khê", "district"))
MERGED = Fonds("H99.21.03", "Ủy ban nhân dân xã Cẩm Ngạn", Unit("cam-ngan", "Xã Cẩm Ngạn", "commune"))
ITEM = "H99.21.03:HT.2012:001"


def letter(code: str) -> homes.Letter:
    return homes.Letter(code, "2012-03-18", "Quyết định", "thu hồi đất", "Hồ Lộc", (homes.LAND,))


DOSSIERS = (
    (MERGED, "HT.2012", "Hộ tịch", "", (letter("1/QĐ"), letter("2/QĐ"))),
    (DISTRICT, "01-dat", "Đất đai", "", (letter("3/QĐ"),)),
)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A published home with the invented province's register and an official of a merged commune."""
    folder = tmp_path_factory.mktemp("rights")
    settings = homes.build(folder, dossiers=DOSSIERS, operator="kho-truong")
    (settings.home / "kho.toml").write_text('operator = "kho-truong"\n')
    for sheet in sample_units.write(folder / "sheets"):
        _run(settings, "units", "apply", str(sheet), "--yes")
    homes.add_account(settings, "lan", "hoa-linh.2025", display_name="Trần Thị Lan")
    homes.add_account(settings, "khoa", "tan-phung.2026")
    homes.add_account(settings, "nghi", "hoa-linh.2025")
    _run(settings, "user", "disable", "nghi")
    return settings


def _run(settings, *arguments: str) -> int:
    with pytest.raises(SystemExit) as caught:
        cli.main(["--home", str(settings.home), *arguments])
    return caught.value.code


@pytest.fixture
def kho(built, capsys):
    """Runs a command; gives (exit code, output, messages)."""
    capsys.readouterr()
    return lambda *arguments: (_run(built, *arguments), *capsys.readouterr())


@pytest.fixture(autouse=True)
def nothing_laid(built):
    yield
    (built.restrictions / restrictions.FILE).unlink(missing_ok=True)
    restrictions_writer.begin(built.restrictions)


def found_by(kho, user: str, *more: str) -> list[str]:
    code, out, _ = kho("search", "--as", user, "--json", *more)
    assert code == 0
    return [hit["id"] for hit in json.loads(out)["hits"]]


# --------------------------------------------------------------------------- restrictions


@pytest.mark.parametrize(
    ("record", "left"), [(ITEM, 1), ("H99.21.03:HT.2012", 0), ("H99.21.03", 0), ("H99.21.08", 2)]
)
def test_a_restriction_works_at_once_on_document_dossier_and_fonds_and_is_lifted_again(kho, record, left):
    assert len(found_by(kho, "lan")) == 2
    code, out, _ = kho("restrict", record, "--level", "closed", "--basis", "CV 12/SNV")
    assert code == 0 and record in out and "CV 12/SNV" in out and "thanh tra" in out
    assert len(found_by(kho, "lan")) == left
    assert kho("lift", record, "--basis", "KL 08")[0] == 0
    assert len(found_by(kho, "lan")) == 2


def test_a_reader_that_is_open_already_heeds_it_with_the_next_request(kho, built):
    archive = wiring_read.Archive(built, journal.of_home(built))
    lan = archive.accounts.actor("lan")
    assert archive.reader().search(lan, "").total == 2
    kho("restrict", ITEM, "--level", "conditional", "--basis", "CV 12/SNV")
    assert archive.reader().search(lan, "").total == 1


def test_it_is_in_the_access_log_with_its_basis(kho, built):
    kho("restrict", ITEM, "--level", "closed", "--until", "31/12/2999", "--basis", "CV 12/SNV")
    kho("lift", ITEM, "--basis", "KL 08")
    found = AuditLog(built.audit).entries(Wanted(action="restriction"), newest_first=True)
    lifted, laid = next(found).entry, next(found).entry
    assert (laid.actor, laid.object, laid.why, laid.unit) == ("kho-truong", ITEM, "CV 12/SNV", "cam-ngan")
    assert laid.detail == {"level": "closed", "until": "2999-12-31"}
    assert (lifted.object, lifted.why, lifted.detail["level"]) == (ITEM, "KL 08", "")


def test_what_cannot_be_recorded_is_not_laid(kho, built, monkeypatch):
    def refuse(*_):
        raise AuditUnavailable("audit.unavailable", reason="đĩa đầy")

    monkeypatch.setattr(journal.JournalSink, "record", refuse)
    code, _, err = kho("restrict", ITEM, "--level", "closed", "--basis", "CV 12/SNV")
    assert code == 2 and err and not restrictions.load(built.restrictions).rows


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("H99.21.03:HT.2012:009", "--level", "closed", "--basis", "x"), "H99.21.03:HT.2012:009"),
        (("H99.21.99", "--level", "closed", "--basis", "x"), "H99.21.99"),
        (("H99.21.99:K1", "--level", "closed", "--basis", "x"), "H99.21.99:K1"),
        ((":", "--level", "closed", "--basis", "x"), ":"),
        (("a\udcff:b", "--level", "closed", "--basis", "x"), "DCFF"),
        ((ITEM, "--level", "closed", "--basis", "  "), "--basis"),
        ((ITEM, "--level", "closed"), "--basis"),
        ((ITEM, "--level", "open", "--basis", "x"), "conditional, closed"),
        ((ITEM, "--level", "closed", "--until", "31/12/2020", "--basis", "x"), "31/12/2020"),
        ((ITEM, "--level", "closed", "--until", "mai", "--basis", "x"), "mai"),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_cannot_be_laid_is_explained(kho, built, arguments, said, language):
    code, out, err = kho("--lang", language, "restrict", *arguments)
    assert (code, out) == (2, "") and said in err and len(err.splitlines()) == 2
    assert not restrictions.load(built.restrictions).rows


def test_lifting_needs_one_in_force(kho):
    code, _, err = kho("lift", ITEM, "--basis", "KL 08")
    assert code == 2 and "kho restrictions" in err


def test_the_list_shows_what_is_in_force_and_all_of_it_on_demand(kho):
    assert json.loads(kho("restrictions", "--json")[1]) == []
    assert "Không có" in kho("restrictions")[1]
    kho("restrict", ITEM, "--level", "closed", "--basis", "CV 12/SNV")
    kho("restrict", "H99.21.08", "--level", "conditional", "--basis", "Đang thanh tra")
    kho("lift", ITEM, "--basis", "KL 08")
    [row] = json.loads(kho("restrictions", "--json")[1])
    assert (row["record"], row["level"], row["by"], row["in_force"]) == (
        "H99.21.08",
        "conditional",
        "kho-truong",
        True,
    )
    assert [row["in_force"] for row in json.loads(kho("restrictions", "--all", "--json")[1])] == [
        False,
        True,
        False,
    ]
    shown = kho("restrictions", "--all")[1]
    assert "đóng" in shown and "tiếp cận có điều kiện" in shown and "bỏ hạn chế" in shown and "KL 08" in shown


# --------------------------------------------------------------------------- explain


def test_yes_names_each_step_of_the_succession(kho):
    code, out, _ = kho("explain-access", "lan", ITEM)
    assert code == 0 and out.startswith("ĐƯỢC XEM: lan")
    step = "← 01/07/2025, nhập toàn bộ, Nghị quyết 99/NQ-SL (giả định) ← Xã Cẩm Ngạn (cam-ngan)"
    assert "Xã Hòa Lĩnh (hoa-linh.2025)" in out and step in out and "bị che" in out


def test_an_auditors_yes_says_that_the_role_reads_every_level(kho, built):
    AccountsWriter(built.accounts).add("tra", "mat-khau-dai", [Grant("*", "auditor")])
    kho("restrict", ITEM, "--level", "closed", "--basis", "CV 12/SNV")
    code, out, _ = kho("explain-access", "tra", ITEM)
    assert code == 0 and "mọi đơn vị" in out and "Vai trò «thanh tra» xem mọi mức tiếp cận" in out


def test_the_question_is_on_record(kho, built):
    kho("explain-access", "lan", ITEM)
    newest = next(AuditLog(built.audit).entries(Wanted(action="explain"), newest_first=True)).entry
    assert (newest.actor, newest.object, newest.detail["about"]) == ("kho-truong", ITEM, "lan")


def test_yes_by_a_hand_over_through_a_renamed_unit(kho):
    code, out, _ = kho("explain-access", "khoa", "H99.21.08:01-dat:001", "--json")
    told = json.loads(out)
    assert code == 0 and told["allowed"] and told["code"] == "access.assigned"
    assert "Biên bản bàn giao" in told["reason"]
    [grant] = told["grants"]
    assert grant["way"][0]["predecessor"] == "tan-phung.2025" and grant["way"][0]["day"] == "2026-03-01"
    assert grant["way_in_words"][0] == "Phường Tân Phụng (tan-phung.2026)"


def test_no_says_what_keeps_it_shut(kho):
    code, out, _ = kho("explain-access", "khoa", ITEM)
    assert code == 1 and out.startswith("KHÔNG ĐƯỢC XEM: khoa") and "không do đơn vị" in out
    kho("restrict", ITEM, "--level", "closed", "--until", "31/12/2999", "--basis", "CV 12/SNV")
    code, out, _ = kho("explain-access", "lan", ITEM)
    assert code == 1 and "hạn chế khẩn" in out and "31/12/2999" in out and "CV 12/SNV" in out


def test_a_disabled_account_reads_nothing_whatever_its_grants(kho):
    code, out, _ = kho("explain-access", "nghi", ITEM)
    assert code == 1 and out.startswith("KHÔNG") and "đã ngừng" in out
    assert json.loads(kho("explain-access", "nghi", ITEM, "--json")[1])["allowed"] is False


def test_on_another_day(kho):
    code, out, _ = kho("explain-access", "lan", ITEM, "--on", "30/06/2025", "--json")
    told = json.loads(out)
    assert (
        code == 1
        and told["code"] == "access.not_yet"
        and "từ 01/07/2025, sau ngày được hỏi" in told["reason"]
    )


@pytest.mark.parametrize(
    ("user", "record"),
    [("khong-co", ITEM), ("lan", "H99.21.03:khong:001"), ("lan", "H99.21.03"), ("../lan", ITEM)],
)
def test_who_or_what_is_not_there_is_said(kho, user, record):
    code, out, err = kho("explain-access", user, record)
    assert (code, out) == (2, "") and len(err.splitlines()) == 2
    assert ("một hồ sơ hoặc văn bản" in err) == (":" not in record)


def test_english_is_whole(kho):
    _, out, _ = kho("--lang", "en", "explain-access", "lan", ITEM)
    assert out.startswith("YES: lan") and not re.search(r"\b(explain|access|grant|role)\.[a-z_]+", out)


@given(registers.registers, registers.restrictions, registers.records, registers.grants)
@hypothesis_settings(max_examples=150, deadline=None)
def test_what_is_told_is_what_the_scope_admits_and_each_way_leads_there(register, laid, records, grants):
    actor = Actor("lan", grants=tuple(grants))
    grounds = registers.grounds(register, laid, records)
    scope = scope_of(actor, registers.TODAY, grounds)
    account = Account("lan", "", actor.grants)
    for record in records:
        terms = record_terms(record.record, record.dossier_id, record.id)
        found = explain(actor, registers.TODAY, grounds, record.record, record.key, record.id)
        told = explaining._plain(account, record.id, registers.TODAY, found, register)
        assert told["allowed"] == scope.admits(terms) == any(row["allowed"] for row in told["grants"])
        assert told["personal"] == (scope.personal(terms) if told["allowed"] else "")
        assert told["level"] == record.level and told["embargo"] == record.embargo
        for verdict in found.verdicts:
            _leads(verdict, record, register)


def _leads(verdict, record, register) -> None:
    """Each step begins where the one before ended, and the last one ends at the unit the records come by."""
    here = verdict.grant.unit
    for step in verdict.way:
        assert here == (step.above if isinstance(step, Step) else step.successor)
        here = step.below if isinstance(step, Step) else step.predecessor
    handed = {row.heir for row in register.assignments_of(record.fonds, registers.TODAY)}
    if verdict.reason.code in ("access.inherited", "access.unit_granted"):
        assert here == record.unit
    if verdict.reason.code == "access.assigned":
        assert here in handed
    lines = wording.way(verdict.grant.unit, verdict.way, register, "vi")
    assert len(lines) == (len(verdict.way) + 1 if verdict.way else 0)


def test_a_unit_may_be_granted_by_its_name(kho, built):
    code, out, err = kho("user", "add", "ten", "--unit", "xã hòa lĩnh", "--to", "31/12/2025")
    assert code == 0 and "(hoa-linh.2025)" in out, "the unit of today, not the old one of that name"
    assert "chỉ đến hết ngày 31/12/2025, đã qua" in err
    code, _, err = kho("user", "grant", "ten", "--unit", "KHONG-CO")
    assert code == 0 and "KHONG-CO" in err, "an unknown one is kept as a code, and told"


def test_codes_that_are_not_there_are_not_said_to_be_taken_away(kho):
    assert "chưa có mã xác thực" in kho("user", "reset-code", "khoa")[1]


def test_a_hand_over_of_a_fonds_that_is_not_here_is_told(kho, tmp_path):
    sheet = tmp_path / "giao.csv"
    sheet.write_text(
        "Loại,Mã phông,Đơn vị nhận,Ngày\nBàn giao,H99.77,tan-phung.2026,01/08/2026\n", encoding="utf-8"
    )
    _, _, err = kho("units", "apply", str(sheet), "--dry-run")
    assert "Phông H99.77 chưa có trong bản công bố" in err
