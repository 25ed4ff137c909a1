"""What stands in `build/`: pages of every kind, who is on them, and what goes when an article goes."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from phanthiet_news.model import Absence
from phanthiet_news.routes import absolute
from site_in_a_string import CONFIG, PNG, Site

MOT = "content/tin/mot.md"
PAGE = "tin/mot/index.html"
ATOM_ID = "{http://www.w3.org/2005/Atom}id"
NEWS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def page(site: Site, path: str) -> Any:
    return html5lib.parse(site.text(path), namespaceHTMLElements=False)


def by_class(root: Any, name: str) -> list[Any]:
    return [each for each in root.iter() if name in each.get("class", "").split()]


def links(root: Any) -> list[str]:
    return [each.get("href") for each in root.iter("a")]


def stories(root: Any) -> list[str]:
    """The headlines in the order of the page: links to articles, but for those that stand beside them."""
    (main,) = root.iter("main")
    found = [each for each in links(main) if re.fullmatch(r"/[a-z-]+/bai-\d+/", each)]
    return [each.split("/")[-2] for each in found]


def words(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def many(site: Site, count: int, **front: str) -> Site:
    """Articles `bai-1`, the oldest, to `bai-{count}`."""
    for number in range(1, count + 1):
        category = ("tin", "the-thao")[number % 2]
        date = f"2024-{1 + (number - 1) // 28:02}-{1 + (number - 1) % 28:02}"
        site.article(f"content/{category}/bai-{number}.md", title=f"Bài {number}", date=date, **front)
    return site


# --- the front page


def test_no_article_stands_twice_on_the_front_page(site: Site) -> None:
    many(site, 40)
    for number in (3, 7, 11, 19, 23, 35, 36):
        site.edit(f"content/{('tin', 'the-thao')[number % 2]}/bai-{number}.md", "title", "featured: yes\ntitle")
    site.build()
    home = page(site, "index.html")
    assert [name for name, count in Counter(stories(home)).items() if count > 1] == []
    (lead,), (featured,), (latest,) = (by_class(home, name) for name in ("lead", "featured", "latest"))
    assert [each.split("/")[-2] for each in links(lead) if "bai" in each] == ["bai-36"]
    assert [each.split("/")[-2] for each in links(featured) if "bai" in each] == [
        "bai-35",
        "bai-23",
        "bai-19",
        "bai-11",
    ]
    assert [each.split("/")[-2] for each in links(latest)] == [f"bai-{n}" for n in (40, 39, 38, 37, 34, 33, 32, 31)]
    blocks = [[each.split("/")[-2] for each in links(block) if "bai" in each] for block in by_class(home, "block")]
    assert blocks == [["bai-30", "bai-28", "bai-26", "bai-24"], ["bai-29", "bai-27", "bai-25", "bai-21"]]


def test_without_featured_articles_the_newest_leads(site: Site) -> None:
    many(site, 3).build()
    home = page(site, "index.html")
    assert [each for each in links(by_class(home, "lead")[0]) if "bai" in each] == ["/the-thao/bai-3/"]
    assert by_class(home, "featured") == []
    assert stories(home) == ["bai-3", "bai-2", "bai-1"]


@pytest.mark.parametrize("count", [0, 1])
def test_a_site_with_hardly_an_article_has_all_its_pages(site: Site, count: int) -> None:
    assert many(site, count).build().problems == []
    home = page(site, "index.html")
    assert stories(home) == ["bai-1"][:count]
    assert len(by_class(home, "empty")) == 1 - count
    for path in ("tin/index.html", "tu-khoa/index.html", "tac-gia/index.html"):
        assert words(by_class(page(site, path), "empty")[0]) == "Chưa có tin nào."
    assert json.loads(site.text("feed.json"))["items"] == [] or count


def test_a_thousand_articles(tmp_path: Path) -> None:
    site = many(Site(tmp_path), 300)
    for number in range(301, 1001):
        site.article(f"content/tin/bai-{number}.md", "x", title=f"Bài {number}", date=f"2023-{1 + number % 12:02}-01")
    report = site.build("2025-01-01")
    assert report.kinds["article"] == 1000
    shown = [
        name
        for path in site.tree()
        if re.fullmatch(r"tin/(trang/\d+/)?index.html", path)
        for name in stories(page(site, path))
    ]
    assert len(shown) == len(set(shown)) == 850


# --- lists in pages


def pages_of(site: Site, folder: str) -> dict[int, list[str]]:
    """The articles on each page of a list by its number; 0 is the front page."""
    found = {0: stories(page(site, f"{folder}/index.html"))}
    for file in (site.out / folder / "trang").glob("*/index.html"):
        found[int(file.parent.name)] = stories(page(site, file.relative_to(site.out).as_posix()))
    return found


@settings(max_examples=25)
@given(count=st.integers(0, 30), per_page=st.integers(1, 6))
@example(count=12, per_page=6)
@example(count=11, per_page=6)
@example(count=2, per_page=1)
def test_pages_are_counted_from_the_oldest_and_full_ones_stay(count: int, per_page: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), config=CONFIG.replace("per_page: 5", f"per_page: {per_page}"))
        for number in range(1, count + 1):
            site.article(f"content/tin/bai-{number}.md", date=f"2024-01-01T00:{number:02}")
        site.build()
        before = pages_of(site, "tin")
        front = before.pop(0)
        in_order = front + [each for number in sorted(before, reverse=True) for each in before[number]]
        assert in_order == [f"bai-{number}" for number in range(count, 0, -1)]
        assert sorted(before) == list(range(1, len(before) + 1))
        assert all(len(each) == per_page for each in before.values())
        assert len(front) < 2 * per_page
        assert len(front) >= per_page or not before
        site.article(f"content/tin/bai-{count + 1}.md", date="2024-02-01")
        site.build()
        after = pages_of(site, "tin")
        assert {number: after[number] for number in before} == before


def main_of(data: bytes) -> bytes:
    return data.split(b"<main", 1)[1].split(b"</main>", 1)[0]


def test_of_full_pages_a_new_article_changes_at_most_the_link_of_the_newest(site: Site) -> None:
    many(site, 60, tags="[Biển]").build()
    for number in range(61, 81):
        before = site.tree()
        site.article(f"content/tin/bai-{number}.md", date=f"2024-05-01T00:{number - 60:02}", tags="[Biển]")
        site.build()
        now = site.tree()
        for folder in ("tin", "tu-khoa/bien"):
            full = [path for path in before if path.startswith(f"{folder}/trang/")]
            changed = [path for path in full if main_of(before[path]) != main_of(now[path])]
            grown = len([path for path in now if path.startswith(f"{folder}/trang/")]) > len(full)
            assert changed == ([f"{folder}/trang/{len(full)}/index.html"] if grown else [])


def test_pages_of_a_list_lead_to_one_another(site: Site) -> None:
    many(site, 60).build()  # 30 in `tin`: five numbered pages
    turns = {}
    for number in range(6):
        path = f"tin/trang/{number}/index.html" if number else "tin/index.html"
        turns[number] = {
            each.get("class"): each.get("href") for each in by_class(page(site, path), "turn")[0].iter("a")
        }
    assert turns[0] == {"older": "/tin/trang/5/"}
    assert turns[5] == {"newer": "/tin/", "older": "/tin/trang/4/"}
    assert turns[1] == {"newer": "/tin/trang/2/"}
    assert [turns[n].get("newer") for n in (2, 3, 4)] == ["/tin/trang/3/", "/tin/trang/4/", "/tin/trang/5/"]
    assert words(page(site, "tin/trang/2/index.html").find(".//h1")) == "Tin tức – trang 2"
    assert "/tin/" in links(by_class(page(site, "tin/trang/2/index.html"), "crumbs")[0])


def test_lists_of_tags_authors_and_months(site: Site) -> None:
    site.write("ptnews.yml", CONFIG + "authors: {an: {name: An Văn, role: Phóng viên}}\n")
    site.article("content/tin/bai-1.md", date="2023-12-31T23:59", tags="[Biển, Cá]", author="an")
    site.article("content/tin/bai-2.md", date="2024-01-01", tags="[BIỂN]", authors="[An Văn, Bình Minh]")
    site.article("content/the-thao/bai-3.md", date="2023-12-31T17:00Z", tags="[Cá]")  # that is the new year already
    site.build()
    shown = {
        "tu-khoa/bien": ("Từ khóa: Biển", ["bai-2", "bai-1"]),
        "tu-khoa/ca": ("Từ khóa: Cá", ["bai-3", "bai-1"]),
        "tac-gia/an": ("Tác giả: An Văn", ["bai-2", "bai-1"]),
        "tac-gia/binh-minh": ("Tác giả: Bình Minh", ["bai-2"]),
        "luu-tru/2024/01": ("Tháng 01/2024", ["bai-3", "bai-2"]),
        "luu-tru/2023/12": ("Tháng 12/2023", ["bai-1"]),
    }
    for folder, (title, names) in shown.items():
        found = page(site, f"{folder}/index.html")
        assert (words(found.find(".//h1")), stories(found)) == (title, names)
    assert words(by_class(page(site, "tac-gia/an/index.html"), "role")[0]) == "Phóng viên"
    entries = [words(each) for each in by_class(page(site, "tu-khoa/index.html"), "entries")[0]]
    assert entries == ["Biển 2 tin", "Cá 2 tin"]
    entries = [words(each) for each in by_class(page(site, "tac-gia/index.html"), "entries")[0]]
    assert entries == ["An Văn Phóng viên", "Bình Minh"]
    assert links(by_class(page(site, "luu-tru/index.html"), "entries")[0]) == ["/luu-tru/2024/01/", "/luu-tru/2023/12/"]
    byline = by_class(page(site, "tin/bai-2/index.html"), "byline")[0]
    assert links(byline) == ["/tac-gia/an/", "/tac-gia/binh-minh/"]


# --- an article and its neighbours


def test_an_article_names_its_neighbours_and_only_older_ones_besides(site: Site) -> None:
    many(site, 24, tags="[Biển]").build()
    order = [f"bai-{number}" for number in range(24, 0, -1)]
    for number in (1, 2, 3, 13, 22, 24):
        category = ("tin", "the-thao")[number % 2]
        found = page(site, f"{category}/bai-{number}/index.html")
        turn = {each.get("class"): each.get("href") for nav in by_class(found, "turn") for each in nav.iter("a")}
        same = {"newer": number + 2, "older": number - 2}
        assert turn == {name: f"/{category}/bai-{n}/" for name, n in same.items() if 1 <= n <= 24}
        others = [each.split("/")[-2] for section in by_class(found, "after") for each in links(section)]
        assert all(order.index(each) > order.index(f"bai-{number}") for each in others)
        assert len(others) == len(set(others))


def test_related_are_those_with_the_most_tags_in_common_and_the_newest_of_them(site: Site) -> None:
    site.article("content/tin/bai-1.md", date="2024-01-01", tags="[A, B, C]")
    site.article("content/tin/bai-2.md", date="2024-01-02", tags="[A]")
    site.article("content/tin/bai-3.md", date="2024-01-03", tags="[B]")
    site.article("content/tin/bai-4.md", date="2024-01-04", tags="[D]")
    site.article("content/the-thao/bai-5.md", date="2024-01-05", tags="[A, B, C, D]")
    site.article("content/tin/bai-6.md", date="2024-01-06", tags="[A, B, C]")
    site.build()
    (related,) = by_class(page(site, "the-thao/bai-5/index.html"), "after")
    assert stories_in(related) == ["bai-1", "bai-4", "bai-3", "bai-2"]


def stories_in(element: Any) -> list[str]:
    return [each.split("/")[-2] for each in links(element)]


def test_what_an_article_page_shows(site: Site) -> None:
    site.write("content/tin/a.png", PNG)
    site.article(
        MOT,
        "Thân.",
        title="Một tựa",
        date="2022-11-29T14:00",
        updated="2022-11-30T08:05",
        author="Hồng Tú",
        tags="[Biển]",
        summary="Sa pô.",
        source="Báo bạn",
        image="{src: a.png, alt: Cá, caption: Cá nục., credit: An}",
        corrections="[{date: 2022-12-01, text: Sai số.}]",
        noindex="yes",
    )
    site.build()
    found = page(site, PAGE)
    assert words(by_class(found, "when")[0]) == (
        "Thứ Ba, 29/11/2022, 14:00 (GMT+7) Cập nhật: Thứ Tư, 30/11/2022, 08:05 (GMT+7)"
    )
    shown = {
        name: words(by_class(found, name)[0]) for name in ("sapo", "byline", "source", "corrections", "lead-picture")
    }
    assert shown == {
        "sapo": "Sa pô.",
        "byline": "Hồng Tú",
        "source": "Nguồn: Báo bạn",
        "corrections": "Đính chính 01/12/2022 Sai số.",
        "lead-picture": "Cá nục. Ảnh: An",
    }
    meta = {each.get("name") or each.get("property"): each.get("content") for each in found.iter("meta")}
    assert meta["robots"] == "noindex"
    assert re.fullmatch(r"https://bao.example/hinh-anh/a-1-[0-9a-f]{8}.png", meta["og:image"] or "")
    assert meta["article:published_time"] == "2022-11-29T14:00:00+07:00"
    assert meta["description"] == meta["og:description"] == "Sa pô."
    (canonical,) = (each.get("href") for each in found.iter("link") if each.get("rel") == "canonical")
    assert canonical == "https://bao.example/tin/mot/"


@pytest.mark.parametrize("src", ["https://x.example/a.png", "//x.example/a.png"])
def test_a_picture_of_another_host_has_that_host_everywhere(site: Site, src: str) -> None:
    site.article(MOT, image=f"{{src: '{src}', alt: Hình}}")
    assert site.build().problems == []
    (meta,) = (each.get("content") for each in page(site, PAGE).iter("meta") if each.get("property") == "og:image")
    assert meta == "https://x.example/a.png"
    assert json.loads(site.text("feed.json"))["items"][0]["image"] == "https://x.example/a.png"
    assert 'url="https://x.example/a.png"' in site.text("rss.xml")


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("/tin/", "https://bao.example/tin/"),
        ("/tin/?u=https://a.example/", "https://bao.example/tin/?u=https://a.example/"),
        ("//x.example/a.png", "https://x.example/a.png"),
        ("http://x.example/a?b=/c", "http://x.example/a?b=/c"),
        ("mailto:a@bao.example", "mailto:a@bao.example"),
        ("tel:+84252", "tel:+84252"),
    ],
)
def test_there_is_one_way_to_a_whole_url(url: str, whole: str) -> None:
    assert absolute(url, "https://bao.example") == whole


def test_links_with_urls_in_them_are_whole_in_feeds(site: Site) -> None:
    site.write("ptnews.yml", CONFIG.replace("bao.example", "bao.example/muc"))
    site.article(MOT, "[x](/tin/?u=https://a.example/) [y](#z) [z](?u=//a) [t](mailto:a@b.example)\n\n## z {#z}")
    assert site.build().problems == []
    shown = json.loads(site.text("feed.json"))["items"][0]["content_html"]
    assert re.findall(r'<a href="([^"]*)"', shown) == [
        "https://bao.example/muc/tin/?u=https://a.example/",
        "https://bao.example/muc/tin/mot/#z",
        "https://bao.example/muc/tin/mot/?u=//a",
        "mailto:a@b.example",
    ]
    for name in ("rss.xml", "atom.xml"):
        assert shown in [each.text for each in etree.fromstring(site.tree()[name]).iter()], name


# --- a site that moves


def ids(site: Site) -> dict[str, list[str | None]]:
    """Of every feed all ids: of its entries, and its own where it has one."""
    feeds = {name: etree.fromstring(site.tree()[name]) for name in ("tin/rss.xml", "atom.xml", "tin/atom.xml")}
    found = {name: [each.text for each in root.iter("guid", ATOM_ID)] for name, root in feeds.items()}
    return found | {"feed.json": [each["id"] for each in json.loads(site.text("feed.json"))["items"]]}


@pytest.mark.parametrize("old", ["http://bao.example", "http://cu.example/muc/", "https://xn--bo-jia.example:8080/a/b"])
def test_ids_stay_when_the_site_moves(site: Site, old: str) -> None:
    site.write("ptnews.yml", CONFIG.replace("https://bao.example", old))
    site.article(MOT)
    site.article("content/tin/hai.md", aliases="[/tin/cũ/, /tin/x/]", title="Hai")
    site.article("content/tin/ba.md", id="urn:x:1", title="Ba")
    site.build()
    before = ids(site)
    assert {each.partition("/tin/")[0] for each in before["feed.json"] if each} == {old.rstrip("/"), "urn:x:1"}
    site.write("ptnews.yml", CONFIG.replace("bao.example", "moi.example") + f"feed_ids: {old}\n")
    assert site.build().problems == []
    assert ids(site) == before
    assert "https://moi.example/tin/mot/" in site.text("rss.xml")
    site.write("ptnews.yml", CONFIG.replace("bao.example", "moi.example"))
    site.build()
    assert ids(site) != before


def test_what_ids_begin_with_must_be_an_address(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}feed_ids: bao.example\n")
    problem = site.problem()
    assert (problem.path, problem.line, problem.code) == ("ptnews.yml", 8, "base-url")


# --- former addresses


def test_former_addresses_lead_to_the_article_and_are_in_no_sitemap(site: Site) -> None:
    site.write("ptnews.yml", CONFIG.replace("bao.example", "bao.example/muc"))
    site.article(MOT, aliases="[/cũ/bài.html, /cu/]")
    site.build()
    for path in ("cũ/bài.html", "cu/index.html"):
        found = page(site, path)
        refresh = {each.get("http-equiv"): each.get("content") for each in found.iter("meta")}["refresh"]
        assert refresh == "0; url=/muc/tin/mot/"
        assert [each.get("href") for each in found.iter("link")] == ["https://bao.example/muc/tin/mot/"]
        assert links(found) == ["/muc/tin/mot/"]
    assert not [url for url in sitemap_urls(site) if "cu" in url or "c%C5%A9" in url]
    (entry,) = json.loads(site.text("feed.json"))["items"]
    assert entry["id"] == "https://bao.example/muc/c%C5%A9/b%C3%A0i.html"


# --- what programs read


def locations(site: Site, path: str) -> list[str]:
    return [each.text for each in etree.fromstring(site.tree()[path]).iter(f"{NEWS}loc")]


def sitemap_urls(site: Site) -> list[str]:
    parts = [url.removeprefix("https://bao.example/").removeprefix("muc/") for url in locations(site, "sitemap.xml")]
    return [url for part in parts for url in locations(site, part)]


def test_sitemaps_by_month_and_an_index_of_them(site: Site) -> None:
    many(site, 40, tags="[Biển]")
    site.article("content/tin/an.md", date="2024-05-01", noindex="yes", tags="[Biển]")
    site.article(
        "content/tin/cu.md", date="2024-04-01", updated="2024-05-02", corrections="[{date: 2024-05-20, text: x}]"
    )
    site.build()
    names = ["sitemap-2024-01.xml", "sitemap-2024-02.xml", "sitemap-2024-04.xml", "sitemap-lists.xml"]
    assert locations(site, "sitemap.xml") == [f"https://bao.example/{name}" for name in names]
    assert not (site.out / "sitemap-2024-05.xml").exists()
    urls = sitemap_urls(site)
    assert len(urls) == len(set(urls))
    assert not [url for url in urls if "/trang/" in url or "/an/" in url or url.endswith(("404.html", "/tu-khoa/"))]
    assert {"https://bao.example/", "https://bao.example/tin/", "https://bao.example/tu-khoa/bien/"} <= set(urls)
    assert len([url for url in urls if "/bai-" in url]) == 40
    modified = etree.fromstring(site.tree()["sitemap-2024-04.xml"]).findtext(f".//{NEWS}lastmod")
    assert modified == "2024-05-20T00:00:00+07:00"
    for url in urls:
        path = url.removeprefix("https://bao.example/")
        assert (site.out / path / "index.html").is_file()


def test_robots_names_the_sitemap_with_the_path_of_the_site(site: Site) -> None:
    site.write("ptnews.yml", CONFIG.replace("bao.example", "bao.example/muc"))
    site.build()
    assert site.text("robots.txt").splitlines() == [
        "User-agent: *", "Disallow:", "",
        "Sitemap: https://bao.example/muc/sitemap.xml", "Sitemap: https://bao.example/muc/news-sitemap.xml",
    ]  # fmt: skip


def test_a_missing_page_is_told_without_leading_searchers_there(site: Site) -> None:
    site.build()
    found = page(site, "404.html")
    assert words(found.find(".//h1")) == "Không tìm thấy trang"
    assert {each.get("name"): each.get("content") for each in found.iter("meta")}["robots"] == "noindex"


# --- the sidebar


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("online: 37\ntotal: 3548942\n", {"online": "37", "total": "3.548.942"}),
        ("today: 0\n", {"today": "0"}),
        ("online:\nweek: 1000\n", {"week": "1.000"}),
        ("", {}),
    ],
)
def test_unknown_numbers_are_left_out_and_never_zero(site: Site, written: str, shown: dict[str, str]) -> None:
    site.write("content/stats.yml", written or "{}")
    site.build()
    counters = [each for dl in page(site, "index.html").iter("dl") for each in dl if each.tag == "div"]
    assert {each.get("class"): words(each.find("dd")) for each in counters} == shown
    numbers = {name: int(number.replace(".", "")) for name, number in shown.items()}
    assert json.loads(site.text("stats.json")) == numbers


@pytest.mark.parametrize(
    ("grouping", "shown"),
    [("none", "3548942"), ("space", "3\u00a0548\u00a0942"), ("dot", "3.548.942"), ("narrow", "3\u202f548\u202f942")],
)
def test_digits_are_grouped_as_the_site_wants_it(site: Site, grouping: str, shown: str) -> None:
    site.write("ptnews.yml", f"{CONFIG}stats: {{grouping: {grouping}}}\n")
    site.write("content/stats.yml", "total: 3548942\nonline: 999\n")
    site.build()
    numbers = [each.text for each in page(site, "index.html").iter("dd")]
    assert numbers == ["999", shown]


def test_the_instant_of_the_numbers_is_shown(site: Site) -> None:
    site.write("content/stats.yml", "total: 5\nas_of: 2024-05-31T23:59\n")
    site.build()
    assert words(by_class(page(site, "index.html"), "as-of")[0]) == "Cập nhật lúc Thứ Sáu, 31/05/2024, 23:59 (GMT+7)"
    assert json.loads(site.text("stats.json")) == {"total": 5, "as_of": "2024-05-31T23:59:00+07:00"}


@pytest.mark.parametrize(
    ("url", "href"), [("/dang-nhap/", "/muc/dang-nhap/"), ("https://x.example/", "https://x.example/"), ("", None)]
)
def test_the_link_for_editors(site: Site, url: str, href: str | None) -> None:
    site.write("ptnews.yml", CONFIG.replace("bao.example", "bao.example/muc") + f'login_url: "{url}"\n')
    site.build()
    found = [each for box in by_class(page(site, "index.html"), "login") for each in links(box)]
    assert found == ([href] if href else [])


def test_english(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}language: en\n")
    site.write("content/stats.yml", "total: 3548942\nas_of: 2024-05-31\n")
    many(site, 24, tags="[Sea]", author="An Other")
    site.article(MOT, 'A "word".[^1]\n\n[^1]: Note.', date="2022-11-29T14:00", tags="[One]")
    site.build()
    found = page(site, PAGE)
    assert found.get("lang") == "en"
    assert words(by_class(found, "when")[0]) == "Tuesday, 29 November 2022, 14:00 (GMT+7)"
    assert "3,548,942" in site.text("index.html")
    for path in (
        "tag/sea/index.html",
        "author/an-other/index.html",
        "archive/2022/11/index.html",
        "tin/page/1/index.html",
    ):
        assert (site.out / path).is_file(), path
    assert "Tag: Sea" in site.text("tag/sea/index.html")
    counts = [words(each) for each in by_class(page(site, "tag/index.html"), "count")]
    assert counts == ["1 story", "24 stories"]
    assert not re.search(
        "[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệ]",
        re.sub("Báo thử|Tin tức|Thể thao", "", site.text("404.html")).split("<main")[1].split("</main")[0],
    )
    assert etree.fromstring(site.tree()["rss.xml"]).findtext(".//language") == "en"


# --- what is left out, and until when (H4, H5)


def instants(site: Site, as_of: str, *, drafts: bool = False) -> tuple[list[str], str | None]:
    report = site.build(as_of, drafts=drafts)
    due = report.next_due.isoformat()[:16] if report.next_due else None
    return sorted(path.split("/")[1] for path in site.tree() if re.fullmatch(r"tin/bai-\d/index.html", path)), due


def test_h4_the_site_changes_at_the_instant_that_it_names(site: Site) -> None:
    site.article("content/tin/bai-1.md", date="2024-01-01", expires="2024-03-01T10:00")
    site.article("content/tin/bai-2.md", date="2024-02-01T08:30")
    site.article("content/tin/bai-3.md", date="2024-01-01", draft="yes")
    site.article("content/tin/bai-4.md", date="2024-02-10", expires="2024-02-20")
    seen, as_of = [], "2023-12-31"
    for _ in range(12):
        names, due = instants(site, as_of)
        seen.append((as_of, names, re.findall("/tin/(bai-[0-9])/", site.text("news-sitemap.xml"))))
        if due is None:
            break
        almost = datetime.fromisoformat(due) - timedelta(seconds=1)
        assert instants(site, almost.isoformat())[0] == names
        as_of = due
    assert seen == [
        ("2023-12-31", [], []),
        ("2024-01-01T00:00", ["bai-1"], ["bai-1"]),
        ("2024-01-03T00:00", ["bai-1"], []),
        ("2024-02-01T08:30", ["bai-1", "bai-2"], ["bai-2"]),
        ("2024-02-03T08:30", ["bai-1", "bai-2"], []),
        ("2024-02-10T00:00", ["bai-1", "bai-2", "bai-4"], ["bai-4"]),
        ("2024-02-12T00:00", ["bai-1", "bai-2", "bai-4"], []),
        ("2024-02-20T00:00", ["bai-1", "bai-2"], []),
        ("2024-03-01T10:00", ["bai-2"], []),
    ]


def test_h4_a_draft_that_is_shown_expires_too(site: Site) -> None:
    site.article("content/tin/bai-1.md", date="2024-01-01", draft="yes", expires="2024-03-01")
    assert instants(site, "2024-02-01", drafts=True) == (["bai-1"], "2024-03-01T00:00")
    assert instants(site, "2024-03-01", drafts=True)[0] == []
    assert instants(site, "2024-02-01") == ([], None)


def test_h4_what_is_left_out_is_nowhere(site: Site) -> None:
    site.write("content/tin/kin.png", PNG)
    for number, (key, value) in enumerate([("draft", "yes"), ("date", "2024-07-01"), ("expires", "2024-05-01")], 1):
        front = {"date": "2024-01-01", key: value}
        site.article(
            f"content/tin/kin-{number}.md", "![bí mật](kin.png)", title="Bí mật", tags="[Bí mật]", author="Bí Mật",
            featured="yes", aliases=f"[/bi-mat-{number}/]", **front,
        )  # fmt: skip
    report = site.build()
    assert {each.reason for each in report.left_out} == set(Absence)
    for path, data in site.tree().items():
        text = path + data.decode("utf-8", "replace")
        assert path.startswith(("css", "js", "icons")) or not re.search("bí mật|bi-mat|kin", text, re.IGNORECASE)


def test_h5_articles_of_one_instant_stand_in_the_order_of_their_addresses(site: Site) -> None:
    for place, number in enumerate((3, 1, 9, 5, 2)):  # the names of the files say otherwise
        site.article(f"content/tin/{place}.md", slug=f"bai-{number}", date="2024-01-01", tags="[Biển]")
    site.article("content/tin/bai-4.md", date="2023-12-31T17:00Z", tags="[Biển]")  # the same instant in other words
    site.build()
    order = [f"bai-{number}" for number in (1, 2, 3, 4, 5, 9)]
    for path in ("index.html", "tin/index.html", "tu-khoa/bien/index.html", "luu-tru/2024/01/index.html"):
        assert stories(page(site, path)) == order, path
    assert [each["url"].split("/")[-2] for each in json.loads(site.text("feed.json"))["items"]] == order


# --- what goes when an article goes (G8)


def traces(site: Site, name: str) -> list[str]:
    """Outputs in which a word is found, or whose path has it."""
    return [path for path, data in site.tree().items() if name.encode() in path.encode() + data]


def newsroom(site: Site) -> Site:
    many(site, 12, tags="[Chung]")
    site.write("content/tin/xoai.png", PNG)
    site.article(
        "content/tin/xoai.md", "Xem [chính nó](xoai.md). ![xoài](xoai.png)", title="Tựa xoai", date="2024-02-20",
        tags="[Xoai, Chung]", author="Xoai Tử", featured="yes", aliases="[/xoai-cu/]",
    )  # fmt: skip
    site.build()
    return site


WHERE = {
    "tin/xoai/index.html", "xoai-cu/index.html", "tu-khoa/xoai/index.html", "tac-gia/index.html",
    "index.html", "tin/index.html", "tu-khoa/chung/index.html", "luu-tru/2024/02/index.html", "tu-khoa/index.html",
    "tac-gia/xoai-tu/index.html", "rss.xml", "atom.xml", "feed.json", "tin/rss.xml",
    "sitemap-2024-02.xml", "sitemap-lists.xml",
}  # fmt: skip


def test_g8_before_it_goes_an_article_is_in_all_these_places(site: Site) -> None:
    assert set(traces(newsroom(site), "xoai")) >= WHERE


@pytest.mark.parametrize("way", ["delete", "draft", "expire", "date"])
def test_g8_an_article_that_goes_is_gone_everywhere(site: Site, way: str) -> None:
    newsroom(site)
    if way == "delete":
        site.remove("content/tin/xoai.md")
    else:
        line = {"draft": "draft: yes", "expire": "expires: 2024-05-01", "date": "updated: 2024-02-20"}[way]
        site.edit("content/tin/xoai.md", "title:", f"{line}\ntitle:")
        if way == "date":
            site.edit("content/tin/xoai.md", "date: 2024-02-20\ntags", "date: 2025-02-20\ntags")
    site.build()
    assert traces(site, "xoai") == []
    assert not (site.out / "tin/xoai").exists()


def test_g8_a_renamed_article_leaves_its_old_address(site: Site) -> None:
    newsroom(site)
    site.rename("content/tin/xoai.md", "content/the-thao/mit.md")
    site.edit("content/the-thao/mit.md", "Xem [chính nó](xoai.md). ![xoài](xoai.png)", "x")
    site.build()
    assert not traces(site, "/tin/xoai")
    assert (site.out / "the-thao/mit/index.html").is_file()
    assert "/the-thao/mit/" in site.text("xoai-cu/index.html")
    assert "bai" in "".join(stories(page(site, "tin/index.html")))


def test_g8_an_article_with_other_tags_leaves_the_lists_of_the_old_ones(site: Site) -> None:
    newsroom(site)
    site.edit("content/tin/xoai.md", "tags: [Xoai, Chung]", "tags: [Mới]")
    site.edit("content/tin/xoai.md", "author: Xoai Tử", "author: Người Khác")
    site.build()
    assert not (site.out / "tu-khoa/xoai").exists()
    assert not (site.out / "tac-gia/xoai-tu").exists()
    assert not traces(site, "/tu-khoa/xoai/")
    assert "xoai" not in site.text("tu-khoa/chung/index.html").split("<main")[1].split("</main")[0]
    assert "/tin/xoai/" in site.text("tu-khoa/moi/index.html")


def test_g8_a_category_that_goes_takes_its_pages_and_feeds(site: Site) -> None:
    many(site, 12).build()
    site.remove("content/the-thao")
    site.edit("ptnews.yml", "  - {slug: the-thao, title: Thể thao}\n", "")
    site.build()
    assert traces(site, "the-thao") == []
    assert len(stories(page(site, "tin/index.html"))) == 6


# --- one address, one output (E2): beside what test_e_paths.py has


@pytest.mark.parametrize(
    ("front", "other"),
    [
        ({"aliases": "[/tin/]"}, "ptnews.yml"),
        ({"aliases": "[/rss.xml]"}, "ptnews.yml"),
        ({"aliases": "[/TIN/rss.xml]"}, "ptnews.yml"),
        ({"aliases": "[/stats.json]"}, "ptnews.yml"),
        ({"aliases": "[/tu-khoa/bien/]", "tags": "[Biển]"}, "ptnews.yml"),
        ({"aliases": "[/css/site.css]"}, "static/css/site.css"),
        ({"aliases": "[/index.html]"}, "ptnews.yml"),
        ({"aliases": "[/tin/mot]"}, "content/tin/mot.md"),
    ],
)
def test_e2_a_former_address_against_whatever_else_there_is(site: Site, front: dict[str, str], other: str) -> None:
    site.article(MOT, **front)
    problems = site.problems()
    assert {each.code for each in problems} == {"path-twice"}
    assert all(MOT in str(each) and other in str(each) for each in problems)
    assert not site.out.exists()


def test_e2_an_article_against_its_own_category(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}permalink: /{{slug}}/\n")
    site.article("content/the-thao/tin.md")
    problem = site.problem()
    assert problem.code == "path-twice"
    assert "content/the-thao/tin.md" in str(problem)
    assert "ptnews.yml" in str(problem)


def test_e2_authors_that_share_a_slug(site: Site) -> None:
    site.article(MOT, author="Bình An", date="2024-01-01")
    site.article("content/tin/hai.md", author="Binh Ân", date="2024-01-02")
    problem = site.problem()
    assert (problem.path, problem.code) == ("content/tin/hai.md", "term-twice")
    assert MOT in problem.message


def test_e2_a_fetched_sidebar_against_a_static_file(site: Site) -> None:
    site.write("ptnews.yml", f"{CONFIG}fragments: client\n")
    site.write("static/fragments/sidebar.html", "x")
    problem = site.problem()
    assert problem.code == "path-twice"
    assert "static/fragments/sidebar.html" in str(problem)


def test_e2_two_entries_of_a_feed_never_share_an_id(site: Site) -> None:
    site.article(MOT, id="tag:bao,2024:1", date="2024-01-01")
    site.article("content/tin/hai.md", id="tag:bao,2024:1", date="2024-01-02")
    problem = site.problem()
    assert (problem.path, problem.code) == ("content/tin/hai.md", "id-twice")
    assert MOT in problem.message


@pytest.mark.parametrize("ids", [("https://bao.example/tin/hai/", ""), ("tag:bao,2024:1", "tag:bao,2024:1")])
def test_e2_nor_with_an_article_that_comes_later(site: Site, ids: tuple[str, str]) -> None:
    first, second = ({"id": each} if each else {} for each in ids)
    site.article(MOT, date="2024-01-01", **first)
    site.build()
    site.article("content/tin/hai.md", date="2024-01-02", **second)
    problem = site.problem()
    assert (problem.path, problem.code) == ("content/tin/hai.md", "id-twice")


def test_several_bodies_go_straight_into_one_page(site: Site) -> None:
    site.article("content/tin/mot.md", "Thân *một*.", date="2024-01-01")
    site.article("content/tin/hai.md", "Thân *hai* dài hơn.", date="2024-01-02")
    each = "{% for entry in page.entries %}<{{ body(entry) }}|{{ body(entry)|length }}>{% endfor %}"
    site.write("templates/feed.atom", each)
    site.build()
    two, one = "<p>Thân <em>hai</em> dài hơn.</p>", "<p>Thân <em>một</em>.</p>"
    shown = site.text("atom.xml")
    assert shown == f"<{two}|{len(two)}><{one}|{len(one)}>"
