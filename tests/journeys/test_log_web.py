"""The auditor's screens: the access log, why somebody may read a record; and personal data shown on purpose."""

import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe

from archive.audit.entry import Entry
from archive.audit.log import AuditLog, Wanted
from archive.keeper.sessions_writer import SessionsWriter
from archive.model import Notice
from archive.people.accounts import Accounts
from archive.people.accounts_writer import AccountsWriter
from archive.rights import restrictions_writer
from archive.rights.access import Grant, RecordClass
from archive.rights.explanation import Explanation
from archive.units.succession import Register
from archive.wiring_read import today
from tests import homes
from tests.journeys import browser
from tests.journeys.browser import DESKTOP, NARROW, Watch
from tests.journeys.test_units_web import HANDED, ROWS, UNITS, words
from tests.journeys.test_web import AXE
from webui import display
from webui.views import log

PHONE = "0912345678"
PERSONAL = homes.Letter(
    "40/XN-UBND", "2020-02-11", "Giấy xác nhận", "Xác nhận cư trú", "Bùi Thị Hoa",
    (("Bà Lý Thị Sương, điện thoại 0912345678, trú tại thôn Gò Mây.",),),
)  # fmt: skip
CARD = "/item/H01.12:CT.2020:001"
LETTER = "/item/H01.12:DD.2014:001"
FORM = "f" * 32


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("log")
    dossier = (homes.FONDS_A, "CT.2020", "Hồ sơ cư trú", "", (PERSONAL,))
    settings = homes.build(folder, dossiers=(*homes.DOSSIERS, dossier))
    accounts = AccountsWriter(settings.accounts)
    for name, role, unit in (
        ("lan", "official", "phu-an"),
        ("sep", "leader", "phu-an"),
        ("thanhtra", "auditor", "*"),
        ("quantri", "accounts", "*"),
        ("luutru", "archivist", "*"),
        ("rong", "official", "tan-hoa.2025"),
    ):
        accounts.add(name, homes.PASSWORD, [Grant(unit, role)], f"Người {name}")
    restrictions_writer.restrict(
        settings.restrictions,
        "H01.12:DD.2014:002",
        "closed",
        until=None,
        basis="CV 9/SNV",
        by="Chi",
        witness=lambda row: None,
    )
    return settings


@pytest.fixture(scope="module")
def app(settings):
    made = homes.app(settings)
    made.extensions["lookup"]._register = lambda: Register(UNITS, ROWS, HANDED)
    return made


def token_of(settings, name: str) -> str:
    """A session as the keeper begins it once both factors are right."""
    epoch = Accounts(settings.accounts).find(name).epoch
    return SessionsWriter(settings.sessions).begin(name, epoch, second_factor=True)


@pytest.fixture
def client(app, settings):
    def signed_in(name: str):
        found = app.test_client()
        token = token_of(settings, name)
        with found.session_transaction() as session:
            session.update(token=token, form=FORM)
        return found

    return signed_in


def logged(settings, **wanted: str) -> list[Entry]:
    return [one.entry for one in AuditLog(settings.audit).entries(Wanted(**wanted))]


# --------------------------------------------------------------------------- the log


@pytest.mark.parametrize("name", ["lan", "sep", "quantri", "luutru", "rong"])
def test_for_everybody_else_the_log_is_not_there(client, name):
    asking = client(name)
    missing = asking.get("/khong-co")
    for address in ("/log", "/log.csv", "/log?actor=lan"):
        answer = asking.get(address)
        assert (answer.status_code, answer.data) == (404, missing.data)
    assert "Nhật ký" not in asking.get("/").text


def test_without_signing_in_the_log_leads_to_signing_in(app):
    assert app.test_client().get("/log").headers["Location"].startswith("/signin")


def test_an_auditor_sees_use_by_day_unit_person_and_action(client, app):
    client("lan").get(LETTER)
    client("lan").get("/search?q=thu+hoi+dat")
    app.extensions["lookup"].keeper.head()
    auditing = client("thanhtra")
    assert "Nhật ký" in auditing.get("/").text
    html = auditing.get("/log").text
    page = words(html)
    assert re.search(r"\d+ lượt của \d người, \d+ lượt bị từ chối", page)
    assert "Xã An Bình (UBND-AN-BINH)" in page and "thu hoi dat" in page and "xem văn bản" in page
    assert "kế thừa" in page, "why it was allowed"
    assert html.count("<rect") > 5 and "Chữ ký đúng với khóa" in page and "kho-head/1" in page


