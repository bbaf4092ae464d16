"""Records of closed systems in a real browser: desk, phone and paper."""

import io

import pikepdf
import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe

from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from tests import homes, systems
from tests.journeys import browser
from tests.journeys.browser import DESKTOP, NARROW, Watch, sign_in
from tests.journeys.test_web import AXE
from tests.unit.test_record_pages import BOOK, CASE, FIRST, OPEN, book

PLACES = {
    "document": f"/item/{FIRST}",
    "unfinished": f"/item/{OPEN}",
    "procedure dossier": f"/item/{CASE}",
    "register": book(BOOK),
    "look-up": "/thu-tuc?procedure=dang+ky",
    "fonds": f"/fonds/{homes.FONDS_A.code}",
    "snapshot": f"/dossier/{systems.PACKAGE}",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    settings = systems.build(tmp_path_factory.mktemp("records-journey"))
    AccountsWriter(settings.accounts).add(
        "kho", homes.PASSWORD, [Grant(homes.UNIT_A.code, "archivist")], "Lưu Trữ"
    )
    with browser.served(homes.app(settings)) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    with browser.launched() as launched:
        yield launched


@pytest.fixture
def page(chromium, site):
    context = chromium.new_context(viewport=DESKTOP)
    opened = context.new_page()
    watch = Watch(opened, site)
    sign_in(opened, site, "kho")
    yield opened
    context.close()
    assert not watch.problems


@pytest.mark.parametrize("name", PLACES)
def test_every_page_is_accessible_and_fits_desk_and_phone(page, site, name):
    for size in (DESKTOP, NARROW):
        page.set_viewport_size(size)
        page.goto(site + PLACES[name])
        assert page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), size
        found = Axe().run(page, options=AXE).response["violations"]
        assert not found, [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found]


def test_an_official_finds_a_dossier_states_a_purpose_and_reads_who_asked(page, site):
    page.goto(f"{site}/")
    page.click("text=Hồ sơ thủ tục")
    page.fill("#applicant", "nguyen van an")
    page.click("text=Tìm hồ sơ")
    page.wait_for_selector("table.register tbody tr")
    assert page.locator("table.register tbody tr").count() == 2
    page.click(f'a[href="/item/{CASE}"]')
    assert "N***** V** A*" in page.text_content("#case")
    page.click("text=Xem thông tin cá nhân")
    page.fill("#purpose", "trả lời công dân tại quầy")
    page.click("form.purpose button")
    assert "Nguyễn Văn An" in page.text_content("#case")


def test_the_course_leads_to_the_reply_and_back(page, site):
    page.goto(f"{site}/legacy/{systems.DOCS}/VB-4001")
    page.click("nav.jump >> text=Văn bản liên quan")
    page.click("#links a >> nth=0")
    assert "45/UBND-ĐC" in page.text_content(".title .reg")
    page.click("#links a >> nth=0")
    assert "101/UBND-VX" in page.text_content(".title .reg")


@pytest.mark.parametrize(("name", "landscape"), [("register", True), ("document", False)])
def test_paper_has_the_right_way_up(page, site, name, landscape):
    page.goto(site + PLACES[name])
    printed = page.pdf(prefer_css_page_size=True)
    with pikepdf.open(io.BytesIO(printed)) as sheets:
        _, _, width, height = map(float, sheets.pages[0].mediabox)
    assert (width > height) == landscape
    if name == "register":
        told = [sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(printed)]
        assert all(f"{number} / {len(told)}" in text for number, text in enumerate(told, 1))
