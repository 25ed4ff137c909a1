"""What pages tell search engines and social networks; the news sitemap; the manifest; and what it all weighs."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from PIL import Image

from phanthiet_news import theme
from phanthiet_news.build import Request, build
from site_in_a_string import CONFIG, PICTURES, Site

ROOT = Path(__file__).parents[1]
MOT = "content/tin/mot.md"
PAGE = "tin/mot/index.html"
HOST = "https://bao.example"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


def told(site: Site, path: str) -> dict[str, dict[str, Any]]:
    """The structured data of a page, by type."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', site.text(path), re.DOTALL)
    return {each["@type"]: each for each in map(json.loads, found)}


def meta(site: Site, path: str) -> dict[str, list[str]]:
    """Content of a page's `<meta>` elements by name or property, and links by `rel`."""
    found: dict[str, list[str]] = {}
    for element in etree.HTML(site.text(path)).iter("meta", "link"):
        name = element.get("property") or element.get("name") or element.get("rel") or ""
        found.setdefault(name, []).append(element.get("content") or element.get("href") or "")
    return found


FULL = {
    "title": "Một tựa đề",
    "date": "2022-11-29T14:00",
    "summary": "Sapo.",
    "authors": "[An, Bình]",
    "tags": "[Biển, Nghề cá]",
    "image": "{src: /images/a.jpg, alt: Thuyền}",
}


def test_an_article_is_told_in_full(site: Site) -> None:
    site.write("static/images/a.jpg", b"x")
    site.write("ptnews.yml", CONFIG + "authors: {an: {name: An, role: Phóng viên}}\n")
    site.article(MOT, **FULL)
    site.build()
    found = told(site, PAGE)
    publisher = found["NewsArticle"].pop("publisher")
    assert found["NewsArticle"] == {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": "Một tựa đề",
        "description": "Sapo.",
        "image": [f"{HOST}/images/a.jpg"],
        "datePublished": "2022-11-29T14:00:00+07:00",
        "dateModified": "2022-11-29T14:00:00+07:00",
        "author": [
            {"@type": "Person", "name": "An", "url": f"{HOST}/tac-gia/an/", "jobTitle": "Phóng viên"},
            {"@type": "Person", "name": "Bình", "url": f"{HOST}/tac-gia/binh/"},
        ],
        "articleSection": "Tin tức",
        "keywords": ["Biển", "Nghề cá"],
        "inLanguage": "vi",
        "mainEntityOfPage": f"{HOST}/tin/mot/",
    }
    assert (publisher["@type"], publisher["name"], publisher["url"]) == ("Organization", "Báo thử", f"{HOST}/")
    assert publisher["logo"]["url"].removeprefix(HOST).lstrip("/") in site.tree()


def test_a_day_of_change_is_that_of_the_author_word_never_of_a_build(site: Site) -> None:
    corrections = "[{date: 2022-12-03, text: Sai tên}, {date: 2022-12-01, text: Sai số}]"
    site.article(MOT, **FULL | {"image": "", "updated": "2022-12-02T08:00", "corrections": corrections})
    site.build()
    found = told(site, PAGE)["NewsArticle"]
    assert found["dateModified"] == "2022-12-03T00:00:00+07:00"
    assert meta(site, PAGE)["article:modified_time"] == ["2022-12-03T00:00:00+07:00"]
    assert [(each["@type"], each["text"]) for each in found["correction"]] == [
        ("CorrectionComment", "Sai tên"),
        ("CorrectionComment", "Sai số"),
    ]
    assert found["image"] == meta(site, PAGE)["og:image"]


def test_nothing_changes_before_it_is_there(site: Site) -> None:
    site.article(MOT, date="2024-01-10", updated="2024-01-09", corrections="[{date: 2024-01-08, text: Sai số}]")
    problem = site.problem()
    assert (problem.path, problem.line, problem.code, problem.fatal) == (MOT, 4, "updated-early", False)
    found = told(site, PAGE)["NewsArticle"]
    assert found["datePublished"] == found["dateModified"] == "2024-01-10T00:00:00+07:00"
    assert "article:modified_time" not in meta(site, PAGE)
    assert 'class="updated"' not in site.text(PAGE)
    assert json.loads(site.text("feed.json"))["items"][0]["date_modified"] == "2024-01-10T00:00:00+07:00"
    assert "<lastmod>2024-01-10T00:00:00+07:00</lastmod>" in site.text("sitemap-2024-01.xml")


@pytest.mark.parametrize("src", ["ve.svg", "/images/ve.svg", "https://x.example/VE.svg?a=b.jpg", "//x.example/a.avif"])
def test_what_networks_do_not_show_gives_way_to_the_headline(site: Site, src: str) -> None:
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"/>'
    site.write("content/tin/ve.svg", drawing)
    site.write("static/images/ve.svg", drawing)
    site.article(MOT, image=f"{{src: '{src}', alt: Vẽ}}")
    assert site.build().problems == []
    found = meta(site, PAGE)
    assert re.fullmatch(f"{HOST}/hinh-anh/mot-tua-de-[0-9a-f]{{8}}.png", found["og:image"][0])
    assert (found["og:image:width"], found["og:image:alt"]) == (["1200"], ["Một tựa đề"])
    assert told(site, PAGE)["NewsArticle"]["image"] == found["og:image"]
    assert 'alt="Vẽ"' in site.text(PAGE)
    site.write("ptnews.yml", f"{CONFIG}pictures: {{social: false}}\n")
    site.build()
    assert meta(site, PAGE)["og:image"] == meta(site, "index.html")["og:image"]
    assert "image" not in told(site, PAGE)["NewsArticle"]


