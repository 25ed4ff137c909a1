"""The preview as an editor sees it: a browser beside the text, never touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from previewing import Preview, previewed, within

from site_in_a_string import Site

MOT = "content/tin/mot.md"


@pytest.fixture
def preview(site: Site) -> Iterator[Preview]:
    site.article(MOT, "Đoạn một.\n\n" + "Dài.\n\n" * 80)
    site.article("content/tin/hai.md", "Bài kia.")
    site.write("static/css/site.css", "body { color: rgb(1, 2, 3) }")
    with previewed(site) as running:
        yield running


def opened(browser: Browser, preview: Preview, path: str) -> Page:
    page = browser.new_page()
    page.goto(preview.address + path)
    page.wait_for_timeout(300)  # until it listens
    page.evaluate("window.untouched = true")
    return page


def test_a_saved_body_shows_by_itself(site: Site, preview: Preview, browser: Browser) -> None:
    page = opened(browser, preview, "/tin/mot/")
    other = opened(browser, preview, "/tin/hai/")
    page.evaluate("scrollTo(0, 400)")
    site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=20000)
    page.wait_for_function("scrollY > 300")
    assert other.evaluate("window.untouched") is True
    page.close()
    other.close()


def test_a_style_sheet_changes_without_a_navigation(site: Site, preview: Preview, browser: Browser) -> None:
    page = opened(browser, preview, "/tin/mot/")
    site.write("static/css/site.css", "body { color: rgb(9, 8, 7) }")
    page.wait_for_function("getComputedStyle(document.body).color === 'rgb(9, 8, 7)'", timeout=20000)
    assert page.evaluate("window.untouched") is True
    page.close()


def test_a_mistake_shows_and_goes(site: Site, preview: Preview, browser: Browser) -> None:
    page = opened(browser, preview, "/tin/mot/")
    site.edit(MOT, "title: ", "title: 'hở ")
    panel = page.locator("#ptnews-problems")
    expect(panel).to_be_visible(timeout=20000)
    expect(panel).to_contain_text("content/tin/mot.md:2")
    expect(page.get_by_text("Đoạn một.")).to_be_attached()
    site.edit(MOT, "title: 'hở ", "title: ")
    expect(panel).to_have_count(0, timeout=20000)
    page.close()


def test_a_new_article_stands_on_the_front_page(site: Site, preview: Preview, browser: Browser) -> None:
    page = opened(browser, preview, "/")
    site.article("content/the-thao/moi.md", title="Tin vừa viết", date="2024-05-01")
    expect(page.get_by_text("Tin vừa viết").first).to_be_visible(timeout=20000)
    page.close()


def test_a_change_before_the_page_listens_is_seen(site: Site, preview: Preview, browser: Browser) -> None:
    def change_first(route: Route) -> None:
        site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
        within(20, lambda: "Đoạn đã sửa." in preview.text("/tin/mot/"))
        route.continue_()

    page = browser.new_page()
    page.route("**/reload.js", change_first, times=1)
    page.goto(preview.address + "/tin/mot/")
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=20000)
    page.close()
