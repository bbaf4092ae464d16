"""Accounts for a list of officials: names proposed, every row judged, all or none, slips to print."""

import io
import json
import shlex
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from archive import home
from archive.commands.accounts import user_grant
from archive.commands.issue import user_import
from archive.people import handout, issue, issue_sheet
from archive.people.accounts import Account
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import EVERY_UNIT, Grant
from archive.units.succession import Register, RegisteredUnit
from archive.units.tables import read

HEAD = (
    "STT",
    "Họ và tên",
    "Chức vụ",
    "Đơn vị",
    "Vai trò",
    "Từ ngày",
    "Đến ngày",
    "Căn cứ",
    "Mục đích",
    "Phông",
)
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
        for name, cell in zip(
            ("stt", "ten", "cv", "dv", "vt", "tu", "den", "cc", "md", "ph"), (*LAN, "", ""), strict=True
        )
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
        (_changed(ph="H30.01; phông đất"), "issue.fonds"),
    ],
)
def test_a_row_with_a_problem_is_named(row, code):
    plan = _plan(HUNG, row)
    assert [(problem.code, problem.page) for problem in plan.problems] == [(code, 5)]


def test_every_problem_is_told_at_once_and_the_same_person_is_not_issued_twice():
    plan = _plan(LAN, HUNG, HUNG, _changed(vt="Vua", ten="Lê Thị Mơ"))
    assert [(problem.code, problem.page) for problem in plan.problems] == [
        ("issue.twice", 6),
        ("issue.role", 7),
    ]


HELD = Grant("00004.2025", "official", date(2025, 7, 1), date(2026, 12, 31), ("H30.01",), "tra cứu", "QĐ 1")


@pytest.mark.parametrize(
    ("row", "code", "command"),
    [
        (LAN, "issue.known", ""),
        (_changed(vt="", tu="", den=""), "issue.known", ""),
        (_changed(ten="TRẦN  THỊ LAN", ph="H30.01"), "issue.known", ""),
        (_changed(vt="Lãnh đạo"), "issue.other_grant", "--unit 00004.2025 --role leader --fonds H30.01 "),
        (
            _changed(den="31/12/2027"),
            "issue.other_grant",
            "--from 01/07/2025 --to 31/12/2027 --purpose 'tra ",
        ),
        (_changed(ph="H30.01;H30.02"), "issue.other_grant", "--fonds H30.01 --fonds H30.02"),
    ],
)
def test_a_person_who_has_an_account_is_passed_over_and_what_would_change_it_is_told(row, code, command):
    plan = _plan(row, HUNG, existing=[Account("lan.tt", "Trần Thị Lan", (HELD,))])
    [known] = plan.known
    assert (known.code, known.page, known.values["name"]) == (code, 4, "lan.tt")
    assert command in known.values.get("command", "") and not plan.problems
    assert [person.name for person in plan.people] == ["hung.nv"]


def test_the_command_told_gives_just_the_grant_of_the_list(settings):
    home.create(settings)
    AccountsWriter(settings.accounts).init()
    AccountsWriter(settings.accounts).add("lan.tt", "mat-khau-dai", [HELD], "Trần Thị Lan")
    row = _changed(vt="Lãnh đạo", md="khiếu nại «đất»", cc="QĐ 2", ph="H30.02")
    [known] = _plan(row, existing=AccountsWriter(settings.accounts).all()).known
    _, user, verb, *words = shlex.split(known.values["command"])
    assert (user, verb) == ("user", "grant")
    done = CliRunner().invoke(user_grant, [*words, "--home", str(settings.home)], standalone_mode=False)
    assert done.exception is None, done.output
    [account] = AccountsWriter(settings.accounts).all()
    fonds = ("H30.02",)
    assert account.grants == (
        replace(HELD, role="leader", fonds=fonds, purpose="khiếu nại «đất»", basis="QĐ 2"),
    )
    [known] = _plan(row, existing=[account]).known
    assert known.code == "issue.known"


def test_an_account_named_in_the_row_is_the_persons_own_also_at_another_unit():
    lan = Account("lan.tt", "Trần Thị Lan", (Grant("00007.2025"),))
    head = (*HEAD, "Tên đăng nhập")
    [known] = _plan((*_changed(), "lan.tt"), existing=[lan], head=head).known
    assert known.code == "issue.other_unit" and "--unit 00004.2025" in known.values["command"]
    assert known.values["units"] == "00007.2025"
    plan = _plan((*_changed(ten="Lê Lan"), "lan.tt"), existing=[lan], head=head)
    assert [problem.code for problem in plan.problems] == ["issue.taken"]


def test_a_namesake_at_another_unit_is_issued_an_account_and_told_of():
    plan = _plan(LAN, existing=[Account("lan.tt", "Trần Thị Lan", (Grant("00007.2025"),))])
    assert [person.name for person in plan.people] == ["lan.tt2"] and not plan.known
    [note] = plan.namesakes
    assert note.page == 4 and "kho user grant lan.tt --unit 00004.2025" in note.values["command"]


