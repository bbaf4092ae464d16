"""Every route: its methods, its policy, its headers; hidden and missing alike; nothing written by any request."""

import dataclasses
import hashlib
import html
import io
import re
from pathlib import Path
from urllib.parse import unquote

import pikepdf
import pytest
from flask import Flask

from archive.keeper.client import KeeperClient
from tests import homes
from webui.app import HEADERS
from webui.policy import public, require_policies

READ_ONLY = {"GET", "HEAD", "OPTIONS"}
POSTS = {
    "session.sign_in_check",
    "session.sign_out",
    "session.change_password",
    "session.confirm_second_factor",
    "item.reveal",
}
CLOSED_SYSTEMS = ("/legacy", "/register/")
"""What this home has nothing of: tests/unit/test_record_pages.py looks at it."""
LOG = {"/log", "/log.csv", "/integrity"}
"""Only for those who read the access log, and care for the whole archive."""
EXPORTS = ("/export", "/export.zip", "/xlsx", "/docx")
"""The ends of addresses that are there only for those who may export: tests/unit/test_export_web.py."""
PUBLIC = {
    "static.file",
    "static.favicon",
    "session.sign_in",
    "session.sign_in_check",
    "session.sign_in_elsewhere",
    "session.sign_in_back",
    "session.choose_language",
    "guide.show",
    "guide.alive",
}
OWN = "H01.12:DD.2014:001"
FOREIGN = "H01:GT.2016:001"
MISSING = "H01:GT.2016:099"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("routes"))
    homes.add_account(settings, "lan", homes.UNIT_A.code, display_name="Trần Thị Lan")
    homes.add_account(settings, "tatca", "*")
    homes.add_account(settings, "rong")
    return settings


@pytest.fixture(scope="module")
def app(settings) -> Flask:
    return homes.app(settings)


def sign_in(app: Flask, name: str, password: str = homes.PASSWORD, **extra: str):
    client = app.test_client()
    token = re.search(r'name="token" value="(\w+)"', client.get("/signin").text)[1]
    client.answer = client.post("/signin", data={"token": token, "name": name, "password": password, **extra})
    return client


def addresses(app: Flask, item: str) -> list[str]:
    """One address for each GET route, about one document."""
    dossier = item.rpartition(":")[0]
    values = {
        "digest": "0" * 12,
        "name": "kho.css",
        "code": item.partition(":")[0],
        "item_id": item,
        "dossier_id": dossier,
        "index": 0,
        "number": 1,
        "system": "qlvb",
        "old_id": "1",
        "exchange_id": "1",
        "ending": "docx",
    }
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        found = []
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and rule.endpoint != "session.choose_language":
                wanted = dict(values, code="UBND-PHU-MY") if rule.endpoint == "collections.unit" else values
                found.append(urls.build(rule.endpoint, {name: wanted[name] for name in rule.arguments}))
    return found


def test_only_sign_in_the_own_account_and_a_stated_purpose_take_a_post(app):
    for rule in app.url_map.iter_rules():
        if rule.endpoint in POSTS:
            assert rule.methods <= {"POST", "OPTIONS"}
        else:
            assert rule.methods <= READ_ONLY, rule


def test_every_view_declares_its_policy(app):
    policies = {name: view.policy for name, view in app.view_functions.items()}
    assert {name for name, policy in policies.items() if policy == "public"} == PUBLIC
    assert set(policies.values()) == {
        "public", "own_account", "signed_in", "log_reader", "exporter", "integrity_reader",
    }  # fmt: skip


def test_an_undeclared_view_stops_the_app():
    app = Flask(__name__, static_folder=None)
    app.add_url_rule("/", "declared", public(lambda: ""))
    require_policies(app)
    app.add_url_rule("/more", "forgotten", lambda: "")
    with pytest.raises(RuntimeError, match="forgotten"):
        require_policies(app)