def test_an_article_with_the_least_is_told_without_what_is_not_known(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}pictures: {{social: false}}\n")
    site.article(MOT, body="")
    site.build()
    found = told(site, PAGE)["NewsArticle"]
    assert not {"description", "image", "author", "keywords", "correction"} & found.keys()
    assert "article:modified_time" not in meta(site, PAGE)


def test_the_way_to_a_page_is_told_on_all_but_the_front_page(site: Site) -> None:
    site.article(MOT, tags="[Biển]")
    site.build()
    for path in ("tin/index.html", PAGE, "tu-khoa/bien/index.html", "luu-tru/2024/01/index.html", "tu-khoa/index.html"):
        steps = told(site, path)["BreadcrumbList"]["itemListElement"]
        assert [each["position"] for each in steps] == list(range(1, len(steps) + 1))
        assert steps[0]["item"] == f"{HOST}/"
        assert "item" not in steps[-1]
    assert [each["name"] for each in told(site, PAGE)["BreadcrumbList"]["itemListElement"]] == [
        "Trang chủ",
        "Tin tức",
        "Một tựa đề",
    ]
    assert "BreadcrumbList" not in told(site, "index.html")


def test_the_front_page_tells_the_site_and_its_publisher(site: Site) -> None:
    site.build()
    found = told(site, "index.html")["WebSite"]
    assert (found["name"], found["url"], found["inLanguage"]) == ("Báo thử", f"{HOST}/", "vi")
    assert found["publisher"]["@type"] == "Organization"
    assert told(site, "index.html")["Organization"] == {"@context": "https://schema.org", **found["publisher"]}


def test_social_networks_are_told(site: Site) -> None:
    site.write("static/images/a.jpg", b"x")
    site.article(MOT, **FULL)
    site.article("content/tin/hai.md")
    site.build()
    found = meta(site, PAGE)
    assert {name: found[name] for name in found if name.startswith(("og:", "article:", "twitter:"))} == {
        "og:site_name": ["Báo thử"],
        "og:locale": ["vi_VN"],
        "og:description": ["Sapo."],
        "og:url": [f"{HOST}/tin/mot/"],
        "og:title": ["Một tựa đề"],
        "og:type": ["article"],
        "og:image": [f"{HOST}/images/a.jpg"],
        "og:image:alt": ["Thuyền"],
        "twitter:card": ["summary_large_image"],
        "article:published_time": ["2022-11-29T14:00:00+07:00"],
        "article:section": ["Tin tức"],
        "article:tag": ["Biển", "Nghề cá"],
        "article:author": [f"{HOST}/tac-gia/an/", f"{HOST}/tac-gia/binh/"],
    }
    assert (found["canonical"], found["robots"]) == ([f"{HOST}/tin/mot/"], ["max-image-preview:large"])
    without = meta(site, "tin/hai/index.html")
    assert re.fullmatch(f"{HOST}/hinh-anh/mot-tua-de-[0-9a-f]{{8}}.png", without["og:image"][0])
    assert (without["og:image:width"], without["twitter:card"]) == (["1200"], ["summary_large_image"])
    front = meta(site, "index.html")
    assert (front["og:image"], front["twitter:card"]) == ([f"{HOST}/icons/icon-512.png"], ["summary"])


def test_neighbours_are_told(site: Site) -> None:
    for day in range(1, 13):
        site.article(f"content/tin/so-{day:02}.md", date=f"2024-01-{day:02}")
    site.build()
    assert meta(site, "tin/so-05/index.html")["prev"] == ["/tin/so-04/"]
    assert meta(site, "tin/so-05/index.html")["next"] == ["/tin/so-06/"]
    assert meta(site, "tin/index.html")["next"] == ["/tin/trang/1/"]
    assert meta(site, "tin/trang/1/index.html")["prev"] == ["/tin/"]


@pytest.mark.parametrize(("language", "tags"), [("vi", "tu-khoa"), ("en", "tag")])
def test_every_page_says_what_it_is_about(site: Site, language: str, tags: str) -> None:
    config = CONFIG.replace("title: Tin tức", "title: Tin, description: Mới")
    site.write("ptnews.yml", f"{config}language: {language}\n")
    for day in range(1, 13):
        site.article(f"content/tin/so-{day}.md", date=f"2024-01-{day:02}", tags="[Biển]", author="An")
    site.build()
    pages = [path for path in site.tree() if path.endswith(".html") and path not in ("404.html", "the-thao/index.html")]
    found = {path: meta(site, path)["description"][0] for path in pages}
    lists = {path: text for path, text in found.items() if path.split("/")[0] not in ("tin", "index.html")}
    assert len(lists) > 8
    assert all("Báo thử" in text for text in lists.values())
    assert "Biển" in found[f"{tags}/bien/index.html"]
    assert len(set(lists.values())) == 6  # a list's older pages say the same
    assert 'class="about"' not in site.text(f"{tags}/bien/index.html")


