"""The preview as an editor sees it: a browser beside the text, never touched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from previewing import Preview, previewed, within

from site_in_a_string import Site

MOT = "content/tin/mot.md"
PAGE = "/tin/mot/"
SOON = 20000
BASE = """\
<!doctype html>
<html><head><title>Khung</title>
<link rel="stylesheet" href="/own.css"></head>
<body>{% block main %}{% endblock %}<img src="/hinh.svg" alt="">
<script src="/own.js"></script></body></html>
"""
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='{}' height='10'/>"


@pytest.fixture
def preview(site: Site) -> Iterator[Preview]:
    site.article(MOT, "Đoạn một.\n\n" + "Dài.\n\n" * 80)
    site.article("content/tin/hai.md", "Bài kia.")
    site.write("static/css/site.css", "body { color: rgb(1, 2, 3) }")
    with previewed(site) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Tabs of one browser."""
    found = browser.new_context()
    yield found
    found.close()


def opened(context: BrowserContext, preview: Preview, path: str) -> Page:
    """A tab, once it listens."""
    page = context.new_page()
    page.goto(preview.address + path)
    page.wait_for_timeout(300)
    page.evaluate("window.untouched = true")
    return page


def is_untouched(page: Page) -> bool:
    return page.evaluate("window.untouched") is True


def test_a_saved_body_shows_by_itself(site: Site, preview: Preview, context: BrowserContext) -> None:
    page = opened(context, preview, PAGE)
    other = opened(context, preview, "/tin/hai/")
    page.evaluate("scrollTo(0, 400)")
    site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=SOON)
    page.wait_for_function("scrollY > 300")
    assert is_untouched(other)


def test_a_mistake_shows_and_goes(site: Site, preview: Preview, context: BrowserContext) -> None:
    page = opened(context, preview, PAGE)
    site.edit(MOT, "title: ", "title: 'hở ")
    panel = page.locator("#ptnews-problems")
    expect(panel).to_be_visible(timeout=SOON)
    expect(panel.locator("pre")).to_have_text(
        "content/tin/mot.md:2:8: error[yaml-quote-open]: this quote is not closed\n"
        "    2 | title: 'hở Một tựa đề\n"
        "      |        ^\n"
        "    help: close it",
        use_inner_text=True,
    )
    expect(page.get_by_text("Đoạn một.")).to_be_attached()
    site.edit(MOT, "title: 'hở ", "title: ")
    expect(panel).to_have_count(0, timeout=SOON)


def test_a_new_article_stands_on_the_front_page(site: Site, preview: Preview, context: BrowserContext) -> None:
    page = opened(context, preview, "/")
    site.article("content/the-thao/moi.md", title="Tin vừa viết", date="2024-05-01")
    expect(page.get_by_text("Tin vừa viết").first).to_be_visible(timeout=SOON)


def test_a_page_that_is_missing_comes_and_goes_by_itself(site: Site, preview: Preview, context: BrowserContext) -> None:
    page = opened(context, preview, "/the-thao/moi/")
    site.article("content/the-thao/moi.md", "Vừa đăng.")
    expect(page.get_by_text("Vừa đăng.")).to_be_attached(timeout=SOON)
    site.remove("content/the-thao/moi.md")
    expect(page.get_by_text("Vừa đăng.")).to_have_count(0, timeout=SOON)


def test_a_change_before_the_page_listens_is_seen(site: Site, preview: Preview, context: BrowserContext) -> None:
    def change_first(route: Route) -> None:
        site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
        within(20, lambda: "Đoạn đã sửa." in preview.text(PAGE))
        route.continue_()

    page = context.new_page()
    page.route("**/reload.js", change_first, times=1)
    page.goto(preview.address + PAGE)
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=SOON)


def test_a_text_that_looks_like_our_mark_is_a_text(site: Site, preview: Preview, context: BrowserContext) -> None:
    site.edit(MOT, "Đoạn một.", '`<p data-generation="1" data-page="2">`')
    within(8, lambda: 'data-generation="1" data-page="2"' in preview.text(PAGE))
    page = opened(context, preview, PAGE)
    site.edit("content/tin/hai.md", "Bài kia.", "Bài khác.")
    within(8, lambda: "Bài khác." in preview.text("/tin/hai/"))
    page.wait_for_timeout(1500)
    assert is_untouched(page)


# --- what a page shows besides its text