def test_a_range_too_long_to_count_is_said_with_the_command_that_counts_it(client, monkeypatch):
    client("lan").get(LETTER)
    asking = client("thanhtra")
    monkeypatch.setattr(log, "MOST_COUNTED", 2)
    html = asking.get("/log?first=01/01/2020&actor=lan").text
    page = words(html)
    assert "hơn 2 bản ghi, quá dài" in page and "kho audit report --actor=lan --from=01/01/2020" in page
    assert "<rect" not in html and "xem văn bản" in page, "the entries themselves are there"
    monkeypatch.setattr(log, "MOST_COUNTED", 10_000)
    assert "quá dài" not in asking.get("/log?first=01/01/2020&actor=lan").text


def test_the_log_is_filtered_by_person_unit_action_object_outcome_and_day(client):
    client("lan").get(LETTER)
    client("sep").get("/dossier/H01:GT.2016")
    asking = client("thanhtra")

    def rows(**values: str) -> list[str]:
        html = asking.get("/log", query_string=values).text
        body = html[html.rindex("<tbody>") : html.rindex("</tbody>")] if "Các bản ghi" in html else ""
        return [words("<main" + row) for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)]

    assert rows(actor="sep") and all("sep" in row for row in rows(actor="sep"))
    assert all("xem trang" in row for row in rows(action="page")) and rows(action="page")
    assert rows(object="H01:GT.2016") and not rows(object="H01:GT")
    inside = rows(object="H01.12:DD.2014")
    assert any("H01.12:DD.2014:001" in row for row in inside) and all(
        "H01.12:DD.2014" in row for row in inside
    )
    assert rows(unit="UBND-PHU-MY") == rows(unit="huyện Phú Mỹ") != []
    assert rows(first="01/01/2020", last="31/12/2020") == []
    assert rows(first=today().isoformat()) != []
    assert rows(outcome="refused", actor="khongai") == []
    assert "không đọc được" in asking.get("/log?first=32/13/2020").text
    assert rows(actor="nguoi lan") == rows(actor="lan") != []
    assert "đúng họ tên" in asking.get("/log?actor=khong+ai").text
    assert "Ngày đầu sau ngày cuối" in asking.get("/log?first=02/01/2030&last=01/01/2030").text
    assert "page=1" in asking.get("/log?page=99&actor=sep").headers["Location"]


def test_reading_the_log_is_on_record_with_what_was_asked(client, settings):
    client("thanhtra").get("/log?actor=lan")
    entry = logged(settings, action="log-read")[-1]
    assert (entry.actor, entry.detail["actor"], bool(entry.session)) == ("thanhtra", "lan", True)
    assert entry.detail["first"] == (today() - timedelta(days=log.USUAL_DAYS)).isoformat()
    client("thanhtra").get("/log.csv?actor=lan")
    assert logged(settings, action="log-export")[-1].detail["actor"] == "lan"


def test_the_table_is_the_same_entries_and_no_formula(client, settings):
    client("lan").get("/search", query_string={"q": '=HYPERLINK("x")'})
    answer = client("thanhtra").get("/log.csv?actor=lan")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    lines = answer.text.splitlines()
    assert lines[0].startswith("\ufeffSố,Thời điểm,Người dùng,Việc") and "'=HYPERLINK" in answer.text
    assert len(lines) == 1 + len(logged(settings, actor="lan"))


def test_the_whole_log_is_checked_on_demand(client):
    page = words(client("thanhtra").get("/log?check=1").text)
    assert "Nhật ký nguyên vẹn" in page and "KHÔNG" not in page