def test_a_page_for_what_is_missing_names_no_address_as_its_own(site: Site) -> None:
    site.build()
    assert not {"canonical", "og:url"} & meta(site, "404.html").keys()
    assert meta(site, "index.html")["canonical"] == meta(site, "index.html")["og:url"] == [f"{HOST}/"]


# --- news


def news(site: Site) -> list[str]:
    return [each.text or "" for each in etree.fromstring(site.tree()["news-sitemap.xml"]).iter(LOC)]


def test_news_are_those_of_two_days(site: Site) -> None:
    for name, date in {"a": "05-30T11:59", "b": "05-30T12:01", "c": "06-01T12:00", "d": "06-01T12:01"}.items():
        site.article(f"content/tin/{name}.md", title=f'"{name} & <b>"', date=f"2024-{date}")
    site.article("content/tin/e.md", date="2024-06-01", noindex="true")
    site.build("2024-06-01T12:00")
    assert news(site) == [f"{HOST}/tin/c/", f"{HOST}/tin/b/"]
    first = etree.fromstring(site.tree()["news-sitemap.xml"])[0].find(f"{NEWS}news")
    assert first is not None
    assert [(each.tag.removeprefix(NEWS), (each.text or "").strip()) for each in first.iter()][1:] == [
        ("publication", ""),
        ("name", "Báo thử"),
        ("language", "vi"),
        ("publication_date", "2024-06-01T12:00:00+07:00"),
        ("title", "c & <b>"),
    ]
    assert f"Sitemap: {HOST}/news-sitemap.xml" in site.text("robots.txt").splitlines()


def test_the_clock_alone_takes_an_article_out_of_the_news(site: Site) -> None:
    site.article(MOT, date="2024-06-01T08:00")
    report = site.build("2024-06-01T09:00")
    assert report.next_due is not None
    assert report.next_due.isoformat() == "2024-06-03T08:00:00+07:00"
    assert site.build("2024-06-03T07:59").rendered == []
    assert news(site) == [f"{HOST}/tin/mot/"]
    assert site.build("2024-06-03T08:00").rendered == ["news-sitemap.xml"]
    assert news(site) == []
    assert site.build("2024-06-01T09:00").rendered == ["news-sitemap.xml"]  # and back


@pytest.mark.parametrize("front", [{"noindex": "true"}, {"expires": "2024-06-02"}])
def test_what_is_no_news_is_no_reason_to_build_again(site: Site, front: dict[str, str]) -> None:
    site.article(MOT, date="2024-06-01T08:00", **front)
    due = site.build("2024-06-01T09:00").next_due
    assert due is None if "noindex" in front else due is not None and due.day == 2


def test_no_more_news_than_search_engines_read(site: Site) -> None:
    for number in range(1003):
        site.article(f"content/tin/so-{number}.md", date=f"2024-06-01T{number // 60:02}:{number % 60:02}")
    site.build("2024-06-02")
    assert len(news(site)) == 1000
    assert news(site)[0] == f"{HOST}/tin/so-1002/"


# --- the manifest and the icons


def test_the_manifest_names_icons_that_are_there(site: Site) -> None:
    site.write("ptnews.yml", CONFIG.replace("bao.example", "bao.example/muc"))
    site.build()
    found = json.loads(site.text("manifest.webmanifest"))
    assert (found["name"], found["lang"], found["start_url"], found["scope"]) == ("Báo thử", "vi", "/muc/", "/muc/")
    for icon in found["icons"]:
        file = site.out / icon["src"].removeprefix("/muc/").partition("?")[0]
        if icon["type"] == "image/png":
            with Image.open(file) as image:
                assert f"{image.width}x{image.height}" == icon["sizes"]
        assert file.is_file()
    assert meta(site, "index.html")["manifest"] == ["/muc/manifest.webmanifest"]


# --- weight


def sizes(pattern: str) -> int:
    return sum(file.stat().st_size for file in theme.static().glob(pattern))


def test_style_and_scripts_are_light() -> None:
    assert 0 < sizes("css/*.css") < 20_000
    assert 0 < sizes("js/*.js") < 6_000


def test_pages_are_light(tmp_path: Path) -> None:
    out, memory = tmp_path / "out", tmp_path / "memory"
    build(Request(root=ROOT, out=out, memory=memory, pictures=PICTURES, as_of="2024-01-01", jobs=1))
    shared = [*theme.static().glob("css/*.css"), *theme.static().glob("js/*.js")]
    frame = sum(len(gzip.compress(file.read_bytes())) for file in shared)
    pages = {file: len(gzip.compress(file.read_bytes())) for file in (tmp_path / "out").rglob("*.html")}
    assert len(pages) > 50
    assert max(pages.values()) + frame < 30_000