@pytest.mark.parametrize("name", [None, "lan"])
def test_every_answer_carries_the_protective_headers(app, name):
    client = sign_in(app, name) if name else app.test_client()
    for address in [*addresses(app, OWN), "/nope", "/search?q=" + "a+" * 1500]:
        answer = client.get(address)
        for header, value in HEADERS.items():
            assert answer.headers[header] == value, (address, header)
        assert "Server" not in answer.headers
        if not address.startswith(("/static", "/favicon")):
            assert answer.headers["Cache-Control"] == "private, no-store", address
            assert "ETag" not in answer.headers and "Last-Modified" not in answer.headers, address


def test_without_signing_in_nothing_of_the_holdings_is_seen(app):
    client = app.test_client()
    for address in addresses(app, OWN):
        endpoint = app.url_map.bind("localhost").match(address)[0]
        answer = client.get(address)
        if endpoint not in PUBLIC:
            assert answer.status_code == 302, address
            assert answer.headers["Location"].startswith("/signin"), address


@pytest.mark.parametrize("name", ["lan", "rong"])
def test_hidden_and_missing_are_the_same_bytes(app, name):
    client = sign_in(app, name)
    hidden, missing = (addresses(app, item) for item in (FOREIGN, MISSING))
    compared = 0
    for one, other in zip(hidden, missing, strict=True):
        if one == other:
            continue
        first, second = client.get(one), client.get(other)
        assert first.status_code == second.status_code == 404, one
        assert first.data == second.data and first.headers == second.headers, one
        compared += 1
    assert compared >= 5
    assert client.get("/unit/UBND-PHU-MY").data == client.get("/unit/KHONG-CO").data
    assert client.get("/fonds/H01").data == client.get("/fonds/H99").data
    assert client.get("/dossier/H01:GT.2016").data == client.get("/dossier/H01:XX").data


def test_the_same_addresses_open_for_who_may_see_them(app):
    client = sign_in(app, "tatca")
    for address in addresses(app, FOREIGN):
        if (
            not address.startswith(("/static/", *CLOSED_SYSTEMS))
            and address not in LOG
            and not address.endswith(EXPORTS)
        ):
            assert client.get(address, follow_redirects=True).status_code in (200, 204), address


def test_results_facets_and_overview_stay_inside_the_grant(app):
    client = sign_in(app, "lan")
    for address in ("/", "/search", "/search?q=thu+hoi+dat", "/search?unit=UBND-PHU-MY", "/fonds"):
        assert "huyện Phú Mỹ" not in client.get(address).text, address
    assert "huyện Phú Mỹ" in sign_in(app, "tatca").get("/search").text


def test_nothing_granted_is_nothing_found(app):
    client = sign_in(app, "rong")
    for address in ("/", "/search", "/search?q=dat", "/fonds"):
        text = client.get(address).text
        assert "An Bình" not in text and "UBND" not in text.replace("QĐ-UBND", ""), address


def test_quarantined_documents_show_a_neutral_line_only(app):
    client = sign_in(app, "tatca")
    page = client.get("/item/H01.12:DD.2014:005")
    assert page.status_code == 200 and "03/CV" not in page.text and "<svg" not in page.text
    for address in ("page/1/image", "page/1/words.json", "original/0", "print", "searchable.pdf"):
        assert client.get(f"/item/H01.12:DD.2014:005/{address}").status_code == 404


def test_foreign_hosts_are_refused(app):
    answer = app.test_client().get("/signin", headers={"Host": "evil.example"})
    assert answer.status_code == 400 and "kho.toml" in answer.text and "evil" not in answer.text
    assert answer.headers["Content-Security-Policy"]


def test_wrong_password_and_unknown_account_answer_alike(app):
    known = sign_in(app, "lan", "sai-mat-khau-1").answer
    unknown = sign_in(app, "khongai", "sai-mat-khau-1").answer
    assert known.status_code == unknown.status_code == 401

    def neutral(text: str) -> str:
        return re.sub(r'name="token" value="\w+"|value="(lan|khongai)"', "", text)

    assert neutral(known.text) == neutral(unknown.text)


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", ""],
)
def test_next_never_leaves_the_site(app, wanted):
    assert sign_in(app, "lan", next=wanted).answer.headers["Location"] == "/"
    assert app.test_client().get("/language/en", query_string={"next": wanted}).headers["Location"] == "/"