def test_a_style_sheet_changes_without_a_navigation(site: Site, preview: Preview, context: BrowserContext) -> None:
    page = opened(context, preview, PAGE)
    for turn in (7, 8):
        site.write("static/css/site.css", f"body {{ color: rgb(9, 8, {turn}) }}")
        page.wait_for_function(f"getComputedStyle(document.body).color === 'rgb(9, 8, {turn})'", timeout=SOON)
    assert is_untouched(page)
    site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=SOON)


@pytest.fixture
def plain(site: Site) -> Iterator[Preview]:
    """A site whose templates name files by addresses without a digest."""
    site.article(MOT, "Đoạn một.")
    site.write("templates/base.html", BASE)
    site.write("static/own.css", "@import 'more.css'; body { color: rgb(1, 2, 3) }")
    site.write("static/more.css", "body { background: rgb(1, 2, 3) }")
    site.write("static/own.js", "document.title = 'một'")
    site.write("static/hinh.svg", SVG.format(20))
    site.write("static/khong-ai-dung.css", "")
    with previewed(site) as running:
        yield running


def test_files_at_plain_addresses_are_fresh_too(site: Site, plain: Preview, context: BrowserContext) -> None:
    page = opened(context, plain, "/khong/co/")
    site.write("static/khong-ai-dung.css", "p { color: red }")
    site.write("static/own.css", "@import 'more.css'; body { color: rgb(3, 2, 1) }")
    page.wait_for_function("getComputedStyle(document.body).color === 'rgb(3, 2, 1)'", timeout=SOON)
    assert is_untouched(page), "a sheet is fetched again, and one that the page does not show is nothing to it"
    site.write("static/more.css", "body { background: rgb(3, 2, 1) }")
    page.wait_for_function("getComputedStyle(document.body).backgroundColor === 'rgb(3, 2, 1)'", timeout=SOON)
    site.write("static/hinh.svg", SVG.format(40))
    page.wait_for_function("document.images[0].naturalWidth === 40", timeout=SOON)
    site.write("static/own.js", "document.title = 'hai'")
    page.wait_for_function("document.title === 'hai'", timeout=SOON)


# --- tabs, and servers that come and go


def test_any_number_of_tabs(site: Site, preview: Preview, context: BrowserContext) -> None:
    tabs = [opened(context, preview, PAGE) for _ in range(8)]
    for turn in ("hai", "ba"):
        old = site.root / MOT
        old.write_text(old.read_text(encoding="utf-8").replace("Đoạn ", f"Đoạn {turn} ", 1), encoding="utf-8")
        for tab in tabs:
            expect(tab.get_by_text(f"Đoạn {turn}")).to_be_attached(timeout=SOON)
    tabs[0].close()
    site.edit(MOT, "Đoạn ba", "Đoạn tư")
    for tab in tabs[1:]:
        expect(tab.get_by_text("Đoạn tư")).to_be_attached(timeout=SOON)


def test_a_browser_without_shared_workers_is_told_too(site: Site, preview: Preview, context: BrowserContext) -> None:
    context.add_init_script("delete window.SharedWorker")
    page = opened(context, preview, PAGE)
    site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=SOON)


def test_a_tab_outlives_the_server(site: Site, preview: Preview, context: BrowserContext) -> None:
    page = opened(context, preview, PAGE)
    preview.end()
    site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
    with previewed(site, "--port", str(preview.port)) as again:
        assert again.port == preview.port
        expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=SOON)
        site.edit(MOT, "Đoạn đã sửa.", "Đoạn mới.")
        expect(page.get_by_text("Đoạn mới.")).to_be_attached(timeout=SOON)


def test_an_answer_that_fails_is_asked_for_again(site: Site, preview: Preview, context: BrowserContext) -> None:
    failures: list[str] = []

    def fail(route: Route) -> None:
        failures.append(route.request.url)
        if len(failures) % 2:
            route.abort()
        else:
            route.fulfill(status=503, body="busy")

    page = opened(context, preview, PAGE)
    page.route("**/_ptnews/changed*", fail, times=2)
    page.route(f"**{PAGE}", fail, times=2)
    site.edit(MOT, "Đoạn một.", "Đoạn đã sửa.")
    expect(page.get_by_text("Đoạn đã sửa.")).to_be_attached(timeout=SOON)
    assert len(failures) == 4
