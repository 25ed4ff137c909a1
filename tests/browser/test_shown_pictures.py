"""Pictures in a real browser: they keep their form, and are as wide as browsers are told before they load one."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from opening import opened
from serving import served
from site_in_a_string import CONFIG, Site

CONFIG_OF_PICTURES = f"{CONFIG}pictures: {{formats: [], fallback_widths: [64, 320, 640, 960, 1280]}}\n"
SIZES = {
    "ngang": (1280, 853),
    "dung": (1280, 1920),
    "vua": (640, 400),
    "nho": (100, 60),
}
WIDTHS = (320, 800, 1280)
MEASURE = """async () => {
  const found = [];
  for (const each of document.querySelectorAll("main img[srcset]")) {
    each.loading = "eager";
    await each.decode();
    found.push([each.naturalWidth, each.clientWidth]);
  }
  return found;
}"""


@pytest.fixture
def pictured(site: Site) -> Site:
    """A site with pictures of every form."""
    site.write("ptnews.yml", CONFIG_OF_PICTURES)
    for name, size in SIZES.items():
        data = BytesIO()
        Image.new("RGB", size, "teal").save(data, "JPEG")
        site.write(f"content/chung/{name}.jpg", data.getvalue())
    return site


def assert_told_truly(page: Page, count: int) -> None:
    """The natural width of a picture that comes in sizes is how wide the browser was told that it will stand."""
    found = page.evaluate(MEASURE)
    assert len(found) == count
    assert [(told, shown) for told, shown in found if abs(told - shown) > 2 + 0.03 * shown] == []


IN_TEXT = """
![a](/chung/ngang.jpg)

![a](/chung/dung.jpg)

![a](/chung/vua.jpg)

x ![a](/chung/vua.jpg){width=90} y

![a](/chung/ngang.jpg){.wide}

[![a](/chung/ngang.jpg){.wide}](/tin/)

<figure class="rong wide"><img src="/chung/ngang.jpg" alt=""></figure>
"""


def test_pictures_of_an_article_are_as_wide_as_it_is_told(browser: Browser, pictured: Site) -> None:
    pictured.article("content/tin/mot.md", IN_TEXT, image="/chung/ngang.jpg")
    pictured.article("content/tin/hai.md", image="/chung/dung.jpg")
    pictured.article("content/tin/ba.md", image="/chung/vua.jpg")
    pictured.build()
    with served(pictured.out) as address:
        for width in WIDTHS:
            for path, count in {"mot": 8, "hai": 1, "ba": 1}.items():
                with opened(browser, f"{address}/tin/{path}/", width) as page:
                    assert_told_truly(page, count)


@pytest.mark.parametrize("featured", [0, 1, 2, 3, 4])
def test_pictures_of_other_pages_are_as_wide_as_it_is_told(browser: Browser, pictured: Site, featured: int) -> None:
    for number in range(1 + featured):
        pictured.article(f"content/tin/noi-{number}.md", image="/chung/ngang.jpg", featured="true", date="2024-05-01")
    for number in range(8):
        pictured.article(f"content/tin/moi-{number}.md", date="2024-04-01")
    for category in ("tin", "the-thao"):
        pictured.article(f"content/{category}/cu.md", image="/chung/ngang.jpg")
    pictured.build()
    with served(pictured.out) as address:
        for width in WIDTHS:
            with opened(browser, f"{address}/", width) as page:
                assert_told_truly(page, 1 + featured + 2)
                assert page.evaluate("document.documentElement.scrollWidth") <= width
            with opened(browser, f"{address}/the-thao/", width) as page:
                assert_told_truly(page, 1)


@pytest.mark.parametrize("width", [320, 1280])
def test_a_picture_keeps_its_form_and_is_never_blown_up(browser: Browser, pictured: Site, width: int) -> None:
    pictured.article(
        "content/tin/mot.md",
        "![a](/chung/nho.jpg){width=40 height=24}\n\n![a](/chung/nho.jpg)\n\n![a](/chung/vua.jpg)",
        image="/chung/dung.jpg",
    )
    pictured.build()
    with served(pictured.out) as address, opened(browser, f"{address}/tin/mot/", width) as page:
        boxes = page.locator("main img").evaluate_all("all => all.map(e => [e.clientWidth, e.clientHeight])")
    lead, small, natural, medium = boxes
    room = min(width - 32, 688)
    assert lead == [min(room, 480), round(min(room, 480) * 1.5)]
    assert small == [40, 24]
    assert natural == [100, 60]
    assert medium == [min(room, 640), round(min(room, 640) * 400 / 640)]


def test_a_tall_picture_of_another_host_keeps_its_form(browser: Browser, pictured: Site) -> None:
    pictured.write("static/cao.jpg", (pictured.root / "content/chung/dung.jpg").read_bytes())
    pictured.article("content/tin/mot.md", image="/cao.jpg")
    pictured.build()
    with served(pictured.out) as address, opened(browser, f"{address}/tin/mot/") as page:
        width, height = page.locator("main img").evaluate(
            "async e => (await e.decode(), [e.clientWidth, e.clientHeight])"
        )
        assert height == pytest.approx(0.8 * 900, abs=1)
        assert width == pytest.approx(height / 1.5, abs=1)


def test_a_picture_in_a_sentence_stays_in_its_line(browser: Browser, pictured: Site) -> None:
    pictured.article("content/tin/mot.md", "Một ![a](/chung/nho.jpg){width=20 height=12} hai.")
    pictured.build()
    with served(pictured.out) as address, opened(browser, f"{address}/tin/mot/") as page:
        image, paragraph = page.locator(".prose img").bounding_box(), page.locator(".prose p").bounding_box()
        assert image is not None
        assert paragraph is not None
        assert paragraph["height"] < 40
        assert image["x"] > paragraph["x"]
