"""An official's day in a real browser: sign in, find, read, be refused; with and without scripts, desk and phone."""

from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests import homes
from tests.journeys import browser
from tests.journeys.browser import DESKTOP, NARROW, PHONE, Watch, sign_in

LETTER = "/item/H01.12:DD.2014:001"
PLACES = {
    "home": "/",
    "results": "/search?q=thu+hoi+dat",
    "nothing": "/search?q=khongcotunay&fonds=H01.12",
    "document": f"{LETTER}?q=thu+hoi+dat",
    "withheld": "/item/H01.12:DD.2014:005",
    "print": f"{LETTER}/print",
    "report": f"{LETTER}/report",
    "dossier": "/dossier/H01.12:DD.2014",
    "fonds": "/fonds",
    "one fonds": "/fonds/H01.12",
    "unit": "/unit/UBND-AN-BINH",
    "help": "/help",
    "missing": "/item/H01.12:DD.2014:099",
}
LIGHT_BEFORE_IMAGES = 150_000
AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("journey"))
    homes.add_account(settings, "lan", homes.UNIT_A.code, display_name="Trần Thị Lan")
    homes.add_account(settings, "thanhtra", "*", display_name="Nguyễn Văn Thanh")
    homes.add_account(settings, "dai", "*", display_name="Nguyễn Thị Phương Thảo Nguyên")
    with browser.served(homes.app(settings)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with browser.launched() as launched:
        yield launched


@pytest.fixture
def visit(chromium, site):
    """visit(name, **context options) -> a signed-in page; problems seen on any page fail the test."""
    contexts, watches = [], []

    def open_page(name: str = "lan", **options):
        context = chromium.new_context(viewport=options.pop("viewport", DESKTOP), **options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watches.append(Watch(page, site))
        sign_in(page, site, name)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [problem for watch in watches for problem in watch.problems]


def viewer_ready(page) -> None:
    page.wait_for_selector(".sheet.live .openseadragon-container .boxes", state="attached")
    page.wait_for_timeout(200)


def inside(page, selector: str) -> bool:
    """Does the first such box lie inside the frame of the page image?"""
    box, frame = page.locator(selector).first.bounding_box(), page.locator("#sheet").bounding_box()
    return (
        frame["x"] <= box["x"] + box["width"] / 2 <= frame["x"] + frame["width"]
        and frame["y"] <= box["y"] + box["height"] / 2 <= frame["y"] + frame["height"]
    )


def test_sign_in_search_read_and_go_round_the_dossier(visit, site):
    page = visit()
    assert "8 văn bản" in page.text_content(".scope")
    page.keyboard.press("/")
    page.keyboard.type("thu hồi đất")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hits")
    assert "thu hồi đất" in page.text_content("h1")
    assert page.locator(".hit mark").count() > 2
    page.click("text=Quyết định về việc thu hồi đất để xây dựng")
    viewer_ready(page)
    assert page.locator(".boxes rect.hit").count() >= 3
    assert inside(page, ".boxes rect.now")
    page.click(".whence .crumbs a:nth-of-type(3)")
    assert page.locator("table.register tbody tr").count() == 6
    page.click("text=Thông báo về việc thu hồi đất của hộ ông Lê Văn Bền")
    page.click("text=Văn bản trước")
    assert "15/QĐ-UBND" in page.text_content(".title .reg")


def test_words_without_marks_find_what_words_with_marks_find(visit, site):
    page = visit()
    found = []
    for words in ("thu hồi đất", "thu hoi dat", "THU HỒI ĐẤT"):
        page.goto(f"{site}/search?q={quote(words)}")
        found.append(page.locator("[data-hit]").all_text_contents())
    assert found[0] and all(set(titles) == set(found[0]) for titles in found)


def test_a_document_number_comes_first(visit, site):
    page = visit()
    page.goto(f"{site}/search?q={quote('22/TB-UBND')}")
    assert page.locator(".hit .code").first.text_content() == "22/TB-UBND"


def test_the_first_example_on_the_home_page_finds_something(visit, site):
    page = visit()
    examples = [link.get_attribute("href") for link in page.locator("a.example").all()]
    assert len(examples) == 3
    for address in examples:
        page.goto(site + address)
        assert page.locator("[data-hit]").count() >= 1, address


def test_facets_narrow_and_chips_widen_again(visit, site):
    page = visit("thanhtra")
    page.goto(f"{site}/search?q=thu+hoi+dat")
    before = page.locator("[data-hit]").count()
    page.click(".facets >> text=UBND xã An Bình")
    narrowed = page.locator("[data-hit]").count()
    assert 0 < narrowed < before
    page.click(".bars a")
    assert 0 < page.locator("[data-hit]").count() <= narrowed
    page.click(".chips a.plain")
    assert page.locator("[data-hit]").count() == before


def test_another_units_record_is_refused_exactly_as_a_missing_one(visit, site):
    page = visit("lan")
    answers = [page.goto(f"{site}/item/{item}") for item in ("H01:GT.2016:001", "H01:GT.2016:099", "X:Y:001")]
    assert [answer.status for answer in answers] == [404] * 3
    page.goto(f"{site}/item/H01:GT.2016:001")
    hidden = page.content()
    page.goto(f"{site}/item/H01:GT.2016:099")
    assert page.content() == hidden
    assert "Phú Mỹ" not in hidden


def test_hits_lead_from_page_to_page_by_link_and_key(visit, site):
    page = visit()
    page.goto(f"{site}{LETTER}?q=Hien")
    assert "xem trang 2" in page.text_content(".hitnav")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**page=2**")
    viewer_ready(page)
    assert page.locator(".boxes rect.now").count() == 1 and inside(page, ".boxes rect.now")
    page.keyboard.press("Shift+ArrowRight")
    page.wait_for_url("**page=3**")


def test_a_query_without_words_to_find_on_a_page_says_nothing_of_them(visit, site):
    page = visit()
    page.goto(f"{site}{LETTER}?q={quote('năm:2014')}")
    assert page.locator(".hitnav").count() == 0
    page.goto(f"{site}{LETTER}?q=khongcotu")
    assert "Không có từ cần tìm" in page.text_content(".hitnav")


def test_a_field_lights_its_place_on_the_page(visit, site):
    page = visit()
    page.goto(site + LETTER)
    viewer_ready(page)
    assert page.locator(".boxes rect.lit").count() == 0
    page.hover("[data-field-of=signer]")
    page.wait_for_selector("rect.lit[data-field=signer]", state="attached")
    page.wait_for_timeout(700)
    assert inside(page, "rect.lit")


def test_a_word_of_the_text_lights_its_place(visit, site):
    page = visit()
    page.goto(site + LETTER)
    viewer_ready(page)
    page.hover("#lines [data-w='3']")
    page.wait_for_selector(".boxes rect.word", state="attached")
    assert inside(page, ".boxes rect.word")
    assert page.locator("#lines .weak").count() >= 2


def test_boxes_stay_on_their_words_through_zoom_and_rotation(visit, site):
    page = visit()
    page.goto(f"{site}{LETTER}?q=Ben")
    viewer_ready(page)
    width = page.locator("rect.now").bounding_box()["width"]
    page.click("text=Phóng to")
    page.wait_for_timeout(700)
    assert page.locator("rect.now").bounding_box()["width"] > width * 1.3
    page.click("text=Vừa khung")
    page.click("text=Xoay")
    page.wait_for_timeout(900)
    turned = page.locator("rect.now").bounding_box()
    assert turned["height"] > turned["width"]


def test_the_wheel_reads_down_the_page_and_a_phone_keeps_its_swipe(visit, site):
    page = visit()
    page.goto(f"{site}{LETTER}?q=Ben")
    viewer_ready(page)
    before = page.locator("rect.now").bounding_box()
    page.mouse.move(300, 400)
    page.mouse.wheel(0, 120)
    page.wait_for_timeout(700)
    after = page.locator("rect.now").bounding_box()
    assert after["y"] < before["y"] - 50 and abs(after["width"] - before["width"]) < 2
    phone = visit(viewport=PHONE, has_touch=True, is_mobile=True)
    phone.goto(site + LETTER)
    phone.wait_for_load_state("networkidle")
    assert phone.locator(".sheet.live").count() == 0 and phone.locator(".sheet img").is_visible()
    phone.tap("text=Phóng to")
    viewer_ready(phone)


def test_everything_is_there_without_scripts(visit, site):
    page = visit(java_script_enabled=False)
    page.fill("#q", "thu hoi dat")
    page.click("form.big button")
    page.click("[data-hit] >> nth=0")
    assert page.locator(".sheet img").is_visible()
    assert page.locator(".boxes rect.hit").count() >= 3
    assert inside(page, ".boxes rect.now")
    page.click("text=Từ sau")
    assert "hit=2" in page.url
    page.click(".fields a.where >> nth=0")
    assert page.locator("rect.lit").count() == 1
    page.click(".title .actions a >> nth=0")
    assert "Trần Thị Lan" in page.text_content(".marking")


def test_an_error_report_can_be_written_and_copied(visit, site):
    page = visit()
    page.goto(f"{site}{LETTER}?page=2")
    page.click("text=Báo sai")
    assert "page=2" in page.url and "Trang: 2" in page.input_value("#report-text")
    page.focus("#report-text")
    page.keyboard.press("Control+End")
    page.keyboard.type("ngày 19")
    page.click("text=Chép nội dung")
    assert "Đã chép" in page.text_content("[role=status]")
    page.focus("#report-text")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+V")
    assert page.input_value("#report-text").count("ngày 19") == 2


def test_the_english_switch_stays_and_comes_back_to_the_page(visit, site):
    page = visit()
    page.goto(f"{site}/search?q=thu+hoi+dat")
    page.click("text=English")
    assert page.url == f"{site}/search?q=thu+hoi+dat"
    assert "Documents found" in page.text_content("h1") and page.get_attribute("html", "lang") == "en"
    page.click("text=Tiếng Việt")
    assert "văn bản có" in page.text_content("h1")


def test_signing_out_closes_the_door(visit, site):
    page = visit()
    page.click("text=Đăng xuất")
    page.goto(f"{site}{LETTER}?q=a")
    assert "/signin" in page.url
    page.fill("#name", "lan")
    page.fill("#password", homes.PASSWORD)
    page.click("form.stack button")
    page.wait_for_url(f"**{LETTER}?q=a")


def test_names_from_records_run_no_script(visit, site):
    page = visit("thanhtra")
    for address in ("/", "/dossier/H01.15:TH.2012", "/item/H01.15:TH.2012:001", "/search?q=hack"):
        page.goto(site + address)
        assert page.title() != "bi-hack"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE, NARROW], ids=["desk", "phone", "narrow"])