def test_a_head_that_is_not_ours_is_called_so(client, app, settings):
    client("lan").get(LETTER)  # something to sign
    app.extensions["lookup"].keeper.head()
    path = settings.audit / "heads.txt"
    kept = path.read_text()
    try:
        path.write_text(kept[:-7] + "AAAA==\n")
        page = words(client("thanhtra").get("/log").text)
        assert "Chữ ký KHÔNG đúng với khóa của nhật ký" in page and "Chữ ký đúng" not in page
    finally:
        path.write_text(kept)
    assert "Chữ ký đúng" in words(client("thanhtra").get("/log").text)


def test_who_only_manages_accounts_is_told_so(client):
    for address in ("/", "/units/mine"):
        page = words(client("quantri").get(address).text)
        assert "quản trị tài khoản bằng lệnh kho user" in page and "Liên hệ" not in page
        assert "chưa có hồ sơ trong kho" not in page


def test_whose_session_was_ended_is_told_so(client, settings):
    asking = client("rong")
    SessionsWriter(settings.sessions).end_of("rong")
    place = asking.get("/").headers["Location"]
    assert "over=1" in place and "Phiên đăng nhập đã kết thúc" in asking.get(place).text
    assert "đã kết thúc" not in asking.get("/signin").text


# --------------------------------------------------------------------------- why


def test_an_auditor_sees_every_verdict_on_any_account_and_nobody_else_does(client):
    page = words(client("thanhtra").get(LETTER).text)
    assert "Vì sao xem được" in page and "Được xem vì tài khoản được giao mọi đơn vị" in page
    page = words(client("thanhtra").get(f"{LETTER}?who=lan").text)
    assert "Vì sao lan xem được hoặc không" in page and "ĐƯỢC XEM" in page
    assert "Phường Phú An" in page and "Nghị quyết 1/NQ-UBTVQH15" in page, "the way through the succession"
    page = words(client("thanhtra").get(f"{LETTER}?who=rong").text)
    assert "KHÔNG ĐƯỢC XEM" in page and "không do đơn vị của tài khoản kế thừa" in page
    assert "Không có tài khoản «khongai»" in words(client("thanhtra").get(f"{LETTER}?who=khongai").text)
    page = words(client("lan").get(f"{LETTER}?who=rong").text)
    assert "KHÔNG ĐƯỢC XEM" not in page and "Được xem vì đơn vị của tài khoản kế thừa đơn vị cũ" in page


def test_an_auditor_is_told_that_the_role_reads_every_level(client):
    page = words(client("thanhtra").get(LETTER).text)
    assert "Vai trò «thanh tra» xem mọi mức tiếp cận" in page
    page = words(client("thanhtra").get(f"{LETTER}?who=lan").text)
    assert "Vai trò «tra cứu» xem mức: tiếp cận rộng rãi." in page


def test_who_asks_about_somebody_elses_access_is_on_record(client, settings):
    def asked() -> list[tuple[str, str, str]]:
        found = AuditLog(settings.audit).entries(Wanted(action="explain"))
        return [(one.entry.actor, one.entry.object, one.entry.detail["about"]) for one in found]

    before = len(asked())
    client("thanhtra").get(LETTER)
    client("thanhtra").get(f"{LETTER}?who=thanhtra")
    assert len(asked()) == before, "one's own is part of the page"
    client("thanhtra").get(f"{LETTER}?who=rong")
    client("lan").get(f"{LETTER}?who=rong")
    assert asked()[before:] == [("thanhtra", LETTER.removeprefix("/item/"), "rong")]


def test_a_restriction_is_a_quiet_label_for_those_who_still_may_read(client):
    restricted = "/item/H01.12:DD.2014:002"
    assert "Hạn chế khẩn: «đóng»" in words(client("thanhtra").get(restricted).text)
    assert client("lan").get(restricted).status_code == 404
    assert "Hạn chế khẩn" not in words(client("thanhtra").get(LETTER).text)


def test_level_and_a_running_embargo_are_labels_and_an_open_record_has_none(app):
    def labels(level: str, embargo: str) -> list[str]:
        record = RecordClass("U", "F", level, embargo)
        return display.access_labels(Explanation(True, Notice("access.every_unit"), (), record, ()))

    with app.test_request_context():
        assert labels("open", "") == labels("open", "2001-01-01") == []
        assert labels("conditional", "2999-12-31") == ["tiếp cận có điều kiện", "Mở từ ngày 31/12/2999"]


