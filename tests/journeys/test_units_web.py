"""Units on the screen: what an account inherited, a unit's page and lineage, old and new name on every record."""

import re
from datetime import date
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from archive.units.succession import Assignment, Part, Register, RegisteredUnit, Succession
from tests import homes
from tests.journeys import browser
from tests.journeys.browser import DESKTOP, NARROW, Watch, sign_in
from tests.journeys.test_web import AXE
from webui import lineage

DAY, ENDED = date(2025, 7, 1), date(2025, 6, 30)
DECISION = "Nghị quyết 1/NQ-UBTVQH15"
UNITS = (
    RegisteredUnit("92", "92", "Tỉnh Sa Hà", "province", "tỉnh", valid_from=DAY),
    RegisteredUnit("phu-an", "00101", "Phường Phú An", "commune", "phường", "92", DAY),
    RegisteredUnit("tan-hoa.2025", "00102", "Xã Tân Hòa", "commune", "xã", "92", DAY),
    RegisteredUnit("hung-an", "00009", "Xã Hưng An", "commune", "xã", valid_to=date(2010, 1, 1)),
    RegisteredUnit(homes.UNIT_A.code, "00001", "Xã An Bình", "commune", "xã", valid_to=ENDED),
    RegisteredUnit(homes.UNIT_B.code, "002", "Huyện Phú Mỹ", "district", "huyện", valid_to=ENDED),
    RegisteredUnit(homes.UNIT_C.code, "00003", "Xã Tân Hòa", "commune", "xã", valid_to=ENDED),
)
ROWS = (
    Succession("hung-an", homes.UNIT_A.code, "merged", "whole", date(2010, 1, 2), "Nghị định 5"),
    Succession(homes.UNIT_A.code, "phu-an", "merged", "whole", DAY, DECISION),
    Succession(homes.UNIT_C.code, "phu-an", "split", "part", DAY, DECISION),
    Succession(homes.UNIT_C.code, "tan-hoa.2025", "split", "part", DAY, DECISION),
    Succession(homes.UNIT_B.code, "", "abolished", "whole", DAY, DECISION),
)
HANDED = (Assignment("H01", "phu-an", Part(prefixes=("GT.",)), date(2025, 7, 15), "Biên bản 7"),)
REGISTER = Register(UNITS, ROWS, HANDED)
LETTER = "/item/H01.12:DD.2014:001"
PLACES = {
    "mine": "/units/mine",
    "look up": "/units?name=tan+hoa",
    "nothing": "/units?name=khongcotunay",
    "old unit": "/unit/UBND-AN-BINH",
    "new unit": "/unit/phu-an",
    "province": "/unit/92",
    "results": "/search?q=Phú+An",
    "document": LETTER,
}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("units"))
    accounts = AccountsWriter(settings.accounts)
    official = Grant("phu-an", purpose="giải quyết thủ tục", basis="QĐ 12")
    accounts.add("lan", homes.PASSWORD, [official], "Trần Thị Lan")
    accounts.add("moi", homes.PASSWORD, [Grant("tan-hoa.2025")], "Lê Văn Mới")
    accounts.add("tatca", homes.PASSWORD, [Grant("*")], "Nguyễn Văn Tất")
    accounts.add("rong", homes.PASSWORD, [], "Không Đơn Vị")
    made = homes.app(settings)
    made.extensions["lookup"]._register = lambda: REGISTER
    return made


def client(app, name: str):
    found = app.test_client()
    token = re.search(r'name="token" value="(\w+)"', found.get("/signin").text)[1]
    found.post("/signin", data={"token": token, "name": name, "password": homes.PASSWORD})
    return found