def test_next_comes_back_to_the_page_wanted(app):
    assert sign_in(app, "lan", next="/search?q=đất").answer.headers["Location"].startswith("/search?q=")


def test_a_form_from_elsewhere_is_refused(app):
    answer = app.test_client().post("/signin", data={"name": "lan", "password": homes.PASSWORD, "token": "x"})
    assert answer.status_code == 400
    client = sign_in(app, "lan")
    client.post("/signout", data={"token": "x"})
    assert client.get("/").status_code == 200


def test_signing_out_ends_also_a_copied_cookie(app):
    client = sign_in(app, "lan")
    copied = client.get_cookie("kho").value
    token = re.search(r'name="token" value="(\w+)"', client.get("/").text)[1]
    client.post("/signout", data={"token": token})
    thief = app.test_client()
    thief.set_cookie("kho", copied)
    assert thief.get("/").status_code == 302


def test_without_a_keeper_nothing_opens_and_nobody_signs_in(settings, app):
    alone = homes.app(settings)
    found = alone.extensions["lookup"]
    found.keeper = found.log = KeeperClient(settings.home / "nowhere")
    client = alone.test_client()
    client.set_cookie("kho", sign_in(app, "lan").get_cookie("kho").value)
    for place in (
        f"/item/{OWN}",
        "/search?q=dat",
        f"/item/{OWN}/page/1/image?w=480",
        f"/item/{OWN}/original/0",
    ):
        answer = client.get(place)
        assert answer.status_code == 503 and "kho keeper" in answer.text, place
    answer = sign_in(alone, "tatca").answer
    assert answer.status_code == 503 and "kho keeper" in answer.text


def test_cookies_are_closed_to_scripts_and_other_sites(app):
    cookie = sign_in(app, "lan").answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_changing_or_disabling_an_account_ends_its_sessions(settings, app):
    from archive.people.accounts_writer import AccountsWriter

    accounts = AccountsWriter(settings.accounts)
    accounts.add("tam", homes.PASSWORD)
    client = sign_in(app, "tam")
    assert client.get("/").status_code == 200
    accounts.set_password("tam", homes.PASSWORD + "-moi")
    assert client.get("/").status_code == 302
    client = sign_in(app, "tam", homes.PASSWORD + "-moi")
    assert client.get("/").status_code == 200
    accounts.disable("tam")
    assert client.get("/").status_code == 302
    assert sign_in(app, "tam", homes.PASSWORD + "-moi").answer.status_code == 401


@pytest.mark.parametrize("address", ["/", "/help", "/signin", "/nope", "/search?q=" + "a+" * 1500])
def test_an_unreadable_account_gets_a_whole_page(settings, app, address):
    homes.add_account(settings, "hong", homes.UNIT_A.code)
    client = sign_in(app, "hong")
    path = settings.accounts / "hong.json"
    try:
        path.write_text("{")
        answer = client.get(address)
        assert answer.status_code == {"/": 503, "/help": 200, "/signin": 200, "/nope": 404}.get(address, 503)
        assert "</html>" in answer.text and answer.headers["Content-Security-Policy"]
        assert sign_in(app, "hong").answer.status_code == 401
    finally:
        path.unlink()


@pytest.mark.parametrize(("idle", "absolute"), [(-1, 36000), (1800, -1)])
def test_sessions_end_by_time(settings, idle, absolute):
    import dataclasses

    app = homes.app(dataclasses.replace(settings, session_idle=idle, session_absolute=absolute))
    assert sign_in(app, "lan").get("/").status_code == 302


def test_names_from_records_are_escaped_and_visible(app):
    client = sign_in(app, "tatca")
    for address in ("/dossier/H01.15:TH.2012", "/item/H01.15:TH.2012:001", "/search?q=hack", "/"):
        text = client.get(address).text
        assert "<script>document" not in text and "<b>Oanh" not in text
        assert "\u202e" not in text, address
    assert "[202E]" in client.get("/dossier/H01.15:TH.2012").text