def test_no_page_scrolls_sideways_or_weighs_much(visit, site, viewport):
    page = visit("thanhtra", viewport=viewport)
    weight: dict[str, int] = {}
    page.on("response", lambda r: weight.update({r.url: len(r.body())}) if _counts(r) else None)
    for name, address in PLACES.items():
        weight.clear()
        page.goto(site + address)
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, name
        assert 0 < sum(weight.values()) < LIGHT_BEFORE_IMAGES, name


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_narrowest_phone_shows_who_is_signed_in_beside_the_name_of_the_archive(visit, site, language):
    page = visit("dai", viewport=NARROW, has_touch=True, is_mobile=True)
    page.goto(f"{site}/language/{language}")
    for address in ("/", LETTER):
        page.goto(site + address)
        brand, person = (page.locator(part).bounding_box() for part in (".brand", ".person"))
        assert person["x"] >= brand["x"] + brand["width"] and person["x"] + person["width"] <= NARROW["width"]
        assert abs(person["y"] - brand["y"]) < 12 and person["width"] > 120


def _counts(response) -> bool:
    """What a page needs before its images; the zooming viewer comes after them."""
    kind = response.request.resource_type
    return kind in ("document", "stylesheet", "script") and "openseadragon" not in response.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(visit, site, scheme):
    page = visit("thanhtra", color_scheme=scheme)
    problems = []
    for name, address in PLACES.items():
        page.goto(site + address)
        page.wait_for_load_state("networkidle")
        problems += _violations(page, name)
    page.click("text=Đăng xuất")
    problems += _violations(page, "signin")
    assert not problems, "\n".join(problems)


def test_the_phone_is_accessible_too(visit, site):
    page = visit("thanhtra", viewport=PHONE, has_touch=True, is_mobile=True)
    problems = []
    for name in ("home", "results", "document", "report", "dossier"):
        page.goto(site + PLACES[name])
        page.wait_for_load_state("networkidle")
        problems += _violations(page, name)
    assert not problems, "\n".join(problems)


def _violations(page, name: str) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{name}: {v['id']}: {node['html'][:160]}" for v in found for node in v["nodes"]]