def words(html: str) -> str:
    """The text of a page with single blanks, without its marks."""
    body = re.sub(r"<(script|svg).*?</\1>", " ", html.partition("<main")[2], flags=re.DOTALL)
    body = re.sub(r"</?(?:a|bdi|span|mark)\b[^>]*>", "", body)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_my_units_tell_from_whom_since_when_and_by_which_decision(app):
    page = words(client(app, "lan").get("/units/mine").text)
    assert "Phường Phú An (phu-an) · tra cứu" in page and "giải quyết thủ tục" in page
    assert "11 văn bản" in page and "của 3 đơn vị" in page
    assert f"Xã An Bình → Phường Phú An nhập, toàn bộ, 01/07/2025. Căn cứ: {DECISION}" in page
    assert f"Xã Tân Hòa → Phường Phú An chia tách, một phần, 01/07/2025. Căn cứ: {DECISION}" in page
    assert "bàn giao cho Phường Phú An 15/07/2025. Căn cứ: Biên bản 7" in page
    assert "1 đơn vị khác được kế thừa nhưng chưa có hồ sơ" in page and "Xã Hưng An" in page


def test_my_units_of_a_grant_for_every_unit_and_of_none(app):
    page = words(client(app, "tatca").get("/units/mine").text)
    assert page.count("được giao mọi đơn vị") == 3
    assert "chưa được giao đơn vị nào" in words(client(app, "rong").get("/units/mine").text)


def test_a_page_names_no_more_units_than_can_be_read(app, monkeypatch):
    from webui import presenters

    monkeypatch.setattr(presenters, "MOST_NAMES", 0)
    page = words(client(app, "lan").get("/units/mine").text)
    assert "và 1 đơn vị nữa" in page and "Xã Hưng An" not in page


def test_a_unit_is_found_by_old_and_new_name_with_and_without_marks(app):
    asking = client(app, "rong")
    for name in ("Xã An Bình", "an binh", "00001", "UBND-AN-BINH"):
        assert "/unit/UBND-AN-BINH" in asking.get("/units", query_string={"name": name}).text, name
    page = asking.get("/units?name=tan+hoa").text
    assert "/unit/tan-hoa.2025" in page and "/unit/UBND-TAN-HOA" in page
    assert "Không có đơn vị nào" in asking.get("/units?name=khongcotunay").text


def test_a_units_page_draws_and_tells_what_became_of_it(app):
    page = client(app, "lan").get("/unit/UBND-AN-BINH").text
    drawn = page[page.index("<svg") : page.index("</svg>")]
    assert 'aria-hidden="true"' in drawn and drawn.count("<rect") == 3 and drawn.count('class="arrow"') == 2
    told = words(page)
    assert "Kế thừa từ Xã Hưng An nhập, toàn bộ, 02/01/2010. Căn cứ: Nghị định 5" in told
    assert f"Nay là Phường Phú An (Tỉnh Sa Hà) nhập, toàn bộ, 01/07/2025. Căn cứ: {DECISION}" in told
    assert "Ủy ban nhân dân xã An Bình" in told and "Tìm hồ sơ của đơn vị này" in told


def test_a_new_units_page_has_what_came_to_it_and_only_what_may_be_seen(app):
    page = words(client(app, "lan").get("/unit/phu-an").text)
    assert "H01.12" in page and "H01 " in page and "H01.15" in page
    page = words(client(app, "moi").get("/unit/phu-an").text)
    assert "H01.15" in page and "H01.12" not in page and "An Bình nhập" in page.replace("Xã ", "")
    page = words(client(app, "rong").get("/unit/phu-an").text)
    assert "Không có phông nào" in page and "Tìm hồ sơ" not in page


def test_old_and_new_name_stand_on_every_record(app):
    asking = client(app, "lan")
    for address in (
        "/search?q=thu+hoi+dat&unit=UBND-AN-BINH",
        LETTER,
        "/dossier/H01.12:DD.2014",
        "/fonds/H01.12",
        "/fonds",
    ):
        page = words(asking.get(address).text)
        assert "UBND xã An Bình → nay: Phường Phú An (từ 01/07/2025)" in page, address
    page = words(asking.get("/dossier/H01:GT.2016").text)
    assert "UBND huyện Phú Mỹ → nay: Phường Phú An (từ 15/07/2025)" in page
    page = words(asking.get("/dossier/H01.15:TH.2012").text)
    assert "→ nay: Phường Phú An (từ 01/07/2025), Xã Tân Hòa (từ 01/07/2025)" in page