def test_searchable_copy_is_a_pdf_of_all_pages(app):
    answer = sign_in(app, "lan").get(f"/item/{OWN}/searchable.pdf")
    assert answer.mimetype == "application/pdf" and answer.headers["Content-Disposition"].startswith(
        "attachment"
    )
    with pikepdf.open(io.BytesIO(answer.data)) as pdf:
        assert len(pdf.pages) >= 1


def test_original_is_an_attachment_with_the_received_bytes(app):
    answer = sign_in(app, "lan").get(f"/item/{OWN}/original/0")
    assert answer.data == b"%PDF-1.4 test original of " + OWN.encode()
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith('attachment; filename="H01.12_DD.2014_001.pdf"')
    assert "filename*=UTF-8''" in disposition and disposition.isascii()


def test_images_come_in_the_fixed_widths_only(app):
    client = sign_in(app, "lan")
    small, large = (client.get(f"/item/{OWN}/page/1/image?w={width}") for width in (160, 900))
    assert small.data[:2] == large.data[:2] == b"\xff\xd8" and len(small.data) < len(large.data)
    assert client.get(f"/item/{OWN}/page/1/image?w=161").status_code == 404


def test_english_is_complete(app):
    """No page leaves a message code or a Vietnamese interface word when the language is English."""
    client = sign_in(app, "tatca")
    client.get("/language/en")
    for address in addresses(app, OWN):
        if (
            address.startswith(("/static", "/favicon", "/healthz"))
            or "image" in address
            or "original" in address
            or address.endswith(".pdf")
        ):
            continue
        text = client.get(address, follow_redirects=True).text
        assert not re.search(r"\bweb\.[a-z_]+\.[a-z_]+", text), address
        assert "Đăng xuất" not in text and "Trang trước" not in text and "Phông" not in text, address


def test_no_request_changes_a_byte_of_the_home(settings, app):
    before = _digest(settings.home)
    client = sign_in(app, "tatca")
    for item in (OWN, FOREIGN, MISSING):
        for address in addresses(app, item):
            client.get(address)
    assert _digest(settings.home) == before


KEEPERS = {"audit", "sessions", "secrets", "run"}
"""Folders that the keeper, another process, writes to; tests/architecture/test_no_writes.py watches who does."""


def _digest(folder: Path) -> str:
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.relative_to(folder).parts[0] in KEEPERS:
            continue
        total.update(str(path.relative_to(folder)).encode())
        if path.is_file():
            total.update(path.read_bytes())
    return total.hexdigest()


def test_a_page_beyond_the_last_leads_to_the_last(app):
    answer = sign_in(app, "tatca").get("/search?q=dat&page=40&sort=newest")
    assert answer.status_code == 302 and "page=" not in answer.headers["Location"]
    assert "sort=newest" in answer.headers["Location"]


def test_close_matches_are_called_close_and_spelling_is_offered(app):
    text = sign_in(app, "tatca").get("/search", query_string={"q": "thu hoii dat"}).text
    assert "gần giống" in text and "thu hoi dat" in text
    text = sign_in(app, "tatca").get("/search", query_string={"q": "thu hoi dat"}).text
    assert "gần giống" not in text


def test_wild_parameters_never_break_a_page(app):
    import random

    client, dice = sign_in(app, "tatca"), random.Random(2)
    pieces = [
        *'abđất"*-:/().\x00\u202e\u0301[]{}%&+~^\\ ',
        "số:",
        "năm:2019",
        "ngày:1/2..",
        "scope:*",
        "15/QĐ-UBND",
    ]
    for _ in range(80):
        wild = "".join(dice.choice(pieces) for _ in range(dice.randint(1, 20)))
        for address, values in (
            ("/search", {"q": wild, "page": wild, "year": wild, "sort": wild}),
            (
                f"/item/{OWN}",
                {"q": wild, "page": dice.choice(["1", "2", "99", wild]), "hit": wild, "field": wild},
            ),
        ):
            assert client.get(address, query_string=values).status_code in (200, 302, 400, 404), values


