"""Accounts for a list of officials: names proposed, every row judged, all or none, slips to print."""

import io
import json
from datetime import date

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from archive import home
from archive.commands.issue import user_import
from archive.people import handout, issue
from archive.people.accounts import Account
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import EVERY_UNIT, Grant
from archive.units.succession import Register, RegisteredUnit
from archive.units.tables import read

HEAD = ("STT", "Họ và tên", "Chức vụ", "Đơn vị", "Vai trò", "Từ ngày", "Đến ngày", "Căn cứ")
LAN = (1, "Trần Thị Lan", "Công chức Văn phòng", "00004.2025", "Tra cứu", date(2025, 7, 1), "31/12/2026", "")
HUNG = (2, "Nguyễn Văn Hùng", "Chủ tịch", "Phường Ba Đình", "Lãnh đạo", "", "", "")
REGISTER = Register(
    [
        RegisteredUnit(
            "00004.2025", "00004", "Phường Ba Đình", "commune", "phường", "", date(2025, 7, 1), None
        ),
        RegisteredUnit(
            "00004.2004", "00004", "Phường Trúc Bạch", "commune", "phường", "", None, date(2025, 6, 30)
        ),
        RegisteredUnit("00007.2025", "00007", "Xã Tân Lập", "commune", "xã", "", date(2025, 7, 1), None),
        RegisteredUnit("00009.2025", "00009", "Xã Tân Lập", "commune", "xã", "", date(2025, 7, 1), None),
    ],
    [],
    [],
)


def _sheet(*rows, head=HEAD) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in (("DANH SÁCH CÁN BỘ",), (), head, *rows):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _plan(*rows, register=REGISTER, existing=(), head=HEAD) -> issue.Plan:
    return issue.plan(read("can-bo.xlsx", _sheet(*rows, head=head)), register, existing)


def test_a_list_becomes_people_with_names_and_grants():
    plan = _plan(LAN, HUNG, (None, None, None, "Người lập biểu"[:0]))
    assert not plan.problems
    lan, hung = plan.people
    assert (lan.row, lan.name, lan.unit) == (4, "lan.tt", "Phường Ba Đình")
    assert lan.grant == Grant(
        "00004.2025", "official", valid_from=date(2025, 7, 1), valid_to=date(2026, 12, 31)
    )
    assert (hung.name, hung.grant) == ("hung.nv", Grant("00004.2025", "leader"))


@pytest.mark.parametrize(
    ("full_name", "taken", "name"),
    [
        ("Trần Thị Lan", (), "lan.tt"),
        ("TRẦN  THỊ LAN", ("lan.tt",), "lan.tt2"),
        ("Trần Thị Lan", ("lan.tt", "lan.tt2"), "lan.tt3"),
        ("Đỗ Đức", (), "duc.d"),
        ("Y", (), "y"),
        ("Nguyễn Hoàng Bảo Trân", (), "tran.nhb"),
        ("…", (), ""),
    ],
)
def test_names_are_proposed_from_full_names(full_name, taken, name):
    assert issue.propose(full_name, taken) == name


def test_people_of_the_same_name_get_numbers():
    plan = _plan(LAN, (2, "Trần Thu Lan", "", "00007.2025"))
    assert [person.name for person in plan.people] == ["lan.tt", "lan.tt2"]


def _changed(**values) -> tuple:
    return tuple(
        values.get(name, cell)
        for name, cell in zip(("stt", "ten", "cv", "dv", "vt", "tu", "den", "cc"), LAN, strict=True)
    )


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (_changed(ten=""), "issue.no_name"),
        (_changed(ten="…"), "issue.bad_account"),
        (_changed(dv=""), "issue.no_unit"),
        (_changed(dv="Xã Không Có"), "issue.strange_unit"),
        (_changed(dv="Xã Tân Lập"), "issue.several_units"),
        (_changed(dv="Phường Trúc Bạch"), "issue.several_units"),
        (_changed(dv="*!"), "issue.strange_unit"),
        (_changed(vt="Vua"), "issue.role"),
        (_changed(tu="hôm qua"), "issue.day"),
        (_changed(tu="07/2025"), "issue.day"),
        (_changed(tu="01/01/2027"), "issue.days"),
    ],
)
def test_a_row_with_a_problem_is_named(row, code):
    plan = _plan(HUNG, row)
    assert [(problem.code, problem.page) for problem in plan.problems] == [(code, 5)]