# --------------------------------------------------------------------------- personal data


def purpose(asking, address: str = CARD, text: str = "xác minh hộ tịch", token: str = FORM):
    return asking.post(f"{address}/reveal?q=Gò+Mây", data={"token": token, "purpose": text})


def test_an_official_sees_covered_numbers_and_no_way_to_uncover_them(client):
    page = client("lan").get(CARD).text
    assert PHONE not in page and "đã che" in words(page) and "chỉ xem bản đã che" in words(page)
    assert "Tải bản gốc" not in page
    answer = purpose(client("lan"))
    assert answer.status_code == 403 and PHONE not in answer.text
    answer = client("lan").get(f"{CARD}/original/0")
    assert answer.status_code == 403 and "Dùng bản tra cứu đã che" in answer.text


def test_on_purpose_numbers_are_shown_for_this_session_and_put_on_record(client, settings):
    asking = client("sep")
    assert PHONE not in asking.get(CARD).text
    answer = purpose(asking)
    assert answer.status_code == 303 and answer.headers["Location"].startswith(f"{CARD}?q=")
    page = asking.get(CARD).text
    assert PHONE in page and "mục đích đã ghi vào nhật ký" in page and "Tải bản gốc" in page
    assert asking.get(f"{CARD}/original/0").status_code == 200
    entry = logged(settings, action="reveal")[-1]
    assert (entry.actor, entry.object, entry.detail["purpose"]) == ("sep", CARD[6:], "xác minh hộ tịch")
    assert PHONE not in client("sep").get(CARD).text, "another session asks again"


def test_without_a_purpose_or_with_a_foreign_form_nothing_is_shown(client, settings):
    asking = client("sep")
    before = len(logged(settings, action="reveal"))
    for text in ("", "x", "xem"):
        answer = purpose(asking, text=text)
        assert answer.status_code == 400 and "Hãy ghi mục đích" in answer.text and PHONE not in answer.text
    assert purpose(asking, token="x").status_code == 400
    assert PHONE not in asking.get(CARD).text and len(logged(settings, action="reveal")) == before


def test_revealing_what_is_hidden_is_like_what_is_missing(client):
    hidden, missing = (purpose(client("rong"), address) for address in (CARD, "/item/H01.12:CT.2020:077"))
    assert (hidden.status_code, hidden.data) == (missing.status_code, missing.data)
    assert hidden.status_code == 404


def test_signing_out_covers_again(client, settings):
    asking = client("sep")
    purpose(asking)
    shown = list(settings.sessions.glob("*.shown"))
    asking.post("/signout", data={"token": FORM})
    assert len(list(settings.sessions.glob("*.shown"))) == len(shown) - 1


# --------------------------------------------------------------------------- in a browser


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESKTOP, "light"), (NARROW, "dark")], ids=["desk", "narrow"]
)
def test_the_auditors_pages_are_accessible_and_fit(app, settings, viewport, scheme):
    signer = app.session_interface.get_signing_serializer(app)
    with browser.launched() as chromium, browser.served(app) as site:
        context = chromium.new_context(viewport=viewport, color_scheme=scheme)
        cookie = signer.dumps({"token": token_of(settings, "thanhtra"), "form": FORM})
        context.add_cookies([{"name": "kho", "value": cookie, "url": site}])
        page = context.new_page()
        watch = Watch(page, site)
        for address in ("/log", "/log?check=1", "/log?actor=khongai", f"{LETTER}?who=lan", CARD):
            page.goto(site + address)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide == 0, address
            found = Axe().run(page, options=AXE).response["violations"]
            assert not [(each["id"], each["nodes"][0]["html"]) for each in found], address
        page.click(".personal summary")
        page.keyboard.press("Tab")
        page.keyboard.type("kiểm tra việc sử dụng")
        page.keyboard.press("Enter")
        page.wait_for_selector("text=mục đích đã ghi vào nhật ký")
        assert PHONE in page.text_content("#lines")
        assert not watch.problems
        context.close()