def test_a_filter_is_never_dropped_and_shown_as_it_is(app):
    client = sign_in(app, "tatca")
    total = re.compile(r"<h1>\D*([\d.]+)")

    def found(**values: str) -> int:
        return int(total.search(client.get("/search", query_string=values).text)[1])

    assert found(year="2016-2012") == found(year="2012-2016") < found()
    assert found(year="0000-9999") == found(year="1900-2100") > 0
    assert found(year="3000-2900") == 0
    text = client.get("/search", query_string={"issuer": 'UBND "A & B"'}).text
    assert "UBND &#34;A &amp; B&#34;" in text and "&amp;amp;" not in text and "&amp;#34;" not in text


def test_what_a_page_leaves_out_it_says_and_links_to(app, monkeypatch):
    from webui import presenters

    client = sign_in(app, "tatca")
    for name in ("FACET_ROWS", "FACET_MOST", "STRIP"):
        monkeypatch.setattr(presenters, name, 1)
    monkeypatch.setattr(presenters, "PRINTED", 2)
    first, rest = client.get(f"/item/{OWN}/print"), client.get(f"/item/{OWN}/print?from=3")
    assert (
        first.text.count("<figure") == 2 and f"/item/{OWN}/print?from=3" in first.text and "1–2" in first.text
    )
    assert rest.text.count("<figure") == 1 and "page/3/image" in rest.text
    page = client.get(f"/item/{OWN}?page=2").text
    assert page.count("w=160") == 1 and "page/2/image?w=160" in page and f"/item/{OWN}?page=3" in page
    link = re.search(r'href="(/search\?whole=type[^"#]*)', client.get("/search").text)[1].replace(
        "&amp;", "&"
    )
    whole = client.get(link).text
    assert "whole=type" not in whole and "Kế hoạch" in whole[whole.index('id="f-type"') :]


def test_a_fonds_shared_by_units_shows_them_all(tmp_path):
    shared = homes.Fonds(homes.FONDS_A.code, homes.FONDS_A.title, homes.UNIT_B)
    first, second = homes.DOSSIERS[0], homes.DOSSIERS[2]
    settings = homes.build(tmp_path, dossiers=(first, (shared, *second[1:])))
    homes.add_account(settings, "tatca", "*")
    homes.add_account(settings, "lan", homes.UNIT_A.code)
    both = sign_in(homes.app(settings), "tatca").get("/fonds/H01.12").text
    assert "UBND xã An Bình" in both and "UBND huyện Phú Mỹ" in both
    assert re.search(r"<dt>Hồ sơ</dt><dd>2</dd>", both) and re.search(r"<dt>Văn bản</dt><dd>7</dd>", both)
    assert "UBND huyện Phú Mỹ" not in sign_in(homes.app(settings), "lan").get("/fonds/H01.12").text


def test_an_error_report_goes_to_the_contact_of_the_archive_with_the_record_named(settings):
    contact = {"contact": "Văn thư xã An Bình, 0260 3 555 123", "contact_email": "luu-tru@an-binh.example"}
    client = sign_in(homes.app(dataclasses.replace(settings, **contact)), "lan")
    page = client.get(f"/item/{OWN}/report?page=2").text
    address = html.unescape(re.search(r'href="(mailto:[^"]+)"', page)[1])
    assert address.startswith("mailto:luu-tru@an-binh.example?subject=")
    written = unquote(address)
    for said in (OWN, "15/QĐ-UBND", "18/03/2014", "Trang: 2", "Người báo: Trần Thị Lan"):
        assert said in written and said in page
    for address in ("/nope", "/"):
        assert contact["contact"] in client.get(address).text
    assert contact["contact"] in page


def test_without_a_contact_an_error_report_says_whom_to_ask(app):
    page = sign_in(app, "lan").get(f"/item/{OWN}/report").text
    assert "mailto:" not in page and "người phụ trách lưu trữ" in page and OWN in page
