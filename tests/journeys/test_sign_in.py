"""Signing in, in a real browser: the first password, the second factor, wrong tries, single sign-on, leaving."""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe

from archive.keeper import totp
from archive.people.accounts_writer import AccountsWriter
from archive.rights.access import Grant
from tests import homes, oidc
from tests.journeys import browser
from tests.journeys.browser import DESKTOP, PHONE, Watch
from tests.journeys.test_web import AXE

PROVIDERS_STYLE = "https://cdn.jsdelivr.net/"
"""The test provider's own page wants a style sheet from there; it gets an empty one."""
EXPECTED = re.compile(rf"status of (400|401|429)|asked {PROVIDERS_STYLE}")
OWN_PASSWORD = "mật khẩu riêng của lan"


@pytest.fixture(scope="module")
def chromium():
    with browser.launched() as launched:
        yield launched


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    settings = homes.build(tmp_path_factory.mktemp("sign-in"))
    accounts = AccountsWriter(settings.accounts)
    accounts.add("lan", homes.PASSWORD, [Grant(homes.UNIT_A.code)], "Trần Thị Lan", must_change=True)
    accounts.add("thanh-tra", homes.PASSWORD, [Grant("*", "auditor")], "Nguyễn Văn Thanh")
    return settings


@pytest.fixture(scope="module")
def site(settings):
    with oidc.provider() as issuer:
        (settings.home / "kho.toml").write_text(oidc.config(issuer), encoding="utf-8")
        (settings.secrets / "oidc.secret").write_text("bi-mat\n")
        with browser.served(homes.app(settings)) as address:
            yield address


@pytest.fixture
def page(chromium, site, request):
    context = chromium.new_context(viewport=getattr(request, "param", DESKTOP))
    context.set_default_timeout(15_000)
    page = context.new_page()
    context.route(f"{PROVIDERS_STYLE}**", lambda route: route.fulfill(body="", content_type="text/css"))
    watch = Watch(page, "http://127.0.0.1:")
    yield page
    context.close()
    assert not [problem for problem in watch.problems if not EXPECTED.search(problem)]


def _fill(page, site: str, name: str, password: str, code: str = "") -> None:
    page.goto(f"{site}/signin")
    page.fill("#name", name)
    page.fill("#password", password)
    page.fill("#code", code)
    page.click("form.stack button")


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_the_first_password_must_be_changed_before_anything_is_seen(page, site):
    _fill(page, site, "lan", homes.PASSWORD)
    page.wait_for_url(re.compile("/account/password"))
    page.goto(f"{site}/fonds")
    assert "/account/password" in page.url, "nothing else opens"
    assert _barriers(page) == []
    page.fill("#old", homes.PASSWORD)
    page.fill("#new", OWN_PASSWORD)
    page.fill("#again", OWN_PASSWORD + "x")
    page.click("form.stack button")
    assert "không giống nhau" in page.inner_text("[role=alert]")
    for field, value in (("#old", homes.PASSWORD), ("#new", OWN_PASSWORD), ("#again", OWN_PASSWORD)):
        page.fill(field, value)
    page.click("form.stack button")
    page.wait_for_url(f"{site}/")
    assert "Đã đổi mật khẩu" in page.inner_text("main [role=status]")
    assert page.is_visible("main input[name=q]")
    page.reload()
    assert not page.is_visible("text=Đã đổi mật khẩu"), "said once"
    page.click("nav.who form button")
    page.wait_for_url(f"{site}/signin")
    _fill(page, site, "lan", homes.PASSWORD)
    assert page.is_visible("[role=alert]"), "the old password is worthless"
    _fill(page, site, "lan", OWN_PASSWORD)
    page.wait_for_url(f"{site}/")


def test_an_auditor_sets_up_codes_and_uses_them(page, site):
    _fill(page, site, "thanh-tra", homes.PASSWORD)
    page.wait_for_url(re.compile("/account/second"))
    assert page.is_visible(".qr svg") and _barriers(page) == []
    secret = page.inner_text("section.card code").replace(" ", "")
    page.fill("#code", "000000")
    page.click("form.stack button")
    assert "6 số" in page.inner_text("[role=alert]")
    assert page.inner_text("section.card code").replace(" ", "") == secret
    page.fill("#code", _code(secret))
    page.click("form.stack button")
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == totp.RECOVERY_CODES and _barriers(page) == []
    page.click("a.button.main")
    page.wait_for_url(f"{site}/")
    page.click("nav.who form button")
    page.wait_for_url(f"{site}/signin")
    _fill(page, site, "thanh-tra", homes.PASSWORD)
    assert page.is_visible("[role=alert]"), "the password alone is not enough"
    _fill(page, site, "thanh-tra", homes.PASSWORD, codes[0])
    page.wait_for_url(f"{site}/")


def _barriers(page) -> list[str]:
    """What keeps people with impairments out of this page, by axe."""
    return [found["id"] for found in Axe().run(page, options=AXE).response["violations"]]


def _code(secret: str) -> str:
    return totp.code_at(secret, int(time.time()) // totp.STEP)


def test_single_sign_on_leads_to_the_page_wanted_with_the_mapped_unit_only(page, site):
    page.goto(f"{site}/fonds")
    page.click("text=Đăng nhập bằng: Đăng nhập một lần")
    page.wait_for_url(re.compile("/oauth2/authorize"))
    page.fill("input[name=sub]", "lan")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/fonds")
    assert "An Bình" in page.inner_text("main") and "Phú Mỹ" not in page.inner_text("main")
    assert "Trần Thị Lan" in page.inner_text("nav.who")


def test_who_is_mapped_to_nothing_sees_nothing(page, site):
    page.goto(f"{site}/signin/provider")
    page.fill("input[name=sub]", "nguoi-la")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/fonds")
    assert "An Bình" not in page.inner_text("main") and "Phú Mỹ" not in page.inner_text("main")


def test_wrong_tries_are_told_to_wait(page, site):
    told = []
    for _ in range(12):  # each wait is twice as long as the one before, a try under load takes its time too
        _fill(page, site, "ai-do", "sai mat khau")
        told.append(page.inner_text("[role=alert]"))
        if re.search(r"\d+ giây", told[-1]):
            return
    pytest.fail(f"never told to wait: {told}")
