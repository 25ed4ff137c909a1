"""The bundled site in a real browser: pages fit, keep quiet, are open to everybody, and need no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from previewing import within

from opening import DARK, LIGHT, barriers, ground, opened
from serving import served
from site_in_a_string import Site

HOME = "/"
ARTICLE = "/xay-dung-dang/thanh-uy-phan-thiet-tu-soi-tu-sua/"
WITH_A_FILE = "/chinh-quyen/nop-ho-so-truc-tuyen/"
LONG = "/lich-su/phan-thiet-tu-lang-chai-den-thanh-pho/"
PAGES = [HOME, ARTICLE, LONG, "/lich-su/", "/tu-khoa/", "/404.html"]


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.innerText || document.activeElement.className"))


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [320, 1280])
def test_a_page_is_open_to_everybody_by_day_and_by_night(browser: Browser, address: str, path: str, width: int) -> None:
    with opened(browser, address + path, width, color_scheme="light") as page:
        for colour in (LIGHT, DARK):
            page.emulate_media(color_scheme="light" if colour == LIGHT else "dark")
            assert ground(page) == colour
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert barriers(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_telephone_without_a_script(browser: Browser, address: str, path: str) -> None:
    with opened(browser, address + path, 360, java_script_enabled=False) as page:
        width = page.locator("main").bounding_box()
        assert width is not None
        assert width["x"] + width["width"] <= 360
        assert page.locator("button:visible").count() == 0  # what needs a script does not show
        assert page.get_by_role("navigation", name="Chuyên mục").get_by_role("link", name="Ẩm thực").count() == 1


def test_what_is_told_of_a_file_stands_beside_it(browser: Browser, address: str) -> None:
    with opened(browser, address + WITH_A_FILE, 360) as page:
        line = page.locator(".attachments li").first.bounding_box()
        told = page.locator(".attachments li").first.locator("span").bounding_box()
        assert line is not None
        assert told is not None
        assert line["y"] <= told["y"] < line["y"] + line["height"]


def test_the_keyboard_leads_from_the_skip_link_over_the_switch_to_the_menu(browser: Browser, address: str) -> None:
    with opened(browser, address + ARTICLE) as page:
        stops = []
        for _ in range(5):
            page.keyboard.press("Tab")
            stops.append(focused(page))
        assert stops == ["Đến nội dung chính", "Phan Thiết – Trang tin mẫu", "Nền tối", "Trang chủ", "Xây dựng Đảng"]
        page.keyboard.press("Enter")
        page.wait_for_url("**/xay-dung-dang/")


def test_the_skip_link_leads_past_the_menu(browser: Browser, address: str) -> None:
    with opened(browser, address + ARTICLE) as page:
        page.keyboard.press("Tab")
        skip = page.locator(".skip").bounding_box()
        assert skip is not None
        assert skip["y"] >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_what_has_the_focus_is_seen(browser: Browser, address: str) -> None:
    with opened(browser, address + ARTICLE) as page:
        for _ in range(18):
            page.keyboard.press("Tab")
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid", focused(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_switch_is_remembered_and_gives_way_to_the_system_again(
    browser: Browser, address: str, scheme: str
) -> None:
    first, second = (LIGHT, DARK) if scheme == "light" else (DARK, LIGHT)
    with opened(browser, address + ARTICLE, color_scheme=scheme) as page:
        switch = page.get_by_role("button", name="Nền tối")
        assert (ground(page), switch.get_attribute("aria-pressed")) == (first, str(scheme == "dark").lower())
        switch.click()
        assert ground(page) == second
        page.goto(address + HOME)
        assert (ground(page), switch.get_attribute("aria-pressed")) == (second, str(scheme == "light").lower())
        switch.press("Space")
        assert ground(page) == first
        assert page.evaluate("localStorage.length") == 0


def test_the_link_is_copied(browser: Browser, address: str) -> None:
    with opened(browser, address + ARTICLE, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.get_by_role("button", name="Chép liên kết").click()
        page.get_by_role("button", name="Đã chép liên kết").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == f"https://phanthiet.example{ARTICLE}"
        assert page.locator("[role=status]").inner_text() == "Đã chép liên kết"


def test_a_wide_table_scrolls_in_itself_by_the_keyboard(browser: Browser, site: Site) -> None:
    row = "|".join(["Một cột rất rộng"] * 8)
    raw = f"<table><tr><td>{row.replace('|', '</td><td>')}</td></tr></table>"
    site.article("content/tin/mot.md", body=f"|{row}|\n|{'-|' * 8}\n|{row}|\n\n{raw}")
    site.build()
    with served(site.out) as address, opened(browser, f"{address}/tin/mot/", 320) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert barriers(page) == []
        table = page.get_by_role("group", name="Bảng").last
        table.focus()
        page.keyboard.press("ArrowRight")
        within(5, lambda: table.evaluate("box => box.scrollLeft") > 0)  # the page's policy lets no text become code


def test_on_paper_there_is_the_story_and_where_its_links_lead(browser: Browser, site: Site) -> None:
    links = "[Ở đây](https://a.example/b), [kia](/tin/) và [đó](#c)."
    site.article("content/tin/mot.md", body=f"{links}\n\n## C\n\nhttps://youtu.be/abcdefgh")
    site.build()
    with served(site.out) as address, opened(browser, f"{address}/tin/mot/") as page:
        page.emulate_media(media="print", color_scheme="dark")
        shown = [
            name
            for name in (".bar", ".sidebar", ".share", ".switch", ".size", ".dateline", ".prose", ".on-paper")
            if page.locator(name).is_visible()
        ]
        assert shown == [".prose", ".on-paper"]
        assert page.inner_text(".on-paper") == "https://bao.example/tin/mot/"
        after = page.locator(".prose a").evaluate_all("all => all.map(e => getComputedStyle(e, '::after').content)")
        assert after == ['" (https://a.example/b)"', "none", "none", '" (https://www.youtube.com/watch?v=abcdefgh)"']
        assert ground(page) == "rgb(255, 255, 255)"


def test_the_sidebar_shows_the_five_counters_and_the_log_in_link(browser: Browser, address: str) -> None:
    with opened(browser, address + ARTICLE, java_script_enabled=False) as page:
        text = page.inner_text("aside").replace("\u00a0", " ")
    for words in ("Thống kê truy cập", "Đang truy cập", "2 901", "37 156", "146 460", "3 548 942", "Đăng nhập"):
        assert words in text


def test_a_sidebar_that_is_fetched_takes_the_place_of_its_link(browser: Browser, site: Site) -> None:
    site.write("ptnews.yml", (site.root / "ptnews.yml").read_text(encoding="utf-8") + "fragments: client\n")
    site.write("content/stats.yml", "today: 2901\n")
    site.article("content/tin/mot.md")
    site.build()
    with served(site.out) as address:
        with opened(browser, f"{address}/tin/mot/") as page:
            page.wait_for_selector("aside .stats")
            assert "2.901" in page.inner_text("aside")
            assert page.query_selector("a.fragment") is None
        without = browser.new_page(java_script_enabled=False)
        without.goto(f"{address}/tin/mot/")
        without.click("a.fragment")
        assert "2.901" in without.inner_text("body")
        without.close()