def test_every_problem_is_told_at_once_and_the_same_person_is_not_issued_twice():
    existing = [Account("lan.tt", "Trần Thị Lan", (Grant("00004.2025"),))]
    plan = _plan(LAN, HUNG, HUNG, _changed(vt="Vua", ten="Lê Thị Mơ"), existing=existing)
    assert [problem.code for problem in plan.problems] == [
        "issue.has_account",
        "issue.has_account",
        "issue.role",
    ]


def test_a_sheet_without_headings_or_rows_is_told():
    assert [problem.code for problem in _plan(LAN, head=("a", "b")).problems] == ["issue.no_headings"]
    assert [problem.code for problem in _plan().problems] == ["issue.empty"]


def test_without_a_register_codes_are_taken_as_they_are_and_every_unit_must_be_said_in_words():
    plan = _plan(
        _changed(dv="UBND-AN-BINH"), _changed(dv="Toàn tỉnh", ten="Lê Thị Mơ"), register=Register([], [], [])
    )
    assert [person.grant.unit for person in plan.people] == ["UBND-AN-BINH", EVERY_UNIT]


def test_slips_say_what_is_needed_and_nothing_in_a_name_is_markup():
    slip = handout.Slip(
        "<b>Lan</b> & Cộng", "Chủ tịch", "Phường Ba Đình", "tra cứu", "lan.tt", "abc-def", "31/12/2026"
    )
    made = handout.page([slip], "https://kho.example.gov.vn", "vi")
    assert "&lt;b&gt;Lan&lt;/b&gt; &amp; Cộng" in made and "<b>" not in made and "<script" not in made
    for needed in ("lan.tt", "abc-def", "31/12/2026", "https://kho.example.gov.vn", "<svg"):
        assert needed in made


# --------------------------------------------------------------------------- the command


@pytest.fixture
def run(settings, tmp_path):
    home.create(settings)
    AccountsWriter(settings.accounts).init()

    def run(content: bytes, *options: str):
        (tmp_path / "can-bo.xlsx").write_bytes(content)
        arguments = [str(tmp_path / "can-bo.xlsx"), "--home", str(settings.home), *options]
        return CliRunner().invoke(user_import, arguments, standalone_mode=False)

    run.writer = AccountsWriter(settings.accounts)
    return run


UNIT = {"dv": "UBND-AN-BINH"}


def test_without_out_it_is_a_preview_only(run):
    done = run(_sheet(_changed(**UNIT)), "--json")
    assert json.loads(done.output)["accounts"][0]["name"] == "lan.tt"
    assert run.writer.names() == []


def test_issued_accounts_sign_in_with_the_password_on_the_slip_and_must_change_it(run, tmp_path):
    out = tmp_path / "phieu.html"
    done = run(_sheet(_changed(**UNIT), _changed(ten="Lê Thị Mơ", **UNIT)), "--out", str(out))
    assert done.exception is None, done.output
    assert run.writer.names() == ["lan.tt", "mo.lt"] and out.stat().st_mode & 0o777 == 0o600
    password = out.read_text().split('<dd class="typed">')[3].split("<")[0]
    known = run.writer.credentials.find("lan.tt")
    assert known.fits(password) and known.must_change
    again = run(_sheet(_changed(**UNIT)), "--out", str(tmp_path / "p2.html"))
    assert again.exception.code == "error.issue_problems" and not (tmp_path / "p2.html").exists()


def test_one_bad_row_and_nobody_is_issued(run, tmp_path):
    out = tmp_path / "phieu.html"
    done = run(_sheet(_changed(**UNIT), _changed(ten="")), "--out", str(out))
    assert done.exception.code == "error.issue_problems" and not out.exists() and run.writer.names() == []


def test_a_failure_in_the_middle_takes_everything_back(run, tmp_path, monkeypatch):
    calls = []
    add = AccountsWriter.add

    def failing(self, *arguments, **named):
        calls.append(arguments)
        if len(calls) == 2:
            raise OSError("no space")
        return add(self, *arguments, **named)

    monkeypatch.setattr(AccountsWriter, "add", failing)
    out = tmp_path / "phieu.html"
    done = run(_sheet(_changed(**UNIT), _changed(ten="Lê Thị Mơ", **UNIT)), "--out", str(out))
    assert isinstance(done.exception, OSError) and not out.exists()
    assert run.writer.names() == [] and run.writer.credentials.find("lan.tt") is None


def test_slips_never_overwrite_a_file(run, tmp_path):
    (tmp_path / "phieu.html").write_text("mine")
    done = run(_sheet(_changed(**UNIT)), "--out", str(tmp_path / "phieu.html"))
    assert done.exception.code == "error.issue_out" and (tmp_path / "phieu.html").read_text() == "mine"
    assert run.writer.names() == []
