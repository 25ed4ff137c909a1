"""The bundled site in a real browser: nothing scrolls sideways, nothing complains, nothing needs a script."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from phanthiet_news.build import Request, build
from site_in_a_string import Site

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update"]
PAGES = [
    "/",
    "/xay-dung-dang/thanh-uy-phan-thiet-tu-soi-tu-sua/",
    "/lich-su/phan-thiet-tu-lang-chai-den-thanh-pho/",
    "/lich-su/",
    "/tu-khoa/",
    "/404.html",
]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    out, memory = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("memory")
    build(Request(root=ROOT, out=out, memory=memory, as_of="2024-01-01", jobs=1))
    with served(out) as address:
        yield address


@contextmanager
def served(out: Path) -> Iterator[str]:
    handler = functools.partial(QuietHandler, directory=str(out))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 360, 1280])
def test_a_page_fits_its_window_and_is_quiet(browser: Browser, address: str, path: str, width: int) -> None:
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        complaints.append(message.text)

    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(address + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert complaints == []
    page.close()


def test_the_sidebar_shows_the_five_counters_and_the_log_in_link(browser: Browser, address: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(address + PAGES[1])
    text = page.inner_text("aside").replace("\u00a0", " ")
    for words in ("Thống kê truy cập", "Đang truy cập", "2 901", "37 156", "146 460", "3 548 942", "Đăng nhập"):
        assert words in text
    page.close()


def test_a_sidebar_that_is_fetched_takes_the_place_of_its_link(browser: Browser, site: Site) -> None:
    site.write("ptnews.yml", (site.root / "ptnews.yml").read_text(encoding="utf-8") + "fragments: client\n")
    site.write("content/stats.yml", "today: 2901\n")
    site.article("content/tin/mot.md")
    site.build()
    with served(site.out) as address:
        page = browser.new_page()
        page.goto(f"{address}/tin/mot/")
        page.wait_for_selector("aside .stats")
        assert "2.901" in page.inner_text("aside")
        assert page.query_selector("a.fragment") is None
        page.close()
        without = browser.new_page(java_script_enabled=False)
        without.goto(f"{address}/tin/mot/")
        without.click("a.fragment")
        assert "2.901" in without.inner_text("body")
        without.close()