def test_a_new_name_finds_the_documents_of_the_old_units(app):
    asking = client(app, "lan")
    page = words(asking.get("/search", query_string={"q": "phu an"}).text)
    assert "Văn bản của đơn vị: Phường Phú An từ 01/07/2025 11" in page
    page = words(asking.get("/search", query_string={"q": 'đơn vị:"Phường Phú An"'}).text)
    assert "11 văn bản" in page
    page = words(client(app, "moi").get("/search", query_string={"q": 'đơn vị:"Phường Phú An"'}).text)
    assert "1 văn bản" in page and "An Bình" not in page
    assert "Văn bản của đơn vị" not in words(client(app, "rong").get("/search?q=phu+an").text)


def test_a_lineage_has_no_unit_twice_and_stays_inside_its_frame():
    circle = Register(
        [
            RegisteredUnit(name, name, f"Xã {name} có một cái tên dài dằng dặc khó tin", "commune")
            for name in "ABC"
        ],
        [
            Succession(a, b, "merged", "whole", DAY)
            for a, b in (("A", "B"), ("B", "A"), ("B", "C"), ("C", "A"), ("C", "C"))
        ],
    )
    drawing = lineage.drawn(circle, "A", lambda row: "nhập, toàn bộ, 01/07/2025")
    assert len(drawing.arrows) == len(drawing.boxes) - 1 >= 3
    assert sum(box.current for box in drawing.boxes) == 1
    for box in drawing.boxes:
        assert box.x + box.width <= drawing.width and box.y + box.height <= drawing.height
        assert box.lines[-1][1] <= box.y + box.height
    assert lineage.drawn(Register(), "X", str).boxes[0].name == ("X",)


@pytest.fixture(scope="module")
def chromium():
    with browser.launched() as launched:
        yield launched


@pytest.mark.parametrize(
    ("viewport", "scheme"), [(DESKTOP, "light"), (NARROW, "dark")], ids=["desk", "narrow"]
)
def test_pages_are_accessible_fit_and_show_text_whole(app, chromium, viewport, scheme):
    with browser.served(app) as site:
        context = chromium.new_context(viewport=viewport, color_scheme=scheme)
        page = context.new_page()
        watch = Watch(page, site)
        sign_in(page, site, "lan")
        for name, address in PLACES.items():
            page.goto(site + address)
            wide = page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide == 0, name
            found = Axe().run(page, options=AXE).response["violations"]
            assert not [(each["id"], each["nodes"][0]["html"]) for each in found], name
            if page.locator("svg .name").count():
                assert page.evaluate(
                    "[...document.querySelectorAll('.box')].every(box => [...box.querySelectorAll('text')].every("
                    "text => text.getBoundingClientRect().right <= box.querySelector('rect').getBoundingClientRect().right))"
                ), name
        assert not watch.problems
        context.close()


def test_a_unit_is_looked_up_by_keyboard_alone(app, chromium):
    with browser.served(app) as site:
        page = chromium.new_context(viewport=DESKTOP).new_page()
        sign_in(page, site, "lan")
        page.goto(f"{site}/units")
        page.keyboard.type("phu an")
        page.keyboard.press("Enter")
        page.wait_for_selector("table.register")
        page.locator("table.register a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site}/unit/{quote('phu-an')}")
        assert "Phường Phú An" in page.text_content("h1")
        page.context.close()


def test_who_took_over_by_hand_over_is_drawn_and_told_to_those_who_see_the_fonds(app):
    page = client(app, "lan").get("/unit/UBND-PHU-MY").text
    told = words(page)
    assert "Phường Phú An (Tỉnh Sa Hà) bàn giao phông H01, một phần, 15/07/2025. Căn cứ: Biên bản 7" in told
    assert "Kết thúc, hồ sơ đã bàn giao" in told and "chưa ghi đơn vị kế thừa" not in told
    assert page.count('<g class="box') == 2 and page.count('class="arrow"') == 1
    assert "Phường Phú An (nhận bàn giao)" in words(client(app, "lan").get("/units?name=phu+my").text)
    other = words(client(app, "moi").get("/unit/UBND-PHU-MY").text)
    assert "chưa ghi đơn vị kế thừa" in other and "bàn giao" not in other
    assert "bàn giao" not in words(client(app, "moi").get("/units?name=phu+my").text)
