"""What stands in `build/`: pages of every kind, who is on them, and what goes when an article goes."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from phanthiet_news.model import Absence
from site_in_a_string import CONFIG, Site

MOT = "content/tin/mot.md"
PAGE = "tin/mot/index.html"
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
    assert stories(by_class(home, "lead")[0].find("..") or home)[:0] == []
    (lead,), (featured,), (latest,) = (by_class(home, name) for name in ("lead", "featured", "latest"))
    assert [each.split("/")[-2] for each in links(lead) if "bai" in each] == ["bai-36"]
    assert [each.split("/")[-2] for each in links(featured) if "bai" in each] == ["bai-35", "bai-23", "bai-19", "bai-11"]
    assert [each.split("/")[-2] for each in links(latest)] == [f"bai-{n}" for n in (40, 39, 38, 37, 34, 33, 32, 31)]
    blocks = [[each.split("/")[-2] for each in links(block) if "bai" in each] for block in by_class(home, "block")]
    assert blocks == [["bai-30", "bai-28", "bai-26", "bai-24"], ["bai-29", "bai-27", "bai-25", "bai-21"]]


def test_without_featured_articles_the_newest_leads(site: Site) -> None:
    many(site, 3).build()
    home = page(site, "index.html")
    assert [each for each in links(by_class(home, "lead")[0]) if "bai" in each] == ["/the-thao/bai-3/"]
    assert by_class(home, "featured") == []
    assert stories(home) == ["bai-3", "bai-2", "bai-1"]
