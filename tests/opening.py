"""Pages as a reader opens them: in a browser of their own, which may complain of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LIGHT, DARK = "rgb(253, 250, 244)", "rgb(16, 25, 28)"


@contextmanager
def opened(browser: Browser, url: str, width: int = 1280, **options: Any) -> Iterator[Page]:
    """A page of a fresh reader; whatever it complains of fails the test."""
    with blank(browser, width, **options) as page:
        page.goto(url)
        yield page


@contextmanager
def blank(browser: Browser, width: int = 1280, **options: Any) -> Iterator[Page]:
    """An empty window, for what must be prepared before a page is opened."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    yield page
    context.close()
    assert complaints == []


def ground(page: Page) -> str:
    """The colour of the paper."""
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds in the way of readers: the rule, and the elements."""
    found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
