"""The bundled site as strict readers see it: HTML, feeds, sitemaps, and every link."""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from xml.etree.ElementTree import Element

import feedparser
import html5lib
import pytest
from lxml import etree

from phanthiet_news.build import Report, Request, build
from site_in_a_string import PICTURES

ROOT = Path(__file__).parents[1]
BASE = "https://phanthiet.example"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


class Built:
    """The site, built once, its pages parsed once."""

    def __init__(self, out: Path, report: Report) -> None:
        self.out, self.report = out, report
        self.files = {file.relative_to(out).as_posix() for file in out.rglob("*") if file.is_file()}
        self.pages = sorted(path for path in self.files if path.endswith(".html"))
        self.tree = cache(self._tree)
        self.ids = cache(self._ids)

    def _tree(self, path: str) -> Element:
        """Raises html5lib's ParseError at the first mistake."""
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        found: Element = parser.parse((self.out / path).read_bytes())
        return found

    def _ids(self, path: str) -> frozenset[str]:
        return frozenset(each.get("id", "") for each in self.tree(path).iter())

    def output(self, url: str) -> str:
        """The output that an absolute url of the site leads to."""
        path = unquote(urlsplit(url).path).lstrip("/")
        return posixpath.join(path, "index.html") if not path or path.endswith("/") else path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    out, memory = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("memory")
    return Built(out, build(Request(root=ROOT, out=out, memory=memory, as_of="2024-01-01", jobs=1, pictures=PICTURES)))


def test_it_has_what_it_must_have(built: Built) -> None:
    assert built.report.problems == []
    assert built.report.kinds["article"] >= 16
    assert {each.reason for each in built.report.left_out} >= {"draft", "future"}
    assert len([path for path in built.files if path.count("/") == 1 and path.endswith("rss.xml")]) >= 6


def test_html_is_valid_and_every_page_has_one_heading(built: Built) -> None:
    for path in built.pages:
        tree = built.tree(path)
        tags = Counter(each.tag for each in tree.iter())
        assert tags["h1"] == 1, path
        ids = [each.get("id") for each in tree.iter() if each.get("id")]
        assert len(ids) == len(set(ids)), path
        assert not [each for each in tree.iter() if each.get("style")], path
        scripts = [each for each in tree.iter("script") if each.get("type") != "application/ld+json"]
        assert not [each for each in scripts if not each.get("src")], path
        assert not [each for each in tree.iter("img") if each.get("alt") is None], path


def test_headings_go_down_one_level_at_a_time(built: Built) -> None:
    for path in built.pages:
        levels = [int(each.tag[1]) for each in built.tree(path).iter() if re.fullmatch(r"h[1-6]", str(each.tag))]
        jumps = [later - earlier for earlier, later in pairwise(levels)]
        assert max(jumps, default=0) <= 1, path


def test_every_link_and_picture_and_place_is_there(built: Built) -> None:
    for path in built.pages:
        for element in built.tree(path).iter():
            for address in (element.get("href"), element.get("src")):
                if address:
                    assert_leads_somewhere(built, path, urljoin(f"{BASE}/{path.removesuffix('index.html')}", address))


def assert_leads_somewhere(built: Built, page: str, url: str) -> None:
    if not url.startswith(f"{BASE}/") or url == f"{BASE}/dang-nhap/":
        return
    target, anchor = built.output(url), unquote(urlsplit(url).fragment)
    assert target in built.files, f"{page} leads to {url}"
    assert not anchor or anchor in built.ids(target), f"{page} leads to {url}"


def test_feeds_are_well_formed_and_complete(built: Built) -> None:
    feeds = [path for path in built.files if path.endswith(("rss.xml", "atom.xml"))]
    assert len(feeds) >= 14
    for path in feeds:
        found = feedparser.parse((built.out / path).read_bytes())
        assert found.bozo == 0, path
        assert found.feed.title
        for entry in found.entries:
            assert entry.id
            assert entry.title
            assert entry.published_parsed
            assert built.output(entry.link) in built.files
            assert "<p>" in entry.content[0].value


def test_json_feeds_are_json_feeds(built: Built) -> None:
    for path in (path for path in built.files if path.endswith("feed.json")):
        found = json.loads((built.out / path).read_text(encoding="utf-8"))
        assert found["version"] == "https://jsonfeed.org/version/1.1"
        assert found["feed_url"] == f"{BASE}/{path}"
        for item in found["items"]:
            assert {"id", "url", "title", "content_html", "date_published"} <= item.keys()


def test_links_in_feeds_are_absolute(built: Built) -> None:
    found = json.loads((built.out / "feed.json").read_text(encoding="utf-8"))
    addresses = [
        address for item in found["items"] for address in re.findall(r'(?:href|src)="([^"]*)"', item["content_html"])
    ]
    assert addresses
    assert [
        address for address in addresses if not address.startswith(("https://", "http://", "mailto:", "tel:"))
    ] == []


def test_sitemaps_name_every_article_once(built: Built) -> None:
    index = etree.parse(built.out / "sitemap.xml")
    maps = [built.output(each.text) for each in index.iter(f"{SITEMAP}loc")]
    urls = [each.text for name in maps for each in etree.parse(built.out / name).iter(f"{SITEMAP}loc")]
    assert len(urls) == len(set(urls))
    assert {built.output(url) for url in urls} <= built.files
    robots = (built.out / "robots.txt").read_text(encoding="utf-8")
    assert f"Sitemap: {BASE}/sitemap.xml" in robots
    noindex = {path for path in built.pages if b'content="noindex"' in (built.out / path).read_bytes()}
    assert not noindex & {built.output(url) for url in urls}
    articles = {path for path in built.report.rendered if path.count("/") == 2 and "trang" not in path}
    assert {path for path in articles if not path.startswith(("tu-khoa", "tac-gia", "luu-tru"))} - noindex <= {
        built.output(url) for url in urls
    }


def test_pages_wait_for_no_script_and_load_little_style(built: Built) -> None:
    scripts = [each for path in built.pages for each in built.tree(path).iter("script") if each.get("src")]
    assert {each.get("src", "").partition("?")[0] for each in scripts} == {"/js/site.js"}
    assert all(each.get("async") is not None for each in scripts)
    assert (built.out / "css/site.css").stat().st_size < 20_480