def test_a_disabled_account_is_told_with_what_opens_it():
    [known] = _plan(LAN, existing=[Account("lan.tt", "Trần Thị Lan", (HELD,), disabled=True)]).known
    assert known.code == "issue.known_disabled"


def test_purpose_and_fonds_of_the_list_become_the_grants():
    [lan] = _plan(_changed(md="giải quyết khiếu nại", ph="H30.01; H30.02", cc="QĐ 45")).people
    assert (lan.grant.purpose, lan.grant.fonds, lan.grant.basis) == (
        "giải quyết khiếu nại",
        ("H30.01", "H30.02"),
        "QĐ 45",
    )


def test_the_form_filled_with_its_own_example_is_read():
    book = load_workbook(io.BytesIO(issue_sheet.template()))
    first, guide = book.worksheets
    assert [cell.value for cell in first[1]] == [
        row[0].value[0].upper() + row[0].value[1:] for row in guide.rows
    ][:-1]
    first.append([row[1].value for row in guide.rows][:-1])
    filled = io.BytesIO()
    book.save(filled)
    plan = issue.plan(read("mau.xlsx", filled.getvalue()), REGISTER, ())
    [lan] = plan.people
    assert not plan.problems and lan.name == "lan.tt" and lan.position == "Công chức Văn phòng"
    assert lan.grant == Grant(
        "00004.2025", "official", date(2025, 7, 1), date(2026, 12, 31), ("H30.01", "H30.02"),
        "giải quyết khiếu nại", "QĐ 45/QĐ-UBND",
    )  # fmt: skip


def test_a_sheet_without_headings_or_rows_is_told():
    assert [problem.code for problem in _plan(LAN, head=("a", "b")).problems] == ["issue.no_headings"]
    assert [problem.code for problem in _plan().problems] == ["issue.empty"]


def test_without_a_register_codes_are_taken_as_they_are_and_every_unit_must_be_said_in_words():
    plan = _plan(
        _changed(dv="UBND-AN-BINH"), _changed(dv="Toàn tỉnh", ten="Lê Thị Mơ"), register=Register([], [], [])
    )
    assert [person.grant.unit for person in plan.people] == ["UBND-AN-BINH", EVERY_UNIT]


def test_every_fault_of_a_row_is_named_at_once():
    plan = _plan(HUNG, _changed(ten="", dv="Xã Tân Lập", vt="Vua", tu="hôm qua", ph="phông đất"))
    told = ["no_name", "several_units", "day", "fonds", "role"]
    assert [(one.code, one.page) for one in plan.problems] == [(f"issue.{code}", 5) for code in told]


def test_slips_say_what_is_needed_and_nothing_in_a_name_is_markup():
    slip = handout.Slip(
        "<b>Lan</b> & Cộng", "Chủ tịch", "Phường Ba Đình", "tra cứu", "lan.tt", "abc-def", "31/12/2026"
    )
    made = handout.page([slip], "https://kho.example.gov.vn", "vi")
    assert "&lt;b&gt;Lan&lt;/b&gt; &amp; Cộng" in made and "<b>" not in made and "<script" not in made
    for needed in ("lan.tt", "abc-def", "31/12/2026", "https://kho.example.gov.vn", "<svg"):
        assert needed in made
    assert "Authenticator" not in made
    needs_codes = replace(slip, second_factor=True, first="01/07/2026")
    made = handout.page([needs_codes], "https://kho.example.gov.vn", "vi")
    assert "Authenticator" in made and "<dt>Từ ngày</dt>" in made and "01/07/2026" in made


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
    again = run(
        _sheet(_changed(**UNIT), _changed(ten="Lý Thị Na", **UNIT)), "--out", str(tmp_path / "p2.html")
    )
    assert again.exception is None and run.writer.names() == ["lan.tt", "mo.lt", "na.lt"]
    assert "Dòng 4 (Trần Thị Lan): Đã có: tài khoản lan.tt." in again.output
    assert run.writer.credentials.find("lan.tt").fits(password), "who is known keeps the password"


def test_when_everybody_is_known_nothing_is_written(run, tmp_path):
    run(_sheet(_changed(**UNIT)), "--out", str(tmp_path / "phieu.html"))
    done = run(_sheet(_changed(**UNIT)), "--out", str(tmp_path / "p2.html"))
    assert done.exception is None and "Không có tài khoản mới" in done.output
    assert not (tmp_path / "p2.html").exists()


def test_the_preview_shows_position_basis_purpose_and_fonds(run):
    row = _changed(cc="QĐ 45", md="khiếu nại", ph="H30.01", **UNIT)
    shown = run(_sheet(row)).output
    for said in ("Công chức Văn", "căn cứ: QĐ 45", "khiếu nại", "H30.01"):
        assert said in shown


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
