"""A real browser for journey tests: Chromium as installed on the machine, driven by Playwright."""

import os
import shutil
import threading
from contextlib import contextmanager

import pytest
import waitress
from playwright.sync_api import Page, sync_playwright

from tests import homes

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 640}


def executable() -> str:
    """KHO_CHROMIUM, else the Chromium on the path; a visible skip when there is none."""
    named = os.environ.get("KHO_CHROMIUM")
    found = named or next((p for name in ("chromium", "google-chrome") if (p := shutil.which(name))), None)
    if not found:
        pytest.skip("no Chromium: install it or name it in KHO_CHROMIUM")
    return found


@contextmanager
def launched():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(app):
    """The app behind the product's own server on a free port; yields its address."""
    server = waitress.create_server(app, host="127.0.0.1", port=0, threads=8, ident=None)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.close()
    thread.join(timeout=5)


class Watch:
    """What a page must not do: log errors, throw, or ask another host."""

    def __init__(self, page: Page, site: str) -> None:
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"threw {error}"))
        page.on("console", self._console)
        page.on("request", lambda request: self._request(request.url, site))

    def _console(self, message) -> None:
        expected = "status of 404" in message.text or "status of 401" in message.text
        if message.type in ("error", "warning") and not expected:
            self.problems.append(f"logged {message.text}")

    def _request(self, address: str, site: str) -> None:
        if not address.startswith((site, "data:", "blob:")):
            self.problems.append(f"asked {address}")


def sign_in(page: Page, site: str, name: str) -> None:
    page.goto(f"{site}/signin")
    page.fill("#name", name)
    page.fill("#password", homes.PASSWORD)
    page.click("form.stack button")
    page.wait_for_url(f"{site}/")
