"""What the theme's script adds for a reader: the day, the size of the text, videos; and that nothing needs it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from opening import blank, opened
from serving import served
from site_in_a_string import CONFIG, Site

ARTICLE = "/xay-dung-dang/thanh-uy-phan-thiet-tu-soi-tu-sua/"
LONG = "/lich-su/phan-thiet-tu-lang-chai-den-thanh-pho/"
PLAYER = "https://www.youtube-nocookie.com/embed/abcdefgh"
VIDEOS = '<iframe src="https://www.youtube.com/embed/abcdefgh"></iframe>\n\nhttps://youtu.be/ijklmnop'


# --- the day


@pytest.mark.parametrize(
    ("language", "instant", "day"),
    [
        ("vi", "2026-11-25T18:00:00Z", "Thứ Năm, 26/11/2026"),
        ("vi", "2026-11-25T16:59:00Z", "Thứ Tư, 25/11/2026"),
        ("en", "2026-11-25T18:00:00Z", "Thursday, November 26, 2026"),
    ],
)
def test_the_top_tells_the_day_where_the_newspaper_is(
    browser: Browser, site: Site, language: str, instant: str, day: str
) -> None:
    site.write("ptnews.yml", f"{CONFIG}language: {language}\n")
    site.build()
    with served(site.out) as address, blank(browser, timezone_id="America/Los_Angeles", locale="de") as page:
        page.clock.set_fixed_time(instant)
        page.goto(address)
        expect(page.locator(".dateline")).to_have_text(day)
        expect(page.locator(".dateline")).to_be_visible()


@pytest.mark.parametrize("path", ["/", ARTICLE])
@pytest.mark.parametrize("width", [320, 1280])
def test_what_the_script_shows_moves_nothing(browser: Browser, address: str, path: str, width: int) -> None:
    places = []
    for script in (True, False):
        with opened(browser, address + path, width, java_script_enabled=script) as page:
            if script:
                expect(page.locator(".switch")).to_be_visible()
            assert page.locator(".dateline").is_visible() == script
            found = [page.locator(name).first.bounding_box() for name in (".brand", ".bar", "main", "h1", "main img")]
            places.append([(box["x"], box["y"]) for box in found if box])
    assert places[0] == places[1]


# --- the size of the text


def size_of_text(page: Page) -> float:
    return float(page.locator(".prose > p").first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))


def test_the_text_grows_within_bounds_and_is_remembered(browser: Browser, address: str) -> None:
    with opened(browser, address + ARTICLE, 320) as page:
        smaller, larger = page.get_by_role("button", name="A−"), page.get_by_role("button", name="A+")
        first = size_of_text(page)
        while larger.is_enabled():
            larger.click()
        assert size_of_text(page) == pytest.approx(first * 1.125**4, abs=0.01)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.goto(address + LONG)
        assert size_of_text(page) == pytest.approx(first * 1.125**4, abs=0.01)
        while smaller.is_enabled():
            smaller.click()
        assert size_of_text(page) == pytest.approx(first / 1.125, abs=0.01)
        larger.click()
        assert size_of_text(page) == pytest.approx(first)
        assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("kept", ["x", "9", "-3", "1e999"])
def test_a_size_that_nobody_chose_does_no_harm(browser: Browser, address: str, kept: str) -> None:
    with opened(browser, address + ARTICLE) as page:
        first = size_of_text(page)
        page.evaluate(f"localStorage.setItem('size', '{kept}')")
        page.reload()
        assert first / 1.2 < size_of_text(page) < first * 1.7


# --- how much has been read


def test_a_long_article_shows_how_much_of_it_has_been_read(browser: Browser, address: str) -> None:
    wide = "() => new DOMMatrix(getComputedStyle(document.querySelector('.story'), '::before').transform).a"
    with opened(browser, address + LONG, reduced_motion="no-preference") as page:
        seen = []
        for part in (0, 0.5, 1):
            page.evaluate(f"scrollTo({{top: {part} * document.documentElement.scrollHeight, behavior: 'instant'}})")
            page.wait_for_timeout(100)
            seen.append(page.evaluate(wide))
        assert seen[0] == 0
        assert 0.3 < seen[1] < 0.8
        assert seen[2] == 1


@pytest.mark.parametrize(("path", "motion"), [(LONG, "reduce"), (ARTICLE, "no-preference")])
def test_nothing_moves_where_it_is_not_wanted(browser: Browser, address: str, path: str, motion: str) -> None:
    with opened(browser, address + path, reduced_motion=motion) as page:
        content = page.evaluate("getComputedStyle(document.querySelector('.story'), '::before').content")
        assert content in ("none", "normal")


# --- videos


def asked(page: Page, address: str) -> list[str]:
    """What a page asks of other hosts."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if not request.url.startswith(address) else None)
    return found


@pytest.mark.parametrize("script", [True, False])
def test_a_video_is_not_asked_for_before_it_is_wanted(browser: Browser, site: Site, script: bool) -> None:
    site.article("content/tin/mot.md", body=VIDEOS)
    site.build()
    with served(site.out) as address, blank(browser, java_script_enabled=script) as page:
        found = asked(page, address)
        page.goto(f"{address}/tin/mot/", wait_until="networkidle")
        assert page.get_by_role("link", name="Phát video từ YouTube").count() == 2
        assert found == []


def test_a_click_puts_the_player_in_the_place_of_the_link(browser: Browser, site: Site) -> None:
    site.article("content/tin/mot.md", body=VIDEOS)
    site.build()
    with served(site.out) as address, blank(browser) as page:
        page.context.route(re.compile("youtube"), lambda route: show_player(route))
        found = asked(page, address)
        page.goto(f"{address}/tin/mot/")
        link = page.get_by_role("link", name="Phát video từ YouTube").first
        before = link.bounding_box()
        link.press("Enter")
        frame = page.locator("iframe")
        expect(page.frame_locator("iframe").get_by_text("Đang phát")).to_be_visible()
        assert found == [f"{PLAYER}?autoplay=1"]
        assert frame.get_attribute("title") == "Phát video từ YouTube"
        assert frame.bounding_box() == before
        assert page.evaluate("document.activeElement.tagName") == "IFRAME"


def test_a_click_that_opens_a_tab_and_one_without_a_script_lead_to_the_page_of_the_video(
    browser: Browser, site: Site
) -> None:
    site.article("content/tin/mot.md", body=VIDEOS)
    site.build()
    with served(site.out) as address:
        with blank(browser) as page:
            page.context.route(re.compile("youtube"), lambda route: show_player(route))
            page.goto(f"{address}/tin/mot/")
            with page.context.expect_page():
                page.get_by_role("link", name="Phát video").first.click(modifiers=["Control"])
            assert page.locator("iframe").count() == 0
        with blank(browser, java_script_enabled=False) as page:
            page.context.route(re.compile("youtube"), lambda route: show_player(route))
            page.goto(f"{address}/tin/mot/")
            page.get_by_role("link", name="Phát video").first.click()
            page.wait_for_url("https://www.youtube.com/watch?v=abcdefgh")


def show_player(route: Route) -> None:
    route.fulfill(content_type="text/html; charset=utf-8", body="<!doctype html><title>x</title><p>Đang phát")
